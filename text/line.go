package text

import (
	"fmt"
	"strconv"
	"strings"

	"tracer/event"
)

// sentences has one entry for each kind; a test holds it against the table of kinds.
var sentences = map[event.Kind]func(*event.Event) string{
	event.Seen:    seen,
	event.Fork:    fork,
	event.Exec:    exec,
	event.Exit:    exit,
	event.Signal:  signal,
	event.Deliver: deliver,
	event.Wait:    wait,
	event.Release: release,
	event.Accept:  accept,
	event.Lost:    lost,
	event.Spawn:   spawn,
	event.Switch:  switchTo,
	event.Finish:  finish,
	event.IOUring: ioUring,
	event.End:     func(*event.Event) string { return "the trace ended" },

	event.Kill:      kill,
	event.Stop:      func(e *event.Event) string { return "stopped by " + SignalName(e.Signal) },
	event.Dispose:   disposition,
	event.Serve:     serve,
	event.Close:     closes,
	event.Datagram:  datagram,
	event.Request:   func(e *event.Event) string { return "reads " + httpLine(e) },
	event.Response:  func(e *event.Event) string { return "answers " + httpLine(e) },
	event.Rename:    func(e *event.Event) string { return "is now called " + Escape(string(e.Comm)) },
	event.Subreaper: subreaper,
	event.Snapshot:  func(*event.Event) string { return "all that runs has been seen" },
}

// EventLine tells in plain words what happened, without time and without the acting task: "fork -> 1234". It is
// escaped.
func EventLine(e *event.Event) string {
	line := e.Kind.String()
	if say := sentences[e.Kind]; say != nil {
		line = say(e)
	}
	if e.Flags.Has(event.Guessed) && e.Kind != event.Lost {
		line += " (guessed after a loss)"
	}
	return line
}

// TextLine is the event as one line of plain output: seconds since start, process id, command where the event tells it,
// what happened.
func TextLine(start event.Time, e *event.Event) string {
	who := fmt.Sprintf("%12s %7d  ", TimeText(start, e.Time, 6), e.PID)
	if e.Task.TID != 0 && e.Task.TID != event.TID(e.PID) {
		who = fmt.Sprintf("%12s %7d  thread %d: ", TimeText(start, e.Time, 6), e.PID, e.Task.TID)
	}
	return who + EventLine(e)
}

func seen(e *event.Event) string {
	comm := Escape(string(e.Comm))
	switch {
	case e.Flags.Has(event.Root):
		return "launched by tracer"
	case e.Task.TID != event.TID(e.PID):
		return "runs already: thread " + comm
	case e.State == event.Zombie:
		return "is a zombie already: " + comm + ", " + StatusText(e.Status) + "; " + PIDText(e.Parent) + " must reap it"
	}
	line := "runs already: " + comm
	if e.State == event.LeaderEnded {
		line += ", its leader ended"
	}
	if e.Disposition != event.DispositionUnknown {
		line += ", SIGCHLD" + action(e)
	}
	if e.Subreaper == event.Set {
		line += ", is a subreaper"
	}
	return line
}

// subreaper: "child subreaper" is what prctl(2) calls the attribute.
func subreaper(e *event.Event) string {
	if e.Subreaper == event.Unset {
		return "is not a subreaper: it does not inherit orphans"
	}
	return "is a subreaper: it inherits the orphans among its descendants"
}

func fork(e *event.Event) string {
	if e.IsThread() {
		return "new thread -> " + tid(e.Child.TID)
	}
	verb := "fork"
	if e.CloneFlags&event.CloneVfork != 0 {
		verb = "vfork"
	}
	line := verb + " -> " + BothPIDs(e.ChildPID, e.InnerPID)
	if e.CloneFlags&event.CloneParent != 0 {
		line += ", as its sibling (CLONE_PARENT)"
	}
	if e.CloneFlags&event.CloneNewPID != 0 {
		line += ", init of a new PID namespace"
	}
	if e.CloneFlags&event.CloneNNP != 0 {
		line += ", without new privileges"
	}
	if e.CloneFlags&event.ClonePidfdAutokill != 0 {
		line += ", killed when its pidfd is closed"
	}
	switch e.ExitSignal {
	case event.SIGCHLD:
	case 0:
		if e.CloneFlags&event.CloneAutoreap != 0 {
			line += ", reaped by the kernel at its end"
			break
		}
		line += ", no signal at its end"
	default:
		line += ", sends " + SignalName(e.ExitSignal) + " at its end"
	}
	if e.Flags.Has(event.Untraced) {
		line += " (by a process that is not traced)"
	}
	return line
}

