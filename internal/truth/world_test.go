package truth

import (
	"slices"
	"syscall"

	"tracer/event"
)

// A world is what the steps of testdata/truth/random must have done, by what POSIX and the kernel's sources say of each
// call and by what the calls answered. It knows nothing of events, of the model or of the rules.
type world struct {
	root  *actor
	now   span // of the step under way
	procs []*actor
	count tally
	// jumbled: several threads end at once, or have, and in which order their children are told of is not known.
	jumbled bool
	vforked map[int]bool // the processes
	scale   int64        // how much longer everything is taken to have lasted

	coalesced []*actor // the receivers, in the order in which that began
	kernel    []*actor // reaped by the kernel
	dropped   []*actor
	late      []*actor // zombies that a wait reaped
	lost      []lostStatus
	strangers []*actor // ended by signals of strangers
	leaders   []*leaderless
}

// leaderless is a process whose leader has ended, until it ends itself.
type leaderless struct {
	of           *actor
	since, until span
	over         bool
}

// span is when something happened: within.
type span struct{ least, most int64 }

// lasted returns the least and the most that can have passed from one to the other.
func lasted(from, to span) span { return span{max(0, to.least-from.most), to.most - from.least} }

func (s span) plus(o span) span { return span{s.least + o.least, s.most + o.most} }

// tally are counters that the steps determine.
type tally struct {
	processes, threads, execs, exited, threadsExited, byParent, byOther, byKernel, dropped, reparented,
	queued, coalesced, ignored, delivered, nothing, noChild uint64
	// torn are waits of threads that were killed together: what the others were the parent or debugger of is gone for
	// good once they have ended, so that a wait may answer ECHILD where it would have been interrupted.
	torn uint64
	// loose are SIGCHLDs that are among the queued, and may have been coalesced: more than one came at once to a
	// process that has no handler, where the task that is told blocks it and another takes it, in its own time.
	loose          uint64
	codes, signals map[int]uint64
}

// what becomes of a dead process.
type state int

const (
	alive state = iota
	zombie
	gone
)

type ending int

const (
	unreaped ending = iota
	byWait
	byKernel
	isDropped
)

// actor is a process.
type actor struct {
	pid                int
	root               bool
	parent             *task // whose child it is
	birth              *actor
	leader             *task
	leaderless         *leaderless // nil: it has one
	tasks              []*task     // alive
	exitSignal         syscall.Signal
	execs, parentExecs int // of the parent, as of its birth
	state              state
	status             int
	action             map[syscall.Signal]action
	subreaper          bool
	shuffled           bool // its children: several threads have handed them on at once
	stopped            bool
	stopper            *actor
	stops              span // of stops that are over
	stoppedAt          span
	pending            *notice // a SIGCHLD
	debugger           *task
	waits              []asked // that have returned
	sent               notices
	arrived            []notice // in this step
	terminal           *kill

	ended, goneAt span
	// As a zombie of its present parent:
	since       span
	came        came
	former      *actor
	waitsThen   int
	handledThen uint64
	slack       int // so many more it may have been
	stopsThen   span
	heldBy      *actor // while it is held
	held        bool
	heldUntil   span
	wasHeld     bool
	drowned     bool // its SIGCHLD was coalesced
	drownedIn   int

	fate       ending
	taker      taker
	reason     action // of the kernel
	whose      *actor
	missed     bool
	atEnd      why
	leaderSlot int
	pidfd      *actor // who has one of it
	comm       string
}

func (a *actor) process() *actor { return a.parent.of }

type came int

const (
	born came = iota
	orphan
	inherited // as a zombie
)

type task struct {
	slot     int
	tid      int
	of       *actor
	blocks   bool // SIGCHLD
	children []*actor
	tracees  []*actor
	waiting  *asked // in a wait that has not returned
}

type action struct{ how, flags int }

const (
	byDefault = iota
	ignore
	handle
)

// notice is a SIGCHLD.
type notice struct {
	about int
	dead  *actor
}

type notices struct {
	queued, coalesced, delivered uint64
	loose                        uint64
	firstCoalesced, firstPending int
}

type kill struct {
	comm   string
	signal syscall.Signal
	by     *actor
}

// asked is a wait.
type asked struct {
	by      *task
	call    event.Call
	idtype  event.IDType
	id      int
	peek    bool
	began   span
	ended   span
	found   int
	nothing bool
	noChild bool
}

type taker struct {
	asked
	tid int
}

type lostStatus struct {
	parent, child *actor
	by            taker
	vain          asked
}

func (w *world) find(pid int) *actor {
	for _, a := range slices.Backward(w.procs) {
		if a.pid == pid && a.state != gone {
			return a
		}
	}
	return nil
}

func (a *actor) handler() action { return a.action[syscall.SIGCHLD] }

