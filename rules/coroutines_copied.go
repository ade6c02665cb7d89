package rules

import (
	"tracer/event"
	"tracer/model"
)

// coroutinesCopied: a process that was forked runs coroutines of its creator as well, which then do their work twice.
// One of them tells nothing: whoever sleeps in a copy needs that of the hub, which runs the others.
var coroutinesCopied = Rule{"coroutines_copied", Note, func(m *model.Model, found func(Finding)) {
	if lost(m, event.Fork, event.Exec, event.Spawn, event.Switch, event.Finish) {
		return
	}
	for _, c := range model.CopiedIn(m) {
		if c.Count < 2 {
			continue
		}
		f := Finding{PID: c.PID, Tasks: []event.PID{c.Creator}, Evidence: c.Evidence, Arguments: map[string]uint64{
			"coroutines": c.Count, "creator": uint64(c.Creator), "runtime": uint64(c.Runtime)}}
		f.name(c.PID, c.Name)
		f.name(c.Creator, c.CreatorName)
		found(f)
	}
}}
