package socketserver

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pullHub is a Hub on iter.Pull, for these tests: one thread, coroutines that take turns, one poll when none can go on.
type pullHub struct {
	t       *testing.T
	ready   []*task
	waiting []*task
	current *task
	peak    int // most coroutines at once
}

type task struct {
	resume func() (wish, bool)
	yield  func(wish) bool
	wish   wish
	found  bool
}

type wish struct {
	fd      int
	events  int16
	forever bool
	until   time.Time
}

func (h *pullHub) Spawn(f func()) {
	next := new(task)
	next.resume, _ = iter.Pull(func(yield func(wish) bool) {
		next.yield = yield
		f()
	})
	h.ready = append(h.ready, next)
	h.peak = max(h.peak, len(h.ready)+len(h.waiting))
}

func (h *pullHub) Wait(fd int, events int16, timeout time.Duration) (bool, error) {
	own := h.current
	own.yield(wish{fd: fd, events: events, forever: timeout < 0, until: time.Now().Add(timeout)})
	h.current = own
	return own.found, nil
}

// run runs f and all that it spawns, on the calling thread.
func (h *pullHub) run(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h.Spawn(f)
	for len(h.ready)+len(h.waiting) > 0 {
		for len(h.ready) > 0 {
			next := h.ready[0]
			h.ready = h.ready[1:]
			h.current = next
			if w, more := next.resume(); more {
				next.wish = w
				h.waiting = append(h.waiting, next)
			}
		}
		h.poll()
	}
}

func (h *pullHub) poll() {
	if len(h.waiting) == 0 {
		return
	}
	timeout := time.Duration(-1)
	fds := make([]unix.PollFd, len(h.waiting))
	for i, next := range h.waiting {
		fds[i] = unix.PollFd{Fd: int32(next.wish.fd), Events: next.wish.events}
		if left := max(0, time.Until(next.wish.until)); !next.wish.forever && (timeout < 0 || left < timeout) {
			timeout = left
		}
	}
	if _, err := poll(fds, timeout); err != nil {
		h.t.Error(err)
	}
	var still []*task
	for i, next := range h.waiting {
		next.found = fds[i].Revents != 0
		if next.found || !next.wish.forever && time.Until(next.wish.until) <= 0 {
			h.ready = append(h.ready, next)
		} else {
			still = append(still, next)
		}
	}
	h.waiting = still
}

// startHub serves in a coroutine on a thread of its own.
func startHub(t *testing.T, hub *pullHub, s *Server, interval time.Duration) (ended chan error) {
	ended = make(chan error, 1)
	go func() {
		var err error
		hub.run(func() { err = s.ServeForever(interval) })
		ended <- err
	}()
	return ended
}

func TestCoroutines(t *testing.T) {
	for _, mode := range []struct {
		name  string
		parts []Part
	}{{"default", nil}, {"faithful", []Part{Faithful}}} {
		for _, c := range []combination{
			{"TCP", Combine(TCP), "tcp", false}, {"UDP", Combine(UDP), "udp", false},
			{"UnixStream", Combine(UnixStream), "unix", false}, {"UnixDatagram", Combine(UnixDatagram), "unixgram",
				false},
		} {
			t.Run(c.name+"/"+mode.name, func(t *testing.T) {
				hub := &pullHub{t: t}
				var mu sync.Mutex
				threads := map[int]bool{}
				handler := &HandlerClass{make: func() Handler {
					mu.Lock()
					defer mu.Unlock()
					threads[unix.Gettid()] = true
					return c.line().make()
				}}
				s := newServer(t, c.class, c.address(t), handler, append([]Part{Coroutine(hub)}, mode.parts...)...)
				ended := startHub(t, hub, s, 5*time.Millisecond)
				for range 3 {
					if got := askOnce(t, s, "hello world\n"); got != "hello world\n" {
						t.Errorf("got %q", got)
					}
				}
				if err := s.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if err := within(t, ended); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				if stats := s.Stats(); stats.Requests != 3 || stats.Started != 3 || stats.Ended != 3 ||
					stats.HandlerErrors != 0 {
					t.Errorf("stats %+v", stats)
				}
				if len(threads) != 1 {
					t.Errorf("handlers ran on %d threads", len(threads))
				}
			})
		}
	}
}

// TestCoroutinesTakeTurns: clients that say nothing yet keep nobody waiting.
func TestCoroutinesTakeTurns(t *testing.T) {
	hub := &pullHub{t: t}
	s := newServer(t, Combine(TCP, Coroutine(hub)), "127.0.0.1:0", streamLine)
	ended := startHub(t, hub, s, -1)
	first, second := dial(t, s), dial(t, s)
	if got := askOnce(t, s, "third\n"); got != "third\n" {
		t.Errorf("got %q", got)
	}
	if got := ask(t, second, "second\n"); got != "second\n" {
		t.Errorf("got %q", got)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	eventually(t, "the listener is closed", func() bool { return s.FD() == -1 })
	select {
	case <-closed:
		t.Error("closed before the first request was done")
	default:
	}
	if got := ask(t, first, "first\n"); got != "first\n" {
		t.Errorf("got %q", got)
	}
	if err := within(t, closed); err != nil {
		t.Error(err)
	}
	if err := within(t, ended); err != nil {
		t.Error(err)
	}
	if hub.peak < 3 { // besides the one that spawned the last
		t.Errorf("at most %d coroutines at once", hub.peak)
	}
}

// TestCoroutineCloses its own server; it and its client are not cut off.
func TestCoroutineCloses(t *testing.T) {
	hub := &pullHub{t: t}
	var s *Server
	var shutdown, closed error
	s = newServer(t, Combine(TCP, Coroutine(hub)), "127.0.0.1:0", Func(func(r *Request) error {
		shutdown = s.Shutdown(context.Background())
		closed = s.Close()
		_, err := io.WriteString(r.Conn, "bye")
		return err
	}))
	ended := startHub(t, hub, s, -1)
	if got := readAll(t, dial(t, s)); got != "bye" {
		t.Errorf("got %q", got)
	}
	if err := within(t, ended); err != nil || !errors.Is(shutdown, ErrOwnThread) || closed != nil {
		t.Errorf("serve %v, shutdown %v, close %v", err, shutdown, closed)
	}
}

func TestCoroutineTimeoutAndPanic(t *testing.T) {
	hub := &pullHub{t: t}
	told := make(chan error, 2)
	s := newServer(t, Combine(TCP, Coroutine(hub)), "127.0.0.1:0", Func(func(r *Request) error {
		r.Conn.SetTimeout(5 * time.Millisecond)
		if _, err := r.Conn.Read(make([]byte, 1)); err != nil {
			return err
		}
		panic("as the client wished")
	}), func(s *Server) { s.HandleError = func(_ *Request, err error) { told <- err } })
	ended := startHub(t, hub, s, 0)
	readAll(t, dial(t, s))
	if err := within(t, told); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("told %v", err)
	}
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "x"); err != nil {
		t.Fatal(err)
	}
	readAll(t, conn)
	var panicked *PanicError
	if err := within(t, told); !errors.As(err, &panicked) {
		t.Errorf("told %v", err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	within(t, ended)
}
