package words

import (
	"tracer/event"
	"tracer/text"
)

// FindingWords are what a trace shows, one sentence for each finding.
type FindingWords struct {
	// The severities, by their names in JSON.
	Note       string
	Warning    string
	Incomplete string
	// Of is the finding of a severity, OfProcess one that is about a process.
	Of        func(severity, finding string) string
	OfProcess func(severity string, who Who, finding string) string

	EventsLost      func(events uint64, kinds string) string
	LostKind        func(events uint64, kind string) string
	LostInRecording func(events uint64) string
	// Clauses of EventsLost: the counters that can be too high all the same, and what to do.
	ButWhoReaped  string
	ButZombies    string
	KernelSkipped string // after a semicolon
	LargerBuffer  string // after a semicolon

	Contradictions func(events uint64) string
	ReapedUnseen   func(processes uint64, eventsLost bool) string
	RingUnseen     func(rings uint64) string
	ClosesGuessed  func(connections uint64) string
	// CallFailed is of a call that was refused so often.
	CallFailed func(call, errno string, times uint64) string
	// LimitReached is a remark on it: what the call ran into, and how much that allows.
	LimitReached func(limit event.Limit, most uint64) string
	ExecFailed   func(errno string, code int, processes uint64) string
	// AboutFile is a finding about a file, AboutAddress one about the socket that has it.
	AboutFile    func(path, finding string) string
	AboutAddress func(address, finding string) string
	// AddressHeld and OtherAddresses are remarks on a bind or listen that failed: that process has had a socket listen
	// there; it was tried with other addresses as well.
	AddressHeld func(by Who) string
	// AddressFoundHeld is, in their place, who was found to hold it right after.
	AddressFoundHeld func(by Who) string
	OtherAddresses   string
	// BacklogFull is of a listener that dropped so many attempts to connect, BacklogDropped of one whose backlog was
	// not seen full; Backlog says how many connections were seen waiting at most, and what its limit is, AcceptedLate
	// how long one waited at most, of so many that were accepted.
	BacklogFull    func(attempts uint64) string
	BacklogDropped func(attempts uint64) string
	Backlog        func(waiting, limit uint64) string
	AcceptedLate   func(accepts uint64, longest string) string

	// SigchldCoalesced is of a process with a handler, SigchldCoalescedUnhandled of one whose handler has not run, and
	// which has made or inherited a signalfd, or blocks the signal.
	SigchldCoalesced          func(coalesced, delivered, made uint64) string
	SigchldCoalescedUnhandled func(coalesced uint64, signalFD, blocked bool) string
	FirstCoalesced            func(of, in event.PID) string // remark on both
	// The statuses of so many children were lost: one of them had been taken by a thread's call, or by the kernel, so
	// long before its parent waited for it by its id; "": not known.
	StatusTaken   func(children uint64, status string, child, thread Who, call, before string) string
	StatusDropped func(children uint64, status string, child Who, before string) string
	// Why the kernel does so, after a semicolon.
	ParentIgnores       string
	ParentNoCldWait     string
	CreatedSo           string
	KernelReapedAsAsked func(processes uint64) string
	// Stalled is of a call, "": of none that is known; by the only thread of the process when its id is 0.
	Stalled func(thread event.TID, call, duration string) string
	// StalledOnCPU is of a thread likewise, which computed.
	StalledOnCPU func(thread event.TID, duration string) string
	// What goes with both: clauses of which connections were open that the process alone serves, and which were in the
	// backlog; who had control of the thread; of how many that one is the longest.
	StalledOpen    func(connections uint64) string
	StalledQueued  func(connections uint64) string
	StalledControl func(coroutine string) string
	// Stalls, HasControl and WaitInBacklog are of a wait that is under way.
	Stalls        func(thread event.TID, call, duration string) string
	HasControl    func(coroutine string) string
	WaitInBacklog func(connections uint64) string
	StalledOften  func(stalls uint64) string // remark
	// Suspended is of a thread likewise. What goes with it, and with a wait: clauses of what its child did at last, and
	// of how many connections waited meanwhile that it accepted afterwards, one of them for so long.
	Suspended      func(thread event.TID, duration string) string
	UntilEnded     func(child Who) string
	UntilExecuted  func(child Who) string
	QueuedMeantime func(connections uint64, atLeast bool, longest string) string
	// CoroutinesCopied is of so many coroutines of who forked it, named by the word of their runtime.
	CoroutinesCopied func(n uint64, coroutine string, creator Who) string
	// ChildAccepts is of processes that came from this one, or from one another, by forks.
	ChildAccepts func(processes uint64, first Who) string
	// LeaderExited is of a process that has been there without it for so long, or was until it ended.
	LeaderExited func(duration string, atLeast, lives bool) string
	// ConnectionsCut is of a process that ended with a status, CutByThreads a clause of how many of them other threads
	// than its leader served, CutAfter one of how long the longest was open. CutOpen is of how many of all the client
	// had neither closed nor finished sending, CutFinished of how many it had done one of both.
	ConnectionsCut func(connections uint64, status string) string
	CutOpen        func(open, of uint64) string
	CutFinished    func(finished, of uint64) string
	CutByThreads   func(threads uint64) string
	CutAfter       func(longest string) string
	Zombies        ZombieWords
	EndedBy        EndedByWords
	Holding        HoldingWords
}

