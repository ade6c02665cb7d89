package words

import (
	"tracer/event"
	"tracer/text"
)

// HoldingWords are who holds a socket without use.
type HoldingWords struct {
	// KeptOne is of one connection that a process kept so long, at least, after another one had let go of it, KeptMany
	// of several, of which that one was kept for the longest; both are followed by StillOpen, so many of them, and
	// KeptByExec, of that one.
	KeptOne    func(connection Number, atLeast bool, duration string, from Who) string
	KeptMany   func(connections uint64, longest Number, atLeast bool, duration string, from Who) string
	StillOpen  func(connections uint64) string
	KeptByExec string
	// Leaked is of a program that was executed with a socket, and held it so long; Outlived of who accepted there, or
	// had it listen; LeakedToo of so many others.
	Leaked    func(fd int32, ended bool, duration string) string
	Outlived  func(server Who, duration string) string
	ServedBy  func(server Who) string
	LeakedToo func(programs uint64) string

	// HasConnection is of a connection that a process has not read or written, HasListener of a socket at which it has
	// not accepted; ByExec is a remark on both: its program was executed with it.
	HasConnection func(connection Number, peer string) string
	HasListener   func(address string, fd int32) string
	ByExec        string
	// LetGo is who let go of a connection that others had then, so long after its accept; HeldBy who has it without
	// use, and how long after its accept a look found that last, if one did.
	LetGo  func(who, after string) string
	HeldBy func(who string, executed bool, found string) string
}

// Held says which socket a process has without use: a connection by its number and its peer, or what listens.
func Held(l *Language, connection Number, peer, listener string, fd int32, executed bool) string {
	w := &l.Findings.Holding
	line := w.HasListener(listener, fd)
	if connection != 0 {
		line = w.HasConnection(connection, peer)
	}
	if executed {
		line = l.with(line, w.ByExec)
	}
	return line
}

// holdFindings are those of who holds a socket.
var holdFindings = map[string]func(*Language, map[string]uint64, Named) string{
	"connection_kept": connectionKept,
	"listener_leaked": listenerLeaked,
	"bind_failed":     bindFailed,
}

func connectionKept(l *Language, a map[string]uint64, named Named) string {
	w, from := &l.Findings.Holding, named.Who(event.PID(a["from"]))
	number, duration := Number(a["connection"]), text.DurationText(event.Time(a["kept_ns"]))
	line := w.KeptOne(number, a["at_least"] > 0, duration, from)
	if a["connections"] > 1 {
		line = w.KeptMany(a["connections"], number, a["at_least"] > 0, duration, from)
	}
	if a["executed"] > 0 {
		line = l.with(line, w.KeptByExec)
	}
	if a["open"] > 0 {
		line += l.Punctuation.Semicolon + w.StillOpen(a["open"])
	}
	return line
}

func listenerLeaked(l *Language, a map[string]uint64, named Named) string {
	w := &l.Findings.Holding
	line := w.Leaked(int32(a["fd"]), a["ended"] > 0, text.DurationText(event.Time(a["held_ns"])))
	switch server := named.Who(event.PID(a["server"])); {
	case a["outlived_ns"] > 0:
		line += l.Punctuation.Semicolon + w.Outlived(server, text.DurationText(event.Time(a["outlived_ns"])))
	case server.PID != 0:
		line += l.Punctuation.Semicolon + w.ServedBy(server)
	}
	if a["programs"] > 1 {
		line += l.Punctuation.Semicolon + w.LeakedToo(a["programs"]-1)
	}
	return line
}
