package model

import (
	"tracer/event"
)

// State of a process or a thread.
type State uint8

// The states.
const (
	Alive  State = iota
	Zombie       // dead, not yet reaped
	Gone         // reaped, or a thread that ended
	Ending       // a process that has ended, and that its parent cannot wait for yet
)

// String returns the state's word.
func (s State) String() string { return [...]string{"alive", "zombie", "gone", "ending"}[s] }

// Reaping says by whom a dead process was removed.
type Reaping uint8

// The ways.
const (
	NotReaped Reaping = iota
	ByParent          // a wait of its creator's process
	ByOther           // a wait of another process, after its parent ended
	ByKernel          // at its end, so that it never was a zombie: nobody wants to wait for it
	Dropped           // by the kernel, a zombie for which nobody had waited
)

// String returns words for a reader.
func (r Reaping) String() string {
	return [...]string{"not reaped", "by its parent", "by another", "by the kernel", "dropped by the kernel"}[r]
}

// Process is a thread group. Read it only; the model alone writes. Its fields stand so as to spare room: there can be a
// million.
type Process struct {
	ID     event.Task // leader's thread id and start
	PID    event.PID
	Status int32  // wait status once ended
	Number uint64 // of it alone, in this trace: ids are used again
	Comm   event.Text
	Path   string
	Args   string // each ended by NUL

	State       State
	Root        bool // launched by tracer: its creation and end are not counted
	Guessed     bool // completed after a loss
	Seen        bool // ran, or was a zombie, before tracer attached
	DiedBefore  bool // it was a zombie before tracer attached
	FoundDead   bool // its exit was not seen: Ended is when it was found dead, and it has been a zombie for longer
	Subreaper   bool // it inherits the orphans among its descendants (PR_SET_CHILD_SUBREAPER)
	Asked       bool // it was created so that the kernel reaps it
	OutOfMemory bool // the kernel had chosen it to be killed as memory ran out
	LeaderEnded bool // its leader ended, other threads live
	EndedInit   bool // it was the init of a PID namespace, and waited, or waits, until all others there were reaped
	Reaping     Reaping
	ReapCall    event.Call

	doubted    bool   // dropped, unless a former parent had reaped it: that is not known yet
	listed     bool   // among the dead of the forest
	spare      bool   // it has left, and is to be used again when it is not listed any more
	executed   bool   // a program of its own: it has no copies of its creator's coroutines
	exitSignal int8   // that its end sends; 0: none
	reason     Reason // why the kernel let go of it
	disposal   Disposal

	ReapedBy  event.PID
	Stopped   int32     // the signal that stopped it; 0: it runs
	Creator   event.PID // process that called fork or clone
	ParentPID event.PID // real parent now
	InnerPID  event.PID // its id in its own PID namespace, as the processes there see it; 0 when not known
	nsPID     event.PID // its id in the PID namespace of its parent
	whose     event.PID // disposition is the reason, or whose PID namespace
	// namespaceInit was the init of its PID namespace, which is ending; 0: it is not
	namespaceInit event.PID
	reaper        event.PID  // who inherits its children, as its exit told
	level         int32      // depth
	Born          event.Time // 0: before the trace
	Ended         event.Time // when its last task ended
	ZombieSince   event.Time // from when on its parent could wait for it: as a rule since it ended
	GoneAt        event.Time
	// The ordinals in the trace of the events by which that is known
	EndedEvent, GoneEvent uint64

	ThreadsAlive int // besides the leader
	ThreadsMade  uint64
	Cost         *event.Cost // its event's, which does not change: once it has ended; nil when that did not tell
	ChildrenMade uint64
	Zombies      int // dead children that wait for it now
	Service

	birth     event.PID
	told      event.PID  // parent, as it was last reported, not guessed
	confirmed event.Time // when it was last said that it is there
	levelAt   uint64     // the number of moves at which it was at this

	// What few have is made when it is needed
	sent       *sent // those that are pending, the last one first
	signals    *SignalCounts
	accepting  *Accepting
	coroutines *coroutineList
	orphaned   *orphaned
	custody    *custody
	parenting  *parenting
	left       *Leaving // how it lost its parent before this one
	attempted  *attempt // the last exec, when it failed; it is replaced, not changed

	parent *Process
	links[Process]
	children list[Process, *Process]
	threads  list[Thread, *Thread]
}

