package probes

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/inherited"
)

func TestMain(m *testing.M) {
	if reexec.Init() {
		return
	}
	os.Exit(m.Run())
}

// needKernel skips where the programs cannot be loaded; where CI says that they can, that is a failure.
func needKernel(t *testing.T) {
	t.Helper()
	if err := unmet(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the kernel tests must run here: %v", err)
		}
		t.Skipf("cannot trace here: %v", err)
	}
}

// traced runs a command to its end under the probes and returns its events and exit code.
func traced(t *testing.T, o Options, name string, args ...string) ([]event.Event, int) {
	t.Helper()
	needKernel(t)
	p, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, p, Command{Path: path, Args: append([]string{name}, args...), Stderr: os.Stderr})
}

// run launches a command, and returns its events and exit code when it has ended.
func run(t *testing.T, p *Probes, c Command) ([]event.Event, int) {
	t.Helper()
	root, err := p.Launch(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	batches := make(chan []event.Event, 16)
	result := make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	var events []event.Event
	for b := range batches {
		events = append(events, b...)
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	code, err := root.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatal("the trace did not end")
	}
	return events, code
}

func count(events []event.Event, want func(*event.Event) bool) (n int) {
	for i := range events {
		if want(&events[i]) {
			n++
		}
	}
	return n
}

func ofKind(k event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == k }
}

func TestShellWithChildren(t *testing.T) {
	events, code := traced(t, Options{}, "sh", "-c", "for i in 1 2 3; do (exit $i); done; sh -c 'exit 5'; exit 7")
	if code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	first := events[0]
	if first.Kind != event.Exec || !first.Flags.Has(event.Launch|event.Root) || filepath.Base(first.Path) != "sh" {
		t.Errorf("the trace begins with %+v", first)
	}
	last := events[len(events)-1]
	if last.Kind != event.End {
		t.Errorf("the trace ends with %v", last.Kind)
	}
	for kind, want := range map[event.Kind]int{event.Fork: 4, event.Exec: 2, event.Exit: 5, event.Signal: 4,
		event.Lost: 0} {
		if got := count(events, ofKind(kind)); got != want {
			t.Errorf("%d events of kind %v, want %d", got, kind, want)
		}
	}
	if got := count(events, func(e *event.Event) bool {
		return e.Kind == event.Wait &&
			e.Flags&(event.Nothing|event.NoChild) == 0
	}); got != 4 {
		t.Errorf("%d waits returned a child, want 4", got)
	}
	codes := map[int]bool{}
	for i := range events {
		if i > 0 && events[i].Time < events[i-1].Time {
			t.Errorf("event %d is before the one before it", i)
		}
		if c, ok := events[i].Exited(); ok && events[i].Kind == event.Wait {
			codes[c] = true
		}
	}
	for _, c := range []int{1, 2, 3, 5} {
		if !codes[c] {
			t.Errorf("no wait returned a child with exit code %d", c)
		}
	}
	if t.Failed() {
		for _, e := range events {
			t.Logf("%+v", e)
		}
	}
}

// TestKilledByTracer: a signal that tracer sends to what it has launched is said to be its own, and no other is.
func TestKilledByTracer(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	root, err := p.Launch(Command{Path: "/bin/sh", Args: []string{"sh", "-c",
		"sh -c 'kill -9 $$'; sh -c 'kill -9 $$'; kill -STOP $$"}, Stderr: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event, 16), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	others, own := 0, 0
	for batch := range batches {
		for _, e := range batch {
			switch {
			case e.Kind == event.Stop:
				if err := root.Signal(unix.SIGKILL); err != nil {
					t.Error(err)
				}
			case e.Kind == event.Kill && e.ByTracer() && e.Signal == int32(unix.SIGKILL) && e.TargetPID != e.PID:
				own++
			case e.Kind == event.Kill && !e.ByTracer():
				others++
			}
		}
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	if code, err := root.Wait(); code != 128+9 || own != 1 || others != 3 {
		t.Errorf("exit code %d, %v; %d signals by tracer, %d by others", code, err, own, others)
	}
}

// TestMemoryIsGivenBack: it is after each of the steps that take most, and the ring buffer is not there before that,
// as all of it is resident.
func TestMemoryIsGivenBack(t *testing.T) {
	needKernel(t)
	const buffer = 16 << 20 // as no other test has
	given := 0
	p, err := Load(Options{Buffer: buffer, GiveBack: func() {
		if given++; mapsRing(t, buffer) {
			t.Error("the ring buffer is mapped before memory is given back")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	run(t, p, Command{Path: "/bin/true", Args: []string{"true"}})
	if given != 3 { // when the programs are read, are chosen, are loaded
		t.Errorf("memory was given back %d times", given)
	}
	if !mapsRing(t, buffer) {
		t.Error("the ring buffer was never mapped")
	}
}

// mapsRing reports whether this process has a ring buffer of that size mapped.
func mapsRing(t *testing.T, size int) bool {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		var begin, end int
		if _, err := fmt.Sscanf(line, "%x-%x", &begin, &end); err == nil && strings.Contains(line, "bpf-map") &&
			end-begin == size+os.Getpagesize() {
			return true
		}
	}
	return false
}

// TestLaunchBySubreaper: an attribute that tracer was given is the program's, which its first exec tells.
func TestLaunchBySubreaper(t *testing.T) {
	defer func(was bool) { inherited.Subreaper = was }(inherited.Subreaper)
	inherited.Subreaper = true
	events, _ := traced(t, Options{}, "sh", "-c", "sh -c :; :")
	want := []event.Attribute{event.Set, event.Unset}
	var got []event.Attribute
	for _, e := range events {
		switch e.Kind {
		case event.Exec:
			got = append(got, e.Subreaper)
		case event.Subreaper:
			t.Errorf("what tracer did is told: %+v", e)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("attributes at the execs: %v, want %v", got, want)
	}
}
