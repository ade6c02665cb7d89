package model

import (
	"slices"

	"pgregory.net/rapid"

	"tracer/event"
)

// kernel is a small one: processes with threads that fork, execute, end, become zombies, are handed on and reaped. It
// reports what it does as the probes do, and counts by itself what the model is to find out.
type kernel struct {
	t      *rapid.T
	now    event.Time
	nextID event.TID
	free   []event.TID // ids that were reaped
	tasks  []*task     // alive and zombies, the root included, the oldest first
	late   []event.Event
	conns  []*conn // open, the oldest first
	vague  bool    // a death was reaped without a word: the most zombies at once are known later
	truth  Counters
	emit   func(event.Event)
}

// task is a process.
type task struct {
	pid       event.PID
	start     event.Time
	parent    *task // nil: outside the traced set
	birth     *task
	root      bool
	zombie    bool
	born      bool // into the counters: the root is not
	leader    bool // lives
	threads   []event.Task
	ignores   bool // SIGCHLD
	handles   bool
	pending   bool
	subreaper bool
	ended     event.Time
	status    int32

	coroutines []uint64 // alive
	running    uint64
}

func newKernel(t *rapid.T, emit func(event.Event)) *kernel {
	k := &kernel{t: t, now: 1000, nextID: 100, truth: newCounters(), emit: func(e event.Event) {}}
	k.emit = func(e event.Event) {
		k.truth.Events++
		emit(e)
	}
	root := &task{pid: 100, start: 900, root: true, leader: true, handles: true}
	k.nextID++
	k.tasks = append(k.tasks, root)
	k.emit(event.Event{Time: k.now, Kind: event.Exec, Task: root.id(), PID: root.pid, Flags: event.Launch | event.Root,
		Path:        "/bin/x",
		Disposition: root.disposition(), Subreaper: root.attribute()})
	return k
}

func (p *task) id() event.Task { return event.Task{TID: event.TID(p.pid), Start: p.start} }

func pidOf(p *task) event.PID {
	if p == nil {
		return 1
	}
	return p.pid
}

func (p *task) depth() (n int) {
	for ; p.parent != nil; p = p.parent {
		n++
	}
	return n
}

// actor is a task of p that can act.
func (k *kernel) actor(p *task) event.Task {
	if !p.leader {
		return rapid.SampledFrom(p.threads).Draw(k.t, "thread")
	}
	return p.id()
}

func (k *kernel) newID() event.TID {
	if len(k.free) > 0 && rapid.Bool().Draw(k.t, "reuse") {
		id := k.free[0]
		k.free = k.free[1:]
		return id
	}
	k.nextID++
	return k.nextID - 1
}

func (k *kernel) alive() []*task {
	return slices.DeleteFunc(slices.Clone(k.tasks), func(p *task) bool { return p.zombie })
}

// step does something that can be done.
func (k *kernel) step() {
	k.now += event.Time(rapid.IntRange(1, 1e8).Draw(k.t, "pause"))
	alive := k.alive()
	if len(alive) == 0 {
		return
	}
	p := rapid.SampledFrom(alive).Draw(k.t, "who")
	acts := []func(*task){k.fork, k.fork, k.fork, k.thread, k.endThread, k.endLeader, k.exec, k.end, k.wait, k.wait,
		k.waitUnknown,
		k.deliver, k.accept, k.serve, k.serve, k.closeConn, k.dispose, k.adopterWaits, k.reportLate,
		k.coroutine, k.coroutine, k.coroutine}
	rapid.SampledFrom(acts).Draw(k.t, "act")(p)
	for _, p := range k.tasks {
		k.truth.TreeDepth = max(k.truth.TreeDepth, p.depth())
	}
}

func (k *kernel) fork(p *task) {
	parent := p
	if !p.root && rapid.IntRange(0, 9).Draw(k.t, "CLONE_PARENT") == 0 {
		parent = p.parent
	}
	actor, id := k.actor(p), k.newID()
	c := &task{pid: event.PID(id), start: k.now, parent: parent, birth: parent, born: true, leader: true,
		ignores: p.ignores, handles: p.handles}
	k.tasks = append(k.tasks, c)
	k.inherit(p, c)
	k.truth.ProcessesCreated++
	k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: actor, PID: p.pid, Child: c.id(), ChildPID: c.pid,
		Parent: pidOf(parent), NSPID: c.pid, ExitSignal: event.SIGCHLD})
}

