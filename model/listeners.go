package model

import (
	"slices"

	"tracer/event"
)

// Listener is what is known of the sockets that listen at one address. Of Unix sockets only their accepts are.
type Listener struct {
	Address event.Addr
	PID     event.PID // the process that accepted there, or while none did, closed it; 0: several did, or none
	Comm    event.Text
	Accepts uint64
	Queue   uint32     // the most connections that waited in the backlog while it was looked at
	Backlog uint32     // its limit, as it was last
	Queued  event.Time // the longest that a connection waited there before it was accepted
	Dropped uint64     // attempts to connect that the kernel dropped
	Looked  bool       // at the backlog, so the two above are known
	Full    bool       // so many waited as there can be, or it takes but one more
	Waiting uint32     // that wait as tracer leaves
	Events  Evidence   // of what was dropped

	Acceptors   []Acceptor // the first first; at most MaxNames
	Leaks       []*Leak    // programs that were executed with it; at most MaxEvidence
	Occupants   []Occupant // whom looks have found to hold it, the first first; at most MaxNames
	ServerEnded event.Time // when who accepts there, or had it listen, did, once there are leaks; 0: not yet

	several    bool // processes
	serverComm event.Text
}

// An Acceptor is a process that has accepted at a listener.
type Acceptor struct {
	PID     event.PID
	Comm    event.Text // as it accepted first
	Accepts uint64

	process uint64 // its number; 0: not known
}

// Listeners are those that are known, the first first; at most MaxNames.
type Listeners struct {
	All []*Listener

	m         *Model
	byAddress map[event.Addr]*Listener
	leaks     uint64 // so often was a program executed with one
}

// named returns the listener at an address, nil when there are too many.
func (l *Listeners) named(address event.Addr) *Listener {
	at := l.byAddress[address]
	if at == nil {
		if len(l.All) >= MaxNames {
			return nil
		}
		at = &Listener{Address: address}
		l.byAddress[address] = at
		l.All = append(l.All, at)
	}
	return at
}

// DroppedAt is how many attempts to connect the kernel dropped at an address.
func (l *Listeners) DroppedAt(address event.Addr) uint64 {
	return valueOf(l.byAddress[address]).Dropped
}

// at returns the listener of an accept or a drop, nil when there are too many, after it has taken in what both tell.
func (l *Listeners) at(e *event.Event) *Listener {
	s := e.Socket.Value()
	at := l.named(s.Listener)
	if at == nil {
		return nil
	}
	at.Queue, at.Backlog = max(at.Queue, s.Queue), s.Backlog
	at.Looked = true
	at.Full = at.Full || s.Queue >= s.Backlog
	return at
}

// by takes in who accepts there.
func (at *Listener) by(pid event.PID, p *Process) {
	at.several = at.several || at.Accepts > 0 && at.PID != pid
	at.is(pid, p)
	if at.several {
		at.PID, at.Comm = 0, ""
	}
}

// acceptedBy counts an accept of a process.
func (at *Listener) acceptedBy(pid event.PID, p *Process) {
	process := valueOf(p).Number
	i := slices.IndexFunc(at.Acceptors, func(a Acceptor) bool { return a.PID == pid && a.process == process })
	if i < 0 {
		if len(at.Acceptors) >= MaxNames {
			return
		}
		i = len(at.Acceptors)
		at.Acceptors = append(at.Acceptors, Acceptor{PID: pid, Comm: valueOf(p).Comm, process: process})
	}
	at.Acceptors[i].Accepts++
}

func (at *Listener) is(pid event.PID, p *Process) {
	at.PID, at.Comm = pid, ""
	if p != nil {
		at.Comm = p.Comm
	}
}

func (l *Listeners) accept(e *event.Event) {
	if at := l.at(e); at != nil {
		p := l.m.forest.process(e.PID)
		at.by(e.PID, p)
		at.Accepts++
		at.acceptedBy(e.PID, p)
		l.accepted(at, p)
		at.Queued = max(at.Queued, e.Socket.Value().Queued)
	}
}

func (l *Listeners) drop(e *event.Event) {
	if at := l.at(e); at != nil {
		if at.Accepts == 0 {
			at.is(e.PID, l.m.forest.process(e.PID))
		}
		at.Dropped += e.Count
		if e.PID == 0 {
			at.Waiting = e.Socket.Value().Queue
		}
		if e.Count > 0 {
			at.Events.add(l.m.ordinal)
		}
	}
	if e.Count > 0 {
		l.m.tell(Fact{Kind: Overflowed, Process: l.m.forest.process(e.PID), Task: e.Task, Count: e.Count})
	}
}

// clone returns a copy that shares nothing, of another model.
func (l *Listeners) clone() (n Listeners) {
	n.All, n.byAddress = cloneKeyed(l.All, l.byAddress, func(at *Listener) {
		at.Events, at.Occupants = slices.Clone(at.Events), slices.Clone(at.Occupants)
		at.Acceptors = slices.Clone(at.Acceptors)
		at.Leaks = slices.Clone(at.Leaks)
		for i, leak := range at.Leaks {
			at.Leaks[i] = copied(leak)
		}
	})
	n.leaks = l.leaks
	return n
}
