package servers

import (
	"context"
	"net"
	"regexp"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
)

// burst lets n clients talk to a server and leave all at once.
func (r *running) burst(n int) {
	r.t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = r.dial()
		ask(r.t, conns[i], "x")
	}
	var leaving sync.WaitGroup
	for _, conn := range conns {
		leaving.Go(func() { conn.Close() })
	}
	leaving.Wait()
}

// noneAlive waits until all children have ended, reaped or not.
func noneAlive(t *testing.T) {
	t.Helper()
	eventually(t, "all children have ended", func() bool { return len(children(t)) == len(zombies(t)) })
}

// TestReap holds each way to reap against the process table.
func TestReap(t *testing.T) {
	const clients = 16
	for _, c := range []struct {
		reap    Reap
		zombies func(Report) int64
		check   func(*testing.T, Report)
	}{
		{ReapNone, func(r Report) int64 { return clients }, func(t *testing.T, r Report) {
			want(t, "reaped", r.Reaped, 0)
		}},
		{ReapIgnore, func(Report) int64 { return 0 }, func(t *testing.T, r Report) {
			want(t, "auto-reaped", r.AutoReaped, clients)
		}},
		{ReapHandler, func(Report) int64 { return 0 }, func(t *testing.T, r Report) {
			want(t, "reaped", r.Reaped, clients)
			want(t, "delivered + coalesced", r.Delivered+r.Coalesced, clients)
		}},
		{ReapOnce, func(r Report) int64 { return r.Coalesced }, func(t *testing.T, r Report) {
			want(t, "delivered + coalesced", r.Delivered+r.Coalesced, clients)
			want(t, "reaped", r.Reaped, r.Delivered)
			want(t, "waits", r.Calls[report.Wait], r.Delivered)
		}},
		{ReapPoll, func(Report) int64 { return 0 }, func(t *testing.T, r Report) {
			want(t, "reaped", r.Reaped, clients)
			want(t, "exit code 0", r.ExitCodes[0], clients)
		}},
		{ReapDoubleFork, func(Report) int64 { return 0 }, func(t *testing.T, r Report) {
			want(t, "reaped", r.Reaped, clients)
			want(t, "abandoned", r.Abandoned, clients)
			want(t, "processes", r.Processes, 2*clients)
		}},
	} {
		t.Run(c.reap.String(), func(t *testing.T) {
			before := descriptors(t)
			r := start(t, "fork", Options{Reap: c.reap})
			r.burst(clients)
			noneAlive(t)
			got := r.end()
			dead := len(zombies(t))
			want(t, "zombies in /proc", int64(dead), c.zombies(got))
			want(t, "zombies reported", got.ZombiesLeft, int64(dead))
			want(t, "zombies that wait4 finds", reapLeftovers(t), dead)
			want(t, "accepts", got.Accepts, clients)
			want(t, "clones", got.Calls[report.Clone], clients)
			want(t, "ended by force", got.Ended, 0)
			want(t, "errors", len(got.Errors), 0)
			want(t, "descriptors", descriptors(t), before)
			c.check(t, got)
			t.Logf("%v", got)
		})
	}
}

// TestCoalesced: with one wait a signal, what is left is what was coalesced, and in bursts some is.
func TestCoalesced(t *testing.T) {
	r := start(t, "fork", Options{Reap: ReapOnce})
	for range 20 { // the more often, the surer it is that some coalesce
		r.burst(20)
		noneAlive(t)
		if zombies(t) != nil {
			break
		}
	}
	report := r.end()
	want(t, "zombies", int64(len(zombies(t))), report.Coalesced)
	if report.Coalesced == 0 {
		t.Errorf("no signal was coalesced in %d deaths", report.Processes)
	}
}

// TestChildIsPlain: the child is a plain child of the thread that forked it, with the connection as its only descriptor
// above 2, and default signal actions.
func TestChildIsPlain(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := start(t, "fork", Options{KeepListener: keep, Grace: time.Millisecond})
		ask(t, r.dial(), "x")
		pids := children(t)
		if len(pids) != 1 {
			t.Fatalf("children %v, want one", pids)
		}
		sockets := 1
		if keep {
			sockets = 2
		}
		want(t, "descriptors above 2", descriptorsAbove2(t, pids[0]), sockets)
		want(t, "threads", len(entries(t, "/proc/%d/task", pids[0])), 1)
		// Signal 33 is kept for the C library, if there is one, and nobody sends it to the child.
		for _, line := range []string{`SigCgt:\t0000000[01]00000000\n`, `SigBlk:\t0000000000000000\n`} {
			if status := readProc(t, "/proc/%d/status", pids[0]); !regexp.MustCompile(line).MatchString(status) {
				t.Errorf("status of the child has no line %q:\n%s", line, status)
			}
		}
		r.end()
	}
}

