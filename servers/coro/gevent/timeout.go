package gevent

import (
	"errors"
	"fmt"
	"time"

	"tracer/servers/coro/greenlet"
)

func unwinds(p any) bool { return greenlet.Unwinds(p) }

// Timeout is an error that is thrown, after a time, into the greenlet that has started it: whatever it waits for then
// returns it. It is to be cancelled when what it limits is over.
type Timeout struct {
	hub   *Hub
	after time.Duration
	timer timer
}

// StartTimeout starts a timeout; a negative one never comes.
func (h *Hub) StartTimeout(d time.Duration) (*Timeout, error) {
	g, err := h.caller()
	if err != nil {
		return nil, err
	}
	if t := h.within(g, d); t != nil {
		return t, nil
	}
	return &Timeout{hub: h, after: d}, nil
}

// within starts a timeout for the greenlet; nil if there is none to start.
func (h *Hub) within(g *Greenlet, d time.Duration) *Timeout {
	if d < 0 {
		return nil
	}
	t := &Timeout{hub: h, after: d}
	t.timer = timer{wake: g, err: t, priority: -1}
	h.start(&t.timer, d)
	return t
}

// is reports whether this timeout is the error.
func (t *Timeout) is(err error) bool {
	if t == nil {
		return false
	}
	found, ok := errors.AsType[*Timeout](err)
	return ok && found == t
}

// Pending reports whether it may still come.
func (t *Timeout) Pending() bool { return t.timer.armed }

// Cancel ends it; it may have come.
func (t *Timeout) Cancel() {
	if t != nil {
		t.hub.halt(&t.timer)
	}
}

// Error names the time.
func (t *Timeout) Error() string { return fmt.Sprintf("timed out after %v", t.after) }

// Timeout makes it what os.IsTimeout knows.
func (t *Timeout) Timeout() bool { return true }

// WithTimeout calls f and limits its time: what f then waits for returns the *Timeout, and f is to return that.
func WithTimeout[T any](h *Hub, d time.Duration, f func() (T, error)) (T, error) {
	t, err := h.StartTimeout(d)
	if err != nil {
		var none T
		return none, err
	}
	defer t.Cancel()
	return f()
}

// Within is WithTimeout for those who do not mind: that the time was over is no error. An outer timeout, or one of f's
// own, is.
func (h *Hub) Within(d time.Duration, f func() error) (expired bool, err error) {
	t, err := h.StartTimeout(d)
	if err != nil {
		return false, err
	}
	defer t.Cancel()
	if err = f(); t.is(err) {
		return true, nil
	}
	return false, err
}
