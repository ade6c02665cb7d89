package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

func beginServers(s *stage) (attempt, error) {
	webs, err := s.openWebs(context.Background())
	if err != nil {
		return attempt{}, err
	}
	return attempt{least: 16, try: func(ctx context.Context, t *try) error {
		switch t.number % 8 {
		case 0:
			return t.rude(ctx)
		case 1:
			return t.badServer(ctx)
		case 2:
			return t.rudeDatagrams(ctx)
		case 3:
			return t.badDatagramServer(ctx)
		case 4:
			return t.twins(ctx, webs.interpreter)
		default:
			var errs []error
			for range 25 {
				errs = append(errs, webs.valid(t), webs.odd(t), webs.odd(t), webs.odd(t))
			}
			return errors.Join(errs...)
		}
	}}, nil
}

// models are the bundled servers; one that serves a client after the other, or a few at once, lets the polite wait for
// the rude.
var models = []struct {
	argv    []string
	patient bool
}{
	{argv: []string{"fork"}}, {argv: []string{"forkexec"}}, {argv: []string{"thread"}}, {argv: []string{"select"}},
	{argv: []string{"poll"}}, {argv: []string{"epoll"}},
	{argv: []string{"coroutine"}}, {argv: []string{"goroutine"}}, {argv: []string{"http"}},
	{argv: []string{"http", "--goroutines"}},
	{argv: []string{"loop"}, patient: true}, {argv: []string{"prefork"}, patient: true},
	{argv: []string{"threadpool"}, patient: true},
}

// rudeness is what a client does with its connection.
type rudeness func(ctx context.Context, c *net.TCPConn)

var rude = []rudeness{
	func(ctx context.Context, c *net.TCPConn) { // a byte at a time, and never to the end
		for ctx.Err() == nil {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	},
	func(_ context.Context, c *net.TCPConn) { // a reset
		_, _ = c.Write([]byte("GET / HTTP/1.1\r\n"))
		_ = c.SetLinger(0)
	},
	func(ctx context.Context, c *net.TCPConn) { // requests, and no answer is read
		text := []byte(strings.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 100))
		for ctx.Err() == nil {
			if _, err := c.Write(text); err != nil {
				return
			}
		}
	},
	func(ctx context.Context, c *net.TCPConn) { // a line without end
		text := []byte(strings.Repeat("x", 64<<10))
		for range 16 {
			if _, err := c.Write(text); err != nil {
				return
			}
		}
		<-ctx.Done()
	},
	func(ctx context.Context, c *net.TCPConn) { <-ctx.Done() },                     // nothing at all
	func(ctx context.Context, c *net.TCPConn) { _ = c.CloseWrite(); <-ctx.Done() }, // nothing, and tells so
}

// server is one that runs.
type server struct {
	*exec.Cmd
	first   string // its first line
	address string
	rest    *bufio.Reader
}

func (t *try) serve(ctx context.Context, argv ...string) (*server, error) {
	s, err := t.startServer(ctx, append([]string{t.tracer, "serve"}, argv...)...)
	if err == nil {
		s.address = strings.TrimSpace(strings.TrimPrefix(s.first, "listening on "))
	}
	return s, err
}

// startServer starts one that says in its first line where it is.
func (t *try) startServer(ctx context.Context, argv ...string) (*server, error) {
	cmd := t.command(ctx, argv...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{Cmd: cmd, rest: bufio.NewReader(out)}
	if s.first, err = s.rest.ReadString('\n'); err != nil {
		return nil, fmt.Errorf("%v: %w", argv, err)
	}
	return s, nil
}

// holds is how many descriptors and children a server has, without the two that Go's runtime makes for itself with the
// first timer.
func (s *server) holds() (descriptors, children int) {
	for _, to := range s.descriptors() { // none if it has ended
		if to != "anon_inode:[eventpoll]" && to != "anon_inode:[eventfd]" {
			descriptors++
		}
	}
	return descriptors, len(childrenOf(s.Process.Pid))
}

// descriptors is where the descriptors of a server lead to.
func (s *server) descriptors() map[string]string {
	return leadsTo(fmt.Sprintf("/proc/%d/fd", s.Process.Pid))
}

// leadsTo is where the links in a folder lead to, by their names.
func leadsTo(folder string) map[string]string {
	links := map[string]string{}
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		links[e.Name()], _ = os.Readlink(filepath.Join(folder, e.Name()))
	}
	return links
}

// settles waits until what the first client made has gone, and tells what the server holds then.
func (t *try) settles(ctx context.Context, s *server) (descriptors, children int) {
	settled := until(ctx, func() bool {
		d, c := s.holds()
		same := d == descriptors && c == children
		descriptors, children = d, c
		time.Sleep(100 * time.Millisecond)
		return same
	})
	if !settled {
		t.fail("it becomes quiet after a client", fmt.Sprintf("%d descriptors, %d children", descriptors, children))
	}
	return descriptors, children
}

// givesBack expects that the server comes to hold no more than that.
func (t *try) givesBack(ctx context.Context, s *server, descriptors, children int) {
	if !until(ctx, func() bool { d, c := s.holds(); return d <= descriptors && c <= children }) {
		d, c := s.holds()
		t.fail(fmt.Sprintf("%d descriptors and %d children, as before", descriptors, children),
			fmt.Sprintf("%d and %d: %v", d, c, s.descriptors()))
	}
}

