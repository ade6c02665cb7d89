package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// resync takes over what a look at all that is there says: at first what was there before the trace, and after a loss
// what was missed. It puts right what is known, and ends or begins what only that can explain. All that is inferred is
// told of as such, and what was told and is not so is retracted.
type resync struct{ m *Model }

// seen adds a task that was there before the trace: an attached target, or what descends from one. After a loss it adds
// what was missed and puts right what is known.
func (r *resync) seen(e *event.Event) {
	if e.Task.TID != event.TID(e.PID) {
		r.seenThread(e)
	} else {
		r.seenProcess(e)
	}
	if p := r.m.forest.process(e.PID); p != nil {
		p.foundIn(r.m, e)
	}
}

func (r *resync) seenProcess(e *event.Event) {
	p := r.m.forest.process(e.PID)
	switch {
	case p != nil && p.is(e.Task) && (p.State == Alive || e.State == event.Zombie): // the dead do not live again
		r.confirm(p, e)
	case e.State == event.Zombie && r.knownDead(e): // it was reaped, and its last trace is on the way out
	default:
		r.meet(e)
	}
}

// is reports whether p is the process with this leader. Of one that was guessed, only the id may be known.
func (p *Process) is(leader event.Task) bool {
	return p.ID == leader || p.Guessed && p.ID.Start == 0 && p.ID.TID == leader.TID
}

func (r *resync) knownDead(e *event.Event) bool {
	p := r.m.reaping.awaited[waitKey{e.Parent, e.NSPID}]
	return p != nil && p.is(e.Task)
}

// meet adds a process that was not known. After a loss it can only have been created since.
func (r *resync) meet(e *event.Event) {
	guessed, dead := e.Flags.Has(event.Guessed), e.State == event.Zombie
	fact := Fact{Kind: Met}
	switch {
	case guessed:
		fact = Fact{Kind: Created, Flags: Inferred}
	case dead:
		fact.Flags = Before
	}
	p := r.m.forest.addProcess(&Process{ID: e.Task, PID: e.PID, Comm: e.Comm, Path: e.Path, Args: e.Args,
		ParentPID: e.Parent, birth: e.Parent, nsPID: e.NSPID, InnerPID: e.InnerPID, confirmed: e.Time, Guessed: guessed,
		exitSignal: int8(cmp.Or(e.ExitSignal, event.SIGCHLD)), // of 0 it is not said whether it is known
		Seen:       !guessed}, fact)
	r.m.forest.leader(p, e.State == event.LeaderEnded, e.Time, true)
	p.disposes(e)
	p.subreaps(e)
	r.stops(p, e)
	switch {
	case dead && guessed:
		r.m.forest.endProcess(p, e)
	case dead:
		p.DiedBefore = true
		r.m.forest.becomeZombie(p, e)
		r.m.tell(Fact{Kind: Ended, At: p.Ended, Process: p, Flags: Before})
	}
}

// confirm puts right what is known of a process by what the kernel says of it now.
func (r *resync) confirm(p *Process, e *event.Event) {
	r.parentKnown(p, e.Parent)
	parent := r.parentOf(p, e)
	before := p.told
	guess := p.ParentPID // who it was thought to have come under
	p.ID, p.nsPID, p.InnerPID, p.confirmed, p.told = e.Task, e.NSPID, e.InnerPID, e.Time, parent
	p.orphaned = nil
	p.Comm = e.Comm // a zombie has its name still, and what told it can have been lost
	if p.ParentPID != parent && !p.Root {
		if guess != before {
			r.m.tell(Fact{Kind: Reparented, Retracted: true, Process: p, From: before, To: guess})
		}
		if before != parent {
			r.m.tell(Fact{Kind: Reparented, Process: p, From: before, To: parent, Flags: Inferred})
		}
		r.handTo(p, parent)
	}
	if p.State != Alive {
		return
	}
	r.m.forest.leader(p, e.State == event.LeaderEnded, e.Time, true)
	p.disposes(e)
	p.subreaps(e)
	r.stops(p, e)
	if e.State == event.Zombie { // its exit was lost
		p.Guessed = true
		r.m.forest.endProcess(p, e)
	}
}

// parentKnown puts a process under its parent that an event made known which does not tell it, such as an exec. Nothing
// handed it on meanwhile.
func (r *resync) parentKnown(p *Process, parent event.PID) {
	if p.ParentPID != 0 || parent == 0 || !p.Guessed || p.Root || p.State != Alive {
		return
	}
	p.ParentPID, p.birth, p.told = parent, parent, parent
	to := r.m.forest.newParent(parent, p)
	if to == &r.m.forest.top {
		return
	}
	p.namespaceInit = to.namespaceInit
	r.m.forest.move(p, to)
	r.m.forest.measure(p)
}

