package gevent

import (
	"errors"
	"fmt"
	"time"

	"tracer/servers/coro/greenlet"
)

// Func is a greenlet's function.
type Func = func() (any, error)

// Greenlet is a function that runs by turns with others. Its methods are for the hub's goroutine.
type Greenlet struct {
	linkable
	raw   *greenlet.Greenlet
	run   Func
	name  string
	ident int
	slot  int // in hub.alive
	phase phase
	start *callback // of one that is scheduled
	later *timer    // or this
	on    waiting
	unrun func() // called if it is killed before it runs
	value any
	err   error
}

type phase uint8

const (
	created phase = iota
	scheduled
	running
	finished
)

// NewGreenlet makes a greenlet that does not run before Start.
func NewGreenlet(h *Hub, run Func) *Greenlet {
	h.own()
	if run == nil {
		panic("gevent: the function of a greenlet is nil")
	}
	h.idents++
	g := &Greenlet{run: run, ident: h.idents}
	g.linkable = linkable{hub: h, self: g, all: true, once: true}
	return g
}

// Spawn makes a greenlet and starts it.
func (h *Hub) Spawn(run Func) *Greenlet {
	g := NewGreenlet(h, run)
	g.Start()
	return g
}

// Go spawns a function that has no result.
func (h *Hub) Go(run func()) *Greenlet {
	return h.Spawn(func() (any, error) { run(); return nil, nil })
}

// SpawnLater makes a greenlet that starts after a time.
func (h *Hub) SpawnLater(d time.Duration, run Func) *Greenlet {
	g := NewGreenlet(h, run)
	g.StartLater(d)
	return g
}

// Start schedules the greenlet: it begins when the caller waits for something. A second start does nothing.
func (g *Greenlet) Start() {
	if g.schedule() {
		g.start = g.hub.enqueue(&callback{wake: g})
	}
}

// StartLater is Start after a time.
func (g *Greenlet) StartLater(d time.Duration) {
	if g.schedule() {
		g.later = &timer{wake: g}
		g.hub.loop.start(g.later, d)
	}
}

func (g *Greenlet) schedule() bool {
	g.hub.own()
	if g.phase != created {
		return false
	}
	g.prepare()
	return true
}

// prepare makes what the loop can switch to.
func (g *Greenlet) prepare() {
	h := g.hub
	raw, err := h.thread.NewChild(g.body, h.raw)
	if err != nil {
		panic(err) // the hub's own greenlet is always a parent
	}
	g.raw, g.phase = raw, scheduled
	h.enrol(g)
}

// body is the greenlet's coroutine. It never fails: errors and panics are the greenlet's result.
func (g *Greenlet) body(...any) (any, error) {
	g.phase, g.start, g.later = running, nil, nil
	returned := false
	defer func() {
		if returned {
			return
		}
		switch p := recover(); {
		case p == nil: // runtime.Goexit
		case unwinds(p):
			g.finish(nil, ErrExit)
			panic(p)
		default:
			g.finish(nil, recovered(p))
		}
	}()
	value, err := g.run()
	returned = true
	g.finish(value, err)
	return nil, nil
}

func (g *Greenlet) finish(value any, err error) {
	if errors.Is(err, ErrExit) {
		value, err = err, nil
	}
	if err != nil {
		value = nil
	}
	if g.phase != created {
		g.hub.strike(g)
	}
	g.value, g.err, g.phase, g.run, g.on = value, err, finished, nil, waiting{}
	g.notify()
	if err != nil {
		g.hub.onError(g.String(), err)
	}
}

// Name is "Greenlet-" and a number, unless SetName has set another.
func (g *Greenlet) Name() string {
	if g.name == "" {
		return fmt.Sprintf("Greenlet-%d", g.ident)
	}
	return g.name
}

// SetName sets the name that reports use.
func (g *Greenlet) SetName(name string) { g.name = name }

// String is the name.
func (g *Greenlet) String() string { return g.Name() }

// Ready reports whether it has finished.
func (g *Greenlet) Ready() bool { return g.phase == finished }

