package model

import (
	"slices"

	"tracer/event"
)

// waitKey is what a wait call names: the caller's process and the child's id as that process counts.
type waitKey struct{ waiter, child event.PID }

func (p *Process) waitKey() waitKey { return waitKey{p.ParentPID, p.nsPID} }

// reaping is who reaped whom, told in halves: by calls that name a child or none, and by the kernel's release.
type reaping struct {
	m         *Model
	awaited   map[waitKey]*Process  // dead ones that a wait may still name
	uncertain map[event.PID]*ledger // by parent: waits without a pid, and releases without a wait
	doubts    map[event.Task]*doubt // zombies that their former parent may have reaped

	takings map[event.PID]*takings // by parent, while it lives
	missing map[uint64]miss        // by number of the child: the first wait for it that came too late, until it is told
	lost    []LostStatuses
	adopted firsts[uint64, Adopted] // by number of who waited
}

func (r *reaping) wait(e *event.Event) {
	// What it reaped has been waiting without it
	key := waitKey{e.PID, event.PID(e.Child.TID)}
	p := r.awaited[key]
	defer r.m.countWait(e, p)
	switch {
	case e.Flags&(event.NoChild|event.Nothing) != 0:
		r.m.tell(Fact{Kind: WaitedInVain, Process: r.m.forest.process(e.PID)})
		if e.Flags.Has(event.NoChild) && e.AsksForOne() {
			r.missed(e)
		}
		return
	case !e.Reaps():
		return
	}
	if e.Flags.Has(event.Unknown) {
		r.waitUnknown(e)
		return
	}
	if p == nil {
		r.m.resync.waitUnseen(e)
		return
	}
	delete(r.awaited, key)
	r.attribute(p, r.callOf(e))
	r.forgetIdleCalls(e.PID)
}

// release confirms a reaping. One that no call explains yet waits in the ledger of its parent for the call.
func (r *reaping) release(e *event.Event) {
	if t := r.m.forest.threads[e.Task.TID]; t != nil && t.ID == e.Task { // it ended just as tracer attached
		r.m.forest.endThread(t, e.Time, 0, Inferred)
		return
	}
	if r.resolve(e.Task) {
		return
	}
	p := r.m.forest.process(e.PID)
	if p == nil || !p.is(e.Task) {
		return
	}
	if p.State == Alive { // its exit was lost
		if !r.m.resync.canHaveEnded(p) {
			r.m.tell(Fact{Kind: Contradicted, Process: p})
			return
		}
		r.m.resync.lostExit(p, e.Status)
	}
	if r.m.ended && !p.Root && !r.hasCalls(p.ParentPID) { // reaped after the trace: it was left
		return
	}
	if p.State == Ending {
		r.endedUnwaited(p)
		return
	}
	if p.State == Gone && p.Reaping == ByKernel { // a SIGCHLD told of it
		return
	}
	if e.Flags.Has(event.AutoReap) && !p.Root && !r.m.ended {
		p.reason, p.whose = r.m.forest.ignoring(p.ParentPID), p.ParentPID
		r.drop(p, e.Time)
		return
	}
	r.vanished(p)
}

// endedUnwaited notes that the kernel has reaped p, whose parent was never told that it could wait for it.
func (r *reaping) endedUnwaited(p *Process) {
	becomesZombie(&r.m.forest, p, NoZombie)
	r.byKernel(p, r.m.at)
}

// vanished ends the record of a process that is not there any more: the kernel let go of it, or gave its id to another.
func (r *reaping) vanished(p *Process) {
	if p.State == Alive {
		r.m.resync.lostExit(p, 0)
	}
	switch {
	case p.State == Gone:
	case p.State == Ending:
		r.endedUnwaited(p)
	case p.Root:
		r.m.forest.markGone(p, r.m.at)
		r.m.forest.linger(p)
		r.m.tell(Fact{Kind: Reaped, Process: p})
	case r.resolve(p.ID), r.explain(p):
	default: // the call that took it is reported later, or cannot be seen
		r.m.forest.markGone(p, r.m.at)
		r.m.forest.linger(p)
		l := r.ledgerOf(p.ParentPID)
		l.released = append(l.released, p)
		r.m.tell(Fact{Kind: Reaped, Process: p})
	}
}

// attribute notes that a wait reaped p. When p is gone already, what was told of its reaping before is taken back.
func (r *reaping) attribute(p *Process, c pendingCall) {
	how := ByParent
	if p.Adopted() {
		how = ByOther
	}
	becomesZombie(&r.m.forest, p, NoZombie) // as a parent that is not traced is told, too, but for a loss
	if p.State == Gone {                    // released before the call was reported, or taken for reaped by the kernel
		r.forgetReleased(p)
		r.takeBack(p)
	}
	r.reap(p, how, c)
}

