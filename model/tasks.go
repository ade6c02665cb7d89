package model

import "tracer/event"

// forest is who lives and who is dead, under whom, and what each has become: the tasks by their events.
type forest struct {
	m *Model
	present
	threads  map[event.TID]*Thread // living threads that are not leaders
	top      Process               // its children are the processes whose parent is outside the traced set
	root     *Process
	dead     []*Process // zombies, the oldest first; behind it can be some that are gone
	spare    *custody   // that was of one which has been reaped: the next one's
	gone     goneQueue
	told     []Told // of those that have left
	sends    sends
	outcomes outcomes
	leaders  leaderEnds
	numbers  uint64 // given to processes, threads and coroutines
	moves    uint64 // how often a process with children came under another one, from 1
	depthMax int

	spareProcesses spares[Process]
	spareThreads   spares[Thread]
}

// present are the holders of the ids of processes: alive or not yet reaped.
type present struct {
	processes map[event.PID]*Process
	recent    [recentSlots]*Process // the last that were asked for, by their ids
}

// recentSlots is a power of two. An event names one to three processes, each several times.
const recentSlots = 8

// process returns the present holder of an id, nil when there is none.
func (t *present) process(pid event.PID) *Process {
	slot := &t.recent[uint32(pid)%recentSlots]
	if p := *slot; p != nil && p.PID == pid {
		return p
	}
	p := t.processes[pid]
	if p != nil {
		*slot = p
	}
	return p
}

// hold makes p the present holder of its id.
func (t *present) hold(p *Process) {
	t.processes[p.PID] = p
	t.recent[uint32(p.PID)%recentSlots] = p
}

// unhold ends that p holds its id, if it does.
func (t *present) unhold(p *Process) {
	if t.process(p.PID) == p {
		delete(t.processes, p.PID)
		t.recent[uint32(p.PID)%recentSlots] = nil
	}
}

func (f *forest) fork(e *event.Event) {
	if !e.Flags.Has(event.Untraced) || e.IsThread() {
		f.m.resync.actor(e)
	}
	if f.knows(e) {
		return
	}
	if e.IsThread() {
		f.addThread(e.PID, e.Child, e.Time, f.inheritedComm(e), Fact{Kind: Created})
		return
	}
	p := f.spareProcesses.next(f.m.applied)
	*p = Process{ID: e.Child, PID: e.ChildPID, Comm: f.inheritedComm(e), Creator: e.PID, ParentPID: e.Parent,
		birth: e.Parent, nsPID: e.NSPID, InnerPID: e.InnerPID, Born: e.Time, confirmed: e.Time,
		exitSignal: int8(e.ExitSignal)}
	f.addProcess(p, Fact{Kind: Created})
	if e.CloneFlags&event.CloneVfork != 0 {
		f.m.pausing.suspended(p, e.Task.TID)
	}
	if p.parent != &f.top {
		p.parent.ChildrenMade++
	}
	if creator := f.process(e.PID); creator != nil { // with CLONE_PARENT not its parent
		p.Path, p.Args = creator.Path, creator.Args
		p.inherits(creator)
		if c := creator.coroutines.controller(e.Task.TID); c.ID != 0 { // it goes on in a copy of the same one
			p.hand(e.Child.TID, c)
			p.coroutines.forker = c
		}
	}
}

// inheritedComm is the name under which the child of a fork begins, that of the task which made it, as far as it is
// known.
func (f *forest) inheritedComm(e *event.Event) event.Text {
	if e.Comm != "" {
		return e.Comm
	}
	return f.taskComm(e.Task.TID, e.PID)
}

// taskComm is how a task of a process is called, as far as that is known.
func (f *forest) taskComm(tid event.TID, pid event.PID) event.Text {
	if t := f.threads[tid]; t != nil {
		return t.Comm
	}
	return f.comm(pid)
}

// knows reports whether a snapshot has met the child of a fork before the fork was reported.
func (f *forest) knows(e *event.Event) bool {
	if e.IsThread() {
		t := f.threads[e.Child.TID]
		return t != nil && t.ID == e.Child
	}
	p := f.process(e.ChildPID)
	return p != nil && p.ID == e.Child && (p.Seen || p.Guessed)
}

// addProcess puts a process into the forest, and tells of it as the fact says.
func (f *forest) addProcess(p *Process, fact Fact) *Process {
	f.m.resync.freeID(event.TID(p.PID))
	f.hold(p)
	p.told = p.ParentPID
	p.Number = f.number()
	parent := f.process(p.ParentPID)
	if parent == nil || parent == p {
		parent = &f.top
	} else {
		p.namespaceInit = parent.namespaceInit
	}
	parent.adopt(p)
	f.depthMax = max(f.depthMax, f.depth(p))
	fact.Process = p
	f.m.tell(fact)
	return p
}

// number returns the next number of a task or a coroutine.
func (f *forest) number() uint64 {
	f.numbers++
	return f.numbers
}

