package words

import (
	"strings"

	"tracer/event"
	"tracer/text"
)

// EventWords are what is said of events, without time and without the acting task. A clause is added to a sentence
// after a comma, a remark by Punctuation.Remark.
type EventWords struct {
	// OfThread is the line of an acting task that is not the leader.
	OfThread func(tid event.TID, line string) string
	// Guessed is a remark: the kernel did not report the event.
	Guessed string
	// EndUnseen is a clause: a process was ending as tracer attached, so that its end was not reported.
	EndUnseen string

	// What was there at the beginning, and sentences of it that can be clauses, too.
	Launched         string
	RunsAlready      func(comm string) string
	ZombieAlready    func(comm, status string, parent event.PID) string
	LeaderEndedFirst string // clause
	SIGCHLDPending   string // clause
	AllSeen          string
	IsSubreaper      string // clause
	BecomesSubreaper string
	NoSubreaper      string

	// What a process does about a signal.
	DefaultAction   func(signal string) string
	Ignored         func(signal string) string
	HasHandler      func(signal string) string
	ChildrenReaped  string // clause: SA_NOCLDWAIT
	Blocked         string // clause
	TakenBySignalFD string // clause

	Fork      func(child string) string
	Vfork     func(child string) string
	NewThread func(tid event.TID) string
	// Clauses of a fork.
	AsSibling        string
	NamespaceInit    string
	NoNewPrivileges  string
	KilledWithPidfd  string
	ReapedByKernelAt string
	NoSignalAtEnd    string
	SignalAtEnd      func(signal string) string
	// ByUntraced is a remark on a fork, NotTraced one on a wait or a signal.
	ByUntraced string
	NotTraced  string

	Exec                func(command string) string
	ExecAs              func(file, command string) string
	ThreadBecomesLeader func(tid event.TID) string // remark
	// Clauses of an exec: what it has inherited, as exec(2) keeps what is ignored and what is blocked.
	StillIgnored string
	StillBlocked string
	Renamed      func(comm string) string

	LeaderEnded func(status string) string
	ThreadEnded string
	Killed      func(status string) string
	// Clauses of an exit.
	DebuggerThenKernel func(debugger event.PID) string // 0: it is not known which
	DebuggerFirst      func(debugger event.PID) string // likewise
	KernelReapsAsAsked string
	KernelReaps        string
	OutOfMemory        string
	NamespaceFirst     string // the init of a PID namespace cannot be waited for before that
	MemoryFirst        string // likewise
	ChildrenGoTo       func(reaper Who) string

	// What became of a signal.
	SignalQueued             func(signal string, target event.PID) string
	SignalDiscarded          func(signal string, target event.PID) string
	SignalDiscardedByDefault func(signal string, target event.PID) string
	SignalCoalesced          func(signal string, target event.PID) string
	SignalFailed             func(signal string, target event.PID) string
	SignalIgnored            func(signal string, target event.PID) string // SIG_IGN
	SignalTooLate            func(signal string, target event.PID) string
	SignalToInit             func(signal string, target event.PID) string // it is spared the default action
	// SignalContinues is of a SIGCONT that is discarded: it lets its receiver go on all the same.
	SignalContinues func(signal string, target event.PID) string
	// Remarks on a signal.
	ChildTrapped   string
	ChildStopped   string
	ChildContinued string
	AboutChild     func(pid event.PID) string // who sent it is not the child itself
	PidfdClosed    string
	SentByKernel   string
	SentByTracer   string
	SentByUntraced func(comm string) string
	SentByCall     string // a SIGCHLD that is not of a child
	Reasons        ReasonWords
	HandlerRuns    func(signal string) string
	TakenByCall    func(signal, call string) string
	NowDiscarded   func(signal string) string
	// NotDone and NotDoneByInit: its default action was not done.
	NotDone       func(signal string) string // a stop, as the process group is orphaned
	NotDoneByInit func(signal string) string
	StoppedBy     func(signal string) string

	// WaitInKernel and WaitByRing name what waited, where it was no system call.
	WaitInKernel string
	WaitByRing   func(call string) string
	// WaitBegins is of a wait that goes on, WaitOfStop of one that returns for a child that it does not name.
	WaitBegins  func(call string) string
	WaitLasts   func(call, duration string) string
	Interrupted func(call string) string
	WaitOfStop  func(call string) string
	// PidfdOf stands for the argument of a waitid by a pidfd.
	PidfdOf func(child event.PID) string
	// What a call did not find, when it asked for any child, for one, or for one in a process group; 0: in its own.
	NoChild         func(call string) string
	NoSuchChild     func(call string, child event.PID) string
	NoChildInGroup  func(call string, group event.PID) string
	NoStatus        func(call string) string
	NoStatusOf      func(call string, child event.PID) string
	NoStatusInGroup func(call string, group event.PID) string
	ReapsUnknown    func(call string) string
	Waited          func(call string, child event.TID) string
	LookOnly        string // clause: WNOWAIT
	After           func(sentence, duration string) string

	Left           string
	ReapedByKernel string

	ListenDrop      func(attempts uint64, listener string, queue, backlog uint32) string
	HoldsListener   func(listener string, fd int32) string
	HoldsConnection func(connection Number, fd int32) string
	// When a process was found to hold it.
	HeldAfterExec  string
	HeldToItsEnd   string
	FoundByLook    string
	LetsGo         func(connection Number) string
	LetsGoByEnding func(connection Number) string
	Accept         func(peer string, connection Number, fd int32, queue, backlog uint32) string
	UnnamedPeer    string
	AfterBacklog   func(sentence, duration string) string
	Reads          func(bytes uint64, connection Number) string
	Writes         func(bytes uint64, connection Number) string
	Closes         func(connection Number, read, written uint64) string
	KernelCloses   func(connection Number, read, written uint64) string
	Datagram       func(bytes uint64, local string) string
	Request        func(line string, connection Number) string
	Response       func(line string, connection Number) string
	RingSetUp      string
	RingUnseen     string
	// BlockedIn is of a call by its name, BlockedOutside of what is no call.
	BlockedIn      func(call, duration string) string
	BlockedOutside func(duration string) string
	HadCPU         func(duration string) string

	// Failed is of the first call that failed, FailedInARow of all that have in the same way since; of what they were
	// about, FailedOn of a listening socket.
	Failed       func(call, errno string) string
	FailedInARow func(call, errno string, times uint64) string
	FailedOn     func(call, listener string) string

	Control ControlEventWords

	LostToDamage     func(events uint64) string
	LostAtMost       func(events uint64, kind string) string
	LostToFullBuffer func(events uint64, kind string) string
	TraceEnded       string
}

