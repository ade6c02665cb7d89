package words

import "tracer/event"

var englishEvents = EventWords{
	OfThread:  func(tid event.TID, line string) string { return "thread " + number(tid) + ": " + line },
	Guessed:   "guessed after a loss",
	EndUnseen: "was ending as tracer attached",

	Launched:    "launched by tracer",
	RunsAlready: func(comm string) string { return "runs already: " + comm },
	ZombieAlready: func(comm, status string, parent event.PID) string {
		return "is a zombie already: " + comm + ", " + status + "; " + number(parent) + " must reap it"
	},
	SIGCHLDPending:   "a SIGCHLD is pending",
	LeaderEndedFirst: "its leader exited",
	IsSubreaper:      "is a subreaper",
	BecomesSubreaper: "is a subreaper: it inherits the orphans among its descendants",
	NoSubreaper:      "is not a subreaper: it does not inherit orphans",
	AllSeen:          "all that runs has been seen",

	DefaultAction:   func(signal string) string { return signal + " at its default action" },
	Ignored:         func(signal string) string { return signal + " at SIG_IGN: not sent, the kernel reaps" },
	HasHandler:      func(signal string) string { return signal + " has a handler" },
	ChildrenReaped:  "SA_NOCLDWAIT: the kernel will reap its children",
	Blocked:         "blocked",
	TakenBySignalFD: "for a signalfd to read",

	Fork:             func(child string) string { return "fork -> " + child },
	Vfork:            func(child string) string { return "vfork -> " + child },
	NewThread:        func(tid event.TID) string { return "new thread -> " + number(tid) },
	AsSibling:        "as its sibling (CLONE_PARENT)",
	NamespaceInit:    "init of a new PID namespace",
	NoNewPrivileges:  "without new privileges",
	KilledWithPidfd:  "killed when its pidfd is closed",
	ReapedByKernelAt: "reaped by the kernel at its end",
	NoSignalAtEnd:    "no signal at its end",
	SignalAtEnd:      func(signal string) string { return "sends " + signal + " at its end" },
	ByUntraced:       "by a process that is not traced",
	NotTraced:        "not traced",

	Exec:                func(command string) string { return "exec " + command },
	ExecAs:              func(file, command string) string { return "exec " + file + " as " + command },
	StillIgnored:        "SIGCHLD ignored since before",
	StillBlocked:        "SIGCHLD blocked since before",
	ThreadBecomesLeader: func(tid event.TID) string { return "thread " + number(tid) + " becomes the leader" },
	Renamed:             func(comm string) string { return "is now called " + comm },

	LeaderEnded: func(status string) string { return "leader exited (" + status + "), its threads run on" },
	ThreadEnded: "exited",
	Killed:      func(status string) string { return "killed by " + status },
	DebuggerThenKernel: func(debugger event.PID) string {
		return itsDebugger(debugger) + " is told first, then the kernel reaps it"
	},
	DebuggerFirst:      func(debugger event.PID) string { return itsDebugger(debugger) + " is told first" },
	NamespaceFirst:     "waits until its PID namespace is empty",
	MemoryFirst:        "its memory is released first",
	ChildrenGoTo:       func(reaper Who) string { return "its children go to " + reaper.english() },
	KernelReapsAsAsked: "reaped by the kernel, as it was created to be",
	KernelReaps:        "reaped by the kernel",
	OutOfMemory:        "chosen by the kernel as memory ran out",

	SignalQueued: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " queued"
	},
	SignalDiscarded: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " discarded"
	},
	SignalDiscardedByDefault: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " discarded (default action)"
	},
	SignalCoalesced: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " coalesced"
	},
	SignalFailed: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " failed"
	},
	SignalIgnored: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " discarded (SIG_IGN)"
	},
	SignalTooLate: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " discarded (it is ending already)"
	},
	SignalToInit: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " discarded (an init has no default action)"
	},
	SignalContinues: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + ", which continues if it is stopped"
	},
	ChildTrapped:   "child trapped",
	ChildStopped:   "child stopped",
	ChildContinued: "child continued",
	AboutChild:     func(pid event.PID) string { return "about child " + number(pid) },
	PidfdClosed:    "its pidfd was closed",
	SentByKernel:   "sent by the kernel",
	SentByTracer:   "by tracer",
	SentByUntraced: func(comm string) string { return "by " + comm + ", not traced" },
	SentByCall:     "sent by a call, not as a child ended",
	Reasons: ReasonWords{
		ParentDeath: func(thread event.TID) string {
			return "parent-death signal: thread " + number(thread) + ", which was its parent, ended"
		},
		Timer:         "its timer expired",
		BrokenPipe:    "broken pipe: nobody reads any more",
		Terminal:      "a key at its terminal",
		Hangup:        "its terminal is gone",
		SessionEnds:   "the leader of its session ended",
		GroupOrphaned: "it is stopped in an orphaned process group",
		NamespaceEnds: "its PID namespace ends",
	},
	HandlerRuns:  func(signal string) string { return signal + " handler runs" },
	TakenByCall:  func(signal, call string) string { return "takes " + signal + " by " + call },
	NowDiscarded: func(signal string) string { return signal + " is blocked no longer, discarded (SIG_IGN)" },
	NotDone:      func(signal string) string { return signal + " discarded: its process group is orphaned" },
	NotDoneByInit: func(signal string) string {
		return signal + " is blocked no longer, discarded (an init has no default action)"
	},
	StoppedBy: func(signal string) string { return "stopped by " + signal },

	WaitInKernel: "wait in the kernel",
	WaitByRing:   func(call string) string { return call + " by io_uring" },
	WaitBegins:   func(call string) string { return "waits in " + call },
	WaitLasts: func(call, duration string) string {
		return "is in " + call + ", for " + duration + " so far"
	},
	Interrupted: func(call string) string { return call + ": interrupted by a signal" },
	WaitOfStop:  func(call string) string { return call + ": a child stopped or went on (which one is not told)" },
	PidfdOf:     func(child event.PID) string { return "P_PIDFD of " + number(child) },
	NoChild:     func(call string) string { return call + ": no child to wait for (ECHILD)" },
	NoSuchChild: func(call string, child event.PID) string {
		return call + ": no child " + number(child) + " to wait for (ECHILD)"
	},
	NoChildInGroup: func(call string, group event.PID) string {
		if group == 0 {
			return call + ": no child in its own group to wait for (ECHILD)"
		}
		return call + ": no child in group " + number(group) + " to wait for (ECHILD)"
	},
	NoStatus: func(call string) string { return call + ": no status of a child yet (WNOHANG)" },
	NoStatusOf: func(call string, child event.PID) string {
		return call + ": no status of child " + number(child) + " yet (WNOHANG)"
	},
	NoStatusInGroup: func(call string, group event.PID) string {
		if group == 0 {
			return call + ": no status of a child in its own group yet (WNOHANG)"
		}
		return call + ": no status of a child in group " + number(group) + " yet (WNOHANG)"
	},
	ReapsUnknown: func(call string) string { return call + " reaps a child (which one is not told)" },
	Waited:       func(call string, child event.TID) string { return call + " = " + number(child) },
	LookOnly:     "a look only (WNOWAIT)",
	After:        func(sentence, duration string) string { return sentence + " after " + duration },

	Left:           "left the kernel",
	ReapedByKernel: "reaped by the kernel",

	Accept: func(peer string, connection Number, fd int32, queue, backlog uint32) string {
		return "accept " + peer + " as connection " + number(connection) + " (fd " + number(fd) + ", " + number(queue) +
			" queued of " + number(backlog) + ")"
	},
	ListenDrop: func(attempts uint64, listener string, queue, backlog uint32) string {
		return plural(attempts, "attempt", "attempts") + " to connect to " + listener + " dropped (" + number(queue) +
			" queued of " + number(backlog) + ")"
	},
	HoldsListener: func(listener string, fd int32) string {
		return "holds the listening socket " + listener + " (fd " + number(fd) + ")"
	},
	HoldsConnection: func(connection Number, fd int32) string {
		return "holds connection " + number(connection) + " (fd " + number(fd) + ")"
	},
	HeldAfterExec: "which the exec did not close",
	HeldToItsEnd:  "as it ends",
	FoundByLook:   "as a look at all files shows",
	LetsGo: func(connection Number) string {
		return "has closed its last descriptor of connection " + number(connection) + ", which others hold still"
	},
	LetsGoByEnding: func(connection Number) string {
		return "lets go of connection " + number(connection) + " as it ends, which others hold still"
	},
	UnnamedPeer:  "unix (unnamed)",
	AfterBacklog: func(sentence, duration string) string { return sentence + " after " + duration + " in the backlog" },
	Reads: func(bytes uint64, connection Number) string {
		return "reads " + plural(bytes, "byte", "bytes") + " of connection " + number(connection)
	},
	Writes: func(bytes uint64, connection Number) string {
		return "writes " + plural(bytes, "byte", "bytes") + " to connection " + number(connection)
	},
	Closes: func(connection Number, read, written uint64) string {
		return "closes connection " + number(connection) + " (" + plural(read, "byte", "bytes") + " in, " +
			number(written) + " out)"
	},
	KernelCloses: func(connection Number, read, written uint64) string {
		return "the kernel ends connection " + number(connection) + " (" + plural(read, "byte", "bytes") + " in, " +
			number(written) + " out)"
	},
	Datagram: func(bytes uint64, local string) string {
		return "datagram of " + plural(bytes, "byte", "bytes") + " on " + local
	},
	Request: func(line string, connection Number) string {
		return "reads " + line + " on connection " + number(connection)
	},
	Response: func(line string, connection Number) string {
		return "answers " + line + " on connection " + number(connection)
	},
	RingSetUp:      "sets up an io_uring",
	BlockedIn:      func(call, duration string) string { return "was blocked in " + call + " for " + duration },
	BlockedOutside: func(duration string) string { return "was blocked outside of a known call for " + duration },
	HadCPU:         func(duration string) string { return "had the CPU for " + duration + " in one turn" },
	RingUnseen:     "sets up an io_uring: what it accepts through that is not seen",

	Failed: func(call, errno string) string { return call + " failed: " + errno },
	FailedInARow: func(call, errno string, failures uint64) string {
		return call + " failed " + times(failures) + " in a row: " + errno
	},
	FailedOn: func(call, listener string) string { return call + " on " + listener },

	LostToDamage: func(events uint64) string {
		return "LOST " + plural(events, "event", "events") + ": the recording is damaged here"
	},
	LostAtMost: func(events uint64, kind string) string {
		return "LOST at most " + plural(events, kind+" event", kind+" events") +
			": the kernel skipped the programs that would have told"
	},
	LostToFullBuffer: func(events uint64, kind string) string {
		return "LOST " + plural(events, kind+" event", kind+" events") + ": the ring buffer was full"
	},
	TraceEnded: "the trace ended",
	Control: ControlEventWords{
		Reap:   func(way string) string { return "the user has the server reap by --reap " + way },
		Paused: "the user holds the clients",
		Rate: func(times string) string {
			return "the user has clients come at " + times + " times the rate asked for"
		},
		Burst:       func(clients string) string { return "the user has " + clients + " clients come at once" },
		Concurrency: func(clients string) string { return "the user limits the clients at once to " + clients },
		Work:        func(work string) string { return "the user has a request do --work " + work },
		Signal: func(signal string, to event.PID) string {
			return "the user sends " + signal + " to " + number(to)
		},
		Model: func(model string) string {
			return "the user has the model " + model + " go on in the server's place"
		},
		Unknown: "the user changes something",
	},
}

func itsDebugger(pid event.PID) string {
	if pid == 0 {
		return "its debugger"
	}
	return "its debugger, " + number(pid) + ","
}
