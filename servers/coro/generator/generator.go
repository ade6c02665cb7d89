// Package generator has Python's generators: functions that stop in the middle to hand out a value.
//
//	numbers := generator.New(func(y *generator.Yielder[int, string]) (any, error) {
//		answer, err := y.Yield(1) // stops here; the caller's Next returns 1
//		if err != nil {
//			return nil, err // the caller has used Throw or Close
//		}
//		return answer, nil // what the caller sent
//	})
//	v, err := numbers.Next()       // 1
//	_, err = numbers.Send("hello") // *StopIteration with the value "hello"
//
// A generator is the simplest coroutine: it can stop only in favour of whoever has asked it, who waits meanwhile as for
// any function. So it needs no scheduler; and two functions that both want to drive, such as a lexer and a parser, can
// each be written as a loop.
//
// Python's names and ours:
//
//	def f(): ...; f()      New(body); as there, nothing runs before the first Next
//	v = yield x            v, err := y.Yield(x)
//	yield from g           value, err := y.From(g)
//	next(g)                g.Next()
//	g.send(v)              g.Send(v)
//	g.throw(e)             g.Throw(err)
//	g.close()              g.Close()
//	for v in g             for v, err := range g.All()
//	StopIteration.value    *StopIteration, by errors.As
//	GeneratorExit          ErrExit
//
// How errors and panics pass is told in package coro. One thing differs: Python closes a generator that nobody refers
// to any more; Go cannot know, since the suspended stack refers to it. Whoever does not run a generator to its end
// closes it, else its goroutine stays. A generator may go from goroutine to goroutine, but is used by one at a time.
package generator

import (
	"errors"
	"fmt"
	"iter"
	"sync/atomic"

	"tracer/servers/coro"
)

// Errors of the use of generators.
var (
	ErrExit    = errors.New("generator exit")                                   // thrown in by Close
	ErrIgnored = errors.New("generator ignored its exit: it has yielded again") // by Close; the generator lives
	// It resumes itself, or two goroutines do
	ErrExecuting  = errors.New("generator already executing")
	ErrNotStarted = errors.New("cannot send to a just-started generator: use Next")  // no yield waits for the value
	ErrOutside    = errors.New("yield outside of the generator's body, or after it") // the Yielder is used elsewhere
	// Of another generator, most likely
	errRaisedStop = errors.New("generator body returned a StopIteration as an error")
)

// StopIteration is the error that tells the end of a generator.
type StopIteration struct {
	Value any // what the body has returned
}

// Error says that the end is reached.
func (s *StopIteration) Error() string {
	if s.Value == nil {
		return "stop iteration"
	}
	return fmt.Sprintf("stop iteration: %v", s.Value)
}

// Generator hands out values of type V and takes, at each yield, one of type S.
type Generator[V, S any] struct {
	id   uint64
	body func(*Yielder[V, S]) (any, error)
	next func() (V, bool)

	running atomic.Bool
	state   state
	sent    S     // for the yield that is resumed
	thrown  error // or this
	result  any   // of the body
	err     error
	panic   *coro.Panic
}

type state uint8

const (
	created state = iota
	suspended
	finished
)

// Yielder is the generator as its body sees it.
type Yielder[V, S any] struct {
	generator *Generator[V, S]
	yield     func(V) bool
	goroutine uintptr
}

// New makes a generator. Its body runs from the first Next on.
func New[V, S any](body func(*Yielder[V, S]) (any, error)) *Generator[V, S] {
	g := &Generator[V, S]{id: coro.NewID(), body: body}
	coro.ProbeSpawn(g.id, 0, coro.KindGenerator)
	return g
}

// Next continues the generator up to its next value. At its end the error is a *StopIteration if the body has returned
// no error, and from then on at each call; an error of the body is returned once.
func (g *Generator[V, S]) Next() (V, error) {
	var none S
	return g.enter(none, nil, false)
}

// Send is Next, and value is what the yield returns that the generator waits in.
func (g *Generator[V, S]) Send(value S) (V, error) { return g.enter(value, nil, true) }

// Throw is Next, and err is the error of the yield that the generator waits in. A generator that has not started ends
// there and then; one that has ended returns err.
func (g *Generator[V, S]) Throw(err error) (V, error) {
	var none S
	if err == nil {
		var v V
		return v, errors.New("throw into a generator: the error is nil")
	}
	return g.enter(none, err, false)
}

