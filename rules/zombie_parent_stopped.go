package rules

import "tracer/model"

// zombieParentStopped: a process has zombies, and is, or was for most of their time, stopped.
var zombieParentStopped = Rule{"zombie_parent_stopped", Warning, byCause(model.ParentStopped, "stopped", "stopped_by",
	"stopped_ns")}
