package rules

import (
	"tracer/model"
)

// sigchldCoalesced: a handler of SIGCHLD ran less often than children ended.
var sigchldCoalesced = Rule{"sigchld_coalesced", Note, func(m *model.Model, found func(Finding)) {
	m.Walk(func(p *model.Process, _ int) bool {
		if s := &p.Signals; s.Coalesced > 0 && s.Delivered > 0 {
			found(Finding{PID: p.PID, Evidence: s.CoalescedEvents, Arguments: map[string]uint64{
				"coalesced": s.Coalesced, "delivered": s.Delivered, "queued": s.Queued}})
		}
		return true
	})
}}
