package socketserver

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// PollInterval is how long ServeForever(0) waits for a request before it runs ServiceActions.
const PollInterval = 500 * time.Millisecond

var (
	// ErrOwnThread is Shutdown's answer when the serving thread itself calls it, say from a serial handler: the server
	// will stop, but to wait for that here would be to wait for oneself. (Python deadlocks.)
	ErrOwnThread = errors.New("shut down: called from the serving thread, which stops after this request")
	// ErrShutdown is HandleRequest's answer when Shutdown or Close came before a request.
	ErrShutdown = errors.New("handle request: the server was shut down")
	// ErrServing is the answer to a second ServeForever or HandleRequest at the same time.
	ErrServing = errors.New("serve: the server is already serving")
)

// Knobs are the class variables: what a Part sets before the socket is bound. New begins with the values named here.
type Knobs struct {
	RequestQueueSize  int  // backlog of listen(2); 128, faithful 5
	AllowReuseAddress bool // SO_REUSEADDR; true for TCP, faithful false
	AllowReusePort    bool // SO_REUSEPORT; false
	MaxPacketSize     int  // bytes kept of a datagram; 8192
	// How long HandleRequest waits, ServeForever ignores it; 0 is for ever, Forking sets 300 s
	Timeout       time.Duration
	BlockOnClose  bool // Close waits for the requests in hand; true
	DaemonThreads bool // Close does not wait for threads and coroutines; false
	MaxChildren   int  // children alive at once, 0 is no limit; 40
	// threads alive at once, 0 is no limit; 8000 (Go ends a program that has 10000), faithful 0
	MaxThreads int
	ReExec     bool        // a forking server re-execs for the fork-safe services too; false
	Traps      Traps       // what the original does and this package mends; none
	ErrorLog   *log.Logger // where HandleError writes; standard error
}

// Traps brings back, one by one, what goes wrong in the original. Faithful sets them all.
type Traps struct {
	// Shutdown raises a flag that is looked at after the poll interval, instead of waking the poll
	PolledShutdown bool
	// A dead child is looked for after a request or a poll interval, instead of being polled for
	LateReaping        bool
	HandleRequestLeaks bool // HandleRequest never runs ServiceActions, so never reaps
	WaitForAny         bool // at MaxChildren the server waits for any child of the process, and may take a stranger's
	KeepListener       bool // a child keeps the listening socket open, and so the port bound when the server is gone
	CloseBeforeAnswers bool // Close closes a datagram socket before the threads that are to answer on it are done
	KeepSocketFile     bool // Close leaves the file of a Unix socket, on which the next server fails to bind
	AcceptSpin         bool // when accept fails for want of descriptors the server tries again at once, and burns a CPU
}

// Faithful is the Part that makes a server behave as Python's does, traps and all. It goes behind transport and
// processing.
func Faithful(s *Server) {
	s.RequestQueueSize = 5
	s.AllowReuseAddress = false
	s.MaxThreads = 0
	s.Traps = Traps{
		PolledShutdown: true, LateReaping: true, HandleRequestLeaks: true, WaitForAny: true, KeepListener: true,
		CloseBeforeAnswers: true, KeepSocketFile: true, AcceptSpin: true,
	}
}

// Methods are what a subclass may override. New fills them from the parts, left to right, so a part finds in each slot
// the method of its base class; who wants to extend one keeps the old value and calls it (Python's super()).
type Methods struct {
	ServerBind      func() error             // make the socket and bind it
	ServerActivate  func() error             // listen
	GetRequest      func() (*Request, error) // take the request that poll has announced
	VerifyRequest   func(*Request) bool      // false: the request is shut down without being processed
	ProcessRequest  func(*Request) error     // finish it here, or hand it to a child, a thread, a coroutine
	FinishRequest   func(*Request) error     // run a handler on it
	ShutdownRequest func(*Request)           // end the connection in order: shutdown, then CloseRequest
	CloseRequest    func(*Request)           // close it
	// tell of a request that failed; on the thread that processed it, or that reaped its child
	HandleError    func(*Request, error)
	HandleTimeout  func()                    // HandleRequest waited for Timeout and nothing came
	ServiceActions func()                    // after each request and each poll interval
	ServerClose    func() error              // close the socket, wait for the requests in hand
	Active         func() []int              // ids of the children or threads that are at work; see Server.Active
	Handles        func(*HandlerClass) error // whether requests of that class can be processed; asked by New
}

// Part is one of the things that a server is made of: a transport, a way to process requests, or the body of a class of
// your own that turns knobs and overrides methods.
type Part func(*Server)

// Class makes servers of one kind, bound and listening: ServeForever or HandleRequest is next.
type Class func(address string, handler *HandlerClass, body ...Part) (*Server, error)

// Combine makes a class of parts. A later part overrides an earlier one, so the order is transport, processing,
// changes; Python writes the same bases from right to left.
func Combine(parts ...Part) Class {
	return func(address string, handler *HandlerClass, body ...Part) (*Server, error) {
		return New(address, handler, append(append([]Part(nil), parts...), body...)...)
	}
}

