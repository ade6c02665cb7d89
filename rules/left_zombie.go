package rules

import (
	"tracer/event"
	"tracer/model"
)

// leftZombie: a process ended and left zombies, and who adopted them has not reaped them either.
var leftZombie = Rule{"left_zombie", Warning, func(m *model.Model, found func(Finding)) {
	group(m, found, []string{"adopter"}, func(_ *model.Process, c *model.Cause) (event.PID, bool) {
		if c.Left == nil || !c.Left.Zombie || !unexplained(c) || !c.WaitsKnown {
			return 0, false
		}
		return c.Left.From, true
	})
}}
