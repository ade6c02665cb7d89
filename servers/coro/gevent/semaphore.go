package gevent

import (
	"errors"
	"fmt"
	"time"
)

// ErrReleased is the panic of a bounded semaphore that is released more often than acquired.
var ErrReleased = errors.New("semaphore released too many times")

// Semaphore is a counter that cannot go below zero: who wants to take from it then waits. Who waits gets it in the
// order of coming; but one that comes when there is something to take takes it, though others may have been promised
// it.
type Semaphore struct {
	linkable
	count int
	bound int // negative: none
}

// NewSemaphore makes a semaphore. A negative value is a panic.
func NewSemaphore(h *Hub, value int) *Semaphore {
	if value < 0 {
		panic(fmt.Errorf("semaphore value %d: use at least 0", value))
	}
	s := &Semaphore{count: value, bound: -1}
	s.linkable = linkable{hub: h, self: s}
	return s
}

// NewBoundedSemaphore makes a semaphore that must not be released above its first value.
func NewBoundedSemaphore(h *Hub, value int) *Semaphore {
	s := NewSemaphore(h, value)
	s.bound = value
	return s
}

// Acquire takes one, and waits if there is none. It is false if the time was over before.
func (s *Semaphore) Acquire(timeout time.Duration) (bool, error) {
	if s.TryAcquire() {
		return true, nil
	}
	ok, err := s.wait(timeout, waiting{"a semaphore", nil})
	if ok {
		s.count--
	}
	return ok, err
}

// TryAcquire takes one if there is one.
func (s *Semaphore) TryAcquire() bool {
	s.hub.own()
	if s.count == 0 {
		return false
	}
	s.count--
	return true
}

// Release puts one back.
func (s *Semaphore) Release() {
	s.hub.own()
	if s.bound >= 0 && s.count >= s.bound {
		panic(ErrReleased)
	}
	s.count++
	s.notify()
}

// Ready reports whether there is one to take.
func (s *Semaphore) Ready() bool { return s.count > 0 }

// Count is how many there are to take.
func (s *Semaphore) Count() int { return s.count }

// Wait waits until there is one to take, and takes none. It returns how many there are: 0 if the time was over, or if
// others have been quicker.
func (s *Semaphore) Wait(timeout time.Duration) (int, error) {
	if s.count > 0 {
		return s.count, nil
	}
	_, err := s.wait(timeout, waiting{"a semaphore", nil})
	return s.count, err
}

// RawLink calls f in the loop, where it must not block, when there is one to take.
func (s *Semaphore) RawLink(f func()) *Link { return s.add(&Link{call: f}) }
