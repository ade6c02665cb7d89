package model

import (
	"slices"
	"strings"

	"tracer/event"
)

// Leak is a socket that listens, in a program that was executed with it: which may be meant to accept there, or may
// have it by mistake.
type Leak struct {
	PID   event.PID
	Comm  event.Text
	FD    int32
	Owner event.PID  // who had it listen; 0: not known
	Since event.Time // the exec
	// Seen is when it was last found to hold it still: as it ended, or by a look; 0: not yet.
	Seen  event.Time
	Ended bool // it held it to its end
	// Accepts: it has accepted there since, or a process that may descend from it.
	Accepts bool

	// Event is the ordinal of that the program was executed with it.
	Event uint64

	process uint64 // its number
}

// LongLeak is for how long a program that runs still was seen to hold a socket that it does not accept at, before that
// is worth knowing: one that is to accept there begins to do so.
const LongLeak = event.Time(500e6)

// Occupant is a process that a look found to hold a socket which listens.
type Occupant struct {
	PID      event.PID
	Comm     event.Text
	Untraced bool
	Seen     event.Time
}

// hold takes in that a process has a descriptor of a socket that listens.
func (l *Listeners) hold(e *event.Event) {
	address, occasion, p := e.Socket.Value().Listener, e.Rare.Value().Occasion, l.m.forest.process(e.PID)
	if occasion == event.AtExec || p == nil || p.Accepting().Listener != address {
		l.m.tell(Fact{Kind: Holds, Process: p, Task: e.Task})
	}
	at := l.named(address)
	if at == nil {
		return
	}
	leak := at.leakOf(p)
	switch {
	case occasion == event.AtExec && p != nil:
		l.leaks++
		if leak != nil { // it has executed another program since
			at.Leaks = slices.DeleteFunc(at.Leaks, func(one *Leak) bool { return one == leak })
		} else if len(at.Leaks) >= MaxEvidence {
			at.Leaks = slices.DeleteFunc(at.Leaks, func(one *Leak) bool { return one.Accepts })
		}
		if len(at.Leaks) < MaxEvidence {
			at.Leaks = append(at.Leaks, &Leak{PID: e.PID, Comm: e.Comm, FD: e.FD, Owner: e.Rare.Value().Holder,
				Since: e.Time, process: p.Number, Event: l.m.ordinal})
		}
	case leak != nil:
		leak.Seen, leak.Ended = e.Time, occasion == event.AtExit
	}
	if occasion == event.AtLook {
		at.occupied(e)
	}
}

func (at *Listener) leakOf(p *Process) *Leak {
	for _, leak := range at.Leaks {
		if p != nil && leak.process == p.Number {
			return leak
		}
	}
	return nil
}

// occupied takes in whom a look has found.
func (at *Listener) occupied(e *event.Event) {
	i := slices.IndexFunc(at.Occupants, func(o Occupant) bool { return o.PID == e.PID })
	if i < 0 {
		if len(at.Occupants) >= MaxNames {
			return
		}
		i = len(at.Occupants)
		at.Occupants = append(at.Occupants, Occupant{PID: e.PID})
	}
	at.Occupants[i] = Occupant{e.PID, e.Comm, e.Flags.Has(event.Untraced), e.Time}
}

// Occupying returns the first that a look since then has found to hold what listens at an address, or at its port on
// all addresses; nil: nobody.
func (l *Listeners) Occupying(address event.Addr, since event.Time) *Occupant {
	for _, at := range l.All {
		if !conflicts(at.Address, address) {
			continue
		}
		for i := range at.Occupants {
			if at.Occupants[i].Seen >= since {
				return &at.Occupants[i]
			}
		}
	}
	return nil
}

// conflicts reports whether two sockets cannot have these addresses at once: they are the same, or have one port, and
// one of them is of all addresses.
func conflicts(a, b event.Addr) bool {
	i, j := strings.LastIndexByte(string(a), ':'), strings.LastIndexByte(string(b), ':')
	if a == b || i < 0 || j < 0 || strings.HasPrefix(string(a), "unix:") || strings.HasPrefix(string(b), "unix:") {
		return a == b
	}
	all := func(host event.Addr) bool { return host == "0.0.0.0" || host == "[::]" }
	return a[i:] == b[j:] && (all(a[:i]) || all(b[:j]))
}

// accepted takes in that a process accepts at a listener with which programs were executed: one of them, or what may
// descend from one.
func (l *Listeners) accepted(at *Listener, by *Process) {
	born := event.Time(0)
	for p, pid := by, event.PID(0); len(at.Leaks) > 0; p = l.m.sockets.creator(p) {
		if p == nil { // whose creator this one is, is not known any more
			for _, leak := range at.Leaks {
				leak.Accepts = leak.Accepts || leak.PID == pid || pid != 0 && leak.Since <= born
			}
			return
		}
		if leak := at.leakOf(p); leak != nil {
			leak.Accepts = true
		}
		pid, born = p.Creator, p.Born
	}
}

// ended takes in that a process has ended.
func (l *Listeners) ended(p *Process) {
	if l.leaks == 0 {
		return
	}
	for _, at := range l.All {
		if len(at.Leaks) > 0 && p.PID == at.server() {
			at.ServerEnded, at.serverComm = p.Ended, p.Comm
		}
	}
}

// Useless returns the programs that were found to hold the socket without use: who or what descends from whom never
// accepted there, to its end or for long. One that tracer was given, and at which nobody accepted, is not of the trace.
func (l *Listeners) Useless(at *Listener) (all []*Leak) {
	if !l.m.complete(event.Accept, event.Fork) { // perhaps it did
		return nil
	}
	for _, leak := range at.Leaks {
		if at.ofTrace(leak) && !leak.Accepts && leak.Seen > 0 && (leak.Ended || leak.Seen-leak.Since >= LongLeak) {
			all = append(all, leak)
		}
	}
	return all
}

// ServerIn returns who accepts there, or else had it listen, with its name as far as that is known; nobody: several
// did, or it is not known.
func (at *Listener) ServerIn(m *Model) (event.PID, event.Text) {
	pid := at.server()
	if p := m.Find(pid); p != nil && at.ServerEnded == 0 {
		return pid, p.Comm
	}
	return pid, at.serverComm
}

// server is the process that accepts there, or else had it listen; 0: several did, or it is not known.
func (at *Listener) server() event.PID {
	if at.Accepts > 0 || len(at.Leaks) == 0 {
		return at.PID
	}
	return at.Leaks[0].Owner
}
