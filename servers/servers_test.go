package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"tracer/servers/internal/proc"
	"tracer/servers/internal/server"
	"tracer/servers/load"
)

func TestMain(m *testing.M) {
	if Reexecuted() {
		return
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // or each program of forkexec would stay for a second
	// The runtime opens its own descriptors at the first connection; tests count from there.
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
	}
	goleak.VerifyTestMain(m)
}

// running is a server at work in this process.
type running struct {
	Server
	t       *testing.T
	address string
	stop    context.CancelFunc
	done    chan error
	network string
}

// start serves on a goroutine of its own. The test ends the server by end.
func start(t *testing.T, model string, o Options) *running {
	t.Helper()
	s, err := New(model, o)
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{Server: s, t: t, address: address.String(), stop: cancel, done: make(chan error, 1),
		network: address.Network()}
	go func() { r.done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		reapLeftovers(t)
	})
	return r
}

// end stops the server and returns its final report.
func (r *running) end() Report {
	r.t.Helper()
	r.stop()
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Errorf("serve: %v", err)
		}
	case <-time.After(20 * time.Second):
		r.t.Fatal("serve did not end")
	}
	return r.Report()
}

// load makes a load that must succeed.
func (r *running) load(o load.Options) load.Result {
	r.t.Helper()
	o.Network, o.Address = r.network, r.address
	result, err := load.Run(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	if result.Failed != 0 || int(result.Connections) != o.Count {
		r.t.Errorf("load: %d of %d connections, errors %v", result.Connections, o.Count, result.Errors)
	}
	return result
}

// children lists all children of this process, dead or alive.
func children(t *testing.T) (pids []int) {
	t.Helper()
	for _, thread := range entries(t, "/proc/%d/task", os.Getpid()) {
		tid, err := strconv.Atoi(thread.Name())
		if err != nil {
			t.Fatal(err)
		}
		list, err := proc.Children(tid)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, list...)
	}
	return pids
}

// zombies lists the dead children of this process.
func zombies(t *testing.T) []int {
	t.Helper()
	return slices.DeleteFunc(children(t), func(pid int) bool {
		s, err := proc.ReadStat(pid)
		return err != nil || s.Alive()
	})
}

// reapLeftovers takes the zombies that a test has left on purpose.
func reapLeftovers(t *testing.T) (n int) {
	t.Helper()
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return n
		}
		n++
	}
}

// descriptors counts the open descriptors of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// threads counts the threads of this process.
func threads(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// eventually waits for a state of the system that comes about by itself.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// dial connects to the server.
func (r *running) dial() net.Conn {
	r.t.Helper()
	conn, err := net.Dial(r.network, r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// ask sends a request and returns the answer's first bytes.
func ask(t *testing.T, conn net.Conn, request string) string {
	t.Helper()
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer[:n])
}

// want fails the test unless every line holds.
func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: %v, want %v", what, got, wanted)
	}
}

func TestUnknownModel(t *testing.T) {
	_, err := New("forkk", Options{})
	if err == nil || !strings.Contains(err.Error(), "fork") {
		t.Errorf("error %v, want one that names the models", err)
	}
}

func TestModelsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Models() {
		if m.Name == "" || len(m.Networks) == 0 || m.make == nil || seen[m.Name] {
			t.Errorf("row %q is not whole, or is there twice", m.Name)
		}
		seen[m.Name] = true
		if _, err := New(m.Name, Options{}); err != nil {
			t.Errorf("%s with zero options: %v", m.Name, err)
		}
	}
}

// TestServeWithoutListen: each model says so and does not panic.
func TestServeWithoutListen(t *testing.T) {
	for _, m := range Models() {
		s, err := New(m.Name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Serve(t.Context()); !errors.Is(err, server.ErrNotListening) {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// TestEveryServiceOnEveryNetwork: each model, each of its networks, each service (over Unix streams, which are served
// as TCP's are, only one).
func TestEveryServiceOnEveryNetwork(t *testing.T) {
	for _, m := range Models() {
		for _, network := range m.Networks {
			for _, name := range ServiceNames() {
				if network == "udp" && name == "http" || network == "unix" && name != m.only.String() ||
					m.only != Echo && name != m.only.String() {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", m.Name, network, name), func(t *testing.T) {
					service, err := ParseService(name)
					if err != nil {
						t.Fatal(err)
					}
					before := descriptors(t)
					r := start(t, m.Name, Options{Network: network, Service: service})
					r.load(load.Options{Service: name, Count: 2, Concurrency: 2})
					report := r.end()
					want(t, "accepts and datagrams", report.Accepts+report.Datagrams, 2)
					want(t, "zombies", len(zombies(t)), 0)
					want(t, "children", len(children(t)), 0)
					want(t, "descriptors", descriptors(t), before)
				})
			}
		}
	}
}

// TestListenFails: a taken port is an error that leaves no descriptor.
func TestListenFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	before := descriptors(t)
	for range 100 {
		s, err := New("fork", Options{Address: taken.Addr().String()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Listen(); !errors.Is(err, unix.EADDRINUSE) {
			t.Fatalf("listen on a taken port: %v", err)
		}
	}
	want(t, "descriptors", descriptors(t), before)
}

// TestUnixPath: a socket file goes with its server.
func TestUnixPath(t *testing.T) {
	path := t.TempDir() + "/socket"
	r := start(t, "fork", Options{Network: "unix", Address: path, Grace: time.Millisecond})
	want(t, "address", r.address, path)
	want(t, "echo", ask(t, r.dial(), "hello"), "hello")
	r.end()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's file is still there: %v", err)
	}
}

// TestOptionsForAnotherModel: what is left of all options is what each model takes.
func TestOptionsForAnotherModel(t *testing.T) {
	all := Options{Reap: ReapPoll, PollInterval: time.Second, Adjustable: true, KeepListener: true, Workers: 2,
		ReusePort: true, Limit: 3, Folder: t.TempDir(), Block: true, Goroutines: true}
	for _, m := range Models() {
		if _, err := New(m.Name, all); err == nil {
			t.Errorf("%s takes everything", m.Name)
		}
		if _, err := New(m.Name, all.For(m)); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
		if m.Reaps() && all.For(m).Reap != ReapPoll {
			t.Errorf("%s does not keep its way to reap", m.Name)
		}
	}
}
