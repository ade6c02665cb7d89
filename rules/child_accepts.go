package rules

import (
	"tracer/event"
	"tracer/model"
)

// childAccepts: processes that a server forked after it had begun to accept go on in its loop. Who forks its workers
// before that, and who executes a program, means it.
var childAccepts = Rule{"child_accepts", Note, func(m *model.Model, found func(Finding)) {
	if lost(m, event.Exec) {
		return
	}
	for _, j := range model.JoinedIn(m) {
		f := Finding{PID: j.PID, Tasks: j.Tasks, Address: j.Listener, Evidence: j.Evidence,
			Arguments: map[string]uint64{
				"processes": j.Count, "first": uint64(j.Tasks[0])}}
		f.name(j.PID, j.Name)
		f.name(j.Tasks[0], j.First)
		found(f)
	}
}}
