package model

import "tracer/event"

func (m *Model) fork(e *event.Event) {
	if !e.Flags.Has(event.Untraced) || e.IsThread() {
		m.actor(e)
	}
	if m.knows(e) {
		return
	}
	if e.IsThread() {
		m.addThread(e.PID, e.Child, e.Time, m.inheritedComm(e), Fact{Kind: Created})
		return
	}
	p := m.addProcess(&Process{ID: e.Child, PID: e.ChildPID, Comm: m.inheritedComm(e), Creator: e.PID,
		ParentPID: e.Parent, birth: e.Parent, nsPID: e.NSPID, InnerPID: e.InnerPID, Born: e.Time, confirmed: e.Time},
		Fact{Kind: Created})
	if p.parent != &m.top {
		p.parent.ChildrenMade++
	}
	if creator := m.processes[e.PID]; creator != nil { // with CLONE_PARENT not its parent
		p.Path, p.Args = creator.Path, creator.Args
		p.inherits(&creator.Signals)
		p.coroutines.hand(e.Child.TID, creator.coroutines.control[e.Task.TID]) // it goes on in a copy of the same one
	}
}

// inheritedComm is the name under which the child of a fork begins, that of the task which made it, as far as it is
// known.
func (m *Model) inheritedComm(e *event.Event) event.Text {
	if e.Comm != "" {
		return e.Comm
	}
	if t := m.threads[e.Task.TID]; t != nil {
		return t.Comm
	}
	if p := m.processes[e.PID]; p != nil {
		return p.Comm
	}
	return ""
}

// knows reports whether a snapshot has met the child of a fork before the fork was reported.
func (m *Model) knows(e *event.Event) bool {
	if e.IsThread() {
		t := m.threads[e.Child.TID]
		return t != nil && t.ID == e.Child
	}
	p := m.processes[e.ChildPID]
	return p != nil && p.ID == e.Child && (p.Seen || p.Guessed)
}

// actor returns the process in which e happened. One that is not known can only have been lost: it is guessed.
func (m *Model) actor(e *event.Event) *Process {
	p := m.processes[e.PID]
	if p == nil {
		p = m.addProcess(&Process{ID: event.Task{TID: event.TID(e.PID)}, PID: e.PID, Comm: e.Comm, ParentPID: e.Parent,
			birth: e.Parent, nsPID: e.PID, Guessed: true, confirmed: e.Time}, Fact{Kind: Created, Flags: Inferred})
	}
	if p.is(e.Task) { // of one that a thread made known, the start was not
		p.ID = e.Task
	}
	return p
}

// addProcess puts a process into the forest, and tells of it as the fact says.
func (m *Model) addProcess(p *Process, f Fact) *Process {
	m.freeID(event.TID(p.PID))
	m.processes[p.PID], p.told = p, p.ParentPID
	p.Number = m.number()
	parent := m.processes[p.ParentPID]
	if parent == nil || parent == p {
		parent = &m.top
	} else {
		p.namespaceEnding = parent.namespaceEnding
	}
	parent.adopt(p)
	m.depthMax = max(m.depthMax, m.depth(p))
	f.Process = p
	m.tell(f)
	return p
}

// number returns the next number of a task or a coroutine.
func (m *Model) number() uint64 {
	m.numbers++
	return m.numbers
}

// freeID ends what is known of the last holder of an id that the kernel has given out anew: it is gone, whatever was
// seen of its end.
func (m *Model) freeID(id event.TID) {
	if old := m.processes[event.PID(id)]; old != nil { // reaped, whoever did it
		if old.State == Alive && !m.canHaveEnded(old) {
			m.tell(Fact{Kind: Contradicted, Process: old})
		}
		m.unorphan(old)
		m.vanished(old)
	}
	if old := m.threads[id]; old != nil { // its exit was lost
		m.endThread(old, m.now, 0, Inferred)
	}
}

// addThread puts a thread into its process, and tells of it as the fact says.
func (m *Model) addThread(pid event.PID, id event.Task, born event.Time, comm event.Text, f Fact) {
	m.freeID(id.TID)
	p := m.processes[pid]
	if p == nil {
		return
	}
	t := &Thread{ID: id, Number: m.number(), Comm: comm, Born: born, Process: p, confirmed: born}
	m.threads[id.TID] = t
	p.threads.add(t)
	p.ThreadsAlive++
	p.ThreadsMade++
	f.Process, f.Thread = p, t
	m.tell(f)
}

func (m *Model) exec(e *event.Event) {
	if e.Flags.Has(event.Launch) && m.root == nil {
		m.root = m.addProcess(&Process{ID: e.Task, PID: e.PID, Comm: e.Comm, Path: e.Path, Args: e.Args, nsPID: e.PID,
			Root: true, confirmed: e.Time}, Fact{Kind: Launched})
		m.root.disposes(e)
		m.root.subreaps(e)
		return
	}
	p := m.actor(e)
	if old := e.Child.TID; old != 0 && old != e.Task.TID {
		// The thread that called exec takes the leader's id, and ends under its own without an exit.
		if t := m.threads[old]; t != nil {
			m.endThread(t, e.Time, 0, Renamed)
		}
	}
	m.vanishAll(p, e.Time)
	p.LeaderEnded = false
	p.Comm, p.Path, p.Args = e.Comm, e.Path, e.Args
	p.disposes(e)
	p.subreaps(e)
	m.tell(Fact{Kind: Executed, Process: p})
}

func (m *Model) subreaper(e *event.Event) { m.actor(e).subreaps(e) }

// subreaps takes over what an event tells of the attribute of p. A fork does not inherit it.
func (p *Process) subreaps(e *event.Event) {
	if e.Subreaper != event.AttributeUnknown {
		p.Subreaper = e.Subreaper == event.Set
	}
}

