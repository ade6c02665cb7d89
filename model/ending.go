package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// endsLater reports whether p, which has ended, is a zombie only once an event tells so. Of a large process that lasts
// too short to matter to anybody but its parent.
func endsLater(f *forest, p *Process, e *event.Event) bool {
	return f.m.complete(event.Signal) && (e.Reaper == 0 || f.process(p.ParentPID) != nil)
}

// waitable notes that p, which has ended, is a zombie from now on.
func waitable(f *forest, p *Process, at event.Time) {
	p.State, p.ZombieSince = Zombie, at
	f.dead, p.listed = append(f.dead, p), true
	p.parent.Zombies++
	f.takeCustody(p, at)
}

// heldBy notes that a debugger is told of the end of p first; 0: which one is not known.
func heldBy(f *forest, p *Process, debugger event.PID) {
	p.custody.held, p.custody.debugger = true, debugger
	if d := f.process(debugger); d != nil {
		made(&d.parenting).debugs = true
	}
}

// becomesZombie ends the time in which nobody could wait for p; flags: NoZombie, if nobody will be able to.
func becomesZombie(f *forest, p *Process, flags FactFlags) {
	if p.State != Ending {
		return
	}
	waitable(f, p, f.m.at)
	f.m.tell(Fact{Kind: Waitable, Process: p, Flags: flags})
}

// toldOfEnd takes a SIGCHLD that tells that a process, which has ended, can be waited for: by its parent or, before it,
// by its debugger. A parent that has SA_NOCLDWAIT is told, too, of what the kernel reaps. What is told after the end of
// the trace is not part of it.
func toldOfEnd(f *forest, e *event.Event) {
	p := f.process(e.PID)
	if f.m.ended || p == nil || p.State != Ending || e.Code <= 0 || e.SiPID != p.PID && e.SiPID != p.nsPID {
		return
	}
	toParent := e.TargetPID == p.ParentPID
	if toParent && e.Flags.Has(event.NoCldWait) {
		f.m.reaping.endedUnwaited(p)
		return
	}
	if p.EndedInit {
		emptied(f, p)
	}
	becomesZombie(f, p, 0)
	if !toParent {
		heldBy(f, p, e.TargetPID)
	}
}

// emptied notes that all others in the PID namespace whose init p was have been reaped: it can be waited for only
// then (zap_pid_ns_processes in kernel/pid_namespace.c). One that ended before p was there had another with its id.
// A call that reaped one of them on another CPU may return later.
func emptied(f *forest, p *Process) {
	for i := 0; i < len(f.dead); {
		if z := f.dead[i]; z.State == Zombie && z.reaper == p.PID && z.Ended >= p.Born && z != p {
			f.m.reaping.vanished(z)
			i = 0 // who is gone may have left the list
			continue
		}
		i++
	}
}

// signalsLost: what could be waited for may not have been told of.
func signalsLost(f *forest) {
	var ending []*Process
	for _, p := range f.processes {
		if p.State == Ending {
			ending = append(ending, p)
		}
	}
	slices.SortFunc(ending, func(a, b *Process) int { return cmp.Compare(a.Number, b.Number) })
	for _, p := range ending {
		becomesZombie(f, p, Inferred)
	}
}
