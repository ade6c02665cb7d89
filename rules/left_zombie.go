package rules

import (
	"slices"

	"tracer/event"
	"tracer/model"
)

// leftZombie: a process ended and left zombies, and who adopted them has not reaped them either. What the process did
// until then is told, if all of it was seen and there was time to do anything.
var leftZombie = Rule{"left_zombie", Warning, func(m *model.Model, found func(Finding)) {
	unseen := map[event.PID]bool{}
	tell := func(f Finding) {
		switch {
		case unseen[f.PID]:
			pick(f.Arguments, []string{"adopter"}, "zombies", "longest_ns", "at_least")
		case f.Arguments["own_ns"] < uint64(notYet):
			pick(f.Arguments, []string{"adopter", "own_ns"}, "zombies", "longest_ns", "at_least")
		}
		found(f)
	}
	names := slices.Concat([]string{"adopter", "own_ns",
		"stopped_ns", "busy_ns", "busy_with", "disposition", "blocked"}, ofWaits)
	group(m, tell, names, func(p *model.Process, c *model.Cause) (event.PID, bool) {
		if c.Left == nil || !c.Left.Zombie || !unexplained(c) || !c.WaitsKnown || c.WaitsUnseen {
			return 0, false
		}
		if c.Left.Cause == nil || p.FoundDead {
			unseen[c.Left.From] = true
		} else {
			*c = ofFormer(p, c)
		}
		return c.Left.From, true
	})
}}

// ofFormer returns why the former parent of a zombie had not reaped it.
func ofFormer(p *model.Process, c *model.Cause) model.Cause {
	had := *c.Left.Cause
	had.HadFor = c.Left.At - min(c.Left.At, p.ZombieSince)
	had.Parent, had.Left, had.For = c.Parent, c.Left, c.For
	if had.Kind != model.ParentStopped {
		had.StoppedFor = 0
	}
	if had.Kind != model.ParentBusy {
		had.BusyFor, had.BusyPID, had.BusyComm = 0, 0, ""
	}
	return had
}