// TestExitStatus: how a child ends is what its parent learns.
func TestExitStatus(t *testing.T) {
	for _, c := range []struct {
		work         string
		code, signal int
	}{
		{"", 0, 0},
		{"exit=7", 7, 0},
		{"crash", -1, int(unix.SIGSEGV)},
	} {
		work, err := ParseWork(c.work)
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, "fork", Options{Work: work})
		conn := r.dial()
		conn.Write([]byte("x"))
		conn.Read(make([]byte, 1))
		conn.Close()
		eventually(t, "the child is reaped", func() bool { return r.Report().Reaped == 1 })
		report := r.end()
		if c.signal != 0 {
			want(t, c.work, report.ExitSignals[c.signal], 1)
		} else {
			want(t, c.work, report.ExitCodes[c.code], 1)
		}
	}
}

// TestClientVanishes: a client that resets its connection makes the child fail with status 1, and the server goes on.
func TestClientVanishes(t *testing.T) {
	r := start(t, "fork", Options{Grace: time.Millisecond})
	conn := r.dial()
	ask(t, conn, "x")
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
	eventually(t, "the child is reaped", func() bool { return r.Report().Reaped == 1 })
	want(t, "echo", ask(t, r.dial(), "hello"), "hello")
	want(t, "exit code 1", r.end().ExitCodes[1], 1)
}

// TestStopEndsChildren: clients that stay do not keep the server from stopping.
func TestStopEndsChildren(t *testing.T) {
	for _, reap := range []Reap{ReapHandler, ReapPoll, ReapIgnore, ReapNone, ReapDoubleFork} {
		t.Run(reap.String(), func(t *testing.T) {
			r := start(t, "fork", Options{Reap: reap, Grace: time.Millisecond})
			ask(t, r.dial(), "x")
			ask(t, r.dial(), "y")
			report := r.end()
			want(t, "ended by force", report.Ended, 2)
			want(t, "alive", len(children(t))-len(zombies(t)), 0)
			if reap == ReapNone {
				want(t, "zombies", report.ZombiesLeft, 2)
				return
			}
			want(t, "children", len(children(t)), 0)
		})
	}
}

// TestPollInterval: with poll a dead child waits for the next look.
func TestPollInterval(t *testing.T) {
	r := start(t, "fork", Options{Reap: ReapPoll, PollInterval: 20 * time.Millisecond})
	conn := r.dial()
	ask(t, conn, "x")
	conn.Close()
	eventually(t, "the child is reaped by a look", func() bool { return r.Report().Reaped == 1 })
	want(t, "zombies", len(zombies(t)), 0)
	r.end()
}

// TestForkFails: without a process to be had the client is turned away, and the server goes on.
func TestForkFails(t *testing.T) {
	s, err := New("fork", Options{Grace: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the filter is this thread's, and ends with it
		if err := refuseForks(); err != nil {
			s.Close()
			done <- err
			return
		}
		done <- s.Serve(ctx)
	}()
	for range 3 {
		conn, err := net.Dial("tcp", address.String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%d bytes, %v from a server that cannot fork", n, err)
		}
		conn.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	report := s.Report()
	want(t, "accepts", report.Accepts, 3)
	want(t, "processes", report.Processes, 0)
	want(t, "failed clones", report.Errors["clone: EAGAIN"], 3)
}

// TestSecondHolder: two servers of a process cannot both decide about SIGCHLD.
func TestSecondHolder(t *testing.T) {
	r := start(t, "fork", Options{Grace: time.Millisecond})
	want(t, "echo", ask(t, r.dial(), "x"), "x")
	second, err := New("fork", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Listen(); err != nil {
		t.Fatal(err)
	}
	if err := second.Serve(t.Context()); err == nil {
		t.Error("a second fork server served")
	}
	r.end()
}
