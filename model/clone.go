package model

import (
	"maps"
	"slices"
)

// ThreadsAlive is how many threads live now, leaders not counted.
func (m *Model) ThreadsAlive() int { return len(m.forest.threads) }

// Size is how many processes, threads, coroutines and connections it holds, which is what a Clone costs.
func (m *Model) Size() int {
	return len(m.forest.processes) + len(m.forest.threads) + m.forest.gone.len() + int(m.counters.coroutinesAlive) +
		m.runtimes.past.len() + len(m.sockets.open)
}

// Clone returns a model that holds the same and shares nothing with m: a frozen picture to look at, or a place to come
// back to.
func (m *Model) Clone() *Model {
	n := *m
	n.options.Facts, n.told = nil, Fact{} // whoever is told of facts has had these
	c := cloner{
		processes:   newCopies[Process](len(m.forest.processes) + m.forest.gone.len() + 1),
		threads:     newCopies[Thread](len(m.forest.threads)),
		coroutines:  newCopies[Coroutine](int(m.counters.coroutinesAlive)),
		connections: newCopies[Connection](len(m.sockets.open)),
	}
	n.counters, n.evidence, n.fates = m.counters.clone(), m.evidence.clone(), m.fates.clone()
	c.processes.known[&m.forest.top] = &n.forest.top
	c.turn(&n.forest.top)
	n.forest.root = c.process(m.forest.root)
	n.forest.processes = cloneMap(m.forest.processes, c.process)
	n.forest.threads = cloneMap(m.forest.threads, c.thread)
	n.forest.spare, n.forest.recent = nil, [recentSlots]*Process{}
	n.forest.spareProcesses, n.forest.spareThreads = spares[Process]{}, spares[Thread]{}
	n.forest.dead = make([]*Process, len(m.forest.dead))
	for i, p := range m.forest.dead {
		n.forest.dead[i] = c.process(p)
	}
	n.forest.gone = c.queue(&m.forest.gone)
	n.forest.told = slices.Clone(m.forest.told)
	n.forest.sends.firsts = m.forest.sends.firsts.clone()
	n.forest.outcomes, n.forest.leaders = m.forest.outcomes.clone(), m.forest.leaders.clone()
	n.reaping.awaited = cloneMap(m.reaping.awaited, c.process)
	n.reaping.uncertain = cloneMap(m.reaping.uncertain, c.ledger)
	n.reaping.doubts = cloneMap(m.reaping.doubts, c.doubt)
	n.reaping.takings = cloneMap(m.reaping.takings, func(k *takings) *takings {
		return &takings{slices.Clone(k.list), k.next}
	})
	n.reaping.missing = maps.Clone(m.reaping.missing)
	n.reaping.lost = slices.Clone(m.reaping.lost)
	for i := range n.reaping.lost {
		l := &n.reaping.lost[i]
		l.First = slices.Clone(l.First)
		for j := range l.First {
			l.First[j].Evidence = slices.Clone(l.First[j].Evidence)
		}
	}
	n.reaping.adopted = m.reaping.cloneAdopted()
	n.sockets.open = cloneMap(m.sockets.open, c.connection)
	n.sockets.connections = m.sockets.connections.copied(c.connection)
	n.sockets.cut, n.sockets.joined = m.sockets.cloneCut(), m.sockets.cloneJoined()
	n.runtimes.past, n.runtimes.copied = c.queue(&m.runtimes.past), m.runtimes.cloneCopied()
	n.failures = m.failures.clone()
	n.stalling, n.pausing = m.stalling.clone(), m.pausing.clone()
	n.listeners, n.keeping = m.listeners.clone(), m.keeping.clone()
	n.join()
	c.turnAll()
	return &n
}

