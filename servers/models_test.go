package servers

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
	"tracer/servers/internal/server"
	"tracer/servers/load"
)

// longRun is how many connections TestManyConnections makes to each model: -args -connections 10000.
var longRun = flag.Int("connections", 0, "connections to each model, instead of a few")

// TestManyConnections: each model on each of its networks, without an error or anything left behind.
func TestManyConnections(t *testing.T) {
	for _, m := range Models() {
		count := cmp.Or(*longRun, few(m.Name))
		for _, network := range m.Networks {
			t.Run(m.Name+"/"+network, func(t *testing.T) {
				descriptorsBefore, threadsBefore := descriptors(t), threads(t)
				r := start(t, m.Name, Options{Network: network})
				result := r.load(load.Options{Service: m.only.String(), Count: count, Concurrency: 64,
					Duration: time.Hour, Timeout: time.Minute})
				report := r.end()
				want(t, "accepts and datagrams", report.Accepts+report.Datagrams, int64(count))
				want(t, "errors", fmt.Sprint(report.Errors), "map[]")
				want(t, "zombies", len(zombies(t)), 0)
				want(t, "children", len(children(t)), 0)
				want(t, "descriptors", descriptors(t), descriptorsBefore)
				checkTasks(t, m.Name, report)
				// elsewhere the runtime keeps some for the next goroutine
				if m.uses&optLimit != 0 || m.Name == "threadpool" {
					// And here for its places
					eventually(t, "the threads have ended", func() bool { return threads(t) <= threadsBefore+8+16 })
				}
				t.Logf("%.0f a second; %s; threads %d -> %d", result.PerSecond, result.Latency, threadsBefore,
					threads(t))
			})
		}
	}
}

// TestModelsAreDescribed: the README has a row for each model, and scripts/models has what its counters promise.
func TestModelsAreDescribed(t *testing.T) {
	for file, pattern := range map[string]string{"../README.md": "(?m)^\\|.*`%s`.*\\|.*\\|.*\\|$",
		"../scripts/models": "(?m)^(promise|for model in .*) ?\\b%s\\b"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range Models() {
			if !regexp.MustCompile(fmt.Sprintf(pattern, m.Name)).Match(text) {
				t.Errorf("%s has no row for %s", file, m.Name)
			}
		}
	}
}

// echoing returns the models that have the service echo.
func echoing() []Model {
	return slices.DeleteFunc(Models(), func(m Model) bool { return m.only != Echo })
}

// few is a number of connections that takes about a second, under the race detector too.
func few(model string) int {
	switch model {
	case "forkexec":
		return 6
	case "fork":
		return 40
	}
	return 150
}

// checkTasks holds what a model made against what it promises.
func checkTasks(t *testing.T, model string, r Report) {
	t.Helper()
	served := r.Accepts + r.Datagrams
	promised := map[string][3]int64{ // processes, threads, execs
		"fork":       {served, 0, 0},
		"prefork":    {4, 0, 0},
		"forkexec":   {served, 0, served},
		"thread":     {0, served, 0},
		"threadpool": {0, 4, 0},
		"http":       {0, served, 0},
	}[model]
	want(t, "processes, threads, execs", [3]int64{r.Processes, r.Threads, r.Execs}, promised)
	want(t, "reaped", r.Reaped, promised[0])
	want(t, "exit code 0", r.ExitCodes[0], promised[0])
}

// TestLargePayload: more than any buffer holds goes through and comes back whole, though the client sends it all
// before it reads.
func TestLargePayload(t *testing.T) {
	for _, m := range echoing() {
		t.Run(m.Name, func(t *testing.T) {
			r := start(t, m.Name, Options{})
			r.load(load.Options{Count: 3, Concurrency: 3, Requests: 2, Payload: 300_000})
			r.end()
		})
	}
}

// TestSlowReader: a client that does not read its answers holds up no other, where the model has one thread for all.
func TestSlowReader(t *testing.T) {
	for _, model := range []string{"select", "poll", "epoll"} {
		t.Run(model, func(t *testing.T) {
			r := start(t, model, Options{Grace: time.Millisecond})
			slow := r.dial()
			sent := make(chan int, 1)
			go func() { // until no buffer takes any more
				n, _ := slow.Write(make([]byte, 64<<20))
				sent <- n
			}()
			want(t, "echo", ask(t, r.dial(), "hello"), "hello")
			slow.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
			n := <-sent
			slow.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.ReadFull(slow, make([]byte, n)); err != nil {
				t.Errorf("%d bytes sent, but not all came back: %v", n, err)
			}
			r.end()
		})
	}
}

