package model

import "maps"

// ThreadsAlive is how many threads live now, leaders not counted.
func (m *Model) ThreadsAlive() int { return len(m.threads) }

// Clone gives a model that holds the same and shares nothing with m: a frozen picture to look at, or a place to come back to.
func (m *Model) Clone() *Model {
	n := *m
	c := cloner{
		processes: make(map[*Process]*Process, len(m.processes)+m.gone.len()+2),
		threads:   make(map[*Thread]*Thread, len(m.threads)+1),

		connections: make(map[*Connection]*Connection, len(m.open)+1),
	}
	c.processes[nil], c.threads[nil], c.connections[nil] = nil, nil, nil
	c.processes[&m.top] = &n.top
	c.turn(&n.top)
	n.root = c.process(m.root)
	n.counters = m.counters.clone()

	n.processes = cloneMap(m.processes, c.process)
	n.threads = cloneMap(m.threads, c.thread)
	n.awaited = cloneMap(m.awaited, c.process)
	n.uncertain = cloneMap(m.uncertain, c.ledger)
	n.open = cloneMap(m.open, c.connection)
	n.connections = connectionList{c.connection(m.connections.first), c.connection(m.connections.last)}

	waiting := m.gone.entries[m.gone.head:]
	n.gone = goneQueue{entries: make([]goneEntry, len(waiting))}
	for i, e := range waiting {
		n.gone.entries[i] = goneEntry{at: e.at, process: c.process(e.process), thread: c.thread(e.thread), connection: c.connection(e.connection)}
	}
	c.turnAll()
	return &n
}

// clone copies what the counters hold by reference.
func (c Counters) clone() Counters {
	c.ExitCodes = maps.Clone(c.ExitCodes)
	c.ExitSignals = maps.Clone(c.ExitSignals)
	c.AcceptsByListener = maps.Clone(c.AcceptsByListener)
	c.AcceptsByTask = maps.Clone(c.AcceptsByTask)
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

// cloner copies each process and thread on first sight and turns its links to the copies later: a chain of links can be as long as
// the forest is large, so it is not followed by recursion.
type cloner struct {
	processes map[*Process]*Process
	threads   map[*Thread]*Thread
	copies    []*Process // whose links still point into the original
	copiesT   []*Thread

	connections map[*Connection]*Connection
	copiesC     []*Connection
}

func (c *cloner) process(p *Process) *Process {
	if n, ok := c.processes[p]; ok {
		return n
	}
	n := new(Process)
	*n = *p
	c.processes[p] = n
	c.copies = append(c.copies, n)
	return n
}

func (c *cloner) thread(t *Thread) *Thread {
	if n, ok := c.threads[t]; ok {
		return n
	}
	n := new(Thread)
	*n = *t
	c.threads[t] = n
	c.copiesT = append(c.copiesT, n)
	return n
}

func (c *cloner) connection(s *Connection) *Connection {
	if n, ok := c.connections[s]; ok {
		return n
	}
	n := new(Connection)
	*n = *s
	c.connections[s] = n
	c.copiesC = append(c.copiesC, n)
	return n
}

func (c *cloner) ledger(l *ledger) *ledger {
	n := &ledger{calls: append([]pendingCall(nil), l.calls...)}
	for _, p := range l.released {
		n.released = append(n.released, c.process(p))
	}
	return n
}

func (c *cloner) turn(n *Process) {
	n.parent = c.process(n.parent)
	n.first, n.last = c.process(n.first), c.process(n.last)
	n.next, n.prev = c.process(n.next), c.process(n.prev)
	n.threads = threadList{c.thread(n.threads.first), c.thread(n.threads.last)}
	n.Serves = c.connection(n.Serves)
}

func (c *cloner) turnAll() {
	for len(c.copies)+len(c.copiesT)+len(c.copiesC) > 0 {
		for len(c.copies) > 0 {
			c.turn(pop(&c.copies))
		}
		for len(c.copiesT) > 0 {
			n := pop(&c.copiesT)
			n.Process = c.process(n.Process)
			n.next, n.prev = c.thread(n.next), c.thread(n.prev)
		}
		for len(c.copiesC) > 0 {
			n := pop(&c.copiesC)
			n.Server = c.process(n.Server)
			n.next, n.prev = c.connection(n.next), c.connection(n.prev)
		}
	}
}

func pop[T any](s *[]T) T {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
