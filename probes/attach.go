package probes

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/bpf"
)

// Hooks is the set of the kernel's hooks that tells who reaped whom. The events are the same from both.
type Hooks uint8

// The sets. The zero value takes the better one of those that this kernel has.
const (
	HooksAuto   Hooks = iota
	Functions         // fentry, fexit: the reaping itself is seen
	Tracepoints       // the returns of the wait calls, and the release of the task some time later
)

var hooksNames = []string{"auto", "functions", "tracepoints"}

// String gives the name of the set, as a flag takes it.
func (h Hooks) String() string { return hooksNames[h] }

// ParseHooks finds a set by its name.
func ParseHooks(s string) (Hooks, error) {
	if i := slices.Index(hooksNames, s); i >= 0 {
		return Hooks(i), nil
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(hooksNames, ", "))
}

// resolve chooses the set for this kernel, and fails when it was asked for one that the kernel lacks.
func (h Hooks) resolve() (Hooks, error) {
	if h == Tracepoints {
		return h, nil
	}
	err := tryFunctions()
	switch {
	case err == nil:
		return Functions, nil
	case h == Functions:
		return 0, &Unsupported{What: "programs on functions of the kernel (fentry, fexit): " + err.Error(), Remedy: "leave out --hooks, or take --hooks tracepoints"}
	}
	return Tracepoints, nil
}

// tracing are the programs on BTF tracepoints; their names are in the programs themselves.
var tracing = []string{
	bpf.TracerProgTaskNewtask, bpf.TracerProgProcessExec, bpf.TracerProgProcessExit, bpf.TracerProgProcessExitByCount,
	bpf.TracerProgProcessFree, bpf.TracerProgSignalGenerate, bpf.TracerProgSignalDeliver,
	bpf.TracerProgWaitBegan, bpf.TracerProgReleaseTask, bpf.TracerProgParentNotified,
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
}

// choose leaves out the programs for which this kernel has something better, or nothing.
func choose(spec *ebpf.CollectionSpec, hooks Hooks) (unseen []string, err error) {
	leaveOut := func(names ...string) {
		for _, name := range names {
			delete(spec.Programs, name)
		}
	}
	if arguments("sched_process_exit") == 3 { // Linux 6.17 and later: (void *data, p, group_dead)
		leaveOut(bpf.TracerProgProcessExitByCount)
	} else {
		leaveOut(bpf.TracerProgProcessExit)
	}
	if hooks == Tracepoints {
		leaveOut(bpf.TracerProgReleaseTask, bpf.TracerProgParentNotified)
	} else if err := spec.Variables[bpf.TracerVarReapingSeen].Set(uint32(1)); err != nil {
		return nil, fmt.Errorf("tell the programs that reapings are seen: %w", err)
	}
	if arguments("sock_recv_length") > 0 {
		leaveOut(socketFunctions...)
		return nil, nil
	}
	leaveOut(bpf.TracerProgReceived, bpf.TracerProgSent)
	if tryFunctions() != nil {
		leaveOut(socketFunctions...)
		unseen = append(unseen, "who reads and writes a connection is not seen: this kernel has neither the tracepoints sock_recv_length and sock_send_length nor fexit")
	}
	return unseen, nil
}

// socketFunctions are the programs that run when the kernel has read or written a socket, where it has no tracepoints for that.
var socketFunctions = []string{
	bpf.TracerProgInetRecvmsgReturned, bpf.TracerProgInet6RecvmsgReturned, bpf.TracerProgUnixStreamRecvmsgReturned,
	bpf.TracerProgUnixDgramRecvmsgReturned, bpf.TracerProgInetSendmsgReturned, bpf.TracerProgInet6SendmsgReturned,
	bpf.TracerProgUnixStreamSendmsgReturned, bpf.TracerProgInetSendpageReturned,
}

// arguments is how many the kernel's tracepoint of that name passes on, with the one for the program itself; 0: there is none.
func arguments(tracepoint string) int {
	kernel, err := btf.LoadKernelSpec()
	if err != nil {
		return 0
	}
	var def *btf.Typedef
	if kernel.TypeByName("btf_trace_"+tracepoint, &def) != nil {
		return 0
	}
	pointer, ok := def.Type.(*btf.Pointer)
	if !ok {
		return 0
	}
	proto, ok := pointer.Target.(*btf.FuncProto)
	if !ok {
		return 0
	}
	return len(proto.Params)
}

// tryFunctions finds out whether the kernel lets programs run when one of its functions is called or returns: fentry, fexit.
func tryFunctions() error {
	for _, function := range []string{"release_task", "do_notify_parent"} {
		if err := tryFunction(function); err != nil {
			return err
		}
	}
	return nil
}

func tryFunction(name string) error {
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry, AttachTo: name,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL"})
	if err != nil {
		return errors.New("the kernel refuses to load such a program")
	}
	defer program.Close()
	l, err := link.AttachTracing(link.TracingOptions{Program: program})
	if err != nil {
		return errors.New("the kernel refuses to attach such a program")
	}
	return l.Close()
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
