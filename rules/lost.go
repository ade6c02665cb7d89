package rules

import (
	"tracer/event"
	"tracer/model"
)

// lost reports whether events of one of these kinds are known to be lost, or are not told of at all.
func lost(m *model.Model, kinds ...event.Kind) bool {
	c := m.Counters()
	n := c.LostByKind()[event.None]
	for _, k := range kinds {
		n += c.LostByKind()[k]
	}
	return n > 0 || !model.Tells(m, kinds...)
}

// eventsLost: events are missing, so the counters are lower bounds. Its arguments are how many in all, how many of each
// kind, how many of unknown kind where a recording is damaged, and how many because the kernel skipped the programs.
var eventsLost = Rule{"events_lost", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if c.EventsLost == 0 {
		return
	}
	missing := map[string]uint64{"events": c.EventsLost, "skipped": c.Skipped()}
	for k, n := range c.LostByKind() {
		if k == event.None {
			missing["unknown"] = n
		} else {
			missing[k.String()] = n
		}
	}
	found(Finding{Arguments: missing, Evidence: m.Evidence().Lost})
}}
