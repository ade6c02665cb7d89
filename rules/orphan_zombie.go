package rules

import (
	"slices"

	"tracer/event"
	"tracer/model"
)

// orphanZombie: a process has zombies that came to it alive, as their parent had ended before them.
var orphanZombie = Rule{"orphan_zombie", Warning, func(m *model.Model, found func(Finding)) {
	names := slices.Concat([]string{"former"}, ofWait, ofWaits, ofSignal)
	group(m, found, names, func(_ *model.Process, c *model.Cause) (event.PID, bool) {
		return c.Parent, c.Left != nil && !c.Left.Zombie && unexplained(c)
	})
}}
