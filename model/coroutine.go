package model

import (
	"maps"

	"tracer/event"
)

// CoroutineState is what a coroutine does, as far as its runtime tells.
type CoroutineState uint8

// The states. A goroutine whose threads are not traced is only made, and finished.
const (
	Made      CoroutineState = iota // has not been seen to run
	Running                         // has control of its thread
	Suspended                       // had it, and waits to get it again
	Finished                        // ended, or went with its process
)

// String returns the state's word.
func (s CoroutineState) String() string {
	return [...]string{"made", "running", "suspended", "finished"}[s]
}

// Coroutine is what a runtime schedules within a process. Read it only; the model alone writes.
type Coroutine struct {
	ID       uint64 // unique in its process and runtime while it lives
	Number   uint64 // of it alone, in this trace
	Runtime  event.Runtime
	Class    event.Text // the name of its object's type, raw; empty when it has none, or it is not known
	Creator  uint64     // the coroutine that made it, 0 when that is none or not known
	State    CoroutineState
	How      event.How
	Born     event.Time
	Ended    event.Time
	Vanished bool // it did not finish: its process ended, or its end was not seen
	// Inherited: its process goes on with a copy of one of its creator's. Born is when the process was.
	Inherited bool
	Switches  uint64    // how often control went to it
	Thread    event.TID // the one that it runs or ran on last, 0 when not known
	Process   *Process
	Service

	links[Coroutine]
}

// CoroutineID names a coroutine in its process, while it lives.
type CoroutineID struct {
	Runtime event.Runtime
	ID      uint64 // 0: none
}

// Coroutines counts those of a process.
type Coroutines struct {
	Alive          int
	Made, Finished uint64
	Switches       uint64 // between them
}

// Coroutines returns how many it has and had.
func (p *Process) Coroutines() Coroutines {
	if p.coroutines == nil {
		return Coroutines{}
	}
	return p.coroutines.counts
}

// FirstCoroutine is the oldest coroutine still in the forest; go on with Next.
func (p *Process) FirstCoroutine() *Coroutine {
	if p.coroutines == nil {
		return nil
	}
	return p.coroutines.first
}

// maxCoroutines bounds how many living coroutines have a node each. Those beyond it are only counted.
const maxCoroutines = 100_000

// coroutineList holds the coroutines of a process in the order of their making. Nil is one without any.
type coroutineList struct {
	list[Coroutine, *Coroutine]
	counts Coroutines
	living map[CoroutineID]*Coroutine
	// Which one has control of a thread, as far as it is known; it need not have a node
	control  map[event.TID]CoroutineID
	unlisted int // living ones without a node
	// Those that the process has a copy of, from who created it, and that have not been seen to run in it; nil until
	// they are looked for
	inherited map[CoroutineID]event.Text
	forker    CoroutineID // the one that had control of who created the process; zero when that is not known
}

func (l *coroutineList) add(c *Coroutine) {
	l.list.add(c)
	if l.living == nil {
		l.living = map[CoroutineID]*Coroutine{}
	}
	l.living[CoroutineID{c.Runtime, c.ID}] = c
}

// hand notes that c has control of a thread; none, or one that is not known, when its id is 0.
func (p *Process) hand(thread event.TID, c CoroutineID) {
	if c.ID == 0 {
		if p.coroutines != nil {
			delete(p.coroutines.control, thread)
		}
		return
	}
	l := made(&p.coroutines)
	if l.control == nil {
		l.control = map[event.TID]CoroutineID{}
	}
	l.control[thread] = c
}

// controller returns which coroutine has control of a thread, as far as it is known.
func (l *coroutineList) controller(thread event.TID) CoroutineID {
	if l == nil {
		return CoroutineID{}
	}
	return l.control[thread]
}

func (p *Process) coroutine(r event.Runtime, id uint64) *Coroutine {
	if p.coroutines == nil {
		return nil
	}
	return p.coroutines.living[CoroutineID{r, id}]
}

// CoroutinesAlive is how many coroutines live now, in all processes.
func (m *Model) CoroutinesAlive() uint64 { return m.counters.coroutinesAlive }