func (m *Model) rename(e *event.Event) {
	if t := m.threads[e.Task.TID]; t != nil && t.ID == e.Task {
		t.Comm = e.Comm
	} else if p := m.processes[e.PID]; p != nil && p.is(e.Task) {
		p.Comm = e.Comm
	}
}

func (m *Model) exit(e *event.Event) {
	p := m.actor(e)
	p.orphaned = orphaned{}
	// kernels without the group_dead argument can report it with two last tasks, and a snapshot can come before
	if p.State != Alive {
		if e.Flags.Has(event.GroupDead) {
			m.reparent(p, e)
		}
		return
	}
	if e.Task.TID != event.TID(e.PID) {
		if m.threads[e.Task.TID] == nil { // its creation was lost
			m.addThread(e.PID, e.Task, 0, e.Comm, Fact{Kind: Created, Flags: Inferred})
		}
		m.threads[e.Task.TID].Comm = e.Comm // as it named itself
		m.endThread(m.threads[e.Task.TID], e.Time, e.Status, 0)
	} else {
		p.Comm = e.Comm // as the command itself may have changed it
	}
	if !e.Flags.Has(event.GroupDead) {
		p.LeaderEnded = p.LeaderEnded || e.Task.TID == event.TID(e.PID)
		return
	}
	m.endProcess(p, e)
	m.reparent(p, e)
}

func (m *Model) endThread(t *Thread, at event.Time, status int32, flags FactFlags) {
	t.State, t.Ended, t.Status = Gone, at, status
	delete(m.threads, t.ID.TID)
	t.Process.ThreadsAlive--
	t.Process.coroutines.hand(t.ID.TID, CoroutineID{})
	m.gone.push(goneEntry{at: at, thread: t})
	m.tell(Fact{Kind: Ended, At: at, Process: t.Process, Thread: t, Flags: flags})
}

func (m *Model) endProcess(p *Process, e *event.Event) {
	m.becomeZombie(p, e)
	for t := p.threads.first; t != nil; t = t.next { // only after a loss
		if t.State == Alive {
			m.endThread(t, e.Time, e.Status, Inferred)
		}
	}
	m.vanishAll(p, e.Time)
	f := Fact{Kind: Ended, At: p.Ended, Process: p}
	if p.FoundDead {
		f.Flags = Inferred
	}
	// Of a debugged one, a release tells when it is so far
	if !p.Root && (e.Flags&(event.AutoReap|event.Debugged) == event.AutoReap || p.namespaceEnding) {
		f.Flags |= NoZombie
		m.tell(f)
		m.reap(p, e.Time, ByKernel, 0, event.CallNone)
		return
	}
	m.tell(f)
}

// becomeZombie makes a process one that waits to be reaped.
func (m *Model) becomeZombie(p *Process, e *event.Event) {
	p.State, p.Ended, p.Status, p.LeaderEnded, p.Asked = Zombie, e.Time, e.Status, false, e.Flags.Has(event.Asked)
	p.FoundDead = e.Kind != event.Exit
	if p.Root {
		return
	}
	m.dead = append(m.dead, p)
	p.parent.Zombies++
	m.awaited[p.waitKey()] = p
}

// reparent hands the children of a process that ended to its reaper, as forget_original_parent in kernel/exit.c does.
func (m *Model) reparent(p *Process, e *event.Event) {
	if e.Reaper == 0 {
		m.endNamespace(p, e.Time)
		return
	}
	if p.children.first == nil {
		return
	}
	newParent := m.newParent(e.Reaper, p)
	for c := p.children.first; c != nil; {
		next := c.next
		if c.State != Gone {
			if m.counters.EventsLost > 0 {
				c.orphaned.by(c.ParentPID)
			}
			m.tell(Fact{Kind: Reparented, At: e.Time, Process: c, From: c.ParentPID, To: e.Reaper})
			m.hand(c, newParent, e)
		}
		c = next
	}
}

// newParent returns under whom children of process pid stand: the top when it is not traced. In truth it lives, and is
// not below p; after a loss it can seem otherwise.
func (m *Model) newParent(pid event.PID, p *Process) *Process {
	newParent := m.processes[pid]
	if newParent == nil || newParent.State != Alive || newParent.under(p) {
		return &m.top
	}
	return newParent
}

func (m *Model) hand(c, newParent *Process, e *event.Event) {
	zombie := c.State == Zombie
	if zombie {
		delete(m.awaited, c.waitKey())
		m.doubt(c).handedOn()
	}
	deeper := m.depth(newParent) >= m.depth(c) // under the init of a PID namespace that others have entered
	m.move(c, newParent)
	if deeper {
		m.measure(c)
	}
	c.ParentPID = e.Reaper
	if !e.Flags.Has(event.Guessed) {
		c.told = e.Reaper
	}
	if !zombie {
		return
	}
	m.awaited[c.waitKey()] = c
	if e.Flags.Has(event.ReaperIgnores) {
		m.reap(c, e.Time, ByKernel, 0, event.CallNone)
	}
}

// move puts a process under another.
func (m *Model) move(c, to *Process) {
	if c.State == Zombie && !c.Root {
		c.parent.Zombies--
		to.Zombies++
	}
	c.leave()
	to.adopt(c)
	m.moved(c)
}

// endNamespace marks all below the init of a PID namespace that ends: the kernel kills and reaps them itself
// (zap_pid_ns_processes).
func (m *Model) endNamespace(p *Process, at event.Time) {
	p.walk(func(c *Process, _ int) bool {
		if c.State == Alive {
			c.namespaceEnding = true
		} else if c.State == Zombie {
			m.doubt(c)
			m.reap(c, at, ByKernel, 0, event.CallNone)
		}
		return true
	})
}
