package words

import (
	"tracer/text"
)

var englishControl = ControlWords{
	Title:    "Control",
	NoChoice: func(key string) string { return "nothing here has the number " + key },
	None:     "nothing can be changed here: that is for the bundled servers, as long as run or demo has them",
	Ended:    "It has ended; nothing can be changed any more.",
	Now:      func(what, choice string) string { return what + ": now " + choice },

	Reap:             "how the server reaps its children",
	ReapKey:          Key{"reap", "have the server reap by a handler that waits in a loop, and as before again"},
	Handler:          "a SIGCHLD handler that waits in a loop until no dead child is left",
	NoWait:           "nobody waits: SIGCHLD has its default action, and every child stays a zombie",
	Ignore:           "SIGCHLD is ignored (SIG_IGN): the kernel reaps; zombies that are there stay",
	Once:             "a SIGCHLD handler with a single wait: coalesced signals leave zombies",
	Poll:             "a wait without blocking for each child, after each accept and twice a second",
	DoubleFork:       "the child forks the server of the connection, and ends; init reaps that one",
	Done:             func(what, choice string) string { return what + ": " + choice },
	ChooseThis:       Key{"choose", "choose what the cursor is on"},
	Signals:          "signals",
	StopServer:       Key{"stop server", "SIGSTOP to the server: connections wait, the dead stay zombies"},
	ContinueServer:   Key{"go on", "SIGCONT to the server"},
	StopSelected:     Key{"stop one", "SIGSTOP to the process that is selected in the tree"},
	ContinueSelected: Key{"go on", "SIGCONT to that"},
	KillSelected:     Key{"kill one", "SIGKILL to that; asks first"},
	KillWorker:       Key{"kill any", "SIGKILL to some process but the server; asks first"},
	Question:         func(signal, who string) string { return "Send " + signal + " to " + who + "?" },
	Yes:              "yes",
	Sent:             func(signal, who string) string { return signal + " was sent to " + who },
	NotSent: func(signal, who, reason string) string {
		return signal + " was not sent to " + who + ": " + reason
	},
	NoServer:    "the server has ended",
	NotAlive:    "no living process is selected in the tree",
	NoWorker:    "the server has no process but its own just now",
	Bursts:      "clients that come together, beside all others",
	Burst:       "so many connections at once",
	AtOnce:      "how many clients there are at once, at most",
	OneClient:   "one after the other",
	HalfAtOnce:  "half as many as asked for",
	AllAtOnce:   "as many as asked for",
	TwiceAtOnce: "twice as many",
	Work:        "what a request does",
	WorkAsAsked: "as the flags say",
	NoWork:      "nothing",
	ShortSleep:  "sleep for a moment",
	LongSleep:   "sleep for long: workers pile up",
	Compute:     "use the CPU",
	Model:       "which server serves the clients",
	NoChildren:  func(model string) string { return "the model " + model + " has no way to reap" },
	NotServed: func(model, service string) string {
		return "the model " + model + " does not serve " + service
	},
	Clients:  "how clients come",
	HoldKey:  Key{"hold", "hold the clients, and let them come again"},
	Paused:   Key{"paused", "no new client comes"},
	Half:     Key{"half", "half as many as asked for"},
	AsAsked:  Key{"as asked", "as many as the flags say"},
	Fourfold: Key{"fourfold", "four times as many as asked for"},
	Failed:   func(reason string) string { return "the server cannot be told: " + reason },
	UnknownCommand: func(command string) string {
		return "control: unknown command " + command + "; use reap WAY, work WORK or model NAME"
	},
	Change: ChangeWords{
		Set:        func(way, since string) string { return "--reap " + way + " was set " + since + " ago" },
		NoneBefore: "no zombie was there",
		AllReaped: func(before uint64) string {
			return "the server has reaped all of the " + plural(before, "zombie", "zombies") + " that were there"
		},
		SomeReaped: func(reaped, before uint64) string {
			return "the server has reaped " + text.Count(reaped) + " of the " + plural(before, "zombie", "zombies") +
				" that were there"
		},
		NoneReaped: func(before uint64) string {
			return "the server has reaped none of the " + plural(before, "zombie", "zombies") + " that were there"
		},
		HandlerLoop: func(children uint64) string {
			return "one run of its SIGCHLD handler reaped " + text.Count(children) + " in a loop"
		},
		ServerLoop: func(children uint64) string {
			return "a thread of it reaped " + text.Count(children) + " in one loop of waits, without a signal"
		},
		NoneEnded: "no child has ended since",
		Ended: func(children uint64, counts string) string {
			return plural(children, "child", "children") + " ended since: " + counts
		},
		Delivered:      func(signals uint64) string { return text.Count(signals) + " SIGCHLD delivered" },
		Coalesced:      func(signals uint64) string { return text.Count(signals) + " coalesced" },
		Discarded:      func(signals uint64) string { return text.Count(signals) + " SIGCHLD discarded" },
		Waited:         func(children uint64) string { return text.Count(children) + " reaped by waits" },
		ByKernel:       func(children uint64) string { return text.Count(children) + " reaped by the kernel" },
		NoneLeft:       "no zombie is left",
		NoneLeftByLoop: "no zombie is left: a loop of waits also takes those whose signal was coalesced",
		NobodyWaits: func(zombies uint64) string {
			return "zombies stay (" + text.Count(zombies) + "): nobody has waited since"
		},
		KernelTakes: func(zombies uint64) string {
			return "zombies stay (" + text.Count(zombies) + "): the kernel takes those that end while SIGCHLD is " +
				"ignored, and nobody has waited for those that were dead before"
		},
		OneWaitASign: func(zombies uint64) string {
			return "zombies stay (" + text.Count(zombies) + "): each signal that was delivered had one wait, and " +
				"those that were coalesced had none"
		},
		ZombiesRemain: func(zombies uint64) string { return "zombies: " + text.Count(zombies) },
		Sentence: func(set, why, before, since string) string {
			return set + "; " + why + "; " + before + "; " + since
		},
	},
	OtherNamespace: "tracer runs in a PID namespace of its own, where processes have other ids",
	Refused:        func(reason string) string { return "control: " + reason },
}
