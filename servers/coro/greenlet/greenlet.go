// Package greenlet has Python's greenlets: functions that stop in the middle and hand over to any other that has
// stopped.
//
//	thread := greenlet.NewThread() // this goroutine is now its main greenlet
//	defer thread.Close()           // tells which ones were left suspended, and ends them
//	ping := thread.New(func(args ...any) (any, error) {
//		answer, err := thread.Main().Switch("ping") // stops here; main's Switch returns "ping"
//		return answer, err
//	})
//	v, err := ping.Switch()       // "ping"
//	v, err = ping.Switch("pong")  // "pong", the function's result: it has ended
//
// A generator can stop only in favour of its caller. A greenlet says to whom it switches, and may do so from any depth
// of calls; the values it gives are what the other's Switch returns. When its function ends control goes to its parent,
// by default whoever has made it, with the result. The tree of parents is all the order there is: no scheduler, no
// queue. Whoever is not switched to stays where it is.
//
// Python's names and ours:
//
//	greenlet(run)               thread.New(run)
//	greenlet(run, parent)       thread.NewChild(run, parent)
//	getcurrent()                thread.Current()
//	g.switch(*args)             g.Switch(args...); no value is an empty slice, several are several
//	g.throw(exc)                g.Throw(err), Throw(nil) for g.throw()
//	GreenletExit                ErrExit
//	greenlet.error              ErrThread
//	g.parent, g.parent = p      g.Parent(), g.SetParent(p)
//	g.run                       g.Run(), g.SetRun(run); nil once it has started
//	bool(g), g.dead             g.Active(), g.Dead()
//	gr_frame, gr_context        none
//	settrace(f), gettrace()     thread.SetTrace(f), thread.Trace()
//
// What errors and panics do is told in package coro; here it means: Throw's error is what the Switch returns in which
// the greenlet waits, and the error that run returns is what the parent's Switch returns. ErrExit is no failure:
// returned by run it becomes the result. A panic continues in the parent's Switch.
//
// What differs from Python. A greenlet belongs to a Thread that is made and closed explicitly; two Threads may be on
// one goroutine, one inside of a greenlet of the other. Python throws GreenletExit into a suspended greenlet that
// nobody refers to any more; Go does not count references, so Close does it for all that are left and reports them.
// There are no keyword arguments, no context variables, no C API, and no interpreter that could shut down under a
// greenlet: what Python's tests say of these has no counterpart.
//
// What a switch costs: iter.Pull's hand-over is asymmetric, so that a switch is one or two of them; Thread's give
// explains why not more. Stats counts both.
package greenlet

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"strings"

	"tracer/servers/coro"
)

// Errors of the use of greenlets. Where Python has a text for it, ours is the same.
var (
	ErrExit   = errors.New("greenlet exit")
	ErrThread = errors.New("cannot switch to a different thread: the caller is not the running greenlet of this " +
		"one")
	ErrClosed     = errors.New("cannot start a greenlet of a closed thread")
	ErrNoRun      = errors.New("greenlet has no run function")
	ErrStarted    = errors.New("run cannot be set after the start of the greenlet")
	ErrCycle      = errors.New("cyclic parent chain")
	ErrMainParent = errors.New("cannot set the parent of a main greenlet")
	ErrNoParent   = errors.New("expected a greenlet as the parent, not nil")
	ErrFarParent  = errors.New("parent cannot be on a different thread")
)

// Run is a greenlet's function. Its arguments are those of the first Switch.
type Run func(args ...any) (any, error)

// Greenlet is one coroutine of a Thread.
type Greenlet struct {
	thread *Thread
	parent *Greenlet
	id     uint64
	run    Run // until it starts
	state  state

	goroutine uintptr
	next      func() (struct{}, bool) // continues it
	yield     func(struct{}) bool     // parks it
	inChain   bool                    // it is parked in the next of another, not in its yield; or it runs
	resumer   *Greenlet               // who has called next
	slot      int                     // in thread.alive
	entry     uintptr                 // of run, to name it
}

type state uint8

const (
	pending state = iota
	started
	dead
)

// New makes a greenlet whose parent is the current one. run may be nil and set later.
func (t *Thread) New(run Run) *Greenlet {
	g := &Greenlet{thread: t, parent: t.current, id: coro.NewID(), run: run}
	coro.ProbeSpawn(g.id, t.current.id, coro.KindGreenlet)
	return g
}

// NewChild makes a greenlet with another parent.
func (t *Thread) NewChild(run Run, parent *Greenlet) (*Greenlet, error) {
	if err := t.parental(parent); err != nil {
		return nil, err
	}
	g := t.New(run)
	g.parent = parent
	return g, nil
}

// ID is what the probe points call it.
func (g *Greenlet) ID() uint64 { return g.id }

// Thread is where it belongs.
func (g *Greenlet) Thread() *Thread { return g.thread }

// Dead reports whether it has ended.
func (g *Greenlet) Dead() bool { return g.state == dead }

// Active reports whether it has started and not ended.
func (g *Greenlet) Active() bool { return g.state == started }