// ControlEventWords are what the user changed from the screen.
type ControlEventWords struct {
	Reap        func(way string) string
	Paused      string
	Rate        func(times string) string
	Burst       func(clients string) string
	Concurrency func(clients string) string
	Work        func(work string) string
	Signal      func(signal string, to event.PID) string
	Model       func(model string) string
	Unknown     string
}

// text returns what was changed, as a sentence.
func (w *ControlEventWords) text(e *event.Event) string {
	told := e.Rare.Value()
	setting := text.Escape(string(told.Setting))
	switch told.Action {
	case event.SetReap:
		return w.Reap(setting)
	case event.SetRate:
		if setting == "0" {
			return w.Paused
		}
		return w.Rate(setting)
	case event.SendBurst:
		return w.Burst(setting)
	case event.SetConcurrency:
		return w.Concurrency(setting)
	case event.SetWork:
		return w.Work(setting)
	case event.SendSignal:
		return w.Signal(text.SignalName(e.Signal), e.TargetPID)
	case event.SetModel:
		return w.Model(setting)
	}
	return w.Unknown
}

// ReasonWords are why the kernel sent a signal, as remarks and as clauses.
type ReasonWords struct {
	ParentDeath   func(thread event.TID) string // that ended, and was the parent
	Timer         string
	BrokenPipe    string
	Terminal      string
	Hangup        string
	SessionEnds   string
	GroupOrphaned string
	NamespaceEnds string
}

