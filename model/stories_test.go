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
