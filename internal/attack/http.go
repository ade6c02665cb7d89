package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// webs are servers of the same files.
type webs struct {
	ours   map[string]string // addresses, by name
	theirs string            // net/http's
	python string            // Python's http.server; empty: not installed

	interpreter string // Python
	site        string
}

// openWebs starts them. They end with the stage.
func (s *stage) openWebs(ctx context.Context) (w webs, err error) {
	w.site = filepath.Join(s.folder, "site")
	for name, text := range map[string]string{"a.txt": "hello\n", "sub/b.txt": strings.Repeat("b", 100_000),
		"sp ace.txt": "x",
		"empty.txt":  ""} {
		path := filepath.Join(w.site, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text),
			0o644)); err != nil {
			return w, err
		}
	}
	w.ours = map[string]string{}
	for name, flags := range map[string][]string{"threads": nil, "goroutines": {"--goroutines"}} {
		argv := append([]string{s.tracer, "serve", "http", "--folder", w.site, "--limit", "1000"}, flags...)
		if w.ours[name], err = s.serveWeb(ctx, "listening on ", argv...); err != nil {
			return w, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return w, err
	}
	w.theirs = listener.Addr().String()
	theirs := &http.Server{Handler: http.FileServer(http.Dir(w.site)), ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: patience}
	go func() { _ = theirs.Serve(listener) }()
	s.atEnd(theirs.Close)
	if python, err := exec.LookPath("/usr/bin/python3"); err == nil {
		w.interpreter = python
		w.python, err = s.serveWeb(ctx, "Serving HTTP on 127.0.0.1 port ", python, "-u", "-m", "http.server", "--bind",
			"127.0.0.1",
			"--protocol", "HTTP/1.1", "-d", w.site, "0")
		if err != nil {
			return w, err
		}
		w.python = "127.0.0.1:" + w.python
	}
	return w, nil
}

// serveWeb starts a server that names its address in its first line.
func (s *stage) serveWeb(ctx context.Context, before string, argv ...string) (address string, err error) {
	cmd := s.command(ctx, argv...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	s.atEnd(func() error {
		err := cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how a server ends is another part's affair
		return err
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	_, address, ok := strings.Cut(line, before)
	if err != nil || !ok {
		return "", fmt.Errorf("%s: no address in its first line %q: %w", argv[0], line, err)
	}
	return strings.Fields(address)[0], nil
}

// answers are those to all requests that were sent at once.
type answers struct {
	statuses []int
	first    []byte // the body of the first
}

func (a answers) String() string { return fmt.Sprintf("statuses %v", a.statuses) }

// status is that of the first answer; 0 if there was none.
func (a answers) status() int {
	if len(a.statuses) == 0 {
		return 0
	}
	return a.statuses[0]
}

// taken is how many requests were understood, whether what they ask for could be had or not.
func (a answers) taken() (n int) {
	for _, status := range a.statuses {
		if status >= 200 && !refusing(status) {
			n++
		}
	}
	return n
}

// malformed reports whether the first request was refused for what it is, and not for what it asks; no answer refuses
// it, too.
func (a answers) malformed() bool { return refusing(a.status()) }

func refusing(status int) bool {
	return slices.Contains([]int{0, 400, 408, 411, 413, 414, 417, 431, 501, 505}, status)
}

// ask sends bytes, tells that no more follow, and reads all answers.
func ask(address string, text []byte) (a answers, err error) {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return a, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return a, err
	}
	if _, err := c.Write(text); err == nil { // a server may refuse a request before it has all of it
		err = c.(*net.TCPConn).CloseWrite()
		if err != nil && !errors.Is(err, syscall.ENOTCONN) {
			return a, err
		}
	}
	answered, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return a, fmt.Errorf("no end of the answers of %s", address)
	}
	method := "GET"
	if bytes.HasPrefix(text, []byte("HEAD")) {
		method = "HEAD"
	}
	in := bufio.NewReader(bytes.NewReader(answered))
	for {
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return a, nil
		}
		body, _ := io.ReadAll(r.Body)
		if a.statuses == nil {
			a.first = body
		}
		a.statuses = append(a.statuses, r.StatusCode)
	}
}

// valid expects the same answer of all servers.
func (w *webs) valid(t *try) error {
	text := validRequest(t).bytes()
	t.doing = fmt.Sprintf("the valid request %.300q", text)
	want, err := ask(w.theirs, text)
	if err != nil {
		return err
	}
	others := map[string]string{"Python's": w.python}
	for name, address := range w.ours {
		others[name] = address
	}
	for name, address := range others {
		if address == "" {
			continue
		}
		got, err := ask(address, text)
		if err != nil {
			t.fail(name+" answers", err)
		} else if got.status() != want.status() || got.status() == 200 && !bytes.Equal(got.first, want.first) {
			t.fail(fmt.Sprintf("%s: status %d and %d bytes, as net/http", name, want.status(), len(want.first)),
				fmt.Sprintf("status %d and %d bytes", got.status(), len(got.first)))
		}
	}
	t.count("valid requests", 1)
	return nil
}

// odd expects our servers to be never laxer than net/http, and both of them to agree.
func (w *webs) odd(t *try) error {
	text := oddRequest(t)
	t.doing = fmt.Sprintf("the request %.300q", text)
	theirs := text
	// RFC 9112, 2.2: one empty line in front is to be skipped, which net/http does not
	for _, empty := range []string{"\r\n", "\n"} {
		if rest, ok := bytes.CutPrefix(theirs, []byte(empty)); ok {
			theirs = rest
			break
		}
	}
	limit, err := ask(w.theirs, theirs)
	if err != nil {
		return err
	}
	var before *answers
	for name, address := range w.ours {
		got, err := ask(address, text)
		if err != nil {
			t.fail(name+" answers or closes", err)
			continue
		}
		if limit.malformed() && !got.malformed() {
			t.fail(name+": refused, as net/http does with "+limit.String(), got)
		}
		if got.taken() > limit.taken() {
			t.fail(fmt.Sprintf("%s: at most %d requests taken, as net/http does", name, limit.taken()), got)
		}
		if before != nil && !slices.Equal(before.statuses, got.statuses) {
			t.fail("threads and goroutines answer alike: "+before.String(), got)
		}
		before = &got
	}
	if limit.malformed() {
		t.count("malformed requests", 1)
	} else {
		t.count("odd requests", 1)
	}
	return nil
}