// EndedByWords are what became of signals. Of processes that one ended, the first is named.
type EndedByWords struct {
	OutOfMemory       func(processes uint64, first Who) string
	ParentThreadEnded func(processes uint64, first Who, thread event.TID, signal string) string
	Stranger          func(processes uint64, first Who, signal string) string
	InitSpared        func(signals uint64, signal string) string
}

// findings has the sentence of each finding by its id, made of its arguments.
var findings = map[string]func(*Language, map[string]uint64) string{
	"events_lost":    (*Language).eventsLost,
	"contradictions": func(l *Language, a map[string]uint64) string { return l.Findings.Contradictions(a["events"]) },
	"reaped_unseen": func(l *Language, a map[string]uint64) string {
		return l.Findings.ReapedUnseen(a["processes"], a["events_lost"] > 0)
	},
	"io_uring_unseen": func(l *Language, a map[string]uint64) string { return l.Findings.RingUnseen(a["rings"]) },
	"closes_guessed": func(l *Language, a map[string]uint64) string {
		return l.Findings.ClosesGuessed(a["connections"])
	},
	"backlog_full":  backlogFull,
	"accept_failed": callFailed,
	"fork_failed":   callFailed,
	"exec_failed": func(l *Language, a map[string]uint64) string {
		return l.Findings.ExecFailed(event.Errno(a["errno"]).String(), int(a["code"]), a["processes"])
	},
	"sigchld_coalesced": sigchldCoalesced,
	"stall":             stalled,
	"kernel_reaped_as_asked": func(l *Language, a map[string]uint64) string {
		return l.Findings.KernelReapedAsAsked(a["processes"])
	},
	"leader_exited": func(l *Language, a map[string]uint64) string {
		return l.Findings.LeaderExited(duration(a["lasted_ns"]), a["at_least"] > 0, a["lives"] > 0)
	},
	"connections_cut": connectionsCut,
	"init_spared": func(l *Language, a map[string]uint64) string {
		return l.Findings.EndedBy.InitSpared(a["signals"], text.SignalName(int32(a["signal"])))
	},
}

// endFindings are those of processes that a signal ended, of which the first is named.
var endFindings = map[string]func(l *Language, a map[string]uint64, first Who) string{
	"out_of_memory": func(l *Language, a map[string]uint64, first Who) string {
		return l.Findings.EndedBy.OutOfMemory(a["processes"], first)
	},
	"parent_thread_ended": func(l *Language, a map[string]uint64, first Who) string {
		return l.Findings.EndedBy.ParentThreadEnded(a["processes"], first, event.TID(a["thread"]),
			text.SignalName(int32(a["signal"])))
	},
	"ended_by_stranger": func(l *Language, a map[string]uint64, first Who) string {
		return l.Findings.EndedBy.Stranger(a["processes"], first, text.SignalName(int32(a["signal"])))
	},
}

