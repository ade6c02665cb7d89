package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// Keeper is a process that kept connections open which it had never read or written: whoever had let go of them before.
type Keeper struct {
	PID         event.PID
	Comm        event.Text
	Connections uint64     // that it closed last, or holds still
	Open        uint64     // of them those that it was found to hold still
	Longest     event.Time // for how long it kept one
	Connection  uint64     // that one
	AtLeast     bool       // that one is open, and was seen to be held for so long
	From        event.PID  // who had let go of that one
	FromComm    event.Text
	Executed    bool     // it had that one when its program was executed
	Events      Evidence // of what was let go of
}

// Holder is a process that was found to hold a connection, without having read or written it until then.
type Holder struct {
	PID      event.PID
	Comm     event.Text
	Executed bool       // as its program was executed
	Seen     event.Time // by a look, the last one; 0: by none

	process uint64 // its number; 0: it is not traced
}

// parting is the last time that a process which had read or written a connection let go of it, while others had it.
type parting struct {
	by    event.PID
	comm  event.Text
	at    event.Time
	event uint64
}

// keeping is who kept connections open that are closed, the first first; at most MaxNames.
type keeping struct {
	m         *Model
	keepers   []*Keeper
	byProcess map[uint64]*Keeper // by number; of one that is not known the id, made negative
}

func (k *keeping) letGo(e *event.Event) {
	c := k.m.sockets.open[e.Connection]
	if c == nil { // its accept was lost
		k.m.tell(Fact{Kind: Contradicted})
		return
	}
	c.parting = &parting{by: e.PID, at: e.Time, event: k.m.ordinal}
	p := k.m.forest.process(e.PID)
	if p != nil {
		c.parting.comm = p.Comm
	}
	k.m.tell(Fact{Kind: LetGo, Process: p, Connection: c, Task: e.Task})
}

// held takes in that a process was found to hold a connection.
func (k *keeping) held(e *event.Event) {
	c := k.m.sockets.open[e.Connection]
	if c == nil {
		k.m.tell(Fact{Kind: Contradicted})
		return
	}
	if c.used(e.PID) {
		return
	}
	k.m.tell(Fact{Kind: Holds, Process: k.m.forest.process(e.PID), Connection: c, Task: e.Task})
	h := c.holder(e.PID)
	if h == nil {
		if len(c.Holders) >= MaxEvidence {
			return
		}
		h = &Holder{PID: e.PID}
		c.Holders = append(c.Holders, h)
	}
	h.Comm = e.Comm
	if p := k.m.forest.process(e.PID); p != nil {
		h.process = p.Number
	}
	if e.Rare.Value().Occasion == event.AtLook {
		h.Seen = e.Time
	} else {
		h.Executed = true
	}
}

func (c *Connection) holder(pid event.PID) *Holder {
	for _, h := range c.Holders {
		if h.PID == pid {
			return h
		}
	}
	return nil
}

// used reports whether a process is known to have read or written the connection.
func (c *Connection) used(pid event.PID) bool {
	return c.Server != nil && c.Server.PID == pid || slices.Contains(c.servers, pid) ||
		pid == c.AcceptedBy && c.acceptorServes
}

// LetGo returns who was the last to let go of an open connection that he had read or written, and when, if all who had
// read or written it have let go of it; 0 otherwise.
func (c *Connection) LetGo(m *Model) (by event.PID, at event.Time) {
	if c.parting == nil || c.strangers || c.Server == nil {
		return 0, 0
	}
	at = c.parting.at
	users := append([]event.PID{}, c.servers...)
	if c.acceptorServes {
		users = append(users, c.AcceptedBy)
	}
	for _, pid := range append(users, c.Server.PID) {
		p := m.forest.process(pid)
		if pid == c.Server.PID {
			p = c.Server
		}
		switch {
		case pid == c.parting.by:
		case p == nil || p.State == Alive: // when it let go of it, or whether, is not known
			return 0, 0
		default:
			at = max(at, p.Ended)
		}
	}
	return c.parting.by, at
}

// closed takes in that a process has closed a connection: the last that there was of it.
func (k *keeping) closed(c *Connection, by event.PID) {
	from, since := c.LetGo(k.m)
	if from == 0 || by == 0 || c.used(by) || c.Closed-since < LongWait {
		return
	}
	p := k.m.forest.process(by)
	key := -uint64(by)
	if p != nil {
		key = p.Number
	}
	of := k.byProcess[key]
	if of == nil {
		if len(k.keepers) >= MaxNames {
			return
		}
		of = &Keeper{PID: by}
		k.byProcess[key] = of
		k.keepers = append(k.keepers, of)
	}
	if p != nil {
		of.Comm = p.Comm
	}
	h := c.holder(by)
	of.add(c, c.Closed-since, h != nil && h.Executed)
}

func (of *Keeper) add(c *Connection, kept event.Time, executed bool) {
	of.Connections++
	if kept > of.Longest {
		of.Longest, of.Connection, of.AtLeast, of.Executed = kept, c.Number, c.Closed == 0, executed
		of.From, of.FromComm = c.parting.by, c.parting.comm
	}
	of.Events.add(c.parting.event)
}

// KeepersIn returns who kept connections open, and who was found to keep some that are open still, the first first.
func KeepersIn(m *Model) []*Keeper {
	if !m.complete(event.Serve) { // perhaps they did read or write
		return nil
	}
	all, byProcess := m.keeping.copies()
	for c := m.sockets.connections.first; c != nil; c = c.next {
		if c.Closed != 0 || c.parting == nil {
			continue
		}
		from, since := c.LetGo(m)
		if from == 0 {
			continue
		}
		for _, h := range c.HoldersIn(m) {
			if h.Seen < since+LongWait {
				continue
			}
			key := cmp.Or(h.process, -uint64(h.PID))
			of := byProcess[key]
			if of == nil {
				of = &Keeper{PID: h.PID, Comm: h.Comm}
				byProcess[key] = of
				all = append(all, of)
			}
			of.Open++
			of.add(c, h.Seen-since, h.Executed)
		}
	}
	return all
}

func (k *keeping) copies() ([]*Keeper, map[uint64]*Keeper) {
	return cloneKeyed(k.keepers, k.byProcess, func(of *Keeper) { of.Events = slices.Clone(of.Events) })
}

func (k *keeping) clone() (n keeping) {
	n.keepers, n.byProcess = k.copies()
	return n
}
