package model

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tracer/event"
)

// TestModelFollowsTheKernel: after every event the invariants hold, and at the end each counter is what the kernel
// counted.
func TestModelFollowsTheKernel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(Options{Linger: 2e9, MaxGone: 50})
		k := newKernel(t, func(e event.Event) {
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
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
		k.checkConnections(t, m)
		sameForest(t, k, m)
	})
}

// sameForest compares all that lives or is a zombie.
func sameForest(t *rapid.T, k *kernel, m *Model) {
	for _, p := range k.tasks {
		got := m.Find(p.pid)
		if got == nil || got.State == Zombie != p.zombie || got.ParentPID != pidOf(p.parent) && !p.root ||
			got.Start() != p.start || got.ThreadsAlive != len(p.threads) || !p.zombie && got.LeaderEnded == p.leader {
			t.Fatalf("process %d of the kernel: %+v in the model: %+v", p.pid, p, got)
		}
		if !p.zombie && got.Signals.Disposition != p.disposition() {
			t.Fatalf("SIGCHLD of process %d is at %d, in the model at %d", p.pid, p.disposition(),
				got.Signals.Disposition)
		}
		if !p.zombie && got.Subreaper != p.subreaper {
			t.Fatalf("process %d is a subreaper: %t, in the model: %t", p.pid, p.subreaper, got.Subreaper)
		}
		if under := got.Parent(); p.parent != nil && !p.root && (under == nil || under.PID != p.parent.pid) {
			t.Fatalf("process %d stands under %+v, not %d", p.pid, under, p.parent.pid)
		}
	}
	if got := alive(m); got != len(k.alive()) {
		t.Fatalf("%d processes live in the forest, %d in the kernel", got, len(k.alive()))
	}
}

// Start is when the process was created.
func (p *Process) Start() event.Time { return p.ID.Start }

func alive(m *Model) (n int) {
	m.Walk(func(p *Process, _ int) bool {
		if p.State == Alive {
			n++
		}
		return true
	})
	return n
}

// TestModelSurvivesLoss: whatever is missing from the stream, the forest stays one, the loss is told by kind, and
// nothing is counted that did not happen.
func TestModelSurvivesLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(Options{})
		dropped := map[event.Kind]uint64{}
		k := newKernel(t, func(e event.Event) {
			if e.Flags&event.Launch == 0 && rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
				dropped[e.Kind]++
				m.Apply(&event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1})
				return
			}
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			k.step()
		}
		c := m.Counters()
		lost := uint64(0)
		for kind, n := range dropped {
			lost += n
			if c.LostByKind()[kind] != n {
				t.Fatalf("%d lost of %v, the model says %d", n, kind, c.LostByKind()[kind])
			}
		}
		if c.EventsLost != lost {
			t.Fatalf("%d lost, the model says %d", lost, c.EventsLost)
		}
		for _, n := range []struct {
			name       string
			got, truth uint64
		}{
			{"execs", c.Execs, k.truth.Execs}, {"accepts", c.Accepts, k.truth.Accepts},
			{"delivered", c.SigchldDelivered, k.truth.SigchldDelivered},
			{"spawned", c.CoroutinesCreated, k.truth.CoroutinesCreated}, {"finished", c.CoroutinesFinished,
				k.truth.CoroutinesFinished},
			{"queued", c.SigchldQueued, k.truth.SigchldQueued}, {"coalesced", c.SigchldCoalesced,
				k.truth.SigchldCoalesced},
		} {
			if n.got > n.truth {
				t.Fatalf("%s: %d counted of %d", n.name, n.got, n.truth)
			}
		}
	})
}

// FuzzModel: no stream at all breaks the forest.
func FuzzModel(f *testing.F) {
	f.Add([]byte{1, 1, 2, 0, 0, 1, 4, 2, 1, 0, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := New(Options{Linger: 1, MaxGone: 10})
		now := event.Time(1)
		for len(data) >= 6 {
			d := data[:6]
			data = data[6:]
			now += event.Time(d[5]) << (d[4] & 31)
			e := event.Event{
				Time: now, Kind: event.Kind(d[0]) % event.KindCount, Task: event.Task{TID: event.TID(d[1]&15) + 1,
					Start: event.Time(d[2] >> 6)},
				PID: event.PID(d[1]>>4) + 1, Flags: event.Flags(d[3]) | event.Flags(d[4]&15)<<8,
				Child: event.Task{TID: event.TID(d[2]&7) + 1, Start: now}, ChildPID: event.PID(d[2]&7) + 1,
				NSPID:  event.PID(d[2]&7) + 1,
				Parent: event.PID(d[2] >> 3 & 7), Reaper: event.PID(d[2] >> 5), Status: int32(d[5]),
				Signal: event.SIGCHLD, TargetPID: event.PID(d[4] >> 4), Result: event.Result(d[5] & 3),
				Lost: event.Kind(d[3]) % event.KindCount, Count: uint64(d[5]),
				State: event.State(d[3] % 3), Began: now - event.Time(d[4]),
				Connection: uint64(d[2] & 7), Runtime: event.Runtime(d[4] & 3), Coroutine: uint64(d[2] & 7),
				Partner: uint64(d[5] & 7), How: event.How(d[3] & 7),
			}
			if d[4]&64 != 0 {
				e.CloneFlags = event.CloneThread
			}
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %+v: %v", e, err)
			}
		}
		m.Advance(now + 1e12)
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		_ = fmt.Sprint(m.Findings())
	})
}
