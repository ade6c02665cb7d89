package model

import (
	"slices"

	"tracer/event"
)

// Cut are connections that the end of a process closed, which had read them first, and to which nothing was written.
type Cut struct {
	PID    event.PID
	Name   event.Text // of the process
	Status int32      // with which it ended
	Count  uint64
	// Threads are those that another thread than its leader had read first.
	Threads uint64
	// Open are those of which the client had not finished then, Finished those of which it had shut down its writing,
	// or closed; of the rest that is not known.
	Open, Finished uint64
	Longest        event.Time // from the accept to the close
	// Evidence are the closes.
	Evidence Evidence
}

// CutIn returns those in m by process, in the order in which they were closed. It is the model's own: read it before
// the next Apply.
func CutIn(m *Model) []Cut { return m.sockets.cut.list }

// cutOff keeps that a connection is closed, when the end of the process that serves it does so: the exit is told first
// (do_exit in kernel/exit.c).
func (s *sockets) cutOff(c *Connection, e *event.Event) {
	p := c.Server
	if p == nil || p.PID != e.PID || p.State == Alive || c.BytesRead == 0 || c.BytesWritten > 0 ||
		e.Flags.Has(event.PeerGone) { // whom there was nobody to cut off from
		return
	}
	i, added := s.cut.place(p.Number, maxTold)
	if i < 0 {
		return
	}
	to := &s.cut.list[i]
	if added {
		*to = Cut{PID: p.PID, Name: p.Comm, Status: p.Status}
	}
	to.Count++
	if c.ServedBy != event.TID(p.PID) {
		to.Threads++
	}
	switch {
	case e.Flags.Has(event.PeerOpen):
		to.Open++
	case e.Flags.Has(event.PeerFinished):
		to.Finished++
	}
	to.Longest = max(to.Longest, e.Time-c.Accepted)
	to.Evidence.add(s.m.ordinal)
}

func (s *sockets) cloneCut() firsts[uint64, Cut] {
	n := s.cut.clone()
	for i := range n.list {
		n.list[i].Evidence = slices.Clone(n.list[i].Evidence)
	}
	return n
}
