package words

import (
	"tracer/event"
	"tracer/text"
)

var englishZombies = ZombieWords{
	Some: func(zombies uint64, first []Who, longest string, atLeast bool) string {
		least := ""
		if atLeast {
			least = "at least "
		}
		who := listOf(first, Who.english, ", ")
		switch {
		case who != "" && int(zombies) > len(first):
			who = " (first " + who + ")"
		case who != "":
			who = ", " + who
		}
		if zombies == 1 {
			return "1 zombie" + who + ", for " + least + longest
		}
		return text.Count(zombies) + " zombies" + who + ", the longest for " + least + longest
	},
	Held: func(zombies string, debugger Who) string {
		who := "a debugger"
		if debugger.PID != 0 {
			who = "debugger " + debugger.english()
		}
		return zombies + ", held by " + who + ", which is told first, so the parent can reap only after " +
			"its wait or its end"
	},
	NoSIGCHLD: func(zombies, signal string) string {
		sends := "no signal"
		if signal != "" {
			sends = signal + ", not SIGCHLD,"
		}
		return zombies + ", created to send " + sends + " at the end: only a wait with __WALL or __WCLONE finds such"
	},
	Stopped: func(zombies, signal string) string {
		if signal == "" {
			return zombies + ", while it was stopped"
		}
		return zombies + "; it is stopped by " + signal
	},
	Kept: func(zombies string) string { return zombies },
	Left: func(zombies string, adopter Who) string {
		return "it ended and left what it had not reaped, " + zombies + ", to " + adopter.english() +
			", which has not reaped yet"
	},
	EndedAfter: func(several bool, duration string) string {
		if !several {
			return "it ended " + duration + " after that child"
		}
		return "it ended " + duration + " after the first of them"
	},
	Orphan: func(zombies string, former Who) string {
		return zombies + ", adopted alive when the parent, " + former.english() + ", ended"
	},
	Dropped: func(zombies, why string) string {
		return zombies + ", reaped by nobody and dropped by the kernel, " + why
	},
	Late: func(zombies uint64, longest Who, waited string) string {
		if zombies == 1 {
			return "zombie " + longest.english() + " waited " + waited + " to be reaped"
		}
		return text.Count(zombies) + " zombies waited 100 ms or longer to be reaped, the longest, " +
			longest.english() + ", " + waited
	},
	KernelReaped: func(processes uint64, why string) string {
		return "the kernel itself reaped " + plural(processes, "process", "processes") + " " + why
	},

	Adopted: func(processes uint64, status string, first Who) string {
		if processes == 1 {
			return "a wait for any child gave it the status of a process that it had not created: " + status + " of " +
				first.english()
		}
		return "waits for any child gave it the statuses of " + text.Count(processes) +
			" processes that it had not created, first " + status + " of " + first.english()
	},

	Ignores: func(whose Who, it bool) string {
		return "as " + whose.orIt(it) + " ignores SIGCHLD"
	},
	SetSIGIGN: func(whose Who, it bool) string {
		return "as " + whose.orIt(it) + " has SIGCHLD at SIG_IGN"
	},
	SetNoCldWait: func(whose Who, it bool) string {
		return "as " + whose.orIt(it) + " has SA_NOCLDWAIT set"
	},
	NamespaceEnded: func(init Who, it bool) string {
		if it {
			return "as it ended and, as its init, its PID namespace with it"
		}
		return "as the PID namespace ended with its init, " + init.english()
	},

	StoppedBy: func(sender Who) string {
		if sender.PID == 0 {
			return "the kernel sent that"
		}
		return sender.english() + " sent that"
	},
	HeldFor: func(duration string, debugger Who) string {
		if debugger.PID == 0 {
			return "a debugger, which is told first, had it for " + duration
		}
		return "debugger " + debugger.english() + ", which is told first, had it for " + duration
	},
	AdoptedFrom: func(former Who) string { return "adopted when its parent, " + former.english() + ", ended" },
	CameAlive: func(former Who) string {
		return "adopted alive when its parent, " + former.english() + ", ended"
	},
	StoppedFor: func(duration string) string { return "it was stopped for " + duration },
	BusyFor: func(duration string, child Who) string {
		return "it was in a wait for another child, " + child.english() + ", for " + duration + " of that time"
	},
	InWait: func(thread event.TID, call string, child Who, duration string, atLeast bool) string {
		who, another := "it", ""
		if thread != 0 {
			who = "its thread " + number(thread)
		}
		if child.PID != 0 {
			another = ", for another child, " + child.english() + ","
		}
		if atLeast {
			duration = "at least " + duration
		}
		return who + " has been in " + call + another + " for " + duration
	},
	NoWaitMeanwhile: "it had not returned from a wait in the meantime",
	WaitsMeanwhile: func(calls uint64) string {
		return "it had returned from " + plural(calls, "wait", "waits") + " in the meantime"
	},
	NoWait: "it has not returned from a wait since",
	Waits: func(calls uint64) string {
		return "it has returned from " + plural(calls, "wait", "waits") + " since, which reaped none of these"
	},
	WaitsInVain: func(nothing, noChild uint64) string {
		switch {
		case noChild == 0:
			return text.Count(nothing) + " because none had ended"
		case nothing == 0:
			return text.Count(noChild) + " because there was no such child, ECHILD"
		}
		return text.Count(nothing) + " because none had ended, " + text.Count(noChild) +
			" because there was no such child, ECHILD"
	},
	OtherWaits: func(calls uint64) string {
		return "it has waited only for other children, in " + plural(calls, "call", "calls")
	},
	WaitsUnseen:      "it is not traced, so of its waits only one that reaps is seen",
	WaitsOf32Bits:    "it waits by 32-bit system calls, whose return is not seen",
	WaitsUnknown:     "events were lost, so whether it was waited for is not known",
	Blocked:          "it blocks SIGCHLD",
	SignalFD:         "it takes SIGCHLD from a signalfd",
	DefaultAction:    "it has SIGCHLD at its default action, which tells it nothing",
	HadBlocked:       "it blocked SIGCHLD",
	HadDefaultAction: "it had SIGCHLD at its default action, which told it nothing",
	IgnoredTooLate:   "it has SIGCHLD at SIG_IGN now, which reaps only those that end later",
	HandlerRan: func(n uint64) string {
		if n == 0 {
			return "its handler of SIGCHLD has not run since"
		}
		return "its handler of SIGCHLD has run " + times(n) + " since"
	},
	Coalesced: func(n uint64, in Who) string {
		line := plural(n, "SIGCHLD was", "SIGCHLD were") + " coalesced"
		switch {
		case in.PID != 0 && n == 1:
			line += " with that of " + in.english()
		case in.PID != 0:
			line += ", one of them with that of " + in.english()
		}
		return line
	},
	SendsNothing: "created to send no signal at its end, so only a wait with __WALL or __WCLONE finds it",
	Sends: func(signal string) string {
		return "created to send " + signal + " at its end, so only a wait with __WALL or __WCLONE finds it"
	},
}
