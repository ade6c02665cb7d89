package probes

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf/link"

	"tracer/bpf"
)

// tracing are the programs on BTF tracepoints; their names are in the programs themselves.
var tracing = []string{
	bpf.TracerProgTaskNewtask, bpf.TracerProgProcessExec, bpf.TracerProgTaskRenamed, bpf.TracerProgProcessExit, bpf.TracerProgProcessExitByCount,
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
	for _, name := range slices.Concat(tracing, ringPrograms, socketFunctions) {
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
	events, err := openTracefs()
	if err != nil {
		return err
	}
	defer events.close()
	for name, tracepoint := range syscalls {
		l, err := events.attach(tracepoint, p.collection.Programs[name])
		if err != nil {
			return fmt.Errorf("attach %s: %w", tracepoint, explain(err))
		}
		p.links = append(p.links, l)
	}
	return nil
}
