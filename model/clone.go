package model

import (
	"maps"
	"slices"
)

// ThreadsAlive is how many threads live now, leaders not counted.
func (m *Model) ThreadsAlive() int { return len(m.threads) }

// Clone gives a model that holds the same and shares nothing with m: a frozen picture to look at, or a place to come back to.
func (m *Model) Clone() *Model {
	n := *m
	c := cloner{
		processes:   make(map[*Process]*Process, len(m.processes)+m.gone.len()+2),
		threads:     make(map[*Thread]*Thread, len(m.threads)+1),
		connections: make(map[*Connection]*Connection, len(m.open)+1),
		coroutines:  make(map[*Coroutine]*Coroutine, m.counters.coroutinesAlive+1),
	}
	c.processes[nil], c.threads[nil], c.connections[nil], c.coroutines[nil] = nil, nil, nil, nil
	c.processes[&m.top] = &n.top
	c.turn(&n.top)
	n.root = c.process(m.root)
	n.counters = m.counters.clone()

	n.processes = cloneMap(m.processes, c.process)
	n.threads = cloneMap(m.threads, c.thread)
	n.awaited = cloneMap(m.awaited, c.process)
	n.uncertain = cloneMap(m.uncertain, c.ledger)
	n.doubts = cloneMap(m.doubts, c.doubt)
	n.open = cloneMap(m.open, c.connection)
	n.connections = connectionList{c.connection(m.connections.first), c.connection(m.connections.last)}

	n.gone, n.past = c.queue(&m.gone), c.queue(&m.past)
	c.turnAll()
	return &n
}

// clone copies what the counters hold by reference.
func (c Counters) clone() Counters {
	c.ExitCodes = maps.Clone(c.ExitCodes)
	c.ExitSignals = maps.Clone(c.ExitSignals)
	c.AcceptsByListener = maps.Clone(c.AcceptsByListener)
	c.AcceptsByTask = maps.Clone(c.AcceptsByTask)
	c.HTTPStatuses = maps.Clone(c.HTTPStatuses)
	c.lostByKind = maps.Clone(c.lostByKind)
	return c
}

func cloneMap[K comparable, V any](from map[K]V, clone func(V) V) map[K]V {
	to := make(map[K]V, len(from))
	for k, v := range from {
		to[k] = clone(v)
	}
	return to
}

// cloner copies each process, thread and coroutine on first sight and turns its links to the copies later: a chain of links can be as long as
// the forest is large, so it is not followed by recursion.
type cloner struct {
	processes   map[*Process]*Process
	threads     map[*Thread]*Thread
	coroutines  map[*Coroutine]*Coroutine
	copies      []*Process // whose links still point into the original
	copiesT     []*Thread
	copiesR     []*Coroutine
	connections map[*Connection]*Connection
	copiesC     []*Connection
}

func (c *cloner) process(p *Process) *Process          { return copied(c.processes, &c.copies, p) }
func (c *cloner) thread(t *Thread) *Thread             { return copied(c.threads, &c.copiesT, t) }
func (c *cloner) connection(s *Connection) *Connection { return copied(c.connections, &c.copiesC, s) }
func (c *cloner) coroutine(r *Coroutine) *Coroutine    { return copied(c.coroutines, &c.copiesR, r) }

// copied gives the copy of v, and makes it on first sight.
func copied[T any](known map[*T]*T, made *[]*T, v *T) *T {
	if n, ok := known[v]; ok {
		return n
	}
	n := new(T)
	*n = *v
	known[v] = n
	*made = append(*made, n)
	return n
}

func (c *cloner) queue(q *goneQueue) goneQueue {
	waiting := q.entries[q.head:]
	n := goneQueue{entries: make([]goneEntry, len(waiting))}
	for i, e := range waiting {
		n.entries[i] = goneEntry{e.at, c.process(e.process), c.thread(e.thread), c.coroutine(e.coroutine), c.connection(e.connection)}
	}
	return n
}

func (c *cloner) ledger(l *ledger) *ledger {
	n := &ledger{calls: append([]pendingCall(nil), l.calls...)}
	for _, p := range l.released {
		n.released = append(n.released, c.process(p))
	}
	return n
}

func (c *cloner) doubt(d *doubt) *doubt {
	return &doubt{process: c.process(d.process), formers: slices.Clone(d.formers)}
}

func (c *cloner) turn(n *Process) {
	n.parent = c.process(n.parent)
	n.first, n.last = c.process(n.first), c.process(n.last)
	n.next, n.prev = c.process(n.next), c.process(n.prev)
	n.threads = threadList{c.thread(n.threads.first), c.thread(n.threads.last)}
	n.Serves = c.connection(n.Serves)
	n.coroutines.first, n.coroutines.last = c.coroutine(n.coroutines.first), c.coroutine(n.coroutines.last)
	if len(n.coroutines.living) > 0 {
		n.coroutines.living = cloneMap(n.coroutines.living, c.coroutine)
	} else {
		n.coroutines.living = nil
	}
}

func (c *cloner) turnAll() {
	for len(c.copies)+len(c.copiesT)+len(c.copiesR)+len(c.copiesC) > 0 {
		if n := pop(&c.copies); n != nil {
			c.turn(n)
		} else if n := pop(&c.copiesT); n != nil {
			n.Process = c.process(n.Process)
			n.next, n.prev = c.thread(n.next), c.thread(n.prev)
		} else if n := pop(&c.copiesR); n != nil {
			n.Process = c.process(n.Process)
			n.next, n.prev = c.coroutine(n.next), c.coroutine(n.prev)
		} else if n := pop(&c.copiesC); n != nil {
			n.Server, n.servers = c.process(n.Server), slices.Clone(n.servers)
			n.Exchanges = slices.Clone(n.Exchanges)
			n.next, n.prev = c.connection(n.next), c.connection(n.prev)
		}
	}
}

// pop takes the last one off, nil when there is none.
func pop[T any](list *[]*T) *T {
	k := len(*list) - 1
	if k < 0 {
		return nil
	}
	n := (*list)[k]
	*list = (*list)[:k]
	return n
}
