package viewer

import (
	"iter"
	"slices"

	"github.com/gdamore/tcell/v2"

	"tracer/words"
)

// A binding is one row of the table of keys. The table drives what keys do, the footer and the help.
type binding struct {
	keys  []string
	show  string            // how the keys stand in the footer; "" keeps them out. A click presses the last of them
	label string            // what the footer says they do
	rank  int               // in the footer: the higher, the sooner it makes room; 0 when it is kept out
	help  string            // in the help; "" keeps it out
	when  func(*state) bool // nil: always
	do    func(s *state, key string)
}

// A section is a heading of the help with its keys.
type section struct {
	title    string
	when     func(*state) bool // nil: always
	inHelp   bool              // its keys work while the help is open
	atOnce   bool              // its keys do not go by what is shown, so they need not wait for the cursor
	inFooter func(*state) bool // its keys can stand in the footer; nil: always
	bindings []binding
}

// table is all keys. Of several rows with the same key the first whose time it is counts.
func (s *state) table() []section {
	say := &s.words.Keys
	all := slices.Concat([]section{everywhere(s), s.lanes.keys(say), s.requests.keys(say)}, travelKeys(say),
		[]section{paneKeys(s), movingKeys(say),
			s.tree.keys(say), s.events.keys(say), s.marks.keys(say)})
	for _, p := range s.readers {
		if p == s.lanes || p == s.requests { // theirs come first
			continue
		}
		all = append(all, p.keys(say))
	}
	return all
}

func everywhere(s *state) section {
	say := &s.words.Keys
	return section{title: say.Everywhere, inHelp: true, atOnce: true, bindings: []binding{
		{[]string{"Esc", "?", "q"}, "Esc", say.Close, 1, "", helping, func(s *state, _ string) { s.mode = browse{} }},
		{[]string{"?", "F1"}, "?", say.Help.Label, 1, say.Help.Help, nil,
			func(s *state, _ string) { s.help.top, s.mode = 0, s.help }},
		{[]string{"q", "Ctrl-C"}, "q", say.Quit.Label, 1, say.Quit.Help, nil,
			func(s *state, _ string) { s.quit = true }},
		{[]string{"s"}, "s", say.Summary.Label, 2, "", ended, func(s *state, _ string) { s.open(s.summary) }},
		{[]string{"Ctrl-Z"}, "", "", 0, say.Suspend, nil,
			func(s *state, _ string) { s.suspend = true }},
		{[]string{"Ctrl-L"}, "", "", 0, say.Redraw, nil, func(s *state, _ string) { s.redraw = true }},
	}}
}

// paneKeys choose what stands beside or below the tree.
func paneKeys(s *state) section {
	say := &s.words.Keys
	rows := []binding{{[]string{"Esc"}, "Esc", say.Back.Label, 4, say.Back.Help, sideOpen,
		func(s *state, _ string) { s.side, s.focus = s.events, focusTree }}}
	for _, p := range s.readers {
		rows = append(rows, p.opening(say)...)
	}
	return section{title: say.Panes, bindings: append(rows, binding{[]string{"e"}, "", "", 0, say.HideEvents,
		nil, func(s *state, _ string) { s.toggleEvents() }})}
}

// movingKeys move in the pane that has the keys.
func movingKeys(say *words.KeyWords) section {
	return section{title: say.Moving, inHelp: true, bindings: []binding{
		{[]string{"Tab", "Backtab"}, "Tab", say.Pane.Label, 5, say.Pane.Help, twoPanes,
			func(s *state, _ string) { s.focus = 1 - s.focus }},
		{[]string{"Up", "Down", "k", "j"}, "", "", 0, say.Rows, nil,
			func(s *state, key string) { s.move(key) }},
		{[]string{"PgUp", "PgDn", "Home", "End"}, "", "", 0, say.Pages, nil,
			func(s *state, key string) { s.move(key) }},
	}}
}

