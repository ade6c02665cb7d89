package probes

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/words"
)

// Hooks is the set of the kernel's hooks that tells who reaped whom, and whether a process stopped. The events are the
// same from both.
type Hooks uint8

// The sets. The zero value takes the better one of those that this kernel has.
const (
	HooksAuto   Hooks = iota
	Functions         // fentry, fexit: the reaping itself is seen
	Tracepoints       // the returns of the wait calls, and the release of the task some time later
)

var hooksNames = []string{"auto", "functions", "tracepoints"}

// String returns the name of the set, as a flag takes it.
func (h Hooks) String() string { return hooksNames[h] }

// ParseHooks finds a set by its name.
func ParseHooks(s string) (Hooks, error) {
	if i := slices.Index(hooksNames, s); i >= 0 {
		return Hooks(i), nil
	}
	return 0, words.NotOneOf(s, hooksNames)
}

// resolve chooses the set for this kernel, and fails when it was asked for one that the kernel lacks.
func (h Hooks) resolve(k *kernel) (Hooks, error) {
	if h == Tracepoints {
		return h, nil
	}
	err := k.functions()
	switch {
	case err == nil:
		return Functions, nil
	case h == Functions:
		return 0, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.NoFunctionPrograms(l.Error(err))
		}}
	}
	return Tracepoints, nil
}

// kernel is what the running kernel offers; each question is asked once, as its types take long to read.
type kernel struct {
	types    *btf.Cache
	programs func() (*ebpf.CollectionSpec, error) // tracer's own, as they were compiled
	// whether programs may run when a function of the kernel is called or returns: fentry, fexit
	functions func() error
	// preempts reports whether a task can be preempted while a program on a BTF tracepoint runs in it.
	preempts func() (bool, error)
}

func lookAtKernel() *kernel {
	k := &kernel{types: btf.NewCache()}
	k.programs = sync.OnceValues(k.readPrograms)
	k.functions = sync.OnceValue(k.tryFunctions)
	k.preempts = sync.OnceValues(k.tryPreemption)
	return k
}

func (k *kernel) readPrograms() (*ebpf.CollectionSpec, error) {
	spec, err := bpf.Load(k.has(rdonlyCast))
	if err != nil {
		return nil, fmt.Errorf("read the programs: %w", err)
	}
	return spec, nil
}

