package probes

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

// A subject is a shell under probes that is read by the test itself, a step at a time.
type subject struct {
	*stream
	t      *testing.T
	root   *Root
	input  io.WriteCloser
	output *bufio.Reader
	events []event.Event
}

// launchSubject launches a shell. It waits for a line before it begins.
func launchSubject(t *testing.T, script string) *subject {
	t.Helper()
	return launchSubjectWith(t, Options{}, script)
}

func launchSubjectWith(t *testing.T, o Options, script string) *subject {
	t.Helper()
	needKernel(t)
	p, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	stdin, input := pipe(t)
	output, stdout := pipe(t)
	root, err := p.Launch(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "read begin; " + script}, Stdin: stdin,
		Stdout: stdout, Stderr: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	return &subject{stream: p.newStream(), t: t, root: root, input: input, output: bufio.NewReader(output)}
}

// detach takes a program from where it is attached: the kernel skips it from now on, without a word.
func (p *subject) detach(name string) {
	p.t.Helper()
	if p.probes.collection.Programs[name] == nil {
		name += unpreemptedSuffix
	}
	info, err := p.probes.collection.Programs[name].Info()
	if err != nil {
		p.t.Fatal(err)
	}
	id, _ := info.ID()
	for _, l := range p.probes.links {
		if info, err := l.Info(); err == nil && info.Program == id {
			if err := l.Close(); err != nil {
				p.t.Fatal(err)
			}
			return
		}
	}
	p.t.Fatalf("%s is attached nowhere", name)
}

// skip says what the kernel would say of a program that it skipped so many times.
func (p *subject) skip(name string, times uint64) {
	if p.probes.collection.Programs[name] == nil {
		name += unpreemptedSuffix
	}
	p.probes.misses[name] -= times
}

// say sends the shell a line, and reads what it answers.
func (p *subject) say(line string) string {
	p.t.Helper()
	fmt.Fprintln(p.input, line)
	answer, err := p.output.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(answer)
}

func (p *subject) readUntilResynced() {
	p.t.Helper()
	for p.resynced.IsZero() {
		if _, err := p.poll(false); err != nil {
			p.t.Fatal(err)
		}
		if p.resyncDue {
			if err := p.resync(); err != nil {
				p.t.Fatal(err)
			}
		}
	}
}

// finish reads to the end, and returns all events.
func (p *subject) finish() []event.Event {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	batches := make(chan []event.Event, 1000)
	p.batches = batches
	if err := p.run(ctx); err != nil {
		p.t.Fatal(err)
	}
	if ctx.Err() != nil {
		p.t.Error("the trace did not end by itself")
	}
	close(batches)
	for batch := range batches {
		p.events = append(p.events, batch...)
	}
	if n := count(p.events, ofKind(event.End)); n != 1 {
		p.t.Errorf("%d ends", n)
	}
	return p.events
}

// lost returns how many events of a kind were admitted to be lost.
func lost(events []event.Event, kind event.Kind) (n uint64) {
	for i := range events {
		if events[i].Kind == event.Lost && events[i].Lost == kind {
			n += events[i].Count
		}
	}
	return n
}

func exitProgram(p *Probes) string {
	if p.collection.Programs[bpf.TracerProgProcessExitByCount] != nil {
		return bpf.TracerProgProcessExitByCount
	}
	return bpf.TracerProgProcessExit
}

// TestSkippedExits: exits that the kernel skipped are told as lost, that of a zombie is made good, and the trace ends
// without the last one.
func TestSkippedExits(t *testing.T) {
	p := launchSubject(t, "(exit 3) & (exit 4) & wait; echo up; "+
		"(while read name </proc/$$/comm; [ $name != cat ]; do :; done; exit 5) & exec cat") // which waits for nobody
	exit := exitProgram(p.probes)
	p.detach(exit)
	p.say("begin")
	for until := time.Now().Add(20 * time.Second); p.zombies() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the last child has not become a zombie")
		}
	}
	p.skip(exit, 3)
	p.skip(bpf.TracerProgCloseExit, 7) // nothing was accepted, so no close is missing
	p.readUntilResynced()
	p.waitForLive(1) // those that were reaped are counted off when the kernel frees them
	p.input.Close()
	if code, err := p.root.Wait(); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	p.skip(exit, 1)
	events := p.finish()
	if n := lost(events, event.Exit); n != 4 {
		t.Errorf("%d exits lost, want 4", n)
	}
	if n := lost(events, event.Close); n != 0 {
		t.Errorf("%d closes lost, and nothing was accepted", n)
	}
	zombie := func(e *event.Event) bool {
		return e.Kind == event.Seen && e.State == event.Zombie && e.Status == 5<<8 && e.Flags.Has(event.Guessed)
	}
	if count(events, zombie) == 0 {
		t.Error("the zombie was not met")
	}
}

// waitForLive waits until the kernel side counts so many living tasks.
func (p *subject) waitForLive(n int64) {
	p.t.Helper()
	for until := time.Now().Add(5 * time.Second); p.probes.liveTasks() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			p.t.Fatalf("the kernel side counts %d living tasks, not %d", p.probes.liveTasks(), n)
		}
	}
}