func stalled(l *Language, a map[string]uint64) string {
	w, call, thread := &l.Findings, "", event.TID(a["thread"])
	if c := event.Call(a["syscall"]); c != event.CallNone {
		call = c.String()
	}
	line := w.Stalled(thread, call, text.DurationText(event.Time(a["blocked_ns"])))
	if cpu := a["cpu_ns"]; cpu > 0 {
		line = w.StalledOnCPU(thread, text.DurationText(event.Time(cpu)))
	}
	if id := a["coroutine"]; id > 0 {
		line = l.with(line, w.StalledControl(l.CoroutineText(event.Runtime(a["runtime"]), "", id)))
	}
	if n := a["open"]; n > 0 {
		line = l.with(line, w.StalledOpen(n))
	}
	if n := a["queued"]; n > 0 {
		line = l.with(line, w.StalledQueued(n))
	}
	if n := a["stalls"]; n > 1 {
		line = l.Punctuation.Remark(line, w.StalledOften(n))
	}
	return line
}

func (l namedText) statusLost() string {
	w, a, before := &l.Findings, l.a, ""
	if a["before_ns"] > 0 {
		before = duration(a["before_ns"])
	}
	status, child := l.StatusText(int32(a["status"])), l.who("child")
	if a["by_kernel"] > 0 {
		line := w.StatusDropped(a["statuses"], status, child, before)
		switch {
		case a["ignored"] > 0:
			line += l.Punctuation.Semicolon + w.ParentIgnores
		case a["nocldwait"] > 0:
			line += l.Punctuation.Semicolon + w.ParentNoCldWait
		case a["asked"] > 0:
			line += l.Punctuation.Semicolon + w.CreatedSo
		}
		return line
	}
	call := l.Events.WaitCall(event.Call(a["call"]), event.IDType(a["idtype"]), event.PID(a["id"]))
	return w.StatusTaken(a["statuses"], status, child, l.who("thread"), call, before)
}

// Finding returns the sentence of a finding by its id, made of its arguments by their names and of the processes that
// it names; the id where there is none.
func (l *Language) Finding(id string, arguments map[string]uint64, named Named) string {
	if say := namedFindings[id]; say != nil {
		return say(namedText{l, named, arguments})
	}
	if say := endFindings[id]; say != nil {
		return say(l, arguments, named.Who(event.PID(arguments["first"])))
	}
	if say := holdFindings[id]; say != nil {
		return say(l, arguments, named)
	}
	if say := findings[id]; say != nil {
		return say(l, arguments)
	}
	return id
}

// FindingAbout is the sentence of a finding about a file or the address of a socket, if it has one; they are escaped.
func FindingAbout(l *Language, path string, address event.Addr, finding string) string {
	switch {
	case path != "":
		return l.Findings.AboutFile(text.Escape(path), finding)
	case address != "":
		return l.Findings.AboutAddress(text.Escape(string(address)), finding)
	}
	return finding
}

func backlogFull(l *Language, a map[string]uint64) string {
	w := &l.Findings
	line := w.BacklogDropped(a["dropped"])
	if a["full"] > 0 {
		line = w.BacklogFull(a["dropped"])
	}
	line += l.Punctuation.Semicolon + w.Backlog(a["queue"], a["backlog"])
	if a["queued_ns"] > 0 {
		line += l.Punctuation.Semicolon + w.AcceptedLate(a["accepts"], text.DurationText(event.Time(a["queued_ns"])))
	}
	return line
}

