package rules

import (
	"maps"
	"slices"

	"tracer/event"
	"tracer/model"
)

// notYet is for how long a zombie tells nothing of its parent, which needs that time to run at all.
const notYet = event.Time(1e6)

// tellsOfTheDead reports whether a trace tells who dies, and who is reaped by whom.
func tellsOfTheDead(m *model.Model) bool {
	return model.Tells(m, event.Fork, event.Exec, event.Exit, event.Wait, event.Release)
}

// eachZombie visits the zombies that somebody has had time to wait for, with what is known of why nobody did.
func eachZombie(m *model.Model, visit func(p *model.Process, c *model.Cause)) {
	c := m.Counters()
	if c.ZombiesNow == 0 || !tellsOfTheDead(m) { // they may have been reaped
		return
	}
	m.Walk(func(p *model.Process, _ int) bool {
		if p.State != model.Zombie || p.Root {
			return true
		}
		cause := m.Cause(p)
		if cause.For < notYet {
			return true
		}
		if !cause.Traced { // init, mostly: it reaps what it adopts, in its own time, and after the last exit unseen
			adoptedJustNow := cause.Left != nil && m.Now()-max(p.ZombieSince, cause.Left.At) < model.LongWait
			if adoptedJustNow && !cause.Left.Zombie {
				return true
			}
		}
		visit(p, &cause)
		return true
	})
}

// byCause makes findings of the zombies that are kept by one kind of cause, one for each parent.
func byCause(kind model.CauseKind, names ...string) func(m *model.Model, found func(Finding)) {
	return func(m *model.Model, found func(Finding)) {
		group(m, found, names, func(_ *model.Process, c *model.Cause) (event.PID, bool) {
			return c.Parent, c.Kind == kind
		})
	}
}

// group makes findings of the zombies for which of gives a process that it is about, one for each. Beside the zombies
// and their time, names are the arguments that matter.
func group(m *model.Model, found func(Finding), names []string,
	of func(*model.Process, *model.Cause) (event.PID, bool),
) {
	var order []event.PID
	by := map[event.PID]*zombies{}
	eachZombie(m, func(p *model.Process, c *model.Cause) {
		now := *c // of may tell of a time before
		pid, ok := of(p, c)
		if !ok {
			return
		}
		if by[pid] == nil {
			order = append(order, pid)
			by[pid] = &zombies{}
		}
		by[pid].add(p, c)
		by[pid].names(p, &now)
	})
	for _, pid := range order {
		f := by[pid].finding()
		f.PID = pid
		pick(f.Arguments, names, "zombies", "longest_ns", "at_least")
		f.nameBusy(&by[pid].longest)
		if f.Arguments["in_wait_ns"] > 0 && len(f.Evidence) < model.MaxEvidence {
			f.Evidence = append(f.Evidence, by[pid].longest.Wait.Evidence)
		}
		found(f)
	}
}

// zombies are some of them, with what shows that they are.
type zombies struct {
	n, coalesced uint64
	atLeast      bool // some had ended before they were found
	longest      model.Cause
	pids         []event.PID
	evidence     model.Evidence
	named        Finding // its Names are of all that are there now
}

// names keeps how those are called that a sentence about p can name.
func (z *zombies) names(p *model.Process, now *model.Cause) {
	if z.n <= model.MaxEvidence {
		z.named.name(p.PID, p.Comm)
	}
	z.named.name(now.Parent, now.Comm)
	if now.Left != nil {
		z.named.name(now.Left.From, now.Left.Comm)
	}
	if now.StopperKnown {
		z.named.name(now.StoppedBy, now.StopperComm)
	}
	z.named.name(now.Debugger, now.DebuggerComm)
	z.named.name(now.Wait.ID, now.WaitComm)
}

func (z *zombies) add(p *model.Process, c *model.Cause) {
	if z.n == 0 || c.For > z.longest.For {
		z.longest = *c
	}
	z.n++
	z.coalesced += truth(c.Coalesced)
	z.atLeast = z.atLeast || p.FoundDead
	if z.n <= model.MaxEvidence {
		z.pids, z.evidence = append(z.pids, p.PID), append(z.evidence, p.EndedEvent)
	}
}

