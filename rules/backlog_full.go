package rules

import (
	"tracer/event"
	"tracer/model"
)

// backlogFull: clients were not connected, and try again when a second or more has gone by. The kernel counts what it
// drops for whatever reason; that it was for want of room is said only if the backlog was seen full. Nothing is found
// where that could not be missed: with TCP_DEFER_ACCEPT, which Apache's httpd sets, the kernel drops the last segment
// of each handshake and takes the first with data in its place (tcp_check_req in net/ipv4/tcp_minisocks.c).
var backlogFull = Rule{"backlog_full", Warning, func(m *model.Model, found func(Finding)) {
	for _, l := range m.Evidence().Listeners.All {
		missed := lost(m, event.Accept, event.ListenDrop) && model.Tells(m, event.Accept)
		if l.Dropped == 0 || !l.Full && !missed {
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
