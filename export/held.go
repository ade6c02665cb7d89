package export

import (
	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// Held is a socket that a process holds without use: a connection that it has not read or written, or a listening
// socket at which it has not accepted.
type Held struct {
	PID        event.PID  `json:"pid"`
	Comm       event.Text `json:"comm"`
	Connection uint64     `json:"connection,omitempty"` // 0: it listens
	Peer       event.Addr `json:"peer,omitempty"`
	Listener   event.Addr `json:"listener,omitempty"`
	FD         int32      `json:"fd,omitempty"` // of one that listens
	Executed   bool       `json:"executed"`     // its program was executed with it
}

func held(m *model.Model) []Held {
	list := []Held{}
	for _, h := range model.HeldIn(m) {
		one := Held{PID: h.PID, Comm: h.Comm, Listener: h.Listener, FD: h.FD, Executed: h.Executed}
		if h.Connection != nil {
			one.Connection, one.Peer = h.Connection.Number, h.Connection.Peer
		}
		list = append(list, one)
	}
	return list
}

// topHeld is how many the text has.
const topHeld = 10

func heldLines(l *words.Language, list []Held) (lines []string) {
	for _, h := range list[:min(len(list), topHeld)] {
		what := words.Held(l, words.Number(h.Connection), text.Escape(string(h.Peer)),
			text.Escape(string(h.Listener)), h.FD, h.Executed)
		lines = append(lines, l.Summary.Held(words.Who{PID: h.PID, Comm: h.Comm}, what))
	}
	if more := len(list) - topHeld; more > 0 {
		lines = append(lines, l.Summary.MoreHeld(uint64(more)))
	}
	return lines
}
