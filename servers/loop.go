package servers

// The iterative server: one client at a time.
//
// Accept, serve to the end, close, accept the next. Nothing is created, nothing must be reaped, nothing can be shared
// wrongly; and each client waits for all before it. It does not notice that at first: its connect(2) succeeds at once,
// because the kernel completes the connection and keeps it in the listening socket's queue, the backlog. What is late
// is the answer. When the backlog is full, too, the kernel drops the SYN, and the client tries again after a second.
//
// Order of system calls for a client: accept4, recvfrom, sendto, ..., recvfrom = 0, close. Over UDP, where there are
// no connections: recvfrom, sendto.

import (
	"context"
	"errors"
	"runtime"

	"tracer/servers/internal/server"
	"tracer/servers/internal/socket"
)

type loopServer struct{ *base }

func newLoop(b *base) Server { return loopServer{b} }

func (s loopServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	release := s.InterruptWith(ctx)
	var err error
	if s.options.Network == "udp" {
		err = s.serveDatagrams(ctx)
	} else {
		err = s.serveConnections(ctx)
	}
	return errors.Join(err, s.CloseSocket(release))
}

func (s loopServer) serveConnections(ctx context.Context) error {
	talk := s.NewTalk()
	for {
		conn, ok, err := s.Accept(ctx, 0)
		if !ok {
			return err
		}
		s.ServeConn(conn, talk)
	}
}

func (s loopServer) serveDatagrams(ctx context.Context) error {
	talk := s.NewTalk()
	var peer socket.Peer
	for {
		n, ok, err := s.ReceiveDatagram(ctx, talk, &peer)
		if !ok {
			return err
		}
		s.Answer(talk, n, &peer)
	}
}