func exec(e *event.Event) string {
	line := "exec " + Escape(e.Path)
	if e.Flags.Has(event.PathTruncated) {
		line += "..."
	}
	first, rest, _ := strings.Cut(e.Args, "\x00")
	if base := e.Path[strings.LastIndexByte(e.Path, '/')+1:]; first != "" && first != e.Path && first != base {
		line += " as " + Arguments(first)
	}
	if rest != "" {
		line += " " + Arguments(rest)
	}
	if e.Flags.Has(event.ArgsTruncated) {
		line += "..."
	}
	if old := e.Child.TID; old != 0 && old != e.Task.TID {
		line += fmt.Sprintf(" (thread %d becomes the leader)", old)
	}
	return line
}

func exit(e *event.Event) string {
	status := StatusText(e.Status)
	leader := e.Task.TID == event.TID(e.PID)
	switch {
	case !e.Flags.Has(event.GroupDead) && leader:
		return "leader ended (" + status + "), its threads run on"
	case !e.Flags.Has(event.GroupDead):
		return "thread " + tid(e.Task.TID) + " ended"
	}
	line := status
	if _, _, killed := e.Killed(); killed {
		line = "killed by " + status
	}
	switch {
	case e.Flags.Has(event.Debugged | event.AutoReap):
		line += ", its debugger is told first, then the kernel reaps it"
	case e.Flags.Has(event.Debugged):
		line += ", its debugger is told first"
	case e.Flags.Has(event.AutoReap | event.Asked):
		line += ", reaped by the kernel, as it was created to be"
	case e.Flags.Has(event.AutoReap):
		line += ", reaped by the kernel"
	}
	return line
}

// The values of si_code for SIGCHLD that are no end of a child (include/uapi/asm-generic/siginfo.h).
const (
	cldTrapped   = 4
	cldStopped   = 5
	cldContinued = 6
)

func signal(e *event.Event) string {
	line := SignalName(e.Signal) + " -> " + PIDText(e.TargetPID) + signalFate(e)
	switch e.Code {
	case cldTrapped:
		line += " (child trapped)"
	case cldStopped:
		line += " (child stopped)"
	case cldContinued:
		line += " (child continued)"
	}
	return line
}

// signalFate is what became of a signal that was sent.
func signalFate(e *event.Event) string {
	fate := " failed"
	switch e.Result {
	case event.Queued:
		fate = " queued"
	case event.Ignored:
		fate = " discarded"
		// By the kernel, which sends none under SIG_IGN (do_notify_parent in kernel/signal.c)
		if e.Signal == event.SIGCHLD && e.Code > 0 {
			fate += " (default action)"
		}
	case event.Coalesced:
		fate = " coalesced"
	}
	if e.Flags.Has(event.Blocked) && e.Result == event.Queued {
		fate += ", blocked"
	}
	return fate
}

func deliver(e *event.Event) string { return SignalName(e.Signal) + " handler runs" }

// waitName is the name of a call that waits; a reaping can come without one.
func waitName(c event.Call) string {
	switch c {
	case event.Wait4:
		return "wait4"
	case event.Waitid:
		return "waitid"
	case event.Ring:
		return "waitid by io_uring"
	}
	return "wait in the kernel"
}

func wait(e *event.Event) string {
	call := waitName(e.Call)
	switch {
	case e.Flags.Has(event.NoChild):
		return call + ": no child to wait for (ECHILD)"
	case e.Flags.Has(event.Nothing):
		return call + ": no child has ended (WNOHANG)"
	}
	line := call + " reaps a child (which one is not told)"
	if !e.Flags.Has(event.Unknown) {
		line = fmt.Sprintf("%s = %d", call, e.Child.TID)
		switch {
		case e.Flags.Has(event.Stopped):
			line += ", " + StatusText(e.Status)
		case e.Flags.Has(event.Peek):
			line += ", a look only (WNOWAIT)"
		}
	}
	if e.Waited > 0 {
		line += " after " + DurationText(e.Waited)
	}
	if e.Flags.Has(event.Untraced) {
		line += " (not traced)"
	}
	return line
}

