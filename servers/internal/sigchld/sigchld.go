// Package sigchld sets what the process does when a child dies, the way a C program does.
//
// Go's runtime installs a handler for every signal at start and hands what it catches to channels, where several
// deliveries may become one: too late to count. So the disposition is set here by a raw rt_sigaction(2), and the
// handlers are a few instructions of assembly that call wait4(2) themselves, as the C textbooks do: one delivery by
// the kernel is exactly one run of the handler.
//
// A handler blocks every signal while it runs and, like any, may run on any thread of the process; it waits for any
// child (-1), so nothing else in the process should start children meanwhile.
package sigchld

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Disposition is what SIGCHLD does to the process.
type Disposition int

// The dispositions of signal(7), with two handlers.
const (
	Default Disposition = iota // SIG_DFL: the signal is discarded, the dead stay zombies until a wait
	Ignore                     // SIG_IGN: the kernel reaps, and sends no signal
	Once                       // a handler with one wait4 a delivery: the classic bug
	Loop                       // a handler that waits until nothing is left
)

// tallies is what the handlers count, in memory that the assembly knows by go_asm.h.
type tallies struct {
	loop      int64 // not 0: wait until nothing is left
	delivered int64 // entries of the handler
	returned  int64 // ends of the handler
	waits     int64
	reaped    int64
	codes     [256]int64 // exit status -> children reaped
	signals   [128]int64 // deadly signal -> children reaped
}

var tally tallies

// Tally is what the handler did since Set. All counts stay 0 without a handler.
type Tally struct {
	Delivered int64         // SIGCHLD handed to the handler by the kernel
	Waits     int64         // calls of wait4
	Reaped    int64         // children that they returned
	Codes     map[int]int64 // exit status -> children
	Signals   map[int]int64 // deadly signal -> children
}

// ErrTaken is returned by Set while another server of this process holds SIGCHLD.
var ErrTaken = errors.New("another server in this process already decides about SIGCHLD")

var holder sync.Mutex // locked from Set to restore

// Set installs a disposition and starts the tally from zero. Restore brings back what was there before.
func Set(d Disposition) (restore func() error, err error) {
	if !holder.TryLock() {
		return nil, ErrTaken
	}
	tally = tallies{}
	var before sigaction
	if err := install(d, &before); err != nil {
		holder.Unlock()
		return nil, err
	}
	return func() error {
		defer holder.Unlock()
		return rtSigaction(&before, nil)
	}, nil
}

// Change installs another disposition, between Set and restore; the tally goes on. A child that ended before may have
// sent its signal in vain.
func Change(d Disposition) error { return install(d, nil) }

func install(d Disposition, before *sigaction) error {
	action := sigaction{flags: saNoClDStop}
	switch d {
	case Default:
	case Ignore:
		action.handler = sigIgnore
	case Once, Loop:
		loop := int64(0)
		if d == Loop {
			loop = 1
		}
		atomic.StoreInt64(&tally.loop, loop)
		action.handler = handlerAddress()
		action.restorer = restorerAddress()
		action.flags |= saOnStack | saRestart | restorerFlag
		action.mask = ^uint64(0)
	}
	return rtSigaction(&action, before)
}

// Read is the tally so far.
func Read() Tally {
	t := Tally{
		Delivered: atomic.LoadInt64(&tally.delivered),
		Waits:     atomic.LoadInt64(&tally.waits),
		Reaped:    atomic.LoadInt64(&tally.reaped),
		Codes:     map[int]int64{},
		Signals:   map[int]int64{},
	}
	for code := range tally.codes {
		if n := atomic.LoadInt64(&tally.codes[code]); n > 0 {
			t.Codes[code] = n
		}
	}
	for signal := range tally.signals {
		if n := atomic.LoadInt64(&tally.signals[signal]); n > 0 {
			t.Signals[signal] = n
		}
	}
	return t
}

// Quiet reports whether no SIGCHLD is pending for the process and no handler is running.
func Quiet() (bool, error) {
	pending, err := pendingSignals()
	if err != nil {
		return false, err
	}
	bit := uint64(1) << (syscall.SIGCHLD - 1)
	return pending&bit == 0 && atomic.LoadInt64(&tally.delivered) == atomic.LoadInt64(&tally.returned), nil
}

// pendingSignals is the mask of signals that wait for any thread of the process (proc_pid_status(5), ShdPnd).
func pendingSignals() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("read pending signals: %w", err)
	}
	return parsePending(status)
}

// sigaction is the kernel's struct sigaction of amd64 and arm64.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const (
	sigIgnore   = 1
	saNoClDStop = 0x1
	saOnStack   = 0x08000000
	saRestart   = 0x10000000
	saRestorer  = 0x04000000
)

func rtSigaction(action, old *sigaction) error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD),
		uintptr(unsafe.Pointer(action)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(action.mask), 0, 0)
	if errno != 0 {
		return fmt.Errorf("set the disposition of SIGCHLD: %w", errno)
	}
	return nil
}

// handlerAddress is where the handler's code begins.
func handlerAddress() uintptr

// restorerAddress is where the code begins to which the handler returns.
func restorerAddress() uintptr
