// Package osthread gives Go code kernel threads of its own.
package osthread

import (
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// Go runs f on a kernel thread that ends with it: on a goroutine that locks itself to its thread and ends without
// unlocking, so that the runtime lets the thread exit. The process's first thread is no such one: it cannot end before
// the process, so if it gets the goroutine it hands f on, and stays occupied until another has it.
func Go(f func()) {
	go func() {
		runtime.LockOSThread() // and never unlock
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		taken := make(chan struct{})
		Go(func() {
			close(taken)
			f()
		})
		<-taken
		runtime.UnlockOSThread()
	}()
}

// enough threads that run Go code at once, while others sit in a system call that the runtime has not noticed to block.
const enough = 16

var places struct {
	sync.Mutex
	users  int
	before int
}

// Places makes room for threads that block in system calls, beside each other, until release. Only GOMAXPROCS threads
// run Go code at once, and one that blocks keeps its place until the runtime's monitor takes that away, 20 microseconds
// later at the best: with a place a processor they would mostly wait for that. The kernel shares out the processors.
func Places() (release func()) {
	places.Lock()
	defer places.Unlock()
	if places.users++; places.users == 1 {
		places.before = runtime.GOMAXPROCS(0)
		if places.before < enough {
			runtime.GOMAXPROCS(enough)
		}
	}
	return sync.OnceFunc(func() {
		places.Lock()
		defer places.Unlock()
		if places.users--; places.users == 0 && places.before < enough {
			runtime.GOMAXPROCS(places.before)
		}
	})
}
