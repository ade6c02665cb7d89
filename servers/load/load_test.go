package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a stream server whose connections are served by a function, and returns its address.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

func echo(conn net.Conn) { io.Copy(conn, conn) }

func run(t *testing.T, o Options) Result {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEcho(t *testing.T) {
	r := run(t, Options{Address: serve(t, echo), Count: 50, Concurrency: 5, Requests: 3, Payload: 1000})
	if r.Connections != 50 || r.Requests != 150 || r.Failed != 0 || len(r.Errors) != 0 {
		t.Errorf("%+v", r)
	}
	if r.Sent != 150_000 || r.Received != 150_000 {
		t.Errorf("%d bytes sent, %d received", r.Sent, r.Received)
	}
	l := r.Latency
	if !(0 < l.Min && l.Min <= l.P50 && l.P50 <= l.P90 && l.P90 <= l.P99 && l.P99 <= l.P999 && l.P999 <= l.Max &&
		l.Max <= r.Elapsed) {
		t.Errorf("percentiles out of order: %+v", l)
	}
}

// TestErrors: what a server does wrong is told by kind, once a connection.
func TestErrors(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	for _, c := range []struct {
		name    string
		address string
		o       Options
		want    string
	}{
		{"nobody listens", nobody, Options{}, "connect: refused"},
		{"silent", serve(t, func(c net.Conn) { io.Copy(io.Discard, c) }), Options{Timeout: 20 * time.Millisecond},
			"receive: timeout"},
		{"half an answer", serve(t, func(c net.Conn) { io.CopyN(c, c, 10) }), Options{Payload: 10_000}, "receive: "},
		{"closes", serve(t, func(c net.Conn) { c.Read(make([]byte, 64)) }), Options{}, "receive: closed early"},
		{"resets", serve(t, func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) }), Options{},
			"receive: reset"},
		{"wrong bytes", serve(t, func(c net.Conn) { c.Read(make([]byte, 64)); c.Write(bytes.Repeat([]byte("x"), 64)) }),
			Options{}, "wrong answer"},
		{"echo is not upper", serve(t, echo), Options{Service: "upper"}, "wrong answer"},
		{"no line", serve(t, func(c net.Conn) { c.Write([]byte("12:00")) }), Options{Service: "daytime"},
			"wrong answer"},
		{"no http", serve(t, func(c net.Conn) { c.Read(make([]byte, 999)); c.Write([]byte("hello\r\n\r\n")) }),
			Options{Service: "http"}, "receive: "},
		{"http 404", serve(t, func(c net.Conn) {
			c.Read(make([]byte, 999))
			c.Write([]byte("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"))
		}), Options{Service: "http"}, "status 404"},
		{"http header without end", serve(t, func(c net.Conn) {
			c.Read(make([]byte, 999))
			c.Write([]byte("HTTP/1.1 200 OK\r\n"))
			for lines := bytes.Repeat([]byte("Name: value\r\n"), 1000); ; {
				if _, err := c.Write(lines); err != nil {
					return
				}
			}
		}), Options{Service: "http"}, "receive: header too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Address, c.o.Count, c.o.Concurrency = c.address, 4, 2
			r := run(t, c.o)
			sum := int64(0)
			for kind, n := range r.Errors {
				sum += n
				if !strings.HasPrefix(kind, c.want) {
					t.Errorf("kind %q, want %q", kind, c.want)
				}
			}
			if r.Failed != 4 || r.Connections != 0 || sum != 4 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestServerFillsNoMemory: whatever a server answers, little is kept of it: of its header, and of what is wrong with
// it.
func TestServerFillsNoMemory(t *testing.T) {
	const count = 50
	var served atomic.Int64
	for name, answer := range map[string]func(c net.Conn){
		"a header of short lines": func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for lines := bytes.Repeat([]byte("X: y\r\n"), 1000); ; {
				if _, err := c.Write(lines); err != nil {
					return
				}
			}
		},
		"another malformed line each time": func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 2%0*d OK\r\n\r\n", 4000, served.Add(1))
		},
		"another malformed trailer each time": func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno colon %d\r\n\r\n",
				served.Add(1))
		},
	} {
		address := serve(t, func(c net.Conn) { c.Read(make([]byte, 999)); answer(c) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := run(t, Options{Address: address, Service: "http", Count: count, Concurrency: 2})
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / count; each > 1<<20 {
			t.Errorf("%s: %d bytes were allocated for each", name, each)
		}
		if r.Failed != count || len(r.Errors) != 1 {
			t.Errorf("%s: %d failed, %d kinds of error", name, r.Failed, len(r.Errors))
		}
	}
}

// TestBounds: the load ends by count, by time and by its context.
func TestBounds(t *testing.T) {
	for age, want := range map[time.Duration]bool{0: true, 2 * time.Minute: false} {
		start := time.Now().Add(-age)
		s := schedule{options: Options{Pace: begun(start), Count: 10, Duration: time.Minute}, start: start}
		if _, _, ok := s.take(t.Context()); ok != want {
			t.Errorf("a load of a minute begins a connection after %v: %v", age, ok)
		}
	}
	run(t, Options{Address: serve(t, echo), Duration: time.Millisecond}) // ends
	ctx, cancel := context.WithCancel(t.Context())
	silent := serve(t, func(c net.Conn) { cancel(); io.Copy(io.Discard, c) })
	r, err := Run(ctx, Options{Address: silent, Timeout: time.Hour})
	if err != nil || r.Connections != 0 || r.Failed != 0 {
		t.Errorf("by context: %+v, %v", r, err)
	}
}

// TestOpenLoop: connections begin when they are due, however slow the server, and their wait counts.
func TestOpenLoop(t *testing.T) {
	address := serve(t, echo)
	r := run(t, Options{Address: address, Rate: 500, Count: 26})
	if r.Connections != 26 || r.Elapsed < 50 {
		t.Errorf("26 connections at 500 a second took %.1f ms", r.Elapsed)
	}
	slow := serve(t, func(c net.Conn) { time.Sleep(20 * time.Millisecond); echo(c) })
	r = run(t, Options{Address: slow, Rate: 1000, Count: 5, Concurrency: 1})
	if r.Latency.Max < 5*20-5 { // the fifth was due after 4 ms and had to wait for four others
		t.Errorf("the longest latency is %v ms: the wait for the client is missing", r.Latency.Max)
	}
}

// TestBursts: connections of a burst are due together, and the rate holds on average.
func TestBursts(t *testing.T) {
	start := time.Now().Add(-time.Minute)
	s := schedule{options: Options{Pace: begun(start), Count: 7, Duration: time.Hour, Rate: 10, Burst: 3}, start: start}
	for i, want := range []time.Duration{0, 0, 0, 300, 300, 300, 600} {
		if _, due, ok := s.take(t.Context()); !ok || due.Sub(start) != want*time.Millisecond {
			t.Errorf("connection %d is due after %v, want %d ms", i, due.Sub(start), want)
		}
	}
}

func TestDatagrams(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		room := make([]byte, MaxDatagram)
		for {
			n, from, err := conn.ReadFrom(room)
			if err != nil {
				return
			}
			conn.WriteTo(room[:n], from)
		}
	}()
	r := run(t, Options{Network: "udp", Address: conn.LocalAddr().String(), Count: 20, Requests: 3, Payload: 9000,
		Concurrency: 4})
	conn.Close()
	<-done
	if r.Connections != 20 || r.Requests != 60 {
		t.Errorf("%+v", r)
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		o    Options
		says string
	}{
		{Options{}, "no address"},
		{Options{Network: "sctp"}, "use one of tcp, unix, udp"},
		{Options{Service: "ftp"}, "use one of echo"},
		{Options{Concurrency: -1}, "concurrency -1: use 1 to 10000"},
		{Options{Count: MaxCount + 1}, "count"},
		{Options{Duration: -1}, "duration"},
		{Options{Rate: -1}, "rate"},
		{Options{Burst: -1}, "burst -1: use 1 to 10000"},
		{Options{Burst: 2}, "give a rate"},
		{Options{Requests: -1}, "requests"},
		{Options{Network: "udp", Payload: 70_000}, "payload 70000: use 1 to 65507"},
		{Options{Timeout: 1}, "timeout"},
		{Options{Network: "udp", Service: "http"}, "stream"},
		{Options{Service: "daytime", Requests: 2}, "closes after one"},
	} {
		if c.says != "no address" {
			c.o.Address = "127.0.0.1:1"
		}
		if _, err := Run(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.says)
		}
	}
}