// Reason returns why the kernel sent a signal, as a clause; "" where it does not tell.
func (w *EventWords) Reason(by event.Sender) string {
	if by.Flags.Has(event.OutOfMemory) {
		return w.OutOfMemory
	}
	return w.Reasons.text(by.Reason, by.TID)
}

// text returns why the kernel sent a signal; "" where it does not tell.
func (w *ReasonWords) text(r event.Reason, thread event.TID) string {
	switch r {
	case event.ParentDeath:
		return w.ParentDeath(thread)
	case event.Timer:
		return w.Timer
	case event.BrokenPipe:
		return w.BrokenPipe
	case event.Terminal:
		return w.Terminal
	case event.Hangup:
		return w.Hangup
	case event.SessionEnds:
		return w.SessionEnds
	case event.GroupOrphaned:
		return w.GroupOrphaned
	case event.NamespaceEnds:
		return w.NamespaceEnds
	}
	return ""
}

// sentences has one entry for each kind; a test holds it against the table of kinds.
var sentences = map[event.Kind]func(*Language, *event.Event) string{
	event.Seen:    (*Language).seen,
	event.Fork:    (*Language).fork,
	event.Exec:    (*Language).exec,
	event.Exit:    (*Language).exit,
	event.Signal:  (*Language).signal,
	event.Deliver: func(l *Language, e *event.Event) string { return l.Events.deliver(e) },
	event.Wait:    (*Language).wait,
	event.Release: (*Language).release,
	event.Accept:  (*Language).accept,
	event.Lost:    (*Language).lost,
	event.Spawn:   (*Language).spawn,
	event.Switch:  (*Language).switchTo,
	event.Finish:  (*Language).finish,
	event.IOUring: (*Language).ioUring,
	event.End:     func(l *Language, _ *event.Event) string { return l.Events.TraceEnded },

	event.Kill:       (*Language).kill,
	event.Stop:       func(l *Language, e *event.Event) string { return l.Events.StoppedBy(text.SignalName(e.Signal)) },
	event.Dispose:    (*Language).disposition,
	event.Serve:      (*Language).serve,
	event.Close:      (*Language).closes,
	event.Datagram:   (*Language).datagram,
	event.Request:    (*Language).request,
	event.Response:   (*Language).response,
	event.Rename:     func(l *Language, e *event.Event) string { return l.Events.Renamed(text.Escape(string(e.Comm))) },
	event.Subreaper:  (*Language).subreaper,
	event.Fail:       fails,
	event.Stall:      stalledEvent,
	event.ListenDrop: listenDrop,
	event.Hold:       holds,
	event.LetGo:      letsGo,
	event.Waiting:    waiting,
	event.Control:    func(l *Language, e *event.Event) string { return l.Events.Control.text(e) },
	event.Snapshot:   func(l *Language, _ *event.Event) string { return l.Events.AllSeen },
}

// EventLine says what happened, without time and without the acting task: "fork -> 1234". It is escaped.
func (l *Language) EventLine(e *event.Event) string {
	line := e.Kind.String()
	if say := sentences[e.Kind]; say != nil {
		line = say(l, e)
	}
	if e.Flags.Has(event.Guessed) && e.Kind != event.Lost {
		line = l.Punctuation.Remark(line, l.Events.Guessed)
	}
	return line
}

// AppendTextLine appends the event as one line of plain output, without a line end: seconds since start, process id,
// the thread where it is not the leader, what happened.
func (l *Language) AppendTextLine(b []byte, start event.Time, e *event.Event) []byte {
	line := l.EventLine(e)
	if e.Task.TID != 0 && e.Task.TID != event.TID(e.PID) {
		line = l.Events.OfThread(e.Task.TID, line)
	}
	b = appendRight(b, text.TimeText(start, e.Time, 6), 12)
	b = appendRight(append(b, ' '), text.PIDText(e.PID), 7)
	return append(append(b, "  "...), line...)
}

// appendRight appends a number at the right of a column.
func appendRight(b []byte, number string, width int) []byte {
	for range width - len(number) {
		b = append(b, ' ')
	}
	return append(b, number...)
}

// with adds a clause to a sentence.
func (l *Language) with(sentence, clause string) string {
	return sentence + l.Punctuation.Comma + clause
}

