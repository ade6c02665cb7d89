package simulation

import (
	"pgregory.net/rapid"

	"tracer/event"
)

// Seen reports every process and thread as an iterator does: a process before its threads, the rest in any order.
func (k *Kernel) Seen(flags event.Flags) {
	began := k.now
	k.now++
	for _, i := range rapid.Permutation(indices(len(k.tasks))).Draw(k.t, "order") {
		p := k.tasks[i]
		e := event.Event{Time: k.now, Kind: event.Seen, Task: p.id(), PID: p.pid, Parent: pidOf(p.parent), NSPID: p.pid,
			ExitSignal: event.SIGCHLD, Flags: flags, Comm: "z"}
		if p.root {
			e.Flags |= event.Root
		}
		switch {
		case p.zombie:
			e.State, e.Status = event.Zombie, p.status
		case !p.leader:
			e.State = event.LeaderEnded
		}
		if !p.zombie {
			e.Disposition, e.Subreaper = p.disposition(), p.attribute()
		}
		inWaitOf(k, &e, p)
		k.emit(e)
		if rapid.IntRange(0, 9).Draw(k.t, "again") == 0 {
			k.emit(e)
		}
		for _, t := range p.threads {
			e.Task, e.State, e.NSPID, e.ExitSignal = t, event.Alive, event.PID(t.TID), -1
			e.Disposition, e.Subreaper = event.DispositionUnknown, event.AttributeUnknown
			inWaitOf(k, &e, p)
			k.emit(e)
		}
	}
	k.Truth.Events-- // the mark is none
	k.emit(event.Event{Time: k.now, Kind: event.Snapshot, Rare: &event.Rare{Began: began + 1}, Flags: flags})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Attach forgets what was counted and begins to report: the root is a process like others, what is dead is so from now
// on.
func (k *Kernel) Attach(emit func(event.Event)) {
	k.Truth, k.late, k.conns, k.vague = counters(), nil, nil, false // connections of before are not known
	k.zombieTotal, k.zombieMax = 0, 0
	k.reportTo(emit)
	for _, p := range k.tasks {
		p.root, p.birth = false, p.parent
		k.Truth.ThreadsSeen += uint64(len(p.threads))
		k.Truth.TreeDepth = max(k.Truth.TreeDepth, p.depth())
		if p.zombie {
			p.ended = k.now + 1
			k.Truth.ZombiesSeen++
		} else {
			k.Truth.ProcessesSeen++
		}
	}
	k.countZombies()
	k.Seen(0)
	k.forkAgain()
}

// forkAgain reports the fork of a process that the iterator has met: it came between its creation and that report.
func (k *Kernel) forkAgain() {
	for _, p := range k.alive() {
		if p.leader && p.parent != nil && !p.parent.zombie && rapid.IntRange(0, 9).Draw(k.t, "fork reported") == 0 {
			k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: p.parent.id(), PID: p.parent.pid, Child: p.id(),
				ChildPID: p.pid, Parent: p.parent.pid, NSPID: p.pid, ExitSignal: event.SIGCHLD})
			break
		}
	}
}

// inWaitOf has a seen task tell of the wait that it is in.
func inWaitOf(k *Kernel, e *event.Event, p *task) {
	e.Call, e.IDType, e.ID, e.Waited = event.CallNone, event.IDUnknown, 0, 0
	if w := p.waitOf(e.Task); w != nil {
		e.Call, e.IDType, e.ID, e.Waited = event.Wait4, event.IDProcess, w.child.pid, k.now-w.since
	}
}