// firstTask is who inherits the children of a thread: the first that lives.
func (a *actor) firstTask() *task { return a.tasks[0] }

func (w *world) fork(by *task, pid, slot int, flags int) *actor {
	parent, signal := by, syscall.Signal(flags&0xff)
	if flags&syscall.CLONE_PARENT != 0 {
		parent, signal = by.of.parent, by.of.exitSignal
	}
	c := &actor{pid: pid, comm: by.of.comm, parent: parent, birth: parent.of, exitSignal: signal,
		action: map[syscall.Signal]action{}}
	for s, a := range by.of.action {
		c.action[s] = a
	}
	c.parentExecs = parent.of.execs
	if parent != by {
		c.parentExecs = by.of.parentExecs
	}
	c.leader = &task{slot: slot, tid: pid, of: c, blocks: by.blocks}
	c.tasks = []*task{c.leader}
	parent.children = append(parent.children, c)
	w.procs = append(w.procs, c)
	w.count.processes++
	return c
}

func (w *world) thread(by *task, slot int) *task {
	t := &task{slot: slot, of: by.of, blocks: by.blocks}
	by.of.tasks = append(by.of.tasks, t)
	w.count.threads++
	return t
}

// exec ends all other tasks and takes the leader's id.
func (w *world) exec(by *task) {
	a := by.of
	a.shuffled = a.shuffled || len(a.tasks) > 2
	for _, t := range slices.Clone(a.tasks) {
		if t != by {
			w.endTask(t)
		}
	}
	if by != a.leader {
		by.tid, a.leader = a.pid, by
	}
	w.leaders = slices.DeleteFunc(w.leaders, func(l *leaderless) bool { return l == a.leaderless })
	a.leaderless = nil
	for s, was := range a.action {
		if was.how != ignore {
			was.how = byDefault
		}
		was.flags = 0
		a.action[s] = was
	}
	a.exitSignal, a.comm = syscall.SIGCHLD, "exe"
	a.execs++
	w.count.execs++
	if a.pending != nil && !by.blocks { // taken, and nothing is to be done
		a.pending = nil
	}
	w.deliver(a)
}

// endTask ends one that is not the last; what was its own, another task of the process has.
func (w *world) endTask(t *task) {
	a := t.of
	w.releaseTracees(t)
	a.tasks = slices.DeleteFunc(a.tasks, func(o *task) bool { return o == t })
	if t != a.leader {
		w.count.threadsExited++
	} else {
		a.leaderless = &leaderless{of: a, since: w.now}
		w.leaders = append(w.leaders, a.leaderless)
	}
	if len(a.tasks) > 0 {
		w.handOn(t, a.firstTask())
	}
	t.waiting = nil
}

func (w *world) handOn(from, to *task) {
	for _, c := range from.children {
		c.parent = to
	}
	to.children = append(to.children, from.children...)
	from.children = nil
}

// releaseTracees: as a debugger ends, it lets go of all that it holds.
func (w *world) releaseTracees(t *task) {
	for _, c := range slices.Clone(t.tracees) {
		w.release(c)
	}
}

func (w *world) release(c *actor) {
	c.debugger.tracees = slices.DeleteFunc(c.debugger.tracees, func(o *actor) bool { return o == c })
	c.debugger = nil
	if c.state == zombie {
		c.held, c.heldUntil = false, w.now
		if w.notify(c) {
			w.drop(c)
		}
	}
}

// end is that of a whole process.
func (w *world) end(a *actor, status int) {
	many := len(a.tasks) > 1
	if many {
		w.count.torn += a.waitsUnderWay()
	}
	for len(a.tasks) > 1 {
		w.endTask(a.tasks[len(a.tasks)-1])
	}
	last := a.tasks[0]
	w.jumbled = many || a.shuffled
	defer func() { w.jumbled = false }()
	w.releaseTracees(last)
	if last != a.leader {
		w.count.threadsExited++
	}
	if a.stopped {
		a.stops, a.stopped = a.stopsFor(w.now), false
	}
	a.state, a.status, a.ended = zombie, status, w.now
	if l := a.leaderless; l != nil {
		l.until, l.over = w.now, true
	} else if many { // in which order they end is not known
		w.leaders = append(w.leaders, &leaderless{a, w.now, w.now, true})
	}
	w.orphan(last)
	a.tasks, a.pending = nil, nil
	w.exited(a)
	if a.debugger != nil && a.debugger.of != a.process() {
		a.held, a.wasHeld, a.heldBy = true, true, a.debugger.of
		w.keep(a, born)
		w.tell(a, a.debugger)
		return
	}
	w.keep(a, a.came)
	if w.notify(a) {
		a.state, a.goneAt, a.fate = gone, w.now, byKernel
		w.forget(a)
		w.count.byKernel++
		w.kernel = append(w.kernel, a)
	}
}