func (k *kernel) thread(p *task) {
	t := event.Task{TID: k.newID(), Start: k.now}
	k.truth.ThreadsCreated++
	k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: k.actor(p), PID: p.pid, Child: t, ChildPID: p.pid,
		Parent: pidOf(p.parent), NSPID: event.PID(t.TID), CloneFlags: event.CloneThread, ExitSignal: -1})
	p.threads = append(p.threads, t)
}

func (k *kernel) endThread(p *task) {
	if len(p.threads) > 0 && (p.leader || len(p.threads) > 1) {
		k.endOne(p)
	}
}

// endOne ends a thread that is not the last task.
func (k *kernel) endOne(p *task) {
	i := rapid.IntRange(0, len(p.threads)-1).Draw(k.t, "which")
	t := p.threads[i]
	p.threads = slices.Delete(p.threads, i, i+1)
	k.truth.ThreadsExited++
	k.free = append(k.free, t.TID)
	k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: t, PID: p.pid, Parent: pidOf(p.parent)})
}

// endLeader leaves the threads alone.
func (k *kernel) endLeader(p *task) {
	if p.leader && len(p.threads) > 0 {
		p.leader = false
		k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: p.id(), PID: p.pid, Parent: pidOf(p.parent)})
	}
}

// exec ends all other tasks; the one that calls it takes the leader's id.
func (k *kernel) exec(p *task) {
	p.coroutines, p.running = nil, 0
	caller := k.actor(p)
	if len(p.threads) > 0 && rapid.Bool().Draw(k.t, "by a thread") {
		caller = rapid.SampledFrom(p.threads).Draw(k.t, "caller")
	}
	e := event.Event{Time: k.now, Kind: event.Exec, Task: p.id(), PID: p.pid, Child: event.Task{TID: caller.TID},
		Path: "/bin/y", Comm: "y"}
	if caller.TID != e.Task.TID {
		p.threads = slices.DeleteFunc(p.threads, func(t event.Task) bool { return t == caller })
		if p.leader {
			k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: p.id(), PID: p.pid, Parent: pidOf(p.parent)})
		}
		k.free = append(k.free, caller.TID)
	}
	for len(p.threads) > 0 {
		k.endOne(p)
	}
	p.leader, p.handles = true, false // a handler does not outlive its program
	e.Disposition, e.Subreaper = p.disposition(), p.attribute()
	k.truth.Execs++
	k.emit(e)
}

// end is exit_group, of the root seldom.
func (k *kernel) end(p *task) {
	if !p.root || rapid.IntRange(0, 4).Draw(k.t, "root stays") == 0 {
		k.exitGroup(p)
	}
}

func (k *kernel) exitGroup(p *task) {
	for len(p.threads) > 1 || len(p.threads) > 0 && p.leader {
		k.endOne(p)
	}
	last := k.actor(p)
	if !p.leader {
		k.truth.ThreadsExited++
		k.free = append(k.free, last.TID)
	}
	newParent := p.parent
	for newParent != nil && !newParent.subreaper {
		newParent = newParent.parent
	}
	status := int32(rapid.SampledFrom([]int{0, 1 << 8, 9, 11 | 0x80}).Draw(k.t, "status"))
	e := event.Event{Time: k.now, Kind: event.Exit, Task: last, PID: p.pid, Parent: pidOf(p.parent),
		Reaper: pidOf(newParent), Status: status, Flags: event.GroupDead}
	auto := p.parent != nil && p.parent.ignores
	if auto {
		e.Flags |= event.AutoReap
	}
	if newParent != nil && newParent.ignores {
		e.Flags |= event.ReaperIgnores
	}
	if p.root {
		e.Flags |= event.Root
	} else {
		k.countExit(&e)
	}
	p.zombie, p.ended, p.threads, p.leader, p.status = true, k.now, nil, false, status
	k.emit(e)
	k.closeAll(p)
	if auto {
		k.autoReap(p)
	}
	k.countZombies()
	k.handOn(p, newParent)
	if !auto {
		k.signal(p)
	}
}

