// Package coro holds what the coroutines in its subpackages share. Three of them make one lesson, and each is built on
// the one before:
//
//   - generator: a function that stops in the middle, hands out a value, and goes on when it is asked for the next.
//   - greenlet: a function that stops in the middle and hands over to any other that has stopped.
//   - gevent: greenlets that stop only where they would have to wait, and one of them, the hub, that waits for all.
//
// # What a coroutine is
//
// A thread has a stack and registers, and the kernel decides when it runs. A coroutine has a stack and registers, too,
// but the program decides: whoever runs says who runs next. So only one of a thread's coroutines runs at a time, it
// is never interrupted by another, and the kernel knows of none of them: ten thousand switches make no system call.
// The price is that one which blocks or computes stops all.
//
// The stacks here are those of goroutines that never run side by side. [iter.Pull] makes a goroutine which the
// scheduler does not know: its next function parks the caller and continues the callee on the caller's thread by a
// direct hand-over, without a queue and without a lock. That is a switch. What the subpackages add is who may switch
// to whom, and which values go along.
//
// # Errors and panics
//
// Python throws exceptions into a coroutine and out of it. Here, in all three packages:
//
//   - What is thrown into a coroutine is an error. It is what the call returns in which the coroutine has stopped.
//     Nothing forces the coroutine to give up; if it ignores the error it goes on, as a Python function that catches.
//   - An error that the coroutine's function returns goes where Python's uncaught exception would go: to the caller of
//     a generator, to the parent of a greenlet, into the result of a gevent Greenlet.
//   - A panic is not made an error on its way through generators and greenlets: it continues in the caller or the
//     parent as a panic with a *[Panic], which has the first value and the stack of its origin. Only gevent ends it,
//     where Python ends an exception: as the error of the Greenlet that has panicked.
//   - runtime.Goexit, which testing's FailNow calls, ends the goroutine that drives the coroutines, and them with it.
//
// # One thread
//
// A coroutine belongs to the goroutine that drives it. Use from another is an error that says so; [Goroutine] is how
// it is noticed. If the driver is locked to its thread (runtime.LockOSThread) that must not change as long as it has
// coroutines: the runtime checks it and stops the program.
package coro

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

var lastID atomic.Uint64

// NewID returns an identity for a coroutine: unique in the process, never 0, never used twice.
func NewID() uint64 { return lastID.Add(1) }

// Panic is a panic that continues outside of the coroutine in which it began.
type Panic struct {
	Value any    // what was given to panic
	Stack []byte // where that was
}

// Recovered wraps what recover returned, unless it is a *Panic already. It is to be called where recover is.
func Recovered(value any) *Panic {
	if p, ok := value.(*Panic); ok {
		return p
	}
	return &Panic{Value: value, Stack: debug.Stack()}
}

// Error returns value and origin.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n\n%s", p.Value, p.Stack) }

// Unwrap is the value if that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
