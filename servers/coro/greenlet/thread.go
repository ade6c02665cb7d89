package greenlet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tracer/servers/coro"
)

// Thread is what a thread of Python is to its greenlets: exactly one of them runs. It belongs to the goroutine that has
// made it and to those of its greenlets; all use from elsewhere is refused with ErrThread.
type Thread struct {
	main    *Greenlet
	current *Greenlet
	alive   []*Greenlet // started and not dead; without main, in no order
	trace   Trace
	stats   Stats
	closing bool

	// A switch on its way: from whom, to whom, and what goes along.
	origin, target *Greenlet
	values         []any
	thrown         error       // instead of values
	panic          *coro.Panic // instead of both
}

// Stats counts switches.
type Stats struct {
	Switches uint64 // logical ones: control passed from one greenlet to another
	Handover uint64 // those of the runtime: one for a switch, two for some; see the package comment
}

// Event is what a Trace is told.
type Event string

// The events of a Trace.
const (
	EventSwitch Event = "switch"
	EventThrow  Event = "throw" // the same with an error
)

// Trace is called in the target, before its Switch returns or its function begins. An error ends the tracing, and is
// thrown into the target instead of what came.
type Trace func(event Event, origin, target *Greenlet) error

// NewThread makes the calling goroutine the main greenlet of a new Thread. It is to be closed by that goroutine.
func NewThread() *Thread {
	t := &Thread{}
	t.main = &Greenlet{thread: t, id: coro.NewID(), state: started, goroutine: coro.Goroutine()}
	t.current = t.main
	return t
}

// Main is the greenlet that NewThread has made of its caller.
func (t *Thread) Main() *Greenlet { return t.main }

// Current is the greenlet that calls, or nil if the caller is none of this Thread.
func (t *Thread) Current() *Greenlet {
	if t.Check() != nil {
		return nil
	}
	return t.current
}

// Check is nil if the caller is the running greenlet of this Thread, else ErrThread.
func (t *Thread) Check() error {
	if coro.Goroutine() != t.current.goroutine {
		return ErrThread
	}
	return nil
}

// Stats counts the switches so far.
func (t *Thread) Stats() Stats { return t.stats }

// Alive lists the greenlets that have started and not ended, without main, in the order of their making.
func (t *Thread) Alive() []*Greenlet {
	list := slices.Clone(t.alive)
	slices.SortFunc(list, func(a, b *Greenlet) int { return int(a.id) - int(b.id) })
	return list
}

// SetTrace sets the function that is told of each switch (nil for none) and returns the one before.
func (t *Thread) SetTrace(trace Trace) (before Trace) {
	before, t.trace = t.trace, trace
	return before
}

// Trace is the function that is told of each switch, or nil.
func (t *Thread) Trace() Trace { return t.trace }

// LeakError names greenlets that were still suspended when their Thread was closed.
type LeakError struct {
	Left   []string // what String says of each
	Failed []error  // errors with which they then ended
}

// Error lists them.
func (e *LeakError) Error() string {
	text := fmt.Sprintf("%d left suspended: %s", len(e.Left), strings.Join(e.Left, ", "))
	if err := errors.Join(e.Failed...); err != nil {
		text += "; ended with: " + err.Error()
	}
	return text
}

// Unwrap is the errors with which they ended.
func (e *LeakError) Unwrap() []error { return e.Failed }

// Close ends what is still suspended, so that no goroutine stays behind, and returns a *LeakError if there was any.
// Each of them gets ErrExit from the Switch in which it waits. One that then switches again, instead of ending, is
// unwound by a panic that runs its deferred functions. Only main may call it; afterwards no greenlet of the Thread can
// be started.
func (t *Thread) Close() error {
	if err := t.Check(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	if t.current != t.main {
		return errors.New("close: only the main greenlet may do that")
	}
	t.closing = true
	t.trace = nil
	if len(t.alive) == 0 {
		return nil
	}
	leak := &LeakError{}
	for _, g := range t.Alive() {
		leak.Left = append(leak.Left, g.String())
	}
	for len(t.alive) > 0 {
		g := t.alive[len(t.alive)-1]
		g.parent = t.main
		if err := t.expel(g); err != nil {
			leak.Failed = append(leak.Failed, fmt.Errorf("%v: %w", g, err))
		}
	}
	return leak
}

// expel throws ErrExit into a greenlet whose parent is main, and returns with what error it ended.
func (t *Thread) expel(g *Greenlet) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = coro.Recovered(p)
		}
	}()
	_, err = t.give(g, nil, ErrExit)
	return err
}