// endAll ends every process.
func (k *kernel) endAll() {
	for alive := k.alive(); len(alive) > 0; alive = k.alive() {
		k.now++
		k.exitGroup(alive[0])
	}
}

func (k *kernel) countExit(e *event.Event) {
	k.truth.ProcessesExited++
	if code, ok := e.Exited(); ok {
		k.truth.ExitCodes[code]++
	} else if number, core, ok := e.Killed(); ok {
		k.truth.ExitSignals[number]++
		if core {
			k.truth.CoresDumped++
		}
	}
}

// handOn gives the children of p to its newParent.
func (k *kernel) handOn(p, newParent *task) {
	for _, c := range slices.Clone(k.tasks) {
		if c.parent != p {
			continue
		}
		k.truth.Reparented++
		c.parent = newParent
		switch {
		case c.zombie && newParent != nil && newParent.ignores:
			k.autoReap(c)
		case c.zombie:
			k.signal(c)
		}
	}
	k.countZombies()
}

// signal tells the parent of a death.
func (k *kernel) signal(c *task) {
	p := c.parent
	if p == nil {
		return
	}
	e := event.Event{Time: k.now, Kind: event.Signal, Task: c.id(), PID: c.pid, Signal: event.SIGCHLD,
		Target: event.TID(p.pid), TargetPID: p.pid}
	switch {
	case !p.handles:
		e.Result = event.Ignored
		k.truth.SigchldIgnored++
	case p.pending:
		e.Result = event.Coalesced
		k.truth.SigchldCoalesced++
	default:
		p.pending = true
		k.truth.SigchldQueued++
	}
	k.emit(e)
}

func (k *kernel) deliver(p *task) {
	if !p.pending {
		return
	}
	p.pending = false
	k.truth.SigchldDelivered++
	k.emit(event.Event{Time: k.now, Kind: event.Deliver, Task: k.actor(p), PID: p.pid, Signal: event.SIGCHLD})
}

// coroutine makes a coroutine, switches to one or ends the one that runs. 0 is the main one, which is not made.
func (k *kernel) coroutine(p *task) {
	e := event.Event{Time: k.now, Task: p.id(), PID: p.pid, Runtime: event.Greenlet}
	switch what := rapid.IntRange(0, 3).Draw(k.t, "coroutine"); {
	case what <= 1:
		k.truth.CoroutinesCreated++
		e.Kind, e.Coroutine, e.Partner = event.Spawn, k.truth.CoroutinesCreated, p.running
		p.coroutines = append(p.coroutines, e.Coroutine)
	case what == 2 && len(p.coroutines) > 0:
		k.truth.CoroutineSwitches++
		e.Kind, e.Partner, e.Coroutine = event.Switch, p.running, rapid.SampledFrom(p.coroutines).Draw(k.t, "to")
		p.running = e.Coroutine
	case p.running != 0:
		k.truth.CoroutinesFinished++
		e.Kind, e.Coroutine, e.How = event.Finish, p.running, event.Returned
		p.coroutines = slices.DeleteFunc(p.coroutines, func(id uint64) bool { return id == p.running })
		p.running = 0
	default:
		return
	}
	k.emit(e)
	if e.Kind == event.Finish { // its memory goes, too
		e.How = event.Dropped
		k.emit(e)
	}
}

func (k *kernel) dispose(p *task) {
	switch rapid.IntRange(0, 4).Draw(k.t, "disposition") {
	case 0:
		p.handles, p.ignores = false, true
	case 1:
		p.handles, p.ignores = false, false
	case 2:
		p.handles, p.ignores = true, false
	default:
		p.subreaper = rapid.Bool().Draw(k.t, "subreaper")
		k.emit(event.Event{Time: k.now, Kind: event.Subreaper, Task: k.actor(p), PID: p.pid, Subreaper: p.attribute()})
		return
	}
	k.emit(event.Event{Time: k.now, Kind: event.Dispose, Task: k.actor(p), PID: p.pid, Signal: event.SIGCHLD,
		Disposition: p.disposition()})
}

// disposition is of SIGCHLD.
func (p *task) disposition() event.Disposition {
	switch {
	case p.ignores:
		return event.Ignore
	case p.handles:
		return event.Handler
	}
	return event.Default
}

