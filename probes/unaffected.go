package probes

import (
	"os"
	"strconv"
	"syscall"

	"tracer/event"
	"tracer/inherited"
	"tracer/words"
)

// Unaffected says why a signal will not end a process, in words that follow its name: "ignores SIGTERM". It is nil
// where the signal may, and where /proc does not tell. The id is as tracer itself would use it.
func Unaffected(pid event.PID, number syscall.Signal, name string) words.Message {
	status, err := os.ReadFile(proc(pid, "status"))
	if err != nil {
		return nil
	}
	ignored, known := signalSet(status, "SigIgn")
	switch {
	case known && ignored.Has(number):
		return func(l *words.Language) string { return l.Notices.Ignores(name) }
	case fieldOf(status, "State") == "T":
		return func(l *words.Language) string { return l.Notices.Stopped }
	case blocks(pid, number) && !reads(pid, number):
		return func(l *words.Language) string { return l.Notices.Blocks(name) }
	}
	return nil
}

// blocks reports whether all threads of a process block a signal. One that waits in sigwait(3) does not
// (kernel/signal.c, do_sigtimedwait).
func blocks(pid event.PID, number syscall.Signal) bool {
	threads, err := os.ReadDir(proc(pid, "task"))
	blocked := err == nil
	for _, t := range threads {
		status, err := os.ReadFile(proc(pid, "task/"+t.Name()+"/status"))
		state := fieldOf(status, "State")
		if os.IsNotExist(err) || state == "Z" || state == "X" { // it has ended
			continue
		}
		set, known := signalSet(status, "SigBlk")
		blocked = blocked && known && set.Has(number)
	}
	return blocked
}

// reads reports whether a process has a signalfd(2) for a signal, or may have one that cannot be seen.
func reads(pid event.PID, number syscall.Signal) bool {
	files, err := os.ReadDir(proc(pid, "fdinfo"))
	if err != nil {
		return true
	}
	for _, f := range files {
		info, err := os.ReadFile(proc(pid, "fdinfo/"+f.Name()))
		if err != nil && !os.IsNotExist(err) {
			return true
		}
		if set, is := signalSet(info, "sigmask"); is && set.Has(number) {
			return true
		}
	}
	return false
}

// signalSet reads a set of signals in a file of /proc.
func signalSet(text []byte, name string) (s inherited.Signals, known bool) {
	set, err := strconv.ParseUint(fieldOf(text, name), 16, 64)
	return inherited.Signals(set), err == nil
}