func (l *Language) seen(e *event.Event) string {
	w, comm := &l.Events, text.Escape(string(e.Comm))
	switch {
	case e.Flags.Has(event.Root):
		return w.Launched
	case e.Task.TID != event.TID(e.PID):
		return seenWaiting(l, w.RunsAlready(comm), e)
	case e.State == event.Zombie:
		return w.ZombieAlready(comm, l.StatusText(e.Status), e.Parent)
	}
	line := w.RunsAlready(comm)
	if e.State == event.LeaderEnded {
		line = l.with(line, w.LeaderEndedFirst)
	}
	if e.StopSignal != 0 {
		line = l.with(line, w.StoppedBy(text.SignalName(int32(e.StopSignal))))
	}
	if e.Disposition != event.DispositionUnknown {
		line = l.with(line, l.action("SIGCHLD", e))
	}
	if e.Flags.Has(event.Pending) {
		line = l.with(line, w.SIGCHLDPending)
	}
	if e.Subreaper == event.Set {
		line = l.with(line, w.IsSubreaper)
	}
	return seenWaiting(l, line, e)
}

// seenWaiting adds the wait that a task was in.
func seenWaiting(l *Language, line string, e *event.Event) string {
	if e.Call == event.CallNone {
		return line
	}
	return l.with(line, l.Tree.InWait(l.Events.WaitCall(e.Call, e.IDType, e.ID)))
}

func stalledEvent(l *Language, e *event.Event) string {
	if cpu := e.Cost.Value().Task.CPU; cpu > 0 {
		return l.Events.HadCPU(text.DurationText(cpu))
	}
	blocked := text.DurationText(e.Waited)
	if e.Call == event.CallNone {
		return l.Events.BlockedOutside(blocked)
	}
	return l.Events.BlockedIn(e.Call.String(), blocked)
}

// subreaper: "child subreaper" is what prctl(2) calls the attribute.
func (l *Language) subreaper(e *event.Event) string {
	if e.Subreaper == event.Unset {
		return l.Events.NoSubreaper
	}
	return l.Events.BecomesSubreaper
}

func (l *Language) fork(e *event.Event) string {
	w := &l.Events
	if e.IsThread() {
		return w.NewThread(e.Child.TID)
	}
	say := w.Fork
	if e.CloneFlags&event.CloneVfork != 0 {
		say = w.Vfork
	}
	line := say(l.BothPIDs(e.ChildPID, e.InnerPID))
	if e.CloneFlags&event.CloneParent != 0 {
		line = l.with(line, w.AsSibling)
	}
	if e.CloneFlags&event.CloneNewPID != 0 {
		line = l.with(line, w.NamespaceInit)
	}
	if e.CloneFlags&event.CloneNNP != 0 {
		line = l.with(line, w.NoNewPrivileges)
	}
	if e.CloneFlags&event.ClonePidfdAutokill != 0 {
		line = l.with(line, w.KilledWithPidfd)
	}
	switch {
	case e.ExitSignal == event.SIGCHLD:
	case e.ExitSignal != 0:
		line = l.with(line, w.SignalAtEnd(text.SignalName(int32(e.ExitSignal))))
	case e.CloneFlags&event.CloneAutoreap != 0:
		line = l.with(line, w.ReapedByKernelAt)
	default:
		line = l.with(line, w.NoSignalAtEnd)
	}
	if e.Flags.Has(event.Untraced) {
		line = l.Punctuation.Remark(line, w.ByUntraced)
	}
	return line
}

func (l *Language) exec(e *event.Event) string {
	file, arguments := text.Escape(e.Path), ""
	if e.Flags.Has(event.PathTruncated) {
		file += "..."
	}
	first, rest, _ := strings.Cut(e.Args, "\x00")
	if rest != "" {
		arguments = " " + text.Arguments(rest)
	}
	if e.Flags.Has(event.ArgsTruncated) {
		arguments += "..."
	}
	line := ""
	if base := e.Path[strings.LastIndexByte(e.Path, '/')+1:]; first != "" && first != e.Path && first != base {
		line = l.Events.ExecAs(file, text.Arguments(first)+arguments)
	} else {
		line = l.Events.Exec(file + arguments)
	}
	if e.Disposition == event.Ignore {
		line = l.with(line, l.Events.StillIgnored)
	}
	if e.Flags.Has(event.Blocked) {
		line = l.with(line, l.Events.StillBlocked)
	}
	if old := e.OldTID; old != 0 && old != e.Task.TID {
		line = l.Punctuation.Remark(line, l.Events.ThreadBecomesLeader(old))
	}
	return line
}

