package words

import (
	"strings"

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

// chineseThen is the process and what follows: a blank is between an id and a word, but not behind a bracket, which is
// wide, nor before a mark.
func (w Who) chineseThen(next string) string {
	who := w.chinese()
	if strings.HasSuffix(who, "）") || strings.HasPrefix(next, "，") || strings.HasPrefix(next, "）") {
		return who + next
	}
	return who + " " + next
}

// orIt is the process, or "it" where the finding is about that one.
func (w Who) orIt(it bool) string {
	if it {
		return "it"
	}
	return w.english()
}

// Named are the processes that a finding names beside its own, and the command names that are known.
type Named struct {
	Tasks []event.PID
	Names map[event.PID]event.Text
}

// Who is a process, with its name where that is known.
func (n Named) Who(pid event.PID) Who { return Who{pid, n.Names[pid]} }

// maxNamed is how many of the processes of a finding its sentence names.
const maxNamed = 3

// first are the first of the processes, where their names are known.
func (n Named) first() (first []Who) {
	for _, pid := range n.Tasks[:min(len(n.Tasks), maxNamed)] {
		if n.Names[pid] != "" {
			first = append(first, n.Who(pid))
		}
	}
	return first
}

func listOf(first []Who, say func(Who) string, comma string) string {
	var all []string
	for _, w := range first {
		all = append(all, say(w))
	}
	return strings.Join(all, comma)
}