// Started reports whether it was started and has not finished.
func (g *Greenlet) Started() bool { return g.phase == scheduled || g.phase == running }

// Successful reports whether it has finished without an error. That it was killed by ErrExit is none.
func (g *Greenlet) Successful() bool { return g.phase == finished && g.err == nil }

// Value is the result of a successful one; ErrExit if it was killed.
func (g *Greenlet) Value() any { return g.value }

// Err is the error that has ended it, a *coro.Panic among them.
func (g *Greenlet) Err() error { return g.err }

// Get waits for the end and returns result or error. When the time is over the error is a *Timeout.
func (g *Greenlet) Get(timeout time.Duration) (any, error) {
	if ok, err := g.await(timeout); err != nil {
		return nil, err
	} else if !ok {
		return nil, &Timeout{hub: g.hub, after: timeout}
	}
	return g.value, g.err
}

// Join waits for the end. That the time is over is no error.
func (g *Greenlet) Join(timeout time.Duration) error {
	_, err := g.await(timeout)
	return err
}

func (g *Greenlet) await(timeout time.Duration) (bool, error) {
	if g.phase == finished {
		return true, nil
	}
	return g.wait(timeout, waiting{"the end of", g})
}

// RawLink calls f in the loop, where it must not block, when the greenlet has finished; also if it has already.
func (g *Greenlet) RawLink(f func(*Greenlet)) *Link { return g.add(&Link{call: func() { f(g) }}) }

// Link calls f in a greenlet of its own when this one has finished; also if it has already.
func (g *Greenlet) Link(f func(*Greenlet)) *Link {
	return g.RawLink(func(g *Greenlet) {
		spawned := NewGreenlet(g.hub, func() (any, error) { f(g); return nil, nil })
		spawned.prepare()
		g.hub.resume(spawned)
	})
}

// LinkValue is Link for a success only.
func (g *Greenlet) LinkValue(f func(*Greenlet)) *Link {
	return g.Link(func(g *Greenlet) {
		if g.Successful() {
			f(g)
		}
	})
}

// LinkError is Link for an error only.
func (g *Greenlet) LinkError(f func(*Greenlet)) *Link {
	return g.Link(func(g *Greenlet) {
		if !g.Successful() {
			f(g)
		}
	})
}

// Links is how many links wait for the end.
func (g *Greenlet) Links() int { return len(g.waiters) }

// Kill throws err, or ErrExit if that is nil, into the greenlet and waits for its end; that the time is over before is
// no error. One that has not begun to run never does. A finished one is left alone.
func (g *Greenlet) Kill(err error, timeout time.Duration) error {
	h := g.hub
	if g.killBefore(err) || g.phase == finished {
		return nil
	}
	me, wrong := h.caller()
	if wrong != nil {
		return wrong
	}
	parked := true
	h.soon(func() {
		if g.killNow(err); parked && me != g {
			h.resume(me)
		}
	})
	wrong = h.park(me, waiting{"the kill of", g})
	if parked = false; wrong != nil {
		return wrong
	}
	return g.Join(timeout)
}

// KillSoon is Kill without the wait.
func (g *Greenlet) KillSoon(err error) {
	g.hub.own()
	if !g.killBefore(err) && g.phase != finished {
		g.hub.soon(func() { g.killNow(err) })
	}
}

// killBefore ends a greenlet that has not begun.
func (g *Greenlet) killBefore(err error) bool {
	if g.phase != created && g.phase != scheduled {
		return false
	}
	if g.start != nil {
		g.start.stop()
	}
	if g.later != nil {
		g.hub.halt(g.later)
	}
	if g.unrun != nil {
		g.unrun()
	}
	g.finish(nil, exitOr(err))
	return true
}

// killNow runs in the loop.
func (g *Greenlet) killNow(err error) {
	if g.phase == running {
		g.hub.throw(g, exitOr(err))
	}
}

func exitOr(err error) error {
	if err == nil {
		return ErrExit
	}
	return err
}
