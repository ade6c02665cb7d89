package rules

import (
	"slices"

	"tracer/model"
)

// zombiesDropped: the kernel let go of zombies for which nobody had waited.
var zombiesDropped = Rule{"zombies_dropped", Warning, func(m *model.Model, found func(Finding)) {
	for _, g := range m.Fates() {
		if g.Reaping == model.Dropped && tellsOfTheDead(m) { // else one may have been reaped before
			found(ofFate(g))
		}
	}
}}

// tells are the arguments that matter for processes that are gone: what says why they were zombies for so long.
func tells(g *model.Fate) []string {
	late := map[model.CauseKind][]string{model.Held: {"held_ns", "debugger"},
		model.NoSIGCHLD:     append(slices.Clone(ofWaits), "exit_signal"),
		model.ParentStopped: {"stopped_ns"}, model.ParentBusy: {"busy_ns", "busy_with"},
		model.NotWaited: slices.Concat(ofWaits, ofSignal)}
	l := g.Cause.Left
	switch {
	case g.Reaping != model.Dropped:
		return late[g.Cause.Kind]
	case l == nil:
		return append(slices.Clone(ofWaits), "held_ns", "debugger")
	case l.From == g.Of: // the waits are of who adopted it
		return []string{"held_ns", "debugger"}
	}
	return append(slices.Clone(ofWaits), "held_ns", "debugger", "former")
}

// reasons are the names of the arguments that say why the kernel let go.
var reasons = map[model.Reason]string{model.SetSIGIGN: "sig_ign",
	model.SetNoCldWait: "nocldwait", model.NamespaceEnded: "namespace_ended"}

// ofFate makes the finding of a group of processes that are gone.
func ofFate(g *model.Fate) Finding {
	f := Finding{PID: g.Of, Arguments: map[string]uint64{}}
	if g.Reaping != model.ByKernel {
		f.Arguments = arguments(&g.Cause)
		pick(f.Arguments, tells(g))
		f.Arguments["longest_ns"], f.Arguments["longest"] = uint64(g.Some[0].For), uint64(g.Some[0].PID)
		f.Arguments["zombies"] = g.N
	} else {
		f.Arguments["processes"] = g.N
	}
	if reason := reasons[g.Reason]; reason != "" {
		f.Arguments[reason] = 1
	}
	if g.Reaping == model.Dropped {
		f.Arguments["whose"] = uint64(g.Whose)
	}
	f.nameBusy(&g.Cause)
	f.name(g.Of, g.Comm)
	f.name(g.Whose, g.WhoseComm)
	if l := g.Cause.Left; l != nil {
		f.name(l.From, l.Comm)
	}
	for _, one := range g.Some {
		if one.AtLeast {
			f.Arguments["at_least"] = 1
		}
		f.name(one.PID, one.Comm)
		f.Tasks, f.Evidence = append(f.Tasks, one.PID), append(f.Evidence, one.Evidence)
	}
	return f
}
