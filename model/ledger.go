package model

import (
	"slices"

	"tracer/event"
)

// A ledger holds what is known of one parent's reaping in halves: a waitid without siginfo tells that a child was
// reaped but not which, a release tells which but not by what. Either may come first.
type ledger struct {
	calls    []pendingCall
	released []*Process
}

// A pendingCall is a wait that reaped, or can have reaped, a process.
type pendingCall struct {
	at      event.Time
	by      event.PID
	task    event.Task
	call    event.Call
	idtype  event.IDType
	id      event.PID
	ordinal uint64 // in the trace
}

// callOf returns the call that an event tells of.
func (r *reaping) callOf(e *event.Event) pendingCall {
	return pendingCall{at: e.Time, by: e.PID, task: e.Task, call: e.Call, idtype: e.IDType, id: e.ID,
		ordinal: r.m.ordinal}
}

// A doubt is a zombie whose parent ended and had made such a call. Whether it was handed on, or the call had reaped it
// before, its release tells.
type doubt struct {
	process *Process
	formers []former
}

// A former parent, and how often the zombie was handed on since.
type former struct {
	pid    event.PID
	handed uint64
}

func (r *reaping) ledgerOf(pid event.PID) *ledger {
	l := r.uncertain[pid]
	if l == nil {
		l = &ledger{}
		r.uncertain[pid] = l
	}
	return l
}

// hasCalls reports whether pid reaped by calls of which it is not known whom they took.
func (r *reaping) hasCalls(pid event.PID) bool {
	l := r.uncertain[pid]
	return l != nil && len(l.calls) > 0
}

// takeCall returns the earliest of such calls of pid.
func (r *reaping) takeCall(pid event.PID) pendingCall {
	l := r.uncertain[pid]
	c := l.calls[0]
	l.calls = l.calls[1:]
	return c
}

func (r *reaping) waitUnknown(e *event.Event) {
	l := r.ledgerOf(e.PID)
	if len(l.released) > 0 {
		p := l.released[0]
		delete(r.awaited, p.waitKey())
		r.attribute(p, r.callOf(e))
		return
	}
	// A WNOHANG that reaped nobody looks the same. One for which no zombie is left is such.
	if p := r.m.forest.process(e.PID); p != nil && p.Zombies > len(l.calls) {
		l.calls = append(l.calls, r.callOf(e))
	}
}

// forgetIdleCalls drops the calls that can have reaped nobody, because others named the zombies that there were.
func (r *reaping) forgetIdleCalls(pid event.PID) {
	p, l := r.m.forest.process(pid), r.uncertain[pid]
	if p != nil && l != nil && len(l.calls) > p.Zombies {
		l.calls = l.calls[len(l.calls)-p.Zombies:]
	}
}

// explain finds the call that reaped p, which the kernel has let go of, and reports whether there was one.
func (r *reaping) explain(p *Process) bool {
	if !r.hasCalls(p.ParentPID) {
		return false
	}
	delete(r.awaited, p.waitKey())
	r.attribute(p, r.takeCall(p.ParentPID))
	return true
}

// doubt notes that zombie c loses its parent, which may have reaped it already; nil when it cannot have.
func (r *reaping) doubt(c *Process) *doubt {
	d := r.doubts[c.ID]
	if d != nil && d.process != c { // of c the start is not known, and the id was another's
		d = nil
	}
	if r.hasCalls(c.ParentPID) {
		if d == nil {
			d = &doubt{process: c}
			r.doubts[c.ID] = d
		}
		d.formers = append(d.formers, former{pid: c.ParentPID})
	}
	return d
}

// handedOn counts that it went to another parent.
func (d *doubt) handedOn() {
	if d != nil {
		for i := range d.formers {
			d.formers[i].handed++
		}
	}
}

// handedBack takes back that it went to other parents so many times.
func (d *doubt) handedBack(times uint64) {
	if d != nil {
		for i := range d.formers {
			d.formers[i].handed -= min(d.formers[i].handed, times)
		}
	}
}

// resolve ends the doubt about a task that the kernel let go of, and reports whether a former parent had reaped it.
// Then it was neither handed on nor reaped by the kernel.
func (r *reaping) resolve(id event.Task) bool {
	d := r.doubts[id]
	if d == nil {
		return false
	}
	delete(r.doubts, id)
	i := slices.IndexFunc(d.formers, func(f former) bool { return r.hasCalls(f.pid) })
	p := d.process
	if i < 0 || p.State == Gone && p.Reaping != Dropped {
		r.dropped(p)
		return false
	}
	delete(r.awaited, p.waitKey())
	p.ParentPID, p.told = d.formers[i].pid, d.formers[i].pid
	if n := d.formers[i].handed; n > 0 {
		r.m.tell(Fact{Kind: Reparented, Retracted: true, Count: n, Process: p, From: p.ParentPID})
	}
	c := r.takeCall(p.ParentPID)
	if p.State == Gone { // it was told with Doubted, so this time has not been counted
		p.GoneAt = max(c.at, p.ZombieSince)
	}
	r.attribute(p, c)
	return true
}

func (r *reaping) forgetReleased(p *Process) {
	l := r.uncertain[p.ParentPID]
	if l == nil {
		return
	}
	if i := slices.Index(l.released, p); i >= 0 { // mostly the first
		l.released = slices.Delete(l.released, i, i+1)
	}
}
