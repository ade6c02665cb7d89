package words

import (
	"tracer/event"
)

// ScreenWords are what stands around the rows of the screen.
type ScreenWords struct {
	Live               string
	EndedBadge         string
	Paused             string
	Replay             string
	Processes          func(n uint64) string
	Threads            func(n uint64) string
	Coroutines         func(n uint64) string
	ProcessesShort     func(n uint64) string
	ThreadsShort       func(n uint64) string
	CoroutinesShort    func(n uint64) string
	Zombies            func(n uint64) string
	Peak               func(n uint64) string
	Lost               func(events uint64) string
	LostShort          func(events uint64) string
	Waiting            string
	Seconds            func(seconds string) string
	Forks              func(n uint64, aSecond bool) string
	Exits              func(n uint64, aSecond bool) string
	NewThreads         func(n uint64, aSecond bool) string
	Accepts            func(n uint64, aSecond bool) string
	Reaped             string
	ReapedShort        string
	None               string
	ByParent           func(n uint64) string
	ByAnother          func(n uint64) string
	ByKernel           func(n uint64) string
	Dropped            func(n uint64) string
	Unseen             func(n uint64) string
	Sigchld            string
	SigchldShort       string
	Queued             func(n uint64) string
	Coalesced          func(n uint64) string
	Discarded          func(n uint64) string
	DiscardedByDefault func(n uint64) string
	Delivered          func(n uint64) string
	PIDTitle           string
	StateTitle         string
	AgeTitle           string
	AcceptsTitle       string
	Tree               string
	Following          string
	GoneHidden         string
	Range              func(first, last, all int) string
	NothingRuns        string
	TooSmall           string
	Alive              string
	New                string
	Stopped            string
	Zombie             string
	Ending             string
	Ended              string
	Gone               string
	Thread             string
	Made               string
	Running            string
	WaitingState       string
	Events             string
	AllKinds           string
	OnlyKinds          func(kinds string) string
	OfProcess          func(pid event.PID) string
	Unreadable         string
	EndedColon         string
	ZombiesLeft        func(n uint64) string
	BarPaused          string
	BarPlaying         string
	Event              func(at string) string
	Of                 func(all uint64) string
	Seeking            string
	FirstNotKept       func(n uint64) string
	From               func(n uint64) string
	Search             string
	Note               string
	NoEventHere        string
	NoMarkHere         string
	NoSuchMark         string
	MarkAt             func(n, all int, note string) string
	MarksNotKept       string
	MarksFailed        func(reason string) string
	Filter             string
	Matching           func(n, all uint64) string
	Second             string
	Done               string
	Cancel             string
	OutputOfRun        string
	NoTerminal         string
	Typing             string
	NothingMatches     func(what string) string
	NoEventMatches     func(what string, events uint64) string // of so many that were looked at
	NoEvidence         string
	Evidence           func(n, all int, finding string) string
	NoZombies          string
	ThemeIs            func(name string) string
	NoSuchEvent        string
	NoTime             func(what string) string
	EventsNotKept      func(n uint64) string
	Summary            string
	Output             string
	NothingWritten     string
	LaunchedEnded      func(status string) string
	NothingUnusual     string
	NewFinding         string
	NoWayBack          string
	Finding            func(severity, finding string) string
	FindingOf          func(severity, who, finding string) string
	FindingNumber      func(n, all int) string // before one of several
	Explained          string
	More               func(n uint64) string
	Entry              func(name, value string) string
}