// rude has clients of all kinds of rudeness visit a server, and expects that it serves on, gives all back, and ends
// when it is told to.
func (t *try) rude(ctx context.Context) error {
	model := pick(t, models)
	t.doing = "serve " + strings.Join(model.argv, " ") + ", with rude clients"
	s, err := t.serve(ctx, model.argv...)
	if err != nil {
		return err
	}
	if err := polite(s.address); err != nil {
		t.fail("a client is served", err)
	}
	descriptors, children := t.settles(ctx, s)
	leave := visit(t, ctx, s.address, 24)
	if !model.patient {
		if err := polite(s.address); err != nil {
			t.fail("a client is served beside the rude ones", err)
		}
	}
	leave()
	t.givesBack(ctx, s, descriptors, children)
	if err := polite(s.address); err != nil {
		t.fail("a client is served after the rude ones", err)
	}
	leave = visit(t, ctx, s.address, 6)
	defer leave()
	t.ends(s)
	t.alone(ctx)
	t.count("rude clients", 30)
	return nil
}

// visit has rude clients come at once; leave has them go.
func visit(t *try, ctx context.Context, address string, n int) (leave func()) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	var wait sync.WaitGroup
	for range n {
		be := pick(t, rude)
		wait.Go(func() {
			c, err := net.DialTimeout("tcp", address, patience)
			if err != nil {
				return // the backlog is full
			}
			defer c.Close()
			stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
			defer stop()
			be(ctx, c.(*net.TCPConn))
		})
	}
	time.Sleep(300 * time.Millisecond) // they make themselves felt
	return func() {
		cancel()
		wait.Wait()
	}
}

// polite is a client that asks, takes the answer and goes.
func polite(address string) error {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && line == "" {
		err = errors.New("an empty answer")
	}
	return err
}

// ends expects a server to end soon after SIGTERM, whoever its clients are: they have a second.
func (t *try) ends(s *server) {
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.fail("it runs until it is told to end", err)
	}
	begin := time.Now()
	stuck := time.AfterFunc(patience, func() { _ = s.Process.Kill() })
	report, _ := io.ReadAll(s.rest)
	err := s.Wait()
	stuck.Stop()
	if err != nil {
		t.fail("it ends with 0", err)
	}
	if took, most := time.Since(begin), soon(); took > most {
		t.fail(fmt.Sprintf("it ends within %v", most), fmt.Sprintf("%.1f s", took.Seconds()))
	}
	if !strings.Contains(string(report), `"accepts"`) {
		t.fail("it reports what it did", string(report))
	}
}

// badServers are what a server can do to the client that loads it.
var badServers = []rudeness{
	func(ctx context.Context, c *net.TCPConn) { <-ctx.Done() }, // never an answer
	func(_ context.Context, c *net.TCPConn) { _ = c.SetLinger(0) },
	func(ctx context.Context, c *net.TCPConn) { pour(ctx, c, "HTTP/1.1 200 OK\r\n", "X: y\r\n") },
	func(ctx context.Context, c *net.TCPConn) { pour(ctx, c, "", "x") },
	func(ctx context.Context, c *net.TCPConn) {
		pour(ctx, c, "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "x")
	},
	func(ctx context.Context, c *net.TCPConn) {
		pour(ctx, c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")
	},
	func(_ context.Context, c *net.TCPConn) { _, _ = c.Write([]byte("\x00\xff\x1b[2J\r\n\r\n")) },
}

// pour writes the beginning once and the rest for ever.
func pour(ctx context.Context, c net.Conn, begin, rest string) {
	_, err := io.WriteString(c, begin)
	text := strings.Repeat(rest, 32<<10/len(rest))
	for err == nil && ctx.Err() == nil {
		_, err = io.WriteString(c, text)
	}
}

// loadMemory is what the client may take, whatever a server sends.
const loadMemory = 64 << 20

// badServer has the client load a server that misbehaves.
func (t *try) badServer(ctx context.Context) error {
	bad := t.IntN(len(badServers))
	service := pick(t, []string{"http", "echo"})
	t.doing = fmt.Sprintf("load --service %s, with the bad server %d", service, bad)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer cancel()
	defer listener.Close()
	wait.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer c.Close()
				stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })
				defer stop()
				badServers[bad](ctx, c.(*net.TCPConn))
			})
		}
	})
	o, err := t.run(ctx, patience, t.tracer, "load", listener.Addr().String(), "--service", service, "-n", "6", "-c",
		"3",
		"--timeout", "1s", "--duration", "3s")
	if err != nil {
		return err
	}
	loaded(t, o)
	t.count("bad servers", 1)
	return nil
}

// loaded expects that the client ended by itself, in little memory.
func loaded(t *try, o outcome) {
	t.sane("load", o, 0, 1)
	t.printable("load", o)
	if o.memory > loadMemory {
		t.fail(fmt.Sprintf("load: at most %d MB", loadMemory>>20), fmt.Sprintf("%d MB", o.memory>>20))
	}
	t.most("MB at most of load", int(o.memory>>20))
}