func release(e *event.Event) string {
	if e.Task.TID != event.TID(e.PID) {
		return "thread " + tid(e.Task.TID) + " left the kernel"
	}
	if e.Flags.Has(event.AutoReap) {
		return "reaped by the kernel"
	}
	return "left the kernel"
}

func accept(e *event.Event) string {
	peer := Escape(string(e.Peer))
	if peer == "unix:" {
		peer = "unix (unnamed)"
	}
	line := fmt.Sprintf("accept %s as connection %d (fd %d, %d queued of %d)", peer, e.Connection, e.FD, e.Queue,
		e.Backlog)
	if e.Waited > 0 {
		line += " after " + DurationText(e.Waited) + " in the backlog"
	}
	return line
}

func kill(e *event.Event) string {
	line := SignalName(e.Signal) + " -> " + PIDText(e.TargetPID) + signalFate(e)
	switch {
	case e.Flags.Has(event.PidfdClosed):
		line += " (its pidfd was closed)"
	case e.Task.TID == 0:
		line += " (sent by the kernel)"
	case e.ByTracer():
		line += " (by tracer)"
	case e.Flags.Has(event.Untraced):
		line += " (not traced)"
	}
	return line
}

func disposition(e *event.Event) string { return SignalName(e.Signal) + action(e) }

// action continues a signal's name with what its receiver does about it.
func action(e *event.Event) (line string) {
	switch e.Disposition {
	case event.Default:
		line = " at its default action"
	case event.Ignore:
		line = " at SIG_IGN: not sent, the kernel reaps"
	case event.Handler:
		line = " has a handler"
	}
	if e.Flags.Has(event.NoCldWait) {
		line += ", SA_NOCLDWAIT: the kernel will reap its children"
	}
	if e.Flags.Has(event.Blocked) {
		line += ", blocked"
	}
	if e.Flags.Has(event.SignalFD) {
		line += ", taken by who reads a signalfd"
	}
	return line
}

func ioUring(e *event.Event) string {
	if e.Flags.Has(event.Unknown) {
		return "sets up an io_uring: what it accepts through that is not seen"
	}
	return "sets up an io_uring"
}

// HTTPLine is the first line of a request or answer, escaped; cut tells that it was longer.
func HTTPLine(line string, cut bool) string {
	if cut {
		return Escape(line) + "..."
	}
	return Escape(line)
}

func httpLine(e *event.Event) string {
	return fmt.Sprintf("%s on connection %d", HTTPLine(e.Path, e.Flags.Has(event.PathTruncated)), e.Connection)
}

func serve(e *event.Event) string {
	if e.BytesRead > 0 {
		return fmt.Sprintf("reads %s of connection %d", Plural(e.BytesRead, "byte", "bytes"), e.Connection)
	}
	return fmt.Sprintf("writes %s to connection %d", Plural(e.BytesWritten, "byte", "bytes"), e.Connection)
}

func closes(e *event.Event) string {
	line := "closes connection"
	if e.Flags.Has(event.Unknown) {
		line = "the kernel ends connection"
	}
	return fmt.Sprintf("%s %d (%s in, %d out)", line, e.Connection, Plural(e.BytesRead, "byte", "bytes"),
		e.BytesWritten)
}

func datagram(e *event.Event) string {
	return fmt.Sprintf("datagram of %s on %s", Plural(e.BytesRead, "byte", "bytes"), Escape(string(e.Local)))
}

func lost(e *event.Event) string {
	if e.Lost == event.None {
		return fmt.Sprintf("LOST %s: the recording is damaged here", Plural(e.Count, "event", "events"))
	}
	n := Plural(e.Count, e.Lost.String()+" event", e.Lost.String()+" events")
	if e.Flags.Has(event.Guessed) {
		return fmt.Sprintf("LOST at most %s: the kernel skipped the programs that would have told", n)
	}
	return fmt.Sprintf("LOST %s: the ring buffer was full", n)
}

func tid(t event.TID) string { return strconv.Itoa(int(t)) }
