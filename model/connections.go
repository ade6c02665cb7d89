package model

import (
	"slices"

	"tracer/event"
)

// Connection is an accepted stream socket, from the backlog to its close. Read it only; the model alone writes.
//
// Its phases, as far as they were reached: it came into the backlog at Accepted - Queued, was accepted, the process
// that serves it was made (Server.Born, when that is later), read it first, replied first, the last descriptor was
// closed, the process ended, was reaped.
type Connection struct {
	Number   uint64 // in this trace, from 1 in the order of the accepts
	Listener event.Addr
	Local    event.Addr
	Peer     event.Addr

	Queued     event.Time // how long it was in the backlog, a duration; 0 when not known
	Queue      uint32     // how many others waited there as it had been accepted
	Backlog    uint32     // the limit of that
	Accepted   event.Time
	AcceptedBy event.PID
	acceptor   event.Task // of it

	// Server is the process that read or wrote it first, nil before that; ServedBy its task, and Coroutine the one that
	// had control of that.
	Server     *Process
	ServedBy   event.TID
	Coroutine  CoroutineID
	FirstRead  event.Time // 0: not yet
	FirstReply event.Time
	Handovers  int // how often another task than before went on with it

	Closed   event.Time // 0: still open
	ClosedBy event.PID  // 0 when the kernel did it later, on its own
	Guessed  bool       // its close was lost: it is taken for closed since nobody is left who can have held it

	BytesRead, BytesWritten uint64

	// Holders were found to have it though they had not read or written it; at most MaxEvidence.
	Holders []*Holder

	Requests  uint64     // of HTTP, where they are traced
	Exchanges []Exchange // the last of them

	last      event.TID   // that read or wrote
	servers   []event.PID // processes besides Server that read or wrote it
	strangers bool        // so did one that is not known
	parting   *parting    // since then nobody has read or written it; it is replaced, not changed

	acceptorServes bool // who accepted it has read or written it
	links[Connection]
}

// Service is what a process, a thread or a coroutine does for clients.
type Service struct {
	Served uint64      // connections that it was the first to read or write
	Serves *Connection // the last one that it read or wrote, perhaps closed by now
	Others bool        // it read or wrote another one before that
}

func (s *Service) take(c *Connection, first bool) {
	if first {
		s.Served++
	}
	s.Others = s.Others || s.Serves != nil && s.Serves != c
	s.Serves = c
}

// ServerCPU is the CPU time that went into it, as far as the end of a task can tell that exactly: of a process that was
// made for it alone, and went on with it alone, all that it used. 0 otherwise, and until that has ended.
func (c *Connection) ServerCPU() event.Time {
	if c.Spawned() == 0 || c.Handovers > 0 || c.Server.Others || c.Server.Served != 1 || c.Server.Cost == nil {
		return 0
	}
	return c.Server.Cost.Process.CPU
}

// Acceptor is the task that accepted it.
func (c *Connection) Acceptor() event.Task { return c.acceptor }

// LastTask is the task that read or wrote it last, 0 before that.
func (c *Connection) LastTask() event.TID { return c.last }

// FirstConnection is the oldest connection still in the forest; go on with Next.
func (m *Model) FirstConnection() *Connection { return m.sockets.connections.first }

// Connection returns the open connection of that number, nil when there is none.
func (m *Model) Connection(number uint64) *Connection { return m.sockets.open[number] }

// Spawned is when the process that serves it was made, 0 when it was there before.
func (c *Connection) Spawned() event.Time {
	if c.Server == nil || c.Server.Born < c.Accepted {
		return 0
	}
	return c.Server.Born
}

// sockets are the connections of the traced set, and what is said on them.
type sockets struct {
	m           *Model
	open        map[uint64]*Connection        // by number
	connections list[Connection, *Connection] // the open ones, and those that closed of late
	closesLost  event.Time                    // when that was last said, 0: never
	cut         firsts[uint64, Cut]           // by number of the process
	joined      firsts[joinKey, Joined]
}