// unwinding is the value of the panic by which Close ends a greenlet.
type unwinding struct{}

// Unwinds reports whether a recovered value is that of the panic by which Close ends a greenlet. Who recovers it panics
// with it again.
func Unwinds(recovered any) bool { return recovered == unwinding{} }

// give passes control to the target, with values or an error, and returns what arrives when it comes back.
//
// A goroutine of iter.Pull can do two things: continue another one that is parked in its yield, by calling its next; or
// park in its own yield and so continue whoever has called its next. So those that have continued one another form a
// chain, from main to the one that runs. If the target is in the chain control goes down to it, link by link, each
// parking in its yield; if it is not, it becomes the new end. A link that is passed on the way down was added by an
// earlier switch, so that n switches take 2n hand-overs at most; ping-pong between any two takes one each.
//
// It is one function, and not cut in pieces, for speed: after a hand-over the processor expects to return to where the
// other coroutine came from, and guesses wrong once for every function that is left.
func (t *Thread) give(target *Greenlet, values []any, thrown error) ([]any, error) {
	me := t.current
	if coro.Goroutine() != me.goroutine {
		return nil, ErrThread
	}
	if target.state != started || t.closing {
		var refused error
		if target, values, thrown, refused = t.settle(target, values, thrown); refused != nil {
			return nil, refused
		}
	}
	t.origin, t.target = me, target
	t.values, t.thrown = values, thrown
	t.stats.Switches++
	coro.ProbeSwitch(me.id, target.id)
	for t.target != me {
		next := t.target
		t.stats.Handover++
		if next.inChain || next == t.main {
			me.yield(struct{}{})
			continue
		}
		if next.next == nil {
			next.start()
		}
		next.inChain, next.resumer = true, me
		next.next()
		next.inChain, next.resumer = false, nil
	}
	t.current = me
	if t.trace != nil || t.panic != nil {
		return t.arrive(me)
	}
	return t.values, t.thrown
}

// arrive is the target's part of a switch, when there is more to it than to take what has come.
func (t *Thread) arrive(me *Greenlet) ([]any, error) {
	t.current = me
	values, thrown, panicked := t.values, t.thrown, t.panic
	t.panic = nil
	if t.trace != nil {
		if err := t.traced(me, thrown != nil || panicked != nil); err != nil {
			return nil, err
		}
	}
	if panicked != nil {
		panic(panicked)
	}
	return values, thrown
}

func (t *Thread) traced(me *Greenlet, thrown bool) error {
	event := EventSwitch
	if thrown {
		event = EventThrow
	}
	err := t.trace(event, t.origin, me)
	if err != nil {
		t.trace = nil
	}
	return err
}

// settle finds who really gets what is given to the target, and refuses what cannot be given.
func (t *Thread) settle(target *Greenlet, values []any, thrown error) (successor *Greenlet, v []any, e, refused error) {
	if t.closing && t.current != t.main {
		panic(unwinding{}) // it was told to end
	}
	if target.state == pending && target.run == nil {
		return nil, nil, nil, ErrNoRun
	}
	successor, values, thrown = inherit(target, values, thrown)
	if successor.state == pending && t.closing {
		return nil, nil, nil, ErrClosed
	}
	return successor, values, thrown, nil
}

// inherit finds who gets what is for the target: the dead pass it on to their parents, and so do those that cannot be
// started, with the reason.
func inherit(target *Greenlet, values []any, thrown error) (*Greenlet, []any, error) {
	for {
		switch {
		case target.state == dead:
		case target.state == pending && target.run == nil:
			values, thrown = nil, ErrNoRun
		default:
			return target, values, thrown
		}
		target = target.parent
	}
}
