package words

import (
	"tracer/event"
	"tracer/text"
)

// StatusWords are the readings of a wait status.
type StatusWords struct {
	Exit       func(code int) string
	CoreDumped func(signal string) string
	Continued  string
	Stopped    func(signal string) string
}

// StatusText reads a wait status: "exit 0", "SIGKILL", "SIGSEGV, core dumped", "stopped by SIGTSTP", "continued".
func (l *Language) StatusText(status int32) string {
	e := event.Event{Status: status}
	if code, ok := e.Exited(); ok {
		return l.Status.Exit(code)
	}
	if number, core, ok := e.Killed(); ok {
		if core {
			return l.Status.CoreDumped(text.SignalName(int32(number)))
		}
		return text.SignalName(int32(number))
	}
	if status == 0xffff {
		return l.Status.Continued
	}
	return l.Status.Stopped(text.SignalName(status >> 8 & 0xff))
}

// BothPIDs returns a process id with the one that the process has in its own PID namespace, when that is another: "1234
// (2 inside)".
func (l *Language) BothPIDs(p, inner event.PID) string {
	if inner == 0 || inner == p {
		return text.PIDText(p)
	}
	return l.Punctuation.Inside(text.PIDText(p), text.PIDText(inner))
}