// stops takes over whether a process is stopped.
func (r *resync) stops(p *Process, e *event.Event) {
	kind, signal := Stopped, int32(e.StopSignal)
	switch {
	case signal == p.Stopped:
		return
	case signal == 0:
		kind = Continued
	}
	p.stops(signal, r.m.at)
	r.m.tell(Fact{Kind: kind, Process: p, Flags: Inferred})
}

// parentOf is who an event says is the parent of p. The kernel reports an exit a moment before it hands the children on
// (do_exit and exit_notify in kernel/exit.c). Who looks at a child in between sees the parent that it had, who handed
// it on with his exit.
func (r *resync) parentOf(p *Process, e *event.Event) event.PID {
	if former := r.m.forest.process(e.Parent); former != nil && former.State == Zombie {
		return p.ParentPID
	}
	return e.Parent
}

// handTo moves a child to the parent that it has now: the end of the one before was lost.
func (r *resync) handTo(p *Process, parent event.PID) {
	r.m.forest.hand(p, r.m.forest.newParent(parent, p), &event.Event{Time: r.m.at, Reaper: parent})
}

func (r *resync) seenThread(e *event.Event) {
	if t := r.m.forest.threads[e.Task.TID]; t != nil && t.ID == e.Task && t.Process == r.m.forest.process(e.PID) {
		t.confirmed, t.Comm = e.Time, e.Comm
		return
	}
	fact := Fact{Kind: Met}
	if e.Flags.Has(event.Guessed) {
		r.actor(e)
		fact = Fact{Kind: Created, Flags: Inferred}
	}
	r.m.forest.addThread(e.PID, e.Task, 0, e.Comm, fact)
	if t := r.m.forest.threads[e.Task.TID]; t != nil {
		t.confirmed = e.Time
	}
}

// snapshot ends a round of seeing: what was known before it began and was not seen in it is there no more.
func (r *resync) snapshot(e *event.Event) {
	r.m.attached = r.m.attached || !e.Flags.Has(event.Guessed)
	began := e.Rare.Value().Began
	r.processesGone(began)
	r.threadsGone(began)
	r.takeGuessesBack(began)
	r.gather()
	r.m.sockets.closeUnheld()
}

// processesGone ends the processes that were not seen since a moment, as their release would. A zombie that is gone
// though nothing was lost has been reaped by a wait that is still to be reported.
func (r *resync) processesGone(since event.Time) {
	var gone []*Process
	r.m.Walk(func(p *Process, _ int) bool {
		if p.State != Gone && p.confirmed < since && (p.State == Alive || r.m.counters.EventsLost > 0) {
			gone = append(gone, p)
		}
		return true
	})
	for _, p := range slices.Backward(gone) { // children before their parents, or they would be handed on
		r.unorphan(p)
		r.m.reaping.vanished(p)
	}
}

// unorphan takes back that p was handed on, when it is found gone and no event told of it since: as likely it had been
// reaped before its parent ended, and that was lost.
func (r *resync) unorphan(p *Process) {
	if p.orphaned == nil {
		return
	}
	r.m.tell(Fact{Kind: Reparented, Retracted: true, Count: p.orphaned.times, Process: p, From: p.orphaned.from,
		To: p.ParentPID})
	r.m.reaping.doubts[p.ID].handedBack(p.orphaned.times)
	if r.m.reaping.awaited[p.waitKey()] == p {
		delete(r.m.reaping.awaited, p.waitKey())
	}
	p.ParentPID, p.told, p.orphaned = p.orphaned.from, p.orphaned.from, nil
}

// threadsGone ends the threads that were not seen since a moment.
func (r *resync) threadsGone(since event.Time) {
	var gone []*Thread
	for _, t := range r.m.forest.threads {
		if t.confirmed < since {
			gone = append(gone, t)
		}
	}
	slices.SortFunc(gone, func(a, b *Thread) int { return cmp.Compare(a.ID.TID, b.ID.TID) })
	for _, t := range gone {
		r.m.forest.endThread(t, r.m.at, 0, Inferred)
	}
}