// Accepting is what a process that accepts connections has done.
type Accepting struct {
	Accepts  uint64
	LastPeer event.Addr
	Listener event.Addr // of its last accept
	Queue    uint32     // connections left in that listener's backlog at its last accept
	Backlog  uint32

	firstAt event.Time // its first accept
	first   event.Addr // the listener of that
	line    uint64     // the number of the first process of those that accept there and come from one another by forks
}

// Accepting returns what it has accepted.
func (p *Process) Accepting() Accepting { return valueOf(p.accepting) }

// orphaned holds how a process came to another parent after a loss, while nothing tells that it was still there then: a
// resync can show that it had been reaped before. It is replaced, not changed.
type orphaned struct {
	times uint64
	from  event.PID // its parent before
}

// Thread is a task of a process that is not its leader.
type Thread struct {
	ID      event.Task
	Number  uint64 // of it alone, in this trace
	Comm    event.Text
	State   State // Alive or Gone
	Born    event.Time
	Ended   event.Time
	Status  int32
	Cost    *event.Cost // once it has ended, by its exit; nil when that was not seen, or did not tell
	Accepts uint64
	Service
	Process *Process

	confirmed event.Time

	links[Thread]
}

// Parent is the process that must wait for this one, nil when it is outside the traced set.
func (p *Process) Parent() *Process {
	if p.parent == nil || p.parent.PID == 0 { // the holder of the tops has no id
		return nil
	}
	return p.parent
}

// FirstChild is the oldest child still in the forest; go on with Next.
func (p *Process) FirstChild() *Process { return p.children.first }

// FirstThread is the oldest thread still in the forest; go on with Next.
func (p *Process) FirstThread() *Thread { return p.threads.first }

// Adopted reports whether its parent is no longer the process it was born under.
func (p *Process) Adopted() bool { return p.ParentPID != p.birth }

// EndedEarlier reports whether p ended before its parent could wait for it: Ended is before ZombieSince, which is not
// known yet while p is Ending.
func (p *Process) EndedEarlier() bool {
	return p.State == Ending || p.State != Alive && p.ZombieSince > p.Ended
}

// ZombieTime is how long it has been, or was, a zombie. Of one that was found dead it is a lower bound.
func (p *Process) ZombieTime(now event.Time) event.Time {
	switch {
	case p.State == Zombie && now > p.ZombieSince:
		return now - p.ZombieSince
	case p.State == Gone && p.GoneAt > p.ZombieSince:
		return p.GoneAt - p.ZombieSince
	}
	return 0
}

// Tops is the oldest process whose parent is outside the traced set; go on with Next.
func (m *Model) Tops() *Process { return m.forest.top.children.first }

// Find returns the present holder of a process id, nil when there is none.
func (m *Model) Find(pid event.PID) *Process { return m.forest.process(pid) }

// Walk visits every process still in the forest, parents before children, the older before the younger. The depth of a
// top is 0. It does not go below a process for which visit returns false.
func (m *Model) Walk(visit func(p *Process, depth int) bool) { m.forest.top.walk(visit) }

// walk visits what is below p. It does not recurse, because a chain can be as long as the forest is large.
func (p *Process) walk(visit func(c *Process, depth int) bool) {
	depth := 0
	for c := p.children.first; c != nil; {
		if visit(c, depth) && c.children.first != nil {
			c, depth = c.children.first, depth+1
			continue
		}
		for c.next == nil {
			if c.parent == p {
				return
			}
			c, depth = c.parent, depth-1
		}
		c = c.next
	}
}

// under reports whether p is q or below it.
func (p *Process) under(q *Process) bool {
	for p != nil && p != q {
		p = p.parent
	}
	return p == q
}

func (p *Process) adopt(c *Process) {
	c.parent = p
	p.children.add(c)
}

func (c *Process) leave() {
	if c.parent != nil {
		c.parent.children.remove(c)
		c.parent = nil
	}
}

// EndUnseen reports whether the end of p was not reported though nothing was lost: p was ending as tracer attached.
func EndUnseen(m *Model, p *Process) bool { return p.Guessed && p.Seen && m.counters.EventsLost == 0 }
