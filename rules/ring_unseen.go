package rules

import "tracer/model"

// ringUnseen: this kernel does not tell what is accepted and closed through an io_uring.
var ringUnseen = Rule{"io_uring_unseen", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if n, owner, comm := c.UnseenRings(); n > 0 {
		f := of("rings", n, m.Evidence().UnseenRings)
		f.PID = owner
		f.name(owner, comm)
		found(f)
	}
}}
