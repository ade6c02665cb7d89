package gevent

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"tracer/servers/coro/greenlet"
)

// Forever is the timeout of a wait without one. So is every negative duration.
const Forever time.Duration = -1

// Errors of the use of a hub.
var (
	ErrExit   = greenlet.ErrExit   // thrown in by Kill
	ErrThread = greenlet.ErrThread // use from another goroutine than the hub's
	ErrInHub  = errors.New("impossible to call a blocking function in the event loop's callback: spawn a greenlet " +
		"for it")
	ErrMainOnly = errors.New("only possible from the main greenlet")
)

// Hub is an event loop, and the greenlets that it continues.
type Hub struct {
	loop
	poller
	thread  *greenlet.Thread
	raw     *greenlet.Greenlet // the loop's own
	main    *Greenlet
	current *Greenlet   // who runs; nil: the loop
	alive   []*Greenlet // started and not finished, with main; in no order
	idents  int
	stop    bool
	onError func(source string, err error)
}

// Options say how a hub runs.
type Options struct {
	// OnError is told of an error that ends a greenlet, or of a panic in a callback; source names which. It runs in
	// the hub's thread and must not block. nil prints to the standard error.
	OnError func(source string, err error)
}

// Run makes a hub, runs main as its main greenlet and returns its error. It locks the calling goroutine to its thread
// meanwhile. Greenlets, connections and listeners that main leaves behind are ended, closed, and reported by a
// *LeakError. A panic of main's goes on in the caller.
func Run(main func(*Hub) error) error { return Options{}.Run(main) }

// Run is the function Run with options.
func (o Options) Run(main func(*Hub) error) (err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h := &Hub{thread: greenlet.NewThread(), onError: o.OnError}
	if h.onError == nil {
		h.onError = func(source string, err error) { fmt.Fprintf(os.Stderr, "%s failed: %v\n", source, err) }
	}
	h.loop.begin = time.Now()
	if err := h.poller.open(); err != nil {
		return errors.Join(err, h.thread.Close())
	}
	h.main = &Greenlet{raw: h.thread.Main(), name: "main", phase: running}
	h.main.linkable = linkable{hub: h, self: h.main, all: true, once: true}
	h.enrol(h.main)
	h.current = h.main
	h.raw = h.thread.New(h.run)
	defer func() { err = errors.Join(err, h.end()) }()
	return main(h)
}

// LeakError says what was left at the end of Run.
type LeakError struct{ Left []string }

// Error lists it.
func (e *LeakError) Error() string {
	return "left at the end of the hub: " + strings.Join(e.Left, ", ")
}

// end closes everything and tells what was left.
func (h *Hub) end() error {
	var left []string
	for _, g := range h.unfinished() {
		if g != h.main {
			left = append(left, g.String()+", "+g.on.String())
		}
	}
	h.stop = true
	if h.raw.Active() {
		_, _ = h.raw.Switch() // the loop ends, and main is its parent
	}
	_ = h.thread.Close() // what it would tell is in left
	left = append(left, h.poller.close()...)
	if left == nil {
		return nil
	}
	return &LeakError{Left: left}
}

// Current is the greenlet that calls; nil in a callback of the loop, or on another goroutine.
func (h *Hub) Current() *Greenlet {
	if h.thread.Check() != nil {
		return nil
	}
	return h.current
}

// Main is the greenlet of Run's function.
func (h *Hub) Main() *Greenlet { return h.main }

// Stats counts what a hub has done.
type Stats struct {
	Switches  uint64 // of greenlets, to the hub and from it
	Polls     uint64 // calls of epoll_wait
	Controls  uint64 // calls of epoll_ctl
	Callbacks uint64 // run by the loop
}

// Stats counts what the hub has done so far.
func (h *Hub) Stats() Stats {
	return Stats{Switches: h.thread.Stats().Switches, Polls: h.polls, Controls: h.controls, Callbacks: h.ran}
}

// waiting is what a parked greenlet waits for, to be told in reports.
type waiting struct {
	what string
	of   fmt.Stringer // or nil
}

func (w waiting) String() string {
	switch {
	case w.what == "":
		return "not yet run"
	case w.of == nil:
		return "waits for " + w.what
	}
	return "waits for " + w.what + " " + w.of.String()
}

// caller is the greenlet that calls, which must be one that can wait.
func (h *Hub) caller() (*Greenlet, error) {
	if err := h.thread.Check(); err != nil {
		return nil, err
	}
	if h.stop {
		_, _ = h.raw.Switch() // unwinds a greenlet that was told to end and goes on
		return nil, greenlet.ErrClosed
	}
	if h.current == nil {
		return nil, ErrInHub
	}
	return h.current, nil
}

