package gevent

import (
	"fmt"
	"time"
)

// Event is a flag that greenlets can wait for.
type Event struct {
	linkable
	set bool
}

// NewEvent makes an event that is not set.
func NewEvent(h *Hub) *Event {
	e := &Event{}
	e.linkable = linkable{hub: h, self: e, all: true}
	return e
}

// Set sets the flag and wakes all who wait, in the order in which they came: also if it is cleared before they run.
func (e *Event) Set() {
	e.hub.own()
	e.set = true
	e.notify()
}

// Clear clears the flag.
func (e *Event) Clear() { e.set = false }

// Ready reports whether the flag is set.
func (e *Event) Ready() bool { return e.set }

// Wait waits until the flag is set. It is false if the time was over before.
func (e *Event) Wait(timeout time.Duration) (bool, error) {
	return e.wait(timeout, waiting{"an event", nil})
}

// RawLink calls f in the loop, where it must not block, when the flag is set.
func (e *Event) RawLink(f func()) *Link { return e.add(&Link{call: f}) }

// AsyncResult is a value or an error that comes later. It is to be set once.
type AsyncResult[T any] struct {
	linkable
	ready bool
	value T
	err   error
}

// NewAsyncResult makes one that is not set.
func NewAsyncResult[T any](h *Hub) *AsyncResult[T] {
	a := &AsyncResult[T]{}
	a.linkable = linkable{hub: h, self: a, all: true}
	return a
}

// Set stores the value and wakes all who wait.
func (a *AsyncResult[T]) Set(value T) { a.settle(value, nil) }

// SetError stores an error, which Get returns.
func (a *AsyncResult[T]) SetError(err error) {
	var none T
	a.settle(none, err)
}

func (a *AsyncResult[T]) settle(value T, err error) {
	a.hub.own()
	a.ready, a.value, a.err = true, value, err
	a.notify()
}

// Resolve stores the result of a greenlet that has finished: g.Link(a.Resolve). A value that is no T is an error.
func (a *AsyncResult[T]) Resolve(g *Greenlet) {
	value, ok := g.Value().(T)
	switch {
	case g.Err() != nil:
		a.SetError(g.Err())
	case !ok && g.Value() != nil:
		a.SetError(fmt.Errorf("%v: its result is a %T, not a %T", g, g.Value(), value))
	default:
		a.Set(value)
	}
}

// Ready reports whether it is set.
func (a *AsyncResult[T]) Ready() bool { return a.ready }

// Successful reports whether it is set to a value.
func (a *AsyncResult[T]) Successful() bool { return a.ready && a.err == nil }

// Err is the error that is set, or nil.
func (a *AsyncResult[T]) Err() error { return a.err }

// Get waits for the value, or for the error. When the time is over the error is a *Timeout; with a timeout of 0 it does
// not wait at all.
func (a *AsyncResult[T]) Get(timeout time.Duration) (T, error) {
	if ok, err := a.Wait(timeout); !ok {
		var none T
		if err == nil {
			err = &Timeout{hub: a.hub, after: timeout}
		}
		return none, err
	}
	return a.value, a.err
}

// Wait waits until it is set. It is false if the time was over before.
func (a *AsyncResult[T]) Wait(timeout time.Duration) (bool, error) {
	if a.ready || timeout == 0 {
		return a.ready, nil
	}
	return a.wait(timeout, waiting{"a result", nil})
}

// RawLink calls f in the loop, where it must not block, when it is set.
func (a *AsyncResult[T]) RawLink(f func()) *Link { return a.add(&Link{call: f}) }
