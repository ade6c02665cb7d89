package socketserver

// What must not end a server: handlers that panic, leave or dawdle, clients that vanish, hooks that fail.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rudeHandler does what the client's first byte asks for.
type rudeHandler struct{ BaseRequestHandler }

func (h *rudeHandler) Handle() error {
	packet := h.Packet
	if packet == nil {
		packet = make([]byte, 1)
		if _, err := io.ReadFull(h.Conn, packet); err != nil {
			return err
		}
	}
	switch packet[0] {
	case 'p':
		panic("as the client wished")
	case 'n':
		var nothing *Request
		return errors.New(nothing.Conn.network)
	case 'g':
		runtime.Goexit()
	case 'e':
		return errors.New("a plain error")
	case 'x':
		panic(Exit(3))
	}
	_, err := h.answer(packet)
	return err
}

func (h *rudeHandler) answer(text []byte) (int, error) {
	if h.Packet != nil {
		return h.Conn.WriteTo(text, h.ClientAddress)
	}
	return h.Conn.Write(text)
}

var rude = Register("test-rude", func() Handler { return new(rudeHandler) })

func TestRudeHandlers(t *testing.T) {
	for _, c := range twelve {
		if c.forks && c.network != "tcp" {
			continue // a child does not know the difference
		}
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			var told []string
			s := newServer(t, c.class, c.address(t), rude, func(s *Server) {
				s.HandleError = func(_ *Request, err error) {
					mu.Lock()
					defer mu.Unlock()
					told = append(told, err.Error())
				}
			})
			serial := s.Active() == nil && !c.forks && !strings.Contains(c.name, "Threading")
			stop := serve(t, s, time.Millisecond)
			wishes := "pne"
			if !serial { // a serial server would leave with these two
				wishes += "gx"
			}
			for _, wish := range wishes {
				conn := dial(t, s)
				if _, err := io.WriteString(conn, string(wish)); err != nil {
					t.Fatal(err)
				}
				if c.stream() {
					if got := readAll(t, conn); got != "" {
						t.Errorf("answer to %c: %q", wish, got)
					}
				}
				eventually(t, "the request is done", func() bool {
					stats := s.Stats()
					return stats.Started == stats.Ended && stats.HandlerErrors >= int64(min(3,
						strings.IndexRune(wishes, wish)+1))
				})
			}
			if got := askOnce(t, s, "still there"[:1]); got != "s" {
				t.Errorf("after all that: %q", got)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			s.Close()
			for i, want := range []string{"as the client wished", "nil pointer", "a plain error"} {
				if i >= len(told) || !strings.Contains(told[i], want) {
					t.Errorf("told %q, want %q at %d", told, want, i)
				}
			}
			if len(told) != 3 {
				t.Errorf("told %q", told)
			}
		})
	}
}

// TestGoexitEndsASerialServer in order: the request is shut down, and so is the serving state.
func TestGoexitEndsASerialServer(t *testing.T) {
	s := newServer(t, TCPServer, "127.0.0.1:0", rude)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.ServeForever(-1)
	}()
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "g"); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, conn); got != "" {
		t.Errorf("got %q", got)
	}
	within(t, ended)
	stop := serve(t, s, -1)
	if got := askOnce(t, s, "y"); got != "y" {
		t.Errorf("got %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestExitEndsASerialServer(t *testing.T) {
	s := newServer(t, TCPServer, "127.0.0.1:0", rude)
	ended := make(chan error, 1)
	go func() { ended <- s.ServeForever(-1) }()
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "x"); err != nil {
		t.Fatal(err)
	}
	if err := within(t, ended); err != Exit(3) {
		t.Errorf("serve: %v", err)
	}
}

// TestStatuses: a child ends with 1 whenever its handler did not return nil; a killed one is told of by its signal.
func TestStatuses(t *testing.T) {
	told := make(chan error, 8)
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", rude, func(s *Server) {
		s.HandleError = func(_ *Request, err error) { told <- err }
	})
	serve(t, s, -1)
	for _, wish := range "pe" {
		conn := dial(t, s)
		if _, err := io.WriteString(conn, string(wish)); err != nil {
			t.Fatal(err)
		}
		var child *ChildError
		if err := within(t, told); !errors.As(err, &child) || child.Status.ExitStatus() != 1 {
			t.Errorf("%c: %v", wish, err)
		} else if (child.Stack != "") != (wish == 'p') {
			t.Errorf("%c: stack %q", wish, child.Stack)
		}
	}
	conn := dial(t, s)
	eventually(t, "a child is there", func() bool { return len(s.Active()) == 1 })
	if err := unix.Kill(s.Active()[0], unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := within(t, told); !strings.Contains(err.Error(), "was killed by SIGKILL") {
		t.Errorf("killed: %v", err)
	}
	conn.Close()
}

