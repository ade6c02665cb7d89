package httpserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// short is a timeout that a test waits out; long is one that it must not.
const (
	short = 50 * time.Millisecond
	long  = time.Hour
)

func slowSite(timeouts Timeouts) func(*testing.T) *Site {
	return func(t *testing.T) *Site {
		site := newSite(t, Options{Timeouts: timeouts})
		site.Handle("POST", "/", func(w *Response, r *Request) error {
			body, err := io.ReadAll(r.Body)
			w.Send(body)
			return err
		})
		site.Handle("GET", "/", func(w *Response, r *Request) error {
			_, err := w.WriteString("hello")
			return err
		})
		return site
	}
}

// drip sends a byte now and then until the server has had enough.
func drip(c net.Conn, text string) {
	for {
		for i := range len(text) {
			if _, err := c.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(short / 10)
		}
	}
}

// TestSlowClients: each client sends something, and then nothing, or too little at a time to ever be done.
func TestSlowClients(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: h\r\n"
	for name, c := range map[string]struct {
		timeouts Timeouts
		send     string
		drip     string
		want     []want
	}{
		"says nothing": {Timeouts{Idle: short, Header: long, Body: long}, "", "", nil},
		"falls silent": {Timeouts{Idle: long, Header: short, Body: long}, "GET / HT", "", []want{{408, "*", true, ""}}},
		"only an empty line": {Timeouts{Idle: long, Header: short, Body: long}, "\r\n", "",
			[]want{{408, "*", true, ""}}},
		"endless header": {Timeouts{Idle: long, Header: short, Body: long}, "GET / HTTP/1.1\r\n", "A: b\r\n",
			[]want{{408, "*", true, ""}}},
		"one after another": {Timeouts{Idle: short, Header: long, Body: long}, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "",
			[]want{{200, "hello", false, ""}}},
		"body stops": {Timeouts{Idle: long, Header: long, Body: short}, head + "Content-Length: 9\r\n\r\nabc", "",
			[]want{{408, "*", true, ""}}},
		"body drips": {Timeouts{Idle: long, Header: long, Body: short}, head + "Content-Length: 99999\r\n\r\n", "a",
			[]want{{408, "*", true, ""}}},
		"chunks drip": {Timeouts{Idle: long, Header: long, Body: short}, head + "Transfer-Encoding: chunked\r\n\r\n",
			"1\r\na\r\n", []want{{408, "*", true, ""}}},
		"chunk line": {Timeouts{Idle: long, Header: long, Body: short}, head + "Transfer-Encoding: chunked\r\n\r\n1",
			"", []want{{408, "*", true, ""}}},
		"never continue": {Timeouts{Idle: long, Header: long, Body: short}, head +
			"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n", "",
			[]want{{408, "*", true, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.timeouts.Linger = short
			onBoth(t, slowSite(c.timeouts), func(t *testing.T, dial func() *net.TCPConn) {
				conn := dial()
				send(t, conn, c.send)
				dripped := make(chan struct{})
				go func() {
					defer close(dripped)
					if c.drip != "" {
						drip(conn, c.drip)
					}
				}()
				stream, err := io.ReadAll(conn)
				if err != nil && !errors.Is(err, unix.ECONNRESET) { // who goes on sending is reset in the end
					t.Error(err)
				}
				_ = conn.Close()
				<-dripped
				stream = bytes.TrimPrefix(stream, []byte("HTTP/1.1 100 Continue\r\n\r\n"))
				checkAnswers(t, answers(t, stream), c.want)
			})
		})
	}
}

// TestSlowReader: a client that takes nothing of a long answer holds its thread no longer than the write timeout.
func TestSlowReader(t *testing.T) {
	page := write(t, t.TempDir(), "page", "")
	if err := os.Truncate(page, 64<<20); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/given", "/parts", "/file/page"} {
		t.Run(target[1:], func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 2)
			var site *Site
			onBoth(t, func(t *testing.T) *Site {
				site = newSite(t, Options{Timeouts: Timeouts{Write: short}, ErrorLog: log.New(io.Discard, "", 0)})
				site.Handle("GET", "/given", func(w *Response, r *Request) error {
					w.Send(make([]byte, 64<<20))
					return nil
				})
				site.Handle("GET", "/parts", func(w *Response, r *Request) error {
					for {
						if _, err := w.Write(make([]byte, 60<<10)); err != nil {
							ended <- err
							return err
						}
					}
				})
				static(t, site, "/file/", page[:strings.LastIndexByte(page, '/')], FolderOptions{})
				return site
			}, func(t *testing.T, dial func() *net.TCPConn) {
				c := dial()
				send(t, c, "GET "+target+" HTTP/1.1\r\nHost: h\r\n\r\n")
				receive(t, c, "HTTP/1.1 200 OK")
				if target == "/parts" {
					if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("the handler's write: %v", err)
					}
				}
				awaitConnections(t, site, 0) // though the client has neither read the rest nor left
			})
		})
	}
}

