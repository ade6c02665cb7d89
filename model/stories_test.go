package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/words"
)

// The words of the stories. Process 100 is the launched root, its times are milliseconds.

func at(ms int) event.Time { return event.Time(ms) * 1e6 }

func idOf(pid int) event.Task { return event.Task{TID: event.TID(pid), Start: 1} }

func launch() event.Event {
	return event.Event{Time: at(1), Kind: event.Exec, Task: idOf(100), PID: 100, Flags: event.Launch | event.Root,
		Comm: "root"}
}

func fork(ms, parent, child int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Fork, Task: idOf(parent), PID: event.PID(parent), Child: idOf(child),
		ChildPID: event.PID(child), NSPID: event.PID(child), Parent: event.PID(parent), ExitSignal: event.SIGCHLD}
}

// started gives the process that e made or met another start.
func started(e event.Event, ms int) event.Event {
	if e.Kind == event.Fork {
		e.Child.Start = at(ms)
	} else {
		e.Task.Start = at(ms)
	}
	return e
}

func exit(ms, pid, parent, reaper int, status int32, flags event.Flags) event.Event {
	return event.Event{Time: at(ms), Kind: event.Exit, Task: idOf(pid), PID: event.PID(pid), Parent: event.PID(parent),
		Reaper: event.PID(reaper), Status: status, Flags: flags | event.GroupDead, Comm: "x"}
}

func wait(ms, by, child int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Wait, Task: idOf(by), PID: event.PID(by),
		Child: event.Task{TID: event.TID(child)}, Call: event.Wait4}
}

func waitidNoInfo(ms, by int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Wait, Task: idOf(by), PID: event.PID(by), Call: event.Waitid,
		Flags: event.Unknown}
}

func released(ms, pid int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Release, Task: idOf(pid), PID: event.PID(pid)}
}

// goneAtTheEnd is the release that is told of a process which is gone as the last task ends.
func goneAtTheEnd(ms, pid int) event.Event {
	e := released(ms, pid)
	e.Flags = event.Unknown
	return e
}

// autoReaped is the release that the kernel tells as it reaps a debugged process.
func autoReaped(ms, pid int) event.Event {
	e := released(ms, pid)
	e.Flags = event.AutoReap
	return e
}

func accepted(ms, by int, number uint64) event.Event {
	return event.Event{Time: at(ms), Kind: event.Accept, Task: idOf(by), PID: event.PID(by), Connection: number}
}

func seen(ms, pid, parent int, state event.State) event.Event {
	return event.Event{Time: at(ms), Kind: event.Seen, Task: idOf(pid), PID: event.PID(pid), Parent: event.PID(parent),
		NSPID: event.PID(pid),
		State: state, Flags: event.Guessed}
}

// met is what a snapshot sees before anything was lost.
func met(ms, pid, parent int, state event.State) event.Event {
	e := seen(ms, pid, parent, state)
	e.Flags = 0
	return e
}

func sigchld(ms, to int, result event.Result) event.Event {
	return event.Event{Time: at(ms), Kind: event.Signal, Signal: event.SIGCHLD, TargetPID: event.PID(to),
		Target: event.TID(to), Result: result}
}

func deliver(ms, pid int) event.Event {
	return event.Event{Time: at(ms), Kind: event.Deliver, Signal: event.SIGCHLD, Task: idOf(pid), PID: event.PID(pid)}
}

// forest is a line for each process, with who reaped it.
func forestText(m *Model) string {
	var b strings.Builder
	m.Walk(func(p *Process, depth int) bool {
		fmt.Fprintf(&b, "%*s%d %v", 2*depth, "", p.PID, p.State)
		if p.State == Gone && !p.Root {
			fmt.Fprintf(&b, " %v", p.Reaping)
		}
		if p.LeaderEnded {
			b.WriteString(", leader ended")
		}
		if n := p.ThreadsAlive; n > 0 {
			fmt.Fprintf(&b, ", %d threads", n)
		}
		b.WriteString("\n")
		return true
	})
	return b.String()
}

