package servers

// Go's own way: a goroutine for each connection.
//
// The code reads like the thread server's: accept, go, read, write, all of it seeming to block. It does not. The
// sockets are non-blocking; a goroutine that would have to wait is parked, and its thread runs another. One epoll
// instance of the runtime's tells which goroutines may go on. So the kernel sees what it sees of an epoll server, on
// as many threads as there are processors, and none of the goroutines: they are the program's own affair, like the
// coroutines of other languages, except that they run in parallel.
//
// Order of system calls: accept4, epoll_ctl (ADD, edge-triggered), read, write, read = EAGAIN, ..., epoll_pwait, read =
// 0, epoll_ctl (DEL), close.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"tracer/servers/internal/server"
)

type goroutineServer struct {
	*base
	talks   *server.Talks
	client  func(net.Conn) // serves one connection
	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	over    bool // conns were closed, and new ones are at once
	serving sync.WaitGroup
}

func newGoroutine(b *base) Server { return newGoroutines(b) }

func newGoroutines(b *base) *goroutineServer {
	s := &goroutineServer{base: b, talks: server.NewTalks(b.Base), conns: map[net.Conn]struct{}{}}
	s.client = s.converse
	return s
}

func (s *goroutineServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	file := os.NewFile(uintptr(s.Socket.FD), "listener")
	listener, err := net.FileListener(file) // a copy, which the runtime watches
	s.Socket.Give()
	file.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("hand the socket to the runtime: %w", err), s.Close())
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(closed)
		listener.Close()
	})
	pause := func(d time.Duration) bool { return server.Sleep(ctx, d) }
	err = s.AcceptAll(ctx, listener.Accept, pause, func(conn net.Conn) { s.serving.Go(func() { s.serveConn(conn) }) })
	if stop() {
		listener.Close()
	} else {
		<-closed // accept fails before the descriptor is gone
	}
	s.drain()
	return errors.Join(err, s.Close())
}

// drain waits for the clients, and when the grace is over closes their connections.
func (s *goroutineServer) drain() {
	timer := time.AfterFunc(s.options.Grace, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.over = true
		for conn := range s.conns {
			conn.Close()
		}
		ended := int64(len(s.conns))
		s.Note(func(r *Report) { r.Ended += ended })
	})
	s.serving.Wait()
	timer.Stop()
}

func (s *goroutineServer) serveConn(conn net.Conn) {
	s.mu.Lock()
	s.conns[conn] = struct{}{}
	if s.over {
		conn.Close()
	}
	s.mu.Unlock()
	s.client(conn)
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	conn.Close()
	s.ExitIfAsked()
}

// converse serves one connection with the options' service.
func (s *goroutineServer) converse(conn net.Conn) {
	talk := s.talks.Take()
	err := server.Converse(server.StreamOf(conn), talk, s.work)
	s.talks.Put(talk)
	if err != nil {
		s.Failed("serve", err)
	}
}

// work makes a request last without blocking a thread longer than it computes.
func (s *goroutineServer) work() {
	w := s.Work()
	time.Sleep(w.Sleep)
	w.Sleep = 0
	w.Do()
}
