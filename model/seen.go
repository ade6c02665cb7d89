package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// seen adds a task that was there before the trace: an attached target, or what descends from one. After a loss it adds
// what was missed and puts right what is known.
func (m *Model) seen(e *event.Event) {
	if e.Task.TID != event.TID(e.PID) {
		m.seenThread(e)
		return
	}
	p := m.processes[e.PID]
	switch {
	case p != nil && p.is(e.Task) && (p.State == Alive || e.State == event.Zombie): // the dead do not live again
		m.confirm(p, e)
	case e.State == event.Zombie && m.knownDead(e): // it was reaped, and its last trace is on the way out
	default:
		m.meet(e)
	}
}

// is reports whether p is the process with this leader. Of one that was guessed, only the id may be known.
func (p *Process) is(leader event.Task) bool {
	return p.ID == leader || p.Guessed && p.ID.Start == 0 && p.ID.TID == leader.TID
}

func (m *Model) knownDead(e *event.Event) bool {
	p := m.awaited[waitKey{e.Parent, e.NSPID}]
	return p != nil && p.is(e.Task)
}

// meet adds a process that was not known. After a loss it can only have been created since.
func (m *Model) meet(e *event.Event) {
	guessed, dead := e.Flags.Has(event.Guessed), e.State == event.Zombie
	f := Fact{Kind: Met}
	switch {
	case guessed:
		f = Fact{Kind: Created, Flags: Inferred}
	case dead:
		f.Flags = Before
	}
	p := m.addProcess(&Process{ID: e.Task, PID: e.PID, Comm: e.Comm, Path: e.Path, Args: e.Args, ParentPID: e.Parent,
		birth: e.Parent, nsPID: e.NSPID, InnerPID: e.InnerPID, confirmed: e.Time, Guessed: guessed, Seen: !guessed,
		LeaderEnded: e.State == event.LeaderEnded}, f)
	p.disposes(e)
	p.subreaps(e)
	switch {
	case dead && guessed:
		m.endProcess(p, e)
	case dead:
		p.DiedBefore = true
		m.becomeZombie(p, e)
		m.tell(Fact{Kind: Ended, At: p.Ended, Process: p, Flags: Before})
	}
}

// confirm puts right what is known of a process by what the kernel says of it now.
func (m *Model) confirm(p *Process, e *event.Event) {
	parent := m.parentOf(p, e)
	before := p.told
	guess := p.ParentPID // who it was thought to have come under
	p.ID, p.nsPID, p.InnerPID, p.confirmed, p.told = e.Task, e.NSPID, e.InnerPID, e.Time, parent
	p.orphaned = orphaned{}
	p.Comm = e.Comm // a zombie has its name still, and what told it can have been lost
	if p.ParentPID != parent && !p.Root {
		if guess != before {
			m.tell(Fact{Kind: Reparented, Retracted: true, Process: p, From: before, To: guess})
		}
		if before != parent {
			m.tell(Fact{Kind: Reparented, Process: p, From: before, To: parent, Flags: Inferred})
		}
		m.handTo(p, parent)
	}
	if p.State != Alive {
		return
	}
	p.LeaderEnded = e.State == event.LeaderEnded
	p.disposes(e)
	p.subreaps(e)
	if e.State == event.Zombie { // its exit was lost
		p.Guessed = true
		m.endProcess(p, e)
	}
}

// parentOf is who an event says is the parent of p. The kernel reports an exit a moment before it hands the children on
// (do_exit and exit_notify in kernel/exit.c). Who looks at a child in between sees the parent that it had, who handed
// it on with his exit.
func (m *Model) parentOf(p *Process, e *event.Event) event.PID {
	if former := m.processes[e.Parent]; former != nil && former.State == Zombie {
		return p.ParentPID
	}
	return e.Parent
}

// handTo gives a child to the parent that it has now: the end of the one before was lost.
func (m *Model) handTo(p *Process, parent event.PID) {
	m.hand(p, m.newParent(parent, p), &event.Event{Time: m.now, Reaper: parent})
}

