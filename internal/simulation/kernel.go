// Package simulation is a kernel for property tests: it reports what it does as the probes do, and knows what a model
// of it must find out.
package simulation

import (
	"slices"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
)

// Kernel is a small one: processes with threads that fork, execute, end, become zombies, are handed on and reaped. It
// reports what it does as the probes do, and counts by itself what the model is to find out.
type Kernel struct {
	t      *rapid.T
	now    event.Time
	nextID event.TID
	free   []event.TID // ids that were reaped
	tasks  []*task     // alive and zombies, the root included, the oldest first
	late   []event.Event
	conns  []*conn // open, the oldest first
	vague  bool    // a death was reaped without a word: the most zombies at once are known later
	emit   func(event.Event)
	told   event.Time // of the last event

	// Explicit, when it is set, is told what emit is, as if every wait said whom it reaped; then no release is needed.
	Explicit func(event.Event)
	taken    event.TID // whom the last wait reaped

	// Truth is what was counted: complete once Settle has been called.
	Truth model.Counters

	zombieTotal, zombieMax event.Time // of those that are gone
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
	waits     []*waiting
	ignores   bool // SIGCHLD
	handles   bool
	pending   bool
	subreaper bool
	ended     event.Time
	status    int32

	coroutines []uint64 // alive
	running    uint64
}

// New returns a kernel in which a root was launched, which it has reported. It draws what happens from t.
func New(t *rapid.T, emit func(event.Event)) *Kernel {
	k := &Kernel{t: t, now: 1000, nextID: 100, Truth: counters()}
	k.reportTo(emit)
	root := &task{pid: 100, start: 900, root: true, leader: true, handles: true}
	k.nextID++
	k.tasks = append(k.tasks, root)
	k.emit(event.Event{Time: k.now, Kind: event.Exec, Task: root.id(), PID: root.pid, Flags: event.Launch | event.Root,
		Path:        "/bin/x",
		Disposition: root.disposition(), Subreaper: root.attribute()})
	return k
}

func (k *Kernel) reportTo(emit func(event.Event)) {
	k.emit = func(e event.Event) {
		k.Truth.Events++
		k.told = e.Time
		emit(e)
		if k.Explicit == nil || e.Kind == event.Release {
			return
		}
		if e.Flags.Has(event.Unknown) {
			e.Flags, e.Child = 0, event.Task{TID: k.taken}
		}
		k.Explicit(e)
	}
}

func counters() model.Counters {
	return model.Counters{HTTPStatuses: map[int]uint64{}, ExitCodes: map[int]uint64{}, ExitSignals: map[int]uint64{},
		AcceptsByListener: map[string]uint64{}, AcceptsByTask: map[string]uint64{}, Failures: map[string]uint64{},
		CPUMsByProcess: map[string]float64{}, CPUMsByThread: map[string]float64{}}
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

// actor is a task of p that can act: the leader, unless it has ended or waits.
func (k *Kernel) actor(p *task) event.Task {
	idle := p.idle()
	if idle[0] == p.id() {
		return idle[0]
	}
	return rapid.SampledFrom(idle).Draw(k.t, "thread")
}

func (k *Kernel) newID() event.TID {
	if len(k.free) > 0 && rapid.Bool().Draw(k.t, "reuse") {
		id := k.free[0]
		k.free = k.free[1:]
		return id
	}
	k.nextID++
	return k.nextID - 1
}

func (k *Kernel) alive() []*task {
	return slices.DeleteFunc(slices.Clone(k.tasks), func(p *task) bool { return p.zombie })
}

// Step does something that can be done.
func (k *Kernel) Step() {
	k.now += event.Time(rapid.IntRange(1, 1e8).Draw(k.t, "pause"))
	alive := k.alive()
	if len(alive) == 0 {
		return
	}
	p := rapid.SampledFrom(alive).Draw(k.t, "who")
	begins, returns := func(p *task) { waitBegins(k, p) }, func(p *task) { waitEnds(k, p) }
	acts := []func(*task){k.fork, k.fork, k.fork, k.thread, k.endThread, k.endLeader, k.exec, k.end, k.wait, k.wait,
		k.waitUnknown,
		k.deliver, k.accept, k.serve, k.serve, k.closeConn, k.dispose, k.adopterWaits,
		func(*task) { k.ReportLate() },
		k.coroutine, k.coroutine, k.coroutine, begins, returns}
	if len(p.idle()) == 0 { // it can be killed, or go on
		acts = []func(*task){k.end, returns, returns}
	}
	rapid.SampledFrom(acts).Draw(k.t, "act")(p)
	for _, p := range k.tasks {
		k.Truth.TreeDepth = max(k.Truth.TreeDepth, p.depth())
	}
}

func (k *Kernel) fork(p *task) {
	parent := p
	if !p.root && rapid.IntRange(0, 9).Draw(k.t, "CLONE_PARENT") == 0 {
		parent = p.parent
	}
	actor, id := k.actor(p), k.newID()
	c := &task{pid: event.PID(id), start: k.now, parent: parent, birth: parent, born: true, leader: true,
		ignores: p.ignores, handles: p.handles}
	k.tasks = append(k.tasks, c)
	inherit(k, p, c)
	k.Truth.ProcessesCreated++
	k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: actor, PID: p.pid, Child: c.id(), ChildPID: c.pid,
		Parent: pidOf(parent), NSPID: c.pid, ExitSignal: event.SIGCHLD})
}

