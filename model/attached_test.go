package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tracer/event"
)

// seen reports every process and thread as an iterator does: a process before its threads, the rest in any order.
func (k *kernel) seen(flags event.Flags) {
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
		k.emit(e)
		if rapid.IntRange(0, 9).Draw(k.t, "again") == 0 {
			k.emit(e)
		}
		for _, t := range p.threads {
			e.Task, e.State, e.NSPID, e.ExitSignal = t, event.Alive, event.PID(t.TID), -1
			e.Disposition, e.Subreaper = event.DispositionUnknown, event.AttributeUnknown
			k.emit(e)
		}
	}
	k.truth.Events-- // the mark is none
	k.emit(event.Event{Time: k.now, Kind: event.Snapshot, Began: began + 1, Flags: flags})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// attach forgets what was counted and begins to report: the root is a process like others, what is dead is so from now
// on.
func (k *kernel) attach(emit func(event.Event)) {
	k.truth, k.late, k.conns, k.vague = newCounters(), nil, nil, false // connections of before are not known
	k.emit = func(e event.Event) {
		k.truth.Events++
		emit(e)
	}
	for _, p := range k.tasks {
		p.root, p.birth = false, p.parent
		k.truth.ThreadsSeen += uint64(len(p.threads))
		k.truth.TreeDepth = max(k.truth.TreeDepth, p.depth())
		if p.zombie {
			p.ended = k.now + 1
			k.truth.ZombiesSeen++
		} else {
			k.truth.ProcessesSeen++
		}
	}
	k.countZombies()
	k.seen(0)
	k.forkAgain()
}

// forkAgain reports the fork of a process that the iterator has met: it came between its creation and that report.
func (k *kernel) forkAgain() {
	for _, p := range k.alive() {
		if p.leader && p.parent != nil && !p.parent.zombie && rapid.IntRange(0, 9).Draw(k.t, "fork reported") == 0 {
			k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: p.parent.id(), PID: p.parent.pid, Child: p.id(),
				ChildPID: p.pid, Parent: p.parent.pid, NSPID: p.pid, ExitSignal: event.SIGCHLD})
			break
		}
	}
}

// TestModelAttaches: whenever tracer comes, the forest is the kernel's, and each counter what the kernel counted since.
func TestModelAttaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newKernel(t, func(event.Event) {})
		for range rapid.IntRange(0, 80).Draw(t, "steps before") {
			k.step()
		}
		m := New(Options{Linger: 2e9, MaxGone: 50})
		k.attach(func(e event.Event) {
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		sameForest(t, k, m)
		for range rapid.IntRange(0, 80).Draw(t, "steps after") {
			k.step()
		}
		k.reportLate(nil)
		k.countZombies()
		k.truth.ZombiesLeft = k.truth.ZombiesNow
		k.countWaiting(m.Now())
		if k.vague && m.Counters().ZombiesPeak > k.truth.ZombiesPeak {
			k.truth.ZombiesPeak = m.Counters().ZombiesPeak
		}
		if diff := cmp.Diff(k.truth, m.Counters(), cmpopts.IgnoreUnexported(Counters{})); diff != "" {
			t.Fatalf("(-kernel +model):\n%s", diff)
		}
		sameForest(t, k, m)
	})
}

// TestModelHeals: however much was lost, after a snapshot the forest is the kernel's again, and the books balance.
func TestModelHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(Options{})
		losing := true
		k := newKernel(t, func(e event.Event) {
			if losing && e.Flags&event.Launch == 0 && rapid.IntRange(0, 2).Draw(t, "lost") == 0 {
				m.Apply(&event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1})
				return
			}
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		for range rapid.IntRange(1, 3).Draw(t, "bursts") {
			losing = true
			for range rapid.IntRange(1, 40).Draw(t, "steps") {
				k.step()
			}
			k.reportLate(nil)
			losing = false
			k.seen(event.Guessed)
			sameForest(t, k, m)
			k.checkHealed(t, m)
			k.countZombies()
			if m.Counters().ZombiesNow != k.truth.ZombiesNow {
				t.Fatalf("%d zombies, %d in the kernel", m.Counters().ZombiesNow, k.truth.ZombiesNow)
			}
			for range rapid.IntRange(0, 20).Draw(t, "steps without a loss") {
				k.step()
			}
		}
		losing = true
		k.endAll()
		losing = false
		k.seen(event.Guessed)
		k.checkHealed(t, m)
	})
}
