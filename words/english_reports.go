package words

var englishReports = ReportWords{
	TitleOf: func(traced string) string { return "What happened in " + traced },
	By:      func(author string) string { return "by " + author },
	Process: func(pid int, comm string) string { return number(pid) + " (" + comm + ")" },

	MoreLanes: func(lanes uint64) string {
		return plural(lanes, "more lane is", "more lanes are") + " only in the report as a page (HTML)."
	},
	Peak: func(what string, most uint64, when string) string {
		return what + ": at most " + number(most) + ", first at " + when
	},
	OpenBetween: func(connections uint64, from, to string) string {
		return plural(connections, "connection", "connections") + " open for " + from + " to " + to
	},
	Histogram:   "How many connections were open for how long",
	OpenForTime: "open for",
	Time:        "time",
	ForestAt: func(why string, event uint64, when string) string {
		return why + ": after event " + number(event) + ", at " + when
	},
	MostTasks:   "The most tasks alive at once",
	MostZombies: "The most zombies at once",
	AsAsked:     "As asked for",
	NoEvent: func(event, events uint64) string {
		return "there is no event " + number(event) + "; the recording has " + plural(events, "event", "events") +
			", counted from 0"
	},

	What:        "What was run",
	Shows:       "What it shows",
	Marks:       "Marks and notes",
	Questions:   "Questions",
	Lanes:       "The lanes",
	Forest:      "Who made whom, and who reaped whom",
	Connections: "How long connections took",
	Ledger:      "The ends of children, and what became of them",
	Counters:    "Counters",
	OverTime:    "Over time",
	Missing:     "What was lost",

	Command: "command",
	Traced:  "traced",
	When:    "when",
	Kernel:  "kernel",
	CPUs:    "CPUs",
	Tracer:  "tracer",
	Took:    "took",
	Again:   "again by",

	Phase:   "phase",
	Count:   "connections",
	Median:  "median",
	P90:     "90 %",
	P99:     "99 %",
	Longest: "longest",
	Queued:  "in the backlog, before accept",
	ToSpawn: "from accept to a process of its own",
	ToRead:  "from accept to the first read",
	ToReply: "from accept to the first byte of the answer",
	ToClose: "from accept to close",

	LedgerExplained: "Each end of a child is a SIGCHLD that was queued, coalesced into one that was pending, or " +
		"discarded, or none was sent; and each dead child was reaped, released by the kernel, left to another " +
		"process by the end of its parent, or is a zombie still.",
	OfSIGCHLD:      "SIGCHLD of the ends",
	OfTheDead:      "what became of the dead",
	Parent:         "parent",
	Ended:          "children ended",
	SentQueued:     "SIGCHLD queued",
	SentCoalesced:  "coalesced",
	SentDiscarded:  "discarded",
	NotSent:        "not sent",
	Delivered:      "handler ran",
	Reaped:         "reaped by a wait",
	ByKernel:       "reaped by the kernel",
	Dropped:        "dropped as zombies",
	Unseen:         "reaped unseen",
	Left:           "left to another",
	StillZombies:   "zombies still",
	NothingShown:   "Nothing unusual so far.",
	NothingMissing: "Nothing was lost, and nothing had to be inferred.",
	Evidence:       "shown by",
	Severity:       "severity",

	Page: ReportPage{
		Process:    "process",
		Thread:     "thread",
		Coroutine:  "coroutine",
		Zombie:     "zombie",
		Stopped:    "stopped",
		Ending:     "ended, its parent cannot wait yet",
		Queued:     "in the backlog",
		Accepted:   "accepted, not yet read",
		Served:     "read, not yet answered",
		Replied:    "answered, not yet closed",
		Holding:    "held without use",
		Fork:       "fork",
		Reap:       "reaped",
		Reparent:   "adopted",
		Coalesce:   "SIGCHLD coalesced",
		Dispatch:   "handed to",
		Exec:       "exec",
		Connection: "connection",
		Event:      "event",
		Still:      "to the end of the trace",
		Search:     "search by id or name",
		Found:      "found",
		NotFound:   "nothing found",
		All:        "whole trace",
		In:         "zoom in",
		Out:        "zoom out",
		Keys: "Keys: arrows move, + and - zoom, 0 shows all, / searches, Enter goes to the next match, f folds " +
			"threads and coroutines, n and p go along the lane. The wheel scrolls, with Ctrl it zooms; dragging moves.",
		Folded:      "folded",
		Fold:        "fold threads and coroutines",
		Alive:       "processes alive",
		Zombies:     "zombies",
		Open:        "open connections",
		Threads:     "threads alive, leaders aside",
		OpenFor:     "open for (ms)",
		Connections: "connections",
		Time:        "time (ms)",
		LanesFor:    "A lane for each task, over time. The tables below say the same.",
		Printed:     "Lanes that are printed:",
	},
}
