package rules

import (
	"tracer/model"
)

// reapedUnseen: processes were reaped, and no call that was seen did it.
var reapedUnseen = Rule{"reaped_unseen", Incomplete, func(m *model.Model, found func(Finding)) {
	c := m.Counters()
	if n := c.UnseenReapings(); n > 0 && tellsOfTheDead(m) {
		found(Finding{Arguments: map[string]uint64{"processes": n, "events_lost": c.EventsLost},
			Evidence: m.Evidence().ReapedUnseen})
	}
}}
