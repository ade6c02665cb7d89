package httpd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tracer/servers/httpserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test for what must come; a test that passes never waits it out.
const patience = 20 * time.Second

// running is a server at work.
type running struct {
	*Server
	t    testing.TB
	done chan error
}

// start serves the site on a free port of the loopback interface until the test ends.
func start(t testing.TB, site *httpserver.Site, address string, o Options) *running {
	t.Helper()
	server, err := Listen(site, address, o)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{server, t, make(chan error, 1)}
	go func() { r.done <- server.Serve() }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		r.ended()
	})
	return r
}

// ended checks that Serve has returned, in peace.
func (r *running) ended() {
	r.t.Helper()
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Errorf("serve: %v", err)
		}
		r.done <- nil
	case <-time.After(patience):
		r.t.Fatal("Serve does not end")
	}
}

func (r *running) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial(r.Addr().Network(), r.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends the text on a connection of its own, says that nothing follows, and reads the first answer; and whether
// more came.
func (r *running) ask(text string) (*http.Response, string) {
	r.t.Helper()
	c := r.dial()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, text)
		_ = c.(interface{ CloseWrite() error }).CloseWrite()
	}()
	stream, err := io.ReadAll(c)
	if err != nil {
		r.t.Fatalf("read answer: %v", err)
	}
	_ = c.Close()
	<-sent
	stream = bytes.TrimPrefix(stream, []byte("HTTP/1.1 100 Continue\r\n\r\n"))
	method, _, _ := strings.Cut(text, " ")
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(stream)), &http.Request{Method: method})
	if err != nil {
		r.t.Fatalf("%v in %q", err, stream)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatalf("%v in %q", err, stream)
	}
	return response, string(body)
}

// models are the ways to run a site.
var models = []Concurrency{Threads, Goroutines}

// onAll runs a test with a server of each model.
func onAll(t *testing.T, site func(t *testing.T) *httpserver.Site, test func(t *testing.T, r *running)) {
	for _, model := range models {
		t.Run(model.String(), func(t *testing.T) {
			test(t, start(t, site(t), "127.0.0.1:0", Options{Concurrency: model}))
		})
	}
}

// helloSite answers "hello" and serves the folder, if there is one.
func helloSite(t testing.TB, folder string, o httpserver.Options) *httpserver.Site {
	t.Helper()
	if o.ErrorLog == nil {
		o.ErrorLog = log.New(failing{t}, "", 0)
	}
	site := httpserver.NewSite(o)
	site.Handle("GET", "/hello", func(w *httpserver.Response, _ *httpserver.Request) error {
		_, err := w.WriteString("hello, world\n")
		return err
	})
	site.Data("/data", httpserver.NewData(0))
	if folder != "" {
		serve(t, site, folder, httpserver.FolderOptions{})
	}
	return site
}

func serve(t testing.TB, site *httpserver.Site, path string, o httpserver.FolderOptions) {
	t.Helper()
	folder, err := httpserver.OpenFolder(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	site.Static("/", folder)
}

// failing is a log in which nothing must be written.
type failing struct{ t testing.TB }

func (f failing) Write(p []byte) (int, error) {
	f.t.Errorf("logged: %s", p)
	return len(p), nil
}

// write makes a file below the folder.
func write(t testing.TB, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// count is the number of entries of a directory in /proc.
func count(t testing.TB, path string) int {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// eventually waits for a state that comes about by itself.
func eventually(t testing.TB, what func() string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal(what())
		}
	}
}

func withTimeout(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

const host = " HTTP/1.1\r\nHost: h\r\n\r\n"
