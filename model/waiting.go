package model

import (
	"slices"

	"tracer/event"
)

// A WaitCall is a wait that a thread is in.
type WaitCall struct {
	Thread  event.TID
	Call    event.Call
	IDType  event.IDType
	ID      event.PID
	Options uint32
	Since   event.Time
	AtLeast bool // it was under way then: since when is not known
	// Evidence is the ordinal of the event that told of it.
	Evidence uint64
}

// Waiting returns the waits that threads of p are in, as far as they are told: one for any child only when it has
// lasted for some time. They do not change.
func (p *Process) Waiting() []WaitCall { return p.parenting.orNone().waiting }

// For is how long the wait has been under way.
func (w *WaitCall) For(now event.Time) event.Time { return now - min(now, w.Since) }

// forOne reports whether it is for one certain child.
func (w *WaitCall) forOne() bool {
	return (w.IDType == event.IDProcess || w.IDType == event.IDPidfd) && w.ID != 0
}

// takes reports whether the end of a child of the caller ends it (eligible_child and wait_consider_task in
// kernel/exit.c), as far as that is known without its groups.
func (w *WaitCall) takes(z *Process, held bool) bool {
	if held || w.IDType != event.IDAll || w.Options&wNoThread != 0 ||
		w.Call == event.Waitid && w.Options&wExited == 0 {
		return false
	}
	return finds(w.Options, z.exitSignal)
}

// waitBegins takes in that a thread is in a wait: from now on, or since some time. Where its return will not be seen,
// what is known of the waits of its process is less than all.
func waitBegins(m *Model, e *event.Event) {
	p := m.resync.actor(e)
	if e.Flags.Has(event.Unknown) {
		made(&p.parenting).unseen = true
		return
	}
	p.waitsIn(e, WaitCall{Since: e.Time - min(e.Time, e.Waited), Evidence: m.ordinal})
}

// foundIn takes in which wait a task of p was found in, if in any.
func (p *Process) foundIn(m *Model, e *event.Event) {
	if e.Call == event.CallNone {
		p.waitOver(e.Task.TID)
		return
	}
	p.waitsIn(e, WaitCall{Since: e.Time - min(e.Time, e.Waited), AtLeast: e.Waited == 0, Evidence: m.ordinal})
}

func (p *Process) waitsIn(e *event.Event, w WaitCall) {
	p.waitOver(e.Task.TID)
	w.Thread, w.Call, w.IDType, w.ID, w.Options = e.Task.TID, e.Call, e.IDType, e.ID, e.Options
	k := made(&p.parenting)
	k.waiting = append(slices.Clip(k.waiting), w)
}

// waitOver returns the wait that a thread of p was in, which it is in no longer.
func (p *Process) waitOver(thread event.TID) (w WaitCall, ok bool) {
	waiting := p.Waiting()
	i := slices.IndexFunc(waiting, func(w WaitCall) bool { return w.Thread == thread })
	if i < 0 {
		return WaitCall{}, false
	}
	p.parenting.waiting = slices.Delete(slices.Clone(waiting), i, i+1)
	return waiting[i], true
}

// waiterEnds takes in that a thread of p has ended, and with it the wait that it was in.
func (f *forest) waiterEnds(p *Process, thread event.TID, at event.Time) {
	if w, ok := p.waitOver(thread); ok && w.forOne() {
		child, comm := waitedFor(f, p, &w)
		p.wasBusy(&busy{w.Since, at, child, comm})
	}
}

// wasBusy keeps a wait for a certain child, when it took long.
func (p *Process) wasBusy(b *busy) {
	if b.until-min(b.until, b.from) >= LongWait/2 {
		made(&p.parenting).busy = *b
	}
}

// childOf returns the child of p that has this id as p counts; nil where it is not known, as in a PID namespace.
func childOf(f *forest, p *Process, id event.PID) *Process {
	if c := f.process(id); c != nil && c.ParentPID == p.PID && c.nsPID == id {
		return c
	}
	return nil
}

// waitedFor is the one child that a wait of p is for: its id, as p counts where comm is empty, and its name.
func waitedFor(f *forest, p *Process, w *WaitCall) (pid event.PID, comm event.Text) {
	if c := childOf(f, p, w.ID); c != nil {
		return c.PID, c.Comm
	}
	return w.ID, ""
}

// forgetWaiting drops what is known of waits that are under way: the end of one can have been lost.
func forgetWaiting(f *forest) {
	for _, p := range f.processes {
		if p.parenting != nil {
			p.parenting.waiting = nil
		}
	}
}

// passesOver adds to a cause which wait of the parent does not end with the end of z: the one that has for longest.
func (c *Cause) passesOver(f *forest, parent, z *Process, at event.Time) {
	since := z.custody.since
	for _, w := range parent.Waiting() {
		another := w.forOne()
		if another && w.ID == z.nsPID || w.takes(z, c.Held) {
			continue
		}
		if c.Wait.Call == event.CallNone || w.Since < c.Wait.Since {
			c.Wait, c.WaitFor, c.WaitComm = w, w.For(at), ""
			if another {
				_, c.WaitComm = waitedFor(f, parent, &w)
			}
		}
		if taken := at - min(at, max(w.Since, since)); another && taken > c.BusyFor {
			c.BusyFor = taken
			c.BusyPID, c.BusyComm = waitedFor(f, parent, &w)
		}
	}
	c.Wait.Thread = parent.threadOrOnly(f.m, c.Wait.Thread)
}
