package model

import (
	"slices"

	"tracer/event"
)

// Joined are processes that accept where the one accepts that forked them, and had before: a child of a server that
// goes on in its loop. They have executed no program since.
type Joined struct {
	PID      event.PID // the first one of the line
	Name     event.Text
	Listener event.Addr
	Count    uint64
	Tasks    []event.PID // the first, at most MaxEvidence
	First    event.Text  // how the first of them is called
	// Evidence are their first accepts.
	Evidence Evidence
}

// JoinedIn returns those in m, in the order in which that began. It is the model's own: read it before the next Apply.
func JoinedIn(m *Model) []Joined { return m.sockets.joined.list }

// joinKey is for what they are kept together.
type joinKey struct {
	line     uint64 // the number of the first one
	listener event.Addr
}

// joins keeps that p, which accepts for the first time, does so where the one did that forked it.
func (s *sockets) joins(p *Process, at event.Time) {
	a := p.accepting
	a.firstAt, a.line, a.first = at, p.Number, a.Listener
	by := s.creator(p)
	if by == nil || p.executed || by.accepting == nil || by.accepting.firstAt >= p.Born ||
		by.accepting.first != a.Listener {
		return
	}
	a.line = by.accepting.line
	i, added := s.joined.place(joinKey{a.line, a.Listener}, maxTold)
	if i < 0 {
		return
	}
	to := &s.joined.list[i]
	if added {
		*to = Joined{PID: by.PID, Name: by.Comm, Listener: a.Listener, First: p.Comm}
	}
	to.Count++
	to.Evidence.add(s.m.ordinal)
	if len(to.Tasks) < MaxEvidence {
		to.Tasks = append(to.Tasks, p.PID)
	}
}

func (s *sockets) cloneJoined() firsts[joinKey, Joined] {
	n := s.joined.clone()
	for i := range n.list {
		j := &n.list[i]
		j.Tasks, j.Evidence = slices.Clone(j.Tasks), slices.Clone(j.Evidence)
	}
	return n
}
