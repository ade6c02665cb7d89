package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tracer/event"
	"tracer/probes"
	"tracer/record"
)

func TestMain(m *testing.M) {
	switch done, err := Init(); {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case !done:
		os.Exit(m.Run())
	}
}

// NeedKernel is needKernel for the tests outside of the package.
var NeedKernel = needKernel

// needKernel skips where nothing can be traced; where CI says that it can, that is a failure.
func needKernel(t *testing.T) {
	t.Helper()
	if probes.Examine().Works() {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("nothing can be traced here")
	}
	t.Skip("nothing can be traced here; tracer doctor says why")
}

// TestTwoReasonsAtOnce: of two that are seen at once the reason is the one that came first, whichever way a select
// would choose.
func TestTwoReasonsAtOnce(t *testing.T) {
	done, end := context.WithCancel(t.Context())
	end()
	not := t.Context()
	for _, c := range []struct {
		running, leaving, stopping, asked context.Context
		cut                               bool
		want                              Reason
	}{
		{done, done, not, not, false, LastEnded},
		{done, not, done, not, false, LastEnded},
		{done, not, not, not, true, Stopped}, // by what could not be recorded, say
		{done, done, not, not, true, Stopped},
		{not, done, not, done, false, ByInterrupt},
		{not, not, done, done, false, ByInterrupt},
	} {
		for range 100 {
			running, cancel := context.WithCancel(c.running)
			s := &Session{leaving: c.leaving, asked: c.asked, stopping: c.stopping, cancel: cancel}
			s.cut.Store(c.cut)
			if reason := s.watch(running); reason != c.want {
				t.Fatalf("%+v: %s", c, reason)
			}
			if running.Err() == nil {
				t.Fatalf("%+v: it goes on", c)
			}
			cancel()
		}
	}
}

