package httpserver

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asNobody runs f on a thread without root's rights, which then ends.
func asNobody(f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread is spoilt
		result <- func() error {
			if unix.Geteuid() != 0 {
				return f()
			}
			// Raw: only this thread is to change. -1 leaves an id as it is.
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0)); errno != 0 {
				return fmt.Errorf("setresuid: %w", errno)
			}
			return f()
		}()
	}()
	return <-result
}

// TestOneCallAnAnswer: on a socket that keeps messages apart each answer is one message, and so was one system call.
func TestOneCallAnAnswer(t *testing.T) {
	root := t.TempDir()
	write(t, root, "small", strings.Repeat("x", 10<<10))
	write(t, root, "middle", strings.Repeat("x", 60<<10))
	site := newSite(t, Options{})
	static(t, site, "/", root, FolderOptions{})
	site.Data("/data", NewData(0))
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		site.ServeSocket(pair[1], nil)
		_ = unix.Close(pair[1])
	}()
	message := make([]byte, 1<<20)
	for _, c := range []struct {
		request string
		size    int
	}{
		{"GET /small", 10 << 10}, {"GET /middle", 60 << 10}, {"HEAD /middle", 0}, {"GET /none", 1}, {"GET /data", 1},
		{"BREW /", 1},
	} {
		if _, err := unix.Write(pair[0], []byte(c.request+" HTTP/1.1\r\nHost: h\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		n, err := unix.Read(pair[0], message)
		if err != nil {
			t.Fatal(err)
		}
		got := answers(t, message[:n], methodsOf(c.request+" HTTP/1.1")...)
		if len(got) != 1 || len(got[0].body) < c.size {
			t.Errorf("%s: the first message is not the whole answer: %.200q", c.request, message[:n])
		}
	}
	_ = unix.Close(pair[0])
	<-served
}

// writes counts the calls of a net.Conn.
type writes struct {
	net.Conn
	count int
}

func (w *writes) Write(p []byte) (int, error) {
	w.count++
	return w.Conn.Write(p)
}

// TestAnyConn: a connection that is nothing but a net.Conn is served as well, files included.
func TestAnyConn(t *testing.T) {
	root := t.TempDir()
	write(t, root, "big", strings.Repeat("x", 1<<20))
	site := newSite(t, Options{})
	static(t, site, "/", root, FolderOptions{})
	client, server := net.Pipe()
	counted := &writes{Conn: server}
	served := make(chan struct{})
	go func() {
		defer close(served)
		site.ServeConn(counted)
	}()
	reader := newReader(client)
	for path, size := range map[string]int{"/big": 1 << 20, "/none": 1} {
		send(t, client, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n")
		got, err := readAnswer(reader, nil)
		if err != nil || len(got.body) < size {
			t.Errorf("%s: %d bytes, %v", path, len(got.body), err)
		}
	}
	_ = client.Close()
	<-served
	if counted.count != 1+16+1 { // the head, 64 KiB at a time; head and body at once
		t.Errorf("%d writes", counted.count)
	}
}

// TestAllocations: a small request costs the text of its head and nothing else.
func TestAllocations(t *testing.T) {
	site := newSite(t, Options{Limits: Limits{Requests: 1 << 40}})
	hello := []byte("hello")
	site.Handle("GET", "/", func(w *Response, r *Request) error {
		_, err := w.Write(hello)
		return err
	})
	request := []byte("GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
	wire := &textWire{step: 4096}
	c := conns.Get().(*conn)
	c.site, c.wire = site, wire
	defer c.release()
	count := testing.AllocsPerRun(1000, func() {
		wire.text = request
		wire.sent.Reset()
		if !c.serveRequest() {
			t.Fatalf("the connection ends: %s", wire.sent.String())
		}
	})
	if count > 1 {
		t.Errorf("%v allocations a request", count)
	}
}

// TestDateIsOfNow: the line that is kept for a second is not kept for longer.
func TestDateIsOfNow(t *testing.T) {
	s := stamp{server: "x"}
	first := time.Date(2026, 11, 23, 7, 0, 59, 999, time.UTC)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{first, "Server: x\r\nDate: Mon, 23 Nov 2026 07:00:59 GMT\r\n"},
		{first.Add(time.Millisecond), "Server: x\r\nDate: Mon, 23 Nov 2026 07:00:59 GMT\r\n"},
		{first.Add(time.Second).In(time.FixedZone("", 3600)), "Server: x\r\nDate: Mon, 23 Nov 2026 07:01:00 GMT\r\n"},
	} {
		if got := s.lines(c.now); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
