package words

import (
	"errors"
	"strings"

	"tracer/event"
)

// Message is a sentence before it is said: who shows it chooses the language.
type Message func(*Language) string

// Verbatim returns the message that is the same in every language.
func Verbatim(s string) Message { return func(*Language) string { return s } }

// String says it in English.
func (m Message) String() string { return m(English()) }

// MarshalText says it in English, as JSON has it.
func (m Message) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Error is an error that says itself in any language.
type Error struct {
	Say Message
	Err error // that it is about, may be nil
}

// Saying returns the error that a sentence is.
func Saying(say Message) error { return &Error{Say: say} }

// About returns an error about another one. The sentence is given what that one says.
func About(err error, say func(l *Language, reason string) string) error {
	return &Error{Say: func(l *Language) string { return say(l, l.Error(err)) }, Err: err}
}

// Error says it in English.
func (e *Error) Error() string { return e.In(English()) }

// In says it in a language.
func (e *Error) In(l *Language) string { return e.Say(l) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Problem is what is wrong, in one clause, and what to do about it, in another.
type Problem struct{ What, Remedy string }

// Problem returns one line.
func (l *Language) Problem(p Problem) string { return p.What + l.Punctuation.Semicolon + p.Remedy }

// Error returns the text of an error. What says itself in a language, by a method In, does so, also within errors that
// wrap it. All else is as it is: what the system says, and what went wrong within tracer.
func (l *Language) Error(err error) string {
	if e, ok := err.(interface{ In(*Language) string }); ok {
		return e.In(l)
	}
	whole := err.Error()
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range list.Unwrap() {
			whole = strings.Replace(whole, e.Error(), l.Error(e), 1)
		}
		return whole
	}
	var part interface{ In(*Language) string }
	if errors.As(err, &part) {
		return strings.Replace(whole, part.In(English()), part.In(l), 1)
	}
	return whole
}

// ProblemWords say why nothing can be traced.
type ProblemWords struct {
	// What this machine lacks.
	ProcNotMounted     Problem
	UserNamespace      Problem
	FileLimitUnknown   Problem
	FileLimit          func(limit, needed uint64) Problem
	TaskLimitOfCgroup  func(limit uint64, folder string, free, needed uint64) Problem
	TaskLimitOfUser    func(limit, free, needed uint64) Problem
	MemoryLimit        func(megabytes, needed uint64) Problem
	OldKernel          func(release string) Problem
	SysNotMounted      Problem
	NoBTF              func(file string) Problem
	Lockdown           Problem
	RootWithout        func(capabilities string) Problem
	NotRoot            func(capabilities, self string) Problem
	Paranoid           func(setting string) Problem
	NoCall             func(call string) Problem
	CallRefused        func(call, reason string, bySeccomp bool) Problem
	TracefsNotMounted  func(reason, folder string) Problem
	TracefsUnreadable  func(folder, self string) Problem
	NoTracepoint       func(tracepoint string) Problem
	NoPidfd            Problem
	SetUserID          func(self string) Problem
	TooManyFiles       func(reason string) Problem
	KernelRefuses      func(reason string, bySeccomp bool) Problem
	KernelLacksHook    func(reason string) Problem
	NoFunctionPrograms func(reason string) Problem

	// Why a program could not be executed.
	Launch        func(quoted, reason string) string
	NotFound      string
	NotExecutable string
	NoTerminal    func(reason string) string
	NotAProgram   func(refusal string) string
	Interpreter   func(quoted, refusal string) string

	// Why there is nothing to attach to.
	Hidden         func(processes string) Problem
	TargetsEnded   Problem
	TargetIsZombie func(pid, parent event.PID) Problem
	TargetIsTracer func(pid event.PID) Problem
	NoProcess      func(pid event.PID) Problem
	KernelThread   func(pid event.PID) Problem
	NoComm         func(comm string) Problem
	NobodyListens  func(port int) Problem
	NobodyInCgroup func(path string) Problem
	NoCgroup       func(path, file string) Problem
}
