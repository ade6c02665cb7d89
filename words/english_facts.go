package words

import (
	"tracer/event"
)

var englishFacts = FactWords{
	ZombieFor:     func(duration string) string { return "zombie for " + duration },
	AtLeast:       func(duration string) string { return "at least " + duration },
	PIDInside:     func(pid event.PID) string { return "pid " + number(pid) + " inside" },
	ZombiesWait:   func(n uint64) string { return plural(n, "zombie waits", "zombies wait") },
	ZombiesDeeper: func(n uint64) string { return plural(n, "zombie deeper", "zombies deeper") },
	LeaderExited: func(threads uint64) string {
		return "leader exited, " + plural(threads, "thread runs on", "threads run on")
	},
	AdoptedBy:      func(who string) string { return "adopted by " + who },
	Accepts:        func(n uint64) string { return plural(n, "accept", "accepts") },
	LastPeer:       func(peer string) string { return "last " + peer },
	MoreThreads:    func(n uint64) string { return "+" + plural(n, "thread", "threads") },
	MoreCoroutines: func(n uint64) string { return "+" + plural(n, "coroutine", "coroutines") },
	Serves:         func(peer string) string { return "serves " + peer },
	Served:         func(peer string) string { return "served " + peer },
	Switches:       func(n uint64) string { return plural(n, "switch", "switches") },
	KilledByTracer: func(status string) string { return status + " by tracer" },
	KilledByKernel: func(status string) string { return status + " by the kernel" },
	KilledByItself: func(status string) string { return status + " by itself" },
	KilledBy:       func(status string, pid event.PID) string { return status + " by " + number(pid) },
	KilledFromOutside: func(status string, pid event.PID, comm string) string {
		return status + " by " + number(pid) + " (" + comm + ", not traced)"
	},
	ClosedItsPidfd:     "which closed its pidfd",
	MustReap:           func(who string) string { return who + " must reap it" },
	ParentMustReap:     "its parent must reap it",
	MustReapThem:       func(who string) string { return who + " must reap them" },
	ParentMustReapThem: "their parent must reap them",
	ZombiesFor:         func(least, most string) string { return "for " + least + " to " + most },
	Held: func(debugger string) string {
		if debugger == "" {
			return "held by a debugger"
		}
		return "held by debugger " + debugger
	},
	SentNoSIGCHLD:  "only by __WALL",
	ParentWaits:    func(parent event.PID, call string) string { return number(parent) + " is in " + call },
	ParentStopped:  func(parent event.PID) string { return number(parent) + " is stopped" },
	ReapedByKernel: "reaped by the kernel",
	Dropped:        "dropped by the kernel, not reaped",
	ReapedByTracer: "reaped by tracer",
	ReapedUnseen:   "reaped by an unseen call",
	ReapedBy:       func(who string) string { return "reaped by " + who },
	Reaped:         "reaped",
}
