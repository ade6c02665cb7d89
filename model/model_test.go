package model

import (
	"testing"

	"tracer/event"
)

func TestEveryKindHasAHandler(t *testing.T) {
	for _, k := range event.Kinds() {
		if handlers[k] == nil {
			t.Errorf("no handler for %v", k)
		}
	}
}

// TestInheritedComm: the kernel side does not say a fork's name, and a task begins under that of the task which made
// it.
func TestInheritedComm(t *testing.T) {
	m := New(Options{})
	thread := func(ms, by, tid int) event.Event {
		return event.Event{Time: at(ms), Kind: event.Fork, Task: idOf(by), PID: 100, Child: idOf(tid), ChildPID: 100,
			CloneFlags: event.CloneThread}
	}
	fromThread := fork(4, 101, 103)
	fromThread.PID, fromThread.Parent = 100, 100
	feed(t, m, launch(), thread(2, 100, 101), thread(3, 101, 102), fromThread)
	for _, id := range []event.TID{101, 102} {
		if got := m.forest.threads[id].Comm; got != "root" {
			t.Errorf("thread %d is called %q", id, got)
		}
	}
	feed(t, m, event.Event{Time: at(5), Kind: event.Rename, Task: idOf(101), PID: 100, Comm: "worker"},
		event.Event{Time: at(5), Kind: event.Rename, Task: idOf(100), PID: 100, Comm: "boss"}, thread(5, 101, 104))
	if got := m.forest.threads[104].Comm; got != "worker" {
		t.Errorf("the thread of a thread is called %q", got)
	}
	if got := m.Find(103).Comm; got != "root" {
		t.Errorf("the process of a thread is called %q", got)
	}
	if got := m.Find(100).Comm; got != "boss" {
		t.Errorf("the process is called %q", got)
	}
}
