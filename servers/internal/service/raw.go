package service

import (
	"syscall"
	"time"
	"unsafe"
)

// Burn computes until the calling thread has used d of processor time. In a program with a runtime the caller
// locks its goroutine to the thread.
//
//go:nosplit
//go:norace
func Burn(d time.Duration) {
	if d <= 0 {
		return
	}
	end := threadTime() + int64(d)
	for sum := uint64(1); threadTime() < end && sum != 0; {
		for i := uint64(0); i < 20_000; i++ {
			sum = sum*3 | 1
		}
	}
}

// threadTime is the processor time of the calling thread in nanoseconds.
//
//go:nosplit
//go:norace
func threadTime() int64 {
	const threadCPU = 3 // CLOCK_THREAD_CPUTIME_ID
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadCPU, uintptr(unsafe.Pointer(&t)), 0)
	return t.Sec*1e9 + t.Nsec
}

// DoRaw does the work of one request in a forked child: raw system calls that block its only thread.
//
//go:nosplit
//go:norace
func (w *Work) DoRaw() {
	if w.Crash {
		CrashRaw()
	}
	if w.Sleep > 0 {
		rest := syscall.Timespec{Sec: int64(w.Sleep / 1e9), Nsec: int64(w.Sleep % 1e9)}
		at := uintptr(unsafe.Pointer(&rest))
		for {
			if _, _, err := syscall.RawSyscall(syscall.SYS_NANOSLEEP, at, at, 0); err != syscall.EINTR {
				break
			}
		}
	}
	Burn(w.CPU)
}

// CrashRaw ends a forked child by SIGSEGV, whose disposition there is the default one.
//
//go:nosplit
//go:norace
func CrashRaw() {
	pid, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	syscall.RawSyscall(syscall.SYS_KILL, pid, uintptr(syscall.SIGSEGV), 0)
}
