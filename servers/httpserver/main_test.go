package httpserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test for what must come; it is never waited out by a test that passes.
const patience = 20 * time.Second

// quiet is a log for tests: it fails the test that writes to it.
type quiet struct{ t *testing.T }

func (q quiet) Write(p []byte) (int, error) {
	q.t.Errorf("logged: %s", p)
	return len(p), nil
}

// newSite makes a site that logs no error unless the test gives it a log.
func newSite(t *testing.T, o Options) *Site {
	if o.ErrorLog == nil {
		o.ErrorLog = log.New(quiet{t}, "", 0)
	}
	return NewSite(o)
}

// wires are the two ways a site gets a connection.
var wires = map[string]func(*Site, *net.TCPConn){
	"conn": func(site *Site, c *net.TCPConn) { site.ServeConn(c) },
	"socket": func(site *Site, c *net.TCPConn) {
		file, err := c.File()
		_ = c.Close()
		if err != nil {
			panic(err)
		}
		defer file.Close()
		fd := int(file.Fd()) // which makes it blocking
		remote, _ := unix.Getpeername(fd)
		site.ServeSocket(fd, &net.TCPAddr{IP: net.IP(remote.(*unix.SockaddrInet4).Addr[:])})
	},
}

// onBoth runs a test with each wire. dial connects to the site; what the test leaves open is closed, and every
// connection has ended when it has.
func onBoth(t *testing.T, site func(t *testing.T) *Site, test func(t *testing.T, dial func() *net.TCPConn)) {
	for name, serve := range wires {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var running sync.WaitGroup
			s := site(t)
			accepted := make(chan struct{})
			go func() {
				defer close(accepted)
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					running.Add(1)
					go func() {
						defer running.Done()
						serve(s, c.(*net.TCPConn))
					}()
				}
			}()
			var dialed []net.Conn
			defer func() {
				for _, c := range dialed {
					_ = c.Close()
				}
				_ = listener.Close()
				<-accepted
				running.Wait()
				if n := s.Connections(); n != 0 {
					t.Errorf("%d connections are left", n)
				}
			}()
			test(t, func() *net.TCPConn {
				c, err := net.Dial("tcp", listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				dialed = append(dialed, c)
				if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
				return c.(*net.TCPConn)
			})
		})
	}
}

// talk sends the text, says that nothing follows, and reads all answers.
func talk(t *testing.T, c *net.TCPConn, text string) []byte {
	t.Helper()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(c, text) // the server may refuse before the end
		_ = c.CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("read answers: %v after %q", err, got)
	}
	_ = c.Close()
	<-sent
	return got
}

// answer is one answer, read by net/http's client side.
type answer struct {
	status int
	header http.Header
	body   string
	close  bool
}

// answers takes a stream of answers apart. The methods are those of the requests; GET where there are fewer.
func answers(t *testing.T, stream []byte, methods ...string) []answer {
	t.Helper()
	var all []answer
	for reader := bufio.NewReader(bytes.NewReader(stream)); ; {
		if _, err := reader.Peek(1); err != nil {
			return all
		}
		r := &http.Request{Method: "GET"}
		if len(all) < len(methods) {
			r.Method = methods[len(all)]
		}
		a, err := readAnswer(reader, r)
		if err != nil {
			t.Fatalf("%v in %q", err, stream)
		}
		all = append(all, a)
	}
}

func readAnswer(reader *bufio.Reader, r *http.Request) (answer, error) {
	response, err := http.ReadResponse(reader, r)
	if err != nil {
		return answer{}, fmt.Errorf("read answer: %w", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read body of answer: %w", err)
	}
	return answer{response.StatusCode, response.Header, string(body), response.Close}, nil
}

// methodsOf is the methods of the requests in a text, roughly: the first words of its lines that end in a version.
func methodsOf(text string) []string {
	var methods []string
	for line := range strings.Lines(text) {
		if strings.HasSuffix(strings.TrimSpace(line), " HTTP/1.1") || strings.HasSuffix(strings.TrimSpace(line),
			" HTTP/1.0") {
			methods = append(methods, strings.Fields(line)[0])
		}
	}
	return methods
}

// write makes a file below the folder.
func write(t *testing.T, folder, name, content string) string {
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

// static adds the folder to the site, with its life bound to the test's.
func static(t *testing.T, site *Site, pattern, path string, o FolderOptions) {
	t.Helper()
	folder, err := OpenFolder(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	site.Static(pattern, folder)
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }
