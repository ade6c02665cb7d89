package rules

import "tracer/model"

// kernelReaped: the kernel itself reaped processes at their end, because of their parent or of their PID namespace.
var kernelReaped = Rule{"kernel_reaped", Note, func(m *model.Model, found func(Finding)) {
	for _, g := range m.Fates() {
		if g.Reaping == model.ByKernel && g.Reason != model.AsCreated {
			found(ofFate(g))
		}
	}
}}

// kernelReapedAsAsked: the kernel itself reaped processes that were created so.
var kernelReapedAsAsked = Rule{"kernel_reaped_as_asked", Note, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if n := c.ReapedAsAsked(); n > 0 {
		found(of("processes", n, m.Evidence().ReapedAsAsked))
	}
}}