// reap counts a reaping, of a zombie or of one that was gone already.
func (r *reaping) reap(p *Process, how Reaping, c pendingCall) {
	leaves := p.State == Zombie
	if leaves {
		r.m.forest.markGone(p, max(c.at, p.ZombieSince))
	}
	again := p.Reaping != NotReaped
	p.Reaping, p.ReapedBy, p.ReapCall = how, c.by, c.call
	r.took(p, c, again)
	if how == ByOther {
		r.tookAdopted(p, c)
	}
	fact := Fact{Kind: Reaped, At: p.GoneAt, Process: p, Reaping: how, Task: c.task, Wait: c.ordinal}
	if p.doubted {
		fact.Flags = Doubted
	}
	r.m.tell(fact)
	if how != Dropped { // it is for certain, but where the kernel was to do it and somebody was quicker
		f := &r.m.forest
		f.spare, p.custody = p.custody, nil
	}
	switch {
	case !leaves:
	case r.m.options.Linger == 0 && r.told(p):
		r.m.forest.remove(p)
		spareProcess(&r.m.forest, p)
	default:
		r.m.forest.linger(p)
	}
}

// told reports whether no event can tell more of p, which is gone: a wait has reaped it, and none of its own can still
// tell whom it reaped.
func (r *reaping) told(p *Process) bool {
	return (p.Reaping == ByParent || p.Reaping == ByOther) && p.children.first == nil && r.uncertain[p.PID] == nil
}

// takeBack retracts what was told of the reaping of p. What is so is to be told then.
func (r *reaping) takeBack(p *Process) {
	fact := Fact{Kind: Reaped, Retracted: true, At: p.GoneAt, Process: p, Reaping: p.Reaping}
	if p.doubted {
		fact.Flags, p.doubted = Doubted, false
	}
	r.m.tell(fact)
}

// byKernel notes that the kernel has reaped p at its end, and why.
func (r *reaping) byKernel(p *Process, at event.Time) {
	switch {
	case p.namespaceInit != 0:
		p.reason, p.whose = NamespaceEnded, p.namespaceInit
	case p.Asked:
		p.reason = AsCreated
	default:
		p.reason, p.whose = r.m.forest.ignoring(p.ParentPID), p.ParentPID
	}
	r.reap(p, ByKernel, pendingCall{at: at, ordinal: r.m.ordinal})
}

// drop notes that the kernel has let go of a zombie, for which nobody had waited, unless a former parent did.
func (r *reaping) drop(p *Process, at event.Time) {
	d := r.doubts[p.ID]
	p.doubted = d != nil && d.process == p
	r.reap(p, Dropped, pendingCall{at: at, ordinal: r.m.ordinal})
}

// dropped notes that p was dropped indeed, if that was in doubt.
func (r *reaping) dropped(p *Process) {
	if p.doubted {
		r.takeBack(p)
		r.reap(p, Dropped, pendingCall{at: p.GoneAt, ordinal: r.m.ordinal})
	}
}

// linger keeps one that is gone in the forest for a while.
func (f *forest) linger(p *Process) { f.gone.push(goneEntry{at: p.GoneAt, process: p}) }

// markGone makes a zombie gone; who reaped it is said apart.
func (f *forest) markGone(p *Process, at event.Time) {
	p.State, p.GoneAt = Gone, at
	f.unhold(p)
	if p.Root {
		return
	}
	f.forgetDead()
	if p.parent != nil {
		p.parent.Zombies--
	}
}

// spareDead is how many of those that are gone may stay among the dead beside as many as there are zombies.
const spareDead = 64

// forgetDead lets the oldest of the dead be a zombie again, and keeps the gone behind it few.
func (f *forest) forgetDead() {
	gone := func(p *Process) bool {
		if p.State != Zombie {
			unlist(f, p)
		}
		return p.State != Zombie
	}
	oldest := slices.IndexFunc(f.dead, func(p *Process) bool { return !gone(p) })
	if oldest < 0 { // as in most moments: the next one takes the place
		clear(f.dead)
		f.dead = f.dead[:0]
		return
	}
	f.dead = f.dead[oldest:]
	if len(f.dead) > 2*int(f.m.counters.ZombiesNow)+spareDead {
		f.dead = slices.DeleteFunc(f.dead, gone)
	}
}
