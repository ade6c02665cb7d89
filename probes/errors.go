package probes

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Unsupported says that tracing cannot be done here, and what to do about it.
type Unsupported struct {
	What   string // what is missing, in one clause
	Remedy string // what to do, in one clause
	Err    error  // what the kernel said, may be nil
}

// Error returns one line: what is missing, then the remedy.
func (e *Unsupported) Error() string { return e.What + "; " + e.Remedy }

// Unwrap returns the kernel's own error.
func (e *Unsupported) Unwrap() error { return e.Err }

// explain adds the remedy to what the kernel refused, where no requirement has foreseen it.
func explain(err error) error {
	var told *Unsupported
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return &Unsupported{What: "too many files are open: " + brief(err), Remedy: "raise the limit: ulimit -n 4096",
			Err: err}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &Unsupported{What: "the kernel refuses: " + brief(err),
			Remedy: "let " + whoForbids() + " allow bpf and perf_event_open; tracer doctor shows what works", Err: err}
	case errors.Is(err, os.ErrNotExist):
		return &Unsupported{What: "this kernel lacks a hook: " + brief(err),
			Remedy: "tracer doctor shows what it offers", Err: err}
	}
	return err
}

const seccompFilter = "2" // SECCOMP_MODE_FILTER, as /proc has it

// whoForbids names who can forbid a system call that the capabilities would allow.
func whoForbids() string {
	if statusField("self", "Seccomp") == seccompFilter {
		return "the seccomp filter of this container or unit"
	}
	return "the security module of this machine (SELinux, AppArmor)"
}

// brief returns the first line of an error, without a guess of the library's: since Linux 5.11 the limit of locked
// memory has no part in it.
func brief(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	line, _, _ = strings.Cut(line, " (MEMLOCK ")
	return line
}
