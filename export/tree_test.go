package export

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/words"
)

// family is a root with a thread that accepts, three children that are alike, one that is killed and leaves its own
// child to init, and one that nobody reaps.
func family() slice {
	at := event.Time(1e6)
	now := func() event.Time { at += 1e6; return at }
	task := func(pid event.PID) event.Task { return event.Task{TID: event.TID(pid), Start: event.Time(pid)} }
	fork := func(parent, child event.PID) event.Event {
		return event.Event{Time: now(), Kind: event.Fork, Task: task(parent), PID: parent, Child: task(child),
			ChildPID: child, NSPID: child,
			Parent: parent, ExitSignal: event.SIGCHLD}
	}
	exit := func(pid, parent, reaper event.PID, status int32, comm event.Text) event.Event {
		return event.Event{Time: now(), Kind: event.Exit, Task: task(pid), PID: pid, Parent: parent, Reaper: reaper,
			Flags:  event.GroupDead,
			Status: status, Comm: comm}
	}
	wait := func(parent, child event.PID, status int32) event.Event {
		return event.Event{Time: now(), Kind: event.Wait, Task: task(parent), PID: parent,
			Child: event.Task{TID: event.TID(child)}, Call: event.Wait4, Status: status}
	}
	thread := event.Event{Time: now(), Kind: event.Fork, Task: task(100), PID: 100,
		Child: event.Task{TID: 200, Start: 9}, ChildPID: 100,
		CloneFlags: 0x10000, ExitSignal: -1, Comm: "server"}
	accept := event.Event{Time: now(), Kind: event.Accept, Task: event.Task{TID: 200, Start: 9}, PID: 100,
		Connection: 1, Socket: &event.Socket{Listener: "127.0.0.1:1"}}
	serve := event.Event{Time: now(), Kind: event.Serve, Task: event.Task{TID: 200, Start: 9}, PID: 100, Connection: 1,
		BytesRead: 4}
	threadExit := event.Event{Time: now(), Kind: event.Exit, Task: event.Task{TID: 200, Start: 9}, PID: 100,
		Comm: "acc\x1beptor"}
	events := slice{
		{Time: 1e6, Kind: event.Exec, Task: task(100), PID: 100, Flags: event.Launch | event.Root, Comm: "server",
			Path: "/bin/server",
			Args: "server\x00-n\x00a b\x00"},
		thread, accept, serve,
	}
	for child := event.PID(101); child <= 103; child++ {
		events = append(events, fork(100, child))
	}
	for child := event.PID(101); child <= 103; child++ {
		events = append(events, exit(child, 100, 100, 7<<8, "server"), wait(100, child, 7<<8))
	}
	events = append(events, fork(100, 104), fork(104, 105),
		event.Event{Time: now(), Kind: event.Subreaper, Task: task(100), PID: 100, Subreaper: event.Set},
		event.Event{Time: now(), Kind: event.Exec, Task: task(105), PID: 105, Comm: "cat", Path: "/bin/cat",
			Args: "cat\x00"},
		exit(104, 100, 1, 9, "server"), wait(100, 104, 9), exit(105, 1, 1, 0, "cat"), wait(1, 105, 0),
		fork(100, 106), exit(106, 100, 100, 0, "server"), threadExit)
	return events
}

