package model

import "tracer/event"

// A Stall is a time for which a call, or what it computed, held a thread that others needed: the only one of a process
// with an event loop, or one that runs coroutines.
type Stall struct {
	Call      event.Call
	Computed  bool       // it had a CPU: there was no call
	Thread    event.TID  // 0: the only one that the process ever had
	Held      event.Time // a duration: on a CPU, or blocked until it had one again
	Ended     event.Time
	Coroutine CoroutineID // that had control of the thread; zero when none is known
	// Open is how many connections were open that this process alone had read and written, Queued how many were in the
	// backlog meanwhile that it accepted afterwards.
	Open, Queued uint64
	Evidence     uint64 // the ordinal of the event
}

// holdsUp reports whether it is known that somebody had to wait: besides the one who may have wanted the call.
func (s *Stall) holdsUp() bool { return s.Open > 1 || s.Queued > 0 || s.Coroutine.ID != 0 }

// Stalls are those of a process.
type Stalls struct {
	PID   event.PID
	Comm  event.Text
	Count uint64 // of those that held somebody up; 0 when it is not known
	Worst Stall  // the longest of them

	last Stall // still to be counted: what it accepts next can have waited meanwhile
}

// maxStalls bounds for how many processes stalls are kept: the first ones.
const maxStalls = 1024

// stalling keeps stalls, by the numbers of their processes.
type stalling struct {
	m *Model
	firsts[uint64, Stalls]
}

// threadOrOnly returns a thread of p, 0 when it is known to be the only one that p ever had.
func (p *Process) threadOrOnly(m *Model, thread event.TID) event.TID {
	if p.ThreadsMade == 0 && m.complete(event.Fork) {
		return 0
	}
	return thread
}

// StallsIn returns, for each process with stalls that held somebody up, what is known of them.
func StallsIn(m *Model) (all []Stalls) {
	for _, s := range m.stalling.list {
		if s.settle(); s.Count == 0 {
			continue
		}
		if !m.complete(event.Stall) {
			s.Count = 0
		}
		all = append(all, s)
	}
	return all
}

// settle counts the last one.
func (s *Stalls) settle() {
	if s.last.holdsUp() {
		s.Count++
		if s.last.Held > s.Worst.Held {
			s.Worst = s.last
		}
	}
	s.last = Stall{}
}

// keeper is the coroutine of p that keeps others from a thread as long as that is held; zero when none is known to.
func (p *Process) keeper(m *Model, thread event.TID) CoroutineID {
	c := p.coroutines.controller(thread)
	// Go's scheduler gives the other goroutines another thread
	if c.Runtime == event.Goroutine || p.Coroutines().Alive < 2 ||
		!m.complete(event.Spawn, event.Switch, event.Finish) {
		return CoroutineID{}
	}
	return c
}

func (s *stalling) stall(e *event.Event) {
	p := s.m.forest.process(e.PID)
	if p == nil {
		return
	}
	stall := Stall{Call: e.Call, Thread: e.Task.TID, Held: e.Waited, Ended: e.Time, Evidence: s.m.ordinal}
	if cpu := e.Cost.Value().Task.CPU; cpu > 0 {
		stall.Computed, stall.Held = true, cpu
	}
	stall.Thread = p.threadOrOnly(s.m, stall.Thread)
	stall.Coroutine = p.keeper(s.m, e.Task.TID)
	if stall.Coroutine.ID == 0 && (stall.Thread != 0 || !e.Flags.Has(event.Loops)) {
		return
	}
	if stall.Thread == 0 {
		stall.Open = s.m.sockets.openOf(p)
	}
	if of := s.kept(p); of != nil {
		of.settle()
		of.last = stall
	}
}

// kept returns what is kept of a process, nil when there is no room.
func (s *stalling) kept(p *Process) *Stalls {
	i, added := s.place(p.Number, maxStalls)
	if i < 0 {
		return nil
	}
	if added {
		s.list[i].PID = p.PID
	}
	s.list[i].Comm = p.Comm
	return &s.list[i]
}

// accepted notes that a connection has come out of the backlog, which it can have entered before a stall was over.
func (s *stalling) accepted(p *Process, at, queued event.Time) {
	i, ok := s.known[p.Number]
	if !ok || queued == 0 {
		return
	}
	for _, stall := range []*Stall{&s.list[i].Worst, &s.list[i].last} {
		if stall.Thread == 0 && stall.Ended > at-queued {
			stall.Queued++
		}
	}
}

// openOf is how many connections are open that a process alone has read and written; 0 when closes were lost.
func (s *sockets) openOf(p *Process) (n uint64) {
	if s.closesLost != 0 || !s.m.complete(event.Serve) {
		return 0
	}
	for _, c := range s.open {
		if c.Server == p && !c.strangers && len(c.servers) == 0 && c.AcceptedBy == p.PID {
			n++
		}
	}
	return n
}

func (s *stalling) clone() stalling {
	return stalling{firsts: s.firsts.clone()}
}
