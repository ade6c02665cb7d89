package socketserver

// Each trap of the original, sprung in the faithful mode and mended in the default one.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestShutdownWaitsForThePoll(t *testing.T) {
	const interval = 300 * time.Millisecond
	var polled atomic.Int64 // when the last poll began
	s := newServer(t, TCPServer, "127.0.0.1:0", Echo, Faithful, func(s *Server) {
		s.ServiceActions = func() { polled.Store(time.Now().UnixNano()) }
	})
	stop := serve(t, s, interval)
	conn := dial(t, s)
	ask(t, conn, "x")
	conn.Close()
	eventually(t, "the server polls again", func() bool { return polled.Load() != 0 && polling(t, s) })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(time.Unix(0, polled.Load())); waited < interval {
		t.Errorf("stopped %v after the poll began, which lasts %v", waited, interval)
	}
}

// polling reports whether the serving thread is inside poll.
func polling(t *testing.T, s *Server) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.thread == 0 {
		return false
	}
	// The number of the call, or "running"
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", s.thread))
	if err != nil {
		t.Fatal(err)
	}
	number := unix.SYS_PPOLL
	if runtime.GOARCH == "amd64" {
		number = 7 // poll, which other architectures do not have
	}
	return strings.HasPrefix(string(text), fmt.Sprintf("%d ", number))
}

func TestShutdownWakesThePoll(t *testing.T) {
	for _, c := range twelve {
		s := newServer(t, c.class, c.address(t), Echo)
		stop := serve(t, s, -1)
		if err := stop(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// fork asks once and returns the pid of the child that is still at work, with the connection that keeps it there.
func fork(t *testing.T, s *Server) (pid int, conn net.Conn) {
	t.Helper()
	before := s.Active()
	conn = dial(t, s)
	ask(t, conn, "x")
	eventually(t, "the child is known", func() bool {
		for _, pid = range s.Active() {
			if !slices.Contains(before, pid) {
				return true
			}
		}
		return false
	})
	return pid, conn
}

func TestLateReaping(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, Faithful)
	stop := serve(t, s, -1)
	first, conn := fork(t, s)
	conn.Close()
	eventually(t, "the child is a zombie", func() bool { return stateOf(first) == 'Z' })
	second, conn := fork(t, s)
	eventually(t, "the next request reaps it", func() bool { return slices.Equal(s.Active(), []int{second}) })
	if state := stateOf(first); state != 0 {
		t.Errorf("child %d is in state %c", first, state)
	}
	conn.Close()
	halt(t, s, stop)
}

func TestReapingAtOnce(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo)
	serve(t, s, -1)
	pid, conn := fork(t, s)
	conn.Close()
	eventually(t, "the child is reaped without another request", func() bool {
		return stateOf(pid) == 0 &&
			len(s.Active()) == 0
	})
}

// TestReapingWithoutPidfd: where no pidfd can be had, children are found by looking at each.
func TestReapingWithoutPidfd(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, func(s *Server) {
		super := s.Methods
		s.ServerActivate = func() error {
			err := super.ServerActivate()
			_ = unix.Close(s.watch)
			s.watch = -1
			return err
		}
	})
	serve(t, s, time.Millisecond)
	pid, conn := fork(t, s)
	conn.Close()
	eventually(t, "the child is reaped", func() bool { return stateOf(pid) == 0 && len(s.Active()) == 0 })
}

func TestHandleRequestLeaks(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, Faithful, func(s *Server) { s.MaxChildren = 5 })
	for range 12 {
		dial(t, s).Close()
		if err := s.HandleRequest(); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "12 children are zombies", func() bool { return zombies(s.Active()) == 12 })
	s.Timeout = time.Nanosecond
	if err := s.HandleRequest(); err != nil {
		t.Fatal(err)
	}
	if left := s.Active(); len(left) != 0 {
		t.Errorf("after the timeout: %v", left)
	}
}

func TestHandleRequestReaps(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, func(s *Server) { s.MaxChildren = 5 })
	for range 12 {
		dial(t, s).Close()
		if err := s.HandleRequest(); err != nil {
			t.Fatal(err)
		}
		if active := s.Active(); len(active) >= 5 {
			t.Fatalf("%d children, at most 4 may be left", len(active))
		}
	}
}

func zombies(pids []int) (n int) {
	for _, pid := range pids {
		if stateOf(pid) == 'Z' {
			n++
		}
	}
	return n
}

