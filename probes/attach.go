package probes

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/bpf"
)

// tracing are the programs on BTF tracepoints; their names are in the programs themselves.
var tracing = []string{
	bpf.TracerProgTaskNewtask, bpf.TracerProgProcessExec, bpf.TracerProgTaskRenamed, bpf.TracerProgProcessExit, bpf.TracerProgProcessExitByCount,
	bpf.TracerProgProcessFree, bpf.TracerProgSignalGenerate, bpf.TracerProgSignalDeliver,
	bpf.TracerProgWaitBegan, bpf.TracerProgReleaseTask, bpf.TracerProgParentNotified,
	bpf.TracerProgIoUringCreated,
	bpf.TracerProgReceived, bpf.TracerProgSent, bpf.TracerProgSocketState, bpf.TracerProgSocketDestroyed,
}

// syscalls are the programs on tracepoints of system calls.
var syscalls = map[string]string{
	bpf.TracerProgWait4Exit:     "sys_exit_wait4",
	bpf.TracerProgWaitidExit:    "sys_exit_waitid",
	bpf.TracerProgAcceptExit:    "sys_exit_accept",
	bpf.TracerProgAccept4Exit:   "sys_exit_accept4",
	bpf.TracerProgCloseEnter:    "sys_enter_close",
	bpf.TracerProgCloseExit:     "sys_exit_close",
	bpf.TracerProgSigactionExit: "sys_exit_rt_sigaction",
	bpf.TracerProgSignalfdExit:  "sys_exit_signalfd4",
	bpf.TracerProgSpliceExit:    "sys_exit_splice",
}

// socketFunctions are the programs that run when the kernel has read or written a socket, where it has no tracepoints for that.
var socketFunctions = []string{
	bpf.TracerProgInetRecvmsgReturned, bpf.TracerProgInet6RecvmsgReturned, bpf.TracerProgUnixStreamRecvmsgReturned,
	bpf.TracerProgUnixDgramRecvmsgReturned, bpf.TracerProgInetSendmsgReturned, bpf.TracerProgInet6SendmsgReturned,
	bpf.TracerProgUnixStreamSendmsgReturned, bpf.TracerProgInetSendpageReturned, bpf.TracerProgUnixStreamSendpageReturned,
}

func (p *Probes) attach() error {
	for _, name := range slices.Concat(tracing, socketFunctions) {
		program := p.collection.Programs[name]
		if program == nil { // the other one of a pair was chosen
			continue
		}
		l, err := link.AttachTracing(link.TracingOptions{Program: program})
		if err != nil {
			return fmt.Errorf("attach %s: %w", name, explain(err))
		}
		p.links = append(p.links, l)
	}
	return withTracefs(func() error {
		for name, tracepoint := range syscalls {
			l, err := link.Tracepoint("syscalls", tracepoint, p.collection.Programs[name], nil)
			if err != nil {
				return fmt.Errorf("attach %s: %w", tracepoint, explain(err))
			}
			p.links = append(p.links, l)
		}
		return nil
	})
}

const tracefs = "/sys/kernel/tracing"

// withTracefs runs f where the ids of tracepoints can be read. When tracefs is not mounted, f runs on a thread with a mount namespace of
// its own, which ends with it, so the machine stays as it was.
func withTracefs(f func() error) error {
	if tracefsMounted() {
		return f()
	}
	return onOwnThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			return fmt.Errorf("make a mount namespace to mount tracefs in: %w", err)
		}
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			return fmt.Errorf("make its mounts private: %w", err)
		}
		if err := unix.Mount("tracefs", tracefs, "tracefs", 0, ""); err != nil {
			return fmt.Errorf("mount tracefs: %w", explain(err))
		}
		return f()
	})
}

// onOwnThread runs f on a thread that ends with it.
func onOwnThread(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // the leader does not end before the process: keep it busy, so that f gets another
			defer runtime.UnlockOSThread()
			result <- onOwnThread(f)
			return
		}
		result <- f() // never unlocked: the thread ends with this goroutine, and its namespace with it
	}()
	return <-result
}

func tracefsMounted() bool {
	for _, path := range []string{tracefs, "/sys/kernel/debug/tracing"} {
		var s unix.Statfs_t
		if unix.Statfs(path, &s) == nil && s.Type == unix.TRACEFS_MAGIC {
			return true
		}
	}
	return false
}
