package viewer

import (
	"encoding/base64"
	"strconv"
	"strings"

	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// mostCopied is how many bytes are copied at most: many terminals take no more at once, written as base64.
const mostCopied = 48 << 10

// copying is the mode in which one says what to copy. It goes to the clipboard of the terminal, from wherever tracer
// runs (OSC 52). What is copied is text as it is on the screen: what other programs wrote is escaped.
type copying struct {
	browse
	command []string // that shows this trace
	ready   string   // to be sent to the terminal
}

// copyChoices are the keys, and what each copies.
func copyChoices(say *words.CopyWords) []words.Key {
	return []words.Key{{Label: "y", Help: say.Line}, {Label: "t", Help: say.Tree}, {Label: "f", Help: say.Finding},
		{Label: "c", Help: say.Command}, {Label: "s", Help: "strace"}, {Label: "g", Help: "gdb"}}
}

func (m *copying) key(s *state, name string) {
	s.mode = browse{}
	say := &s.words.Copy
	switch name {
	case "y":
		m.copy(s, say.Line, m.line(s))
	case "t":
		m.copy(s, say.Tree, m.subtree(s))
	case "f":
		m.copy(s, say.Finding, s.found.sentence(s))
	case "c":
		m.copy(s, say.Command, text.Arguments(strings.Join(append(m.command, ""), "\x00")))
	case "s":
		m.attach(s, "strace -f -p ")
	case "g":
		m.attach(s, "gdb -p ")
	}
}

func (m *copying) takes(*section) bool { return false }

func (m *copying) prompt(s *state) line {
	l := textLine(roleKey, " "+s.words.Copy.What)
	for _, k := range copyChoices(&s.words.Copy) {
		l.gap(2).add(roleKey, k.Label).add(roleDim, " "+k.Help)
	}
	return *l.gap(2).add(roleKey, "Esc").add(roleDim, " "+s.words.Screen.Cancel)
}

// copy hands text over, and says what was copied.
func (m *copying) copy(s *state, what, all string) {
	if all == "" {
		s.notice = s.words.Copy.Nothing
		return
	}
	if len(all) > mostCopied {
		all = all[:strings.LastIndexByte(all[:mostCopied], '\n')+1]
	}
	if all == "" { // a part of a line, such as a command, would be another one
		s.notice = s.words.Copy.TooLong
		return
	}
	m.ready = all
	if all = strings.TrimSuffix(all, "\n"); strings.Contains(all, "\n") {
		s.notice = s.words.Copy.CopiedLines(what, uint64(strings.Count(all, "\n")+1))
		return
	}
	s.notice = s.words.Copy.CopiedLine(strings.Join(strings.Fields(all), " "))
}

// wide is how wide the rows of the tree are that are copied: nothing of them is cut.
const wide = 1 << 10

// line is the selected row: of the tree, or the event at the cursor, or a request where those have the keys.
func (m *copying) line(s *state) string {
	if s.focus == focusSide && s.side == s.requests {
		return s.requests.text(s)
	}
	if s.focus == focusSide && s.side == s.events {
		n, ok := s.cursor.event()
		if !ok {
			n = s.cursor.pos - 1
		}
		if e := s.cursor.log.at(n); e != nil {
			return text.TimeText(s.shown().start(), e.Time, 6) + " " + text.PIDText(e.PID) + " " +
				s.glyphs.plain(s.words.EventLine(e))
		}
		return ""
	}
	if s.tree.current() == nil {
		return ""
	}
	return m.row(s, s.tree.row)
}

func (m *copying) row(s *state, i int) string {
	was := s.tree.cols
	defer func() { s.tree.cols = was }()
	s.tree.cols = columnsFor(wide, s.shown().idWidth(), s.shown().model.Counters().Accepts > 0, false)
	return strings.TrimRight(s.tree.line(s, i).String(), " ")
}

// subtree is the selected row of the tree and all rows below it.
func (m *copying) subtree(s *state) string {
	if s.tree.current() == nil {
		return ""
	}
	var b strings.Builder
	for i := s.tree.row; i < len(s.tree.nodes); i++ {
		if i > s.tree.row && s.tree.nodes[i].depth <= s.tree.nodes[s.tree.row].depth {
			break
		}
		b.WriteString(m.row(s, i) + "\n")
	}
	return b.String()
}

// attach shows and copies a command that attaches another tool to the selected process, if it lives now.
func (m *copying) attach(s *state, command string) {
	who := s.tree.current()
	if who == nil || !s.live || !s.cursor.log.grows {
		s.notice = s.words.Copy.NotLive
		return
	}
	p := s.cursor.head.model.Find(who.process.PID)
	if p == nil || p.ID != who.process.ID || p.State != model.Alive {
		s.notice = s.words.Copy.NotLive
		return
	}
	pid := strconv.Itoa(int(p.PID))
	if who.thread != nil && who.thread.State == model.Alive {
		pid = strconv.Itoa(int(who.thread.ID.TID))
	}
	m.copy(s, s.words.Copy.Command, command+pid)
}

// sequence is what has a terminal take a text into its clipboard.
func (m *copying) sequence() string {
	defer func() { m.ready = "" }()
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(m.ready)) + "\x1b\\"
}
