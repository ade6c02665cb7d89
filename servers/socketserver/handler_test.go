package socketserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// order writes down the steps of a handler's life.
type order struct {
	BaseRequestHandler
	steps  *[]string
	at     string // the step that fails
	panics bool
}

func (h *order) step(name string) error {
	*h.steps = append(*h.steps, name)
	switch {
	case h.at != name:
		return nil
	case h.panics:
		panic(name)
	}
	return errors.New(name)
}

func (h *order) Setup(r *Request) error { return h.step("setup") }
func (h *order) Handle() error          { return h.step("handle") }
func (h *order) Finish() error          { return h.step("finish") }

func TestLifeOfAHandler(t *testing.T) {
	for _, c := range []struct {
		at, steps, fails string
	}{
		{"", "setup handle finish", ""},
		{"setup", "setup", "setup"},
		{"handle", "setup handle finish", "handle"},
		{"finish", "setup handle finish", "finish"},
	} {
		for _, panics := range []bool{false, true} {
			var steps []string
			class := &HandlerClass{make: func() Handler { return &order{steps: &steps, at: c.at, panics: panics} }}
			err := class.run(new(Request))
			if got := strings.Join(steps, " "); got != c.steps {
				t.Errorf("failing in %q: %s, want %s", c.at, got, c.steps)
			}
			var panicked *PanicError
			switch {
			case c.fails == "" && err != nil, c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
				t.Errorf("failing in %q: %v", c.at, err)
			case errors.As(err, &panicked) != (panics && c.fails != ""):
				t.Errorf("failing in %q: %v is not what a panic gives", c.at, err)
			}
		}
	}
}

func TestConstructorThatPanics(t *testing.T) {
	told := make(chan error, 1)
	s := newServer(t, TCPServer, "127.0.0.1:0", &HandlerClass{make: func() Handler { panic("no handler today") }},
		func(s *Server) {
			s.HandleError = func(_ *Request, err error) { told <- err }
		})
	serve(t, s, -1)
	readAll(t, dial(t, s))
	if err := within(t, told); !strings.Contains(err.Error(), "no handler today") {
		t.Errorf("told %v", err)
	}
}

// bufferedHandler writes twice and tells, in between, what the client has got of it.
type bufferedHandler struct {
	StreamRequestHandler
	written, released chan struct{}
}

func (h *bufferedHandler) Handle() error {
	_, _ = io.WriteString(h.Writer, "one ")
	close(h.written)
	<-h.released
	_, err := io.WriteString(h.Writer, "two")
	return err
}

func TestWriteBuffer(t *testing.T) {
	for _, size := range []int{0, 4096} {
		h := &bufferedHandler{written: make(chan struct{}), released: make(chan struct{})}
		h.WriteBufferSize = size
		s := newServer(t, TCPServer, "127.0.0.1:0", &HandlerClass{make: func() Handler { return h }})
		stop := serve(t, s, -1)
		conn := dial(t, s)
		within(t, h.written)
		if size == 0 { // it is sent at once
			if _, err := io.ReadFull(conn, make([]byte, 4)); err != nil {
				t.Error(err)
			}
		} else {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%d bytes came before the flush, %v", n, err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(patience))
		}
		close(h.released)
		want := "two"
		if size > 0 {
			want = "one two"
		}
		if got := readAll(t, conn); got != want {
			t.Errorf("buffer %d: got %q, want %q", size, got, want)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestDisableNagle(t *testing.T) {
	for _, c := range []struct {
		class Class
		fails bool
	}{{TCPServer, false}, {UnixStreamServer, true}} {
		var told []error
		noDelay := 0
		address := "127.0.0.1:0"
		if c.fails {
			address = shortDir(t) + "/server"
		}
		s := newServer(t, c.class, address, &HandlerClass{make: func() Handler {
			return &nagle{StreamRequestHandler: StreamRequestHandler{DisableNagle: true}, value: &noDelay}
		}}, func(s *Server) {
			s.HandleError = func(_ *Request, err error) { told = append(told, err) }
		})
		dial(t, s).Close()
		if err := s.HandleRequest(); err != nil {
			t.Fatal(err)
		}
		if (len(told) > 0) != c.fails || (noDelay == 0) != c.fails {
			t.Errorf("told %v, TCP_NODELAY %d", told, noDelay)
		}
	}
}

type nagle struct {
	StreamRequestHandler
	value *int
}

func (h *nagle) Handle() (err error) {
	*h.value, err = unix.GetsockoptInt(h.Conn.FD(), unix.IPPROTO_TCP, unix.TCP_NODELAY)
	return err
}

// selfHandler answers what its process is.
type selfHandler struct{ BaseRequestHandler }

func (h *selfHandler) Handle() error {
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		return err
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	sockets := 0
	for _, entry := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil &&
			strings.HasPrefix(target, "socket:") {
			sockets++
		}
	}
	text := fmt.Sprintf("%s %d %d %s %d %v %v", strings.TrimSpace(string(comm)), os.Getppid(), sockets, h.ClientAddress,
		len(h.Packet),
		h.Truncated, h.Server == nil)
	if h.Packet != nil {
		_, err = h.Conn.WriteTo([]byte(text), h.ClientAddress)
	} else {
		_, err = io.WriteString(h.Conn, text)
	}
	return err
}

var self = Register("test-self", func() Handler { return new(selfHandler) })

// TestReExecutedChild knows its request, has the class's name and no socket but its own.
func TestReExecutedChild(t *testing.T) {
	for _, c := range twelve {
		if !c.forks {
			continue
		}
		s := newServer(t, c.class, c.address(t), self)
		serve(t, s, -1)
		conn := dial(t, s)
		packet := 0
		if !c.stream() {
			packet = 3
			if _, err := conn.Write([]byte{0, 0xff, '"'}); err != nil {
				t.Fatal(err)
			}
		}
		answer := make([]byte, 200)
		n, err := conn.Read(answer)
		client := conn.LocalAddr().String()
		if c.network == "unix" {
			client = ""
		}
		want := fmt.Sprintf("test-self %d 1 %s %d false true", os.Getpid(), client, packet)
		if got := string(answer[:n]); err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, want)
		}
	}
}

