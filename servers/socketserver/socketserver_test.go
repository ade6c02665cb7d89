package socketserver

// What Python's own test of the module checks, in its order.

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

type combination struct {
	name    string
	class   Class
	network string
	forks   bool
}

var twelve = []combination{
	{"TCP", TCPServer, "tcp", false},
	{"ThreadingTCP", ThreadingTCPServer, "tcp", false},
	{"ForkingTCP", ForkingTCPServer, "tcp", true},
	{"UnixStream", UnixStreamServer, "unix", false},
	{"ThreadingUnixStream", ThreadingUnixStreamServer, "unix", false},
	{"ForkingUnixStream", ForkingUnixStreamServer, "unix", true},
	{"UDP", UDPServer, "udp", false},
	{"ThreadingUDP", ThreadingUDPServer, "udp", false},
	{"ForkingUDP", ForkingUDPServer, "udp", true},
	{"UnixDatagram", UnixDatagramServer, "unixgram", false},
	{"ThreadingUnixDatagram", ThreadingUnixDatagramServer, "unixgram", false},
	{"ForkingUnixDatagram", ForkingUnixDatagramServer, "unixgram", true},
}

func (c combination) stream() bool { return c.network == "tcp" || c.network == "unix" }

func (c combination) address(t testing.TB) string {
	if c.network == "tcp" || c.network == "udp" {
		return "127.0.0.1:0"
	}
	return filepath.Join(shortDir(t), "server")
}

// line is the handler that sends back a line, over streams or datagrams.
func (c combination) line() *HandlerClass {
	if c.stream() {
		return streamLine
	}
	return datagramLine
}