func (k *Kernel) thread(p *task) {
	t := event.Task{TID: k.newID(), Start: k.now}
	k.Truth.ThreadsCreated++
	k.emit(event.Event{Time: k.now, Kind: event.Fork, Task: k.actor(p), PID: p.pid, Child: t, ChildPID: p.pid,
		Parent: pidOf(p.parent), NSPID: event.PID(t.TID), CloneFlags: event.CloneThread, ExitSignal: -1})
	p.threads = append(p.threads, t)
}

func (k *Kernel) endThread(p *task) {
	if len(p.threads) > 0 && (p.leader || len(p.threads) > 1) {
		k.endOne(p)
	}
}

// endOne ends a thread that is not the last task.
func (k *Kernel) endOne(p *task) {
	i := rapid.IntRange(0, len(p.threads)-1).Draw(k.t, "which")
	t := p.threads[i]
	p.threads = slices.Delete(p.threads, i, i+1)
	p.over(t)
	k.Truth.ThreadsExited++
	k.free = append(k.free, t.TID)
	k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: t, PID: p.pid, Parent: pidOf(p.parent)})
}

// endLeader leaves the threads alone.
func (k *Kernel) endLeader(p *task) {
	if p.leader && len(p.threads) > 0 && p.waitOf(p.id()) == nil {
		p.leader = false
		k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: p.id(), PID: p.pid, Parent: pidOf(p.parent)})
	}
}

// exec ends all other tasks; the one that calls it takes the leader's id.
func (k *Kernel) exec(p *task) {
	p.coroutines, p.running = nil, 0
	caller := k.actor(p)
	if idle := p.idle(); len(idle) > 1 && rapid.Bool().Draw(k.t, "by a thread") {
		caller = rapid.SampledFrom(idle).Draw(k.t, "caller")
	}
	e := event.Event{Time: k.now, Kind: event.Exec, Task: p.id(), PID: p.pid, OldTID: caller.TID,
		Path: "/bin/y", Comm: "y"}
	if caller.TID != e.Task.TID {
		p.threads = slices.DeleteFunc(p.threads, func(t event.Task) bool { return t == caller })
		if p.leader {
			p.over(p.id())
			k.emit(event.Event{Time: k.now, Kind: event.Exit, Task: p.id(), PID: p.pid, Parent: pidOf(p.parent)})
		}
		k.free = append(k.free, caller.TID)
	}
	for len(p.threads) > 0 {
		k.endOne(p)
	}
	p.leader, p.handles = true, false // a handler does not outlive its program
	e.Disposition, e.Subreaper = p.disposition(), p.attribute()
	k.Truth.Execs++
	k.emit(e)
}