func TestResultForms(t *testing.T) {
	r := run(t, Options{Address: serve(t, echo), Count: 3})
	var back map[string]any
	text, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(text, &back)
	}
	if err != nil || back["connections"] != 3.0 || back["latency"].(map[string]any)["p99_ms"] == nil {
		t.Errorf("%s, %v", text, err)
	}
}

func TestCommonest(t *testing.T) {
	for _, c := range []struct {
		errors map[string]int64
		what   string
		n      int64
	}{
		{nil, "", 0},
		{map[string]int64{"a: b": 3}, "a: b", 3},
		{map[string]int64{"a: b": 1, "c: d": 2}, "c: d", 2},
		{map[string]int64{"a: b": 2, "A: z": 2}, "A: z", 2},
	} {
		if what, n := (Result{Errors: c.errors}).Commonest(); what != c.what || n != c.n {
			t.Errorf("%v: %s, %d", c.errors, what, n)
		}
	}
}

// TestFill: payloads of different requests differ, and hold nothing but letters.
func TestFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := make([]byte, 40), make([]byte, 40)
		n, m := rapid.Int64Range(0, 1<<40).Draw(t, "n"), rapid.Int64Range(0, 1<<40).Draw(t, "m")
		i, j := rapid.IntRange(0, 1<<20).Draw(t, "i"), rapid.IntRange(0, 1<<20).Draw(t, "j")
		fill(a, n, i)
		fill(b, m, j)
		if same := n == m && i == j; bytes.Equal(a, b) != same {
			t.Errorf("%s and %s", a, b)
		}
		if bytes.ContainsFunc(a, func(r rune) bool { return r < 'a' || r > 'p' }) {
			t.Errorf("payload %q", a)
		}
	})
}

func TestKind(t *testing.T) {
	for err, want := range map[error]string{
		fmt.Errorf("connect: %w", syscall.ECONNREFUSED):  "connect: refused",
		fmt.Errorf("send: %w", syscall.EPIPE):            "send: reset",
		fmt.Errorf("connect: %w", syscall.EADDRNOTAVAIL): "connect: no free port",
		fmt.Errorf("connect: %w", syscall.EMFILE):        "connect: no free descriptor",
		fmt.Errorf("connect: %w", syscall.ENETUNREACH):   "connect: network is unreachable",
		errors.New("status 500"):                         "status 500",
	} {
		if got := kind(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
