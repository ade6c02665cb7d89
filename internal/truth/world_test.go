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
	spared    []discarded
	bereaved  []*actor // ended by a parent-death signal, as a thread of a process that went on had ended
	leaders   []*leaderless
}

// leaderless is a process whose leader has ended, until it ends itself.
type leaderless struct {
	of           *actor
	since, until span
	over         bool
}

// discarded are signals to the init of a PID namespace that has no handler for them: it is spared their default action.
type discarded struct {
	init   *actor
	signal syscall.Signal
	times  int
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
	// torn are waits of tasks that were killed, and that may answer ECHILD where they would have been interrupted: what
	// other threads were the parent or debugger of is gone for good once they have ended, and what they were for may
	// have become another kind of child, by an exec, or have gone to another process group.
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
	stopper            *kill
	stops              span // of stops that are over
	stoppedAt          span
	pending            *notice // a SIGCHLD
	due                []*kill // other signals, that are pending
	group, session     int
	namespace          *actor // the init of its PID namespace; nil: that of the conductor
	inner              int    // its id there
	debugger           *task
	waits              []asked // that have returned
	unreturned         []asked // of threads that have ended
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

	fate   ending
	taker  taker
	reason action // of the kernel
	// withNamespace is instead of a reason.
	withNamespace bool
	whose         *actor
	missed        bool
	atEnd         why
	leaderSlot    int
	pidfd         *actor // who has one of it
	signalfd      syscall.Signal
	comm          string
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
	blocks   bool           // SIGCHLD
	spares   bool           // it blocks SIGTERM
	death    syscall.Signal // that it is sent as its parent ends
	children []*actor
	tracees  []*actor
	waiting  *asked // in a wait that has not returned
	unshared bool   // its children come into another PID namespace
	within   *actor // the init of that, once there is one
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

// kill is a signal other than SIGCHLD.
type kill struct {
	comm     string
	signal   syscall.Signal
	by       *actor // nil: the kernel
	stranger bool   // a call sent it, of who is neither the receiver nor its parent
	thread   *departed
}

// departed is a thread that has ended, while its process went on.
type departed struct {
	of  *actor
	tid int
	at  span
}

// asked is a wait.
type asked struct {
	by      *task
	call    event.Call
	idtype  event.IDType
	id      int
	peek    bool
	clones  bool // it is only for children that send another signal than SIGCHLD
	all     bool // whatever they send
	own     bool // it is only for those that the task itself has made
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

func (a *actor) children() (all []*actor) {
	for _, t := range a.tasks {
		all = append(all, t.children...)
	}
	return all
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
		action: map[syscall.Signal]action{}, group: by.of.group, session: by.of.session,
		signalfd: by.of.signalfd, namespace: by.of.namespace}
	for s, a := range by.of.action {
		c.action[s] = a
	}
	c.parentExecs = parent.of.execs
	if parent != by {
		c.parentExecs = by.of.parentExecs
	}
	c.leader = &task{slot: slot, tid: pid, of: c, blocks: by.blocks, spares: by.spares}
	c.tasks = []*task{c.leader}
	parent.children = append(parent.children, c)
	w.procs = append(w.procs, c)
	w.count.processes++
	return c
}

func (w *world) thread(by *task, slot int) *task {
	t := &task{slot: slot, of: by.of, blocks: by.blocks, spares: by.spares}
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
	w.takeDue(a)
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
	if t.waiting != nil {
		a.unreturned, t.waiting = append(a.unreturned, *t.waiting), nil
	}
	if len(a.tasks) == 0 {
		return
	}
	children := t.children
	w.handOn(t, a.firstTask())
	for _, c := range children {
		w.bereave(c, &departed{a, t.tid, w.now})
	}
	w.takeDue(a)
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
	w.count.torn += a.waitsTorn(many)
	a.due = nil
	for len(a.tasks) > 1 {
		w.endTask(a.tasks[len(a.tasks)-1])
	}
	last, before := a.tasks[0], w.jumbled
	if a.namespace == a {
		w.endNamespace(last)
	}
	w.jumbled = before || many || a.shuffled
	defer func() { w.jumbled = before }()
	stranded, children := w.stranded(a), last.children
	defer func() {
		w.jumbled = before || len(children)+len(stranded) > 1
		for _, c := range children {
			w.bereave(c, nil)
		}
		for _, c := range stranded {
			w.hangUp(c)
		}
	}()
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

// endNamespace: the kernel kills and reaps all that is in a PID namespace as its init ends. Of these, only that has
// children.
func (w *world) endNamespace(last *task) {
	for _, c := range slices.Clone(last.children) {
		if c.state == zombie {
			c.withNamespace = true
			w.drop(c)
			continue
		}
		many := len(c.tasks) > 1
		w.count.torn += c.waitsTorn(many)
		c.due = nil
		for len(c.tasks) > 1 {
			w.endTask(c.tasks[len(c.tasks)-1])
		}
		w.releaseTracees(c.tasks[0])
		if c.tasks[0] != c.leader {
			w.count.threadsExited++
		}
		if l := c.leaderless; l != nil {
			l.until, l.over = w.now, true
		} else if many {
			w.leaders = append(w.leaders, &leaderless{c, w.now, w.now, true})
		}
		c.tasks, c.pending, c.stopped, c.terminal = nil, nil, false, nil
		c.state, c.goneAt, c.fate, c.status, c.ended, c.withNamespace = gone, w.now, byKernel, 9, w.now, true
		w.exited(c)
		w.forget(c)
		w.count.byKernel++
		w.kernel = append(w.kernel, c)
	}
}

func (a *actor) waitsTorn(many bool) (n uint64) {
	for _, t := range a.tasks {
		if q := t.waiting; q != nil && (many || q.clones || q.own || q.idtype == event.IDGroup) {
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
	switch k := a.terminal; {
	case k == nil || a.status&0x7f != int(k.signal):
	case k.stranger:
		w.strangers = append(w.strangers, a)
	case k.thread != nil:
		w.bereaved = append(w.bereaved, a)
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

// others reports whether the init of a PID namespace has to wait, as it ends, for processes there that it cannot reap:
// those that another one has created there.
func (w *world) others(init *actor) bool {
	return init.namespace == init && slices.ContainsFunc(w.procs, func(a *actor) bool {
		return a != init && a.namespace == init && a.state != gone && a.process() != init
	})
}

// orphan hands on the children of the last task of a process that ends: to the nearest subreaper above.
func (w *world) orphan(last *task) {
	to, children := last.of.heir().firstTask(), last.children
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

// heir is who adopts the children of a process that ends.
func (a *actor) heir() *actor {
	heir := a.process()
	for !heir.root && (!heir.subreaper || heir.state != alive) {
		heir = heir.process()
	}
	return heir
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
		finds := !q.own && (q.all || q.clones == (c.exitSignal != syscall.SIGCHLD)) // a wait that came in time
		if finds && c.state == gone && c.process() == q.by.of && !c.missed && !same {
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
	k := &kill{comm: by.comm, signal: sig, by: by, stranger: by != to && by != to.process()}
	inside := to.namespace == to && by.namespace == to
	switch sig {
	case syscall.SIGSTOP:
		if inside {
			w.spare(to, sig)
			return
		}
		w.stop(to, k)
	case syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		if to.namespace == to && to.action[sig].how == byDefault {
			w.spare(to, sig)
		} else if to.action[sig].how == byDefault && !w.orphaned(to.group, nil, (*actor).process) {
			w.stop(to, k)
		}
	case syscall.SIGCONT:
		w.resume(to)
	case syscall.SIGCHLD:
		w.chld(to.leader, 0, nil)
	case syscall.SIGKILL:
		if inside {
			w.spare(to, sig)
			return
		}
		fallthrough
	default:
		w.arrive(to, k)
	}
}

func (w *world) spare(init *actor, sig syscall.Signal) {
	i := slices.IndexFunc(w.spared, func(s discarded) bool { return s.init == init && s.signal == sig })
	if i < 0 {
		i = len(w.spared)
		w.spared = append(w.spared, discarded{init: init, signal: sig})
	}
	w.spared[i].times++
}

func (w *world) stop(a *actor, k *kill) {
	if !a.stopped {
		a.stopped, a.stopper, a.stoppedAt = true, k, w.now
		w.moved(a)
	}
}

func (w *world) resume(a *actor) {
	if a.stopped {
		a.stops, a.stopped = a.stopsFor(w.now), false
		w.moved(a)
		w.takeDue(a) // their numbers are lower
		w.deliver(a)
	}
}

// arrive is a signal that ends a process, where it has its default action and is not blocked.
func (w *world) arrive(a *actor, k *kill) {
	switch {
	case a.state != alive:
	case k.signal == syscall.SIGKILL:
		a.terminal = k
		w.end(a, int(k.signal))
	case a.namespace == a && a.action[k.signal].how == byDefault && !a.leader.holds(k.signal):
		w.spare(a, k.signal)
	case a.action[k.signal].how == ignore && !a.leader.holds(k.signal): // by the leader, the kernel looks
	case slices.ContainsFunc(a.due, func(o *kill) bool { return o.signal == k.signal }): // it is lost in that one
	default:
		a.due = append(a.due, k)
		w.takeDue(a)
	}
}

// holds reports whether a task blocks a signal.
func (t *task) holds(sig syscall.Signal) bool {
	return sig == syscall.SIGTERM && t.spares || sig == syscall.SIGCHLD && t.blocks
}

// takeDue lets a task that does not block them take the signals that are pending, by their numbers.
func (w *world) takeDue(a *actor) {
	slices.SortStableFunc(a.due, func(k, o *kill) int { return int(k.signal) - int(o.signal) })
	for _, k := range slices.Clone(a.due) {
		if a.state != alive || a.stopped ||
			!slices.ContainsFunc(a.tasks, func(t *task) bool { return !t.holds(k.signal) }) {
			continue
		}
		a.forgetDue(k.signal)
		switch {
		case a.action[k.signal].how != byDefault:
		case a.namespace == a:
			w.spare(a, k.signal)
		default:
			a.terminal = k
			w.end(a, int(k.signal))
		}
	}
}

func (a *actor) forgetDue(sig syscall.Signal) {
	a.due = slices.DeleteFunc(a.due, func(k *kill) bool { return k.signal == sig })
}

// take is a call that takes a signal that is pending.
func (w *world) take(a *actor, sig syscall.Signal) {
	if a.forgetDue(sig); sig == syscall.SIGCHLD {
		a.pending = nil
	}
}

// bereave sends a child the parent-death signals that it asked for.
func (w *world) bereave(c *actor, thread *departed) {
	for _, t := range c.mortals() {
		k := &kill{signal: t.death, thread: thread}
		if thread != nil {
			k.comm, k.by = thread.of.comm, thread.of
		}
		w.arrive(c, k)
	}
}

// mortals are the tasks that have asked for a parent-death signal. A leader that has ended is one of them still.
func (a *actor) mortals() (all []*task) {
	if a.state != alive {
		return nil
	}
	if !slices.Contains(a.tasks, a.leader) && a.leader.death != 0 {
		all = append(all, a.leader)
	}
	for _, t := range a.tasks {
		if t.death != 0 {
			all = append(all, t)
		}
	}
	return all
}

// hangUp: the group of a process that is stopped has nobody left who could let it go on.
func (w *world) hangUp(a *actor) {
	w.arrive(a, &kill{signal: syscall.SIGHUP})
	if a.state == alive {
		w.resume(a)
	}
}

// orphaned reports whether nobody in a process group has a parent in another one of the session, but for one who ends.
func (w *world) orphaned(group int, ends *actor, parent func(*actor) *actor) bool {
	return !slices.ContainsFunc(w.procs, func(a *actor) bool {
		p := parent(a)
		return a.group == group && a.state == alive && a != ends && p.group != group && p.session == a.session
	})
}

// stranded are the processes that are hung up as one ends: of groups that become orphaned and have one that is stopped.
func (w *world) stranded(ends *actor) (all []*actor) {
	parent := func(a *actor) *actor {
		if a.process() == ends {
			return ends.heir()
		}
		return a.process()
	}
	left := map[int]bool{}
	if p := ends.process(); p.group != ends.group && p.session == ends.session && w.orphaned(ends.group, ends, parent) {
		left[ends.group] = true
	}
	for _, a := range w.procs {
		if a.state != gone && !a.root && a.process() == ends && a.group != ends.group && a.session == ends.session &&
			w.orphaned(a.group, nil, parent) {
			left[a.group] = true
		}
	}
	for _, a := range w.procs {
		if left[a.group] && a.state == alive && a != ends && slices.ContainsFunc(w.procs, func(o *actor) bool {
			return o.group == a.group && o.state == alive && o.stopped && o != ends
		}) {
			all = append(all, a)
		}
	}
	return all
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
	if a.how == ignore {
		t.of.forgetDue(sig)
	}
}

func (w *world) mask(t *task, sig syscall.Signal, blocks bool) {
	if sig == syscall.SIGCHLD {
		t.blocks = blocks
		w.deliver(t.of)
		return
	}
	t.spares = blocks
	w.takeDue(t.of)
}

// listens reports whether a task of p does not block SIGCHLD.
func (p *actor) listens() bool {
	return slices.ContainsFunc(p.tasks, func(t *task) bool { return !t.blocks })
}
