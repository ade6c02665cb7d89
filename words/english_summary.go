package words

import (
	"fmt"

	"tracer/event"
	"tracer/text"
)

var englishSummary = SummaryWords{
	CommandTitle:     "command",
	TracedTitle:      "traced",
	AttachedTitle:    "attached",
	EndedTitle:       "it ended",
	ProcessesTitle:   "processes",
	ExitsTitle:       "exits",
	SignalsTitle:     "signals",
	ThreadsTitle:     "threads",
	CostTitle:        "used",
	ZombiesTitle:     "zombies",
	ReapedTitle:      "reaped",
	WaitsTitle:       "waits in vain",
	SigchldTitle:     "SIGCHLD",
	AcceptsTitle:     "accepts",
	ConnectionsTitle: "connections",
	HTTPTitle:        "HTTP",
	DatagramsTitle:   "datagrams",
	CoroutinesTitle:  "coroutines",
	DropsTitle:       "dropped",
	FailuresTitle:    "failed calls",
	HeldTitle:        "held unused",

	Traced: func(seconds float64, events, lost uint64) string {
		return fmt.Sprintf("%.3f s, %s, %s lost", seconds, plural(events, "event", "events"), text.Count(lost))
	},
	Attached: func(processes, threads, zombies uint64) string {
		return fmt.Sprintf("to %s, %s, %s", plural(processes, "process", "processes"),
			plural(threads, "more thread", "more threads"), plural(zombies, "zombie", "zombies"))
	},
	Processes: func(created, exited, execs uint64, depth int) string {
		return fmt.Sprintf("%s created, %s exited, %s, tree depth %d", text.Count(created), text.Count(exited),
			plural(execs, "exec", "execs"), depth)
	},
	ExitCode:   func(code int, n uint64) string { return fmt.Sprintf("code %d: %s", code, text.Count(n)) },
	ExitSignal: func(signal string, n uint64) string { return signal + ": " + text.Count(n) },
	Signal: func(signal string, n uint64, by, to, fates string) string {
		if n > 1 {
			signal = text.Count(n) + " " + signal
		}
		if fates != "" {
			fates = ": " + fates
		}
		return signal + " by " + by + " to " + to + fates
	},
	SignalTo:       func(pid event.PID, comm string) string { return number(pid) + " (" + comm + ")" },
	SignalKernel:   "the kernel",
	SignalTracer:   "tracer",
	SignalOutside:  func(sender string) string { return sender + ", not traced," },
	SignalToItself: "itself",
	EndedIt:        "killed it",
	StoppedIt:      func(n uint64) string { return onceOr("stopped it", n) },
	ContinuedIt:    func(n uint64) string { return onceOr("let it continue", n) },
	InHandler:      func(n uint64) string { return text.Count(n) + " handled" },
	TakenByWait:    func(n uint64) string { return text.Count(n) + " taken by sigwait or the like" },
	Coalesced:      func(n uint64) string { return text.Count(n) + " coalesced" },
	Discarded:      func(n uint64) string { return text.Count(n) + " discarded" },
	SparedInit:     "an init has no default action",
	UnderSIGIGN:    "SIG_IGN",
	TooLate:        "it was ending already",
	OrphanedGroup:  "its process group is orphaned",
	ByDefault:      "default action",
	Held:           func(who Who, what string) string { return who.english() + ": " + what },
	MoreHeld:       func(n uint64) string { return "and " + text.Count(n) + " more" },
	MoreSignals:    func(n uint64) string { return "and " + plural(n, "more signal", "more signals") },
	Threads: func(created, exited uint64) string {
		return text.Count(created) + " created, " + text.Count(exited) + " exited"
	},
	Cost: func(cpuMs, delayMs float64, voluntary, involuntary, minor, major, memory uint64) string {
		line := fmt.Sprintf("%.1f ms of CPU", cpuMs)
		if delayMs > 0 {
			line += fmt.Sprintf(", waited %.1f ms for one", delayMs)
		}
		line += fmt.Sprintf("; %s voluntary context switches, %s involuntary; %s minor page faults, %s major",
			text.Count(voluntary), text.Count(involuntary), text.Count(minor), text.Count(major))
		if memory > 0 {
			line += "; at most " + text.Count(memory) + " bytes of memory in one process"
		}
		return line
	},
	Zombies: func(left, dropped, peak uint64, totalMs, longestMs float64, atLeast bool) string {
		waited := "waited %.1f ms in all, %.1f ms at most"
		if atLeast {
			waited = "waited at least %.1f ms in all, the longest at least %.1f ms"
		}
		gone := ""
		if dropped > 0 {
			gone = text.Count(dropped) + " dropped by the kernel, "
		}
		return text.Count(left) + " left, " + gone + text.Count(peak) + " at most at once; " +
			fmt.Sprintf(waited, totalMs, longestMs)
	},
	Reaped: func(byParent, byOther, byKernel, unseen, reparented uint64) string {
		return fmt.Sprintf("%s by their parent, %s by another, %s by the kernel, %s unseen; %s changed their parent",
			text.Count(byParent), text.Count(byOther), text.Count(byKernel), text.Count(unseen), text.Count(reparented))
	},
	WaitsInVain: func(noStatus, noChild uint64) string {
		return fmt.Sprintf("%s found no status yet (WNOHANG), %s no child to wait for (ECHILD)", text.Count(noStatus),
			text.Count(noChild))
	},
	Sigchld: func(queued, coalesced, discarded, delivered uint64) string {
		return fmt.Sprintf("%s queued, %s coalesced, %s discarded (default action), %s delivered", text.Count(queued),
			text.Count(coalesced), text.Count(discarded), text.Count(delivered))
	},
	AcceptOn:       func(n uint64, listener string) string { return text.Count(n) + " on " + listener },
	AcceptOnOthers: func(n uint64) string { return text.Count(n) + " on others" },
	AcceptedBy: func(accepts string, processes uint64, orMore bool) string {
		if orMore {
			return accepts + ", by more than " + plural(processes, "process", "processes")
		}
		return accepts + ", by " + plural(processes, "process", "processes")
	},
	Drops:           func(attempts uint64) string { return plural(attempts, "attempt", "attempts") + " to connect" },
	FailedSoOften:   func(call string, n uint64) string { return call + ": " + text.Count(n) },
	FailedOtherwise: func(n int) string { return number(n) + " more ways" },
	Connections: func(open, peak uint64) string {
		return text.Count(open) + " open, " + text.Count(peak) + " at most at once"
	},
	HTTP: func(requests uint64, answers string) string {
		return plural(requests, "request", "requests") + "; answers: " + answers
	},
	NoAnswers: "none",
	Answers:   func(n uint64, status int) string { return text.Count(n) + " with " + number(status) },
	Datagrams: func(received uint64) string { return text.Count(received) + " received" },
	Coroutines: func(created, finished, switches uint64) string {
		return fmt.Sprintf("%s created, %s finished, %s", text.Count(created), text.Count(finished),
			plural(switches, "switch", "switches"))
	},
}

// onceOr says what happened, and how often if that was not once.
func onceOr(what string, n uint64) string {
	if n == 1 {
		return what
	}
	return what + " " + times(n)
}