// Server is one server. Its knobs may be turned until it serves, its methods replaced likewise.
type Server struct {
	Knobs
	Methods

	address string
	handler *HandlerClass
	socket  *Conn
	poll    func([]unix.PollFd, time.Duration) (int, error)
	hub     Hub
	watch   int           // a descriptor whose readiness asks for ServiceActions, -1 if none
	wake    *descriptor   // an eventfd that ends a poll, nil with PolledShutdown
	pause   time.Duration // how long the listener rests after accept failed; 0 after a success
	restEnd time.Time     // until then polls leave the listener out
	stats   counters
	closed  atomic.Bool

	mu     sync.Mutex
	stop   chan struct{} // closed by Shutdown, made anew at the end of a serving call
	done   chan struct{} // closed at the end of the present serving call; nil when there is none
	thread int           // the tid of the serving thread
}

// New makes a server of parts: binds its socket and listens. The error names the step that failed, and leaves nothing
// open.
func New(address string, handler *HandlerClass, parts ...Part) (*Server, error) {
	s := &Server{address: address, handler: handler, poll: poll, watch: -1, stop: make(chan struct{})}
	base(s)
	for _, part := range parts {
		part(s)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	err := s.ServerBind()
	if err == nil {
		err = s.ServerActivate()
	}
	if err == nil && !s.Traps.PolledShutdown {
		err = s.openWake()
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) check() error {
	if s.GetRequest == nil {
		return errors.New("make server: no transport: combine TCP, UDP, UnixStream or UnixDatagram")
	}
	if s.handler == nil || s.handler.make == nil {
		return errors.New("make server: no handler class: use Register, Func or a service")
	}
	if s.RequestQueueSize < 0 || s.MaxPacketSize <= 0 {
		return fmt.Errorf("make server: request queue size %d, packet size %d: too small", s.RequestQueueSize,
			s.MaxPacketSize)
	}
	return s.Handles(s.handler)
}

func (s *Server) openWake() error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("make eventfd: %w", err)
	}
	s.wake = &descriptor{fd: fd}
	return nil
}

// Addr is the address that the server is bound to, with the port that the kernel chose.
func (s *Server) Addr() net.Addr { return s.socket.LocalAddr() }

// FD is the number of the listening (or datagram) socket; -1 once the server is closed.
func (s *Server) FD() int { return s.socket.FD() }

// ServeForever handles requests until Shutdown: poll, take the request, process it, ServiceActions, and again. It stays
// on one kernel thread. With an interval of 0 it polls for PollInterval, with a negative one until something happens.
// The answer is nil after a Shutdown, or the Exit of a serial handler.
func (s *Server) ServeForever(interval time.Duration) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if interval == 0 {
		interval = PollInterval
	}
	for !s.stopping() {
		ready, err := s.await(interval)
		if err != nil {
			return err
		}
		if s.stopping() {
			return nil
		}
		if ready {
			if err := s.handleNow(); err != nil {
				return err
			}
		}
		s.ServiceActions()
	}
	return nil
}

// HandleRequest waits for one request, at most for Timeout, and processes it. Unlike Python's it runs ServiceActions,
// so that a forking server reaps; and Shutdown and Close end it.
func (s *Server) HandleRequest() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	deadline := time.Now().Add(s.Timeout)
	for {
		timeout := time.Duration(-1)
		if s.Timeout > 0 {
			timeout = max(0, time.Until(deadline))
		}
		ready, err := s.await(timeout)
		if err != nil {
			return err
		}
		if s.stopping() && s.wake != nil {
			return ErrShutdown
		}
		late := !ready && s.Timeout > 0 && time.Until(deadline) <= 0
		switch {
		case ready:
			err = s.handleNow()
		case late:
			s.HandleTimeout()
		}
		if !s.Traps.HandleRequestLeaks {
			s.ServiceActions()
		}
		if ready || late {
			return err
		}
	}
}

// Shutdown stops ServeForever and waits for its end, or for the context's. A server that does not serve yet will return
// from its next serving call at once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.stopping() {
		close(s.stop)
	}
	s.ring() // under the lock, so that leave finds what was rung
	done, own := s.done, s.done != nil && s.thread == unix.Gettid()
	s.mu.Unlock()
	switch {
	case done == nil:
		return nil
	case own:
		return ErrOwnThread
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("shut down: %w", ctx.Err())
	}
}

// Close ends the server: stops it if it still serves, closes its socket and, with BlockOnClose, waits for the requests
// in hand. A handler may call it; its own request is not waited for.
func (s *Server) Close() error {
	if s.closed.Swap(true) {
		return fmt.Errorf("close server: %w", net.ErrClosed)
	}
	if s.wake != nil {
		if err := s.Shutdown(context.Background()); err != nil && !errors.Is(err, ErrOwnThread) {
			return err
		}
	}
	err := s.ServerClose()
	if s.wake != nil {
		_ = s.wake.close()
	}
	return err
}
