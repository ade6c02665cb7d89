package rules

import (
	"tracer/event"
	"tracer/model"
)

// connectionKept: a connection went on after those who had read or written it were done with it, in a process that
// never did: who waits for its end does so until that one closes its copy.
var connectionKept = Rule{"connection_kept", Warning, func(m *model.Model, found func(Finding)) {
	for _, k := range model.KeepersIn(m) {
		f := Finding{PID: k.PID, Tasks: []event.PID{k.From}, Evidence: k.Events, Arguments: map[string]uint64{
			"connections": k.Connections, "open": k.Open, "connection": k.Connection, "kept_ns": uint64(k.Longest),
			"at_least": truth(k.AtLeast), "from": uint64(k.From), "executed": truth(k.Executed)}}
		f.name(k.PID, k.Comm)
		f.name(k.From, k.FromComm)
		found(f)
	}
}}