// runtimes are those that schedule coroutines, as far as they tell.
type runtimes struct {
	m      *Model
	past   goneQueue              // ended coroutines: apart, because they are many and must not push processes out
	copied firsts[uint64, Copied] // by number of the process
}

func (r *runtimes) spawn(e *event.Event) {
	p := r.m.forest.process(e.PID)
	if p == nil || p.State != Alive { // after a loss
		r.m.tell(Fact{Kind: Contradicted, Process: p})
		r.m.tell(Fact{Kind: CoroutineCreated})
		return
	}
	if old := p.coroutine(e.Runtime, e.Coroutine); old != nil { // its end was not seen, and its address is used again
		r.endCoroutine(old, e.Time, Vanished)
	}
	l := made(&p.coroutines)
	l.counts.Made++
	l.counts.Alive++
	if r.m.counters.coroutinesAlive >= maxCoroutines {
		l.unlisted++
		r.m.tell(Fact{Kind: CoroutineCreated, Process: p, Task: e.Task, Flags: Unlisted})
		return
	}
	c := &Coroutine{ID: e.Coroutine, Number: r.m.forest.number(), Runtime: e.Runtime, Class: classOf(e),
		Creator: e.Creator, Born: e.Time, Process: p}
	l.add(c)
	r.m.tell(Fact{Kind: CoroutineCreated, Process: p, Coroutine: c, Task: e.Task})
}

func classOf(e *event.Event) event.Text {
	if e.Rare == nil {
		return ""
	}
	return e.Rare.Class
}

// toScheduler reports whether a switch is one of Go's to its scheduler: the goroutine only stopped.
func toScheduler(e *event.Event) bool { return e.Runtime == event.Goroutine && e.Coroutine == 0 }

func (r *runtimes) switchTo(e *event.Event) {
	p := r.m.forest.process(e.PID)
	if p == nil {
		r.m.tell(Fact{Kind: Contradicted})
		r.m.tell(Fact{Kind: TookControl, Task: e.Task})
		return
	}
	if !toScheduler(e) {
		made(&p.coroutines).counts.Switches++
	}
	p.hand(e.Task.TID, CoroutineID{e.Runtime, e.Coroutine})
	r.goesOn(p, CoroutineID{e.Runtime, e.Previous}, e)
	r.goesOn(p, CoroutineID{e.Runtime, e.Coroutine}, e)
	if c := p.coroutine(e.Runtime, e.Previous); c != nil && c.State == Running && c.Thread == e.Task.TID {
		c.State = Suspended
	}
	c := p.coroutine(e.Runtime, e.Coroutine)
	if c != nil { // a main greenlet is not made, and has no node
		c.State, c.Thread = Running, e.Task.TID
		c.Switches++
		if c.Inherited && c.Switches == 1 {
			r.runsCopy(p, CoroutineID{e.Runtime, e.Coroutine})
		}
	}
	r.m.tell(Fact{Kind: TookControl, Process: p, Coroutine: c, Task: e.Task})
}

func (r *runtimes) finish(e *event.Event) {
	p := r.m.forest.process(e.PID)
	var c *Coroutine
	if p != nil {
		r.goesOn(p, CoroutineID{e.Runtime, e.Coroutine}, e)
		c = p.coroutine(e.Runtime, e.Coroutine)
	}
	if c == nil && e.How == event.Dropped { // it had ended before
		return
	}
	if p != nil {
		made(&p.coroutines).counts.Finished++
		if p.coroutines.controller(e.Task.TID) == (CoroutineID{e.Runtime, e.Coroutine}) {
			p.hand(e.Task.TID, CoroutineID{})
		}
	}
	switch {
	case c != nil:
		c.How = e.How
		r.endCoroutine(c, e.Time, 0)
	case p != nil && p.coroutines.unlisted > 0:
		p.coroutines.unlisted--
		p.coroutines.counts.Alive--
		r.m.tell(Fact{Kind: CoroutineEnded, Process: p, Flags: Unlisted})
	default: // it was there before: in the parent of a process that forked, or its creation was lost
		r.m.tell(Fact{Kind: CoroutineEnded, Process: p})
	}
}