// arguments is how many the kernel's tracepoint of that name passes on, with the one for the program itself; 0: there
// is none.
func (k *kernel) arguments(tracepoint string) int {
	types, err := k.types.Kernel()
	if err != nil {
		return 0
	}
	var def *btf.Typedef
	if types.TypeByName("btf_trace_"+tracepoint, &def) != nil {
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

// rdonlyCast is the function of kernels since 6.2 by which the programs load what they read.
const rdonlyCast = "bpf_rdonly_cast"

// has reports whether the kernel has a function of that name.
func (k *kernel) has(function string) bool {
	types, err := k.types.Kernel()
	if err != nil {
		return false
	}
	var found *btf.Func
	return types.TypeByName(function, &found) == nil
}

// ringPrograms tell of io_urings and, but for the first, of what is done through them.
var ringPrograms = []string{bpf.TracerProgIoUringCreated, bpf.TracerProgRingSubmitted,
	bpf.TracerProgRingSubmittedBefore,
	bpf.TracerProgRingCompleted, bpf.TracerProgRingCompletedBefore, bpf.TracerProgRingOverflowed}

// rings are those of them that this kernel has the tracepoints for: none, the first alone, or all that there is to see.
// The kernel is asked for the number of arguments, which changed with what they are.
func (k *kernel) rings() (names []string) {
	if k.arguments("io_uring_create") == 0 { // it has no io_uring
		return nil
	}
	names = []string{bpf.TracerProgIoUringCreated}
	var submitted, completed string
	switch {
	case k.arguments("io_uring_submit_req") == 2: // Linux 6.3
		submitted = bpf.TracerProgRingSubmitted
	case k.arguments("io_uring_submit_sqe") == 3: // 6.0
		submitted = bpf.TracerProgRingSubmittedBefore
	}
	switch k.arguments("io_uring_complete") {
	case 4: // 6.12
		completed = bpf.TracerProgRingCompleted
	case 8: // 5.19
		completed = bpf.TracerProgRingCompletedBefore
	}
	if submitted == "" || completed == "" || k.arguments("io_uring_cqe_overflow") < 5 {
		return names
	}
	return append(names, submitted, completed, bpf.TracerProgRingOverflowed)
}

// tryFunctions attaches a program that does nothing to each of the functions that tell of reapings and of stops.
func (k *kernel) tryFunctions() error {
	spec := &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{}}
	for _, function := range []string{
		"posix_cpu_timers_exit_group", "do_notify_parent", "is_current_pgrp_orphaned",
	} {
		spec.Programs[function] = &ebpf.ProgramSpec{Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry,
			AttachTo:     function,
			Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL"}
	}
	programs, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{Cache: k.types})
	if err != nil {
		return errNotLoadable
	}
	defer programs.Close()
	for _, program := range programs.Programs {
		l, err := link.AttachTracing(link.TracingOptions{Program: program})
		if err != nil {
			return errNotAttachable
		}
		if err := l.Close(); err != nil {
			return fmt.Errorf("detach: %w", err)
		}
	}
	return nil
}

// tryPreemption has a program run in this very task.
func (k *kernel) tryPreemption() (preempts bool, err error) {
	all, err := k.programs()
	if err != nil {
		return false, err
	}
	variable := all.Variables[bpf.TracerVarPreemptible]
	c, err := ebpf.NewCollectionWithOptions(&ebpf.CollectionSpec{
		Programs:  map[string]*ebpf.ProgramSpec{bpf.TracerProgPreemption: all.Programs[bpf.TracerProgPreemption]},
		Maps:      map[string]*ebpf.MapSpec{variable.SectionName: all.Maps[variable.SectionName]},
		Variables: map[string]*ebpf.VariableSpec{bpf.TracerVarPreemptible: variable},
	}, ebpf.CollectionOptions{Cache: k.types})
	if err != nil {
		return false, fmt.Errorf("load a program: %w", explain(err))
	}
	defer c.Close()
	l, err := link.AttachTracing(link.TracingOptions{Program: c.Programs[bpf.TracerProgPreemption]})
	if err != nil {
		return false, fmt.Errorf("attach a program: %w", explain(err))
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := keepName(); err != nil {
		return false, err
	}
	var yes uint32
	err = c.Variables[bpf.TracerVarPreemptible].Get(&yes)
	return yes != 0, err
}

// keepName has this task named as it is, which passes the tracepoint task_rename.
func keepName() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var name [commSize + 1]byte
	if err := unix.Prctl(unix.PR_GET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0); err != nil {
		return fmt.Errorf("read the name of a thread: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0); err != nil {
		return fmt.Errorf("set the name of a thread: %w", err)
	}
	return nil
}

// unpreemptedSuffix ends the name of a program that cannot be preempted and is the twin of one that can.
const unpreemptedSuffix = "_unpreempted"

// mustKnowPreemption is preempts for those who cannot go on without.
func (k *kernel) mustKnowPreemption() (preempts bool, err error) {
	if preempts, err = k.preempts(); err != nil {
		err = fmt.Errorf("find out whether programs can be preempted: %w", err)
	}
	return preempts, err
}

// chooseTwins leaves out one of each program and its twin, when choose has left the program in.
func chooseTwins(spec *ebpf.CollectionSpec, k *kernel) error {
	preempts, err := k.mustKnowPreemption()
	if err != nil {
		return err
	}
	delete(spec.Programs, bpf.TracerProgPreemption)
	for _, twin := range slices.Sorted(maps.Keys(spec.Programs)) {
		program, ok := strings.CutSuffix(twin, unpreemptedSuffix)
		switch {
		case !ok:
		case preempts && spec.Programs[program] != nil:
			delete(spec.Programs, program)
		default:
			delete(spec.Programs, twin)
		}
	}
	return nil
}

// socketFunctions are the programs that run when the kernel has read or written a socket, where it has no tracepoints
// for that.
var socketFunctions = []string{
	bpf.TracerProgInetRecvmsgReturned, bpf.TracerProgInet6RecvmsgReturned, bpf.TracerProgUnixStreamRecvmsgReturned,
	bpf.TracerProgUnixDgramRecvmsgReturned, bpf.TracerProgInetSendmsgReturned, bpf.TracerProgInet6SendmsgReturned,
	bpf.TracerProgUnixStreamSendmsgReturned, bpf.TracerProgInetSendpageReturned,
	bpf.TracerProgUnixStreamSendpageReturned,
}

// stallPrograms are those that look for what holds a task for long.
var stallPrograms = []string{
	bpf.TracerProgSwitched, bpf.TracerProgEpollWaitEnter, bpf.TracerProgEpollPwaitEnter, bpf.TracerProgEpollPwait2Enter,
	bpf.TracerProgIoUringEnterEnter, bpf.TracerProgPollEnter, bpf.TracerProgPpollEnter, bpf.TracerProgSelectEnter,
	bpf.TracerProgPselect6Enter,
}

// choose leaves out the programs for which this kernel has something better, or nothing.
func choose(spec *ebpf.CollectionSpec, k *kernel, o Options) (unseen []words.Message, err error) {
	leaveOut := func(names ...string) {
		for _, name := range names {
			delete(spec.Programs, name)
		}
	}
	if k.arguments("sched_process_exit") == 3 { // Linux 6.17 and later: (void *data, p, group_dead)
		leaveOut(bpf.TracerProgProcessExitByCount)
	} else {
		leaveOut(bpf.TracerProgProcessExit)
	}
	if o.Hooks == Tracepoints {
		leaveOut(bpf.TracerProgProcessReleased, bpf.TracerProgParentNotified)
	} else {
		leaveOut(bpf.TracerProgSweepDead)
	}
	preempts, err := k.mustKnowPreemption()
	if err != nil {
		return nil, err
	}
	looks := o.Hooks == Functions && !preempts // it can be preempted, and functions have no twins
	if !looks {
		leaveOut(bpf.TracerProgGroupLookedAt)
	}
	if o.Stalls == 0 {
		leaveOut(stallPrograms...)
	} else if err := spec.Variables[bpf.TracerVarStallLimit].Set(uint64(o.Stalls)); err != nil {
		return nil, fmt.Errorf("set %s in the programs: %w", bpf.TracerVarStallLimit, err)
	}
	if runtime.GOARCH != "amd64" { // others have no such calls
		leaveOut(bpf.TracerProgEpollWaitEnter, bpf.TracerProgPollEnter, bpf.TracerProgSelectEnter)
	}
	if k.arguments("io_uring_create") == 0 { // the kernel has none
		leaveOut(bpf.TracerProgIoUringEnterEnter)
	}
	rings := k.rings()
	leaveOut(slices.DeleteFunc(slices.Clone(ringPrograms), func(name string) bool {
		return slices.Contains(rings, name)
	})...)
	for name, value := range map[string]bool{bpf.TracerVarReapingSeen: o.Hooks == Functions,
		bpf.TracerVarGroupLookSeen: looks,
		bpf.TracerVarHttpWanted:    o.HTTP, bpf.TracerVarRingsSeen: len(rings) > 1} {
		if err := spec.Variables[name].Set(flag(value)); err != nil {
			return nil, fmt.Errorf("set %s in the programs: %w", name, err)
		}
	}
	if k.arguments("sock_recv_length") > 0 {
		leaveOut(socketFunctions...)
		return nil, nil
	}
	leaveOut(bpf.TracerProgReceived, bpf.TracerProgSent)
	if k.functions() != nil {
		leaveOut(socketFunctions...)
		unseen = append(unseen, func(l *words.Language) string { return l.Notices.ConnectionsUnserved })
	}
	return unseen, nil
}
