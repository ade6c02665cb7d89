package model

import "tracer/event"

// When closes were lost, connections seem open that are not. Whether somebody can still hold a descriptor of one is
// known from who accepted, read and wrote it and from who descends from whom, but for a process that was sent the
// descriptor and has not used it.

// A holders knows who can hold what, of the processes that live.
type holders struct {
	lines map[*Process]bool // they live, or one that descends from them does
	since event.Time        // the latest birth of one whose creator is not known: it can hold what was accepted before
}

// unknownBirth is when a process was created of which it is not known.
const unknownBirth = event.Time(1<<63 - 1)

func (s *sockets) holders() holders {
	h := holders{lines: make(map[*Process]bool, len(s.m.forest.processes))}
	for _, p := range s.m.forest.processes {
		if p.State != Alive {
			continue
		}
		for p != nil && !h.lines[p] {
			h.lines[p] = true
			creator := s.creator(p)
			if creator == nil && !p.Root {
				h.since = max(h.since, p.created())
			}
			p = creator
		}
	}
	return h
}

// created is when the process was created, unknownBirth when that is not known.
func (p *Process) created() event.Time {
	if p.ID.Start == 0 {
		return unknownBirth
	}
	return p.ID.Start
}

// creator is the process that created p, nil when it is gone or not known.
func (s *sockets) creator(p *Process) *Process {
	c := s.m.forest.process(p.Creator)
	if c == nil || c == p || c.created() > p.created() { // its id is another's now
		return nil
	}
	return c
}

// canHold reports whether a living process can have a descriptor of c.
func (h *holders) canHold(m *Model, c *Connection) bool {
	if len(h.lines) == 0 {
		return false
	}
	if h.since > c.Accepted || c.strangers || h.lines[c.Server] {
		return true
	}
	for _, by := range append([]event.PID{c.AcceptedBy}, c.servers...) {
		p := m.forest.process(by)
		if h.lines[p] && (p.ID.Start <= c.Accepted || by != c.AcceptedBy) {
			return true
		}
	}
	return false
}

// closeUnheld closes the connections that were open when closes were lost and that nobody can hold any more.
func (s *sockets) closeUnheld() {
	if s.closesLost == 0 {
		return
	}
	h := s.holders()
	for c := s.connections.first; c != nil; c = c.next {
		if c.Closed == 0 && c.Accepted <= s.closesLost && !h.canHold(s.m, c) {
			c.Guessed = true
			s.disconnect(c, Fact{Kind: Closed, Flags: Inferred})
		}
	}
}
