package model

import (
	"testing"

	"tracer/event"
)

// The words of the stories. Process 100 is the launched root, its times are milliseconds.

func at(ms int) event.Time { return event.Time(ms) * 1e6 }

func idOf(pid int) event.Task { return event.Task{TID: event.TID(pid), Start: 1} }

func launch() event.Event {
	return event.Event{Time: at(1), Kind: event.Exec, Task: idOf(100), PID: 100, Flags: event.Launch | event.Root,
		Comm: "root"}
}

func fork(ms, parent, child int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Fork, Task: idOf(parent), PID: event.PID(parent), Child: idOf(child),
		ChildPID: event.PID(child), NSPID: event.PID(child), Parent: event.PID(parent), ExitSignal: event.SIGCHLD}
}

func exit(ms, pid, parent, reaper int, status int32, flags event.Flags) event.Event {
	return event.Event{Time: at(ms), Kind: event.Exit, Task: idOf(pid), PID: event.PID(pid), Parent: event.PID(parent),
		Reaper: event.PID(reaper), Status: status, Flags: flags | event.GroupDead, Comm: "x"}
}

func seen(ms, pid, parent int, state event.State) event.Event {
	return event.Event{Time: at(ms), Kind: event.Seen, Task: idOf(pid), PID: event.PID(pid), Parent: event.PID(parent),
		NSPID: event.PID(pid),
		State: state, Flags: event.Guessed}
}

func TestZombieFoundAfterALossHasItsName(t *testing.T) {
	zombie := seen(4, 101, 100, event.Zombie)
	zombie.Comm = "name"
	nameless := exit(3, 101, 100, 100, 0, 0)
	nameless.Comm = ""
	m := New(Options{})
	for _, e := range []event.Event{launch(), nameless, zombie} {
		m.Apply(&e)
	}
	if p := m.forest.processes[101]; p == nil || p.State != Zombie || p.Comm != "name" {
		t.Errorf("got %+v, want a zombie with its name", p)
	}
}

// TestExecTakesAnID: the id of the thread that executed a program was given to it after another thread had it, whose
// exit was lost.
func TestExecTakesAnID(t *testing.T) {
	thread := event.Event{Time: at(2), Kind: event.Fork, Task: idOf(100), PID: 100, Child: idOf(110), ChildPID: 100}
	exec := event.Event{Time: at(6), Kind: event.Exec, Task: idOf(101), PID: 101, OldTID: 110, Comm: "job"}
	var ended []Fact
	m := New(Options{Facts: func(f *Fact) {
		if f.Kind == Ended {
			ended = append(ended, *f)
		}
	}})
	for _, e := range []event.Event{launch(), thread, fork(3, 100, 101), {Time: at(4), Kind: event.Lost,
		Lost: event.Exit, Count: 1}, {Time: at(5), Kind: event.Lost, Lost: event.Fork, Count: 1}, exec} {
		m.Apply(&e)
	}
	if len(ended) != 1 || ended[0].Process.PID != 100 || ended[0].Flags&Inferred == 0 || ended[0].Flags&Renamed != 0 {
		t.Errorf("the thread of process 100 ended as %+v", ended)
	}
	if m.ThreadsAlive() != 0 {
		t.Errorf("%d threads live", m.ThreadsAlive())
	}
}
