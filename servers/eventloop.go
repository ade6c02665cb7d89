package servers

// What the models select, poll and epoll have in common: one thread, many connections.
//
// All sockets are non-blocking, and the thread waits in one place only, for any of them. So it serves whoever has
// something to say, and needs no other task. The program itself must remember how far it is with each client, which a
// blocking server's thread has on its stack: here that is a client value. And whatever blocks or computes between two
// waits, such as the work of one request, holds up every client.
//
// Order of system calls for a client: wait, accept4, wait, recvfrom, sendto, ..., wait, recvfrom = 0, close. N clients
// one after the other, with a request each, take 3N+1 waits, the last of which finds nothing more.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// interest is what a descriptor is watched for.
type interest uint8

const (
	toRead interest = iota + 1
	toWrite
)

// multiplexer is one of the system calls by which a thread waits for many descriptors. It is level-triggered: a
// descriptor is reported as long as it is ready; also on an error or hang-up.
type multiplexer interface {
	open() error
	add(fd int, i interest) error
	change(fd int, i interest) error
	remove(fd int) error
	// wait blocks until a descriptor is ready or the time is over (never, if it is negative) and appends the ready
	// ones to buffer.
	wait(buffer []int, limit time.Duration) (ready []int, err error)
	close() error
}

// client is one connection and how far it is.
type client struct {
	talk    *service.Talk
	watched interest
	rest    []byte // of an answer that the socket has not yet taken
	done    bool   // close after rest
}

type eventServer struct {
	*base
	watch   multiplexer
	clients map[int]*client
	talks   *server.Talks

	resume time.Time // when to watch the listener again, if it is not watched for lack of descriptors
	pause  time.Duration
	end    time.Time // when to cut off the clients; zero before the server stops
}

func newEventServer(b *base, watch multiplexer) Server {
	return &eventServer{base: b, watch: watch, clients: map[int]*client{}, talks: server.NewTalks(b.Base),
		pause: server.PauseMin}
}

func (s *eventServer) Serve(ctx context.Context) error {
	if s.Socket == nil {
		return server.ErrNotListening
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := s.watch.open(); err != nil {
		return errors.Join(err, s.Close())
	}
	release := s.InterruptWith(ctx)
	err := s.loop(ctx)
	for fd := range s.clients {
		unix.Close(fd)
	}
	return errors.Join(err, s.watch.close(), s.CloseSocket(release))
}

func (s *eventServer) loop(ctx context.Context) error {
	listener := s.Socket.FD
	if err := errors.Join(socket.SetNonblock(listener), s.watch.add(listener, toRead)); err != nil {
		return fmt.Errorf("watch the listener: %w", err)
	}
	var ready []int
	for s.end.IsZero() || len(s.clients) > 0 {
		var err error
		ready, err = s.watch.wait(ready[:0], s.limit())
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for events: %w", err)
		}
		for _, fd := range ready {
			if fd == listener {
				err = s.acceptOne(ctx)
			} else {
				s.advance(fd)
			}
			if err != nil {
				return err
			}
		}
		if err := s.timers(ctx); err != nil {
			return err
		}
	}
	return nil
}

// limit is how long the next wait may last.
func (s *eventServer) limit() time.Duration {
	switch {
	case !s.end.IsZero():
		return max(0, time.Until(s.end))
	case !s.resume.IsZero():
		return max(0, time.Until(s.resume))
	}
	return -1
}

// timers does what is due: the server stops, its grace is over, the listener is to be watched again.
func (s *eventServer) timers(ctx context.Context) error {
	now := time.Now()
	switch {
	case ctx.Err() != nil && s.end.IsZero():
		s.end = now.Add(s.options.Grace)
		if len(s.clients) > 0 && s.resume.IsZero() {
			return s.watch.remove(s.Socket.FD)
		}
	case !s.end.IsZero() && now.After(s.end):
		s.Note(func(r *Report) { r.Ended += int64(len(s.clients)) })
		for fd, c := range s.clients {
			s.drop(fd, c)
		}
	case !s.resume.IsZero() && now.After(s.resume):
		s.resume = time.Time{}
		return s.watch.add(s.Socket.FD, toRead)
	}
	return nil
}

// acceptOne takes one connection. Another that waits makes the listener ready again.
func (s *eventServer) acceptOne(ctx context.Context) error {
	s.Call(report.Accept)
	conn, err := socket.Accept(s.Socket.FD, server.Nonblocking)
	if err != nil {
		return s.acceptFailed(ctx, err)
	}
	s.pause = server.PauseMin
	s.Note(func(r *Report) { r.Accepts++ })
	if err := s.watch.add(conn, toRead); err != nil {
		s.Failed("watch", err)
		unix.Close(conn)
		return nil
	}
	c := &client{talk: s.talks.Take(), watched: toRead}
	c.talk.Reset()
	s.clients[conn] = c
	s.reply(conn, c, c.talk.Greeting)
	return nil
}

func (s *eventServer) acceptFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	s.Failed(report.Accept, err)
	switch socket.FateOf(err) {
	case socket.Next:
		return nil
	case socket.Pause: // the listener stays ready all that time: do not watch it
		s.resume = time.Now().Add(s.pause)
		s.pause = min(2*s.pause, server.PauseMax)
		return s.watch.remove(s.Socket.FD)
	}
	return fmt.Errorf("accept: %w", err)
}

// advance goes on with a client whose socket is ready.
func (s *eventServer) advance(fd int) {
	c := s.clients[fd]
	if c == nil {
		return // dropped in this round
	}
	if len(c.rest) > 0 {
		s.flush(fd, c)
		return
	}
	n, err := socket.Receive(fd, c.talk.Room())
	switch {
	case errors.Is(err, unix.EAGAIN):
	case err != nil:
		s.Failed("serve", err)
		s.drop(fd, c)
	case n == 0:
		s.drop(fd, c)
	default:
		s.reply(fd, c, func() ([]byte, bool) { return c.talk.Received(n) })
	}
}

// reply sends what next says.
func (s *eventServer) reply(fd int, c *client, next func() ([]byte, bool)) {
	c.rest, c.done = next()
	if len(c.rest) > 0 {
		s.DoWork()
		s.flush(fd, c)
	}
}

// flush sends as much as the socket takes; for the rest it is watched until it takes more. As long nothing is read from
// this client: who does not take answers need not ask.
func (s *eventServer) flush(fd int, c *client) {
	for len(c.rest) > 0 {
		n, err := socket.Send(fd, c.rest)
		if errors.Is(err, unix.EAGAIN) {
			s.rewatch(fd, c, toWrite)
			return
		}
		if err != nil {
			s.Failed("serve", err)
			s.drop(fd, c)
			return
		}
		c.rest = c.rest[n:]
	}
	if !c.done {
		s.rewatch(fd, c, toRead)
		return
	}
	c.talk.Reset()
	socket.Finish(fd, c.talk.Room())
	s.drop(fd, c)
}

func (s *eventServer) rewatch(fd int, c *client, i interest) {
	if c.watched == i {
		return
	}
	c.watched = i
	if err := s.watch.change(fd, i); err != nil {
		s.Failed("watch", err)
		s.drop(fd, c)
	}
}

// drop closes a connection.
func (s *eventServer) drop(fd int, c *client) {
	if err := s.watch.remove(fd); err != nil {
		s.Failed("watch", err)
	}
	unix.Close(fd)
	delete(s.clients, fd)
	s.talks.Put(c.talk)
	s.ExitIfAsked()
}
