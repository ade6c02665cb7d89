package simulation

import (
	"cmp"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
)

// Settle reports what was to come later, and completes the truth at the end of a trace.
func (k *Kernel) Settle() {
	k.ReportLate()
	k.countZombies()
	k.Truth.ZombiesLeft = k.Truth.ZombiesNow
	k.countWaiting(k.told)
}

// SameCounters compares what m and the kernel counted, once it has settled. How many zombies there were at once, m can
// know late only.
func (k *Kernel) SameCounters(t *rapid.T, m *model.Model) {
	truth := k.Truth
	if k.vague {
		truth.ZombiesPeak = max(truth.ZombiesPeak, m.Counters().ZombiesPeak)
	}
	if diff := gocmp.Diff(truth, m.Counters(), cmpopts.IgnoreUnexported(model.Counters{})); diff != "" {
		t.Fatalf("(-kernel +model):\n%s", diff)
	}
}

// SameForest compares all that lives or is a zombie.
func (k *Kernel) SameForest(t *rapid.T, m *model.Model) {
	for _, p := range k.tasks {
		got := m.Find(p.pid)
		if got == nil || got.State == model.Zombie != p.zombie || got.ParentPID != pidOf(p.parent) && !p.root ||
			got.ID.Start != p.start || got.ThreadsAlive != len(p.threads) || !p.zombie && got.LeaderEnded == p.leader {
			t.Fatalf("process %d of the kernel: %+v in the model: %+v", p.pid, p, got)
		}
		if !p.zombie && got.Signals().Disposition != p.disposition() {
			t.Fatalf("SIGCHLD of process %d is at %d, in the model at %d", p.pid, p.disposition(),
				got.Signals().Disposition)
		}
		if !p.zombie && got.Subreaper != p.subreaper {
			t.Fatalf("process %d is a subreaper: %t, in the model: %t", p.pid, p.subreaper, got.Subreaper)
		}
		if told := waitsOf(got); !p.zombie && !slices.Equal(told, p.inWaits()) {
			t.Fatalf("tasks of process %d are in the waits %v, in the model in %v", p.pid, p.inWaits(), told)
		}
		if under := got.Parent(); p.parent != nil && !p.root && (under == nil || under.PID != p.parent.pid) {
			t.Fatalf("process %d stands under %+v, not %d", p.pid, under, p.parent.pid)
		}
	}
	if got := alive(m); got != len(k.alive()) {
		t.Fatalf("%d processes live in the forest, %d in the kernel", got, len(k.alive()))
	}
}

func alive(m *model.Model) (n int) {
	m.Walk(func(p *model.Process, _ int) bool {
		if p.State == model.Alive {
			n++
		}
		return true
	})
	return n
}

// inWait is a wait that a thread is in for a child.
type inWait struct {
	thread event.TID
	child  event.PID
}

func (p *task) inWaits() (all []inWait) {
	for _, w := range p.waits {
		all = append(all, inWait{w.task.TID, w.child.pid})
	}
	return sorted(all)
}

func waitsOf(p *model.Process) (all []inWait) {
	for _, w := range p.Waiting() {
		all = append(all, inWait{w.Thread, w.ID})
	}
	return sorted(all)
}

func sorted(waits []inWait) []inWait {
	slices.SortFunc(waits, func(a, b inWait) int { return cmp.Compare(a.thread, b.thread) })
	return waits
}
