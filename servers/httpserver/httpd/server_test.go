package httpd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"tracer/servers/httpserver"
)

// TestManyConnections: each gets its answers, and nothing of any is left: no descriptor, no thread, no goroutine
// (goleak looks).
func TestManyConnections(t *testing.T) {
	const connections, atOnce, requests = 400, 32, 3
	onAll(t, func(t *testing.T) *httpserver.Site { return helloSite(t, "", httpserver.Options{}) },
		func(t *testing.T, r *running) {
			fetch := func() error {
				c, err := net.Dial("tcp", r.Addr().String())
				if err != nil {
					return err
				}
				defer c.Close()
				reader := bufio.NewReader(c)
				for range requests {
					if _, err := io.WriteString(c, "GET /hello"+host); err != nil {
						return err
					}
					response, err := http.ReadResponse(reader, nil)
					if err != nil {
						return err
					}
					if body, err := io.ReadAll(response.Body); err != nil || string(body) != "hello, world\n" {
						return fmt.Errorf("body %q, %v", body, err)
					}
				}
				return nil
			}
			load := func() {
				var all sync.WaitGroup
				turns := make(chan struct{}, atOnce)
				for range connections {
					turns <- struct{}{}
					all.Go(func() {
						if err := fetch(); err != nil {
							t.Error(err)
						}
						<-turns
					})
				}
				all.Wait()
			}
			load()
			var descriptors, threads int
			quiet := func() bool {
				descriptors, threads = count(t, "/proc/self/fd"), count(t, "/proc/self/task")
				return true
			}
			quiet()
			before, threadsBefore := descriptors, threads
			load()
			eventually(t, func() string {
				return fmt.Sprintf("%d descriptors and %d threads before, %d and %d after", before, threadsBefore,
					descriptors, threads)
			}, func() bool { return quiet() && descriptors <= before && threads <= threadsBefore+atOnce })
		})
}

// TestThreadAConnection: with Threads each connection has a kernel thread of its own, which ends with it; with
// Goroutines a hundred waiting connections need no thread more.
func TestThreadAConnection(t *testing.T) {
	const connections = 50
	for _, model := range models {
		t.Run(model.String(), func(t *testing.T) {
			var mu sync.Mutex
			tids := map[string]bool{}
			var all sync.WaitGroup
			all.Add(connections)
			site := httpserver.NewSite(httpserver.Options{})
			site.Handle("GET", "/", func(w *httpserver.Response, r *httpserver.Request) error {
				mu.Lock()
				tids[fmt.Sprintf("/proc/self/task/%d", unix.Gettid())] = true
				mu.Unlock()
				all.Done()
				_, err := w.WriteString("x")
				return err
			})
			r := start(t, site, "127.0.0.1:0", Options{Concurrency: model})
			var open []net.Conn
			for range connections {
				c := r.dial()
				if _, err := io.WriteString(c, "GET /"+host); err != nil {
					t.Fatal(err)
				}
				open = append(open, c)
			}
			all.Wait()
			alive := func() (n int) {
				for path := range tids {
					var stat unix.Stat_t
					if unix.Stat(path, &stat) == nil {
						n++
					}
				}
				return n
			}
			if model == Goroutines {
				if len(tids) > connections/2 {
					t.Errorf("%d connections ran on %d threads", connections, len(tids))
				}
				return
			}
			if len(tids) != connections || alive() != connections {
				t.Errorf("%d connections have %d threads, %d of them alive", connections, len(tids), alive())
			}
			for _, c := range open {
				_ = c.Close()
			}
			eventually(t, func() string { return fmt.Sprintf("%d threads outlive their connections", alive()) },
				func() bool { return alive() == 0 })
		})
	}
}