// TestStop: a server with clients stops when its grace is over, and leaves nothing.
func TestStop(t *testing.T) {
	for _, m := range echoing() {
		t.Run(m.Name, func(t *testing.T) {
			before := descriptors(t)
			r := start(t, m.Name, Options{Grace: time.Millisecond})
			conn := r.dial()
			want(t, "echo", ask(t, conn, "x"), "x")
			report := r.end()
			if m.Name != "prefork" { // idle workers, too, may take longer than that to end
				want(t, "ended by force", report.Ended, 1)
			}
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Error("the connection still gives bytes")
			}
			if _, err := net.Dial("tcp", r.address); !errors.Is(err, unix.ECONNREFUSED) {
				t.Errorf("dial after the end: %v", err)
			}
			conn.Close()
			want(t, "children", len(children(t)), 0)
			want(t, "descriptors", descriptors(t), before)
			if err := r.Serve(t.Context()); !errors.Is(err, server.ErrNotListening) {
				t.Errorf("second serve: %v", err)
			}
		})
	}
}

// TestCoroutinesTakeTurns: work that sleeps holds up nobody, work that blocks holds up all. All
// the work one after another is a bound that neither can cross, however slow the machine.
func TestCoroutinesTakeTurns(t *testing.T) {
	const clients = 10
	took := func(work time.Duration, block bool) time.Duration {
		r := start(t, "coroutine", Options{Work: Work{Sleep: work}, Block: block})
		begin := time.Now()
		r.load(load.Options{Count: clients, Concurrency: clients})
		took := time.Since(begin)
		r.end()
		return took
	}
	if work := 50 * time.Millisecond; took(work, true) < clients*work {
		t.Errorf("%d clients whose work blocks for %v: some of it was at the same time", clients, work)
	}
	if work := time.Second; took(work, false) >= clients*work {
		t.Errorf("%d clients whose work gives way for %v: none of it was at the same time", clients, work)
	}
}

// TestGrace: a client that is being served when the server stops may finish.
func TestGrace(t *testing.T) {
	for _, m := range echoing() {
		t.Run(m.Name, func(t *testing.T) {
			r := start(t, m.Name, Options{Grace: time.Minute})
			conn := r.dial()
			want(t, "echo", ask(t, conn, "x"), "x")
			r.stop()
			want(t, "echo after the stop", ask(t, conn, "y"), "y")
			conn.Close()
			want(t, "ended by force", r.end().Ended, 0)
		})
	}
}

// TestStopBeforeServe: a context that is over already.
func TestStopBeforeServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, m := range Models() {
		for _, network := range m.Networks {
			s, err := New(m.Name, Options{Network: network})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Listen(); err != nil {
				t.Fatal(err)
			}
			if err := s.Serve(ctx); err != nil {
				t.Errorf("%s/%s: %v", m.Name, network, err)
			}
		}
	}
}

// TestOutOfDescriptors: each accepting model waits for descriptors and goes on.
func TestOutOfDescriptors(t *testing.T) {
	for _, m := range echoing() {
		if m.Name == "prefork" { // its workers have limits of their own
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			r := start(t, m.Name, Options{Grace: time.Millisecond})
			first := r.dial()
			want(t, "echo", ask(t, first, "x"), "x")
			first.Close()
			// An accept4 that blocks has its descriptor already: this one may be served. The next accept fails.
			second := r.dialWithout(t)
			second.Write([]byte("y"))
			second.Close()
			eventually(t, "the lack is counted", func() bool { return r.Report().Errors["accept4: EMFILE"] > 0 })
			second.restore()
			want(t, "echo", ask(t, r.dial(), "late"), "late")
			r.end()
		})
	}
}

// TestWaitCounts: clients one after the other take 3N+1 waits, and with epoll 2N+1 changes of the set.
func TestWaitCounts(t *testing.T) {
	const n = 5
	for model, wait := range map[string]report.Call{
		"select": report.Select, "poll": report.Poll, "epoll": report.Epoll,
	} {
		r := start(t, model, Options{})
		for i := range n {
			conn := r.dial()
			ask(t, conn, "x")
			conn.Close()
			eventually(t, "the server is back in its wait",
				func() bool { return r.Report().Calls[wait] == int64(3*(i+1)+1) })
		}
		calls := r.Report().Calls
		want(t, model+" waits", calls[wait], 3*n+1)
		want(t, model+" accepts", calls[report.Accept], n)
		if model == "epoll" {
			want(t, "epoll_ctl", calls[report.EpollCtl], 2*n+1)
		}
		r.end()
	}
}

// TestSelectLimit: select refuses descriptors from 1024 on and says why; poll does not mind.
func TestSelectLimit(t *testing.T) {
	filler := fillDescriptors(t, unix.FD_SETSIZE)
	for model, refused := range map[string]bool{"select": true, "poll": false} {
		s, err := New(model, Options{})
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(filler[len(filler)-1]) // one for the listener below the limit
		address, err := s.Listen()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Serve(ctx) }()
		conn, err := net.Dial("tcp", address.String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		conn.Write([]byte("x"))
		_, err = conn.Read(make([]byte, 1))
		want(t, model+" refuses", err != nil, refused)
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", model, err)
		}
		want(t, model+" says why", s.Report().Errors["watch: "+ErrSetSize.Error()], map[bool]int64{true: 1}[refused])
		if filler[len(filler)-1], err = unix.Dup(0); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLoopIsSequential: the second client gets its answer when the first has left.
func TestLoopIsSequential(t *testing.T) {
	r := start(t, "loop", Options{})
	first := r.dial()
	want(t, "echo", ask(t, first, "1"), "1")
	second := r.dial() // succeeds: the kernel completes the connection
	second.Write([]byte("2"))
	second.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := second.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the second client was served beside the first: %v", err)
	}
	first.Close()
	second.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 1)
	second.Read(answer)
	want(t, "echo", string(answer), "2")
	second.Close()
	r.end()
}

