// Package gevent has Python's gevent: greenlets that stop only where they would have to wait, and one more, the hub,
// that waits for all of them. It is how one thread serves many clients with code that reads as if each had a thread.
//
// A Hub is an event loop on epoll(7). A greenlet that sleeps, waits for another, or reads from a socket that has
// nothing to read, says what should continue it and switches to the hub. The hub continues whoever can go on, in the
// order in which they became able to, and asks the kernel only when nobody can. So nothing is interrupted between two
// waits, and no lock is needed; and the kernel sees one thread, few system calls, and none of the switches.
//
// The price: what blocks the thread, blocks all. Hub.Sleep stops the greenlet that calls it, time.Sleep stops every one.
// The same is true of a long computation. Python's gevent replaces blocking functions of the library by its own; Go's
// cannot be replaced, so that a greenlet must use the Hub's sockets and waits itself.
//
// Run makes a hub of the calling goroutine, which is locked to its thread meanwhile. Use from another goroutine is
// refused with ErrThread, or where no error is returned by a panic. Names differ from Python's only where Go's errors
// and types ask for it; what must wait returns an error, which is what was thrown in by Kill or a Timeout. If all wait
// and nothing can wake one, the main greenlet gets a *DeadlockError that names each and what it waits for.
package gevent