func (l *Language) exit(e *event.Event) string {
	w, line := &l.Events, l.StatusText(e.Status)
	leader := e.Task.TID == event.TID(e.PID)
	switch {
	case !e.Flags.Has(event.GroupDead) && leader:
		return w.LeaderEnded(line)
	case !e.Flags.Has(event.GroupDead):
		return w.ThreadEnded
	}
	if number, _, killed := e.Killed(); killed {
		line = w.Killed(line)
		if e.Flags.Has(event.OutOfMemory) && number == event.SIGKILL {
			line = l.with(line, w.OutOfMemory)
		}
	}
	switch {
	case e.Flags.Has(event.Debugged | event.AutoReap):
		line = l.with(line, w.DebuggerThenKernel(e.Rare.Value().Debugger))
	case e.Flags.Has(event.Debugged):
		line = l.with(line, w.DebuggerFirst(e.Rare.Value().Debugger))
	case e.Flags.Has(event.AutoReap | event.Asked):
		line = l.with(line, w.KernelReapsAsAsked)
	case e.Flags.Has(event.AutoReap):
		line = l.with(line, w.KernelReaps)
	}
	if e.Flags.Has(event.Unwaitable) {
		line = l.with(line, w.EndsLater(e.Reaper == 0))
	}
	if e.Flags.Has(event.HasChildren) && e.Reaper != 0 {
		line = l.with(line, w.ChildrenGoTo(Who{e.Reaper, e.Rare.Value().ReaperComm}))
	}
	return line
}

// EndsLater says why the parent of a process that has ended cannot wait for it yet; init: of a PID namespace.
func (w *EventWords) EndsLater(init bool) string {
	if init {
		return w.NamespaceFirst
	}
	return w.MemoryFirst
}

// The values of si_code for SIGCHLD that are no end of a child (include/uapi/asm-generic/siginfo.h).
const (
	cldTrapped   = 4
	cldStopped   = 5
	cldContinued = 6
)

func (l *Language) signal(e *event.Event) string {
	line := l.signalSent(e)
	switch e.Code {
	case cldTrapped:
		line = l.Punctuation.Remark(line, l.Events.ChildTrapped)
	case cldStopped:
		line = l.Punctuation.Remark(line, l.Events.ChildStopped)
	case cldContinued:
		line = l.Punctuation.Remark(line, l.Events.ChildContinued)
	}
	if e.Code <= 0 {
		return l.Punctuation.Remark(line, l.Events.SentByCall)
	}
	if e.SiPID != 0 && e.SiPID != e.PID {
		line = l.Punctuation.Remark(line, l.Events.AboutChild(e.SiPID))
	}
	return line
}

func (w *EventWords) deliver(e *event.Event) string {
	signal := text.SignalName(e.Signal)
	switch {
	case e.Call == event.Sigtimedwait:
		return w.TakenByCall(signal, "sigtimedwait")
	case e.Disposition == event.Ignore:
		return w.NowDiscarded(signal)
	case e.Result == event.Orphaned:
		return w.NotDone(signal)
	case e.Result == event.Protected:
		return w.NotDoneByInit(signal)
	}
	return w.HandlerRuns(signal)
}

