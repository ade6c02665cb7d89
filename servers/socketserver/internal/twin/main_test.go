package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/socketserver"
)

const (
	python   = "/usr/bin/python3"
	patience = 30 * time.Second
	asTwin   = "SOCKETSERVER_TWIN" // set: the test program is the command
)

func TestMain(m *testing.M) {
	socketserver.Init()
	if os.Getenv(asTwin) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// side is one of the two, running.
type side struct {
	t        *testing.T
	where    Listening
	lines    *bufio.Scanner
	stepwise bool // wait for each child
	mended   bool // the server reaps at once
}

func start(t *testing.T, command string, args ...string) *side {
	t.Helper()
	over, cancel := context.WithTimeout(context.Background(), patience)
	process := exec.CommandContext(over, command, args...)
	process.Env = append(os.Environ(), asTwin+"=1", "GORACE=atexit_sleep_ms=0")
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer cancel()
		_ = process.Wait()
	})
	s := &side{t: t, lines: bufio.NewScanner(out)}
	s.read(&s.where)
	return s
}

func (s *side) read(v any) {
	s.t.Helper()
	if !s.lines.Scan() {
		s.t.Fatalf("no line: %v", s.lines.Err())
	}
	if err := json.Unmarshal(s.lines.Bytes(), v); err != nil {
		s.t.Fatalf("%s: %v", s.lines.Text(), err)
	}
}

// client asks as often as the server serves. Stepwise it keeps the connection until the server polls again or closes,
// so that its child is alive when the server looks for dead ones, and lets the child die before the next request.
func (s *side) client(network string, requests int) {
	s.t.Helper()
	for i := 1; i <= requests; i++ {
		conn, err := dial(network, s.where.Address)
		if err != nil {
			s.t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		answer := make([]byte, 5)
		_, err = io.WriteString(conn, "hello")
		if err == nil {
			_, err = io.ReadFull(conn, answer)
		}
		if err != nil || string(answer) != "hello" {
			s.t.Fatalf("request %d: %q, %v", i, answer, err)
		}
		switch {
		case s.stepwise && i < requests:
			s.eventually("the server polls", s.polls)
		case s.stepwise:
			s.eventually("the server is closing", s.waits)
		}
		conn.Close()
		if s.stepwise && i < requests {
			s.eventually("the child has ended", s.childEnded)
		}
	}
}

func (s *side) eventually(what string, condition func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("timed out waiting until %s", what)
		}
	}
}

// polls reports whether the server is inside poll, or ppoll where that is all there is.
func (s *side) polls() bool {
	if runtime.GOARCH == "amd64" {
		return s.inside(7)
	}
	return s.inside(unix.SYS_PPOLL)
}

// waits reports whether the server waits for a child: it has left its loop and is closing.
func (s *side) waits() bool { return s.inside(unix.SYS_WAIT4) }

func (s *side) inside(call int) bool {
	paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", s.where.PID))
	return slices.ContainsFunc(paths, func(path string) bool {
		text, _ := os.ReadFile(path)
		return strings.HasPrefix(string(text), fmt.Sprintf("%d ", call))
	})
}

// childEnded reports whether the only child is a zombie; of a server that reaps at once, whether there is none.
func (s *side) childEnded() bool {
	children, err := proc.Find(func(_ int, p proc.Stat) bool { return p.Parent == s.where.PID })
	if err != nil {
		s.t.Fatal(err)
	}
	if s.mended || len(children) != 1 {
		return s.mended && len(children) == 0
	}
	stat, err := proc.ReadStat(children[0])
	return err == nil && !stat.Alive()
}

func (s *side) report() (r Report) {
	s.t.Helper()
	s.read(&r)
	return r
}

// lateOrder is what the original does with n clients, one after the other: each child is reaped after the next was
// forked, the last at the close.
func lateOrder(n int) (order []string) {
	for i := 1; i <= n; i++ {
		order = append(order, fmt.Sprintf("start %d", i))
		if i > 1 {
			order = append(order, fmt.Sprintf("end %d", i-1))
		}
	}
	return append(order, "close", fmt.Sprintf("end %d", n))
}