// TestOversized: the answer comes although the client means to send far more, and little of it is kept.
func TestOversized(t *testing.T) {
	much := strings.Repeat("x", 8<<20)
	const head = "POST / HTTP/1.1\r\nHost: h\r\n"
	for name, c := range map[string]struct {
		send string
		want int
	}{
		"request line":     {"GET /" + much, 414},
		"method":           {much, 414},
		"header line":      {"GET / HTTP/1.1\r\nHost: h\r\nA: " + much, 431},
		"header lines":     {"GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 1<<20), 431},
		"101 header lines": {"GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 100) + "\r\n", 431},
		"announced body":   {head + "Content-Length: 8388608\r\n\r\n" + much, 413},
		"one chunk":        {head + "Transfer-Encoding: chunked\r\n\r\n800000\r\n" + much, 413},
		"many chunks": {head + "Transfer-Encoding: chunked\r\n\r\n" +
			strings.Repeat("10000\r\n"+much[:0x10000]+"\r\n", 20), 413},
		"endless chunk line": {head + "Transfer-Encoding: chunked\r\n\r\n1;" + much, 400},
		"endless chunk size": {head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("0", 8<<20), 400},
		"framing, not content": {head + "Transfer-Encoding: chunked\r\n\r\n" +
			strings.Repeat("1;"+much[:100]+"\r\nx\r\n", 1000), 400},
		"endless trailer": {head + "Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + much, 400},
		"trailer lines":   {head + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 1<<20), 431},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, slowSite(Timeouts{}), func(t *testing.T, dial func() *net.TCPConn) {
				conn := dial()
				go func() { _, _ = io.WriteString(conn, c.send) }()
				got, err := readAnswer(newReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				if got.status != c.want || !got.close {
					t.Errorf("%d, close=%v, want %d and a close", got.status, got.close, c.want)
				}
				_ = conn.Close()
			})
		})
	}
}

// TestBufferStaysSmall: a long head makes the connection's buffer grow, but only as far as the limits.
func TestBufferStaysSmall(t *testing.T) {
	c := &conn{site: NewSite(Options{}), wire: &textWire{text: bytes.Repeat([]byte("x"), 8<<20), step: 4096},
		buffer: make([]byte, smallBuffer)}
	if _, err := c.readHead(); err != errLongLine {
		t.Fatal(err)
	}
	if len(c.buffer) > 128<<10 {
		t.Errorf("the buffer has grown to %d bytes", len(c.buffer))
	}
}

// TestRequestsPerConnection: the last answer that the limit allows says so.
func TestRequestsPerConnection(t *testing.T) {
	onBoth(t, func(t *testing.T) *Site {
		site := newSite(t, Options{Limits: Limits{Requests: 2}})
		site.Handle("GET", "/", func(w *Response, r *Request) error { return nil })
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		stream := talk(t, dial(), strings.Repeat("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 3))
		checkAnswers(t, answers(t, stream), []want{{200, "", false, ""}, {200, "", true, ""}})
	})
}

// TestDrain: idle connections end, the busy one gets its answer, a late one is not served, and who does not finish is
// cut.
func TestDrain(t *testing.T) {
	for _, finishes := range []bool{true, false} {
		var entered, leave chan struct{}
		var site *Site
		onBoth(t, func(t *testing.T) *Site {
			entered, leave = make(chan struct{}), make(chan struct{})
			site = newSite(t, Options{ErrorLog: log.New(io.Discard, "", 0)})
			site.Handle("GET", "/", func(w *Response, r *Request) error { return nil })
			site.Handle("GET", "/busy", func(w *Response, r *Request) error {
				close(entered)
				<-leave
				_, err := w.WriteString("done")
				return err
			})
			site.Handle("POST", "/stuck", func(w *Response, r *Request) error {
				close(entered)
				_, err := io.Copy(io.Discard, r.Body)
				return err
			})
			return site
		}, func(t *testing.T, dial func() *net.TCPConn) {
			fresh, idle, busy := dial(), dial(), dial()
			send(t, idle, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			reader := newReader(idle)
			if _, err := readAnswer(reader, nil); err != nil {
				t.Fatal(err)
			}
			if finishes {
				send(t, busy, "GET /busy HTTP/1.1\r\nHost: h\r\n\r\n")
			} else {
				send(t, busy, "POST /stuck HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nx")
			}
			<-entered
			awaitConnections(t, site, 3)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			drained := make(chan error, 1)
			go func() { drained <- site.Drain(ctx) }()
			for _, c := range []io.Reader{fresh, reader} {
				if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
					t.Errorf("an idle connection ends with %q, %v", rest, err)
				}
			}
			if late, err := io.ReadAll(dial()); err != nil || len(late) > 0 {
				t.Errorf("a late connection ends with %q, %v", late, err)
			}
			if finishes {
				close(leave)
				if err := <-drained; err != nil {
					t.Error(err)
				}
				got, err := readAnswer(newReader(busy), nil)
				if err != nil || got.body != "done" || !got.close {
					t.Errorf("the busy connection: %+v, %v", got, err)
				}
				return
			}
			cancel()
			if err := <-drained; !errors.Is(err, context.Canceled) {
				t.Errorf("drain: %v", err)
			}
		})
	}
}

// awaitConnections waits until the site has seen so many connections; each accept is on its way already.
func awaitConnections(t *testing.T, site *Site, n int) {
	t.Helper()
	for end := time.Now().Add(patience); site.Connections() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections, want %d", site.Connections(), n)
		}
	}
}