// launch starts a session on a shell command.
func launch(t *testing.T, ctx context.Context, script string, o Options) *Session {
	t.Helper()
	s, err := Start(ctx, Target{Command: probes.Command{Path: "/bin/sh", Args: []string{"sh", "-c", script},
		Stderr: os.Stderr}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads all events, and returns how many exits of processes there were; then it waits for the result.
func read(t *testing.T, s *Session) (exits int, r Result) {
	t.Helper()
	for batch := range s.Events() {
		for i := range batch {
			if batch[i].Kind == event.Exit && batch[i].Flags.Has(event.GroupDead) {
				exits++
			}
		}
		s.Reuse(batch)
	}
	r, err := s.Wait()
	if err != nil {
		t.Error(err)
	}
	return exits, r
}

// TestTwoSessions: two in one process trace each its own, and neither the other's.
func TestTwoSessions(t *testing.T) {
	needKernel(t)
	a := launch(t, t.Context(), "(exit 1) & (exit 2) & wait; exit 3", Options{})
	b := launch(t, t.Context(), "(exit 1) & wait; exit 4", Options{})
	exits := make(chan int, 1)
	var of Result
	go func() {
		n, r := read(t, b)
		of = r
		exits <- n
	}()
	if n, r := read(t, a); n != 3 || r.Reason != LastEnded || !r.Ended || r.Code != 3 {
		t.Errorf("the first: %d exits, %+v", n, r)
	}
	if n := <-exits; n != 2 || of.Reason != LastEnded || of.Code != 4 {
		t.Errorf("the second: %d exits, %+v", n, of)
	}
}

// TestReasons: each way to end a trace gives its reason, and says whether the command goes on.
func TestReasons(t *testing.T) {
	needKernel(t)
	for _, c := range []struct {
		script  string
		options Options
		end     func(s *Session, cancel context.CancelFunc)
		reason  Reason
		goesOn  bool
	}{
		{"exec sleep 1000", Options{}, func(s *Session, _ context.CancelFunc) { s.Leave() }, UserLeft, false},
		{"exec sleep 1000", Options{LeaveIt: true}, func(s *Session, _ context.CancelFunc) { s.Leave() }, UserLeft,
			true},
		{"exec sleep 1000", Options{}, func(s *Session, _ context.CancelFunc) { s.Stop() }, Stopped, true},
		{"exec sleep 1000", Options{}, func(_ *Session, cancel context.CancelFunc) { cancel() }, ByInterrupt, true},
		{"exec sleep 1000", Options{Duration: time.Millisecond}, func(*Session, context.CancelFunc) {}, TimeUp, true},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		s := launch(t, ctx, c.script, c.options)
		c.end(s, cancel)
		_, r := read(t, s)
		cancel()
		if r.Reason != c.reason || r.Ended == c.goesOn || (len(r.Living) > 0) != c.goesOn {
			t.Errorf("%q: %+v, want reason %q", c.script, r, c.reason)
		}
		for _, e := range r.Living {
			if err := syscall.Kill(int(e.PID), syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestRecordingSaysWhatItIs: what a recording says of its machine is what uname and getconf say, and of its root what
// the events do.
func TestRecordingSaysWhatItIs(t *testing.T) {
	needKernel(t)
	name := filepath.Join(t.TempDir(), "a.trc")
	file, err := record.Create(name, record.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	s := launch(t, t.Context(), "exit 3", Options{Recording: &Recording{File: file, Name: name, Agent: "0"}})
	read(t, s)
	r, err := record.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	events := make([]event.Event, 100)
	n, err := r.Next(events)
	if err != nil || n == 0 {
		t.Fatalf("%d events, %v", n, err)
	}
	m, first := r.Meta(), &events[0]
	if want := (record.Root{PID: first.PID, TID: first.Task.TID, Start: first.Task.Start}); m.Root != want {
		t.Errorf("root %+v, want %+v", m.Root, want)
	}
	for command, got := range map[string]string{"uname -m": m.Arch, "uname -r": m.Kernel,
		"getconf CLK_TCK": fmt.Sprint(m.ClockTicks)} {
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).Output(); err != nil ||
			strings.TrimSpace(string(out)) != got {
			t.Errorf("%s: %s, %v; the recording says %s", command, out, err, got)
		}
	}
	if e, whole := r.Trailer(); !whole || e.Reason != string(LastEnded) || e.ExitCode == nil || *e.ExitCode != 3 {
		t.Errorf("the end: %+v", e)
	}
}

// TestUnrecorded: a trace that cannot be recorded is stopped, and the command goes on.
func TestUnrecorded(t *testing.T) {
	needKernel(t)
	file, err := record.Create("/dev/full", record.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	s := launch(t, t.Context(), "exec sleep 1000", Options{Recording: &Recording{File: file, Name: "full"}})
	for range s.Events() {
	}
	r, err := s.Wait()
	if r.Reason != Stopped || r.Ended || len(r.Living) != 1 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, e := range r.Living {
		if err := syscall.Kill(int(e.PID), syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
}

// TestUnread: a trace whose events nobody reads to the end ends all the same, and its recording has them all.
func TestUnread(t *testing.T) {
	needKernel(t)
	defer func(room int) { stageRoom = room }(stageRoom)
	stageRoom = 0 // so that the first batch that is not read holds it up
	name := filepath.Join(t.TempDir(), "a.trc")
	file, err := record.Create(name, record.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	s := launch(t, t.Context(), "for i in 1 2 3 4 5; do (sleep 0.05); done; exit 3",
		Options{Recording: &Recording{File: file, Name: name}})
	if n, err := s.Next(make([]event.Event, 1)); n != 1 || err != nil {
		t.Fatalf("%d events, %v", n, err)
	}
	if r, err := s.Wait(); err != nil || r.Reason != LastEnded || r.Code != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err := record.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if end, whole := r.Trailer(); !whole || end.Events["fork"] != 5 || end.Events["end"] != 1 {
		t.Errorf("recorded: %+v", end)
	}
}

// TestWithoutInit: a program that has not called Init would start itself over and over; it is told so, and a new
// recording does not stay.
func TestWithoutInit(t *testing.T) {
	initialized.Store(false)
	defer initialized.Store(true)
	name := filepath.Join(t.TempDir(), "a.trc")
	file, err := record.Create(name, record.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Target{Command: probes.Command{Path: "/bin/true", Args: []string{"true"}}},
		Options{Recording: &Recording{File: file, Name: name}}); !errors.Is(err, errNotInitialized) {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the recording: %v", err)
	}
	if _, err := NewCapture(nil); !errors.Is(err, errNotInitialized) {
		t.Error(err)
	}
}

// TestMarksAreRecorded: those that are set while it runs are in the recording at once, and in the end those that were
// set last, though all events had been read by then.
func TestMarksAreRecorded(t *testing.T) {
	needKernel(t)
	name := filepath.Join(t.TempDir(), "a.trc")
	file, err := record.Create(name, record.Creation{})
	if err != nil {
		t.Fatal(err)
	}
	s := launch(t, t.Context(), "exec sleep 1000", Options{Recording: &Recording{File: file, Name: name}})
	batch := <-s.Events()
	s.Mark([]event.Mark{{Event: 0, Note: "early"}})
	marks := func() []event.Mark {
		r, err := record.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Chunks(); err != nil {
			t.Fatal(err)
		}
		return r.Marks()
	}
	for limit := time.Now().Add(20 * time.Second); len(marks()) == 0 && time.Now().Before(limit); {
		time.Sleep(10 * time.Millisecond)
	}
	if got := marks(); len(got) != 1 || got[0].Note != "early" {
		t.Errorf("while it runs the marks are %+v", got)
	}
	if err := syscall.Kill(int(batch[0].PID), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for range s.Events() {
	}
	want := []event.Mark{{Event: 0, Note: "early"}, {Event: 1, Time: 5, Note: "late"}}
	s.Mark(want)
	if _, err := s.Wait(); err != nil {
		t.Error(err)
	}
	if got := marks(); !slices.Equal(got, want) {
		t.Errorf("in the end the marks are %+v, want %+v", got, want)
	}
}
