// Package inherited tells what this process was given by its exec and what Go's runtime changes before any Go code
// runs: which signals were ignored and which were blocked, and which of the standard descriptors were closed; and what
// a fork does not hand on.
//
// The runtime installs its handlers over ignored signals (runtime/signal_unix.go, initsig), unblocks those that it
// cannot do without (minitSignalMask), and opens /dev/null where a standard descriptor is closed (runtime/fds_unix.go,
// checkfds). It tells nobody what was there before. So the first instructions of the process look, ahead of the
// runtime: without cgo the function that the runtime calls to initialize a C library, with cgo a constructor.
package inherited

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxSignal is the highest signal's number on Linux (_NSIG).
const maxSignal = 64

const sigIgn = 1 // SIG_IGN

// Signals is a set of signals: signal N is bit N-1, as in the kernel's sigset_t and in /proc/PID/status.
type Signals uint64

// Has reports whether a signal is in the set.
func (s Signals) Has(signal syscall.Signal) bool {
	return signal > 0 && signal <= maxSignal && s&(1<<(signal-1)) != 0
}

// Death is the signal that this process is sent when its parent ends (PR_SET_PDEATHSIG), 0 for none. It is the first
// thread's, and others have none; that thread initializes the packages.
var Death = syscall.Signal(attribute(unix.PR_GET_PDEATHSIG))

// Subreaper reports whether this process is one: the orphans among its descendants become its children.
var Subreaper = attribute(unix.PR_GET_CHILD_SUBREAPER) != 0

// Alarm is what was left of alarm(2), as "alarm 9; exec @ARGV" in Perl sets it for the program. Go's runtime ignores
// its signal.
var Alarm, _ = unix.Getitimer(unix.ITIMER_REAL)

func attribute(option int) (value int32) {
	_ = unix.Prctl(option, uintptr(unsafe.Pointer(&value)), 0, 0, 0) // it cannot fail
	return value
}

// Ignored is the set of signals that were ignored.
func Ignored() (s Signals) {
	for n := 1; n <= maxSignal; n++ {
		if handler(n) == sigIgn {
			s |= 1 << (n - 1)
		}
	}
	return s
}

// Blocked is the set of signals that were blocked.
func Blocked() Signals { return Signals(blocked()) }

// Closed reports whether a standard descriptor (0, 1, 2) was closed.
func Closed(fd int) bool { return fd >= 0 && fd < 3 && getfd(fd) < 0 }