// TestPanic: a handler's panic or foreign error is a 500 and a line in the log, and others are served still.
func TestPanic(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	onBoth(t, func(t *testing.T) *Site {
		logged.Reset()
		site := newSite(t, Options{ErrorLog: log.New(writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(p)
		}), "", 0)})
		site.Handle("GET", "/panic", func(*Response, *Request) error { panic("ouch") })
		site.Handle("GET", "/error", func(w *Response, _ *Request) error {
			w.Header("A", "b")
			return errors.New("secret")
		})
		site.Handle("GET", "/header", func(w *Response, _ *Request) error {
			w.Header("A", "b\r\nSet-Cookie: c")
			return nil
		})
		site.Handle("GET", "/name", func(w *Response, _ *Request) error { w.Header("A:", "b"); return nil })
		site.Handle("GET", "/coding", func(w *Response, _ *Request) error {
			w.Header("Transfer-Encoding", "gzip")
			return nil
		})
		site.Handle("GET", "/status", func(w *Response, _ *Request) error { w.Status(99); return nil })
		site.Handle("GET", "/exit", func(*Response, *Request) error { runtime.Goexit(); return nil })
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		for path, close := range map[string]bool{"/panic": true, "/error": false, "/header": false, "/name": false,
			"/coding": false, "/status": false} {
			got := answers(t, talk(t, dial(), "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n"))
			checkAnswers(t, got, []want{{500, "*", close, "-A"}})
			if len(got) == 1 && strings.Contains(got[0].body, "secret") {
				t.Error("the client learns what went wrong")
			}
		}
		if stream := talk(t, dial(), "GET /exit HTTP/1.1\r\nHost: h\r\n\r\n"); len(stream) > 0 {
			t.Errorf("an exit is answered with %q", stream)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, word := range []string{"ouch", "limits_test.go", "secret", "Set-Cookie", `"A:"`, "99"} {
			if !strings.Contains(logged.String(), word) {
				t.Errorf("the log lacks %s:\n%s", word, logged.String())
			}
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestAccessLog: one line a request, with nothing of the client unescaped.
func TestAccessLog(t *testing.T) {
	var mu sync.Mutex
	var logged bytes.Buffer
	onBoth(t, func(t *testing.T) *Site {
		logged.Reset()
		site := newSite(t, Options{AccessLog: writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(p)
		})})
		site.Handle("GET", "/", func(w *Response, r *Request) error {
			_, err := w.WriteString("hello")
			return err
		})
		return site
	}, func(t *testing.T, dial func() *net.TCPConn) {
		const host = " HTTP/1.1\r\nHost: h\r\n\r\n"
		stream := talk(t, dial(), "GET /"+host+"HEAD /a\"b\xff"+host+"GET /\x1b[2J\x9b HTTP/1.1\r\nHost: h\r\n\r\n")
		if got := answers(t, stream, "GET", "HEAD"); len(got) != 3 {
			t.Errorf("%d answers", len(got))
		}
		talk(t, dial(), "GET /half")
		mu.Lock()
		defer mu.Unlock()
		lines := strings.Split(logged.String(), "\n")
		for i, want := range []string{
			`"GET / HTTP/1.1" 200 5`,
			`"HEAD /a\"b\xff HTTP/1.1" 200 0`,
			`"GET /\x1b[2J\x9b HTTP/1.1" 400 `,
			`"GET /half" 400 `,
			"",
		} {
			if i >= len(lines) || !strings.Contains(lines[i], want) || want != "" &&
				!strings.HasPrefix(lines[i], "127.0.0.1 - - [") {
				t.Fatalf("line %d of the log is not %s:\n%s", i+1, want, logged.String())
			}
		}
	})
}
