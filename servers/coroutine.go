package servers

// The coroutine server: one thread, an event loop, and a coroutine for each connection.
//
// The code of a client reads like the thread server's: read, answer, read again. But a read that would have to wait
// gives up the thread instead of blocking it: the coroutine parks, and the loop runs another whose socket is ready. So
// it is the epoll server with the state of each client on a stack of its own, where the epoll server has to remember by
// hand how far it is. The kernel sees one thread and one epoll instance; coroutines are the program's own affair.
//
// They take turns only where they wait by the loop's means. Work that sleeps does so here: clients do not hold each
// other up. With Options.Block it calls the kernel's sleep, as a library would that does not know of the loop
// (time.sleep under gevent, without its monkey patching): then the thread sleeps, and all clients with it. Work that
// computes holds up all in any case.
//
// Order of system calls: accept4 = EAGAIN, epoll_ctl (ADD, once), epoll_pwait, accept4, recvfrom, sendto, recvfrom =
// EAGAIN, epoll_ctl (ADD), epoll_pwait, ..., recvfrom = 0, close.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/coro/gevent"
	"tracer/servers/internal/server"
	"tracer/servers/internal/socket"
)

type coroutineServer struct {
	*base
	talks *server.Talks
	hub   *gevent.Hub
	group *gevent.Pool              // the coroutines of clients
	conns map[*gevent.Conn]struct{} // theirs
}

func newCoroutine(b *base) Server {
	return &coroutineServer{base: b, talks: server.NewTalks(b.Base), conns: map[*gevent.Conn]struct{}{}}
}

func (s *coroutineServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	fd := s.Socket.FD
	s.Socket.Give()
	err := gevent.Run(func(hub *gevent.Hub) error {
		s.hub, s.group = hub, gevent.NewGroup(hub)
		s.Note(func(r *Report) { r.Coroutines++ })
		return s.run(ctx, fd)
	})
	if s.hub != nil {
		s.Note(func(r *Report) { r.Switches = int64(s.hub.Stats().Switches) })
	}
	return errors.Join(err, s.Close())
}

// run is the main coroutine: it accepts, and at the end waits for the others.
func (s *coroutineServer) run(ctx context.Context, fd int) error {
	listener, err := gevent.NewListener(s.hub, fd)
	if err != nil {
		unix.Close(fd)
		return fmt.Errorf("hand the socket to the loop: %w", err)
	}
	closeOnce := func() {
		if listener != nil {
			listener.Close()
			listener = nil
		}
	}
	defer closeOnce()
	stop, err := s.hub.Async(closeOnce)
	if err != nil {
		return err
	}
	defer stop.Close()
	defer context.AfterFunc(ctx, stop.Send)()
	pause := func(d time.Duration) bool { return s.hub.Sleep(d) == nil && ctx.Err() == nil }
	err = s.AcceptAll(ctx, listener.Accept, pause, s.spawn)
	closeOnce()
	return errors.Join(err, s.drain())
}

func (s *coroutineServer) spawn(accepted net.Conn) {
	conn := accepted.(*gevent.Conn)
	s.conns[conn] = struct{}{}
	s.Note(func(r *Report) { r.Coroutines++ })
	// The error is what would be thrown into this coroutine, which nobody does.
	_, _ = s.group.Spawn(func() (any, error) { s.serveConn(conn); return nil, nil })
}

// drain waits for the clients, and when the grace is over ends their coroutines, wherever they wait.
func (s *coroutineServer) drain() error {
	if done, err := s.group.Join(s.options.Grace); done || err != nil {
		return err
	}
	ended := int64(len(s.conns))
	s.Note(func(r *Report) { r.Ended += ended })
	for conn := range s.conns {
		conn.Close()
	}
	return s.group.Kill(nil, gevent.Forever)
}

func (s *coroutineServer) serveConn(conn *gevent.Conn) {
	talk := s.talks.Take()
	err := server.Converse(coroutineStream{server.StreamOf(conn), conn}, talk, s.work)
	s.talks.Put(talk)
	delete(s.conns, conn)
	conn.Close()
	if err != nil {
		s.Failed("serve", err)
	}
	s.ExitIfAsked()
}

// work makes a request last: cooperatively, unless it is to block.
func (s *coroutineServer) work() {
	w := s.Work()
	if !s.options.Block && w.Sleep > 0 {
		_ = s.hub.Sleep(w.Sleep) // ended by a kill, it finds the connection closed
		w.Sleep = 0
	}
	w.Do()
}

// coroutineStream is a connection whose calls park the calling coroutine.
type coroutineStream struct {
	server.NetStream
	conn *gevent.Conn
}

func (s coroutineStream) Finish(room []byte) { socket.Finish(s.conn.FD(), room) }