// addThread puts a thread into its process, and tells of it as the fact says.
func (f *forest) addThread(pid event.PID, id event.Task, born event.Time, comm event.Text, fact Fact) {
	f.m.resync.freeID(id.TID)
	p := f.process(pid)
	if p == nil {
		return
	}
	t := f.spareThreads.next(f.m.applied)
	*t = Thread{ID: id, Number: f.number(), Comm: comm, Born: born, Process: p, confirmed: born}
	f.threads[id.TID] = t
	p.threads.add(t)
	p.ThreadsAlive++
	p.ThreadsMade++
	fact.Process, fact.Thread = p, t
	f.m.tell(fact)
}

func (f *forest) exec(e *event.Event) {
	if e.Flags.Has(event.Launch) && f.root == nil {
		f.root = f.addProcess(&Process{ID: e.Task, PID: e.PID, Comm: e.Comm, Path: e.Path, Args: e.Args, nsPID: e.PID,
			Root: true, confirmed: e.Time, exitSignal: event.SIGCHLD}, Fact{Kind: Launched})
		f.root.disposes(e)
		f.root.subreaps(e)
		return
	}
	p := f.m.resync.actor(e)
	if old := e.OldTID; old != 0 && old != e.Task.TID {
		// The thread that called exec takes the leader's id, and ends under its own without an exit.
		if t := f.threads[old]; t != nil && t.Process == p {
			f.endThread(t, e.Time, 0, Renamed)
		}
		f.m.resync.freeID(old) // whose holder is another one ended before, and nothing told of it
	}
	f.m.runtimes.vanishAll(p, e.Time)
	f.leader(p, false, e.Time, false)
	p.executed, p.attempted = true, nil
	p.exitSignal = event.SIGCHLD // de_thread in fs/exec.c
	p.Comm, p.Path, p.Args = e.Comm, e.Path, e.Args
	f.m.pausing.released(p, e.Time, false)
	p.disposes(e)
	p.subreaps(e)
	f.m.tell(Fact{Kind: Executed, Process: p})
}

func (f *forest) subreaper(e *event.Event) { f.m.resync.actor(e).subreaps(e) }

// subreaps takes over what an event tells of the attribute of p. A fork does not inherit it.
func (p *Process) subreaps(e *event.Event) {
	if e.Subreaper != event.AttributeUnknown {
		p.Subreaper = e.Subreaper == event.Set
	}
}

func (f *forest) rename(e *event.Event) {
	if t := f.threads[e.Task.TID]; t != nil && t.ID == e.Task {
		t.Comm = e.Comm
	} else if p := f.process(e.PID); p != nil && p.is(e.Task) {
		p.Comm = e.Comm
	}
}

func (f *forest) exit(e *event.Event) {
	p := f.m.resync.actor(e)
	f.m.resync.parentKnown(p, e.Parent)
	p.orphaned = nil
	// kernels without the group_dead argument can report it with two last tasks, and a snapshot can come before
	if p.State != Alive {
		if e.Flags.Has(event.GroupDead) {
			f.reparent(p, e)
		}
		return
	}
	if e.Task.TID != event.TID(e.PID) {
		t := f.m.resync.actorThread(e)
		t.Comm = e.Comm // as it named itself
		t.Cost = e.Cost
		f.endThread(t, e.Time, e.Status, 0)
	} else {
		p.Comm = e.Comm // as the command itself may have changed it
	}
	if !e.Flags.Has(event.GroupDead) {
		f.waiterEnds(p, e.Task.TID, e.Time)
		if e.Task.TID == event.TID(e.PID) {
			f.leader(p, true, e.Time, false)
		}
		f.debuggerEnds(p, e)
		return
	}
	f.endProcess(p, e)
	f.debuggerEnds(p, e)
	f.reparent(p, e)
}

func (f *forest) endThread(t *Thread, at event.Time, status int32, flags FactFlags) {
	f.waiterEnds(t.Process, t.ID.TID, at)
	t.State, t.Ended, t.Status = Gone, at, status
	delete(f.threads, t.ID.TID)
	t.Process.ThreadsAlive--
	t.Process.hand(t.ID.TID, CoroutineID{})
	f.m.tell(Fact{Kind: Ended, At: at, Process: t.Process, Thread: t, Flags: flags})
	if f.m.options.Linger == 0 {
		t.Process.threads.remove(t)
		spareThread(f, t)
	} else {
		f.gone.push(goneEntry{at: at, thread: t})
	}
}

func (f *forest) endProcess(p *Process, e *event.Event) {
	f.m.pausing.released(p, e.Time, true)
	f.becomeZombie(p, e)
	delete(f.m.reaping.takings, p.PID)
	f.sends.ended(p)
	f.concludes(p)
	f.m.failures.ended(p, e)
	f.m.listeners.ended(p)
	for t := p.threads.first; t != nil; { // only after a loss
		next := t.next
		if t.State == Alive {
			f.endThread(t, e.Time, e.Status, Inferred)
		}
		t = next
	}
	f.m.runtimes.vanishAll(p, e.Time)
	fact := Fact{Kind: Ended, At: p.Ended, Process: p}
	if p.FoundDead {
		fact.Flags = Inferred
	}
	if p.State == Ending {
		fact.Flags |= NoZombie
		f.m.tell(fact)
		return
	}
	// Of a debugged one, a release tells when it is so far
	if !p.Root && (e.Flags&(event.AutoReap|event.Debugged) == event.AutoReap || p.namespaceInit != 0) {
		fact.Flags |= NoZombie
		f.m.tell(fact)
		f.m.reaping.byKernel(p, e.Time)
		return
	}
	f.m.tell(fact)
}