func TestWaitForAnyTakesAStranger(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, Faithful, func(s *Server) { s.MaxChildren = 1 })
	stop := serve(t, s, -1)
	reap := stranger(t)
	conn := dial(t, s)
	ask(t, conn, "x")
	eventually(t, "the stranger is taken", func() bool { return s.Stats().Strangers == 1 })
	if _, err := reap(); !errors.Is(err, unix.ECHILD) {
		t.Errorf("wait for the stranger: %v", err)
	}
	conn.Close()
	eventually(t, "its own child is taken too", func() bool { return len(s.Active()) == 0 })
	halt(t, s, stop)
}

// TestMaxChildren: at the limit a request waits in the backlog, strangers are spared, and Shutdown does not wait.
func TestMaxChildren(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, func(s *Server) { s.MaxChildren = 2 })
	stop := serve(t, s, -1)
	reap := stranger(t)
	var conns []net.Conn
	for range 2 {
		_, conn := fork(t, s)
		conns = append(conns, conn)
	}
	third := dial(t, s)
	if _, err := io.WriteString(third, "y"); err != nil {
		t.Fatal(err)
	}
	_ = third.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := third.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the third client was answered: %v", err)
	}
	conns[0].Close()
	_ = third.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(third, make([]byte, 1)); err != nil {
		t.Errorf("the third client: %v", err)
	}
	if stats := s.Stats(); stats.ActivePeak != 2 || stats.Strangers != 0 {
		t.Errorf("stats %+v", stats)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	third.Close()
	conns[1].Close()
	spared(t, reap)
}

func TestKeepListener(t *testing.T) {
	for _, reExec := range []bool{false, true} {
		for _, keep := range []bool{false, true} {
			t.Run(fmt.Sprintf("re-exec %v, keep %v", reExec, keep), func(t *testing.T) {
				s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, func(s *Server) {
					s.Traps.KeepListener, s.ReExec = keep, reExec
				})
				serve(t, s, -1)
				pid, conn := fork(t, s)
				listener, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", s.FD()))
				if err != nil {
					t.Fatal(err)
				}
				if kept := slices.Contains(openFiles(t, pid), listener); kept != keep {
					t.Errorf("the child has the listener: %v", kept)
				}
				conn.Close()
			})
		}
	}
}

func openFiles(t *testing.T, pid int) (targets []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd/", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if target, err := os.Readlink(dir + entry.Name()); err == nil {
			targets = append(targets, target)
		}
	}
	return targets
}

func TestSocketFile(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		path := filepath.Join(shortDir(t), "server")
		s := newServer(t, UnixStreamServer, path, Echo, parts...)
		s.Close()
		_, err := os.Stat(path)
		if left := err == nil; left != (mode == "faithful") {
			t.Errorf("%s: file left: %v", mode, left)
		}
		second, err := UnixStreamServer(path, Echo)
		switch {
		case mode == "default" && err != nil:
			t.Errorf("second server: %v", err)
		case mode == "faithful" && !errors.Is(err, unix.EADDRINUSE):
			t.Errorf("second server on the file that was left: %v", err)
		case err == nil:
			second.Close()
		}
	}
}