func TestReExecForServices(t *testing.T) {
	for _, c := range twelve {
		if !c.forks || strings.HasPrefix(c.network, "unix") {
			continue
		}
		s := newServer(t, c.class, c.address(t), Upper, func(s *Server) { s.ReExec = true })
		serve(t, s, -1)
		if got := askOnce(t, s, "x"); got != "X" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestServices(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, c := range twelve {
		for _, service := range []struct {
			class     *HandlerClass
			ask, want string
		}{
			{Echo, "Ab", "Ab"},
			{Upper, "Ab", "AB"},
			{Daytime, "", "-UTC\r\n"},
			{StaticHTTP, get, "HTTP/1.1 200 OK\r\n"},
		} {
			s := newServer(t, c.class, c.address(t), service.class)
			stop := serve(t, s, -1)
			conn := dial(t, s)
			if service.ask != "" || !c.stream() {
				if _, err := io.WriteString(conn, service.ask); err != nil {
					t.Fatal(err)
				}
			}
			answer := make([]byte, 4096)
			n, err := conn.Read(answer)
			if err != nil || !strings.Contains(string(answer[:n]), service.want) {
				t.Errorf("%s, %s: %q (%v), want %q", c.name, service.class.Name(), answer[:n], err, service.want)
			}
			conn.Close()
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestEndedByServer: bytes that nobody read do not cost the client its answer.
func TestEndedByServer(t *testing.T) {
	for _, class := range []Class{TCPServer, ThreadingTCPServer, ForkingTCPServer} {
		s := newServer(t, class, "127.0.0.1:0", StaticHTTP)
		conn := dial(t, s)
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n"+strings.Repeat("x", 100_000)); err != nil {
			t.Fatal(err)
		}
		stop := serve(t, s, -1)
		if got := readAll(t, conn); !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") {
			t.Errorf("got %q", got)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatNewRefuses(t *testing.T) {
	closure := Func(func(*Request) error { return nil })
	for _, c := range []struct {
		name string
		make func() (*Server, error)
		want string
	}{
		{"no transport", func() (*Server, error) { return New(":0", Echo, Forking) }, "no transport"},
		{"no handler", func() (*Server, error) { return TCPServer(":0", nil) }, "no handler class"},
		{"closure in a child", func() (*Server, error) { return ForkingTCPServer(":0", closure) },
			"does not survive exec"},
		{"no packet", func() (*Server, error) { return UDPServer(":0", Echo, func(s *Server) { s.MaxPacketSize = 0 }) },
			"too small"},
		{"bad address", func() (*Server, error) { return TCPServer("here", Echo) }, "resolve tcp address \"here\""},
		{"long path", func() (*Server, error) { return UnixStreamServer(strings.Repeat("x", 200), Echo) },
			"at most 107 bytes"},
		{"no Init", func() (*Server, error) {
			inited = false
			defer func() { inited = true }()
			return ForkingTCPServer(":0", streamLine)
		}, "call socketserver.Init first in main"},
	} {
		s, err := c.make()
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestLateRegister(t *testing.T) {
	defer func() {
		if text := fmt.Sprint(recover()); !strings.Contains(text, "registered after Init") {
			t.Errorf("panic: %s", text)
		}
	}()
	Register("test-late", func() Handler { return new(lineHandler) })
}

// TestUnknownChild: a child whose class is not there ends at once instead of running main.
func TestUnknownChild(t *testing.T) {
	var stderr bytes.Buffer
	child := exec.Command("/proc/self/exe")
	child.Args[0] = childPrefix + "nobody"
	child.Stderr = &stderr
	err := child.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(stderr.String(),
		`no handler class "nobody"`) {
		t.Errorf("%v: %s", err, stderr.String())
	}
}

func TestLogIsPrintable(t *testing.T) {
	var log strings.Builder
	s := newServer(t, TCPServer, "127.0.0.1:0", Func(func(*Request) error {
		return errors.New("\x1b[2Jcleared")
	}), quiet(&log))
	conn := dial(t, s)
	if err := s.HandleRequest(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("request from %s: \ufffd[2Jcleared\n", conn.LocalAddr())
	if log.String() != want {
		t.Errorf("log %q, want %q", log.String(), want)
	}
}

// TestSuper: a body of a class extends what the parts before it have set.
func TestSuper(t *testing.T) {
	var calls []string
	wrap := func(name string) Part {
		return func(s *Server) {
			super := s.Methods
			s.VerifyRequest = func(r *Request) bool { calls = append(calls, name); return super.VerifyRequest(r) }
		}
	}
	named := Combine(TCP, wrap("inner"))
	s := newServer(t, named, ":0", Echo, wrap("outer"))
	dial(t, s).Close()
	if err := s.HandleRequest(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(calls, " "); got != "outer inner" {
		t.Errorf("calls: %s", got)
	}
	if !s.Addr().(*net.TCPAddr).IP.IsLoopback() {
		t.Errorf("bound to %v", s.Addr())
	}
}
