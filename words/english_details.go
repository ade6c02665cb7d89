package words

import (
	"tracer/event"
	"tracer/text"
)

var englishDetails = DetailWords{
	Nothing:         "nothing is selected",
	Title:           "DETAILS",
	Thread:          func(tid event.TID) string { return "THREAD " + number(tid) },
	Coroutine:       "COROUTINE",
	Process:         func(pid string) string { return "PROCESS " + pid },
	Event:           func(n string, kind string) string { return "EVENT " + n + ": " + kind },
	ProcessLabel:    "process",
	StateLabel:      "state",
	StatusLabel:     "status",
	AcceptsLabel:    "accepts",
	EndedHowLabel:   "ended how",
	CreatorLabel:    "creator",
	ThreadLabel:     "thread",
	SwitchesLabel:   "switches",
	InferredLabel:   "inferred",
	MetLabel:        "met",
	ParentLabel:     "parent",
	EndedLabel:      "ended",
	SubreaperLabel:  "subreaper",
	PathLabel:       "path",
	ArgumentsLabel:  "arguments",
	ChildrenLabel:   "children",
	ThreadsLabel:    "threads",
	IdentityLabel:   "identity",
	ZombieLabel:     "zombie",
	ReapedLabel:     "reaped",
	ServesLabel:     "serves",
	CoroutinesLabel: "coroutines",
	ListenerLabel:   "listener",
	BornLabel:       "born",
	UsedLabel:       "used",
	HoldsLabel:      "holds",
	LaneLabel:       "life",
	LifetimesLabel:  "they lived",
	LivedLess:       func(duration string) string { return "< " + duration },
	LivedLonger:     func(duration string) string { return ">= " + duration },
	SwitchesBeside: func(coroutines, voluntary, involuntary uint64) string {
		return text.Count(coroutines) + " between coroutines, without the kernel; " +
			text.Count(voluntary+involuntary) + " by the kernel: " + text.Count(voluntary) + " voluntary, " +
			text.Count(involuntary) + " involuntary"
	},
	SwitchesUnknown: func(coroutines uint64) string {
		return text.Count(coroutines) + " between coroutines, without the kernel; how many the kernel made is known " +
			"once the process has ended"
	},
	HeldToo:        func(others string) string { return "held by " + others + ", too" },
	InWaitLabel:    "in a wait",
	Vanished:       "not finished: its process ended, or its end was not seen",
	AlikeOldest:    "They are alike. The oldest of them:",
	SwitchesTo:     func(n uint64) string { return text.Count(n) + " to it" },
	Guess:          "events were lost: some of this is a guess",
	GuessOfEnd:     "it was ending as tracer attached: its end was not reported",
	ThereBefore:    "it was there before tracer attached",
	ByTracer:       "tracer launched it",
	Outside:        "outside of what is traced",
	Adopter:        func(who string) string { return who + ", who adopted it" },
	CopiedFrom:     func(creator string) string { return "copied from " + creator + " by fork" },
	EndedBefore:    "before tracer attached",
	Inherits:       "it inherits the orphans among its descendants",
	ChildrenMade:   func(n uint64) string { return text.Count(n) + " made" },
	WaitToBeReaped: func(n uint64) string { return plural(n, "waits", "wait") + " to be reaped" },
	CPU:            func(duration string) string { return duration + " on a CPU" },
	RunDelay:       func(duration string) string { return "waited " + duration + " for one" },
	Switches: func(voluntary, involuntary uint64) string {
		return text.Count(voluntary) + " voluntary context switches, " + text.Count(involuntary) + " involuntary"
	},
	Faults: func(minor, major uint64) string {
		return text.Count(minor) + " minor page faults, " + text.Count(major) + " major"
	},
	Memory: func(bytes uint64) string {
		return "at most " + text.Count(bytes) + " bytes of memory"
	},
	Threads: func(alive, made int) string {
		return number(alive) + " alive, " + number(made) + " made, besides the leader"
	},
	Identity: func(tid event.TID, start string) string {
		return "tid " + number(tid) + ", started " + start + " s after boot"
	},
	Status:       func(status, wait string) string { return status + "  (wait status " + wait + ")" },
	ZombieFor:    func(duration, mustReap string) string { return "for " + duration + "; " + mustReap },
	HeldFirst:    "its debugger is told first: its parent can reap it only after that waits for it or ends",
	SentNoSignal: "it sent no signal at its end: only a wait with __WALL or __WCLONE finds it",
	SentOther: func(signal string) string {
		return "it sent " + signal + ", not SIGCHLD, at its end: only a wait with __WALL or __WCLONE finds it"
	},
	ParentWaits: func(parent, call string) string { return parent + " is in " + call },
	InWait:      func(call, duration string) string { return call + ", for " + duration },
	ParentStopped: func(parent, signal string) string {
		return parent + " is stopped by " + signal + ": it can wait only when SIGCONT has come"
	},
	DefaultAction: "default action",
	Ignored:       "SIG_IGN: not sent, the kernel reaps",
	HasHandler:    "has a handler",
	NoCldWait:     "SA_NOCLDWAIT",
	HasSignalFD:   "has a signalfd for it",
	UpToNow:       func(what, counts string) string { return what + "; up to now: " + counts },
	Connection: func(n Number, peer string, by event.PID) string {
		return "connection " + number(n) + " from " + peer + ", accepted by " + number(by)
	},
	FirstBy:      func(coroutine string) string { return "first by " + coroutine },
	Queued:       func(duration string) string { return "queued " + duration },
	ProcessAfter: func(duration string) string { return "process after " + duration },
	ReadAfter:    func(duration string) string { return "read after " + duration },
	ReplyAfter:   func(duration string) string { return "reply after " + duration },
	ClosedAfter:  func(duration string) string { return "closed after " + duration },
	CloseLost:    "its close was lost: nobody is left who can have held it",
	Bytes: func(read, written uint64) string {
		return plural(read, "byte", "bytes") + " read, " + plural(written, "byte", "bytes") + " written"
	},
	Answered: func(request string, status int, duration string) string {
		return request + " -> " + number(status) + " after " + duration
	},
	Coroutines: func(alive, made, switches uint64) string {
		return text.Count(alive) + " alive, " + text.Count(made) + " made, " + plural(switches, "switch", "switches")
	},
	Accepts: func(n uint64, peer string) string { return text.Count(n) + ", the last from " + peer },
	Listener: func(listener string, queued, backlog uint32) string {
		return listener + ", " + number(queued) + " queued of " + number(backlog)
	},
	ListenDrops: func(attempts uint64) string {
		return plural(attempts, "attempt", "attempts") + " to connect " +
			"dropped"
	},
	BeforeTrace:    func(duration string) string { return duration + " before the trace" },
	At:             func(seconds string) string { return "at " + seconds + " s" },
	Lived:          func(at, duration string) string { return at + ", lived " + duration },
	ReapedByKernel: "by the kernel",
	Dropped:        "by nobody: dropped by the kernel",
	ReapedByTracer: "by tracer",
	ReapedUnseen:   "by an unseen call",
	ReapedBy:       func(who string) string { return "by " + who },
	Reaped:         "reaped",
	ByWait4:        "by wait4",
	ByWaitid:       "by waitid",
	ByRing:         "by waitid through an io_uring",
	AfterItsEnd:    func(duration string) string { return duration + " after its end" },
	ThatIsParent:   "that is its parent",
	ThatAdopted:    "that one had adopted it",
	Seconds:        func(seconds string) string { return seconds + " s" },
	LessonRoot:     "It has ended. tracer launched it and reaps it.",
	LessonInit:     "It is dead and its parent ended without a wait: init adopted it and will reap it.",
	LessonEnding: "It has ended, but its parent cannot wait for it yet: the kernel has not finished with it, and " +
		"tells the parent when it has.",
	LessonZombie: "It is dead. Only its exit status is left, and its process id stays taken until its parent " +
		"waits for it.",
	LessonIgnored: "It is gone. Its parent has SIGCHLD at SIG_IGN (or its PID namespace ended), so the kernel " +
		"kept no status and it was never a zombie.",
	LessonDropped: "It is gone. It was a zombie until the kernel released it, and nobody had waited for it: its " +
		"status is lost.",
	LessonGone:     "It is gone: its status was collected, and its process id is free again.",
	LessonLeader:   "Its first thread has ended, but the process lives on in its other threads.",
	LessonChildren: "It lives, and has dead children that it has not waited for.",
	LessonAlive:    "It lives.",
}