// own panics if the caller is not on the hub's goroutine: for what returns no error.
func (h *Hub) own() {
	if err := h.thread.Check(); err != nil {
		panic(err)
	}
}

// park stops the calling greenlet, which has arranged to be continued, and returns what is thrown into it.
func (h *Hub) park(g *Greenlet, on waiting) error {
	g.on = on
	h.current = nil
	_, err := h.raw.Switch()
	h.current = g
	return err
}

// resume continues a parked greenlet, or begins one, until it parks or ends. It is called by the loop.
func (h *Hub) resume(g *Greenlet) { h.throw(g, nil) }

// throw is resume with an error, unless that is nil.
func (h *Hub) throw(g *Greenlet, err error) {
	if h.stop {
		return
	}
	h.current = g
	if err == nil {
		_, err = g.raw.Switch()
	} else {
		_, err = g.raw.Throw(err)
	}
	h.current = nil
	if err != nil && !h.stop {
		h.onError(g.String(), err)
	}
}

// protect runs a callback. Its panic is reported and ends there: the loop must go on.
func (h *Hub) protect(source string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			h.onError(source, recovered(p))
		}
	}()
	f()
}

// run is the loop's greenlet.
func (h *Hub) run(...any) (any, error) {
	for !h.stop {
		h.runCallbacks(h)
		if h.stop {
			break
		}
		limit, ever := h.limit()
		if !ever && h.refs == 0 {
			h.throw(h.main, h.deadlock())
			continue
		}
		if h.refs > 0 || limit != 0 || h.loop.queued() == 0 {
			if err := h.poll(limit); err != nil {
				h.throw(h.main, err)
			}
		}
		h.expire(h, 0)
		h.dispatch(h)
		h.expire(h, -1)
	}
	return nil, nil
}

// enrol and strike keep the list of unfinished greenlets.
func (h *Hub) enrol(g *Greenlet) {
	g.slot = len(h.alive)
	h.alive = append(h.alive, g)
}

func (h *Hub) strike(g *Greenlet) {
	last := h.alive[len(h.alive)-1]
	h.alive[g.slot], last.slot = last, g.slot
	h.alive[len(h.alive)-1] = nil
	h.alive = h.alive[:len(h.alive)-1]
}

func (h *Hub) unfinished() []*Greenlet {
	list := slices.Clone(h.alive)
	slices.SortFunc(list, func(a, b *Greenlet) int { return a.ident - b.ident })
	return list
}

// DeadlockError is thrown into the main greenlet when all greenlets wait and nothing is left that could wake one: no
// timer, no descriptor, no Async. It is Python's LoopExit, and tells who waits for what.
type DeadlockError struct{ Waiting []string }

// Error lists who waits.
func (e *DeadlockError) Error() string {
	return "this operation would block forever: " + strings.Join(e.Waiting, "; ")
}

func (h *Hub) deadlock() error {
	e := &DeadlockError{}
	for _, g := range h.unfinished() {
		e.Waiting = append(e.Waiting, g.Name()+" "+g.on.String())
	}
	return e
}

// Join runs the loop until nothing is left to do, which is true, or the timeout is over. Only main may call it; the hub
// can be used afterwards.
func (h *Hub) Join(timeout time.Duration) (bool, error) {
	g, err := h.caller()
	if err != nil {
		return false, err
	}
	if g != h.main {
		return false, fmt.Errorf("join the hub: %w", ErrMainOnly)
	}
	if timeout >= 0 {
		t := &timer{wake: g, weak: true}
		h.start(t, timeout)
		defer h.halt(t)
	}
	err = h.park(g, waiting{what: "the end of all others"})
	if _, over := errors.AsType[*DeadlockError](err); over {
		return true, nil
	}
	return false, err
}

// Sleep stops the calling greenlet for a time. None, or less, lets all others run that can.
func (h *Hub) Sleep(d time.Duration) error {
	g, err := h.caller()
	if err != nil {
		return err
	}
	if d <= 0 {
		c := h.enqueue(&callback{wake: g})
		err = h.park(g, waiting{what: "its turn"})
		c.stop()
		return err
	}
	t := &timer{wake: g}
	h.start(t, d)
	err = h.park(g, waiting{what: "the end of its sleep"})
	h.halt(t)
	return err
}
