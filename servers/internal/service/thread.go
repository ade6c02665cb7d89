package service

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Do does the work of one request on the calling thread and blocks it. A crash is one of the whole process: threads
// share their fate.
func (w *Work) Do() {
	if w.Crash {
		crash()
	}
	for rest := syscall.NsecToTimespec(int64(w.Sleep)); rest.Sec > 0 || rest.Nsec > 0; {
		if err := syscall.Nanosleep(&rest, &rest); err != syscall.EINTR {
			break
		}
	}
	if w.CPU > 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		Burn(w.CPU)
	}
}

// crash ends the process by SIGSEGV with its default action, where the runtime would print a trace and exit instead.
func crash() {
	var byDefault [4]uint64 // struct sigaction: SIG_DFL, no flags, no restorer, no mask
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGSEGV), uintptr(unsafe.Pointer(&byDefault)), 0, 8,
		0, 0)
	syscall.Kill(syscall.Getpid(), syscall.SIGSEGV)
}