// becomeZombie makes a process one that waits to be reaped, now or, as the event may say, at some time from now on.
func (f *forest) becomeZombie(p *Process, e *event.Event) {
	f.leader(p, false, e.Time, false)
	p.State, p.Ended, p.Status, p.Asked = Zombie, e.Time, e.Status, e.Flags.Has(event.Asked)
	p.FoundDead, p.Cost, p.OutOfMemory = e.Kind != event.Exit, e.Cost, e.Flags.Has(event.OutOfMemory)
	p.reaper = e.Reaper
	if p.Root {
		p.ZombieSince = e.Time
		return
	}
	f.m.reaping.awaited[p.waitKey()] = p
	if e.Flags.Has(event.Unwaitable) && endsLater(f, p, e) {
		p.State, p.EndedInit = Ending, e.Reaper == 0
		return
	}
	waitable(f, p, e.Time)
	if e.Flags.Has(event.Debugged) {
		heldBy(f, p, e.Rare.Value().Debugger)
	}
}

// reparent hands the children of a process that ended to its reaper, as forget_original_parent in kernel/exit.c does.
func (f *forest) reparent(p *Process, e *event.Event) {
	if e.Reaper == 0 {
		f.endNamespace(p, e.Time)
		return
	}
	if p.children.first == nil {
		return
	}
	newParent := f.newParent(e.Reaper, p)
	for c := p.children.first; c != nil; {
		next := c.next
		if c.State != Gone {
			f.m.resync.orphans(c)
			f.m.tell(Fact{Kind: Reparented, At: e.Time, Process: c, From: c.ParentPID, To: e.Reaper})
			f.hand(c, newParent, e)
		}
		c = next
	}
}

// newParent returns under whom children of process pid stand: the top when it is not traced. In truth it lives, and is
// not below p; after a loss it can seem otherwise.
func (f *forest) newParent(pid event.PID, p *Process) *Process {
	newParent := f.process(pid)
	if newParent == nil || newParent.State != Alive || newParent.under(p) {
		return &f.top
	}
	return newParent
}

func (f *forest) hand(c, newParent *Process, e *event.Event) {
	zombie, cause := c.State == Zombie, Cause{}
	if zombie {
		cause = f.m.cause(c, e.Time)
		cause.Left = nil // that of before is not kept
	}
	c.exitSignal = event.SIGCHLD // reparent_leader in kernel/exit.c
	c.left = &Leaving{From: c.ParentPID, At: e.Time, Zombie: zombie}
	if former := c.Parent(); former != nil {
		c.left.Comm = former.Comm
	}
	if cause.Traced { // it is known yet
		c.left.Cause = &cause
	}
	awaited := f.m.reaping.awaited[c.waitKey()] == c
	if awaited {
		delete(f.m.reaping.awaited, c.waitKey())
	}
	if zombie {
		f.m.reaping.doubt(c).handedOn()
	}
	deeper := f.depth(newParent) >= f.depth(c) // under the init of a PID namespace that others have entered
	f.move(c, newParent)
	if deeper {
		f.measure(c)
	}
	c.ParentPID = e.Reaper
	if !e.Flags.Has(event.Guessed) {
		c.told = e.Reaper
	}
	if awaited {
		f.m.reaping.awaited[c.waitKey()] = c
	}
	if !zombie {
		return
	}
	f.takeCustody(c, e.Time)
	if e.Flags.Has(event.ReaperIgnores) && !c.custody.held { // else a release tells when its debugger lets it go
		c.reason, c.whose = f.ignoring(e.Reaper), e.Reaper
		f.m.reaping.drop(c, e.Time)
	}
}

// move puts a process under another.
func (f *forest) move(c, to *Process) {
	if c.State == Zombie && !c.Root {
		c.parent.Zombies--
		to.Zombies++
	}
	c.leave()
	to.adopt(c)
	f.moved(c)
}

// endNamespace marks all below the init of a PID namespace that ends: the kernel kills and reaps them itself
// (zap_pid_ns_processes).
func (f *forest) endNamespace(p *Process, at event.Time) {
	p.walk(func(c *Process, _ int) bool {
		if c.State == Alive || c.State == Ending {
			c.namespaceInit = p.PID
		} else if c.State == Zombie {
			f.m.reaping.doubt(c)
			c.reason, c.whose = NamespaceEnded, p.PID
			f.m.reaping.drop(c, at)
		}
		return true
	})
}
