package gevent

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// ServerOptions say how a StreamServer serves. The zero value of each has a meaning.
type ServerOptions struct {
	// Pool limits the connections that are served at once. While it is full the listener is not watched: who comes
	// waits in the backlog. nil: no limit.
	Pool *Pool
	// InLoop has the handler run in the loop itself, where it must not wait for anything: ErrInHub.
	InLoop bool
	// Spawn starts handlers in another way. An error is taken as one of accept.
	Spawn func(Func) error

	MaxAccept   int           // accepts in a row before others have their turn; 0: 100
	MinDelay    time.Duration // pause after an error of accept, doubled at each in a row; 0: 10 ms
	MaxDelay    time.Duration // up to this; 0: 1 s
	StopTimeout time.Duration // how long Stop waits before it kills the pool's handlers; 0: 1 s
}

// StreamServer accepts connections in the loop and has a greenlet serve each.
type StreamServer struct {
	hub      *Hub
	listener *Listener
	handle   func(*Conn) error
	options  ServerOptions
	stopped  *Event
	watching bool
	delay    time.Duration
	pause    timer
	room     *Link // waits for room in the pool
	accepted uint64
}

// NewStreamServer makes a server that takes over the listener and has not started. handle serves a connection, which is
// closed when it returns; its error is reported.
func NewStreamServer(h *Hub, l *Listener, handle func(*Conn) error, o ServerOptions) (*StreamServer, error) {
	h.own()
	switch {
	case l == nil || handle == nil:
		return nil, errors.New("stream server: it needs a listener and a handler")
	case o.MaxAccept < 0:
		return nil, fmt.Errorf("stream server: max accept %d: use at least 1", o.MaxAccept)
	}
	setDefault(&o.MaxAccept, 100)
	setDefault(&o.MinDelay, 10*time.Millisecond)
	setDefault(&o.MaxDelay, time.Second)
	setDefault(&o.StopTimeout, time.Second)
	s := &StreamServer{hub: h, listener: l, handle: handle, options: o, stopped: NewEvent(h), delay: o.MinDelay}
	s.stopped.set = true
	s.pause = timer{run: s.resume}
	return s, nil
}

func setDefault[T comparable](value *T, to T) {
	var zero T
	if *value == zero {
		*value = to
	}
}

// Addr is the listener's address.
func (s *StreamServer) Addr() net.Addr { return s.listener.addr }

// Started reports whether the server was started and not stopped.
func (s *StreamServer) Started() bool { return !s.stopped.set }

// Accepted is how many connections were accepted.
func (s *StreamServer) Accepted() uint64 { return s.accepted }

// Closed reports whether the listener is closed.
func (s *StreamServer) Closed() bool { return s.listener.d.closed }

// Start begins to accept.
func (s *StreamServer) Start() error {
	s.stopped.Clear()
	if err := s.StartAccepting(); err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

// StartAccepting watches the listener, if it is not watched.
func (s *StreamServer) StartAccepting() error {
	if s.watching {
		return nil
	}
	if s.Closed() {
		return fmt.Errorf("accept: %w", net.ErrClosed)
	}
	if err := s.listener.watch(s.accept); err != nil {
		return err
	}
	s.watching = true
	return nil
}

// StopAccepting does not watch the listener any more. Connections wait in its backlog.
func (s *StreamServer) StopAccepting() error {
	s.hub.halt(&s.pause)
	if !s.watching {
		return nil
	}
	s.watching = false
	return s.listener.watch(nil)
}

// resume goes on accepting after a pause.
func (s *StreamServer) resume() {
	if s.Started() {
		s.report(s.StartAccepting())
	}
}

func (s *StreamServer) report(err error) {
	if err != nil {
		s.hub.onError("server "+s.listener.addr.String(), err)
	}
}

// accept runs in the loop when connections wait.
func (s *StreamServer) accept() {
	for range s.options.MaxAccept {
		if !s.watching {
			return // a handler in the loop has stopped it
		}
		if s.options.Pool != nil && s.options.Pool.Full() {
			s.report(s.StopAccepting())
			s.room = s.options.Pool.room.RawLink(s.resume)
			return
		}
		c, err := s.listener.try()
		switch {
		case errors.Is(err, unix.EAGAIN):
			s.delay = s.options.MinDelay
			return
		case err != nil:
			s.failed(err)
			return
		}
		s.delay = s.options.MinDelay
		s.accepted++
		if err := s.spawn(c); err != nil {
			s.report(c.Close())
			s.failed(err)
			return
		}
	}
}

// failed pauses after an error that may pass, and ends after one that will not.
func (s *StreamServer) failed(err error) {
	s.report(err)
	if errors.Is(err, unix.EBADF) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSOCK) {
		s.report(s.Close())
		return
	}
	s.report(s.StopAccepting())
	s.hub.start(&s.pause, s.delay)
	s.delay = min(2*s.delay, s.options.MaxDelay)
}

// spawn has a connection served.
func (s *StreamServer) spawn(c *Conn) error {
	end := func() {
		if !c.d.closed {
			s.report(c.Close())
		}
	}
	serve := func() (any, error) {
		defer end()
		return nil, s.handle(c)
	}
	switch o := s.options; {
	case o.Spawn != nil:
		return o.Spawn(serve)
	case o.InLoop:
		s.hub.protect("handler", func() {
			_, err := serve()
			s.report(err)
		})
		return nil
	}
	g := NewGreenlet(s.hub, serve)
	g.unrun = end
	if s.options.Pool != nil {
		return s.options.Pool.Start(g, 0)
	}
	g.Start()
	return nil
}

// Close stops accepting and closes the listener. Handlers go on.
func (s *StreamServer) Close() error {
	err := s.StopAccepting()
	if s.room != nil {
		s.room.Unlink()
	}
	s.stopped.Set()
	if s.Closed() {
		return err
	}
	return errors.Join(err, s.listener.Close())
}

// Stop closes the server; with a pool it also waits for the handlers, and kills those that are still there when the
// time is over. A negative timeout is StopTimeout.
func (s *StreamServer) Stop(timeout time.Duration) error {
	if timeout < 0 {
		timeout = s.options.StopTimeout
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s.options.Pool == nil {
		return nil
	}
	if _, err := s.options.Pool.Join(timeout); err != nil {
		return err
	}
	return s.options.Pool.Kill(nil, s.options.StopTimeout)
}

// ServeForever starts the server if it is not, waits until it is stopped, and stops it if something is thrown into the
// caller, which it returns.
func (s *StreamServer) ServeForever() error {
	if !s.Started() {
		if err := s.Start(); err != nil {
			return err
		}
	}
	_, err := s.stopped.Wait(Forever)
	if err == nil {
		return nil
	}
	stop := s.hub.Spawn(func() (any, error) { return nil, s.Stop(Forever) })
	return errors.Join(err, stop.Join(Forever), stop.Err())
}
