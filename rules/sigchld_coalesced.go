package rules

import (
	"tracer/event"
	"tracer/model"
)

// sigchldCoalesced: of several children that ended, one SIGCHLD told. Whoever reaps one child a signal, in a handler or
// at the read of a signalfd, leaves the others.
var sigchldCoalesced = Rule{"sigchld_coalesced", Note, func(m *model.Model, found func(Finding)) {
	for _, t := range m.Coalesced() {
		s := &t.Signals
		f := Finding{PID: t.PID, Evidence: s.CoalescedEvents, Arguments: map[string]uint64{
			"coalesced": s.Coalesced, "signalfd": truth(s.SignalFD), "blocked": truth(s.Blocked)}}
		f.name(t.PID, t.Name)
		if !lost(m, event.Signal, event.Deliver) {
			f.Arguments["delivered"], f.Arguments["queued"] = s.Delivered, s.Queued
		}
		if s.FirstCoalesced != 0 && s.FirstPending != 0 {
			f.Arguments["first_coalesced"] = uint64(s.FirstCoalesced)
			f.Arguments["first_pending"] = uint64(s.FirstPending)
		}
		found(f)
	}
}}

// truth is 1 for what is so.
func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
