package servers

// The thread server: a kernel thread for each connection.
//
// A thread is a task as a process is, made by the same clone(2), but it shares address space, descriptors and signal
// handlers with its creator: no page tables are copied, nobody closes a connection twice, and no zombie is left, for
// a thread that ends is nobody's child to wait for. It also shares its fate: one thread that crashes ends all.
//
// Go has goroutines, not threads. But a goroutine that is locked to its thread and ends without unlocking takes the
// thread with it: the runtime lets it exit. So each client here has a kernel thread, blocked in its own recvfrom, that
// ends with the connection. The runtime starts such threads ahead of need, so a few more are made than clients come.
//
// Order of system calls: accepting thread accept4, accept4, ...; each other thread recvfrom, sendto, ..., recvfrom = 0,
// close, exit. Over UDP: receiving thread recvfrom, recvfrom, ...; a thread for each datagram sendto, exit.

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"tracer/servers/internal/osthread"
	"tracer/servers/internal/server"
	"tracer/servers/internal/socket"
)

type threadServer struct {
	*base
	talks   *server.Talks
	client  func(conn int) // serves one connection and closes it
	free    chan struct{}  // holds as many values as clients may still be served at once
	threads sync.WaitGroup
}

func newThread(b *base) Server { return newThreads(b) }

func newThreads(b *base) *threadServer {
	s := &threadServer{base: b, talks: server.NewTalks(b.Base), free: make(chan struct{}, b.options.Limit)}
	s.client = s.converse
	return s
}

func (s *threadServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer osthread.Places()()
	release := s.InterruptWith(ctx)
	var err error
	if s.options.Network == "udp" {
		err = s.serveDatagrams(ctx)
	} else {
		err = s.serveConnections(ctx)
	}
	s.threads.Wait()
	return errors.Join(err, s.CloseSocket(release))
}

func (s *threadServer) serveConnections(ctx context.Context) error {
	for s.acquire(ctx) {
		conn, ok, err := s.Accept(ctx, 0)
		if !ok {
			return err
		}
		s.start(func() { s.client(conn) })
	}
	return nil
}

func (s *threadServer) serveDatagrams(ctx context.Context) error {
	for s.acquire(ctx) {
		talk, peer := s.talks.Take(), new(socket.Peer)
		n, ok, err := s.ReceiveDatagram(ctx, talk, peer)
		if !ok {
			return err
		}
		s.start(func() {
			s.Answer(talk, n, peer)
			s.talks.Put(talk)
		})
	}
	return nil
}

// acquire waits until a client more may be served.
func (s *threadServer) acquire(ctx context.Context) bool {
	select {
	case s.free <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// start serves a client on a thread of its own.
func (s *threadServer) start(serve func()) {
	s.Note(func(r *Report) { r.Threads++ })
	s.threads.Add(1)
	osthread.Go(func() {
		defer s.threads.Done()
		serve()
		<-s.free
	})
}

// converse serves one connection with the options' service.
func (s *threadServer) converse(conn int) {
	talk := s.talks.Take()
	s.ServeConn(conn, talk)
	s.talks.Put(talk)
}