// signalSent says what became of a signal that was sent.
func (l *Language) signalSent(e *event.Event) string {
	w := &l.Events
	say := w.SignalFailed
	switch e.Result {
	case event.Queued:
		say = w.SignalQueued
	case event.Ignored:
		say = w.SignalDiscarded
		if e.Disposition == event.Ignore {
			say = w.SignalIgnored
		}
		// By the kernel, which sends none under SIG_IGN (do_notify_parent in kernel/signal.c)
		if e.Signal == event.SIGCHLD && e.Code > 0 {
			say = w.SignalDiscardedByDefault
		}
		if e.Signal == event.SIGCONT {
			say = w.SignalContinues
		}
	case event.Coalesced:
		say = w.SignalCoalesced
	case event.Ending:
		say = w.SignalTooLate
	case event.Protected:
		say = w.SignalToInit
	}
	line := say(text.SignalName(e.Signal), e.TargetPID)
	if e.Flags.Has(event.Blocked) && (e.Result == event.Queued || e.Result == event.Coalesced) {
		line = l.with(line, w.Blocked)
		if e.Flags.Has(event.SignalFD) {
			line = l.with(line, w.TakenBySignalFD)
		}
	}
	return line
}

func (l *Language) wait(e *event.Event) string {
	w := &l.Events
	call := w.WaitCall(e.Call, e.IDType, e.ID)
	if e.Flags&(event.NoChild|event.Nothing) != 0 {
		return w.waitInVain(call, e)
	}
	line := ""
	switch {
	case e.Flags.Has(event.Interrupted):
		line = w.Interrupted(call)
	case e.Flags.Has(event.Unknown):
		line = w.ReapsUnknown(call)
	case e.Flags.Has(event.Stopped) && e.Child.TID == 0:
		line = w.WaitOfStop(call)
	case e.Flags.Has(event.Stopped):
		line = l.with(w.Waited(call, e.Child.TID), l.StatusText(e.Status))
	case e.Flags.Has(event.Peek):
		line = l.with(w.Waited(call, e.Child.TID), w.LookOnly)
	default:
		line = w.Waited(call, e.Child.TID)
	}
	if e.Waited > 0 {
		line = w.After(line, text.DurationText(e.Waited))
	}
	if e.Flags.Has(event.Untraced) {
		line = l.Punctuation.Remark(line, w.NotTraced)
	}
	return line
}

func waiting(l *Language, e *event.Event) string {
	call := l.Events.WaitCall(e.Call, e.IDType, e.ID)
	if e.Waited > 0 {
		return l.Events.WaitLasts(call, text.DurationText(e.Waited))
	}
	return l.Events.WaitBegins(call)
}

func (l *Language) release(e *event.Event) string {
	if e.Flags.Has(event.AutoReap) {
		return l.Events.ReapedByKernel
	}
	return l.Events.Left
}

func (l *Language) accept(e *event.Event) string {
	at := e.Socket.Value()
	peer := text.Escape(string(at.Peer))
	if peer == "unix:" {
		peer = l.Events.UnnamedPeer
	}
	line := l.Events.Accept(peer, Number(e.Connection), e.FD, at.Queue, at.Backlog)
	if at.Queued > 0 {
		line = l.Events.AfterBacklog(line, text.DurationText(at.Queued))
	}
	return line
}

func (l *Language) kill(e *event.Event) string {
	line, remark := l.signalSent(e), l.Events.Reasons.text(e.Reason, e.Task.TID)
	switch {
	case remark != "":
	case e.Flags.Has(event.PidfdClosed):
		remark = l.Events.PidfdClosed
	case e.Task.TID == 0:
		remark = l.Events.SentByKernel
	case e.ByTracer():
		remark = l.Events.SentByTracer
	case e.Flags.Has(event.Untraced) && e.Comm != "":
		remark = l.Events.SentByUntraced(text.Escape(string(e.Comm)))
	case e.Flags.Has(event.Untraced):
		remark = l.Events.NotTraced
	default:
		return line
	}
	return l.Punctuation.Remark(line, remark)
}

func (l *Language) disposition(e *event.Event) string { return l.action(text.SignalName(e.Signal), e) }

// action says what a receiver does about a signal.
func (l *Language) action(signal string, e *event.Event) string {
	w, line := &l.Events, signal
	switch e.Disposition {
	case event.Default:
		line = w.DefaultAction(signal)
	case event.Ignore:
		line = w.Ignored(signal)
	case event.Handler:
		line = w.HasHandler(signal)
	}
	if e.Flags.Has(event.NoCldWait) && e.Disposition != event.Ignore { // which has the same effect
		line = l.with(line, w.ChildrenReaped)
	}
	if e.Flags.Has(event.Blocked) {
		line = l.with(line, w.Blocked)
	}
	if e.Flags.Has(event.SignalFD) {
		line = l.with(line, w.TakenBySignalFD)
	}
	return line
}

