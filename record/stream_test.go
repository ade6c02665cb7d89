package record

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tracer/event"
)

// synthetic makes streams as the kernel side reports them, with times in nanoseconds that scatter as measured ones do.
type synthetic struct {
	rnd    *rand.Rand
	events []event.Event
	tid    event.TID
}

func newSynthetic() *synthetic {
	return &synthetic{rnd: rand.New(rand.NewPCG(1, 2)), tid: 4000}
}

// after scatters a duration around its median, log-normally.
func (s *synthetic) after(median float64) event.Time {
	return event.Time(median * math.Exp(0.35*s.rnd.NormFloat64()))
}

func (s *synthetic) sorted() []event.Event {
	slices.SortFunc(s.events, func(a, b event.Event) int { return cmp.Compare(a.Time, b.Time) })
	return s.events
}

// child takes the next tid; now and then another program on the machine takes some.
func (s *synthetic) child(at event.Time) event.Task {
	s.tid++
	if s.rnd.IntN(100) == 0 {
		s.tid += event.TID(s.rnd.IntN(5))
	}
	if s.tid > 32768 {
		s.tid = 300
	}
	return event.Task{TID: s.tid, Start: at}
}

// life adds what becomes of one child of parent from its fork on, and tells when it has been waited for.
func (s *synthetic) life(parent event.Task, flags uint64, comm event.Text, at event.Time, run float64,
	handler bool) event.Time {
	pid := event.PID(parent.TID)
	c := s.child(at)
	cpid := event.PID(c.TID)
	at += s.after(1800)
	s.events = append(s.events, event.Event{Time: at, Kind: event.Fork, Task: parent, PID: pid, Child: c,
		ChildPID: cpid, Parent: pid, NSPID: cpid, CloneFlags: flags, ExitSignal: event.SIGCHLD, Comm: comm})
	at += s.after(run)
	s.events = append(s.events, event.Event{Time: at, Kind: event.Exit, Task: c, PID: cpid, Flags: event.GroupDead,
		Parent: pid, Reaper: 1, Comm: comm})
	at += s.after(900)
	result := event.Ignored
	if handler {
		result = event.Queued
	}
	s.events = append(s.events, event.Event{Time: at, Kind: event.Signal, Task: c, PID: cpid, Signal: event.SIGCHLD,
		Target: parent.TID, TargetPID: pid,
		Result: result, Code: 1, SiPID: cpid})
	if handler {
		at += s.after(4000)
		s.events = append(s.events, event.Event{Time: at, Kind: event.Deliver, Task: parent, PID: pid,
			Signal: event.SIGCHLD})
	}
	at += s.after(2500)
	s.events = append(s.events, event.Event{Time: at, Kind: event.Release, Task: c, PID: cpid})
	wait := s.after(700)
	s.events = append(s.events, event.Event{Time: at + wait, Kind: event.Wait, Task: parent, PID: pid,
		Call: event.Wait4, Child: c, Waited: wait + s.after(3000)})
	return at + wait
}

// vforkLoop is one process that forks, and waits for, one child after the other: the densest stream there is.
func vforkLoop(n int) []event.Event {
	s := newSynthetic()
	parent := event.Task{TID: 3999, Start: 5e12}
	for at := event.Time(6e12); len(s.events) < n; {
		at = s.life(parent, event.CloneVM|event.CloneVfork|event.SIGCHLD, "loop", at+s.after(8000), 6000, false)
	}
	return s.sorted()[:n]
}

// forkServer is a server with several loops: a process for each connection, eight at once.
func forkServer(n int) []event.Event {
	s := newSynthetic()
	parent := event.Task{TID: 3999, Start: 5e12}
	for at := event.Time(6e12); len(s.events) < n+100; {
		at += s.after(120_000)
		s.events = append(s.events, event.Event{Time: at, Kind: event.Accept, Task: parent, PID: 3999,
			Call: event.Accept4, FD: 5,
			Connection: uint64(s.rnd.IntN(64)), Socket: s.socket(uint32(s.rnd.IntN(8)))})
		s.life(parent, event.SIGCHLD|0x1200000, "server", at, 900_000, true)
	}
	return s.sorted()[:n]
}

// socket is that of a connection from somewhere.
func (s *synthetic) socket(queue uint32) *event.Socket {
	return &event.Socket{Queue: queue, Backlog: 128, Listener: "127.0.0.1:8080", Local: "127.0.0.1:8080",
		Peer: event.Addr(fmt.Sprintf("127.0.0.1:%d", 32768+s.rnd.IntN(28000)))}
}

// threadServer is a server with a thread for each connection.
func threadServer(n int) []event.Event {
	s := newSynthetic()
	parent := event.Task{TID: 3999, Start: 5e12}
	for at := event.Time(6e12); len(s.events) < n+100; {
		at += s.after(30_000)
		s.events = append(s.events, event.Event{Time: at, Kind: event.Accept, Task: parent, PID: 3999,
			Call: event.AcceptPlain, FD: 5 + int32(s.rnd.IntN(8)),
			Connection: uint64(s.rnd.IntN(64)), Socket: s.socket(0)})
		c := s.child(at + 2000)
		t := at + 2000 + s.after(1800)
		s.events = append(s.events, event.Event{Time: t, Kind: event.Fork, Task: parent, PID: 3999, Child: c,
			ChildPID: 3999,
			Parent:   3000, NSPID: event.PID(c.TID), CloneFlags: 0x3d0f00, ExitSignal: -1, Comm: "server"})
		t += s.after(200_000)
		s.events = append(s.events, event.Event{Time: t, Kind: event.Exit, Task: c, PID: 3999, Parent: 3000,
			Comm: "server"})
		t += s.after(2000)
		s.events = append(s.events, event.Event{Time: t, Kind: event.Release, Task: c, PID: 3999})
	}
	return s.sorted()[:n]
}

// shellScripts is many processes that execute programs.
func shellScripts(n int) []event.Event {
	s := newSynthetic()
	programs := []string{"/usr/bin/sed", "/usr/bin/grep", "/bin/cat", "/usr/bin/cc1", "/usr/bin/as"}
	for at := event.Time(6e12); len(s.events) < n+100; {
		at += s.after(400_000)
		parent := event.Task{TID: 3000 + event.TID(s.rnd.IntN(20)), Start: 5e12}
		begin := len(s.events)
		s.life(parent, event.SIGCHLD|0x1200000, "sh", at, 2_000_000, true)
		fork := s.events[begin]
		p := programs[s.rnd.IntN(len(programs))]
		s.events = append(s.events, event.Event{Time: fork.Time + s.after(300_000), Kind: event.Exec, Task: fork.Child,
			PID: fork.ChildPID, OldTID: fork.Child.TID, Comm: event.Text(p[5:]), Path: p,
			Args: fmt.Sprintf("%s\x00-e\x00/src/file%d.c\x00", p, s.rnd.IntN(500))})
	}
	return s.sorted()[:n]
}

var workloads = []struct {
	name string
	make func(n int) []event.Event
}{{"vfork", vforkLoop}, {"forkserver", forkServer}, {"threadserver", threadServer}, {"shell", shellScripts}}

// sameEvents reports whether a and b say the same,.
func sameEvents(a, b []event.Event) bool {
	return slices.EqualFunc(a, b, func(a, b event.Event) bool {
		if a.Socket.Value() != b.Socket.Value() || a.Cost.Value() != b.Cost.Value() ||
			a.Rare.Value() != b.Rare.Value() {
			return false
		}
		a.Socket, b.Socket, a.Cost, b.Cost, a.Rare, b.Rare = nil, nil, nil, nil, nil, nil
		return a == b
	})
}
