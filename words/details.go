package words

import (
	"tracer/event"
)

// DetailWords are the labels and the sentences of the pane with details.
type DetailWords struct {
	Nothing   string
	Title     string
	Thread    func(tid event.TID) string
	Coroutine string
	Process   func(pid string) string
	Event     func(n string, kind string) string
	// Labels.
	ProcessLabel    string
	StateLabel      string
	StatusLabel     string
	AcceptsLabel    string
	EndedHowLabel   string
	CreatorLabel    string
	ThreadLabel     string
	SwitchesLabel   string
	InferredLabel   string
	MetLabel        string
	ParentLabel     string
	EndedLabel      string
	SubreaperLabel  string
	PathLabel       string
	ArgumentsLabel  string
	ChildrenLabel   string
	ThreadsLabel    string
	IdentityLabel   string
	ZombieLabel     string
	ReapedLabel     string
	ServesLabel     string
	CoroutinesLabel string
	ListenerLabel   string
	BornLabel       string
	UsedLabel       string
	InWaitLabel     string
	HoldsLabel      string
	LaneLabel       string
	LifetimesLabel  string
	// What they say.
	Vanished       string
	AlikeOldest    string // of many zombies the row is; what follows is of the oldest
	SwitchesTo     func(n uint64) string
	Guess          string
	GuessOfEnd     string // nothing was lost, but it was ending as tracer attached
	ThereBefore    string
	ByTracer       string
	Outside        string
	Adopter        func(who string) string
	EndedBefore    string
	CopiedFrom     func(creator string) string // of a coroutine that the fork of a process has copied
	Inherits       string
	ChildrenMade   func(n uint64) string
	WaitToBeReaped func(n uint64) string
	CPU            func(duration string) string
	RunDelay       func(duration string) string
	LivedLess      func(duration string) string
	LivedLonger    func(duration string) string
	// SwitchesBeside are those between the coroutines of a process, and the kernel's of its threads.
	SwitchesBeside  func(coroutines, voluntary, involuntary uint64) string
	SwitchesUnknown func(coroutines uint64) string // likewise, while it lives
	Switches        func(voluntary, involuntary uint64) string
	Faults          func(minor, major uint64) string
	Memory          func(bytes uint64) string
	Threads         func(alive, made int) string
	Identity        func(tid event.TID, start string) string
	Status          func(status, wait string) string
	ZombieFor       func(duration, mustReap string) string
	HeldFirst       string
	SentNoSignal    string
	SentOther       func(signal string) string
	ParentStopped   func(parent, signal string) string
	ParentWaits     func(parent, call string) string // a wait that passes over it
	InWait          func(call, duration string) string
	HeldToo         func(others string) string
	DefaultAction   string
	Ignored         string
	HasHandler      string
	NoCldWait       string
	HasSignalFD     string
	UpToNow         func(what, counts string) string
	Connection      func(n Number, peer string, by event.PID) string
	FirstBy         func(coroutine string) string
	Queued          func(duration string) string
	ProcessAfter    func(duration string) string
	ReadAfter       func(duration string) string
	ReplyAfter      func(duration string) string
	ClosedAfter     func(duration string) string
	CloseLost       string
	Bytes           func(read, written uint64) string
	Answered        func(request string, status int, duration string) string
	Coroutines      func(alive, made, switches uint64) string
	Accepts         func(n uint64, peer string) string
	Listener        func(listener string, queued, backlog uint32) string
	ListenDrops     func(attempts uint64) string // clause
	BeforeTrace     func(duration string) string
	At              func(seconds string) string
	Lived           func(at, duration string) string
	ReapedByKernel  string
	Dropped         string
	ReapedByTracer  string
	ReapedUnseen    string
	ReapedBy        func(who string) string
	Reaped          string
	ByWait4         string
	ByWaitid        string
	ByRing          string
	AfterItsEnd     func(duration string) string
	ThatIsParent    string
	ThatAdopted     string
	Seconds         func(seconds string) string
	// What the state of a process means, in one sentence.
	LessonRoot     string
	LessonInit     string
	LessonZombie   string
	LessonEnding   string
	LessonIgnored  string
	LessonDropped  string
	LessonGone     string
	LessonLeader   string
	LessonChildren string
	LessonAlive    string
}
