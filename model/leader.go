package model

import (
	"slices"

	"tracer/event"
)

// LeaderEnd is a process whose leader ended, and other threads of it did not for a while.
type LeaderEnd struct {
	PID      event.PID
	Name     event.Text // of the process, then
	At       event.Time
	Until    event.Time // the last thread ended; 0: not yet
	Before   bool       // it was so as tracer came: At is when that was seen
	Evidence uint64     // the ordinal of the event that told it

	number uint64 // of the process
}

// For is how long others have been there without it, or were.
func (l *LeaderEnd) For(m *Model) event.Time {
	if l.Until != 0 {
		return l.Until - l.At
	}
	return m.now - l.At
}

// leaderEnds are those that lasted for long, and those that there are now: mostly of a process that ends.
type leaderEnds struct{ past, now []LeaderEnd }

// LeaderEnds returns those in m that lasted for LongWait at least, in the order in which they began.
func LeaderEnds(m *Model) []LeaderEnd {
	all := slices.Clone(m.forest.leaders.past)
	for i := range m.forest.leaders.now {
		if l := &m.forest.leaders.now[i]; l.For(m) >= LongWait {
			all = append(all, *l)
		}
	}
	slices.SortFunc(all, func(a, b LeaderEnd) int { return int(a.Evidence) - int(b.Evidence) })
	return all
}

// leader notes whether the leader of p has ended and p has not, as an event tells; before: it had, as tracer came. A
// thread that executes a program becomes the leader, and nothing is kept of that.
func (f *forest) leader(p *Process, ended bool, at event.Time, before bool) {
	if p.LeaderEnded == ended {
		return
	}
	s := &f.leaders
	if p.LeaderEnded = ended; ended {
		s.now = append(s.now, LeaderEnd{PID: p.PID, Name: p.Comm, At: at, Before: before, Evidence: f.m.ordinal,
			number: p.Number})
		return
	}
	i := slices.IndexFunc(s.now, func(l LeaderEnd) bool { return l.number == p.Number })
	l := s.now[i]
	s.now = slices.Delete(s.now, i, i+1)
	if l.Until = at; f.m.event.Kind != event.Exec && l.For(f.m) >= LongWait && len(s.past) < maxTold {
		s.past = append(s.past, l)
	}
}

func (s *leaderEnds) clone() leaderEnds { return leaderEnds{slices.Clone(s.past), slices.Clone(s.now)} }
