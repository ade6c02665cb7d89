package model_test

import (
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/internal/simulation"
	"tracer/model"
)

// TestModelAttaches: whenever tracer comes, the forest is the kernel's, and each counter what the kernel counted since.
func TestModelAttaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := simulation.New(t, func(event.Event) {})
		for range rapid.IntRange(0, 80).Draw(t, "steps before") {
			k.Step()
		}
		m := model.New(model.Options{Linger: 2e9, MaxGone: 50})
		k.Attach(func(e event.Event) {
			m.Apply(&e)
			if err := m.Check(); err != nil {
				t.Fatalf("after %v of %d: %v", e.Kind, e.PID, err)
			}
		})
		k.SameForest(t, m)
		for range rapid.IntRange(0, 80).Draw(t, "steps after") {
			k.Step()
		}
		k.Settle()
		k.SameCounters(t, m)
		k.SameForest(t, m)
	})
}

// TestModelHeals: however much was lost, after a snapshot the forest is the kernel's again, and the books balance.
func TestModelHeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := model.New(model.Options{})
		losing := true
		k := simulation.New(t, func(e event.Event) {
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
				k.Step()
			}
			k.ReportLate()
			losing = false
			k.Seen(event.Guessed)
			k.SameForest(t, m)
			k.CheckResynced(t, m)
			if got, want := m.Counters().ZombiesNow, k.Zombies(); got != want {
				t.Fatalf("%d zombies, %d in the kernel", got, want)
			}
			for range rapid.IntRange(0, 20).Draw(t, "steps without a loss") {
				k.Step()
			}
		}
		losing = true
		k.EndAll()
		losing = false
		k.Seen(event.Guessed)
		k.CheckResynced(t, m)
	})
}