// TestMaxConnections: who comes when the house is full waits in the backlog and is served when somebody leaves.
func TestMaxConnections(t *testing.T) {
	for _, model := range models {
		t.Run(model.String(), func(t *testing.T) {
			site := helloSite(t, "", httpserver.Options{})
			r := start(t, site, "127.0.0.1:0", Options{Concurrency: model, MaxConnections: 2})
			var first []net.Conn
			for range 2 {
				c := r.dial()
				if _, err := io.WriteString(c, "GET /hello"+host); err != nil {
					t.Fatal(err)
				}
				if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
					t.Fatal(err)
				}
				first = append(first, c)
			}
			third := r.dial()
			if _, err := io.WriteString(third, "GET /hello"+host); err != nil {
				t.Fatal(err)
			}
			if n := site.Connections(); n != 2 {
				t.Errorf("%d connections are served, of 2 that may be", n)
			}
			_ = first[0].Close()
			if _, err := http.ReadResponse(bufio.NewReader(third), nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestShutdown: a request in hand is answered, the port is free at once, and Serve returns nil.
func TestShutdown(t *testing.T) {
	for _, model := range models {
		t.Run(model.String(), func(t *testing.T) {
			entered, leave := make(chan struct{}), make(chan struct{})
			site := httpserver.NewSite(httpserver.Options{})
			site.Handle("GET", "/", func(w *httpserver.Response, r *httpserver.Request) error {
				close(entered)
				<-leave
				_, err := w.WriteString("done")
				return err
			})
			r := start(t, site, "127.0.0.1:0", Options{Concurrency: model})
			busy, idle := r.dial(), r.dial()
			if _, err := io.WriteString(busy, "GET /"+host); err != nil {
				t.Fatal(err)
			}
			<-entered
			shut := make(chan error, 1)
			go func() { shut <- r.Shutdown(withTimeout(t)) }()
			if rest, err := io.ReadAll(idle); len(rest) > 0 {
				t.Errorf("the idle connection ends with %q, %v", rest, err)
			}
			close(leave)
			response, err := http.ReadResponse(bufio.NewReader(busy), nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(response.Body); string(body) != "done" || !response.Close {
				t.Errorf("the busy connection gets %q, close=%v, %v", body, response.Close, err)
			}
			if err := <-shut; err != nil {
				t.Error(err)
			}
			r.ended()
			again := start(t, helloSite(t, "", httpserver.Options{}), r.Addr().String(), Options{Concurrency: model})
			if _, body := again.ask("GET /hello" + host); body != "hello, world\n" {
				t.Errorf("the next server answers %q", body)
			}
		})
	}
}

// TestShutdownCuts: who is not done when the context ends is cut, and the error says how many.
func TestShutdownCuts(t *testing.T) {
	onAll(t, func(t *testing.T) *httpserver.Site { return helloSite(t, "", httpserver.Options{}) },
		func(t *testing.T, r *running) {
			c := r.dial()
			if _, err := io.WriteString(c, "POST /data HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "+
				"5\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := r.Shutdown(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("shut down: %v", err)
			}
			r.ended()
			if err := r.Shutdown(ctx); err != nil {
				t.Errorf("shut down again: %v", err)
			}
		})
}

// TestUnixSocket serves on a path and on an abstract name.
func TestUnixSocket(t *testing.T) {
	for _, model := range models {
		for _, address := range []string{filepath.Join(t.TempDir(), model.String()), "@httpd-" + model.String()} {
			r := start(t, helloSite(t, "", httpserver.Options{}), address, Options{Concurrency: model})
			if _, body := r.ask("GET /hello" + host); body != "hello, world\n" {
				t.Errorf("%s: %q", address, body)
			}
		}
	}
}

// TestListenRefuses: the error names the address, and says what is wrong with it.
func TestListenRefuses(t *testing.T) {
	for _, model := range models {
		site := helloSite(t, "", httpserver.Options{})
		r := start(t, site, "127.0.0.1:0", Options{Concurrency: model})
		for _, address := range []string{r.Addr().String(), "127.0.0.1:99999", "nowhere", "/no/such/folder/socket"} {
			before := count(t, "/proc/self/fd")
			server, err := Listen(site, address, Options{Concurrency: model})
			if err == nil {
				t.Errorf("%v listens on %s", model, address)
				_ = server.Close()
			} else if !strings.HasPrefix(err.Error(), "listen for http: ") {
				t.Errorf("%v: %v", model, err)
			}
			if after := count(t, "/proc/self/fd"); after != before {
				t.Errorf("%v, %s: %d descriptors before, %d after", model, address, before, after)
			}
		}
	}
}

// TestLoopbackUnlessTold: an address without a host is this machine's alone.
func TestLoopbackUnlessTold(t *testing.T) {
	for _, model := range models {
		r := start(t, helloSite(t, "", httpserver.Options{}), ":0", Options{Concurrency: model})
		if address := r.Addr().String(); !strings.HasPrefix(address, "127.0.0.1:") {
			t.Errorf("%v listens on %s", model, address)
		}
	}
}

// TestCloseUnserved: a server that never served is closed as well.
func TestCloseUnserved(t *testing.T) {
	for _, model := range models {
		server, err := Listen(helloSite(t, "", httpserver.Options{}), ":0", Options{Concurrency: model})
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
}