func (a *actor) waitsUnderWay() (n uint64) {
	for _, t := range a.tasks {
		if t.waiting != nil {
			n++
		}
	}
	return n
}

func (w *world) exited(a *actor) {
	w.count.exited++
	switch sig := a.status & 0x7f; sig {
	case 0:
		w.count.codes[a.status>>8&0xff]++
	default:
		w.count.signals[sig]++
	}
	if k := a.terminal; k != nil && a.status&0x7f == int(k.signal) && k.by != a && k.by != a.process() {
		w.strangers = append(w.strangers, a)
	}
}

// keep begins the time of a zombie of its parent.
func (w *world) keep(a *actor, how came) {
	p := a.process()
	if a.state == zombie {
		a.since, a.waitsThen, a.stopsThen = w.now, len(p.waits), p.stopsFor(w.now)
		if a.handledThen, a.slack = p.sent.delivered, 0; p.handler().how == handle {
			a.slack = len(p.arrived)
		}
	}
	if a.came != orphan || how != born {
		a.came = how
	}
}

func (a *actor) stopsFor(now span) span {
	if a.stopped {
		return a.stops.plus(lasted(a.stoppedAt, now))
	}
	return a.stops
}

// orphan hands on the children of the last task of a process that ends: to the nearest subreaper above.
func (w *world) orphan(last *task) {
	heir := last.of.process()
	for !heir.root && (!heir.subreaper || heir.state != alive) {
		heir = heir.process()
	}
	to, children := heir.firstTask(), last.children
	w.handOn(last, to)
	for _, c := range children {
		w.count.reparented++
		c.exitSignal, c.former = syscall.SIGCHLD, last.of
		if c.state != zombie {
			c.came = orphan
			continue
		}
		c.came = inherited
		w.keep(c, inherited)
		if !c.held && w.notify(c) {
			w.drop(c)
		}
	}
}

// notify tells the parent of a dead child; it returns whether nobody will wait for it.
func (w *world) notify(c *actor) bool {
	c.drowned = false
	if c.exitSignal != syscall.SIGCHLD && c.parentExecs == c.process().execs { // else the kernel takes SIGCHLD
		return false
	}
	how := c.process().handler()
	if how.how != ignore {
		w.tell(c, c.parent)
	}
	return how.how == ignore || how.flags&noCldWait != 0
}

const (
	noCldStop = 1
	noCldWait = 2
)

// tell sends a SIGCHLD about c to a task's process.
func (w *world) tell(c *actor, to *task) {
	w.chld(to, c.pid, c)
}

func (w *world) chld(to *task, about int, dead *actor) {
	p := to.of
	if how := p.handler().how; !to.blocks && how != handle {
		w.count.ignored++
		return
	}
	n := notice{about, dead}
	// Whom it was about may not be said
	if w.jumbled || dead != nil && (dead.process() != p || p.handler().flags&noCldWait != 0) {
		n.about = unsure
	}
	if p.pending == nil && !p.stopped && p.listens() { // in its own time: what else comes now may be lost in it
		p.arrived = append(p.arrived, n)
		return
	}
	w.queue(p, n)
}

func (w *world) queue(p *actor, n notice) {
	if n.about == unsure && n.dead != nil {
		n.dead.drowned, n.dead.drownedIn = true, unsure
	}
	if p.pending == nil {
		w.count.queued++
		p.sent.queued++
		p.pending = &n
		w.deliver(p)
		return
	}
	w.count.coalesced++
	if p.sent.coalesced++; p.sent.coalesced == 1 {
		p.sent.firstCoalesced, p.sent.firstPending = n.about, p.pending.about
		if p.sent.loose > 0 {
			p.sent.firstCoalesced = unsure
		} else {
			w.coalesced = append(w.coalesced, p)
		}
	}
	if n.about != unsure && n.dead != nil && n.dead.process() == p {
		n.dead.drowned, n.dead.drownedIn = true, p.pending.about
	}
}

// settle decides, by how often its handler ran, which of the signals that a process got in a step were coalesced.
func (w *world) settle(p *actor, handled uint64) {
	arrived, ran := p.arrived, int(handled-p.sent.delivered)
	p.arrived = nil
	if p.handler().how != handle {
		w.discard(p, arrived)
		return
	}
	if ran <= 0 || ran > len(arrived) {
		return // the comparison tells
	}
	for _, n := range arrived[:ran] {
		if ran > 1 && ran < len(arrived) {
			n.about = unsure
		}
		w.queue(p, n)
	}
	if ran == len(arrived) {
		return
	}
	p.pending = &notice{about: arrived[0].about}
	if ran > 1 {
		p.pending.about = unsure
	}
	for _, n := range arrived[ran:] {
		if ran > 1 {
			n.about = unsure
		}
		w.queue(p, n)
	}
	p.pending = nil
}

