package rules

import "tracer/model"

// sigchldCoalesced: a handler of SIGCHLD ran less often than children ended.
var sigchldCoalesced = Rule{"sigchld_coalesced", Note, func(m *model.Model, found func(Finding)) {
	for _, t := range m.Coalesced() {
		if s := &t.Signals; s.Delivered > 0 {
			found(Finding{PID: t.PID, Evidence: s.CoalescedEvents, Arguments: map[string]uint64{
				"coalesced": s.Coalesced, "delivered": s.Delivered, "queued": s.Queued}})
		}
	}
}}