func (m *Model) seenThread(e *event.Event) {
	if t := m.threads[e.Task.TID]; t != nil && t.ID == e.Task && t.Process == m.processes[e.PID] {
		t.confirmed, t.Comm = e.Time, e.Comm
		return
	}
	f := Fact{Kind: Met}
	if e.Flags.Has(event.Guessed) {
		m.actor(e)
		f = Fact{Kind: Created, Flags: Inferred}
	}
	m.addThread(e.PID, e.Task, 0, e.Comm, f)
	if t := m.threads[e.Task.TID]; t != nil {
		t.confirmed = e.Time
	}
}

// snapshot ends a round of seeing: what was known before it began and was not seen in it is there no more.
func (m *Model) snapshot(e *event.Event) {
	m.attached = m.attached || !e.Flags.Has(event.Guessed)
	m.processesGone(e.Began)
	m.threadsGone(e.Began)
	m.takeGuessesBack(e.Began)
	m.gather()
	m.closeUnheld()
}

// processesGone ends the processes that were not seen since a moment, as their release would. A zombie that is gone
// though nothing was lost has been reaped by a wait that is still to be reported.
func (m *Model) processesGone(since event.Time) {
	var gone []*Process
	m.Walk(func(p *Process, _ int) bool {
		if p.State != Gone && p.confirmed < since && (p.State == Alive || m.counters.EventsLost > 0) {
			gone = append(gone, p)
		}
		return true
	})
	for _, p := range slices.Backward(gone) { // children before their parents, or they would be handed on
		m.unorphan(p)
		m.vanished(p)
	}
}

// unorphan takes back that p was handed on, when it is found gone and no event told of it since: as likely it had been
// reaped before its parent ended, and that was lost.
func (m *Model) unorphan(p *Process) {
	if p.orphaned.times == 0 {
		return
	}
	m.tell(Fact{Kind: Reparented, Retracted: true, Count: p.orphaned.times, Process: p, From: p.orphaned.from,
		To: p.ParentPID})
	m.doubts[p.ID].handedBack(p.orphaned.times)
	if m.awaited[p.waitKey()] == p {
		delete(m.awaited, p.waitKey())
	}
	p.ParentPID, p.told, p.orphaned = p.orphaned.from, p.orphaned.from, orphaned{}
}

// threadsGone ends the threads that were not seen since a moment.
func (m *Model) threadsGone(since event.Time) {
	var gone []*Thread
	for _, t := range m.threads {
		if t.confirmed < since {
			gone = append(gone, t)
		}
	}
	slices.SortFunc(gone, func(a, b *Thread) int { return cmp.Compare(a.ID.TID, b.ID.TID) })
	for _, t := range gone {
		m.endThread(t, m.now, 0, Inferred)
	}
}

// takeGuessesBack returns children to the parents under which they were seen. A guess moved them since: their parent
// was taken for another, which had its id before and is gone.
func (m *Model) takeGuessesBack(since event.Time) {
	var moved []*Process
	for _, p := range m.processes {
		if p.confirmed >= since && p.told != p.ParentPID && !p.Root {
			moved = append(moved, p)
		}
	}
	slices.SortFunc(moved, func(a, b *Process) int { return cmp.Compare(a.PID, b.PID) })
	for _, p := range moved {
		m.tell(Fact{Kind: Reparented, Retracted: true, Process: p, From: p.told, To: p.ParentPID})
		m.handTo(p, p.told)
	}
}

// gather puts processes under parents that were met after them: ids wrap around, so a child can have a smaller one.
func (m *Model) gather() {
	for c := m.top.children.first; c != nil; {
		next := c.next
		if c.State != Gone && !c.Root {
			if newParent := m.newParent(c.ParentPID, c); newParent != &m.top {
				m.move(c, newParent)
			}
		}
		c = next
	}
	m.measure(&m.top)
}
