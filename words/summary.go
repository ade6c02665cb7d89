package words

import "tracer/event"

// SummaryWords are the lines of the summary: a title, and what it says.
type SummaryWords struct {
	CommandTitle     string
	TracedTitle      string
	AttachedTitle    string
	EndedTitle       string
	ProcessesTitle   string
	ExitsTitle       string
	SignalsTitle     string
	ThreadsTitle     string
	CostTitle        string
	ZombiesTitle     string
	ReapedTitle      string
	WaitsTitle       string
	SigchldTitle     string
	AcceptsTitle     string
	ConnectionsTitle string
	HTTPTitle        string
	DatagramsTitle   string
	CoroutinesTitle  string
	DropsTitle       string
	FailuresTitle    string
	HeldTitle        string

	Traced     func(seconds float64, events, lost uint64) string
	Attached   func(processes, threads, zombies uint64) string
	Processes  func(created, exited, execs uint64, depth int) string
	ExitCode   func(code int, n uint64) string
	ExitSignal func(signal string, n uint64) string
	// Signal is what was sent how often, by whom or why and to whom, and what became of it.
	Signal        func(signal string, n uint64, by, to, fates string) string
	SignalTo      func(pid event.PID, comm string) string // also of a sender
	SignalKernel  string
	SignalTracer  string
	SignalOutside func(sender string) string // a sender that is not traced
	// SignalToItself is who a signal is sent to that the sender sends itself.
	SignalToItself string
	EndedIt        string
	StoppedIt      func(n uint64) string
	ContinuedIt    func(n uint64) string
	InHandler      func(n uint64) string
	TakenByWait    func(n uint64) string
	Coalesced      func(n uint64) string
	Discarded      func(n uint64) string
	// Why some were discarded, a remark.
	SparedInit  string
	UnderSIGIGN string
	TooLate     string // it was ending already
	// OrphanedGroup: its process group is orphaned, in which only SIGSTOP stops a process.
	OrphanedGroup string
	ByDefault     string
	MoreSignals   func(n uint64) string
	Threads       func(created, exited uint64) string
	// Cost of those that ended: the CPU time, how long they waited for a CPU (0: not known), context switches, page
	// faults, the most memory of one of them in bytes (0: not known).
	Cost func(cpuMs, delayMs float64, voluntary, involuntary, minor, major, memory uint64) string
	// Zombies, how long they waited: atLeast that long when some were there before.
	Zombies func(left, dropped, peak uint64, totalMs, longestMs float64, atLeast bool) string
	Reaped  func(byParent, byOther, byKernel, unseen, reparented uint64) string
	// WaitsInVain are those that found no status under WNOHANG, and those that found no child.
	WaitsInVain func(noStatus, noChild uint64) string
	Sigchld     func(queued, coalesced, discarded, delivered uint64) string
	AcceptOn    func(n uint64, listener string) string
	// AcceptOnOthers are those of listeners that are not named.
	AcceptOnOthers func(n uint64) string
	AcceptedBy     func(accepts string, processes uint64, orMore bool) string
	Drops          func(attempts uint64) string
	// FailedSoOften is of a call with its error; FailedOtherwise are more of such.
	FailedSoOften   func(call string, n uint64) string
	FailedOtherwise func(n int) string
	Connections     func(open, peak uint64) string
	// Held is who holds which socket without use; MoreHeld are so many more.
	Held       func(who Who, what string) string
	MoreHeld   func(n uint64) string
	HTTP       func(requests uint64, answers string) string
	NoAnswers  string
	Answers    func(n uint64, status int) string
	Datagrams  func(received uint64) string
	Coroutines func(created, finished, switches uint64) string
}