// zombies counts the children of the root that are zombies, as /proc has it.
func (p *subject) zombies() (n int) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.root.PID))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, child := range strings.Fields(string(children)) {
		if stat, err := os.ReadFile("/proc/" + child + "/stat"); err == nil && strings.Contains(string(stat), ") Z ") {
			n++
		}
	}
	return n
}

// TestSkippedForks: who was created while the kernel skipped that is found, with its descendants, and is traced from
// then on.
func TestSkippedForks(t *testing.T) {
	p := launchSubject(t, "sh -c 'sleep 1000 & echo $!; wait; exit 5' & read on; wait; exit 6")
	p.detach(bpf.TracerProgTaskNewtask)
	sleeper := p.say("begin")
	p.skip(bpf.TracerProgTaskNewtask, 2)
	p.readUntilResynced()
	p.waitForLive(3)
	var pid int
	if _, err := fmt.Sscan(sleeper, &pid); err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.input.Close()
	if _, err := p.root.Wait(); err != nil {
		t.Fatal(err)
	}
	events := p.finish()
	if n := lost(events, event.Fork); n != 2 {
		t.Errorf("%d forks lost, want 2", n)
	}
	for status, what := range map[int32]string{9: "sleep", 5 << 8: "its parent", 6 << 8: "the root"} {
		if n := count(events, func(e *event.Event) bool {
			return e.Kind == event.Exit && e.Status == status && e.Flags.Has(event.GroupDead)
		}); n != 1 {
			t.Errorf("%d exits of %s", n, what)
		}
	}
}

// TestUnseenSwitch: that a task got a CPU again is found, at its end at the latest, if no program has seen it.
func TestUnseenSwitch(t *testing.T) {
	const blocked = 60 * time.Millisecond
	p := launchSubjectWith(t, Options{Stalls: blocked}, "echo up; read on; exit 0")
	began := Now()
	p.say("begin")
	for until := time.Now().Add(20 * time.Second); !blockedIn(t, p.root.PID); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the shell does not wait for its input")
		}
	}
	p.detach(bpf.TracerProgSwitched)
	detached := Now()
	time.Sleep(blocked)
	p.input.Close()
	if _, err := p.root.Wait(); err != nil {
		t.Fatal(err)
	}
	within := Now() - began
	stalls := func(e *event.Event) bool {
		return e.Kind == event.Stall && e.Call.String() == "read" && e.Time >= detached+event.Time(blocked) &&
			e.Waited >= event.Time(blocked) && e.Waited <= within
	}
	if events := p.finish(); count(events, stalls) != 1 {
		t.Errorf("%d stalls of the read, all: %v", count(events, stalls), events)
	}
}

// blockedIn reports whether a process is blocked and can be woken, as /proc has it.
func blockedIn(t *testing.T, pid event.PID) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(stat), ") S ")
}

// TestSkippedLaunch: a trace whose beginning the kernel skipped says so, and ends.
func TestSkippedLaunch(t *testing.T) {
	needKernel(t)
	probes, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { probes.Close() })
	p := &subject{stream: probes.newStream(), t: t}
	p.detach(bpf.TracerProgProcessExec)
	if p.root, err = probes.Launch(Command{Path: "/bin/sh", Args: []string{"sh", "-c",
		"(exit 3); exit 6"}}); err != nil {
		t.Fatal(err)
	}
	p.skip(bpf.TracerProgProcessExec, 1)
	if code, err := p.root.Wait(); code != 6 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	if n := lost(p.finish(), event.Exec); n != 1 {
		t.Errorf("%d execs lost, want 1", n)
	}
}

// TestSkippedCloses: what the kernel skipped is a loss of closes only when connections were accepted of which that
// would have told. Of others the same programs tell who let go of them.
func TestSkippedCloses(t *testing.T) {
	p := launchSubject(t, ":")
	for _, c := range []struct{ accepted, unixAccepted, closes, letGo uint64 }{{0, 0, 0, 0}, {5, 0, 4, 3},
		{5, 1, 7, 0}} {
		for name, value := range map[string]uint64{bpf.TracerVarConnectionsAccepted: c.accepted,
			bpf.TracerVarUnixConnectionsAccepted: c.unixAccepted} {
			if err := p.probes.collection.Variables[name].Set(value); err != nil {
				t.Fatal(err)
			}
		}
		p.skip(bpf.TracerProgCloseEnter, 1)
		p.skip(bpf.TracerProgCloseExit, 2)
		p.skip(bpf.TracerProgSocketState, 4)
		counts, err := p.probes.skipped()
		if err != nil {
			t.Fatal(err)
		}
		if counts[event.Close] != c.closes || counts[event.LetGo] != c.letGo {
			t.Errorf("%d accepted, %d of Unix sockets: %d closes lost, %d lettings go, want %d and %d", c.accepted,
				c.unixAccepted, counts[event.Close], counts[event.LetGo], c.closes, c.letGo)
		}
	}
	p.input.Close()
	if _, err := p.root.Wait(); err != nil {
		t.Fatal(err)
	}
}