// TestAgainstPython runs each class and its original with the same client and compares what both tell.
func TestAgainstPython(t *testing.T) {
	if _, err := os.Stat(python); errors.Is(err, os.ErrNotExist) {
		t.Skip("no " + python)
	}
	for name := range classes {
		if strings.HasPrefix(name, "Threading") && network(name) != "tcp" {
			continue // the original closes the socket before its last thread has answered
		}
		t.Run(name, func(t *testing.T) {
			stepwise := name == "ForkingTCPServer" // a child that answers a datagram cannot be held
			original, ours := both(t, name, stepwise, "--poll-interval", "3600")
			if !stepwise {
				slices.Sort(original.Order)
				slices.Sort(ours.Order)
			}
			same(t, ours, original)
			if stepwise && !slices.Equal(original.Order, lateOrder(requests)) {
				t.Errorf("order %q", original.Order)
			}
		})
	}
	for name := range classes {
		if !strings.HasPrefix(name, "Forking") && !strings.HasPrefix(name, "Threading") {
			continue
		}
		t.Run(name+"/linger", func(t *testing.T) { // polls reap too: at least the last child, before the close
			original, ours := both(t, name, false, "--poll-interval", "0.05", "--linger")
			for _, r := range []*Report{&original, &ours} {
				if r.Order[len(r.Order)-1] != "close" {
					t.Errorf("order %q", r.Order)
				}
				slices.Sort(r.Order)
			}
			same(t, ours, original)
		})
	}
}

const requests = 4

// both runs the original and ours, each with the same client.
func both(t *testing.T, name string, stepwise bool, flags ...string) (original, ours Report) {
	flags = append(flags, "--requests", fmt.Sprint(requests))
	reports := [2]Report{}
	for i, command := range [][]string{{python, "../../testdata/" + name + ".py"},
		{"/proc/self/exe", "--class", name}} {
		s := start(t, command[0], append(command[1:], flags...)...)
		s.stepwise = stepwise
		s.client(network(name), requests)
		reports[i] = s.report()
	}
	return reports[0], reports[1]
}

func network(class string) string {
	switch {
	case strings.Contains(class, "UDP"):
		return "udp"
	case strings.Contains(class, "UnixDatagram"):
		return "unixgram"
	}
	return "tcp"
}

// dial connects, on a Unix socket with a name of its own, without which it could not be answered.
func dial(network, address string) (net.Conn, error) {
	if network != "unixgram" {
		return net.Dial(network, address)
	}
	return net.DialUnix(network, &net.UnixAddr{Net: network, Name: address + "-client"},
		&net.UnixAddr{Net: network, Name: address})
}

func same(t *testing.T, got, want Report) {
	t.Helper()
	if got.Class != want.Class || got.Requests != want.Requests || got.Started != want.Started ||
		got.Ended != want.Ended ||
		!slices.Equal(got.Order, want.Order) {
		t.Errorf("ours:     %+v\noriginal: %+v", got, want)
	}
}

// TestMended: without the traps each child is reaped when it dies.
func TestMended(t *testing.T) {
	for _, extra := range []string{"--mended", "--mended=true --re-exec"} {
		args := append([]string{"--class", "ForkingTCPServer", "--requests", fmt.Sprint(requests), "--poll-interval",
			"3600"},
			strings.Fields(extra)...)
		s := start(t, "/proc/self/exe", args...)
		s.stepwise, s.mended = true, true
		s.client("tcp", requests)
		want := []string{"start 1", "end 1", "start 2", "end 2", "start 3", "end 3", "start 4", "close", "end 4"}
		if got := s.report().Order; !slices.Equal(got, want) {
			t.Errorf("%s: order %q", extra, got)
		}
	}
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--class Nothing", `class "Nothing" is not known`},
		{"more", `argument "more" is not expected`},
		{"--requests many", "invalid value"},
	} {
		if err := run(strings.Fields(c.args), io.Discard, io.Discard); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.args, err, c.want)
		}
	}
}