// TestPreforkReplaces: a worker that dies is replaced, however it died, and all accepts are accounted for.
func TestPreforkReplaces(t *testing.T) {
	for _, c := range []struct {
		work   string
		signal int
		code   int
	}{{"crash", int(unix.SIGSEGV), 0}, {"exit=3", 0, 3}} {
		work, err := ParseWork(c.work)
		if err != nil {
			t.Fatal(err)
		}
		r := start(t, "prefork", Options{Workers: 2, Work: work})
		for range 5 {
			conn := r.dial()
			conn.Write([]byte("x"))
			io.Copy(io.Discard, io.LimitReader(conn, 1))
			conn.Close()
		}
		eventually(t, "all the dead are replaced", func() bool { return r.Report().Replaced == 5 })
		report := r.end()
		want(t, "accepts", report.Accepts, 5)
		want(t, "processes", report.Processes, 7)
		want(t, "reaped", report.Reaped, 7)
		if c.signal != 0 {
			want(t, "killed by the signal", report.ExitSignals[c.signal], 5)
		} else {
			want(t, "ended with the status", report.ExitCodes[c.code], 5)
		}
	}
}

// TestPreforkShares: every worker gets its share of the accepts, and their sum is right.
func TestPreforkShares(t *testing.T) {
	for _, reusePort := range []bool{false, true} {
		r := start(t, "prefork", Options{Workers: 3, ReusePort: reusePort})
		r.load(load.Options{Count: 120, Concurrency: 6})
		report := r.end()
		want(t, "workers that accepted", len(report.AcceptsByTask), 3)
		sum := int64(0)
		for _, n := range report.AcceptsByTask {
			sum += n
		}
		want(t, "accepts of all workers", sum, 120)
	}
}

func init() {
	Handle("reverse", func(conn net.Conn) {
		line := make([]byte, 64)
		n, err := conn.Read(line)
		if err != nil {
			return
		}
		for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
			line[i], line[j] = line[j], line[i]
		}
		conn.Write(line[:n])
	})
	Handle("panic", func(net.Conn) { os.Exit(2) }) // as a panic ends, without its trace in the tests' output
}

// TestForkExecHandler: any Go code serves a connection in a program of its own.
func TestForkExecHandler(t *testing.T) {
	r := start(t, "forkexec", Options{Handler: "reverse"})
	conn := r.dial()
	want(t, "answer", ask(t, conn, "abc"), "cba")
	if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after the handler's end: %d bytes, %v", n, err)
	}
	want(t, "exit code 0", r.end().ExitCodes[0], 1)

	r = start(t, "forkexec", Options{Handler: "panic"})
	conn = r.dial()
	io.Copy(io.Discard, conn)
	want(t, "exit code 2", r.end().ExitCodes[2], 1)
}

func TestRefusedOptions(t *testing.T) {
	for _, c := range []struct {
		model string
		o     Options
		says  string
	}{
		{"loop", Options{Reap: ReapNone}, "fork"},
		{"loop", Options{Workers: 3}, "prefork, threadpool"},
		{"fork", Options{KeepListener: true, Limit: 3}, "limit"},
		{"fork", Options{PollInterval: time.Second}, "reap poll"},
		{"fork", Options{Reap: Reap(99)}, "unknown reap 99"},
		{"fork", Options{Service: Service(99)}, "unknown service 99"},
		{"fork", Options{Network: "udp", Service: HTTP}, "stream"},
		{"fork", Options{Network: "udp", Backlog: 5}, "backlog"},
		{"fork", Options{Backlog: -1}, "backlog -1"},
		{"fork", Options{Work: Work{Exit: 256}}, "1 to 255"},
		{"epoll", Options{Network: "udp"}, "tcp, unix"},
		{"prefork", Options{Workers: 100000}, "to 1000"},
		{"prefork", Options{Network: "unix", ReusePort: true}, "tcp"},
		{"forkexec", Options{Handler: "nobody"}, "panic, reverse"},
	} {
		_, err := New(c.model, c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s with %+v: %v, want one line with %q", c.model, c.o, err, c.says)
		}
	}
}

func TestParseReap(t *testing.T) {
	for _, name := range ReapNames() {
		r, err := ParseReap(name)
		if err != nil || r.String() != name {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	if _, err := ParseReap("zombie"); err == nil || !strings.Contains(err.Error(), "double-fork") {
		t.Errorf("%v, want the names", err)
	}
}
