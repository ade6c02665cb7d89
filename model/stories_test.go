package model

import (
	"fmt"
	"strings"
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

func wait(ms, by, child int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Wait, Task: idOf(by), PID: event.PID(by),
		Child: event.Task{TID: event.TID(child)}, Call: event.Wait4}
}

func seen(ms, pid, parent int, state event.State) event.Event {
	return event.Event{Time: at(ms), Kind: event.Seen, Task: idOf(pid), PID: event.PID(pid), Parent: event.PID(parent),
		NSPID: event.PID(pid),
		State: state, Flags: event.Guessed}
}

// forest is a line for each process, with who reaped it.
func forestText(m *Model) string {
	var b strings.Builder
	m.Walk(func(p *Process, depth int) bool {
		fmt.Fprintf(&b, "%*s%d %v", 2*depth, "", p.PID, p.State)
		if p.State == Gone && !p.Root {
			fmt.Fprintf(&b, " %v", p.Reaping)
		}
		if p.LeaderEnded {
			b.WriteString(", leader ended")
		}
		if n := p.ThreadsAlive; n > 0 {
			fmt.Fprintf(&b, ", %d threads", n)
		}
		b.WriteString("\n")
		return true
	})
	return b.String()
}

// TestGoneLeave: the reaped stay as long as they linger, and no more of them than are asked for.
func TestGoneLeave(t *testing.T) {
	m := New(Options{Linger: 5e9, MaxGone: 3})
	apply := func(events ...event.Event) {
		for i := range events {
			m.Apply(&events[i])
		}
	}
	apply(launch())
	for pid := 101; pid <= 105; pid++ {
		apply(fork(2, 100, pid), exit(3, pid, 100, 100, 0, 0), wait(4, 100, pid))
	}
	if got := strings.Count(forestText(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown, want 3", got)
	}
	m.Advance(at(5004))
	if got := strings.Count(forestText(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown before their time, want 3", got)
	}
	m.Advance(at(5005))
	if got := forestText(m); got != "100 alive\n" {
		t.Errorf("the forest is\n%s", got)
	}
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
