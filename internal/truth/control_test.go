package truth

import (
	"cmp"
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tracer/event"
	"tracer/probes"
	"tracer/session"
)

// TestControlIsInItsPlace: what the user changes is told before what comes of it and after what came before, as the
// kernel's own trace has it: there the call that runs the program (BPF_PROG_TEST_RUN) begins and returns, and a signal
// is generated. The user's part is this thread.
func TestControlIsInItsPlace(t *testing.T) {
	if !probes.Examine().Works() {
		unable(t, "nothing can be traced here")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	me := event.TID(unix.Gettid())
	k, err := startKernelTrace("control", []*tracepoint{
		{name: "syscalls/sys_enter_bpf", fields: []string{"cmd"},
			filter: fmt.Sprintf("cmd == %d", unix.BPF_PROG_TEST_RUN)},
		{name: "syscalls/sys_exit_bpf", fields: []string{"ret"}},
		{name: "signal/signal_generate", fields: []string{"sig", "pid"}},
	})
	if err != nil {
		unable(t, fmt.Sprintf("the kernel's trace: %v", err))
	}
	child := exec.Command("/bin/sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := event.PID(child.Process.Pid)
	s, err := session.Start(t.Context(), session.Target{Attach: probes.Targets{PIDs: []event.PID{pid}}},
		session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var leader event.Task
	batch := <-s.Events()
	for i := range batch {
		if e := &batch[i]; e.Kind == event.Seen && e.PID == pid {
			leader = e.Task
		}
	}
	const rounds = 200
	began := now() // tracer's start runs programs, too
	for i := range rounds {
		if i%2 == 0 {
			err = s.SignalTo(leader, syscall.SIGCONT)
		} else {
			err = s.Control(&event.Event{Rare: &event.Rare{Action: event.SetReap, Setting: event.Text(fmt.Sprint(i))}})
			if err == nil {
				err = unix.Kill(int(pid), unix.SIGCONT)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Kill(int(pid), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	type step struct {
		kind    event.Kind
		setting string
	}
	var got []step
	var at []event.Time
	for events := range s.Events() {
		batch = append(batch, events...)
	}
	for i := range batch {
		switch e := &batch[i]; {
		case e.Kind == event.Control && e.Task.TID == me && e.Flags.Has(event.Untraced):
			got, at = append(got, step{e.Kind, string(e.Rare.Setting)}), append(at, e.Time)
		case e.Kind == event.Kill && e.Task.TID == me && e.TargetPID == pid:
			got, at = append(got, step{e.Kind, ""}), append(at, e.Time)
		}
	}
	if _, err := s.Wait(); err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.drain(); err != nil || k.missed {
		t.Fatal("the kernel's trace:", err, k.missed)
	}
	slices.SortStableFunc(k.events, func(a, b told) int { return cmp.Compare(a.at, b.at) })
	var want []step
	var from, to []event.Time // of each step
	running := false
	for _, e := range k.events {
		switch {
		case e.by != me || e.at < began:
		case e.of.name == "syscalls/sys_enter_bpf":
			setting := ""
			if n := len(want) / 2; n%2 == 1 {
				setting = fmt.Sprint(n)
			}
			want, from, to = append(want, step{event.Control, setting}), append(from, e.at), append(to, 0)
			running = true
		case e.of.name == "syscalls/sys_exit_bpf" && running:
			to[len(to)-1], running = e.at, false
		case e.of.name == "signal/signal_generate" && e.args[1] == int64(pid):
			want, from, to = append(want, step{event.Kill, ""}), append(from, e.at), append(to, 0)
		}
	}
	if len(want) != 2*rounds+1 || !slices.Equal(got, want) {
		t.Fatalf("the kernel tells of %d steps, tracer of %d:\n%v", len(want), len(got), gocmp.Diff(want, got,
			gocmp.AllowUnexported(step{})))
	}
	for i := range got {
		if at[i] < from[i] || to[i] != 0 && at[i] > to[i] {
			t.Errorf("step %d, %v: at %v, the kernel has it between %v and %v", i, got[i], at[i], from[i], to[i])
		}
	}
}
