package model

import "tracer/event"

// HeldSocket is a socket that a process holds without use, as far as it was found to: a connection that it has not read
// or written, or a listening socket at which it has not accepted.
type HeldSocket struct {
	PID        event.PID
	Comm       event.Text
	Connection *Connection // nil: it listens
	Listener   event.Addr
	FD         int32      // of one that listens
	Executed   bool       // its program was executed with it
	Seen       event.Time // when a look found it, the last one; 0: none did
}

// HeldIn returns what processes hold without use now: connections, in the order of their accepts, then listeners.
func HeldIn(m *Model) (all []HeldSocket) {
	for c := m.sockets.connections.first; c != nil; c = c.next {
		if c.Closed != 0 {
			continue
		}
		for _, h := range c.HoldersIn(m) {
			all = append(all, HeldSocket{PID: h.PID, Comm: h.Comm, Connection: c, Executed: h.Executed, Seen: h.Seen})
		}
	}
	for _, at := range m.listeners.All {
		for _, leak := range at.Leaks {
			p := m.forest.process(leak.PID)
			if leak.Accepts || leak.Ended || !at.ofTrace(leak) || p == nil || p.Number != leak.process ||
				p.State != Alive {
				continue
			}
			all = append(all, HeldSocket{PID: leak.PID, Comm: leak.Comm, Listener: at.Address, FD: leak.FD,
				Executed: true, Seen: leak.Seen})
		}
	}
	return all
}

// HoldersIn returns who has a connection without use: while it is open, those that live.
func (c *Connection) HoldersIn(m *Model) (all []*Holder) {
	for _, h := range c.Unused() {
		p := m.forest.process(h.PID)
		if c.Closed != 0 || h.process == 0 || p != nil && p.Number == h.process && p.State == Alive {
			all = append(all, h)
		}
	}
	return all
}

// Unused returns who was found to have a connection and has not read or written it since, either.
func (c *Connection) Unused() (all []*Holder) {
	for _, h := range c.Holders {
		if !c.used(h.PID) {
			all = append(all, h)
		}
	}
	return all
}

// LastLetGo is who was the last to let go of a connection while others had it, and when, if nobody has read or written
// it since; 0: nobody.
func (c *Connection) LastLetGo() (by event.PID, comm event.Text, at event.Time) {
	p := valueOf(c.parting)
	return p.by, p.comm, p.at
}

// ofTrace reports whether a listener is of the trace: one that tracer was given, and at which nobody accepted, is not.
func (at *Listener) ofTrace(leak *Leak) bool { return at.Accepts > 0 || leak.Owner != 0 }