func helping(s *state) bool   { return s.mode == s.help }
func ended(s *state) bool     { return s.cursor.follows && !s.cursor.log.grows && !helping(s) }
func searching(s *state) bool { return s.search.text != "" }
func sideOpen(s *state) bool  { return s.side != s.events }

func twoPanes(s *state) bool {
	l := s.layout()
	return l.tree.h > 0 && l.side.h > 0 && !helping(s)
}

func forward(yes bool) int {
	if yes {
		return 1
	}
	return -1
}

// key does what a key asks for, on what the keys before it led to: while the cursor is on its way there it waits, if it
// goes by what is shown, and what is typed after it waits behind it. Ctrl-C drops what waits.
func (s *state) key(name string) {
	switch {
	case name == "Ctrl-C":
		s.waiting = nil
	case len(s.waiting) > 0, s.busy() && !s.atOnce(name):
		s.waiting = append(s.waiting, name)
		return
	}
	s.notice = ""
	s.mode.key(s, name)
}

// atOnce reports whether a key need not wait until the cursor is where it goes.
func (s *state) atOnce(name string) bool {
	switch s.mode {
	case s.timing, s.filter:
		return true
	case s.search:
		return false
	}
	for group, b := range s.working() {
		if slices.Contains(b.keys, name) {
			return group.atOnce
		}
	}
	return false // perhaps it means something there
}

// work goes on with what takes long, and when that is done, with the keys that wait for it.
func (s *state) work() {
	s.cursor.work()
	if s.drawsPast() {
		s.past.work(s.cursor)
	}
	for len(s.waiting) > 0 && !s.busy() {
		keys := s.waiting
		s.waiting = nil
		s.key(keys[0])
		s.waiting = append(s.waiting, keys[1:]...)
	}
}

// dispatch does what the table says of a key.
func (s *state) dispatch(name string) {
	for _, b := range s.working() {
		if slices.Contains(b.keys, name) {
			s.settle()
			b.do(s, name)
			s.settle()
			return
		}
	}
}

// working goes over the rows of the table whose keys mean something now: of several with the same first key, the first.
func (s *state) working() iter.Seq2[*section, *binding] {
	return func(yield func(*section, *binding) bool) {
		taken := map[string]bool{}
		for i := range s.sections {
			group := &s.sections[i]
			if !s.mode.takes(group) || group.when != nil && !group.when(s) {
				continue
			}
			for i := range group.bindings {
				b := &group.bindings[i]
				if taken[b.keys[0]] || b.when != nil && !b.when(s) {
					continue
				}
				for _, k := range b.keys {
					taken[k] = true
				}
				if !yield(group, b) {
					return
				}
			}
		}
	}
}

// keyNames are the keys that are no characters.
var keyNames = map[tcell.Key]string{
	tcell.KeyUp: "Up", tcell.KeyDown: "Down", tcell.KeyLeft: "Left", tcell.KeyRight: "Right",
	tcell.KeyPgUp: "PgUp", tcell.KeyPgDn: "PgDn", tcell.KeyHome: "Home", tcell.KeyEnd: "End",
	tcell.KeyEnter: "Enter", tcell.KeyEscape: "Esc", tcell.KeyTab: "Tab", tcell.KeyBacktab: "Backtab",
	tcell.KeyBackspace: "Backspace", tcell.KeyBackspace2: "Backspace", tcell.KeyF1: "F1",
	tcell.KeyCtrlC: "Ctrl-C", tcell.KeyCtrlL: "Ctrl-L", tcell.KeyCtrlZ: "Ctrl-Z",
}

// keyName returns a key's name as the table has it, "" for a key without one.
func keyName(e *tcell.EventKey) string {
	if e.Key() != tcell.KeyRune {
		return keyNames[e.Key()]
	}
	if e.Modifiers()&(tcell.ModAlt|tcell.ModCtrl|tcell.ModMeta) != 0 {
		return ""
	}
	if e.Rune() == ' ' {
		return "Space"
	}
	return string(e.Rune())
}