// TestStories: what everybody should know about dead children, told by the forest, some counters and the findings.
func TestStories(t *testing.T) {
	for _, s := range []struct {
		name     string
		events   []event.Event
		forest   string
		counters func(Counters) string
		says     string
		findings []string
	}{
		{"a wait", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 7<<8, 0), sigchld(3, 100, event.Ignored),
			wait(8, 100, 101)},
			"100 alive\n  101 gone by its parent\n",
			func(c Counters) string {
				return fmt.Sprint(c.ProcessesCreated, c.ProcessesExited, c.ExitCodes, c.ReapedByParent, c.ZombiesPeak,
					c.ZombiesLeft, c.ZombieMsMax, c.SigchldIgnored)
			}, "1 1 map[7:1] 1 1 0 5 1", nil},
		{"no wait", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, 0)},
			"100 alive\n  101 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ZombiesNow, c.ZombiesLeft, c.ReapedByParent) }, "1 1 0",
			[]string{"warning 100: 1 zombie, which its parent has never waited for"}},
		{"one wait for a coalesced signal", []event.Event{fork(2, 100, 101), fork(2, 100, 102),
			exit(3, 101, 100, 100, 0, 0),
			sigchld(3, 100, event.Queued), exit(4, 102, 100, 100, 9, 0), sigchld(4, 100, event.Coalesced),
			deliver(5, 100), wait(6, 100, 101)},
			"100 alive\n  101 gone by its parent\n  102 zombie\n",
			func(c Counters) string {
				return fmt.Sprint(c.SigchldQueued, c.SigchldCoalesced, c.SigchldDelivered, c.ZombiesLeft, c.ExitSignals)
			}, "1 1 1 1 map[9:1]",
			[]string{"warning 100: 1 zombie, which its parent has never waited for",
				"note 100: 1 SIGCHLD was coalesced: sent while one was pending, so the handler ran once for 2 of " +
					"them; only a loop of waits reaps every child"}},
		{"the kernel reaps", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, event.AutoReap)},
			"100 alive\n  101 gone by the kernel\n",
			func(c Counters) string { return fmt.Sprint(c.AutoReaped, c.ZombiesPeak, c.ZombieMsTotal) }, "1 0 0",
			[]string{"note 0: the kernel itself reaped 1 process: its parent has SIGCHLD at SIG_IGN or SA_NOCLDWAIT, " +
				"or the PID namespace ended"}},
		{"reaped as it was created, and killed as its pidfd was closed", []event.Event{fork(2, 100, 101),
			{Time: at(3), Kind: event.Kill, Task: idOf(100), PID: 100, Signal: 9, TargetPID: 101, Target: 101,
				Flags: event.PidfdClosed}, exit(4, 101, 100, 100, 9, event.AutoReap|event.Asked), fork(5, 100, 102),
			exit(6, 102, 100, 100, 0, event.AutoReap)},
			"100 alive\n  101 gone by the kernel\n  102 gone by the kernel\n",
			func(c Counters) string { return fmt.Sprint(c.AutoReaped, c.ZombiesPeak) }, "2 0",
			[]string{"note 0: the kernel itself reaped 1 process: its parent has SIGCHLD at SIG_IGN or SA_NOCLDWAIT, " +
				"or the PID namespace ended",
				"note 0: the kernel itself reaped 1 process that was created so (CLONE_AUTOREAP)"}},
		{"zombies that are left wait until the end", []event.Event{fork(2, 100, 101), fork(2, 100, 102),
			fork(2, 100, 103), exit(3, 101, 100, 100, 0, 0),
			exit(5, 102, 100, 100, 0, 0), exit(7, 103, 100, 100, 0, 0), wait(8, 100, 101),
			{Kind: event.End, Time: at(105)}},
			"100 alive\n  101 gone by its parent\n  102 zombie\n  103 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ZombieMsTotal, c.ZombieMsMax) }, "203 100",
			[]string{"warning 100: 2 zombies, which their parent has never waited for"}},
		{"what an attached trace knows of waits", []event.Event{met(2, 50, 1, event.Alive),
			met(2, 51, 50, event.Zombie), {Kind: event.Snapshot, Time: at(2), Began: at(2)},
			{Kind: event.End, Time: at(2001)}},
			"50 alive\n  51 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ZombiesSeen, c.ZombieMsMax) }, "1 1999",
			[]string{"warning 50: 1 zombie, which its parent has not waited for while the trace looked on, 2.0 s"}},
		{"io_urings that tell, and one that does not", []event.Event{{Kind: event.IOUring, Time: at(2), Task: idOf(100),
			PID: 100},
			{Kind: event.IOUring, Time: at(3), Task: idOf(100), PID: 100}, fork(4, 100, 101),
			{Kind: event.IOUring, Time: at(5), Task: idOf(101), PID: 101, Flags: event.Unknown}},
			"100 alive\n  101 alive\n",
			func(c Counters) string { return fmt.Sprint(c.IOUrings) }, "3",
			[]string{"incomplete 101: io_uring was set up once: this kernel does not tell what is accepted and " +
				"closed through it, and it is not counted"}},
		{"reaped as the trace ends, by a wait that has not returned", []event.Event{fork(2, 100, 101),
			fork(3, 101, 102),
			exit(4, 101, 100, 1, 0, 0), wait(5, 100, 101), exit(6, 102, 1, 1, 0, 0), goneAtTheEnd(8, 102),
			exit(8, 100, 50, 1, 0, 0),
			{Kind: event.End, Time: at(8)}, wait(8, 1, 102)},
			"100 zombie\n  101 gone by its parent\n102 gone by another\n",
			func(c Counters) string {
				return fmt.Sprint(c.ZombiesLeft, c.ReapedByParent, c.ReapedByOther, c.ReapedUnseen)
			}, "0 1 1 0", nil},
		{"reaped before the trace ends, by nothing that is seen", []event.Event{fork(2, 100, 101),
			exit(4, 101, 100, 100, 0, 0), goneAtTheEnd(8, 101),
			exit(8, 100, 50, 1, 0, 0), {Kind: event.End, Time: at(8)}, released(20, 101)},
			"100 zombie\n  101 gone not reaped\n",
			func(c Counters) string { return fmt.Sprint(c.ZombiesLeft, c.ReapedByParent, c.ReapedUnseen) }, "0 0 1",
			[]string{"incomplete 0: 1 process was reaped by a call that the probes do not see"}},
		{"reaped after the trace", []event.Event{fork(2, 100, 101), exit(4, 101, 100, 100, 0, 0),
			exit(8, 100, 50, 1, 0, 0), {Kind: event.End, Time: at(8)},
			released(20, 101)},
			"100 zombie\n101 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ZombiesLeft, c.ReapedByParent, c.ReapedUnseen) }, "1 0 0",
			[]string{"warning 0: 1 zombie was left to the process that adopted it: its parent ended without a wait"}},
		{"a wait that gets what the kernel was to reap", []event.Event{fork(2, 100, 101),
			exit(3, 101, 100, 100, 0, event.AutoReap), wait(4, 100, 101)},
			"100 alive\n  101 gone by its parent\n",
			func(c Counters) string { return fmt.Sprint(c.AutoReaped, c.ReapedByParent, c.ReapedByOther) }, "0 1 0",
			nil},
		{"a debugger looks, and the kernel reaps", []event.Event{fork(2, 100, 101), fork(2, 100, 102),
			exit(3, 101, 100, 100, 0, event.AutoReap|event.Debugged),
			autoReaped(5, 101), wait(5, 102, 101)},
			"100 alive\n  101 gone by the kernel\n  102 alive\n",
			func(c Counters) string { return fmt.Sprint(c.AutoReaped, c.ReapedByOther, c.ZombiesPeak) }, "1 0 1",
			[]string{"note 0: the kernel itself reaped 1 process: its parent has SIGCHLD at SIG_IGN or SA_NOCLDWAIT, " +
				"or the PID namespace ended"}},
		{"a debugger looks, and the parent waits", []event.Event{fork(2, 100, 101), fork(2, 100, 102),
			exit(3, 101, 100, 100, 0, event.Debugged),
			wait(5, 102, 101), wait(6, 100, 101)},
			"100 alive\n  101 gone by its parent\n  102 alive\n",
			func(c Counters) string { return fmt.Sprint(c.AutoReaped, c.ReapedByOther, c.ReapedByParent) }, "0 0 1",
			nil},
		{"orphans go to init, alive and dead", []event.Event{fork(2, 100, 101), fork(3, 101, 102), fork(3, 101, 103),
			exit(4, 103, 101, 1, 0, 0),
			exit(5, 101, 100, 1, 0, 0), wait(6, 100, 101), {Time: at(7), Kind: event.Wait, PID: 1, Child: idOf(103),
				Flags: event.Untraced}},
			"100 alive\n  101 gone by its parent\n102 alive\n103 gone by another\n",
			func(c Counters) string {
				return fmt.Sprint(c.Reparented, c.ReapedByOther, c.ReapedByParent, c.TreeDepth)
			}, "2 1 1 2", nil},
		{"a subreaper inside", []event.Event{fork(2, 100, 101), fork(3, 101, 102), exit(4, 101, 100, 100, 0, 0),
			exit(5, 102, 100, 100, 0, 0), wait(6, 100, 102)},
			"100 alive\n  101 zombie\n  102 gone by another\n",
			func(c Counters) string { return fmt.Sprint(c.Reparented, c.ReapedByOther, c.ZombiesNow) }, "1 1 1",
			[]string{"warning 100: 1 zombie, which its parent has never waited for"}},
		{"orphaned zombies", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, 0),
			exit(4, 100, 50, 1, 0, event.Root)},
			"100 zombie\n101 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesExited, c.Reparented, c.ZombiesLeft) }, "1 1 1",
			[]string{"warning 0: 1 zombie was left to the process that adopted it: its parent ended without a wait"}},
		{"the leader ends before its thread", []event.Event{
			{Time: at(2), Kind: event.Fork, Task: idOf(100), PID: 100, Child: idOf(101), ChildPID: 100,
				CloneFlags: event.CloneThread},
			{Time: at(3), Kind: event.Exit, Task: idOf(100), PID: 100}},
			"100 alive, leader ended, 1 threads\n",
			func(c Counters) string { return fmt.Sprint(c.ThreadsCreated, c.ThreadsExited, c.ProcessesExited) },
			"1 0 0", nil},
		{"exec by a thread", []event.Event{
			{Time: at(2), Kind: event.Fork, Task: idOf(100), PID: 100, Child: idOf(101), ChildPID: 100,
				CloneFlags: event.CloneThread},
			{Time: at(3), Kind: event.Exit, Task: idOf(100), PID: 100},
			{Time: at(3), Kind: event.Exec, Task: idOf(100), PID: 100, OldTID: 101}},
			"100 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ThreadsCreated, c.ThreadsExited, c.Execs) }, "1 0 1", nil},
		{"a pid again", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, 0), wait(4, 100, 101),
			fork(5, 100, 101)},
			"100 alive\n  101 gone by its parent\n  101 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesCreated, c.ProcessesExited) }, "2 1", nil},
		{"waitid without siginfo, release first", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, 0),
			released(4, 101), waitidNoInfo(5, 100)},
			"100 alive\n  101 gone by its parent\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.ReapedByOther, c.ZombieMsMax) }, "1 0 1",
			nil},
		{"waitid without siginfo, and the end of the caller before the release; the subreaper ignores SIGCHLD",
			[]event.Event{
				fork(2, 100, 101), fork(2, 101, 102), exit(3, 102, 101, 100, 0, 0), waitidNoInfo(4, 101),
				exit(5, 101, 100, 100, 0, event.AutoReap|event.ReaperIgnores), released(9, 102), released(9, 101)},
			"100 alive\n  101 gone by the kernel\n  102 gone by its parent\n",
			func(c Counters) string {
				return fmt.Sprint(c.ReapedByParent, c.AutoReaped, c.Reparented, c.ZombieMsMax)
			}, "1 1 0 1",
			[]string{"note 0: the kernel itself reaped 1 process: its parent has SIGCHLD at SIG_IGN or SA_NOCLDWAIT, " +
				"or the PID namespace ended"}},
		{"the same in the init of a PID namespace", []event.Event{fork(2, 100, 101), fork(2, 101, 102),
			exit(3, 102, 101, 101, 0, 0), waitidNoInfo(4, 101),
			exit(5, 101, 100, 0, 0, 0), released(9, 102), wait(10, 100, 101)},
			"100 alive\n  101 gone by its parent\n    102 gone by its parent\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.AutoReaped, c.Reparented) }, "2 0 0", nil},
		{"waitid without siginfo of one of two, and both are handed on twice", []event.Event{
			fork(2, 100, 101), fork(2, 101, 102), fork(2, 102, 103), fork(2, 102, 104), exit(3, 103, 102, 101, 0, 0),
			exit(3, 104, 102, 101, 0, 0),
			waitidNoInfo(4, 102), exit(5, 102, 101, 101, 0, 0), exit(6, 101, 100, 100, 0, 0), released(7, 103),
			wait(8, 100, 104)},
			"100 alive\n  101 zombie\n  102 zombie\n  103 gone by its parent\n  104 gone by another\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.ReapedByOther, c.Reparented) }, "1 1 3",
			[]string{"warning 100: 1 zombie, which its parent has never waited for",
				"warning 0: 1 zombie was left to the process that adopted it: its parent ended without a wait"}},
		{"waitid without siginfo, and the id again before the release", []event.Event{fork(2, 100, 101),
			exit(3, 101, 100, 100, 0, 0), waitidNoInfo(4, 100),
			fork(5, 100, 101)},
			"100 alive\n  101 gone by its parent\n  101 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.ReapedByOther, c.ZombieMsMax) }, "1 0 1",
			nil},
		{"waitid with WNOHANG and without siginfo, which reaps nobody", []event.Event{fork(2, 100, 101),
			exit(3, 101, 100, 100, 0, 0),
			waitidNoInfo(4, 100), waitidNoInfo(5, 100), waitidNoInfo(6, 100), released(7, 101), fork(10, 100, 102),
			exit(20, 102, 100, 100, 0, 0),
			released(21, 102), waitidNoInfo(22, 100)},
			"100 alive\n  101 gone by its parent\n  102 gone by its parent\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.ReapedByOther, c.ZombieMsTotal) }, "2 0 2",
			nil},
		{"WNOWAIT is no reaping", []event.Event{fork(2, 100, 101), exit(3, 101, 100, 100, 0, 0),
			{Time: at(4), Kind: event.Wait, PID: 100, Child: idOf(101), Flags: event.Peek}},
			"100 alive\n  101 zombie\n",
			func(c Counters) string { return fmt.Sprint(c.ReapedByParent, c.ZombiesNow) }, "0 1",
			[]string{"warning 100: 1 zombie, which its parent has never waited for"}},
		{"exits that the kernel skipped: each wait implies one, before and after that is known",
			[]event.Event{fork(2, 100, 101), fork(2, 100, 102),
				wait(4, 100, 101), {Time: at(5), Kind: event.Lost, Lost: event.Exit, Count: 2, Flags: event.Guessed},
				wait(6, 100, 102)},
			"100 alive\n  101 gone by its parent\n  102 gone by its parent\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesExited, c.ReapedByParent, c.ExitCodes[0]) }, "2 2 2",
			[]string{"incomplete 0: 2 events were lost (2 exit): the counters are lower bounds; the kernel skipped " +
				"the programs that would have told"}},
		{"an exit that the kernel skipped, of one whose child goes to a subreaper: it is handed on once",
			[]event.Event{fork(2, 100, 101), fork(3, 101, 102),
				wait(4, 100, 101), {Time: at(5), Kind: event.Lost, Lost: event.Exit, Count: 1, Flags: event.Guessed},
				seen(6, 102, 100, event.Alive)},
			"100 alive\n  101 gone by its parent\n  102 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesExited, c.ReapedByParent, c.Reparented) }, "1 1 1",
			[]string{"incomplete 0: 1 event was lost (1 exit): the counters are lower bounds; the kernel skipped the " +
				"programs that would have told"}},
		{"a lost fork", []event.Event{fork(2, 100, 101), {Time: at(3), Kind: event.Lost, Lost: event.Fork, Count: 1},
			seen(4, 102, 100, event.Alive)},
			"100 alive\n  101 alive\n  102 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesCreated, c.EventsLost) }, "2 1",
			[]string{"incomplete 0: 1 event was lost (1 fork): the counters are lower bounds, but for who reaped: " +
				"the parent of a child found later is the one it has then; a larger --buffer avoids it"}},
		{"a loss", []event.Event{fork(2, 100, 101), {Time: at(3), Kind: event.Lost, Lost: event.Exit, Count: 1},
			fork(4, 100, 101)},
			"100 alive\n  101 gone not reaped\n  101 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ProcessesCreated, c.ProcessesExited, c.EventsLost) }, "2 1 1",
			[]string{"incomplete 0: 1 event was lost (1 exit): the counters are lower bounds; a larger --buffer " +
				"avoids it",
				"incomplete 0: 1 process was reaped by a wait that was lost, or by a call that the probes do not see"}},
		{"a snapshot after a loss", []event.Event{fork(2, 100, 101), fork(2, 100, 102),
			{Time: at(3), Kind: event.Lost, Lost: event.Exit, Count: 2},
			seen(5, 100, 50, event.Alive), seen(5, 102, 100, event.Zombie), seen(5, 103, 100, event.Alive),
			{Time: at(6), Kind: event.Snapshot, Began: at(5), Flags: event.Guessed}},
			"100 alive\n  101 gone not reaped\n  102 zombie\n  103 alive\n",
			func(c Counters) string {
				return fmt.Sprint(c.ProcessesCreated, c.ProcessesExited, c.ZombiesNow, c.ReapedUnseen, c.EventsLost)
			}, "3 2 1 1 2",
			[]string{"incomplete 0: 2 events were lost (2 exit): the counters are lower bounds; a larger --buffer " +
				"avoids it",
				"incomplete 0: 1 process was reaped by a wait that was lost, or by a call that the probes do not see",
				"warning 100: 1 zombie, which its parent has never waited for"}},
		{"after a loss, parents end before it is known which of their children were there still",
			[]event.Event{fork(2, 100, 101),
				fork(2, 101, 102), fork(2, 101, 103), fork(2, 101, 104), fork(2, 101, 105),
				exit(3, 102, 101, 101, 0, 0),
				{Time: at(4), Kind: event.Lost, Lost: event.Wait, Count: 2}, exit(5, 101, 100, 100, 0, 0),
				exit(6, 105, 100, 100, 0, 0),
				seen(7, 100, 50, event.Alive), seen(7, 101, 100, event.Zombie), seen(7, 104, 100, event.Alive),
				{Time: at(8), Kind: event.Snapshot, Began: at(7), Flags: event.Guessed}},
			"100 alive\n  101 zombie\n  102 gone not reaped\n  103 gone not reaped\n  104 alive\n  105 gone not " +
				"reaped\n",
			func(c Counters) string {
				return fmt.Sprint(c.ProcessesExited, c.Reparented, c.ReapedByParent, c.ReapedByOther, c.ReapedUnseen)
			}, "4 2 0 1 2",
			[]string{"incomplete 0: 2 events were lost (2 wait): the counters are lower bounds, but for zombies_peak " +
				"and reparented: a child whose reaping was lost is a zombie until it is found gone; a larger " +
				"--buffer avoids it",
				"incomplete 0: 3 processes were reaped by a wait that was lost, or by a call that the probes do not " +
					"see",
				"warning 100: 1 zombie, which its parent has never waited for"}},
		{"after a loss, a parent is seen that has ended and is about to hand its child on",
			[]event.Event{fork(2, 100, 101), fork(2, 101, 102),
				{Time: at(3), Kind: event.Lost, Lost: event.Wait, Count: 1}, exit(4, 101, 100, 100, 0, 0),
				seen(5, 100, 50, event.Alive), seen(5, 101, 100, event.Zombie), seen(5, 102, 101, event.Alive),
				{Time: at(6), Kind: event.Snapshot, Began: at(5), Flags: event.Guessed},
				wait(7, 100, 101), exit(8, 102, 100, 100, 0, 0), wait(9, 100, 102)},
			"100 alive\n  101 gone by its parent\n  102 gone by another\n",
			func(c Counters) string {
				return fmt.Sprint(c.ZombiesNow, c.Reparented, c.ReapedByParent, c.ReapedByOther)
			}, "0 1 1 1",
			[]string{"incomplete 0: 1 event was lost (1 wait): the counters are lower bounds, but for zombies_peak " +
				"and reparented: a child whose reaping was lost is a zombie until it is found gone; a larger " +
				"--buffer avoids it"}},
		{"closes are lost: of a worker that ended, of one that has a child, of one that sent it to another, of what " +
			"came after", []event.Event{
			fork(2, 100, 101), fork(2, 100, 102), fork(2, 100, 103), fork(2, 100, 104),
			accepted(3, 101, 1), accepted(3, 102, 2), accepted(3, 103, 3), started(fork(4, 102, 105), 4),
			fork(4, 100, 106),
			{Time: at(4), Kind: event.Serve, Task: idOf(104), PID: 104, Connection: 3, BytesRead: 1},
			exit(5, 101, 100, 1, 0, event.AutoReap), exit(5, 102, 100, 1, 0, 0),
			exit(5, 103, 100, 1, 0, event.AutoReap),
			{Time: at(6), Kind: event.Lost, Lost: event.Close, Count: 3}, accepted(7, 106, 4),
			exit(7, 106, 100, 1, 0, event.AutoReap),
			seen(8, 100, 50, event.Alive), seen(8, 102, 100, event.Zombie), seen(8, 104, 100, event.Alive),
			started(seen(8, 105, 1, event.Alive), 4),
			{Time: at(9), Kind: event.Snapshot, Began: at(8), Flags: event.Guessed}},
			"100 alive\n  101 gone by the kernel\n  102 zombie\n  103 gone by the kernel\n  104 alive\n  106 gone by " +
				"the kernel\n105 alive\n",
			func(c Counters) string { return fmt.Sprint(c.ConnectionsOpen, c.ConnectionsPeak) }, "3 4",
			[]string{"incomplete 0: 3 events were lost (3 close): the counters are lower bounds; a larger --buffer " +
				"avoids it",
				"incomplete 0: the close of 1 connection was lost: nobody is left who can have held it, so it is " +
					"taken for closed",
				"warning 100: 1 zombie, which its parent has never waited for",
				"note 0: the kernel itself reaped 3 processes: their parent has SIGCHLD at SIG_IGN or SA_NOCLDWAIT, " +
					"or the PID namespace ended"}},
	} {
		t.Run(s.name, func(t *testing.T) {
			m := New(Options{})
			for _, e := range append([]event.Event{launch()}, s.events...) {
				m.Apply(&e)
				if err := m.Check(); err != nil {
					t.Fatalf("after %v at %v: %v", e.Kind, e.Time, err)
				}
			}
			if diff := cmp.Diff(s.forest, forestText(m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := s.counters(m.Counters()); got != s.says {
				t.Errorf("counters %s, want %s", got, s.says)
			}
			var found []string
			for _, f := range m.Findings() {
				sentence := words.English().Finding(f.ID, f.Arguments)
				found = append(found, fmt.Sprintf("%v %d: %s", f.Severity, f.PID, sentence))
			}
			if diff := cmp.Diff(s.findings, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGoneLeave: the reaped stay as long as they linger, and no more of them than are asked for.
func TestGoneLeave(t *testing.T) {
	m := New(Options{Linger: 5e9, MaxGone: 3})
	apply := func(events ...event.Event) {
		for i := range events {
			m.Apply(&events[i])
		}
	}
	apply(launch())
	for pid := 101; pid <= 105; pid++ {
		apply(fork(2, 100, pid), exit(3, pid, 100, 100, 0, 0), wait(4, 100, pid))
	}
	if got := strings.Count(forestText(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown, want 3", got)
	}
	m.Advance(at(5004))
	if got := strings.Count(forestText(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown before their time, want 3", got)
	}
	m.Advance(at(5005))
	if got := forestText(m); got != "100 alive\n" {
		t.Errorf("the forest is\n%s", got)
	}
}

func TestZombieFoundAfterALossHasItsName(t *testing.T) {
	zombie := seen(4, 101, 100, event.Zombie)
	zombie.Comm = "name"
	nameless := exit(3, 101, 100, 100, 0, 0)
	nameless.Comm = ""
	m := New(Options{})
	for _, e := range []event.Event{launch(), nameless, zombie} {
		m.Apply(&e)
	}
	if p := m.forest.processes[101]; p == nil || p.State != Zombie || p.Comm != "name" {
		t.Errorf("got %+v, want a zombie with its name", p)
	}
}
