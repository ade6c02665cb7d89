package rules

import (
	"slices"

	"tracer/model"
)

// zombieHeld: a process has zombies that a debugger holds, which is told first.
var zombieHeld = Rule{"zombie_held", Warning, byCause(model.Held, append(slices.Clone(ofWaits), "debugger")...)}
