package socketserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

const patience = 20 * time.Second // how long a test waits for what must happen

func TestMain(m *testing.M) {
	os.Setenv("GORACE", "atexit_sleep_ms=0") // else a re-exec'd child sleeps for a second before it ends
	Init()
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil { // starts the runtime's own epoll, which stays
		l.Close()
	}
	before := descriptors()
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if after := descriptors(); len(after) > len(before) && code == 0 {
		fmt.Fprintf(os.Stderr, "descriptors leaked: %d before, %d after: %v\n", len(before), len(after), after)
		code = 1
	}
	if left := childrenOf(os.Getpid()); len(left) > 0 && code == 0 {
		fmt.Fprintf(os.Stderr, "children left: %v\n", left)
		code = 1
	}
	os.Exit(code)
}

// lineHandler is the handler of the original's tests: one line back.
type lineHandler struct{ StreamRequestHandler }

func (h *lineHandler) Handle() error {
	line, err := h.Reader.ReadString('\n')
	if err != nil {
		return err
	}
	_, err = io.WriteString(h.Writer, line)
	return err
}

type datagramLineHandler struct{ DatagramRequestHandler }

func (h *datagramLineHandler) Handle() error {
	_, err := h.Reader.WriteTo(h.Writer)
	return err
}

var (
	streamLine   = Register("test-line", func() Handler { return new(lineHandler) })
	datagramLine = Register("test-datagram-line", func() Handler { return new(datagramLineHandler) })
)

// make makes a server and closes it with the test.
func newServer(t testing.TB, class Class, address string, handler *HandlerClass, body ...Part) *Server {
	t.Helper()
	s, err := class(address, handler, body...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// serve runs ServeForever until stop, which waits for its end and returns its answer.
func serve(t testing.TB, s *Server, interval time.Duration) (stop func() error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- s.ServeForever(interval) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			return err
		}
		return within(t, ended)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return stop
}

func within[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("timed out")
	}
	return v
}

// eventually waits for a condition that nothing announces.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// quiet collects what a server logs.
func quiet(w io.Writer) Part {
	return func(s *Server) { s.ErrorLog = log.New(w, "", 0) }
}

// dial opens a client's end, bound if the server could not answer it otherwise.
func dial(t testing.TB, s *Server) net.Conn {
	t.Helper()
	address := s.Addr()
	var conn net.Conn
	var err error
	if to, isUnix := address.(*net.UnixAddr); isUnix && to.Net == "unixgram" {
		own := &net.UnixAddr{Name: filepath.Join(shortDir(t), "client"), Net: "unixgram"}
		conn, err = net.DialUnix("unixgram", own, to)
	} else {
		conn, err = net.Dial(address.Network(), address.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// halt stops a server that looks at the flag only after a poll: the flag first, then a client that ends the poll.
func halt(t testing.TB, s *Server, stop func() error) {
	t.Helper()
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Shutdown(over)
	dial(t, s).Close()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// ask sends a text and reads an answer of the same length.
func ask(t testing.TB, conn net.Conn, text string) string {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len(text))
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// askOnce is ask by a client that comes and goes for it.
func askOnce(t testing.TB, s *Server, text string) string {
	t.Helper()
	conn := dial(t, s)
	defer conn.Close()
	return ask(t, conn, text)
}

// readAll reads to the end of the stream.
func readAll(t testing.TB, conn net.Conn) string {
	t.Helper()
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shortDir is a directory whose path leaves room in a Unix address, which t.TempDir's need not.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ss")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		panic(err)
	}
	var found []string
	for _, entry := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil &&
			!strings.Contains(target, "/proc/") {
			found = append(found, entry.Name()+":"+target)
		}
	}
	return found
}

// process is a line of /proc/PID/stat.
type process struct {
	pid, parent int
	state       byte
}

func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		panic(err)
	}
	var found []process
	for _, entry := range entries {
		text, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil || entry.Name()[0] < '0' || entry.Name()[0] > '9' {
			continue
		}
		var p process
		after := string(text[strings.LastIndexByte(string(text), ')')+2:])
		if _, err := fmt.Sscanf(after, "%c %d", &p.state, &p.parent); err != nil {
			continue
		}
		fmt.Sscan(entry.Name(), &p.pid)
		found = append(found, p)
	}
	return found
}

func childrenOf(parent int) (found []process) {
	for _, p := range processes() {
		if p.parent == parent {
			found = append(found, p)
		}
	}
	return found
}

func stateOf(pid int) byte { return stateIn(fmt.Sprintf("/proc/%d/stat", pid)) }

func threadState(tid int) byte { return stateIn(fmt.Sprintf("/proc/self/task/%d/stat", tid)) }

// stateIn is the letter after the command name; 0 when the task is gone.
func stateIn(path string) byte {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	return text[strings.LastIndexByte(string(text), ')')+2]
}

func threadExists(tid int) bool { return unix.Tgkill(os.Getpid(), tid, 0) == nil }