// discard takes signals at which nothing is to be done.
func (w *world) discard(p *actor, arrived []notice) {
	for i, n := range arrived {
		if i > 0 {
			if w.count.loose++; p.sent.loose == 0 && p.sent.coalesced == 0 {
				w.coalesced = append(w.coalesced, p)
			}
			p.sent.loose++
			n.about = unsure
		}
		w.queue(p, n)
	}
}

// unsure is said where the scheduler decided which signal was lost in which.
const unsure = -1

// deliver lets a task that does not block it take what is pending.
func (w *world) deliver(p *actor) {
	if p.pending == nil || p.stopped || !p.listens() {
		return
	}
	p.pending = nil
	if p.handler().how == handle {
		p.sent.delivered++
		w.count.delivered++
	}
}

func (w *world) drop(c *actor) {
	c.state, c.goneAt, c.fate = gone, w.now, isDropped
	w.forget(c)
	w.count.dropped++
	w.dropped = append(w.dropped, c)
	c.atEnd = w.why(c, c.waitsThen, len(c.process().waits))
}

// forget takes a process from its parent, and keeps why the kernel let go of it.
func (w *world) forget(c *actor) {
	t := c.parent
	t.children = slices.DeleteFunc(t.children, func(o *actor) bool { return o == c })
	c.reason, c.whose = t.of.handler(), t.of
}

// waited takes in what a wait answered.
func (w *world) waited(q asked) {
	q.ended = w.now
	p := q.by.of
	p.waits = append(p.waits, q)
	switch {
	case q.noChild:
		w.count.noChild++
		w.inVain(q)
		return
	case q.nothing:
		w.count.nothing++
		return
	case q.peek:
		return
	}
	c := w.find(q.found)
	if c == nil || c.state != zombie {
		return // the comparison with the kernel tells
	}
	if c.debugger != nil && c.process() != p {
		w.release(c)
		return
	}
	w.reap(c, q)
}

func (w *world) reap(c *actor, q asked) {
	c.goneAt, c.fate, c.taker = w.now, byWait, taker{q, q.by.tid}
	if c.debugger != nil { // its parent's child and tracee
		c.debugger.tracees = slices.DeleteFunc(c.debugger.tracees, func(o *actor) bool { return o == c })
	}
	c.state = gone
	w.forget(c)
	if c.birth == q.by.of {
		w.count.byParent++
	} else {
		w.count.byOther++
	}
	w.late = append(w.late, c)
	c.atEnd = w.why(c, c.waitsThen, len(q.by.of.waits)-1)
}

// inVain: whether a wait for one process has come too late for a child.
func (w *world) inVain(q asked) {
	if q.idtype != event.IDProcess && q.idtype != event.IDPidfd {
		return
	}
	for _, c := range slices.Backward(w.procs) {
		if c.pid != q.id {
			continue
		}
		same := c.fate == byWait && c.taker.by == q.by &&
			(c.taker.idtype == event.IDProcess || c.taker.idtype == event.IDPidfd)
		if c.state == gone && c.process() == q.by.of && !c.missed && !same {
			c.missed = true
			w.lost = append(w.lost, lostStatus{q.by.of, c, c.taker, q})
		}
		return
	}
}

// kill is a call by a process.
func (w *world) kill(by, to *actor, sig syscall.Signal) {
	if to.state != alive {
		return
	}
	switch sig {
	case syscall.SIGSTOP:
		if !to.stopped {
			to.stopped, to.stopper, to.stoppedAt = true, by, w.now
			w.moved(to)
		}
	case syscall.SIGCONT:
		if to.stopped {
			to.stops, to.stopped = to.stopsFor(w.now), false
			w.moved(to)
			w.deliver(to)
		}
	case syscall.SIGCHLD:
		w.chld(to.leader, 0, nil)
	default:
		if sig == syscall.SIGKILL || to.action[sig].how == byDefault {
			to.terminal = &kill{by.comm, sig, by}
			w.end(to, int(sig))
		}
	}
}

// moved tells the parent of a stop, or that its child goes on.
func (w *world) moved(c *actor) {
	if how := c.process().handler(); how.how != ignore && how.flags&noCldStop == 0 {
		w.chld(c.parent, c.pid, nil)
	}
}

func (w *world) act(t *task, sig syscall.Signal, a action) {
	t.of.action[sig] = a
	if sig == syscall.SIGCHLD && a.how != handle {
		t.of.pending = nil
	}
}

func (w *world) mask(t *task, blocks bool) {
	t.blocks = blocks
	w.deliver(t.of)
}

// listens reports whether a task of p does not block SIGCHLD.
func (p *actor) listens() bool {
	return slices.ContainsFunc(p.tasks, func(t *task) bool { return !t.blocks })
}
