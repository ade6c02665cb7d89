package servers

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tracer/servers/load"
)

// get asks for a path on an open connection, and gives status and body.
func get(t *testing.T, conn net.Conn, path string) (int, string) {
	t.Helper()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestHTTPKeepsConnections: many requests are one accept and one thread.
func TestHTTPKeepsConnections(t *testing.T) {
	for _, goroutines := range []bool{false, true} {
		r := start(t, "http", Options{Work: Work{Sleep: time.Millisecond}, Goroutines: goroutines})
		result := r.load(load.Options{Service: "http", Count: 10, Concurrency: 5, Requests: 20})
		report := r.end()
		want(t, "requests", result.Requests, 200)
		want(t, "accepts", report.Accepts, 10)
		want(t, "threads", report.Threads, map[bool]int64{false: 10}[goroutines])
		want(t, "requests that the server counted", report.Requests, 200)
		if result.Latency.Min < 1 {
			t.Errorf("a request took %v ms, less than its work", result.Latency.Min)
		}
	}
}

// TestHTTPFolder: files, and nothing beside them; the collection goes on.
func TestHTTPFolder(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/hello.txt", []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	r := start(t, "http", Options{Folder: folder})
	conn := r.dial()
	for path, status := range map[string]int{"/hello.txt": 200, "/": 200, "/data": 200, "/../etc/passwd": 404,
		"/none": 404} {
		got, body := get(t, conn, path)
		want(t, path, got, status)
		if path == "/hello.txt" {
			want(t, "the file", body, "hello\n")
		}
	}
	conn.Close()
	want(t, "ended by force", r.end().Ended, 0)
	want(t, "descriptors", descriptors(t), before)

	s, err := New("http", Options{Folder: folder + "/none"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("listen with a folder that is not there: %v", err)
	}
	want(t, "descriptors", descriptors(t), before)
}

// TestHTTPStops: an idle connection is no reason to wait; a request in hand has the grace, and no more.
func TestHTTPStops(t *testing.T) {
	for _, c := range []struct {
		name        string
		work, grace time.Duration
		busy        bool
		ended       int64
		goroutines  bool
	}{
		{"idle", 0, time.Minute, false, 0, false},
		{"busy", 100 * time.Millisecond, time.Minute, true, 0, false},
		{"too long", 300 * time.Millisecond, time.Millisecond, true, 1, false},
		{"idle goroutine", 0, time.Minute, false, 0, true},
		{"busy goroutine", 100 * time.Millisecond, time.Minute, true, 0, true},
		{"goroutine too long", 300 * time.Millisecond, time.Millisecond, true, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, "http", Options{Work: Work{Sleep: c.work}, Grace: c.grace, Goroutines: c.goroutines})
			conn := r.dial()
			get(t, conn, "/")
			if c.busy {
				io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				eventually(t, "the request is in hand", func() bool { return r.Report().Requests == 2 })
			}
			want(t, "ended by force", r.end().Ended, c.ended)
			rest, _ := io.ReadAll(conn)
			want(t, "answered", strings.HasPrefix(string(rest), "HTTP/1.1 200"), c.busy && c.ended == 0)
		})
	}
}
