package viewer

import (
	"runtime"
	"syscall"
	"unsafe"
)

// sigaction is large enough for the kernel's struct sigaction on every architecture; all zero it asks for the default
// action.
type sigaction [8]uint64

// sigsetSize is the size of the kernel's sigset_t, in bytes.
const sigsetSize = 8

// stopSelf stops the process by the default action of SIGTSTP and returns when it was continued. Go's runtime keeps its
// own handler, which swallows the signal, even after signal.Reset, so the action is set in the kernel and restored
// afterwards. The signal goes to this very thread: then it has taken effect when the call returns. In an orphaned
// process group, where no shell could continue it, the kernel throws the signal away, and this returns at once.
func stopSelf() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var standard, ours sigaction
	if err := setAction(syscall.SIGTSTP, &standard, &ours); err != nil {
		return err
	}
	sent := syscall.Tgkill(syscall.Getpid(), syscall.Gettid(), syscall.SIGTSTP)
	if err := setAction(syscall.SIGTSTP, &ours, nil); err != nil {
		return err
	}
	return sent
}

// setAction is rt_sigaction(2).
func setAction(s syscall.Signal, action, old *sigaction) error {
	_, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), uintptr(unsafe.Pointer(action)),
		uintptr(unsafe.Pointer(old)), sigsetSize, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