// stranger starts a child that is none of a server's and that must be left to the test to wait for.
func stranger(t testing.TB) (reap func() (unix.WaitStatus, error)) {
	t.Helper()
	pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", "exit 72"},
		&syscall.ProcAttr{Files: []uintptr{0, 1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the stranger is a zombie", func() bool { return stateOf(pid) == 'Z' })
	return func() (unix.WaitStatus, error) {
		_, status, err := wait(pid, 0)
		return status, err
	}
}

func spared(t testing.TB, reap func() (unix.WaitStatus, error)) {
	t.Helper()
	if status, err := reap(); err != nil || status.ExitStatus() != 72 {
		t.Errorf("the stranger's end: status %v, error %v; the server took it", status, err)
	}
}

func TestTwelve(t *testing.T) {
	for _, c := range twelve {
		t.Run(c.name, func(t *testing.T) {
			reap := stranger(t)
			runServer(t, c, c.line())
			spared(t, reap)
		})
		t.Run(c.name+"/service", func(t *testing.T) { runServer(t, c, Upper) })
		if c.forks && strings.HasPrefix(c.network, "unix") {
			continue
		}
		t.Run(c.name+"/faithful", func(t *testing.T) { runServer(t, c, Upper, Faithful) })
	}
}

func runServer(t *testing.T, c combination, handler *HandlerClass, parts ...Part) {
	var failed []error
	parts = append(parts, func(s *Server) {
		s.HandleError = func(_ *Request, err error) { failed = append(failed, err) }
	})
	s := newServer(t, c.class, c.address(t), handler, parts...)
	stop := serve(t, s, 10*time.Millisecond)
	want := "hello world\n"
	if handler == Upper {
		want = "HELLO WORLD\n"
	}
	for range 3 {
		conn := dial(t, s)
		if got := ask(t, conn, "hello world\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		conn.Close()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s.FD() != -1 {
		t.Errorf("descriptor %d after close", s.FD())
	}
	if len(s.Active()) != 0 {
		t.Errorf("active after close: %v", s.Active())
	}
	if len(failed) > 0 {
		t.Errorf("errors: %v", failed)
	}
	stats := s.Stats()
	started := int64(3)
	if slices.Contains([]string{"TCP", "UDP", "UnixStream", "UnixDatagram"}, c.name) {
		started = 0
	}
	if stats.Requests != 3 || stats.Started != started || stats.Ended != started || stats.Strangers != 0 {
		t.Errorf("stats: %+v", stats)
	}
}

func TestShutdown(t *testing.T) {
	for mode, parts := range map[string][]Part{"default": nil, "faithful": {Faithful}} {
		t.Run(mode, func(t *testing.T) {
			var wait sync.WaitGroup
			for range 20 {
				s := newServer(t, TCPServer, "127.0.0.1:0", Echo, parts...)
				wait.Go(func() {
					if err := s.ServeForever(10 * time.Millisecond); err != nil {
						t.Error(err)
					}
				})
				if err := s.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			}
			wait.Wait()
		})
	}
}

func TestCloseImmediately(t *testing.T) {
	for _, c := range twelve {
		s := newServer(t, c.class, c.address(t), c.line())
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := s.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: second close: %v", c.name, err)
		}
		if err := s.ServeForever(0); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: serve after close: %v", c.name, err)
		}
	}
}

func TestBindLeak(t *testing.T) {
	taken := newServer(t, TCPServer, "127.0.0.1:0", Echo)
	before := len(descriptors())
	for range 1024 {
		if _, err := TCPServer("127.0.0.1:-1", Echo); err == nil {
			t.Fatal("bound to port -1")
		}
		if _, err := ForkingTCPServer(taken.Addr().String(), Echo); !errors.Is(err, unix.EADDRINUSE) {
			t.Fatalf("second bind: %v", err)
		}
	}
	if after := len(descriptors()); after != before {
		t.Errorf("descriptors: %d before, %d after", before, after)
	}
}

// errorHandler writes a line to the file that the environment names, so that it can tell of itself from a child too,
// and fails.
type errorHandler struct {
	BaseRequestHandler
	err error
}

const errorLog = "SOCKETSERVER_TEST_LOG"

func (h *errorHandler) Handle() error {
	note("Handler called\n")
	return h.err
}

func note(text string) {
	f, err := os.OpenFile(os.Getenv(errorLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if _, err := io.WriteString(f, text); err != nil {
		panic(err)
	}
}

var (
	failing = Register("test-failing", func() Handler { return &errorHandler{err: errors.New("test error")} })
	exiting = Register("test-exiting", func() Handler { return &errorHandler{err: Exit(7)} })
)

func TestErrorHandler(t *testing.T) {
	for _, c := range []struct {
		name    string
		class   Class
		handler *HandlerClass
		want    string
		answer  error
	}{
		{"serial handled", TCPServer, failing, "Handler called\nError handled\n", nil},
		{"serial not handled", TCPServer, exiting, "Handler called\n", Exit(7)},
		{"threading handled", ThreadingTCPServer, failing, "Handler called\nError handled\n", nil},
		{"threading not handled", ThreadingTCPServer, exiting, "Handler called\n", nil},
		{"forking handled", ForkingTCPServer, failing, "Handler called\nError handled\n", nil},
		{"forking not handled", ForkingTCPServer, exiting, "Handler called\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			t.Setenv(errorLog, path)
			s := newServer(t, c.class, "127.0.0.1:0", c.handler, func(s *Server) {
				s.HandleError = func(*Request, error) { note("Error handled\n") }
			})
			dial(t, s).Close()
			if err := s.HandleRequest(); err != c.answer {
				t.Errorf("HandleRequest: %v, want %v", err, c.answer)
			}
			s.Close()
			text, err := os.ReadFile(path)
			if err != nil || string(text) != c.want {
				t.Errorf("log %q (%v), want %q", text, err, c.want)
			}
		})
	}
}

func TestWriterIsTheConnection(t *testing.T) {
	var h *lineHandler
	handler := &HandlerClass{make: func() Handler { h = new(lineHandler); return h }}
	s := newServer(t, TCPServer, "127.0.0.1:0", handler, quiet(io.Discard))
	dial(t, s).Close()
	if err := s.HandleRequest(); err != nil {
		t.Fatal(err)
	}
	if h.Writer != io.Writer(h.Conn) {
		t.Errorf("writer is a %T, not the connection", h.Writer)
	}
}

// TestBigWrite: a write goes out at once, and a big one is not cut by the signals that interrupt it.
func TestBigWrite(t *testing.T) {
	const big = 16 << 20
	threads := make(chan int, 1)
	var first, second int
	var received string
	s := newServer(t, TCPServer, "127.0.0.1:0", &HandlerClass{make: func() Handler {
		return &bigWriter{size: big, thread: threads, first: &first, second: &second, received: &received}
	}})
	ended := make(chan error, 1)
	go func() { ended <- s.HandleRequest() }()
	conn := dial(t, s)
	if got := ask(t, readFirst{conn}, "write data\n"); got != "write data\n" {
		t.Errorf("first write: %q", got)
	}
	if _, err := io.WriteString(conn, "client response\n"); err != nil {
		t.Fatal(err)
	}
	tid := within(t, threads)
	if _, err := io.CopyN(io.Discard, conn, 100); err != nil {
		t.Fatal(err)
	}
	interrupt(t, tid, 25)
	rest, err := io.Copy(io.Discard, conn)
	if err != nil || rest != big-100 {
		t.Errorf("received %d bytes (%v), want %d", rest, err, big-100)
	}
	if err := within(t, ended); err != nil {
		t.Error(err)
	}
	if first != len("write data\n") || second != big || received != "client response\n" {
		t.Errorf("wrote %d and %d, read %q", first, second, received)
	}
}

// readFirst makes ask read without writing.
type readFirst struct{ net.Conn }

func (readFirst) Write(p []byte) (int, error) { return len(p), nil }

type bigWriter struct {
	StreamRequestHandler
	size          int
	thread        chan int
	first, second *int
	received      *string
}

func (h *bigWriter) Handle() (err error) {
	if *h.first, err = io.WriteString(h.Writer, "write data\n"); err != nil {
		return err
	}
	if *h.received, err = h.Reader.ReadString('\n'); err != nil {
		return err
	}
	h.thread <- unix.Gettid()
	*h.second, err = h.Writer.Write(make([]byte, h.size))
	return err
}

// interrupt sends SIGURG, which the Go runtime takes for itself and survives at any time, to a thread that is inside
// sendto.
func interrupt(t testing.TB, tid, times int) {
	t.Helper()
	for range times {
		eventually(t, "the writer sleeps in a system call", func() bool {
			return threadState(tid) == 'S'
		})
		if err := unix.Tgkill(os.Getpid(), tid, unix.SIGURG); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusedRequestIsShutDown(t *testing.T) {
	for _, c := range twelve {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			s := newServer(t, c.class, c.address(t), c.line(), func(s *Server) {
				super := s.Methods
				s.VerifyRequest = func(*Request) bool { return false }
				s.ShutdownRequest = func(r *Request) { calls++; super.ShutdownRequest(r) }
			})
			conn := dial(t, s)
			if !c.stream() {
				if _, err := io.WriteString(conn, "x"); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.HandleRequest(); err != nil {
				t.Error(err)
			}
			if stats := s.Stats(); calls != 1 || stats.Refused != 1 || stats.Started != 0 {
				t.Errorf("%d calls, stats %+v", calls, stats)
			}
			if c.stream() && readAll(t, conn) != "" {
				t.Error("a refused client got an answer")
			}
		})
	}
}

func TestThreadsReaped(t *testing.T) {
	s := newServer(t, ThreadingTCPServer, "127.0.0.1:0", Echo)
	for range 10 {
		conn := dial(t, s)
		if err := s.HandleRequest(); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	eventually(t, "no thread is kept", func() bool { return len(s.Active()) == 0 })
}
