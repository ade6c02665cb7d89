package simulation

import (
	"slices"

	"pgregory.net/rapid"

	"tracer/event"
)

// waiting is a wait for one child that a task is in: it passes over the others.
type waiting struct {
	task  event.Task
	child *task
	since event.Time
}

// event is of the call: that it begins, or that it is over.
func (w *waiting) event(kind event.Kind, p *task, now event.Time) event.Event {
	return event.Event{Time: now, Kind: kind, Task: w.task, PID: p.pid, Call: event.Wait4, IDType: event.IDProcess,
		ID: w.child.pid}
}

// idle are the tasks of p that are in no wait.
func (p *task) idle() (idle []event.Task) {
	if p.leader {
		idle = append(idle, p.id())
	}
	idle = append(idle, p.threads...)
	return slices.DeleteFunc(idle, func(t event.Task) bool { return p.waitOf(t) != nil })
}

// waitOf returns the wait that a task of p is in, nil when it is in none.
func (p *task) waitOf(t event.Task) *waiting {
	for _, w := range p.waits {
		if w.task == t {
			return w
		}
	}
	return nil
}

// over takes in that a task of p has ended, or returned from its wait.
func (p *task) over(t event.Task) {
	p.waits = slices.DeleteFunc(p.waits, func(w *waiting) bool { return w.task == t })
}

// waitBegins has a task wait for one child that lives.
func waitBegins(k *Kernel, p *task) {
	children := slices.DeleteFunc(k.alive(), func(c *task) bool { return c.parent != p || c.root })
	if len(children) == 0 {
		return
	}
	w := &waiting{task: k.actor(p), child: rapid.SampledFrom(children).Draw(k.t, "for"), since: k.now}
	p.waits = append(p.waits, w)
	k.emit(w.event(event.Waiting, p, k.now))
}

// waitEnds has a wait return: with the child, in vain when somebody else has reaped it, or has been handed it, or as a
// signal came.
func waitEnds(k *Kernel, p *task) {
	if len(p.waits) == 0 {
		return
	}
	w := rapid.SampledFrom(p.waits).Draw(k.t, "wait")
	e, c := w.event(event.Wait, p, k.now), w.child
	e.Waited = k.now - w.since
	p.over(w.task)
	switch there := slices.Contains(k.tasks, c) && c.parent == p; {
	case !there:
		e.Flags = event.NoChild
		k.Truth.WaitsNoChild++
	case c.zombie:
		e.Child = event.Task{TID: event.TID(c.pid)}
		k.countReaping(c)
		k.reap(c)
	default:
		e.Flags = event.Interrupted
	}
	k.emit(e)
}
