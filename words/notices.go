package words

import "tracer/event"

// NoticeWords say what a trace does not see, and what it has met.
type NoticeWords struct {
	ConnectionsUnserved string

	CoroutinesMissed     func(path string) string // another program executed it
	GoroutinesMissed     func(path string) string
	NotReadable          func(path string) string
	NotReadableHere      func(programs uint64) string
	RuntimesNotLoaded    func(reason string) string
	RuntimeNotAttached   func(program, path, reason string) string
	BundledUnseen        func(reason string) string
	NoGoProgram          func(path string) string
	GoroutinesUnseen     func(reason string) string
	GreenletUnreadable   func(module, reason string) string
	GreenletPartlyUnseen func(what, module string) string
	// What of greenlets is not seen.
	GreenletSwitches string
	GreenletStarts   string
	GreenletEnds     string
	GreenletDrops    string
	OfProcess        func(comm string, pid event.PID, notice string) string

	// What was found to attach to.
	Process   func(pid event.PID) string
	Processes func(n uint64) string
	Threads   func(n uint64) string
	Zombies   func(n uint64) string
	// HeldBy says who holds a socket that listens.
	HeldBy func(address string, by []Who) string

	// Why a signal will not end a process.
	Ignores func(signal string) string
	Stopped string
	Blocks  func(signal string) string
}
