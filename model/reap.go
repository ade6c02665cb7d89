package model

import (
	"slices"

	"tracer/event"
)

// waitKey is what a wait call names: the caller's process and the child's id as that process counts.
type waitKey struct{ waiter, child event.PID }

func (p *Process) waitKey() waitKey { return waitKey{p.ParentPID, p.nsPID} }

func (m *Model) wait(e *event.Event) {
	switch {
	case e.Flags&(event.NoChild|event.Nothing) != 0:
		m.tell(Fact{Kind: WaitedInVain, Process: m.processes[e.PID]})
		return
	case e.Flags&(event.Peek|event.Stopped) != 0:
		return
	}
	if e.Flags.Has(event.Unknown) {
		m.waitUnknown(e)
		return
	}
	key := waitKey{e.PID, event.PID(e.Child.TID)}
	p := m.awaited[key]
	if p == nil {
		m.waitUnseen(e)
		return
	}
	delete(m.awaited, key)
	m.attribute(p, e.Time, e.PID, e.Call)
	m.forgetIdleCalls(e.PID)
}

// waitUnseen handles a wait for a child whose exit was not reported. One by its parent implies it, though the loss may
// be told only later; one by another process is a debugger's, which reaps nothing (wait_task_zombie in kernel/exit.c).
func (m *Model) waitUnseen(e *event.Event) {
	p := m.processes[event.PID(e.Child.TID)]
	if p == nil || p.State != Alive || p.ParentPID != e.PID || p.nsPID != event.PID(e.Child.TID) ||
		e.Status&0xff == stopped {
		return
	}
	m.lostExit(p, e.Status)
	delete(m.awaited, p.waitKey())
	m.attribute(p, e.Time, e.PID, e.Call)
}

// stopped is the low byte of the status of a child that stopped (WIFSTOPPED).
const stopped = 0x7f

// canHaveEnded reports whether a process that seems alive can have ended without a word: in a loss, or just as tracer
// attached.
func (m *Model) canHaveEnded(p *Process) bool { return m.counters.EventsLost > 0 || p.Seen }

// initPID is who adopts, when nobody else is known to have done it.
const initPID = 1

// lostExit ends a process of which only what came after the exit is known, now.
func (m *Model) lostExit(p *Process, status int32) {
	p.Guessed = true
	e := event.Event{Time: m.now, Status: status, Reaper: initPID, Flags: event.Guessed}
	m.endProcess(p, &e)
	m.reparent(p, &e)
}

// release confirms a reaping. One that no call explains yet waits in the ledger of its parent for the call.
func (m *Model) release(e *event.Event) {
	if t := m.threads[e.Task.TID]; t != nil && t.ID == e.Task { // it ended just as tracer attached
		m.endThread(t, e.Time, 0, Inferred)
		return
	}
	if m.resolve(e.Task) {
		return
	}
	p := m.processes[e.PID]
	if p == nil || !p.is(e.Task) {
		return
	}
	if p.State == Alive { // its exit was lost
		if !m.canHaveEnded(p) {
			m.tell(Fact{Kind: Contradicted, Process: p})
			return
		}
		m.lostExit(p, e.Status)
	}
	if m.ended && !p.Root && !m.hasCalls(p.ParentPID) { // reaped after the trace: it was left
		return
	}
	if e.Flags.Has(event.AutoReap) && !p.Root && !m.ended {
		m.reap(p, e.Time, ByKernel, 0, event.CallNone)
		return
	}
	m.vanished(p)
}

// vanished ends the record of a process that is not there any more: the kernel let go of it, or gave its id to another.
func (m *Model) vanished(p *Process) {
	if p.State == Alive {
		m.lostExit(p, 0)
	}
	switch {
	case p.State == Gone:
	case p.Root:
		m.markGone(p, m.now)
		m.tell(Fact{Kind: Reaped, Process: p})
	case m.resolve(p.ID), m.explain(p):
	default: // the call that took it is reported later, or cannot be seen
		m.markGone(p, m.now)
		l := m.ledgerOf(p.ParentPID)
		l.released = append(l.released, p)
		m.tell(Fact{Kind: Reaped, Process: p})
	}
}

// attribute tells that a wait reaped p. When p is gone already, what was told of its reaping before is taken back.
func (m *Model) attribute(p *Process, at event.Time, by event.PID, call event.Call) {
	how := ByParent
	if p.Adopted() {
		how = ByOther
	}
	if p.State == Gone { // released before the call was reported, or taken for reaped by the kernel
		m.forgetReleased(p)
		m.tell(Fact{Kind: Reaped, Retracted: true, At: p.GoneAt, Process: p, Reaping: p.Reaping})
	}
	m.reap(p, at, how, by, call)
}

// reap counts a reaping, of a zombie or of one that was gone already.
func (m *Model) reap(p *Process, at event.Time, how Reaping, by event.PID, call event.Call) {
	if p.State == Zombie {
		m.markGone(p, at)
	}
	p.Reaping, p.ReapedBy, p.ReapCall = how, by, call
	m.tell(Fact{Kind: Reaped, At: at, Process: p, Reaping: how})
}

// markGone makes a zombie gone; who reaped it is said apart.
func (m *Model) markGone(p *Process, at event.Time) {
	p.State, p.GoneAt = Gone, at
	if m.processes[p.PID] == p {
		delete(m.processes, p.PID)
	}
	m.gone.push(goneEntry{at: at, process: p})
	if p.Root {
		return
	}
	m.forgetDead()
	if p.parent != nil {
		p.parent.Zombies--
	}
}

// spareDead is how many of those that are gone may stay among the dead beside as many as there are zombies.
const spareDead = 64

// forgetDead lets the oldest of the dead be a zombie again, and keeps the gone behind it few.
func (m *Model) forgetDead() {
	for len(m.dead) > 0 && m.dead[0].State != Zombie {
		m.dead = m.dead[1:]
	}
	if len(m.dead) > 2*int(m.counters.ZombiesNow)+spareDead {
		m.dead = slices.DeleteFunc(m.dead, func(p *Process) bool { return p.State != Zombie })
	}
}