// Close throws ErrExit into the generator. That the body then ends, with this error or with none, is success; another
// error is returned. A body that yields instead gives ErrIgnored, and lives on.
func (g *Generator[V, S]) Close() error {
	switch _, err := g.Throw(ErrExit); {
	case err == nil:
		return ErrIgnored
	case errors.Is(err, ErrExit), isStop(err):
		return nil
	default:
		return err
	}
}

// All is the sequence of the remaining values. An error of the body comes last, with the zero value. A loop that
// breaks closes the generator, and panics with an error of that, since a loop returns none.
func (g *Generator[V, S]) All() iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		for {
			v, err := g.Next()
			if isStop(err) {
				return
			}
			if !yield(v, err) {
				if err = g.Close(); err != nil && !errors.Is(err, ErrExecuting) {
					panic(fmt.Errorf("close a generator whose loop has ended: %w", err))
				}
				return
			}
			if err != nil {
				return
			}
		}
	}
}

func isStop(err error) bool {
	_, ok := errors.AsType[*StopIteration](err)
	return ok
}

// enter is the way into the generator.
func (g *Generator[V, S]) enter(sent S, thrown error, sending bool) (v V, err error) {
	if !g.running.CompareAndSwap(false, true) {
		return v, ErrExecuting
	}
	defer g.running.Store(false)
	switch {
	case g.state == finished && thrown != nil:
		return v, thrown
	case g.state == finished:
		return v, &StopIteration{}
	case g.state == created && thrown != nil:
		g.end(coro.Failed)
		return v, thrown
	case g.state == created && sending:
		return v, ErrNotStarted
	case g.state == created:
		g.next, _ = iter.Pull(g.run) // not before: a coroutine belongs to the thread lock of its maker
		g.state = suspended
	}
	g.sent, g.thrown = sent, thrown
	coro.ProbeSwitch(0, g.id)
	if v, ok := g.next(); ok {
		return v, nil
	}
	return v, g.outcome()
}

// outcome is what the caller gets who was there when the body ended.
func (g *Generator[V, S]) outcome() error {
	switch {
	case g.panic != nil:
		panic(g.panic)
	case isStop(g.err):
		return fmt.Errorf("%w: %v", errRaisedStop, g.err) // not wrapped: it would look like the end
	case g.err != nil:
		return g.err
	}
	return &StopIteration{Value: g.result}
}

// run is the generator's side: it is the coroutine.
func (g *Generator[V, S]) run(yield func(V) bool) {
	how := coro.Panicked
	defer func() {
		if p := recover(); p != nil {
			g.panic = coro.Recovered(p)
		}
		g.end(how)
		coro.ProbeSwitch(g.id, 0)
	}()
	y := &Yielder[V, S]{generator: g, yield: yield, goroutine: coro.Goroutine()}
	g.result, g.err = g.body(y)
	switch {
	case g.err == nil:
		how = coro.Returned
	case errors.Is(g.err, ErrExit):
		how = coro.Exited
	default:
		how = coro.Failed
	}
}

func (g *Generator[V, S]) end(how coro.How) {
	g.state = finished
	g.body = nil
	coro.ProbeFinish(g.id, how)
}

// Yield hands out a value and stops. It returns when the generator is continued: with what was sent (the zero value
// after Next), or with the error that was thrown.
func (y *Yielder[V, S]) Yield(value V) (S, error) {
	g := y.generator
	if g.state == finished || coro.Goroutine() != y.goroutine {
		var none S
		return none, ErrOutside
	}
	coro.ProbeSwitch(g.id, 0)
	y.yield(value)
	return g.sent, g.thrown
}

// From hands out all values of another generator as if they were this one's own; what is sent or thrown goes to the
// other. It returns what that has returned. ErrExit closes the other first and is then returned.
func (y *Yielder[V, S]) From(inner *Generator[V, S]) (any, error) {
	v, err := inner.Next()
	for err == nil {
		sent, thrown := y.Yield(v)
		switch {
		case thrown == nil:
			v, err = inner.Send(sent)
		case errors.Is(thrown, ErrExit):
			if err := inner.Close(); err != nil {
				return nil, err
			}
			return nil, thrown
		default:
			v, err = inner.Throw(thrown)
		}
	}
	if stop, ok := errors.AsType[*StopIteration](err); ok {
		return stop.Value, nil
	}
	return nil, err
}