// Run is the function of one that has not started, else nil.
func (g *Greenlet) Run() Run { return g.run }

// SetRun sets the function of one that has not started.
func (g *Greenlet) SetRun(run Run) error {
	if g.state != pending {
		return ErrStarted
	}
	g.run = run
	return nil
}

// Parent is who gets control when it ends; nil for a main greenlet.
func (g *Greenlet) Parent() *Greenlet { return g.parent }

// SetParent changes the parent, also that of a started or dead greenlet.
func (g *Greenlet) SetParent(parent *Greenlet) error {
	if g == g.thread.main {
		return ErrMainParent
	}
	if err := g.thread.parental(parent); err != nil {
		return err
	}
	for p := parent; p != nil; p = p.parent {
		if p == g {
			return ErrCycle
		}
	}
	g.parent = parent
	return nil
}

func (t *Thread) parental(parent *Greenlet) error {
	if parent == nil {
		return ErrNoParent
	}
	if parent.thread != t {
		return ErrFarParent
	}
	return nil
}

// Switch stops the calling greenlet and continues this one: the values are the arguments of its function if it has not
// started, else what the Switch returns in which it waits. Switch returns when somebody switches back, with their
// values, or with the error that was thrown. One that has ended passes control and values on to its parent.
func (g *Greenlet) Switch(values ...any) ([]any, error) {
	return g.thread.give(g, values, nil)
}

// Throw is Switch with an error, ErrExit if it is nil, which is what the Switch returns in which the greenlet waits.
// One that has not started ends at once, and the error goes to its parent; so it does if the greenlet has ended.
// ErrExit goes to the parent as a value in these cases, as if it were the result.
func (g *Greenlet) Throw(err error) ([]any, error) {
	if err == nil {
		err = ErrExit
	}
	if g.state == dead && errors.Is(err, ErrExit) {
		return g.thread.give(g, []any{err}, nil)
	}
	return g.thread.give(g, nil, err)
}

// start makes the coroutine.
func (g *Greenlet) start() {
	t := g.thread
	g.state = started
	g.slot = len(t.alive)
	t.alive = append(t.alive, g)
	g.next, _ = iter.Pull(g.bootstrap)
}

// bootstrap is the coroutine: it runs the function and returns the result to the parent.
func (g *Greenlet) bootstrap(yield func(struct{}) bool) {
	g.goroutine, g.yield = coro.Goroutine(), yield
	t := g.thread
	value, err, panicked := g.call()
	var values []any
	if err == nil && panicked == nil {
		values = []any{value}
	}
	t.origin, t.panic = g, panicked
	t.target, t.values, t.thrown = inherit(g.parent, values, err)
	t.stats.Switches++
	coro.ProbeSwitch(g.id, t.target.id)
	// Now whoever has called next goes on, in its loop in give.
}

// call runs the function and tells what is to go to the parent: a value, an error or a panic.
//
//lint:ignore ST1008 a panic is not an error that the caller handles, and stands behind it
func (g *Greenlet) call() (value any, err error, panicked *coro.Panic) {
	how := coro.Returned
	returned := false
	defer func() {
		switch p := recover(); {
		case returned:
		case p == nil: // runtime.Goexit, which iter.Pull carries on to the resumer's goroutine
			how = coro.Exited
			g.thread.current = g.resumer
		case p == unwinding{}:
			value, err, how = ErrExit, nil, coro.Exited
		default:
			panicked, how = coro.Recovered(p), coro.Panicked
		}
		g.die(how)
	}()
	value, err = g.runWith(g.thread.arrive(g))
	returned = true
	switch {
	case errors.Is(err, ErrExit):
		value, err, how = err, nil, coro.Exited
	case err != nil:
		how = coro.Failed
	}
	return value, err, nil
}

// runWith starts the function with what has come; it never runs if that is an error.
func (g *Greenlet) runWith(args []any, thrown error) (any, error) {
	run := g.run
	g.run = nil
	g.entry = reflect.ValueOf(run).Pointer()
	if thrown != nil {
		return nil, thrown
	}
	return run(args...)
}

func (g *Greenlet) die(how coro.How) {
	t := g.thread
	g.state = dead
	last := t.alive[len(t.alive)-1]
	t.alive[g.slot], last.slot = last, g.slot
	t.alive[len(t.alive)-1] = nil
	t.alive = t.alive[:len(t.alive)-1]
	coro.ProbeFinish(g.id, how)
}

// String names it, its function once it has started, and its state in Python's words.
func (g *Greenlet) String() string {
	words := []string{fmt.Sprintf("greenlet %d", g.id)}
	if f := runtime.FuncForPC(g.entry); f != nil {
		words = append(words, f.Name())
	}
	switch {
	case g.state == pending:
		words = append(words, "pending")
	case g.state == dead:
		words = append(words, "dead")
	case g == g.thread.current:
		words = append(words, "current active started")
	default:
		words = append(words, "suspended active started")
	}
	if g == g.thread.main {
		words = append(words, "main")
	}
	return "<" + strings.Join(words, " ") + ">"
}
