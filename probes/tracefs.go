package probes

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"tracer/words"
)

// tracefsMounts are where it is mounted by custom.
var tracefsMounts = []string{"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}

// tracefs is the file system that tells the ids of tracepoints.
type tracefs struct {
	root    *os.File
	mounted string // where; empty: nowhere, tracer has a mount of its own
}

// openTracefs finds it where it is mounted. Elsewhere it makes a mount that no path leads to and that ends with the
// descriptor, so the machine stays as it was.
func openTracefs() (*tracefs, error) {
	for _, path := range tracefsMounts {
		if mountedAt(path, unix.TRACEFS_MAGIC) {
			fd, err := unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", path, err)
			}
			return &tracefs{os.NewFile(uintptr(fd), path), path}, nil
		}
	}
	fd, err := mountTracefs()
	if err != nil {
		return nil, &Unsupported{func(l *words.Language) words.Problem {
			return l.Problems.TracefsNotMounted(err.Error(), tracefsMounts[0])
		}, err}
	}
	return &tracefs{os.NewFile(uintptr(fd), "tracefs"), ""}, nil
}

// mountTracefs returns the root of a new mount.
func mountTracefs() (root int, err error) {
	context, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return -1, err
	}
	return unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
}

func mountedAt(path string, magic int64) bool {
	var s unix.Statfs_t
	return unix.Statfs(path, &s) == nil && int64(s.Type) == magic
}

// id returns the kernel's number of a tracepoint, which is named with its group.
func (t *tracefs) id(tracepoint string) (uint64, error) {
	fd, err := unix.Openat(int(t.root.Fd()), "events/"+tracepoint+"/id", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EACCES) {
		return 0, &Unsupported{func(l *words.Language) words.Problem {
			return l.Problems.TracefsUnreadable(t.mounted, Self())
		}, err}
	}
	if errors.Is(err, unix.ENOENT) {
		return 0, &Unsupported{func(l *words.Language) words.Problem {
			return l.Problems.NoTracepoint(tracepoint)
		}, err}
	}
	if err != nil {
		return 0, fmt.Errorf("find the tracepoint %s: %w", tracepoint, err)
	}
	f := os.NewFile(uintptr(fd), tracepoint)
	defer f.Close()
	text := make([]byte, 32)
	n, err := f.Read(text)
	if err != nil {
		return 0, fmt.Errorf("read the id of the tracepoint %s: %w", tracepoint, err)
	}
	return strconv.ParseUint(strings.TrimSpace(string(text[:n])), 10, 64)
}

// attach has a program run at a tracepoint, whoever passes it and on whatever CPU: a program is attached to the
// tracepoint, not to the event that leads to it (perf_event_attach_bpf_prog in kernel/trace/bpf_trace.c).
func (t *tracefs) attach(tracepoint string, program *ebpf.Program) (link.Link, error) {
	id, err := t.id(tracepoint)
	if err != nil {
		return nil, err
	}
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Sample: 1,
		Sample_type: unix.PERF_SAMPLE_RAW, Wakeup: 1}
	event, err := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open the event of the tracepoint %s: %w", tracepoint, err)
	}
	defer unix.Close(event) // the link keeps it
	l, err := link.AttachRawLink(link.RawLinkOptions{Target: event, Program: program, Attach: ebpf.AttachPerfEvent})
	if err != nil {
		return nil, err // and no nil pointer in the interface
	}
	return l, nil
}

func (t *tracefs) close() error { return t.root.Close() }