// TestVanishingClients: reset before accept, reset in the middle, gone before the answer.
func TestVanishingClients(t *testing.T) {
	for _, c := range twelve {
		if !c.stream() || c.name == "ForkingUnixStream" {
			continue
		}
		for _, handler := range []*HandlerClass{Echo, streamLine} {
			t.Run(c.name+"/"+handler.Name(), func(t *testing.T) {
				s := newServer(t, c.class, c.address(t), handler, quiet(io.Discard))
				early := dial(t, s) // before anybody serves
				vanish(t, early)
				stop := serve(t, s, -1)
				middle := dial(t, s)
				if _, err := io.WriteString(middle, "half a line"); err != nil {
					t.Fatal(err)
				}
				vanish(t, middle)
				if got := askOnce(t, s, "a line\n"); got != "a line\n" {
					t.Errorf("got %q", got)
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// vanish resets a TCP connection (SO_LINGER with no time) and just closes another.
func vanish(t *testing.T, conn net.Conn) {
	t.Helper()
	if tcp, is := conn.(*net.TCPConn); is {
		if err := tcp.SetLinger(0); err != nil {
			t.Fatal(err)
		}
	}
	conn.Close()
}

func TestSlowClientAndTimeout(t *testing.T) {
	told := make(chan error, 1)
	slow := &HandlerClass{make: func() Handler {
		return &lineHandler{StreamRequestHandler{Timeout: 10 * time.Millisecond}}
	}}
	s := newServer(t, ThreadingTCPServer, "127.0.0.1:0", slow, func(s *Server) {
		s.HandleError = func(_ *Request, err error) { told <- err }
	})
	serve(t, s, -1)
	conn := dial(t, s)
	if got := readAll(t, conn); got != "" {
		t.Errorf("got %q", got)
	}
	if err := within(t, told); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestHooksThatPanic(t *testing.T) {
	for _, c := range twelve {
		if c.forks {
			continue // their hooks run in the parent, as those of the serial ones do
		}
		t.Run(c.name, func(t *testing.T) {
			var log strings.Builder
			var mu sync.Mutex
			requests := 0
			s := newServer(t, c.class, c.address(t), rude, quiet(lockedWriter{&mu, &log}), func(s *Server) {
				s.HandleError = func(*Request, error) { panic("handle error") }
				s.VerifyRequest = func(*Request) bool {
					if requests++; requests == 1 {
						panic("verify request")
					}
					return true
				}
			})
			stop := serve(t, s, -1)
			for range 2 {
				_, _ = io.WriteString(dial(t, s), "e") // which fails if the refusal is faster
			}
			eventually(t, "both have failed", func() bool { return s.Stats().HandlerErrors == 2 })
			if got := askOnce(t, s, "y"); got != "y" {
				t.Errorf("got %q", got)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			s.Close()
			mu.Lock()
			defer mu.Unlock()
			if strings.Count(log.String(), "panic: handle error") != 2 {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func TestTruncatedDatagram(t *testing.T) {
	for _, c := range twelve {
		if c.stream() {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.class, c.address(t), datagramLine, func(s *Server) { s.MaxPacketSize = 4 })
			serve(t, s, -1)
			conn := dial(t, s)
			if _, err := io.WriteString(conn, "longer"); err != nil {
				t.Fatal(err)
			}
			answer := make([]byte, 64)
			n, err := conn.Read(answer)
			if err != nil || string(answer[:n]) != "long" {
				t.Errorf("got %q (%v)", answer[:n], err)
			}
			if n := s.Stats().Truncated; n != 1 {
				t.Errorf("truncated: %d", n)
			}
		})
	}
}

// TestEmptyDatagrams: one may be received, and one is always sent.
func TestEmptyDatagrams(t *testing.T) {
	for _, c := range twelve {
		if c.stream() {
			continue
		}
		for _, handler := range []*HandlerClass{datagramLine, Echo} {
			s := newServer(t, c.class, c.address(t), handler)
			stop := serve(t, s, -1)
			conn := dial(t, s)
			if _, err := conn.Write(nil); err != nil {
				t.Fatal(err)
			}
			if n, err := conn.Read(make([]byte, 8)); n != 0 || err != nil && !errors.Is(err, io.EOF) {
				t.Errorf("%s, %s: %d bytes, %v", c.name, handler.Name(), n, err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNamelessClient: a Unix client that did not bind cannot be answered; that is an error, and the server goes on.
func TestNamelessClient(t *testing.T) {
	for _, class := range []Class{UnixDatagramServer, ThreadingUnixDatagramServer, ForkingUnixDatagramServer} {
		for _, handler := range []*HandlerClass{datagramLine, Echo} {
			told := make(chan error, 1)
			s := newServer(t, class, shortDir(t)+"/server", handler, func(s *Server) {
				s.HandleError = func(_ *Request, err error) { told <- err }
			})
			stop := serve(t, s, -1)
			nameless, err := net.Dial("unixgram", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(nameless, "x"); err != nil {
				t.Fatal(err)
			}
			nameless.Close()
			if err := within(t, told); !strings.Contains(err.Error(), "must bind") {
				t.Errorf("error %v", err)
			}
			if got := askOnce(t, s, "y"); got != "y" {
				t.Errorf("got %q", got)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAbstractAddress(t *testing.T) {
	for _, class := range []Class{UnixStreamServer, ForkingUnixStreamServer, ThreadingUnixStreamServer} {
		s := newServer(t, class, fmt.Sprintf("@socketserver-test-%d", os.Getpid()), Echo)
		stop := serve(t, s, -1)
		if got := askOnce(t, s, "x"); got != "x" {
			t.Errorf("got %q", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	s := newServer(t, ForkingUnixDatagramServer, fmt.Sprintf("@socketserver-test-%d", os.Getpid()), Echo)
	serve(t, s, -1)
	own := &net.UnixAddr{Name: fmt.Sprintf("@socketserver-client-%d", os.Getpid()), Net: "unixgram"}
	conn, err := net.DialUnix("unixgram", own, s.Addr().(*net.UnixAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := ask(t, conn, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
}

func TestIPv6(t *testing.T) {
	for _, class := range []Class{ForkingTCPServer, ForkingUDPServer, ThreadingUDPServer} {
		s, err := class("[::1]:0", Echo)
		if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL) {
			t.Skip("no IPv6 here")
		}
		if err != nil {
			t.Fatal(err)
		}
		stop := serve(t, s, -1)
		if got := askOnce(t, s, "x"); got != "x" {
			t.Errorf("got %q", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

// TestFailedAccepts: whatever GetRequest fails with, the next request is served; for want of a resource after a pause.
func TestFailedAccepts(t *testing.T) {
	for _, c := range []struct {
		err    error
		pauses int64
	}{
		{unix.ECONNABORTED, 0}, {unix.EINTR, 0}, {unix.EAGAIN, 0}, {unix.EPROTO, 0}, {unix.ENETUNREACH, 0},
		{unix.EMFILE, 1}, {unix.ENFILE, 1}, {unix.ENOBUFS, 1}, {unix.ENOMEM, 1}, {errors.New("something else"), 1},
	} {
		failures := 0
		s := newServer(t, TCPServer, "127.0.0.1:0", Echo, func(s *Server) {
			super := s.Methods
			s.GetRequest = func() (*Request, error) {
				if failures++; failures == 1 {
					return nil, fmt.Errorf("accept: %w", c.err)
				}
				return super.GetRequest()
			}
		})
		stop := serve(t, s, -1)
		if got := askOnce(t, s, "x"); got != "x" {
			t.Errorf("%v: got %q", c.err, got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if stats := s.Stats(); stats.AcceptErrors != c.pauses || stats.Requests != 1 {
			t.Errorf("%v: stats %+v", c.err, stats)
		}
	}
}

// TestInterruptedPoll goes on for what is left of its time: a signal is no reason to look around.
func TestInterruptedPoll(t *testing.T) {
	var rounds atomic.Int64
	s := newServer(t, TCPServer, "127.0.0.1:0", Echo, func(s *Server) { s.ServiceActions = func() { rounds.Add(1) } })
	stop := serve(t, s, time.Hour)
	for range 20 {
		eventually(t, "the server polls", func() bool { return polling(t, s) })
		s.mu.Lock()
		tid := s.thread
		s.mu.Unlock()
		if err := unix.Tgkill(os.Getpid(), tid, unix.SIGURG); err != nil {
			t.Fatal(err)
		}
	}
	if n := rounds.Load(); n != 0 {
		t.Errorf("%d rounds", n)
	}
	if got := askOnce(t, s, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestFailedFork: when no child can be made the client is let go, and the next one is served.
func TestFailedFork(t *testing.T) {
	restore := func() {}
	var told []error
	s := newServer(t, ForkingTCPServer, "127.0.0.1:0", streamLine, func(s *Server) {
		requests := 0
		s.VerifyRequest = func(*Request) bool {
			if requests++; requests == 1 {
				restore = exhaust(t)
			}
			return true
		}
		s.HandleError = func(_ *Request, err error) {
			restore()
			told = append(told, err)
		}
	})
	stop := serve(t, s, -1)
	if got := readAll(t, dial(t, s)); got != "" {
		t.Errorf("got %q", got)
	}
	if got := askOnce(t, s, "a line\n"); got != "a line\n" {
		t.Errorf("got %q", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(told) != 1 || !errors.Is(told[0], unix.EMFILE) {
		t.Errorf("told %v", told)
	}
}

// TestThreadsAreKernelThreads that begin and end with their requests; none is the first thread of the process.
func TestThreadsAreKernelThreads(t *testing.T) {
	var mu sync.Mutex
	seen := map[int]int{}
	s := newServer(t, ThreadingTCPServer, "127.0.0.1:0", Func(func(r *Request) error {
		mu.Lock()
		seen[unix.Gettid()]++
		mu.Unlock()
		return nil
	}))
	stop := serve(t, s, -1)
	const requests = 50
	for range requests {
		readAll(t, dial(t, s))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	s.Close()
	if stats := s.Stats(); stats.Started != requests || stats.Ended != requests {
		t.Errorf("stats %+v", stats)
	}
	if seen[os.Getpid()] > 0 {
		t.Error("a request ran on the first thread, which cannot end")
	}
	for tid := range seen {
		eventually(t, "thread "+strconv.Itoa(tid)+" has ended", func() bool { return !threadExists(tid) })
	}
}

func TestMaxThreads(t *testing.T) {
	s := newServer(t, ThreadingTCPServer, "127.0.0.1:0", Echo, func(s *Server) { s.MaxThreads = 2 })
	stop := serve(t, s, -1)
	var conns []net.Conn
	for range 2 {
		conns = append(conns, dial(t, s))
		ask(t, conns[len(conns)-1], "x")
	}
	third := dial(t, s)
	eventually(t, "the third is accepted", func() bool { return s.Stats().Requests == 3 })
	if stats := s.Stats(); stats.Started != 2 {
		t.Errorf("stats %+v", stats)
	}
	conns[0].Close()
	if got := ask(t, third, "y"); got != "y" {
		t.Errorf("got %q", got)
	}
	fourth := dial(t, s)
	eventually(t, "the fourth is accepted", func() bool { return s.Stats().Requests == 4 })
	over, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Shutdown(over); err != nil { // though both threads are taken
		t.Error(err)
	}
	for _, conn := range append(conns, third, fourth) {
		conn.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestLoad sends many connections at once through each class. SOCKETSERVER_CONNECTIONS makes it more.
func TestLoad(t *testing.T) {
	connections, clients := 64, 8
	if text := os.Getenv("SOCKETSERVER_CONNECTIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		connections, clients = n, 64
	}
	for _, c := range twelve {
		t.Run(c.name, func(t *testing.T) {
			connections := connections
			if c.forks && os.Getenv("SOCKETSERVER_CONNECTIONS") == "" {
				connections = clients // a fork of a program with the race detector takes tens of milliseconds
			}
			s := newServer(t, c.class, c.address(t), Echo)
			stop := serve(t, s, 0)
			began := time.Now()
			var left atomic.Int64
			left.Store(int64(connections))
			var wait sync.WaitGroup
			for range clients {
				wait.Go(func() {
					for left.Add(-1) >= 0 {
						exchange(t, s, c)
					}
				})
			}
			wait.Wait()
			elapsed := time.Since(began)
			if err := stop(); err != nil {
				t.Error(err)
			}
			s.Close()
			stats := s.Stats()
			if stats.Requests != int64(connections) || stats.HandlerErrors != 0 || stats.Started != stats.Ended ||
				len(s.Active()) != 0 {
				t.Errorf("stats %+v", stats)
			}
			t.Logf("%d requests in %v, at most %d at once", connections, elapsed.Round(time.Millisecond),
				stats.ActivePeak)
		})
	}
}

func exchange(t *testing.T, s *Server, c combination) {
	conn := dialOnce(t, s)
	if conn == nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	answer := make([]byte, 5)
	_, err := io.WriteString(conn, "hello")
	if err == nil {
		_, err = io.ReadFull(conn, answer)
	}
	if err != nil || string(answer) != "hello" {
		t.Errorf("%s: %q, %v", c.name, answer, err)
	}
}

var clientNumber atomic.Int64

// dialOnce is dial for other goroutines than the test's, without a clean-up each.
func dialOnce(t *testing.T, s *Server) (conn net.Conn) {
	address := s.Addr()
	var err error
	if to, isUnix := address.(*net.UnixAddr); isUnix && to.Net == "unixgram" {
		own := &net.UnixAddr{Name: fmt.Sprintf("@socketserver-load-%d-%d", os.Getpid(), clientNumber.Add(1)),
			Net: "unixgram"}
		conn, err = net.DialUnix("unixgram", own, to)
	} else {
		conn, err = net.Dial(address.Network(), address.String())
	}
	if err != nil {
		t.Error(err)
		return nil
	}
	return conn
}