// end is exit_group, of the root seldom.
func (k *Kernel) end(p *task) {
	if !p.root || rapid.IntRange(0, 4).Draw(k.t, "root stays") == 0 {
		k.exitGroup(p)
	}
}

func (k *Kernel) exitGroup(p *task) {
	for len(p.threads) > 1 || len(p.threads) > 0 && p.leader {
		k.endOne(p)
	}
	last := p.id()
	if !p.leader {
		last = p.threads[0]
		k.Truth.ThreadsExited++
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
		countExit(k, &e)
	}
	p.zombie, p.ended, p.threads, p.leader, p.status = true, k.now, nil, false, status
	p.waits = nil
	k.emit(e)
	closeAll(k, p)
	if auto {
		k.autoReap(p)
	}
	k.countZombies()
	k.handOn(p, newParent)
	if !auto {
		k.signal(p)
	}
}

// EndAll ends every process.
func (k *Kernel) EndAll() {
	for alive := k.alive(); len(alive) > 0; alive = k.alive() {
		k.now++
		k.exitGroup(alive[0])
	}
}

func countExit(k *Kernel, e *event.Event) {
	k.Truth.ProcessesExited++
	if code, ok := e.Exited(); ok {
		k.Truth.ExitCodes[code]++
	} else if number, core, ok := e.Killed(); ok {
		k.Truth.ExitSignals[number]++
		if core {
			k.Truth.CoresDumped++
		}
	}
}

// handOn moves the children of p to its newParent.
func (k *Kernel) handOn(p, newParent *task) {
	for _, c := range slices.Clone(k.tasks) {
		if c.parent != p {
			continue
		}
		k.Truth.Reparented++
		c.parent = newParent
		switch {
		case c.zombie && newParent != nil && newParent.ignores:
			dropZombie(k, c)
		case c.zombie:
			k.signal(c)
		}
	}
	k.countZombies()
}

// signal notifies the parent of a death.
func (k *Kernel) signal(c *task) {
	p := c.parent
	if p == nil {
		return
	}
	e := event.Event{Time: k.now, Kind: event.Signal, Task: c.id(), PID: c.pid, Signal: event.SIGCHLD,
		Target: event.TID(p.pid), TargetPID: p.pid}
	switch {
	case !p.handles:
		e.Result = event.Ignored
		k.Truth.SigchldIgnored++
	case p.pending:
		e.Result = event.Coalesced
		k.Truth.SigchldCoalesced++
	default:
		p.pending = true
		k.Truth.SigchldQueued++
	}
	k.emit(e)
}

func (k *Kernel) deliver(p *task) {
	if !p.pending {
		return
	}
	p.pending = false
	k.Truth.SigchldDelivered++
	k.emit(event.Event{Time: k.now, Kind: event.Deliver, Task: k.actor(p), PID: p.pid, Signal: event.SIGCHLD})
}