func (s *sockets) accept(e *event.Event) {
	at := e.Socket.Value()
	if p := s.m.forest.process(e.PID); p != nil {
		a := made(&p.accepting)
		a.Accepts++
		a.LastPeer, a.Listener, a.Queue, a.Backlog = at.Peer, at.Listener, at.Queue, at.Backlog
		if a.Accepts == 1 {
			s.joins(p, e.Time)
		}
		s.m.stalling.accepted(p, e.Time, at.Queued)
		s.m.pausing.accepted(p, e.Task.TID, e.Time, at.Queued)
	}
	if t := s.m.forest.threads[e.Task.TID]; t != nil {
		t.Accepts++
	}
	s.m.listeners.accept(e)
	s.connect(&Connection{acceptor: e.Task, Number: e.Connection, Listener: at.Listener, Local: at.Local, Peer: at.Peer,
		Queued: at.Queued, Queue: at.Queue, Backlog: at.Backlog, Accepted: e.Time, AcceptedBy: e.PID})
}

func (s *sockets) connect(c *Connection) {
	if old := s.open[c.Number]; old != nil { // numbers are not given twice, but in a file anything can stand
		s.m.tell(Fact{Kind: Contradicted, Connection: old})
		s.disconnect(old, Fact{Kind: Closed, Flags: Inferred})
	}
	s.open[c.Number] = c
	s.connections.add(c)
	s.m.tell(Fact{Kind: Accepted, Process: s.m.forest.process(c.AcceptedBy), Connection: c, Task: c.acceptor})
}

func (s *sockets) ioUring(e *event.Event) {
	s.m.tell(Fact{Kind: RingCreated, Process: s.m.forest.process(e.PID)})
}

func (s *sockets) serve(e *event.Event) {
	c := s.open[e.Connection]
	if c == nil { // its accept was lost
		s.m.tell(Fact{Kind: Contradicted})
		return
	}
	if e.BytesRead > 0 && c.FirstRead == 0 {
		c.FirstRead = e.Time
	}
	if e.BytesWritten > 0 && c.FirstReply == 0 {
		c.FirstReply = e.Time
	}
	c.parting, c.acceptorServes = nil, c.acceptorServes || e.PID == c.AcceptedBy
	p, first := s.m.forest.process(e.PID), c.Server == nil
	another := c.last != e.Task.TID
	if !first && another {
		c.Handovers++
	}
	c.last = e.Task.TID
	f := Fact{Kind: Served, Process: p, Connection: c, Task: e.Task}
	if !first && another {
		f.Flags |= HandedOver
	}
	if p == nil {
		c.strangers = true
		s.m.tell(f)
		return
	}
	if first {
		f.Flags |= First
	}
	worker := p.coroutines.controller(e.Task.TID)
	if first {
		c.Server, c.ServedBy, c.Coroutine = p, e.Task.TID, worker
	} else if p != c.Server && p.PID != c.AcceptedBy && !slices.Contains(c.servers, p.PID) {
		c.servers = append(c.servers, p.PID)
	}
	p.take(c, first)
	if t := s.m.forest.threads[e.Task.TID]; t != nil {
		t.take(c, first)
		f.Thread = t
	}
	if r := p.coroutine(worker.Runtime, worker.ID); r != nil {
		r.take(c, first)
		f.Coroutine = r
	}
	s.m.tell(f)
}

func (s *sockets) closed(e *event.Event) {
	c := s.open[e.Connection]
	if c == nil {
		s.m.tell(Fact{Kind: Contradicted})
		return
	}
	c.ClosedBy, c.BytesRead, c.BytesWritten = e.PID, e.BytesRead, e.BytesWritten
	s.cutOff(c, e)
	s.disconnect(c, Fact{Kind: Closed})
	s.m.keeping.closed(c, e.PID)
}

// disconnect closes a connection now, and tells of it as the fact says.
func (s *sockets) disconnect(c *Connection, f Fact) {
	c.Closed = s.m.at
	delete(s.open, c.Number)
	s.m.forest.gone.push(goneEntry{at: s.m.at, connection: c})
	f.Process, f.Connection = s.m.forest.process(c.ClosedBy), c
	s.m.tell(f)
}

func (s *sockets) datagram(e *event.Event) {
	s.m.tell(Fact{Kind: Received, Process: s.m.forest.process(e.PID), Task: e.Task})
}