func (z *zombies) finding() Finding {
	a := arguments(&z.longest)
	a["zombies"], a["at_least"] = z.n, truth(z.atLeast)
	if z.coalesced > 0 {
		a["coalesced"] = z.coalesced
	}
	return Finding{Tasks: z.pids, Names: z.named.Names, Arguments: a, Evidence: z.evidence}
}

// nameBusy keeps how the child is called that the parent was in a wait for, where that is said.
func (f *Finding) nameBusy(c *model.Cause) {
	if f.Arguments["busy_with"] != 0 {
		f.name(c.BusyPID, c.BusyComm)
	}
}

// What is said of the waits of the parent, of the one that it is in, and of what it does about SIGCHLD.
var (
	ofWaits = []string{"waits", "waits_nothing", "waits_no_child", "waits_others", "waits_lost",
		"waits_unseen", "waits_32_bits"}
	ofWait   = []string{"syscall", "idtype", "waits_for", "options", "thread", "in_wait_ns", "in_wait_at_least"}
	ofSignal = []string{"disposition", "blocked", "signalfd", "delivered", "coalesced", "coalesced_in"}
)

// pick leaves only the arguments of these names.
func pick(a map[string]uint64, names []string, more ...string) {
	maps.DeleteFunc(a, func(name string, _ uint64) bool {
		return !slices.Contains(names, name) && !slices.Contains(more, name)
	})
}

// arguments are what is known of a cause. What is not known is not there.
func arguments(c *model.Cause) map[string]uint64 {
	a := map[string]uint64{"longest_ns": uint64(c.For)}
	add := func(name string, n uint64) {
		if n > 0 {
			a[name] = n
		}
	}
	switch {
	case !c.Traced: // what it does is not seen, but that it reaps
		a["waits_unseen"] = 1
	case c.WaitsUnseen:
		a["waits_32_bits"] = 1
	case c.WaitsKnown && c.Waits.Calls+c.OtherWaits == 0 && c.GroupWaits > 0: // it waited, if not for this one
	case c.WaitsKnown:
		a["waits"] = uint64(c.Waits.Calls)
		add("waits_nothing", uint64(c.Waits.Nothing))
		add("waits_no_child", uint64(c.Waits.NoChild))
		add("waits_others", uint64(c.OtherWaits))
	default:
		a["waits_lost"] = 1
	}
	if c.SignalsKnown {
		add("disposition", uint64(c.Disposition))
		add("blocked", truth(c.Blocked))
		add("signalfd", truth(c.SignalFD))
		add("delivered", c.Delivered)
	}
	add("coalesced", truth(c.Coalesced))
	add("coalesced_in", uint64(c.Into))
	add("held_ns", uint64(c.HeldFor))
	add("debugger", uint64(c.Debugger))
	if c.ExitSignal != event.SIGCHLD {
		a["exit_signal"] = uint64(c.ExitSignal)
	}
	add("stopped", uint64(c.Stopped))
	add("stopped_ns", uint64(c.StoppedFor))
	if c.StopperKnown {
		a["stopped_by"] = uint64(c.StoppedBy)
	}
	add("own_ns", uint64(c.HadFor))
	add("busy_ns", uint64(c.BusyFor))
	add("busy_with", uint64(c.BusyPID))
	if w := &c.Wait; w.Call != event.CallNone {
		a["syscall"], a["idtype"], a["in_wait_ns"] = uint64(w.Call), uint64(w.IDType), uint64(c.WaitFor)
		add("waits_for", uint64(uint32(w.ID)))
		add("thread", uint64(w.Thread))
		add("in_wait_at_least", truth(w.AtLeast))
		if w.IDType == event.IDAll { // which of them it is not for
			add("options", uint64(w.Options))
		}
	}
	if c.Left != nil {
		a["former"], a["adopter"] = uint64(c.Left.From), uint64(c.Parent)
	}
	return a
}
