package rules

import (
	"tracer/event"
	"tracer/model"
)

// contradictions: events do not follow from what was known before, and no loss accounts for it.
var contradictions = Rule{"contradictions", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if n := c.Unexplained(); n > 0 && model.Tells(m, event.Fork, event.Exec, event.Exit, event.Accept) {
		found(of("events", n, m.Evidence().Contradictions))
	}
}}
