package probes

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"tracer/words"
)

// Unsupported says that tracing cannot be done here, and what to do about it.
type Unsupported struct {
	Problem problem
	Err     error // what the kernel said, may be nil
}

// problem is what is wrong, in any language.
type problem = func(*words.Language) words.Problem

// Error returns one line: what is missing, then the remedy.
func (e *Unsupported) Error() string { return e.In(words.English()) }

// In says it in a language.
func (e *Unsupported) In(l *words.Language) string { return l.Problem(e.Problem(l)) }

// Unwrap returns the kernel's own error.
func (e *Unsupported) Unwrap() error { return e.Err }

// explain adds the remedy to what the kernel refused, where no requirement has foreseen it.
func explain(err error) error {
	var told *Unsupported
	switch {
	case err == nil || errors.As(err, &told):
		return err
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return &Unsupported{func(l *words.Language) words.Problem { return l.Problems.TooManyFiles(brief(err)) }, err}
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		filtered := seccompFilters()
		return &Unsupported{func(l *words.Language) words.Problem {
			return l.Problems.KernelRefuses(brief(err), filtered)
		}, err}
	case errors.Is(err, os.ErrNotExist):
		return &Unsupported{func(l *words.Language) words.Problem {
			return l.Problems.KernelLacksHook(brief(err))
		}, err}
	}
	return err
}

const seccompFilter = "2" // SECCOMP_MODE_FILTER, as /proc has it

// seccompFilters reports whether a filter can forbid a system call that the capabilities would allow.
func seccompFilters() bool { return statusField("self", "Seccomp") == seccompFilter }

// brief returns the first line of an error, without a guess of the library's: since Linux 5.11 the limit of locked
// memory has no part in it.
func brief(err error) string {
	return firstLine(err.Error())
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	line, _, _ = strings.Cut(line, " (MEMLOCK ")
	return line
}
