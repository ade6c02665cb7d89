package rules

import (
	"tracer/event"
	"tracer/model"
)

// leaderExited: a process goes on without its leader, and passes for dead.
var leaderExited = Rule{"leader_exited", Note, func(m *model.Model, found func(Finding)) {
	if lost(m, event.Exit, event.Exec) {
		return
	}
	for _, l := range model.LeaderEnds(m) {
		f := Finding{PID: l.PID, Evidence: model.Evidence{l.Evidence}, Arguments: map[string]uint64{
			"lasted_ns": uint64(l.For(m)), "at_least": truth(l.Before), "lives": truth(l.Until == 0)}}
		f.name(l.PID, l.Name)
		found(f)
	}
}}