func TestTreeOfStopped(t *testing.T) {
	events := slice{{Kind: event.Seen, Task: event.Task{TID: 100, Start: 1}, PID: 100, Comm: "server", StopSignal: 19}}
	var out bytes.Buffer
	if err := Tree(&out, &events, words.English()); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "100 server: alive, stopped by SIGSTOP\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTreeOfWaiting(t *testing.T) {
	events := slice{{Kind: event.Seen, Task: event.Task{TID: 100, Start: 1}, PID: 100, Comm: "server",
		Call: event.Wait4, IDType: event.IDGroup, ID: 7}}
	var out bytes.Buffer
	if err := Tree(&out, &events, words.English()); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "100 server: in wait4(-7), alive\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTreeOfGuessed: why something is guessed is said as it was, with and without a loss.
func TestTreeOfGuessed(t *testing.T) {
	seen := event.Event{Kind: event.Seen, Task: event.Task{TID: 100, Start: 1}, PID: 100, Parent: 1, Comm: "server"}
	dead := seen
	dead.State = event.Zombie
	for _, c := range []struct {
		events slice
		want   string
	}{
		{slice{seen, dead}, "100 server: was ending as tracer attached, zombie, exit 0\n"},
		{slice{seen, {Kind: event.Lost, Lost: event.Exit, Count: 1}, dead},
			"100 server: guessed after a loss, zombie, exit 0\n"},
		{slice{dead}, "100 server: zombie, exit 0\n"},
	} {
		var out bytes.Buffer
		if err := Tree(&out, &c.events, words.English()); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestTree(t *testing.T) {
	events := family()
	var out bytes.Buffer
	if err := Tree(&out, &events, words.English()); err != nil {
		t.Fatal(err)
	}
	want := `100 server [server -n 'a b']: 1 accept, 1 connection served, must reap 1 zombie, subreaper, alive
├─ thread 200 acc\x1beptor: 1 accept, 1 connection served, ended
├─ 3 × server: exit 7, reaped by its parent
├─ 104 server: SIGKILL, reaped by its parent
└─ 106 server: zombie, exit 0
105 cat [cat]: orphan, exit 0, reaped by init
`
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestTreeHasCoroutines: those that are alike are one line, as processes are.
func TestTreeHasCoroutines(t *testing.T) {
	at, task := event.Time(1), event.Task{TID: 100, Start: 1}
	events := slice{{Time: at, Kind: event.Exec, Task: task, PID: 100, Flags: event.Launch | event.Root,
		Comm: "server"}}
	add := func(e event.Event) {
		at++
		e.Time, e.Task, e.PID, e.Runtime = at, task, 100, event.Coro
		events = append(events, e)
	}
	for id := uint64(1); id <= 6; id++ {
		add(event.Event{Kind: event.Spawn, Coroutine: id})
	}
	for id := uint64(2); id <= 5; id++ {
		add(event.Event{Kind: event.Switch, Coroutine: id})
		if id < 5 {
			add(event.Event{Kind: event.Accept, Connection: id})
			add(event.Event{Kind: event.Serve, Connection: id, BytesRead: 1})
			add(event.Event{Kind: event.Finish, Coroutine: id, How: event.Returned})
		} else {
			add(event.Event{Kind: event.Finish, Coroutine: id, How: event.Panicked})
		}
	}
	tree := func() string {
		var out bytes.Buffer
		source := slices.Clone(events)
		if err := Tree(&out, &source, words.English()); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	want := `100 server: 3 accepts, 3 connections served, alive
├─ coroutine 1: made
├─ 3 × coroutine: 1 connection served, ended
├─ coroutine 5: ended, panicked
└─ coroutine 6: made
`
	if got := tree(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// It takes those along that did not finish
	add(event.Event{Kind: event.Exit, Flags: event.GroupDead, Comm: "server"})
	want = strings.ReplaceAll(strings.Replace(want, "alive", "exit 0", 1), ": made", ": not finished")
	if got := tree(); got != want {
		t.Errorf("after its exit\n%swant\n%s", got, want)
	}
}

// TestConnectionsNameTheCoroutine: by the number that the events have, and only when one was known.
func TestConnectionsNameTheCoroutine(t *testing.T) {
	task := event.Task{TID: 100, Start: 1}
	events := slice{{Kind: event.Exec, Flags: event.Launch | event.Root}, {Kind: event.Accept, Connection: 1},
		{Kind: event.Serve, Connection: 1, BytesRead: 1},
		{Kind: event.Switch, Runtime: event.Greenlet, Coroutine: 0x7f0000001000},
		{Kind: event.Accept, Connection: 2}, {Kind: event.Serve, Connection: 2, BytesRead: 1}}
	for i := range events {
		events[i].Time, events[i].Task, events[i].PID = event.Time(i+1), task, 100
	}
	var out bytes.Buffer
	if err := Connections(&out, &events); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	const names = `"served_by_coroutine":139637976731648,"served_by_runtime":"greenlet"`
	if len(lines) != 2 || strings.Contains(lines[0], "coroutine") || !strings.Contains(lines[1], names) {
		t.Errorf("got\n%s", out.String())
	}
}

// short is a source of a root and that many children, which the kernel reaps.
type short struct{ children, next int }

func (s *short) Next(into []event.Event) (int, error) {
	root := event.Task{TID: 10, Start: 1}
	if s.next == 0 {
		s.next++
		into[0] = event.Event{Time: 1, Kind: event.Exec, Task: root, PID: 10, Flags: event.Launch | event.Root,
			Comm: "server"}
		return 1, nil
	}
	at, pid := event.Time(s.next+1)*1e6, event.PID(s.next+10) // each late enough that no more is told of the oldest
	child := event.Task{TID: event.TID(pid), Start: at}
	into[0] = event.Event{Time: at, Kind: event.Fork, Task: root, PID: 10, Child: child, ChildPID: pid, Parent: 10,
		NSPID: pid, ExitSignal: event.SIGCHLD}
	into[1] = event.Event{Time: at, Kind: event.Exit, Task: child, PID: pid, Parent: 10, Reaper: 10,
		Flags: event.GroupDead | event.AutoReap, Comm: "server"}
	if s.next++; s.next > s.children {
		return 2, io.EOF
	}
	return 2, nil
}

// TestTreeForgetsTheOldest: what no longer fits is counted, not lost in silence.
func TestTreeForgetsTheOldest(t *testing.T) {
	var out bytes.Buffer
	if err := Tree(&out, &short{children: treeGone + 5}, words.English()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"└─ 100000 × server: exit 0, reaped by the kernel\n",
		"(and 5 processes that ended before)\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
