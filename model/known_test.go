package model

import (
	"testing"

	"tracer/event"
)

// TestParentKnownLater: a process whose fork was lost, and that an event without its parent made known, is a child of
// the parent that it is found under. Nobody handed it on, and its parent reaps it.
func TestParentKnownLater(t *testing.T) {
	child := idOf(101)
	found := seen(4, 101, 100, event.Alive)
	found.Flags = event.Guessed
	for name, between := range map[string][]event.Event{
		"it is found":       {found},
		"its exit tells it": nil,
	} {
		m := New(Options{Linger: 1 << 40})
		feed(t, m, launch(), event.Event{Time: at(2), Kind: event.Lost, Lost: event.Fork, Count: 1},
			event.Event{Time: at(3), Kind: event.Exec, Task: child, PID: 101, Comm: "exe"})
		feed(t, m, between...)
		feed(t, m, exit(5, 101, 100, 1, 0, 0))
		p := m.Find(101)
		feed(t, m, event.Event{Time: at(6), Kind: event.Wait, Task: idOf(100), PID: 100,
			Call: event.Wait4, Child: child})
		got := m.Counters()
		if got.Reparented != 0 || got.ReapedByParent != 1 || got.ReapedByOther != 0 || got.TreeDepth != 1 ||
			p.Adopted() {
			t.Errorf("%s: %d reparented, reaped %d by its parent and %d by another, depth %d, adopted %v", name,
				got.Reparented, got.ReapedByParent, got.ReapedByOther, got.TreeDepth, p.Adopted())
		}
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
