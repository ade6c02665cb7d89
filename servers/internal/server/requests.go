package server

import (
	"errors"
	"sync"

	"golang.org/x/sys/unix"
)

// Requests passes what other goroutines ask for to the thread that serves, which waits in poll(2). The zero value takes
// none.
type Requests[T any] struct {
	mu    sync.Mutex
	taken bool // what is asked for is carried out
	wake  int  // an eventfd
	asked []request[T]
}

type request[T any] struct {
	what T
	done chan<- error
}

// ErrNotServing is the answer where nobody serves, or listens to requests.
var ErrNotServing = errors.New("nothing can be asked of the server: it does not serve, or was not told to listen")

// Open begins to take requests.
func (r *Requests[T]) Open() (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	r.taken = err == nil
	return err
}

// Close refuses what is still asked for, and all that comes.
func (r *Requests[T]) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.taken {
		return
	}
	unix.Close(r.wake)
	r.taken = false
	for _, a := range r.asked {
		a.done <- ErrNotServing
	}
	r.asked = nil
}

// Ask waits for the answer.
func (r *Requests[T]) Ask(what T) error {
	done := make(chan error, 1)
	r.mu.Lock()
	if !r.taken {
		r.mu.Unlock()
		return ErrNotServing
	}
	r.asked = append(r.asked, request[T]{what, done})
	_, err := unix.Write(r.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // any number that is not 0
	r.mu.Unlock()
	if err != nil && err != unix.EAGAIN { // EAGAIN: it is awake
		return err
	}
	return <-done
}

// Poll returns what poll(2) waits for beside clients, on the thread that serves.
func (r *Requests[T]) Poll() []unix.PollFd {
	if !r.taken {
		return nil
	}
	return []unix.PollFd{{Fd: int32(r.wake), Events: unix.POLLIN}}
}

// Take carries out what was asked for, on the thread that serves.
func (r *Requests[T]) Take(do func(T) error) {
	if !r.taken {
		return
	}
	r.mu.Lock()
	var count [8]byte
	_, _ = unix.Read(r.wake, count[:]) // EAGAIN: nothing was asked for
	asked := r.asked
	r.asked = nil
	r.mu.Unlock()
	for _, a := range asked {
		a.done <- do(a.what)
	}
}
