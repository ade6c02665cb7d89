package servers

// The thread pool: threads started beforehand, and a queue.
//
// A thread a connection pays for a clone and an exit with each client, and has no bound but memory. Here Workers
// threads are made once; the accepting thread puts connections into a queue, and whichever thread is idle takes the
// next. No more clients than threads are served at once. The others wait twice: as accepted connections in the queue,
// and when that is full, because the accepting thread then stops, in the kernel's backlog. A client that says nothing
// occupies its thread all the same: as many silent clients as threads, and the server stands still.
//
// Order of system calls: accepting thread accept4, futex (to wake a worker); worker recvfrom, sendto, ..., recvfrom =
// 0, close, futex (to sleep).

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"tracer/servers/internal/osthread"
	"tracer/servers/internal/server"
)

type threadPoolServer struct {
	*base
	queue chan int // accepted connections; as long as there are workers
}

func newThreadPool(b *base) Server {
	return &threadPoolServer{base: b, queue: make(chan int, b.options.Workers)}
}

func (s *threadPoolServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer osthread.Places()()
	release := s.InterruptWith(ctx)
	var workers sync.WaitGroup
	for range s.options.Workers {
		s.Note(func(r *Report) { r.Threads++ })
		workers.Add(1)
		osthread.Go(func() {
			defer workers.Done()
			s.worker()
		})
	}
	err := s.fillQueue(ctx)
	close(s.queue)
	workers.Wait()
	return errors.Join(err, s.CloseSocket(release))
}

func (s *threadPoolServer) fillQueue(ctx context.Context) error {
	for {
		conn, ok, err := s.Accept(ctx, 0)
		if !ok {
			return err
		}
		s.queue <- conn // a worker takes it in the end: after the grace their clients are cut off
	}
}

// worker serves clients until the queue is closed and empty.
func (s *threadPoolServer) worker() {
	talk := s.NewTalk()
	for conn := range s.queue {
		s.ServeConn(conn, talk)
	}
}
