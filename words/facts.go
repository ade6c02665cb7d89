package words

import (
	"syscall"

	"tracer/event"
	"tracer/text"
)

// FactWords are the few words that stand beside a task in the tree.
type FactWords struct {
	ZombieFor      func(duration string) string
	AtLeast        func(duration string) string
	PIDInside      func(pid event.PID) string
	ZombiesWait    func(n uint64) string
	ZombiesDeeper  func(n uint64) string
	LeaderExited   func(threads uint64) string
	AdoptedBy      func(who string) string
	Accepts        func(n uint64) string
	LastPeer       func(peer string) string
	MoreThreads    func(n uint64) string
	MoreCoroutines func(n uint64) string
	Serves         func(peer string) string
	Served         func(peer string) string
	Switches       func(n uint64) string
	KilledByTracer func(status string) string
	KilledByKernel func(status string) string
	KilledByItself func(status string) string
	KilledBy       func(status string, pid event.PID) string
	// KilledFromOutside is by a process that is not traced.
	KilledFromOutside func(status string, pid event.PID, comm string) string
	ClosedItsPidfd    string
	MustReap          func(who string) string
	ParentMustReap    string
	// Of zombies that are alike.
	MustReapThem       func(who string) string
	ParentMustReapThem string
	ZombiesFor         func(least, most string) string
	// Of a zombie that its parent cannot reap, or not by an ordinary wait.
	Held           func(debugger string) string // "": it is not known which
	SentNoSIGCHLD  string
	ParentStopped  func(parent event.PID) string
	ParentWaits    func(parent event.PID, call string) string // a wait that passes over it
	ReapedByKernel string
	Dropped        string // by the kernel, a zombie for which nobody waited
	ReapedByTracer string
	ReapedUnseen   string
	ReapedBy       func(who string) string
	Reaped         string
}

// KilledText says how a process ended that a signal ended, and who sent that.
func (l *Language) KilledText(pid event.PID, status int32, by event.Sender) string {
	e := event.Event{Status: status}
	number, core, killed := e.Killed()
	if !killed {
		return l.StatusText(status)
	}
	ended := killedBy(l, pid, int32(number), by)
	if core {
		return l.Status.CoreDumped(ended)
	}
	return ended
}

func killedBy(l *Language, pid event.PID, signal int32, by event.Sender) string {
	w, ended := &l.Facts, text.SignalName(signal)
	switch {
	case l.Events.Reason(by) != "":
		return l.with(ended, l.Events.Reason(by))
	case by.ByTracer():
		return w.KilledByTracer(ended)
	case by.PID == 0:
		return w.KilledByKernel(ended)
	case by.PID == pid && isFault(signal): // nor is it known that it sent that by a call
		return ended
	case by.PID == pid:
		return w.KilledByItself(ended)
	case by.Flags.Has(event.Untraced) && by.Comm != "":
		ended = w.KilledFromOutside(ended, by.PID, text.Escape(string(by.Comm)))
	default:
		ended = w.KilledBy(ended, by.PID)
	}
	if by.Flags.Has(event.PidfdClosed) {
		ended = l.with(ended, w.ClosedItsPidfd)
	}
	return ended
}

// isFault reports whether a signal tells of a fault of the one that gets it.
func isFault(signal int32) bool {
	switch syscall.Signal(signal) {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGTRAP, syscall.SIGSYS:
		return true
	}
	return false
}