// attribute tells whether it is a subreaper.
func (p *task) attribute() event.Attribute {
	if p.subreaper {
		return event.Set
	}
	return event.Unset
}

// zombieOf returns a zombie that p can wait for.
func (k *kernel) zombieOf(p *task) *task {
	for _, c := range k.tasks {
		if c.zombie && !c.root && c.parent == p {
			return c
		}
	}
	return nil
}

// wait is wait4, and sometimes a look with WNOWAIT first. The pid is told by the call, so no release is.
func (k *kernel) wait(p *task) {
	c := k.zombieOf(p)
	if c == nil {
		return
	}
	e := event.Event{Time: k.now, Kind: event.Wait, Task: k.actor(p), PID: p.pid, Call: event.Wait4,
		Child: event.Task{TID: event.TID(c.pid)}}
	if rapid.IntRange(0, 4).Draw(k.t, "peek") == 0 {
		peek := e
		peek.Flags = event.Peek
		k.emit(peek)
	}
	k.countReaping(c)
	k.reap(c)
	k.emit(e)
}

// waitUnknown is waitid without siginfo. The release comes before or after; releases come in the order of the reapings.
func (k *kernel) waitUnknown(p *task) {
	c := k.zombieOf(p)
	if c == nil {
		return
	}
	call := event.Event{Time: k.now, Kind: event.Wait, Task: k.actor(p), PID: p.pid, Call: event.Waitid,
		Flags: event.Unknown}
	release := event.Event{Kind: event.Release, Task: c.id(), PID: c.pid}
	k.countReaping(c)
	k.reap(c)
	if len(k.late) == 0 && rapid.Bool().Draw(k.t, "release first") {
		release.Time = k.now
		k.emit(release)
		k.emit(call)
		return
	}
	k.emit(call)
	k.late, k.vague = append(k.late, release), true
}

// reportLate brings the releases that were to come later.
func (k *kernel) reportLate(*task) {
	for _, e := range k.late {
		e.Time = k.now
		k.emit(e)
	}
	k.late = nil
}

// adopterWaits is init, which is not traced, and reaps what it has adopted.
func (k *kernel) adopterWaits(*task) {
	c := k.zombieOf(nil)
	if c == nil {
		return
	}
	k.countReaping(c)
	k.reap(c)
	k.emit(event.Event{Time: k.now, Kind: event.Wait, Task: event.Task{TID: 1}, PID: 1, Call: event.Wait4,
		Child: event.Task{TID: event.TID(c.pid)}, Flags: event.Untraced})
}

func (k *kernel) countReaping(c *task) {
	waited := k.now - c.ended
	k.truth.zombieTotal += waited
	k.truth.zombieMax = max(k.truth.zombieMax, waited)
	if c.parent == c.birth {
		k.truth.ReapedByParent++
	} else {
		k.truth.ReapedByOther++
	}
}

func (k *kernel) reap(c *task) {
	k.tasks = slices.DeleteFunc(k.tasks, func(p *task) bool { return p == c })
	k.free = append(k.free, event.TID(c.pid))
}

// autoReap is by the kernel itself: no wait tells of it, only the release.
func (k *kernel) autoReap(c *task) {
	k.reap(c)
	k.truth.AutoReaped++
	k.late = append(k.late, event.Event{Kind: event.Release, Task: c.id(), PID: c.pid})
}

// countWaiting counts the time that zombies have waited until now, beside that of those that were reaped.
func (k *kernel) countWaiting(now event.Time) {
	total, longest := k.truth.zombieTotal, k.truth.zombieMax
	for _, p := range k.tasks {
		if p.zombie && !p.root {
			total += now - p.ended
			longest = max(longest, now-p.ended)
		}
	}
	k.truth.ZombieMsTotal, k.truth.ZombieMsMax = float64(total)/1e6, float64(longest)/1e6
}

func (k *kernel) countZombies() {
	k.truth.ZombiesNow = 0
	for _, p := range k.tasks {
		if p.zombie && !p.root {
			k.truth.ZombiesNow++
		}
	}
	k.truth.ZombiesPeak = max(k.truth.ZombiesPeak, k.truth.ZombiesNow)
}
