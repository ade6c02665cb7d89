package model_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/internal/simulation"
	"tracer/model"
)

// TestModelFollowsTheKernel: after every event the invariants hold, and at the end each counter is what the kernel
// counted.
func TestModelFollowsTheKernel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.New(model.Options{Linger: 2e9, MaxGone: 50})
		k := simulation.New(t, func(e event.Event) {
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			k.Step()
		}
		k.Settle()
		k.SameCounters(t, m)
		k.SameConnections(t, m)
		k.SameForest(t, m)
	})
}

// TestModelSurvivesLoss: whatever is missing from the stream, the forest stays one, the loss is told by kind, and
// nothing is counted that did not happen.
func TestModelSurvivesLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.New(model.Options{})
		dropped := map[event.Kind]uint64{}
		k := simulation.New(t, func(e event.Event) {
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
			k.Step()
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
			{"execs", c.Execs, k.Truth.Execs}, {"accepts", c.Accepts, k.Truth.Accepts},
			{"delivered", c.SigchldDelivered, k.Truth.SigchldDelivered},
			{"spawned", c.CoroutinesCreated, k.Truth.CoroutinesCreated}, {"finished", c.CoroutinesFinished,
				k.Truth.CoroutinesFinished},
			{"queued", c.SigchldQueued, k.Truth.SigchldQueued}, {"coalesced", c.SigchldCoalesced,
				k.Truth.SigchldCoalesced},
		} {
			if n.got > n.truth {
				t.Fatalf("%s: %d counted of %d", n.name, n.got, n.truth)
			}
		}
	})
}

// TestTheGoneAreNotMissed: whatever is missing from the stream, a model that lets the gone leave at once counts and
// finds what another one does.
func TestTheGoneAreNotMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leave, linger := model.New(model.Options{}), model.New(model.Options{Linger: 1})
		losing := rapid.Bool().Draw(t, "losing")
		k := simulation.New(t, func(e event.Event) {
			if losing && e.Flags&event.Launch == 0 && rapid.IntRange(0, 5).Draw(t, "lost") == 0 {
				e = event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1}
			}
			linger.Apply(&e)
			leave.Apply(&e)
			if err := leave.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			k.Step()
		}
		k.Settle()
		sameThoughTheGoneLeave(t, leave, linger)
	})
}

// FuzzModel: no stream at all breaks the forest.
func FuzzModel(f *testing.F) {
	f.Add([]byte{1, 1, 2, 0, 0, 1, 4, 2, 1, 0, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := model.New(model.Options{Linger: 1, MaxGone: 10})
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
				State: event.State(d[3] % 3), Rare: &event.Rare{Began: now - event.Time(d[4])},
				Connection: uint64(d[2] & 7), Runtime: event.Runtime(d[4] & 3), Coroutine: uint64(d[2] & 7),
				Creator: uint64(d[5] & 7), Previous: uint64(d[5] & 7), How: event.How(d[3] & 7),
				OldTID: event.TID(d[2]&7) + 1, Line: "HTTP/1.1 200 OK", Subreaper: event.Attribute(d[3] % 3),
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
		_ = fmt.Sprint(m.Evidence())
	})
}
