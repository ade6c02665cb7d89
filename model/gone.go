package model

import "tracer/event"

// minLinger is how long a dead process is kept at least, because the wait that took it can be reported after its
// release.
const minLinger = event.Time(1e9)

// goneQueue holds what has gone in the order of going, until it leaves the forest.
type goneQueue struct {
	entries []goneEntry
	head    int
}

type goneEntry struct {
	at      event.Time
	process *Process
	thread  *Thread

	coroutine  *Coroutine
	connection *Connection
}

func (q *goneQueue) push(e goneEntry) { q.entries = append(q.entries, e) }

func (q *goneQueue) len() int { return len(q.entries) - q.head }

func (q *goneQueue) expire(m *Model, now, linger event.Time) {
	linger = max(linger, minLinger)
	for q.len() > 0 && q.entries[q.head].at+linger < now {
		q.pop(m)
	}
}

func (q *goneQueue) shrink(m *Model, most int) {
	for q.len() > most {
		q.pop(m)
	}
}

func (q *goneQueue) pop(m *Model) {
	e := q.entries[q.head]
	q.entries[q.head] = goneEntry{}
	q.head++
	if q.head > 1024 && q.head*2 > len(q.entries) {
		q.entries = append(q.entries[:0], q.entries[q.head:]...)
		q.head = 0
	}
	switch {
	case e.coroutine != nil:
		e.coroutine.Process.coroutines.remove(e.coroutine)
	case e.thread != nil:
		e.thread.Process.threads.remove(e.thread)
	case e.connection != nil:
		m.connections.remove(e.connection)
	default:
		m.remove(e.process)
	}
}

// remove takes a process out of the forest. What is still below it went before it or is handed up.
func (m *Model) remove(p *Process) {
	if m.awaited[p.waitKey()] == p {
		delete(m.awaited, p.waitKey())
	}
	m.forgetReleased(p)
	if d := m.doubts[p.ID]; d != nil && d.process == p {
		delete(m.doubts, p.ID)
	}
	p.Serves = nil // or each would keep the next
	if m.processes[p.PID] == nil {
		delete(m.uncertain, p.PID) // it waits for nobody any more
	}
	for c := p.children.first; c != nil; {
		next := c.next
		c.leave()
		if c.State != Gone || c.children.first != nil {
			m.top.adopt(c)
			m.moved(c)
		}
		c = next
	}
	p.leave()
}