// takeGuessesBack returns children to the parents under which they were seen. A guess moved them since: their parent
// was taken for another, which had its id before and is gone.
func (r *resync) takeGuessesBack(since event.Time) {
	var moved []*Process
	for _, p := range r.m.forest.processes {
		if p.confirmed >= since && p.told != p.ParentPID && !p.Root {
			moved = append(moved, p)
		}
	}
	slices.SortFunc(moved, func(a, b *Process) int { return cmp.Compare(a.PID, b.PID) })
	for _, p := range moved {
		r.m.tell(Fact{Kind: Reparented, Retracted: true, Process: p, From: p.told, To: p.ParentPID})
		r.handTo(p, p.told)
	}
}

// gather puts processes under parents that were met after them: ids wrap around, so a child can have a smaller one.
func (r *resync) gather() {
	for c := r.m.forest.top.children.first; c != nil; {
		next := c.next
		if c.State != Gone && !c.Root {
			if newParent := r.m.forest.newParent(c.ParentPID, c); newParent != &r.m.forest.top {
				r.m.forest.move(c, newParent)
			}
		}
		c = next
	}
	r.m.forest.measure(&r.m.forest.top)
}

// actor returns the process in which e happened. One that is not known can only have been lost: it is guessed.
func (r *resync) actor(e *event.Event) *Process {
	p := r.m.forest.process(e.PID)
	if p == nil {
		p = r.m.forest.addProcess(&Process{ID: event.Task{TID: event.TID(e.PID)}, PID: e.PID, Comm: e.Comm,
			ParentPID: e.Parent, birth: e.Parent, nsPID: e.PID, Guessed: true, confirmed: e.Time,
			exitSignal: event.SIGCHLD},
			Fact{Kind: Created, Flags: Inferred})
	}
	if p.is(e.Task) { // of one that a thread made known, the start was not
		p.ID = e.Task
	}
	return p
}

// actorThread returns the thread in which e happened. One that is not known can only have been lost: it is guessed.
func (r *resync) actorThread(e *event.Event) *Thread {
	if r.m.forest.threads[e.Task.TID] == nil {
		r.m.forest.addThread(e.PID, e.Task, 0, e.Comm, Fact{Kind: Created, Flags: Inferred})
	}
	return r.m.forest.threads[e.Task.TID]
}

// orphans notes that c comes under another parent. After a loss it can show that c had been reaped before.
func (r *resync) orphans(c *Process) {
	if r.m.counters.EventsLost == 0 {
		return
	}
	o := orphaned{from: c.ParentPID}
	if c.orphaned != nil {
		o = *c.orphaned
	}
	o.times++
	c.orphaned = &o
}

// freeID ends what is known of the last holder of an id that the kernel has given out anew: it is gone, whatever was
// seen of its end.
func (r *resync) freeID(id event.TID) {
	if old := r.m.forest.process(event.PID(id)); old != nil { // reaped, whoever did it
		if old.State == Alive && !r.canHaveEnded(old) {
			r.m.tell(Fact{Kind: Contradicted, Process: old})
		}
		r.unorphan(old)
		r.m.reaping.vanished(old)
	}
	if old := r.m.forest.threads[id]; old != nil { // its exit was lost
		r.m.forest.endThread(old, r.m.at, 0, Inferred)
	}
}

// waitUnseen handles a wait for a child whose exit was not reported. One by its parent implies it, though the loss may
// be told only later; one by another process is a debugger's, which reaps nothing (wait_task_zombie in kernel/exit.c).
func (r *resync) waitUnseen(e *event.Event) {
	p := r.m.forest.process(event.PID(e.Child.TID))
	if p == nil || p.State != Alive || p.ParentPID != e.PID || p.nsPID != event.PID(e.Child.TID) ||
		e.Status&0xff == stopped {
		return
	}
	r.lostExit(p, e.Status)
	delete(r.m.reaping.awaited, p.waitKey())
	r.m.reaping.attribute(p, r.m.reaping.callOf(e))
}

// stopped is the low byte of the status of a child that stopped (WIFSTOPPED).
const stopped = 0x7f

// canHaveEnded reports whether a process that seems alive can have ended without a word: in a loss, or just as tracer
// attached.
func (r *resync) canHaveEnded(p *Process) bool { return r.m.counters.EventsLost > 0 || p.Seen }

// initPID is who adopts, when nobody else is known to have done it.
const initPID = 1

// lostExit ends a process of which only what came after the exit is known, now.
func (r *resync) lostExit(p *Process, status int32) {
	p.Guessed = true
	e := event.Event{Time: r.m.at, Status: status, Reaper: initPID, Flags: event.Guessed}
	r.m.forest.endProcess(p, &e)
	r.m.forest.reparent(p, &e)
}
