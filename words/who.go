package words

import (
	"tracer/event"
	"tracer/text"
)

// Who is a process that a sentence names, with its command name, raw, where that is known.
type Who struct {
	PID  event.PID
	Comm event.Text
}

// named returns the id, and between the brackets the name.
func (w Who) named(opening, closing string) string {
	name := text.Escape(string(w.Comm))
	if name == "" && w.PID == 1 {
		name = "init"
	}
	if name == "" {
		return number(w.PID)
	}
	return number(w.PID) + opening + name + closing
}

func (w Who) english() string { return w.named(" (", ")") }

func (w Who) chinese() string { return w.named("（", "）") }