// TestOutOfDescriptors: the server rests instead of spinning, and serves the waiting client when there are descriptors
// again.
func TestOutOfDescriptors(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		t.Run(mode, func(t *testing.T) {
			s := newServer(t, TCPServer, "127.0.0.1:0", Echo, parts...)
			conn := dial(t, s)
			restore := exhaust(t)
			defer restore()
			start := time.Now()
			stop := serve(t, s, 10*time.Millisecond)
			tries := int64(4)
			if mode == "faithful" {
				tries = 1000
			}
			eventually(t, "accept has failed often", func() bool { return s.Stats().AcceptErrors >= tries })
			if waited := time.Since(start); mode == "default" && waited < 70*time.Millisecond {
				t.Errorf("4 failures in %v, the pauses between are 10, 20 and 40 ms", waited)
			}
			restore()
			if got := ask(t, conn, "x"); got != "x" {
				t.Errorf("got %q", got)
			}
			conn.Close()
			if err := stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

// exhaust makes sure that this process gets no descriptor until restore.
func exhaust(t *testing.T) (restore func()) {
	t.Helper()
	free, err := unix.Dup(0) // the lowest free number
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(free)
	var old unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: uint64(free), Max: old.Max}, nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestBacklogAndReuse(t *testing.T) {
	for mode, c := range map[string]struct {
		parts   []Part
		backlog uint8
		reuse   int
	}{"default": {nil, 128, 1}, "faithful": {[]Part{Faithful}, 5, 0}} {
		s := newServer(t, TCPServer, "127.0.0.1:0", Echo, c.parts...)
		info, err := unix.GetsockoptTCPInfo(s.FD(), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			t.Fatal(err)
		}
		if backlog := uint8(info.Sacked); backlog != c.backlog { // of a listener this field is the limit of its queue
			t.Errorf("%s: backlog %d", mode, backlog)
		}
		if reuse, err := unix.GetsockoptInt(s.FD(), unix.SOL_SOCKET, unix.SO_REUSEADDR); err != nil ||
			reuse != c.reuse {
			t.Errorf("%s: SO_REUSEADDR %d (%v)", mode, reuse, err)
		}
	}
}

// TestReuseAddress: a server that closes a connection first leaves it in TIME_WAIT, and its port with it.
func TestReuseAddress(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		first := newServer(t, TCPServer, "127.0.0.1:0", Daytime, parts...)
		address := first.Addr().String()
		conn := dial(t, first)
		if err := first.HandleRequest(); err != nil {
			t.Fatal(err)
		}
		readAll(t, conn)
		conn.Close()
		first.Close()
		second, err := TCPServer(address, Daytime, parts...)
		if err == nil {
			second.Close()
		}
		if mode == "default" && err != nil {
			t.Errorf("second server: %v", err)
		}
		if mode == "faithful" && (!errors.Is(err, unix.EADDRINUSE) || !strings.Contains(err.Error(),
			"set AllowReuseAddress in both")) {
			t.Errorf("faithful: second server: %v", err)
		}
	}
}

func TestReusePort(t *testing.T) {
	share := func(s *Server) { s.AllowReusePort = true }
	first := newServer(t, TCPServer, "127.0.0.1:0", Echo, share)
	second := newServer(t, TCPServer, first.Addr().String(), Echo, share)
	if first.Addr().String() != second.Addr().String() {
		t.Errorf("bound to %v and %v", first.Addr(), second.Addr())
	}
}

func TestHandleTimeout(t *testing.T) {
	for _, c := range twelve {
		calls := 0
		s := newServer(t, c.class, c.address(t), Echo, func(s *Server) {
			s.Timeout = time.Millisecond
			s.HandleTimeout = func() { calls++ }
		})
		if err := s.HandleRequest(); err != nil || calls != 1 {
			t.Errorf("%s: %d calls, error %v", c.name, calls, err)
		}
	}
}

func TestShutdownEndsHandleRequest(t *testing.T) {
	s := newServer(t, TCPServer, "127.0.0.1:0", Echo)
	ended := make(chan error, 1)
	go func() { ended <- s.HandleRequest() }()
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := within(t, ended); !errors.Is(err, ErrShutdown) {
		t.Errorf("HandleRequest: %v", err)
	}
}

// TestManyShutdowns: none of them leaves a ring behind, by which later polls would end at once.
func TestManyShutdowns(t *testing.T) {
	var rounds atomic.Int64
	s := newServer(t, TCPServer, "127.0.0.1:0", Echo, func(s *Server) { s.ServiceActions = func() { rounds.Add(1) } })
	for range 200 {
		if err := serve(t, s, -1)(); err != nil {
			t.Fatal(err)
		}
	}
	before := rounds.Load()
	stop := serve(t, s, -1)
	if got := askOnce(t, s, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
	eventually(t, "the server polls again", func() bool { return rounds.Load() > before && polling(t, s) })
	if n := rounds.Load() - before; n != 1 {
		t.Errorf("%d rounds for one request", n)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestServingTwice(t *testing.T) {
	var second error
	var s *Server
	s = newServer(t, TCPServer, "127.0.0.1:0", Func(func(*Request) error {
		second = s.HandleRequest()
		return nil
	}))
	stop := serve(t, s, -1)
	readAll(t, dial(t, s))
	if err := stop(); err != nil || !errors.Is(second, ErrServing) {
		t.Errorf("first %v, second %v", err, second)
	}
	stop = serve(t, s, -1) // but one after the other is fine
	readAll(t, dial(t, s))
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestShutdownFromTheServingThread(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		var answer error
		var s *Server
		s = newServer(t, TCPServer, "127.0.0.1:0", Func(func(*Request) error {
			answer = s.Shutdown(context.Background())
			return nil
		}), parts...)
		ended := make(chan error, 1)
		go func() { ended <- s.ServeForever(-1) }()
		readAll(t, dial(t, s))
		if err := within(t, ended); err != nil || !errors.Is(answer, ErrOwnThread) {
			t.Errorf("%s: serve %v, shutdown %v", mode, err, answer)
		}
	}
}

func TestCloseFromHandler(t *testing.T) {
	for _, c := range []combination{twelve[0], twelve[1]} {
		answer := make(chan error, 1)
		var s *Server
		s = newServer(t, c.class, "127.0.0.1:0", Func(func(*Request) error {
			answer <- s.Close()
			return nil
		}))
		ended := make(chan error, 1)
		go func() { ended <- s.ServeForever(-1) }()
		readAll(t, dial(t, s))
		if err := within(t, answer); err != nil {
			t.Errorf("%s: close: %v", c.name, err)
		}
		if err := within(t, ended); err != nil {
			t.Errorf("%s: serve: %v", c.name, err)
		}
	}
}

func TestBlockOnClose(t *testing.T) {
	for _, c := range []struct {
		name   string
		class  Class
		turn   Part
		blocks bool
	}{
		{"threading", ThreadingTCPServer, func(*Server) {}, true},
		{"threading, no block", ThreadingTCPServer, func(s *Server) { s.BlockOnClose = false }, false},
		{"threading, daemons", ThreadingTCPServer, func(s *Server) { s.DaemonThreads = true }, false},
		{"forking", ForkingTCPServer, func(*Server) {}, true},
		{"forking, no block", ForkingTCPServer, func(s *Server) { s.BlockOnClose = false }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.class, "127.0.0.1:0", Echo, c.turn)
			stop := serve(t, s, -1)
			conn := dial(t, s)
			ask(t, conn, "x")
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			closed := make(chan error, 1)
			go func() { closed <- s.Close() }()
			if c.blocks {
				eventually(t, "the listener is closed", func() bool { return s.FD() == -1 })
				select {
				case <-closed:
					t.Error("closed before the request was done")
				case <-time.After(20 * time.Millisecond):
				}
				conn.Close()
				within(t, closed)
			} else {
				within(t, closed)
				if len(s.Active()) != 1 {
					t.Errorf("active: %v", s.Active())
				}
				conn.Close()
			}
			eventually(t, "the rest is collected", func() bool { return len(s.Active()) == 0 })
		})
	}
}

// TestFaithfulCloseLeavesZombies: with block_on_close False the original looks once and leaves the rest.
func TestFaithfulCloseLeavesZombies(t *testing.T) {
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", Echo, Faithful, func(s *Server) { s.BlockOnClose = false })
	conn := dial(t, s)
	if err := s.HandleRequest(); err != nil {
		t.Fatal(err)
	}
	ask(t, conn, "x")
	s.Close()
	conn.Close()
	pid := s.Active()[0]
	eventually(t, "the child is a zombie", func() bool { return stateOf(pid) == 'Z' })
	if reaped, status, err := wait(pid, 0); reaped != pid || status.ExitStatus() != 0 || err != nil {
		t.Errorf("wait: %d, %v, %v", reaped, status, err)
	}
}

// TestCloseBeforeAnswers: a thread that is still to answer a datagram finds the socket closed, or not.
func TestCloseBeforeAnswers(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		reached, released := make(chan struct{}), make(chan struct{})
		told := make(chan error, 1)
		parts = append(parts, func(s *Server) { s.HandleError = func(_ *Request, err error) { told <- err } })
		s := newServer(t, ThreadingUDPServer, "127.0.0.1:0", Func(func(r *Request) error {
			close(reached)
			<-released
			_, err := r.Conn.WriteTo(r.Packet, r.ClientAddress)
			return err
		}), parts...)
		conn := dial(t, s)
		if _, err := io.WriteString(conn, "x"); err != nil {
			t.Fatal(err)
		}
		if err := s.HandleRequest(); err != nil {
			t.Fatal(err)
		}
		within(t, reached)
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		if mode == "faithful" {
			eventually(t, "the socket is closed", func() bool { return s.FD() == -1 })
			close(released)
			if err := within(t, told); !errors.Is(err, net.ErrClosed) {
				t.Errorf("answer: %v", err)
			}
		} else {
			eventually(t, "the server is closing", s.closed.Load)
			close(released)
			if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("answer: %d bytes, %v", n, err)
			}
		}
		if err := within(t, closed); err != nil {
			t.Error(err)
		}
	}
}
