package words

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/text"
)

func TestStatusText(t *testing.T) {
	for status, want := range map[int32]string{
		0: "exit 0", 3 << 8: "exit 3", 255 << 8: "exit 255",
		9: "SIGKILL", 11 | 0x80: "SIGSEGV, core dumped", 36: "SIGRTMIN+2", 34: "SIGRTMIN",
		0x137f: "stopped by SIGSTOP", 0xffff: "continued",
	} {
		if got := English().StatusText(status); got != want {
			t.Errorf("StatusText(%#x) = %q, want %q", status, got, want)
		}
	}
}

func TestEveryKindHasASentence(t *testing.T) {
	for _, k := range event.Kinds() {
		if sentences[k] == nil {
			t.Errorf("no sentence for %v", k)
		}
	}
}

func task(tid event.TID) event.Task { return event.Task{TID: tid, Start: event.Time(tid)} }

func TestEventLine(t *testing.T) {
	for _, c := range []struct {
		e    event.Event
		want string
	}{
		{event.Event{Kind: event.Seen, PID: 7, Task: task(7), Comm: "ng\x1binx"}, `runs already: ng\x1binx`},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(8), Comm: "worker"}, "runs already: worker"},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(7), Flags: event.Root}, "launched by tracer"},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(7), Comm: "x", State: event.Zombie, Status: 3 << 8,
			Parent: 5}, "is a zombie already: x, exit 3; 5 must reap it"},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(7), Comm: "x", State: event.LeaderEnded},
			"runs already: x, its leader exited"},
		{event.Event{Kind: event.Snapshot, Flags: event.Guessed}, "all that runs has been seen (guessed after a loss)"},
		{event.Event{Kind: event.Fork, PID: 1, Task: task(1), ChildPID: 9, ExitSignal: event.SIGCHLD,
			Flags: event.Untraced}, "fork -> 9 (by a process that is not traced)"},
		{event.Event{Kind: event.Fork, ChildPID: 1234, Child: task(1234), ExitSignal: 17}, "fork -> 1234"},
		{event.Event{Kind: event.Fork, ChildPID: 1234, ExitSignal: 17, CloneFlags: event.CloneVfork}, "vfork -> 1234"},
		{event.Event{Kind: event.Fork, ChildPID: 5, ExitSignal: 10, CloneFlags: event.CloneParent},
			"fork -> 5, as its sibling (CLONE_PARENT), sends SIGUSR1 at its end"},
		{event.Event{Kind: event.Fork, ChildPID: 5, CloneFlags: event.CloneNewPID},
			"fork -> 5, init of a new PID namespace, no signal at its end"},
		{event.Event{Kind: event.Fork, Child: task(9), CloneFlags: event.CloneThread, ExitSignal: -1},
			"new thread -> 9"},
		{event.Event{Kind: event.Exec, Task: task(7), Path: "/bin/ls", Args: "ls\x00-l\x00"}, "exec /bin/ls -l"},
		{event.Event{Kind: event.Exec, Task: task(7), Path: "/bin/busybox", Args: "ls\x00-l\x00a b\x00"},
			"exec /bin/busybox as ls -l 'a b'"},
		{event.Event{Kind: event.Exec, Task: task(7), Path: "/bin/sh", Args: "/bin/sh\x00-c\x00x\x00"},
			"exec /bin/sh -c x"},
		{event.Event{Kind: event.Exec, Task: task(7), OldTID: 9, Path: "/b", Flags: event.PathTruncated},
			"exec /b... (thread 9 becomes the leader)"},
		{event.Event{Kind: event.Exec, Task: task(7), Path: "/b", Args: "b\x00", Flags: event.ArgsTruncated},
			"exec /b..."},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead}, "exit 0"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Status: 9, Flags: event.GroupDead}, "killed by SIGKILL"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.AutoReap},
			"exit 0, reaped by the kernel"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.Debugged},
			"exit 0, its debugger is told first"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.Debugged | event.AutoReap},
			"exit 0, its debugger is told first, then the kernel reaps it"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.Debugged,
			Rare: &event.Rare{Debugger: 50}},
			"exit 0, its debugger, 50, is told first"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.HasChildren, Reaper: 1},
			"exit 0, its children go to 1 (init)"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.HasChildren, Reaper: 90,
			Rare: &event.Rare{ReaperComm: "a\nb"}}, "exit 0, its children go to 90 (a\\nb)"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead, Reaper: 1}, "exit 0"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.HasChildren}, "exit 0"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7)}, "leader exited (exit 0), its threads run on"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(8)}, "exited"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Code: 1}, "SIGCHLD -> 1200 queued"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Code: 1, Result: event.Coalesced},
			"SIGCHLD -> 1200 coalesced"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Result: event.Ignored, Code: 5},
			"SIGCHLD -> 1200 discarded (default action) (child stopped)"},
		{event.Event{Kind: event.Deliver, Signal: 17}, "SIGCHLD handler runs"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, Child: task(1234), Waited: 1_200_000},
			"wait4 = 1234 after 1.20 ms"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, Child: task(1234), Flags: event.Peek},
			"waitid = 1234, a look only (WNOWAIT)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, Child: task(1234), Status: 0x137f, Flags: event.Stopped},
			"waitid = 1234, stopped by SIGSTOP"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDProcess, ID: 8, Flags: event.Interrupted,
			Waited: 1_200_000}, "wait4(8): interrupted by a signal after 1.20 ms"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDProcess, ID: 8, Flags: event.Stopped},
			"waitid(P_PID 8): a child stopped or went on (which one is not told)"},
		{event.Event{Kind: event.Waiting, Call: event.Wait4, IDType: event.IDProcess, ID: 8}, "waits in wait4(8)"},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(8), Comm: "x", Call: event.Wait4, IDType: event.IDProcess,
			ID: 8}, "runs already: x, in wait4(8)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, Flags: event.Unknown},
			"waitid reaps a child (which one is not told)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, Child: task(3), Flags: event.Untraced},
			"wait4 = 3 (not traced)"},
		{event.Event{Kind: event.Release, PID: 7, Task: task(7)}, "left the kernel"},
		{event.Event{Kind: event.Release, PID: 7, Task: task(8)}, "left the kernel"},
		{event.Event{Kind: event.Accept, Connection: 1, FD: 5,
			Socket: &event.Socket{Peer: "127.0.0.1:53422", Queue: 3, Backlog: 128}},
			"accept 127.0.0.1:53422 as connection 1 (fd 5, 3 queued of 128)"},
		{event.Event{Kind: event.Accept, Connection: 2, FD: 5,
			Socket: &event.Socket{Peer: "unix:", Backlog: 128, Queued: 1_200_000}},
			"accept unix (unnamed) as connection 2 (fd 5, 0 queued of 128) after 1.20 ms in the backlog"},
		{event.Event{Kind: event.Serve, Connection: 2, BytesRead: 64}, "reads 64 bytes of connection 2"},
		{event.Event{Kind: event.Serve, Connection: 2, BytesWritten: 1}, "writes 1 byte to connection 2"},
		{event.Event{Kind: event.Close, Connection: 2, BytesRead: 64}, "closes connection 2 (64 bytes in, 0 out)"},
		{event.Event{Kind: event.Close, Connection: 2, Flags: event.Unknown},
			"the kernel ends connection 2 (0 bytes in, 0 out)"},
		{event.Event{Kind: event.Datagram, Socket: &event.Socket{Local: "127.0.0.1:53"}, BytesRead: 9},
			"datagram of 9 bytes on 127.0.0.1:53"},
		{event.Event{Kind: event.Kill, Task: task(7), PID: 7, Signal: 15, TargetPID: 8}, "SIGTERM -> 8 queued"},
		{event.Event{Kind: event.Kill, Signal: 2, TargetPID: 8}, "SIGINT -> 8 queued (sent by the kernel)"},
		{event.Event{Kind: event.Kill, Task: task(7), Signal: 9, TargetPID: 8, Flags: event.Untraced},
			"SIGKILL -> 8 queued (not traced)"},
		{event.Event{Kind: event.Kill, Task: task(7), Signal: 15, TargetPID: 8, Flags: event.Untraced | event.Root},
			"SIGTERM -> 8 queued (by tracer)"},
		{event.Event{Kind: event.Stop, Signal: 19}, "stopped by SIGSTOP"},
		{event.Event{Kind: event.Control, Signal: 9, TargetPID: 7, Rare: &event.Rare{Action: event.SendSignal}},
			"the user sends SIGKILL to 7"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetReap, Setting: "once\x1b"}},
			"the user has the server reap by --reap once\\x1b"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetRate, Setting: "0"}},
			"the user holds the clients"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetRate, Setting: "0.5"}},
			"the user has clients come at 0.5 times the rate asked for"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SendBurst, Setting: "50"}},
			"the user has 50 clients come at once"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetConcurrency, Setting: "8"}},
			"the user limits the clients at once to 8"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetWork, Setting: "sleep=1s"}},
			"the user has a request do --work sleep=1s"},
		{event.Event{Kind: event.Control, Rare: &event.Rare{Action: event.SetModel, Setting: "thread"}},
			"the user has the model thread go on in the server's place"},
		{event.Event{Kind: event.Control}, "the user changes something"},
		{event.Event{Kind: event.Dispose, Signal: 17, Disposition: event.Ignore},
			"SIGCHLD at SIG_IGN: not sent, the kernel reaps"},
		{event.Event{Kind: event.Dispose, Signal: 17, Disposition: event.Handler, Flags: event.NoCldWait |
			event.Blocked},
			"SIGCHLD has a handler, SA_NOCLDWAIT: the kernel will reap its children, blocked"},
		{event.Event{Kind: event.Dispose, Signal: 17, Disposition: event.Default, Flags: event.Blocked |
			event.SignalFD},
			"SIGCHLD at its default action, blocked, for a signalfd to read"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Code: 1, Flags: event.Blocked},
			"SIGCHLD -> 1200 queued, blocked"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Code: 1, Flags: event.Blocked,
			Result: event.Coalesced, PID: 7, SiPID: 7}, "SIGCHLD -> 1200 coalesced, blocked"},
		{event.Event{Kind: event.Signal, Signal: 17, TargetPID: 1200, Code: 1, PID: 9, SiPID: 7},
			"SIGCHLD -> 1200 queued (about child 7)"},
		{event.Event{Kind: event.Seen, Task: task(7), PID: 7, Comm: "a", StopSignal: 20, Disposition: event.Handler,
			Flags: event.Blocked | event.Pending},
			"runs already: a, stopped by SIGTSTP, SIGCHLD has a handler, blocked, a SIGCHLD is pending"},
		{event.Event{Kind: event.Exec, Path: "/bin/ls", Args: "ls\x00", Disposition: event.Ignore,
			Flags: event.Blocked}, "exec /bin/ls, SIGCHLD ignored since before, SIGCHLD blocked since before"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, Flags: event.NoChild},
			"wait4: no child to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDAll, Flags: event.NoChild},
			"wait4(-1): no child to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDProcess, ID: 8, Flags: event.NoChild},
			"wait4(8): no child 8 to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDGroup, ID: 7, Flags: event.NoChild},
			"wait4(-7): no child in group 7 to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDGroup, Flags: event.NoChild},
			"wait4(0): no child in its own group to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDPidfd, Flags: event.NoChild},
			"waitid(P_PIDFD): no child to wait for (ECHILD)"},
		{event.Event{Kind: event.Wait, Call: event.Wait4, IDType: event.IDProcess, ID: 8, Flags: event.Nothing},
			"wait4(8): no status of child 8 yet (WNOHANG)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDPidfd, ID: 8, Flags: event.Nothing},
			"waitid(P_PIDFD of 8): no status of child 8 yet (WNOHANG)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDGroup, ID: 7, Flags: event.Nothing},
			"waitid(P_PGID 7): no status of a child in group 7 yet (WNOHANG)"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDGroup, Flags: event.Nothing},
			"waitid(P_PGID 0): no status of a child in its own group yet (WNOHANG)"},
		{event.Event{Kind: event.Wait, Call: event.Ring, IDType: event.IDProcess, ID: 8, Child: task(8)},
			"waitid(P_PID 8) by io_uring = 8"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, IDType: event.IDAll, Child: task(8)}, "waitid(P_ALL) = 8"},
		{event.Event{Kind: event.Wait, Child: task(8)}, "wait in the kernel = 8"},
		{event.Event{Kind: event.Wait, Call: event.Waitid, Flags: event.Nothing},
			"waitid: no status of a child yet (WNOHANG)"},
		{event.Event{Kind: event.Lost, Lost: event.Fork, Count: 1}, "LOST 1 fork event: the ring buffer was full"},
		{event.Event{Kind: event.Lost, Flags: event.Guessed, Lost: event.Exit, Count: 2},
			"LOST at most 2 exit events: the kernel skipped the programs that would have told"},
		{event.Event{Kind: event.Lost, Lost: event.Wait, Count: 1700},
			"LOST 1,700 wait events: the ring buffer was full"},
		{event.Event{Kind: event.End}, "the trace ended"},
		{event.Event{Kind: event.Spawn, Runtime: event.Goroutine, Coroutine: 18, Creator: 1},
			"new goroutine 18, by goroutine 1"},
		{event.Event{Kind: event.Spawn, Runtime: event.Greenlet, Coroutine: 0x1f40}, "new greenlet 0x1f40"},
		{event.Event{Kind: event.Spawn, Runtime: event.Greenlet, Coroutine: 0x1f40,
			Rare: &event.Rare{Class: "gevent.hub.Hub"}}, "new Hub 0x1f40"},
		{event.Event{Kind: event.Spawn, Runtime: event.Greenlet, Coroutine: 0x1f40,
			Rare: &event.Rare{Class: "a.\x1b[7m"}}, `new \x1b[7m 0x1f40`},
		{event.Event{Kind: event.Switch, Runtime: event.Coro, Coroutine: 5, Previous: 1}, "switch -> coroutine 5"},
		{event.Event{Kind: event.Switch, Runtime: event.Coro, Previous: 5},
			"coroutine 5 gives control back to its caller"},
		{event.Event{Kind: event.Switch, Runtime: event.Goroutine, Previous: 5}, "goroutine 5 leaves its thread"},
		{event.Event{Kind: event.Switch, Runtime: event.Goroutine}, "a goroutine leaves its thread"},
		{event.Event{Kind: event.Finish, Runtime: event.Goroutine, Coroutine: 0xc000123456},
			"goroutine 0xc000123456 ended"},
		{event.Event{Kind: event.Finish, Runtime: event.Coro, Coroutine: 5, How: event.Returned}, "coroutine 5 ended"},
		{event.Event{Kind: event.Finish, Runtime: event.Coro, Coroutine: 5, How: event.Failed},
			"coroutine 5 ended by an error"},
		{event.Event{Kind: event.Finish, Runtime: event.Coro, Coroutine: 5, How: event.Exited},
			"coroutine 5 was told to end"},
		{event.Event{Kind: event.Finish, Runtime: event.Coro, Coroutine: 5, How: event.Panicked},
			"coroutine 5 panicked"},
		{event.Event{Kind: event.Request, Line: "GET /\x1b[2J HTTP/1.1", Connection: 3},
			`reads GET /\x1b[2J HTTP/1.1 on connection 3`},
		{event.Event{Kind: event.Response, Line: "HTTP/1.1 200", Flags: event.PathTruncated, Connection: 3},
			"answers HTTP/1.1 200... on connection 3"},
		{event.Event{Kind: event.Fork, Child: task(1234), ChildPID: 1234, InnerPID: 2, ExitSignal: 17},
			"fork -> 1234 (2 inside)"},
		{event.Event{Kind: event.Subreaper, Subreaper: event.Set},
			"is a subreaper: it inherits the orphans among its descendants"},
		{event.Event{Kind: event.Subreaper, Subreaper: event.Unset},
			"is not a subreaper: it does not inherit orphans"},
		{event.Event{Kind: event.Seen, PID: 7, Task: task(7), Comm: "init", Subreaper: event.Set},
			"runs already: init, is a subreaper"},
		{event.Event{Kind: event.Rename, Comm: "a\nb"}, `is now called a\nb`},
		{event.Event{Kind: event.Fork, ChildPID: 5, CloneFlags: event.CloneAutoreap | event.CloneNNP |
			event.ClonePidfdAutokill},
			"fork -> 5, without new privileges, killed when its pidfd is closed, reaped by the kernel at its end"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Flags: event.GroupDead | event.AutoReap | event.Asked},
			"exit 0, reaped by the kernel, as it was created to be"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 9, TargetPID: 5, Flags: event.PidfdClosed},
			"SIGKILL -> 5 queued (its pidfd was closed)"},
		{event.Event{Kind: event.Signal, PID: 9, Task: task(9), Signal: 17, TargetPID: 5, SiPID: 9},
			"SIGCHLD -> 5 queued (sent by a call, not as a child ended)"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 15, TargetPID: 5, Comm: "a\nb",
			Flags: event.Untraced}, `SIGTERM -> 5 queued (by a\nb, not traced)`},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(9), Signal: 15, TargetPID: 5, Reason: event.ParentDeath,
			Flags: event.Untraced},
			"SIGTERM -> 5 queued (parent-death signal: thread 9, which was its parent, ended)"},
		{event.Event{Kind: event.Kill, Signal: 14, TargetPID: 5, Reason: event.Timer},
			"SIGALRM -> 5 queued (its timer expired)"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 15, TargetPID: 5,
			Flags: event.Blocked | event.SignalFD}, "SIGTERM -> 5 queued, blocked, for a signalfd to read"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 1, TargetPID: 5, Result: event.Ignored,
			Disposition: event.Ignore}, "SIGHUP -> 5 discarded (SIG_IGN)"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 15, TargetPID: 5, Result: event.Protected},
			"SIGTERM -> 5 discarded (an init has no default action)"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 15, TargetPID: 5, Result: event.Ending},
			"SIGTERM -> 5 discarded (it is ending already)"},
		{event.Event{Kind: event.Kill, PID: 7, Task: task(7), Signal: 18, TargetPID: 5, Result: event.Ignored,
			Disposition: event.Default}, "SIGCONT -> 5, which continues if it is stopped"},
		{event.Event{Kind: event.Dispose, Signal: 17, Disposition: event.Ignore, Flags: event.NoCldWait},
			"SIGCHLD at SIG_IGN: not sent, the kernel reaps"},
		{event.Event{Kind: event.Deliver, Signal: 15, Disposition: event.Handler}, "SIGTERM handler runs"},
		{event.Event{Kind: event.Deliver, Signal: 15, Call: event.Sigtimedwait}, "takes SIGTERM by sigtimedwait"},
		{event.Event{Kind: event.Deliver, Signal: 1, Disposition: event.Ignore},
			"SIGHUP is blocked no longer, discarded (SIG_IGN)"},
		{event.Event{Kind: event.Deliver, Signal: 20, Disposition: event.Default, Result: event.Orphaned},
			"SIGTSTP discarded: its process group is orphaned"},
		{event.Event{Kind: event.Deliver, Signal: 20, Disposition: event.Default, Result: event.Protected},
			"SIGTSTP is blocked no longer, discarded (an init has no default action)"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Status: 9, Flags: event.GroupDead | event.OutOfMemory},
			"killed by SIGKILL, chosen by the kernel as memory ran out"},
		{event.Event{Kind: event.Exit, PID: 7, Task: task(7), Status: 15, Flags: event.GroupDead | event.OutOfMemory},
			"killed by SIGTERM"},
		{event.Event{Kind: event.IOUring}, "sets up an io_uring"},
		{event.Event{Kind: event.IOUring, Flags: event.Unknown},
			"sets up an io_uring: what it accepts through that is not seen"},
		{event.Event{Kind: event.Finish, Runtime: event.Greenlet, Coroutine: 5, How: event.Dropped},
			"greenlet 0x5 left the memory"},
		{event.Event{Kind: 200}, "kind(200)"},
		{event.Event{Kind: event.Deliver, Signal: 17, Flags: event.Guessed},
			"SIGCHLD handler runs (guessed after a loss)"},
	} {
		if got := English().EventLine(&c.e); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

func TestAppendTextLine(t *testing.T) {
	e := event.Event{Kind: event.Deliver, Signal: 17, Time: 3_500_000_000, PID: 1200, Task: task(1200)}
	for tid, want := range map[event.TID]string{
		1200: "    2.500000    1200  SIGCHLD handler runs",
		1201: "    2.500000    1200  thread 1201: SIGCHLD handler runs",
	} {
		e.Task.TID = tid
		if got := string(English().AppendTextLine(nil, 1e9, &e)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Whatever another program writes into its names, a line stays one line of harmless characters.
func TestLinesAreEscaped(t *testing.T) {
	harm := []string{"\u202e", "\u200b", "\x1b[2J", "\x00", "\xff", "\n"}
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom(harm))
	rapid.Check(t, func(t *rapid.T) {
		hostile := strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "hostile"), "")
		e := event.Event{Comm: event.Text(hostile), Path: hostile, Line: hostile, Args: hostile + "\x00",
			Socket: &event.Socket{Peer: event.Addr(hostile), Listener: event.Addr(hostile),
				Local: event.Addr(hostile)}}
		for _, e.Kind = range event.Kinds() {
			for _, l := range Languages() {
				if line := string(l.AppendTextLine(nil, 0, &e)); text.Line(line) != line {
					t.Fatalf("%v: %q", e.Kind, line)
				}
			}
		}
	})
}

// TestKilledText: who sent a signal is said where it is known, and not of a fault, which is nobody's call.
func TestKilledText(t *testing.T) {
	const core = 0x80
	for _, c := range []struct {
		status int32
		by     event.Sender
		want   string
	}{
		{6, event.Sender{PID: 7}, "SIGABRT by itself"},
		{6 | core, event.Sender{PID: 7}, "SIGABRT by itself, core dumped"},
		{11 | core, event.Sender{PID: 7}, "SIGSEGV, core dumped"},
		{11, event.Sender{PID: 8}, "SIGSEGV by 8"},
		{9, event.Sender{}, "SIGKILL by the kernel"},
		{9, event.Sender{PID: 8, Comm: "sh", Flags: event.Untraced}, "SIGKILL by 8 (sh, not traced)"},
		{9, event.Sender{PID: 8, Flags: event.PidfdClosed}, "SIGKILL by 8, which closed its pidfd"},
		{15, event.Sender{PID: 8, TID: 9, Reason: event.ParentDeath},
			"SIGTERM, parent-death signal: thread 9, which was its parent, ended"},
		{7 << 8, event.Sender{PID: 8}, "exit 7"},
	} {
		if got := English().KilledText(7, c.status, c.by); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}
