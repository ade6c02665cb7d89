package gevent

import (
	"container/heap"
	"time"
)

// loop is what the hub does next: callbacks in the order in which they were asked for, and timers.
type loop struct {
	queue []*callback
	head  int // of the queue; what is before it has run
	ran   uint64

	begin  time.Time
	timers timers
	strong int // timers that keep the loop alive
	serial uint64
	due    []dueTimer
}

// dueTimer is a timer as it was when its time had come: it may be started anew before its turn.
type dueTimer struct {
	*timer
	serial uint64
}

// callback is something that the loop does in its next pass.
type callback struct {
	wake *Greenlet // continue it
	run  func()    // or call this
	over bool      // it has run, or was stopped
}

func (c *callback) stop() { c.over = true }

func (l *loop) enqueue(c *callback) *callback {
	l.queue = append(l.queue, c)
	return c
}

// soon calls f in the loop's next pass.
func (l *loop) soon(f func()) *callback { return l.enqueue(&callback{run: f}) }

func (l *loop) queued() int { return len(l.queue) - l.head }

// How long callbacks may keep timers and descriptors waiting: Python's switch interval; and after how many of them the
// clock is read.
const (
	callbackTime  = 5 * time.Millisecond
	callbackCheck = 64
)

// runCallbacks runs what is queued and what that queues, within the limit of time.
func (l *loop) runCallbacks(h *Hub) {
	var end time.Duration
	for n := 1; l.queued() > 0; n++ {
		c := l.queue[l.head]
		l.queue[l.head] = nil
		if l.head++; l.head == len(l.queue) {
			l.queue, l.head = l.queue[:0], 0
		} else if l.head >= 1024 && l.head*2 >= len(l.queue) {
			l.queue, l.head = append(l.queue[:0], l.queue[l.head:]...), 0
		}
		if !c.over {
			c.over = true
			l.ran++
			if c.wake != nil {
				h.resume(c.wake)
			} else {
				h.protect("callback", c.run)
			}
		}
		if h.stop {
			return
		}
		if n%callbackCheck == 0 {
			switch now := l.now(); {
			case end == 0:
				end = now + callbackTime
			case now >= end:
				return
			}
		}
	}
}

// timer does something once, later.
type timer struct {
	at       time.Duration // since the loop's begin
	serial   uint64        // earlier ones first
	index    int           // in the heap, from 1 on; 0: not there
	armed    bool
	priority int  // -1: after descriptors
	weak     bool // does not keep the loop alive

	wake *Greenlet // continue it,
	err  error     // with this, if not nil
	run  func()    // or call this
}

func (l *loop) now() time.Duration { return time.Since(l.begin) }

// start arms a timer that is not armed.
func (l *loop) start(t *timer, d time.Duration) {
	l.serial++
	t.at, t.serial, t.armed = l.now()+max(0, d), l.serial, true
	if !t.weak {
		l.strong++
	}
	heap.Push(&l.timers, t)
}

// halt disarms a timer, if it is armed.
func (l *loop) halt(t *timer) {
	if t.index > 0 {
		heap.Remove(&l.timers, t.index-1)
	}
	l.disarm(t)
}

func (l *loop) disarm(t *timer) {
	if t.armed && !t.weak {
		l.strong--
	}
	t.armed = false
}

// limit is how long the poll may last, negative for ever; alive is false if no callback or timer keeps the loop alive.
func (l *loop) limit() (limit time.Duration, alive bool) {
	switch {
	case l.queued() > 0:
		return 0, true
	case len(l.timers) == 0:
		return Forever, false
	}
	return max(0, l.timers[0].at-l.now()), l.strong > 0
}

// expire runs the timers of a priority whose time has come. Those of priority 0 come first, and move all that are due
// out of the heap.
func (l *loop) expire(h *Hub, priority int) {
	if priority == 0 && len(l.timers) > 0 {
		for now := l.now(); len(l.timers) > 0 && l.timers[0].at <= now; {
			t := heap.Pop(&l.timers).(*timer)
			l.due = append(l.due, dueTimer{t, t.serial})
		}
	}
	for _, d := range l.due {
		t := d.timer
		if t.priority != priority || !t.armed || t.serial != d.serial || h.stop {
			continue
		}
		l.disarm(t)
		if t.run != nil {
			h.protect("timer", t.run)
		} else {
			h.throw(t.wake, t.err)
		}
	}
	if priority < 0 {
		clear(l.due)
		l.due = l.due[:0]
	}
}

// timers is a heap.
type timers []*timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].serial < h[j].serial
}
func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}
func (h *timers) Push(x any) {
	t := x.(*timer)
	*h = append(*h, t)
	t.index = len(*h)
}
func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = 0
	return t
}
