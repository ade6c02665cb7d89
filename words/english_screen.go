package words

import (
	"strings"

	"tracer/event"
	"tracer/text"
)

var englishScreen = ScreenWords{
	Live:               "LIVE",
	EndedBadge:         "ENDED",
	Paused:             "PAUSED",
	Replay:             "REPLAY",
	Processes:          func(n uint64) string { return plural(n, "process", "processes") },
	Threads:            func(n uint64) string { return plural(n, "thread", "threads") },
	Coroutines:         func(n uint64) string { return plural(n, "coroutine", "coroutines") },
	ProcessesShort:     func(n uint64) string { return text.Count(n) + "p" },
	ThreadsShort:       func(n uint64) string { return text.Count(n) + "t" },
	CoroutinesShort:    func(n uint64) string { return text.Count(n) + "c" },
	Zombies:            func(n uint64) string { return plural(n, "zombie", "zombies") },
	Peak:               func(n uint64) string { return "peak " + text.Count(n) },
	Lost:               func(events uint64) string { return "LOST " + plural(events, "event", "events") },
	LostShort:          func(events uint64) string { return "LOST " + text.Count(events) },
	Waiting:            "waiting",
	Seconds:            func(seconds string) string { return seconds + " s" },
	Forks:              func(n uint64, aSecond bool) string { return rate(n, "fork", "forks", aSecond) },
	Exits:              func(n uint64, aSecond bool) string { return rate(n, "exit", "exits", aSecond) },
	NewThreads:         func(n uint64, aSecond bool) string { return rate(n, "thread", "threads", aSecond) },
	Accepts:            func(n uint64, aSecond bool) string { return rate(n, "accept", "accepts", aSecond) },
	Reaped:             "reaped:",
	ReapedShort:        "reaped",
	None:               "none",
	ByParent:           func(n uint64) string { return text.Count(n) + " by parent" },
	ByAnother:          func(n uint64) string { return text.Count(n) + " by another" },
	ByKernel:           func(n uint64) string { return text.Count(n) + " by the kernel" },
	Dropped:            func(n uint64) string { return text.Count(n) + " dropped" },
	Unseen:             func(n uint64) string { return text.Count(n) + " unseen" },
	Sigchld:            "SIGCHLD:",
	SigchldShort:       "SIGCHLD",
	Queued:             func(n uint64) string { return text.Count(n) + " queued" },
	Coalesced:          func(n uint64) string { return text.Count(n) + " coalesced" },
	Discarded:          func(n uint64) string { return text.Count(n) + " discarded" },
	DiscardedByDefault: func(n uint64) string { return text.Count(n) + " discarded (default action)" },
	Delivered:          func(n uint64) string { return text.Count(n) + " delivered" },
	PIDTitle:           "PID",
	StateTitle:         "STATE",
	AgeTitle:           "AGE",
	AcceptsTitle:       "ACCEPTS",
	Tree:               "TREE",
	Following:          "following",
	GoneHidden:         "gone hidden",
	Range: func(first, last, all int) string {
		return number(first) + "-" + number(last) + " of " + number(all)
	},
	NothingRuns:  "nothing runs yet",
	TooSmall:     "too small",
	Alive:        "alive",
	New:          "new",
	Stopped:      "stopped",
	Zombie:       "zombie",
	Ending:       "ending",
	Ended:        "ended",
	Gone:         "gone",
	Thread:       "thread",
	Made:         "made",
	Running:      "running",
	WaitingState: "waiting",
	Events:       "EVENTS",
	AllKinds:     "all",
	OnlyKinds:    func(kinds string) string { return kinds + " only" },
	OfProcess:    func(pid event.PID) string { return "of " + number(pid) },
	Unreadable:   "this event cannot be read",
	EndedColon:   "ended:",
	ZombiesLeft:  func(n uint64) string { return plural(n, "zombie left", "zombies left") },
	BarPaused:    "paused",
	BarPlaying:   "playing",
	Event:        func(at string) string { return "event " + at },
	Of:           func(all uint64) string { return "of " + text.Count(all) },
	Seeking:      "seeking",
	FirstNotKept: func(n uint64) string { return "the first " + text.Count(n) + " are no longer kept" },
	From:         func(n uint64) string { return "from " + text.Count(n) },
	Search:       "search:",
	Filter:       "only where:",
	Matching: func(n, all uint64) string {
		return text.Count(n) + " of " + text.Count(all) + " match"
	},
	Note:        "note:",
	NoEventHere: "the cursor is on no event",
	NoMarkHere:  "there is no mark at the cursor",
	NoSuchMark:  "no mark that way",
	MarkAt: func(n, all int, note string) string {
		return strings.TrimSuffix("mark "+number(n)+" of "+number(all)+": "+note, ": ")
	},
	MarksNotKept: "no file keeps the marks: they last as long as this screen",
	MarksFailed:  func(reason string) string { return "the marks are not kept: " + reason },
	Second:       "second:",
	Done:         "done",
	Cancel:       "cancel",
	OutputOfRun:  "what a program writes is kept by tracer run alone",
	NoTerminal:   "nothing to type into: only a command that tracer run launches has a terminal here, while it runs",
	Typing:       "TYPING: all keys go to the program",
	NoEventMatches: func(what string, events uint64) string {
		return "no event that way (of at most " + text.Count(events) + ") says " + what
	},
	NothingMatches: func(what string) string { return "nothing matches " + what },
	NoEvidence:     "no event shows anything unusual",
	Evidence: func(n, all int, finding string) string {
		return number(n) + " of " + number(all) + ": " + finding
	},
	NoZombies:   "no zombies",
	ThemeIs:     func(name string) string { return "colours: " + name },
	NoSuchEvent: "no such event that way",
	NoTime: func(what string) string {
		return what + " is not a time; type seconds since the start, such as 1.5"
	},
	EventsNotKept:  func(n uint64) string { return "the first " + text.Count(n) + " events are no longer kept" },
	Summary:        "SUMMARY",
	Output:         "OUTPUT of the traced program",
	NothingWritten: "nothing so far",
	LaunchedEnded:  func(status string) string { return "The launched program ended: " + status + "." },
	NothingUnusual: "Nothing unusual so far.",
	NewFinding:     "new:",
	NoWayBack:      "no key has led here from elsewhere",
	Finding:        func(severity, finding string) string { return severity + ": " + finding },
	FindingNumber:  func(n, all int) string { return number(n) + " of " + number(all) + ":" },
	Explained:      "WHY",
	FindingOf:      func(severity, who, finding string) string { return severity + ", " + who + ": " + finding },
	More:           func(n uint64) string { return "and " + text.Count(n) + " more" },
	Entry:          func(name, value string) string { return name + ": " + value },
}

// rate returns "13 forks/s", "1 fork".
func rate(n uint64, one, many string, aSecond bool) string {
	if aSecond {
		return text.Count(n) + " " + many + "/s"
	}
	return plural(n, one, many)
}