// goesOn gives a node to a coroutine that runs, or ends, in a copy: its process was forked since it was made.
func (r *runtimes) goesOn(p *Process, id CoroutineID, e *event.Event) {
	if id.ID == 0 || p.Creator == 0 || p.State != Alive || p.coroutine(id.Runtime, id.ID) != nil {
		return
	}
	r.lookForInherited(p)
	class, known := p.coroutines.inherited[id]
	if !known {
		return
	}
	delete(p.coroutines.inherited, id)
	if r.m.counters.coroutinesAlive >= maxCoroutines {
		return
	}
	c := &Coroutine{ID: id.ID, Number: r.m.forest.number(), Runtime: id.Runtime, Class: class, Born: p.Born,
		State: Suspended, Inherited: true, Process: p}
	if p.coroutines.controller(e.Task.TID) == id {
		c.State, c.Thread = Running, e.Task.TID
	}
	p.coroutines.add(c)
	p.coroutines.counts.Alive++
	r.m.tell(Fact{Kind: CoroutineInherited, At: p.Born, Process: p, Coroutine: c, Task: p.ID})
}

// lookForInherited notes which coroutines of its creator p has copies of: those that lived when it was born. Only what
// is still in the forest is found.
func (r *runtimes) lookForInherited(p *Process) {
	l := made(&p.coroutines)
	if l.inherited != nil {
		return
	}
	l.inherited = map[CoroutineID]event.Text{}
	creator := r.m.forest.process(p.Creator)
	if p.executed || creator == nil || creator == p || creator.Number > p.Number { // its id is another's now
		return
	}
	if creator.Creator != 0 && creator.State == Alive {
		r.lookForInherited(creator)
		maps.Copy(l.inherited, creator.coroutines.inherited)
	}
	for c := creator.FirstCoroutine(); c != nil; c = c.next {
		if c.Born <= p.Born && (c.State != Finished || c.Ended > p.Born) {
			l.inherited[CoroutineID{c.Runtime, c.ID}] = c.Class
		}
	}
}

func (r *runtimes) endCoroutine(c *Coroutine, at event.Time, flags FactFlags) {
	c.State, c.Ended, c.Vanished = Finished, at, flags.Has(Vanished)
	delete(c.Process.coroutines.living, CoroutineID{c.Runtime, c.ID})
	c.Process.coroutines.counts.Alive--
	r.past.push(goneEntry{at: at, coroutine: c})
	r.m.tell(Fact{Kind: CoroutineEnded, At: at, Process: c.Process, Coroutine: c, Flags: flags})
}

// vanishAll ends the coroutines of a process that ended or executed another program.
func (r *runtimes) vanishAll(p *Process, at event.Time) {
	l := p.coroutines
	if l == nil {
		return
	}
	for c := l.first; c != nil; c = c.next {
		if c.State != Finished {
			r.endCoroutine(c, at, Vanished)
		}
	}
	n := l.unlisted
	l.unlisted, l.control, l.inherited = 0, nil, nil
	l.counts.Alive -= n
	if n > 0 {
		r.m.tell(Fact{Kind: CoroutineEnded, At: at, Count: uint64(n), Process: p, Flags: Vanished | Unlisted})
	}
}

// checkCoroutines holds the coroutines of p against its numbers.
func (p *Process) checkCoroutines(fail func(string, ...any)) {
	alive := 0
	for c := p.FirstCoroutine(); c != nil; c = c.Next() {
		living := p.coroutine(c.Runtime, c.ID) == c
		if living == (c.State == Finished) || c.Process != p || living && c.Ended != 0 || !living && c.Ended < c.Born {
			fail("process %d: coroutine %#x is %v, born %v, ended %v, of process %d", p.PID, c.ID, c.State, c.Born,
				c.Ended, c.Process.PID)
		}
		if living {
			alive++
		}
	}
	if l := valueOf(p.coroutines); alive != len(l.living) || alive+l.unlisted != l.counts.Alive {
		fail("process %d counts %d coroutines; has %d, and %d without a node", p.PID, l.counts.Alive, alive, l.unlisted)
	}
}
