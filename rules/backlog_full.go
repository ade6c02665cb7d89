package rules

import "tracer/model"

// backlogFull: clients were not connected, and try again when a second or more has gone by. The kernel counts what it
// drops for whatever reason; that it was for want of room is said only if the backlog was seen full.
var backlogFull = Rule{"backlog_full", Warning, func(m *model.Model, found func(Finding)) {
	for _, l := range m.Evidence().Listeners.All {
		if l.Dropped == 0 {
			continue
		}
		f := Finding{PID: l.PID, Address: l.Address, Evidence: l.Events, Arguments: map[string]uint64{
			"dropped": l.Dropped, "queue": uint64(l.Queue), "backlog": uint64(l.Backlog), "accepts": l.Accepts,
			"queued_ns": uint64(l.Queued)}}
		if l.Full {
			f.Arguments["full"] = 1
		}
		f.name(l.PID, l.Comm)
		found(f)
	}
}}
