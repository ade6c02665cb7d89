package model

import (
	"testing"

	"tracer/event"
)

// TestChange follows a server that the user has reap in other ways: by the whole story that the events tell.
func TestChange(t *testing.T) {
	m := New(Options{})
	root := event.Task{TID: 1, Start: 1}
	now := event.Time(10)
	apply := func(e event.Event) {
		now++
		e.Time = now
		if e.PID == 0 {
			e.PID, e.Task = 1, root
		}
		m.Apply(&e)
	}
	child := func(pid event.PID) event.Task { return event.Task{TID: event.TID(pid), Start: event.Time(pid)} }
	dies := func(pid event.PID, result event.Result) {
		c := child(pid)
		apply(event.Event{Kind: event.Fork, Child: c, ChildPID: pid, Parent: 1, NSPID: pid, ExitSignal: event.SIGCHLD})
		apply(event.Event{Kind: event.Exit, Task: c, PID: pid, Parent: 1, Flags: event.GroupDead})
		apply(event.Event{Kind: event.Signal, Task: c, PID: pid, TargetPID: 1, Target: 1, Signal: event.SIGCHLD,
			Code: 1, Result: result})
	}
	reap := func(pid event.PID) { apply(event.Event{Kind: event.Wait, Call: event.Wait4, Child: child(pid)}) }
	vain := event.Event{Kind: event.Wait, Call: event.Wait4, Flags: event.Nothing}
	runs := event.Event{Kind: event.Deliver, Signal: event.SIGCHLD, Disposition: event.Handler}
	change := func(way event.Text) {
		apply(event.Event{Kind: event.Control, PID: 7, Task: child(7), Flags: event.Untraced,
			Rare: &event.Rare{Action: event.SetReap, Setting: way}})
	}
	want := func(want Change) {
		t.Helper()
		got, ok := ChangeIn(m.Clone())
		got.row, want.At, want.Evidence = row{}, got.At, got.Evidence
		if !ok || got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
	apply(event.Event{Kind: event.Exec, Flags: event.Root | event.Launch})
	for pid := event.PID(10); pid < 13; pid++ {
		dies(pid, event.Ignored)
	}
	if _, ok := ChangeIn(m); ok {
		t.Error("a change before there was one")
	}

	change("handler")
	want(Change{Way: "handler", Before: 3})
	reap(10) // as it was set
	reap(11)
	reap(12)
	apply(vain)
	dies(20, event.Queued)
	apply(runs)
	dies(21, event.Coalesced)
	reap(20)
	reap(21)
	apply(vain)
	want(Change{Way: "handler", Before: 3, Reaped: 3, Ended: 2, Waited: 2, Delivered: 1, Coalesced: 1, Loop: 3})

	change("once")
	dies(30, event.Queued)
	dies(31, event.Coalesced)
	apply(runs)
	reap(30)
	dies(32, event.Queued)
	apply(runs)
	reap(31)
	want(Change{Way: "once", Ended: 3, Waited: 2, Delivered: 2, Coalesced: 1, Loop: 1, InHandler: true})

	change("handler") // one zombie is there; the handler takes it with the next
	dies(40, event.Queued)
	apply(runs)
	reap(32)
	reap(40)
	apply(vain)
	want(Change{Way: "handler", Before: 1, Reaped: 1, Ended: 1, Waited: 1, Delivered: 1, Loop: 2, InHandler: true})

	change("ignore")
	c := child(50)
	apply(event.Event{Kind: event.Fork, Child: c, ChildPID: 50, Parent: 1, NSPID: 50, ExitSignal: event.SIGCHLD})
	apply(event.Event{Kind: event.Exit, Task: c, PID: 50, Parent: 1, Flags: event.GroupDead | event.AutoReap})
	want(Change{Way: "ignore", Ended: 1, ByKernel: 1})
}

// TestSettings: the last change of each kind holds, from its event on, in a clone, too.
func TestSettings(t *testing.T) {
	m := New(Options{})
	for i, c := range []struct {
		action  event.Action
		setting event.Text
		want    Settings
	}{
		{event.SetRate, "0.5", Settings{}},
		{event.SetReap, "none", Settings{Reap: "none"}},
		{event.SetModel, "thread", Settings{Model: "thread", Reap: "none"}},
		{event.SetWork, "sleep=1s", Settings{"thread", "none", "sleep=1s"}},
		{event.SetReap, "once", Settings{"thread", "once", "sleep=1s"}},
		{event.SendBurst, "10", Settings{"thread", "once", "sleep=1s"}},
	} {
		m.Apply(&event.Event{Time: event.Time(i + 1), Kind: event.Control, Flags: event.Untraced,
			Rare: &event.Rare{Action: c.action, Setting: c.setting}})
		if got := SettingsIn(m.Clone()); got != c.want {
			t.Errorf("after change %d: %+v, want %+v", i, got, c.want)
		}
	}
}