func (l *Language) ioUring(e *event.Event) string {
	if e.Flags.Has(event.Unknown) {
		return l.Events.RingUnseen
	}
	return l.Events.RingSetUp
}

// httpLine is the first line of a request or answer, escaped.
func httpLine(e *event.Event) string { return text.HTTPLine(e.Line, e.Flags.Has(event.PathTruncated)) }

func (l *Language) request(e *event.Event) string {
	return l.Events.Request(httpLine(e), Number(e.Connection))
}

func (l *Language) response(e *event.Event) string {
	return l.Events.Response(httpLine(e), Number(e.Connection))
}

func (l *Language) serve(e *event.Event) string {
	if e.BytesRead > 0 {
		return l.Events.Reads(e.BytesRead, Number(e.Connection))
	}
	return l.Events.Writes(e.BytesWritten, Number(e.Connection))
}

func (l *Language) closes(e *event.Event) string {
	say := l.Events.Closes
	if e.Flags.Has(event.Unknown) {
		say = l.Events.KernelCloses
	}
	return say(Number(e.Connection), e.BytesRead, e.BytesWritten)
}

func (l *Language) datagram(e *event.Event) string {
	return l.Events.Datagram(e.BytesRead, text.Escape(string(e.Socket.Value().Local)))
}

func fails(l *Language, e *event.Event) string {
	w, at := &l.Events, e.Rare.Value()
	call := e.Call.String()
	if e.Path != "" {
		call += " " + text.Escape(e.Path)
		if e.Flags.Has(event.PathTruncated) {
			call += "..."
		}
	}
	if s := e.Socket.Value(); s.Listener+s.Local != "" {
		call = w.FailedOn(call, text.Escape(string(s.Listener+s.Local))) // it has one of them
	}
	line := w.Failed(call, at.Errno.String())
	if e.Count > 1 {
		line = w.FailedInARow(call, at.Errno.String(), e.Count)
	}
	if at.Limit != event.LimitUnknown {
		line = l.Punctuation.Remark(line, l.Findings.LimitReached(at.Limit, at.Max))
	}
	if at.Holder != 0 {
		line = l.Punctuation.Remark(line, l.Findings.AddressHeld(Who{PID: at.Holder}))
	}
	return line
}

func listenDrop(l *Language, e *event.Event) string {
	at := e.Socket.Value()
	return l.Events.ListenDrop(e.Count, text.Escape(string(at.Listener)), at.Queue, at.Backlog)
}

func holds(l *Language, e *event.Event) string {
	w := &l.Events
	line := w.HoldsConnection(Number(e.Connection), e.FD)
	if e.Connection == 0 {
		line = w.HoldsListener(text.Escape(string(e.Socket.Value().Listener)), e.FD)
	}
	switch e.Rare.Value().Occasion {
	case event.AtExec:
		line = l.with(line, w.HeldAfterExec)
	case event.AtExit:
		line = l.with(line, w.HeldToItsEnd)
	case event.AtLook:
		line = l.with(line, w.FoundByLook)
	}
	if e.Flags.Has(event.Untraced) {
		line = l.Punctuation.Remark(line, l.with(text.Escape(string(e.Comm)), w.NotTraced))
	}
	return line
}

func letsGo(l *Language, e *event.Event) string {
	if e.Rare.Value().Occasion == event.AtExit {
		return l.Events.LetsGoByEnding(Number(e.Connection))
	}
	return l.Events.LetsGo(Number(e.Connection))
}

func (l *Language) lost(e *event.Event) string {
	switch {
	case e.Lost == event.None:
		return l.Events.LostToDamage(e.Count)
	case e.Flags.Has(event.Guessed):
		return l.Events.LostAtMost(e.Count, e.Lost.String())
	}
	return l.Events.LostToFullBuffer(e.Count, e.Lost.String())
}
