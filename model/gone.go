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

// shrink lets the oldest go, but not one of which a later event can still tell by whom it was reaped.
func (q *goneQueue) shrink(m *Model, most int) {
	for q.len() > most && q.told(m, &q.entries[q.head]) {
		q.pop(m)
	}
}

func (q *goneQueue) told(m *Model, e *goneEntry) bool {
	return e.process == nil || m.reaping.told(e.process) || e.at+minLinger < m.now
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
		m.sockets.connections.remove(e.connection)
	default:
		m.forest.remove(e.process)
	}
}

// remove takes a process out of the forest. What is still below it leaves with it, if it is gone, or is handed up.
func (f *forest) remove(p *Process) {
	if f.m.reaping.awaited[p.waitKey()] == p {
		delete(f.m.reaping.awaited, p.waitKey())
	}
	f.m.reaping.forgetReleased(p)
	delete(f.m.reaping.missing, p.Number)
	if d := f.m.reaping.doubts[p.ID]; d != nil && d.process == p {
		f.m.reaping.dropped(p)
		delete(f.m.reaping.doubts, p.ID)
	}
	f.keepSignals(p)
	p.Serves = nil // or each would keep the next
	if f.process(p.PID) == nil {
		delete(f.m.reaping.uncertain, p.PID) // it waits for nobody any more
	}
	for c := p.children.first; c != nil; {
		next := c.next
		c.leave()
		if c.State != Gone || c.children.first != nil {
			f.top.adopt(c)
			f.moved(c)
		} else { // it went later than p, and is found below nobody any more
			f.keepSignals(c)
		}
		c = next
	}
	p.leave()
}