// coroutine makes a coroutine, switches to one or ends the one that runs. 0 is the main one, which is not made.
func (k *Kernel) coroutine(p *task) {
	e := event.Event{Time: k.now, Task: p.id(), PID: p.pid, Runtime: event.Greenlet}
	switch what := rapid.IntRange(0, 3).Draw(k.t, "coroutine"); {
	case what <= 1:
		k.Truth.CoroutinesCreated++
		e.Kind, e.Coroutine, e.Creator = event.Spawn, k.Truth.CoroutinesCreated, p.running
		p.coroutines = append(p.coroutines, e.Coroutine)
	case what == 2 && len(p.coroutines) > 0:
		k.Truth.CoroutineSwitches++
		e.Kind, e.Previous, e.Coroutine = event.Switch, p.running, rapid.SampledFrom(p.coroutines).Draw(k.t, "to")
		p.running = e.Coroutine
	case p.running != 0:
		k.Truth.CoroutinesFinished++
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

func (k *Kernel) dispose(p *task) {
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

// attribute reports whether it is a subreaper.
func (p *task) attribute() event.Attribute {
	if p.subreaper {
		return event.Set
	}
	return event.Unset
}

// zombieOf returns a zombie that p can wait for.
func zombieOf(k *Kernel, p *task) *task {
	for _, c := range k.tasks {
		if c.zombie && !c.root && c.parent == p {
			return c
		}
	}
	return nil
}

// wait is wait4, and sometimes a look with WNOWAIT first. The pid is told by the call, so no release is.
func (k *Kernel) wait(p *task) {
	c := zombieOf(k, p)
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
func (k *Kernel) waitUnknown(p *task) {
	c := zombieOf(k, p)
	if c == nil {
		return
	}
	call := event.Event{Time: k.now, Kind: event.Wait, Task: k.actor(p), PID: p.pid, Call: event.Waitid,
		Flags: event.Unknown}
	k.taken = event.TID(c.pid)
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

// ReportLate reports the releases that were to come later.
func (k *Kernel) ReportLate() {
	for _, e := range k.late {
		e.Time = k.now
		k.emit(e)
	}
	k.late = nil
}

// adopterWaits is init, which is not traced, and reaps what it has adopted.
func (k *Kernel) adopterWaits(*task) {
	c := zombieOf(k, nil)
	if c == nil {
		return
	}
	k.countReaping(c)
	k.reap(c)
	k.emit(event.Event{Time: k.now, Kind: event.Wait, Task: event.Task{TID: 1}, PID: 1, Call: event.Wait4,
		Child: event.Task{TID: event.TID(c.pid)}, Flags: event.Untraced})
}

func (k *Kernel) countReaping(c *task) {
	countTime(k, c)
	if c.parent == c.birth {
		k.Truth.ReapedByParent++
	} else {
		k.Truth.ReapedByOther++
	}
}

// countTime counts how long c was a zombie.
func countTime(k *Kernel, c *task) {
	waited := k.now - c.ended
	k.zombieTotal += waited
	k.zombieMax = max(k.zombieMax, waited)
}

func (k *Kernel) reap(c *task) {
	k.tasks = slices.DeleteFunc(k.tasks, func(p *task) bool { return p == c })
	k.free = append(k.free, event.TID(c.pid))
}

// autoReap is by the kernel itself, of one that has ended just now.
func (k *Kernel) autoReap(c *task) {
	k.Truth.AutoReaped++
	letGo(k, c)
}

// dropZombie is by the kernel itself, of a zombie.
func dropZombie(k *Kernel, c *task) {
	countTime(k, c)
	k.Truth.ZombiesDropped++
	letGo(k, c)
}

// letGo takes c away: no wait tells of it, only the release.
func letGo(k *Kernel, c *task) {
	k.reap(c)
	k.late = append(k.late, event.Event{Kind: event.Release, Task: c.id(), PID: c.pid})
}

// countWaiting counts the time that zombies have waited until now, beside that of those that were reaped.
func (k *Kernel) countWaiting(now event.Time) {
	total, longest := k.zombieTotal, k.zombieMax
	for _, p := range k.tasks {
		if p.zombie && !p.root {
			total += now - p.ended
			longest = max(longest, now-p.ended)
		}
	}
	k.Truth.ZombieMsTotal, k.Truth.ZombieMsMax = float64(total)/1e6, float64(longest)/1e6
}

// Zombies counts them.
func (k *Kernel) Zombies() uint64 {
	k.countZombies()
	return k.Truth.ZombiesNow
}

func (k *Kernel) countZombies() {
	k.Truth.ZombiesNow = 0
	for _, p := range k.tasks {
		if p.zombie && !p.root {
			k.Truth.ZombiesNow++
		}
	}
	k.Truth.ZombiesPeak = max(k.Truth.ZombiesPeak, k.Truth.ZombiesNow)
}