// clone copies what the counters hold by reference.
func (c Counters) clone() Counters {
	c.ExitCodes = maps.Clone(c.ExitCodes)
	c.ExitSignals = maps.Clone(c.ExitSignals)
	c.AcceptsByListener = maps.Clone(c.AcceptsByListener)
	c.AcceptsByTask = maps.Clone(c.AcceptsByTask)
	c.CPUMsByProcess = maps.Clone(c.CPUMsByProcess)
	c.CPUMsByThread = maps.Clone(c.CPUMsByThread)
	c.spentByProcess, c.spentByThread = c.spentByProcess.clone(), c.spentByThread.clone()
	c.Failures = maps.Clone(c.Failures)
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

// cloneKeyed copies what stands in a list and is found by keys. Deep gives a copy its own of what it shares.
func cloneKeyed[K comparable, V any](list []*V, keys map[K]*V, deep func(*V)) ([]*V, map[K]*V) {
	copies, to := make(map[*V]*V, len(list)), make([]*V, 0, len(list))
	for _, v := range list {
		c := *v
		deep(&c)
		copies[v], to = &c, append(to, &c)
	}
	return to, cloneMap(keys, func(v *V) *V { return copies[v] })
}

// cloner copies each process, thread, coroutine and connection on first sight and turns its links to the copies later:
// a chain of links can be as long as the forest is large, so it is not followed by recursion.
type cloner struct {
	processes   copies[Process]
	threads     copies[Thread]
	coroutines  copies[Coroutine]
	connections copies[Connection]
}

func (c *cloner) process(p *Process) *Process          { return c.processes.of(p) }
func (c *cloner) thread(t *Thread) *Thread             { return c.threads.of(t) }
func (c *cloner) connection(s *Connection) *Connection { return c.connections.of(s) }
func (c *cloner) coroutine(r *Coroutine) *Coroutine    { return c.coroutines.of(r) }

// copies knows the copy of each original, and which copies still point to originals.
type copies[T any] struct {
	known   map[*T]*T
	pending []*T
	room    []T // for some of the next
}

// roomSize is how many are made at once. One that is referred to keeps all of them, so they are few.
const roomSize = 16

func newCopies[T any](room int) copies[T] {
	return copies[T]{known: make(map[*T]*T, room)}
}

// of returns the copy of v, and makes it on first sight; nil of nil.
func (c *copies[T]) of(v *T) *T {
	if v == nil {
		return nil
	}
	if n, ok := c.known[v]; ok {
		return n
	}
	if len(c.room) == 0 {
		c.room = make([]T, roomSize)
	}
	n := &c.room[0]
	c.room = c.room[1:]
	*n = *v
	c.known[v] = n
	c.pending = append(c.pending, n)
	return n
}

// next returns a copy whose links are to be turned, nil when there is none.
func (c *copies[T]) next() *T {
	last := len(c.pending) - 1
	if last < 0 {
		return nil
	}
	n := c.pending[last]
	c.pending = c.pending[:last]
	return n
}

func (c *cloner) queue(q *goneQueue) goneQueue {
	waiting := q.entries[q.head:]
	n := goneQueue{entries: make([]goneEntry, len(waiting))}
	for i, e := range waiting {
		n.entries[i] = goneEntry{e.at, c.process(e.process), c.thread(e.thread), c.coroutine(e.coroutine),
			c.connection(e.connection)}
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
	n.links.turn(c.process)
	n.children, n.threads = n.children.copied(c.process), n.threads.copied(c.thread)
	n.Serves = c.connection(n.Serves)
	n.custody, n.parenting = copied(n.custody), copied(n.parenting)
	for at := &n.sent; *at != nil; at = &(*at).next {
		*at = copied(*at)
	}
	if n.signals = copied(n.signals); n.signals != nil {
		n.signals.CoalescedEvents = slices.Clone(n.signals.CoalescedEvents)
	}
	n.accepting = copied(n.accepting)
	if n.coroutines = copied(n.coroutines); n.coroutines != nil {
		c.turnCoroutines(n.coroutines)
	}
}

func (c *cloner) turnCoroutines(n *coroutineList) {
	n.list = n.copied(c.coroutine)
	n.control, n.inherited = maps.Clone(n.control), maps.Clone(n.inherited)
	if len(n.living) > 0 {
		n.living = cloneMap(n.living, c.coroutine)
	} else {
		n.living = nil
	}
}

func (c *cloner) turnAll() {
	for {
		if n := c.processes.next(); n != nil {
			c.turn(n)
		} else if n := c.threads.next(); n != nil {
			n.Process = c.process(n.Process)
			n.links.turn(c.thread)
			n.Serves = c.connection(n.Serves)
		} else if n := c.coroutines.next(); n != nil {
			n.Process = c.process(n.Process)
			n.links.turn(c.coroutine)
			n.Serves = c.connection(n.Serves)
		} else if n := c.connections.next(); n != nil {
			n.Server, n.servers = c.process(n.Server), slices.Clone(n.servers)
			n.Exchanges, n.Holders = slices.Clone(n.Exchanges), slices.Clone(n.Holders)
			for i, h := range n.Holders {
				n.Holders[i] = copied(h)
			}
			n.links.turn(c.connection)
		} else {
			return
		}
	}
}