func callFailed(l *Language, a map[string]uint64) string {
	line := l.Findings.CallFailed(event.Call(a["call"]).String(), event.Errno(a["errno"]).String(), a["failures"])
	if limit := event.Limit(a["limit"]); limit != event.LimitUnknown {
		line = l.Punctuation.Remark(line, l.Findings.LimitReached(limit, a["max"]))
	}
	return line
}

func bindFailed(l *Language, a map[string]uint64, named Named) string {
	line := callFailed(l, a)
	if holder := event.PID(a["holder"]); a["found"] > 0 {
		line = l.Punctuation.Remark(line, l.Findings.AddressFoundHeld(named.Who(holder)))
	} else if holder != 0 {
		line = l.Punctuation.Remark(line, l.Findings.AddressHeld(named.Who(holder)))
	}
	if a["others"] > 0 {
		line = l.with(line, l.Findings.OtherAddresses)
	}
	return line
}

func connectionsCut(l *Language, a map[string]uint64) string {
	w := &l.Findings
	line := w.ConnectionsCut(a["connections"], l.StatusText(int32(a["status"])))
	if a["threads"] > 0 {
		line = l.with(line, w.CutByThreads(a["threads"]))
	}
	if a["open"] > 0 {
		line += l.Punctuation.Semicolon + w.CutOpen(a["open"], a["connections"])
	}
	if a["finished"] > 0 {
		line += l.Punctuation.Semicolon + w.CutFinished(a["finished"], a["connections"])
	}
	return line + l.Punctuation.Semicolon + w.CutAfter(duration(a["longest_ns"]))
}

func sigchldCoalesced(l *Language, a map[string]uint64) string {
	w := &l.Findings
	line := w.SigchldCoalesced(a["coalesced"], a["delivered"], a["coalesced"]+a["queued"])
	if a["delivered"] == 0 {
		line = w.SigchldCoalescedUnhandled(a["coalesced"], a["signalfd"] > 0, a["blocked"] > 0)
	}
	if of, in := a["first_coalesced"], a["first_pending"]; of > 0 && in > 0 {
		line = l.Punctuation.Remark(line, w.FirstCoalesced(event.PID(of), event.PID(in)))
	}
	return line
}

// Severity returns the word for a severity by its name in JSON.
func (l *Language) Severity(name string) string {
	switch name {
	case "warning":
		return l.Findings.Warning
	case "incomplete":
		return l.Findings.Incomplete
	}
	return l.Findings.Note
}

// FindingLine is a finding as a line of the summary; of no process when the id is 0.
func (l *Language) FindingLine(severity string, who Who, sentence string) string {
	if who.PID != 0 {
		return l.Findings.OfProcess(l.Severity(severity), who, sentence)
	}
	return l.Findings.Of(l.Severity(severity), sentence)
}

// eventsLost says how much was lost, by the kinds of which so much was, and what that means for the counters.
func (l *Language) eventsLost(lost map[string]uint64) string {
	w, kinds := &l.Findings, ""
	list := func(kind string) {
		if kinds != "" {
			kinds += l.Punctuation.Comma
		}
		kinds += kind
	}
	for _, k := range event.Kinds() {
		if n := lost[k.String()]; n > 0 {
			list(w.LostKind(n, k.String()))
		}
	}
	damaged := lost["unknown"]
	if damaged > 0 {
		list(w.LostInRecording(damaged))
	}
	line := w.EventsLost(lost["events"], kinds)
	if lost[event.Fork.String()] > 0 { // who made the child can have ended, and given it to another
		line = l.with(line, w.ButWhoReaped)
	}
	if lost[event.Wait.String()]+lost[event.Release.String()] > 0 {
		line = l.with(line, w.ButZombies)
	}
	switch lost["events"] {
	case damaged: // there is no remedy
	case damaged + lost["skipped"]:
		line += l.Punctuation.Semicolon + w.KernelSkipped
	default:
		line += l.Punctuation.Semicolon + w.LargerBuffer
	}
	return line
}
