package truth

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tracer/bpf"
)

// HoldTracepoints keeps a perf event open for each tracepoint of tracer's that is one, as long as this process lives.
// Who closes the last one waits until nobody can be in it any more, some 35 ms, and under a mutex of the whole machine
// (perf_trace_destroy in kernel/trace/trace_event_perf.c): tests that start tracer a thousand times would wait for
// minutes, each for all others. What tracer does stays the same. Without root it does nothing and says so.
func HoldTracepoints() error {
	spec, err := bpf.LoadTracer()
	if err != nil {
		return err
	}
	context, err := unix.Fsopen("tracefs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return fmt.Errorf("tracefs: %w", err)
	}
	defer unix.Close(context)
	if err := unix.FsconfigCreate(context); err != nil {
		return fmt.Errorf("tracefs: %w", err)
	}
	root, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0) // a mount that no path leads to
	if err != nil {
		return fmt.Errorf("tracefs: %w", err)
	}
	defer unix.Close(root)
	for _, p := range spec.Programs {
		for _, name := range bpf.Tracepoints(p) {
			if !strings.HasPrefix(name, "syscalls/") {
				continue
			}
			if err := hold(root, "events/"+name+"/id"); err != nil {
				return err
			}
		}
	}
	return nil
}

// hold opens the perf event of a tracepoint, and leaves it open. One that this kernel does not have needs none.
func hold(root int, file string) error {
	fd, err := unix.Openat(root, file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	text, err := io.ReadAll(os.NewFile(uintptr(fd), file))
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	attributes := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Bits: unix.PerfBitDisabled}
	attributes.Size = uint32(unix.PERF_ATTR_SIZE_VER1)
	if _, err := unix.PerfEventOpen(&attributes, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC); err != nil {
		return fmt.Errorf("perf event of %s: %w", file, err)
	}
	return nil
}
