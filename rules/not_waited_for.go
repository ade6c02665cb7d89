package rules

import (
	"slices"

	"tracer/event"
	"tracer/model"
)

// notWaitedFor: a process has zombies that were born to it, and no wait of it took them.
var notWaitedFor = Rule{"not_waited_for", Warning, func(m *model.Model, found func(Finding)) {
	group(m, found, slices.Concat(ofWait, ofWaits, ofSignal), func(_ *model.Process, c *model.Cause) (event.PID, bool) {
		return c.Parent, c.Left == nil && unexplained(c)
	})
}}

// unexplained: nothing is known of that keeps the zombie but that no wait took it.
func unexplained(c *model.Cause) bool { return c.Kind == model.NotWaited || c.Kind == model.ParentBusy }
