package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusable are the calls that refuse knows.
var refusable = map[string]uint32{"bpf": unix.SYS_BPF, "perf_event_open": unix.SYS_PERF_EVENT_OPEN}

// refuse executes a program under a seccomp filter that lets a system call fail, with EPERM as those of containers do,
// or with EACCES as a kernel does for kernel.perf_event_paranoid: refuse CALL[=EACCES] PROGRAM...
func refuse() {
	fmt.Fprintln(os.Stderr, "refuse:", refuseCall(os.Args[1], os.Args[2:]))
	os.Exit(125)
}

func refuseCall(call string, command []string) error {
	call, name, _ := strings.Cut(call, "=")
	errno := unix.EPERM
	if name == "EACCES" {
		errno = unix.EACCES
	}
	number, ok := refusable[call]
	if !ok {
		return fmt.Errorf("unknown call %q", call)
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // a filter is of a thread
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0,
		0); err != nil {
		return err
	}
	return unix.Exec(path, command, os.Environ())
}
