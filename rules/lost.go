package rules

import (
	"tracer/event"
	"tracer/model"
)

// eventsLost: events are missing, so the counters are lower bounds. Its arguments are how many in all, how many of each
// kind, how many of unknown kind where a recording is damaged, and how many because the kernel skipped the programs.
var eventsLost = Rule{"events_lost", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if c.EventsLost == 0 {
		return
	}
	lost := map[string]uint64{"events": c.EventsLost, "skipped": c.Skipped()}
	for k, n := range c.LostByKind() {
		if k == event.None {
			lost["unknown"] = n
		} else {
			lost[k.String()] = n
		}
	}
	found(Finding{Arguments: lost, Evidence: m.Evidence().Lost})
}}
