package gevent

import (
	"errors"
	"time"
)

// ErrStopIteration is the end of an iteration.
var ErrStopIteration = errors.New("stop iteration")

// Iterator yields what is waited for as it becomes ready.
type Iterator struct {
	hub     *Hub
	rest    int // how many to give at most
	linked  []*Link
	ready   []Waitable
	waiter  *Greenlet
	timer   timer
	expired bool
}

// IWait returns the objects, each when it becomes ready, at most count of them (negative: all), until the timeout is
// over. What is listed twice is given twice. An iterator that is not run to its end is to be closed.
func (h *Hub) IWait(objects []Waitable, timeout time.Duration, count int) *Iterator {
	h.own()
	it := &Iterator{hub: h, rest: len(objects)}
	if count >= 0 {
		it.rest = min(count, len(objects))
	}
	for _, o := range objects {
		link := &Link{call: func() {
			it.ready = append(it.ready, o)
			it.wake()
		}}
		it.linked = append(it.linked, o.links().add(link))
	}
	if timeout >= 0 {
		it.timer = timer{priority: -1, run: func() {
			it.expired = true
			it.wake()
		}}
		h.start(&it.timer, timeout)
	}
	return it
}

func (it *Iterator) wake() {
	if g := it.waiter; g != nil {
		it.waiter = nil
		it.hub.resume(g)
	}
}

// Next waits for the next object. The error is ErrStopIteration after the last one, or when the time is over.
func (it *Iterator) Next() (Waitable, error) {
	g, err := it.hub.caller()
	if err == nil && it.rest > 0 && len(it.ready) == 0 && !it.expired {
		it.waiter = g
		err = it.hub.park(g, waiting{"several objects", nil})
		it.waiter = nil
	}
	if err == nil && (it.rest == 0 || len(it.ready) == 0) {
		err = ErrStopIteration
	}
	if err != nil {
		it.Close()
		return nil, err
	}
	it.rest--
	next := it.ready[0]
	it.ready = it.ready[1:]
	return next, nil
}

// Close ends the iterator.
func (it *Iterator) Close() {
	it.hub.halt(&it.timer)
	for _, l := range it.linked {
		l.Unlink()
	}
	it.linked, it.rest = nil, 0
}

// Wait waits until the objects are ready, or count of them (negative: all), or the time is over. It returns those that
// are, in the order in which they became it.
func (h *Hub) Wait(objects []Waitable, timeout time.Duration, count int) ([]Waitable, error) {
	var done []Waitable
	for it := h.IWait(objects, timeout, count); ; {
		o, err := it.Next()
		if errors.Is(err, ErrStopIteration) {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		done = append(done, o)
	}
}

// JoinOptions say how JoinAll waits. The zero value waits for ever, for all.
type JoinOptions struct {
	Timeout time.Duration // 0: none
	Count   int           // how many to wait for; 0: all
	Raise   bool          // return the first error of a greenlet's, at once
}

// JoinAll waits for greenlets to finish and returns those that have, in the order in which they did. That the time is
// over is no error.
func (h *Hub) JoinAll(greenlets []*Greenlet, o JoinOptions) ([]*Greenlet, error) {
	objects := make([]Waitable, len(greenlets))
	for i, g := range greenlets {
		objects[i] = g
	}
	if o.Timeout == 0 {
		o.Timeout = Forever
	}
	if o.Count == 0 {
		o.Count = -1
	}
	var done []*Greenlet
	for it := h.IWait(objects, o.Timeout, o.Count); ; {
		next, err := it.Next()
		if errors.Is(err, ErrStopIteration) {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		g := next.(*Greenlet)
		if o.Raise && g.err != nil {
			it.Close()
			return done, g.err
		}
		done = append(done, g)
	}
}

// KillAll throws err, or ErrExit if that is nil, into greenlets and waits for their end. When the time is over the
// error is a *Timeout. Those that have not begun never do.
func (h *Hub) KillAll(greenlets []*Greenlet, err error, timeout time.Duration) error {
	running := killBefore(h, greenlets, err)
	if len(running) == 0 {
		return nil
	}
	me, wrong := h.caller()
	if wrong != nil {
		return wrong
	}
	limit := h.within(me, timeout)
	defer limit.Cancel()
	parked := true
	h.soon(func() {
		for _, g := range running {
			g.killNow(err)
		}
		if parked {
			h.resume(me)
		}
	})
	wrong = h.park(me, waiting{"a kill", nil})
	if parked = false; wrong != nil {
		return wrong
	}
	_, wrong = h.JoinAll(running, JoinOptions{})
	return wrong
}

// KillAllSoon is KillAll without the wait.
func (h *Hub) KillAllSoon(greenlets []*Greenlet, err error) {
	if running := killBefore(h, greenlets, err); len(running) > 0 {
		h.soon(func() {
			for _, g := range running {
				g.killNow(err)
			}
		})
	}
}

func killBefore(h *Hub, greenlets []*Greenlet, err error) (running []*Greenlet) {
	h.own()
	for _, g := range greenlets {
		if !g.killBefore(err) && g.phase != finished {
			running = append(running, g)
		}
	}
	return running
}
