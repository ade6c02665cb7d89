package viewer

import (
	"iter"
	"slices"

	"github.com/gdamore/tcell/v2"

	"tracer/words"
)

// A binding is one row of the table of keys. The table drives what keys do, the footer and the help.
type binding struct {
	id    string // what each key does, in a file of keys: one name for all, or one for each; "": it stays as it is
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
	typed    bool              // its keys work while all others go to the program
	atOnce   bool              // its keys do not go by what is shown, so they need not wait for the cursor
	inFooter func(*state) bool // its keys can stand in the footer; nil: always
	bindings []binding
}

// table is all keys. Of several rows with the same key the first whose time it is counts.
func (s *state) table() []section {
	say := &s.words.Keys
	all := slices.Concat([]section{everywhere(s), s.found.keys(say), s.lanes.keys(say), s.requests.keys(say),
		s.control.keys(say)},
		travelKeys(say),
		[]section{paneKeys(s), movingKeys(say),
			s.tree.keys(say), s.events.keys(say), s.marks.keys(say)})
	for _, p := range s.readers {
		if p == s.lanes || p == s.requests || p == s.control { // theirs come first
			continue
		}
		all = append(all, p.keys(say))
	}
	return all
}

func everywhere(s *state) section {
	say := &s.words.Keys
	return section{title: say.Everywhere, inHelp: true, atOnce: true, bindings: []binding{
		{"close-help", []string{"Esc", "?", "q"}, "Esc", say.Close, 1, "", helping,
			func(s *state, _ string) { s.mode = browse{} }},
		{"help", []string{"?", "F1"}, "?", say.Help.Label, 1, say.Help.Help, nil,
			func(s *state, _ string) { s.help.top, s.mode = 0, s.help }},
		{"quit", []string{"q", "Ctrl-C", "F10"}, "q", say.Quit.Label, 1, say.Quit.Help, nil,
			func(s *state, _ string) { s.quit = true }},
		{"summary", []string{"s"}, "s", say.Summary.Label, 2, "", ended,
			func(s *state, _ string) { s.open(s.summary) }},
		{"suspend", []string{"Ctrl-Z"}, "", "", 0, say.Suspend, nil,
			func(s *state, _ string) { s.suspend = true }},
		{"copy", []string{"y"}, "y", say.Copy.Label, 8, say.Copy.Help, nil,
			func(s *state, _ string) { s.mode = s.copying }},
		{"sort", []string{"F6"}, "", "", 0, say.Sort, nil, func(s *state, _ string) {
			s.notice = say.NoSort(keyFor(s, "requests"), keyFor(s, "order"))
		}},
		{"theme", []string{"T"}, "", "", 0, say.Theme, nil, func(s *state, _ string) { s.nextTheme() }},
		{"projector", []string{"P"}, "P", say.ProjectorOff, 1, "", projected,
			func(s *state, _ string) { project(s) }},
		{"projector", []string{"P"}, "", "", 0, say.Projector, nil, func(s *state, _ string) { project(s) }},
		{"redraw", []string{"Ctrl-L"}, "", "", 0, say.Redraw, nil, func(s *state, _ string) { s.redraw = true }},
	}}
}

// paneKeys choose what stands beside or below the tree.
func paneKeys(s *state) section {
	say := &s.words.Keys
	rows := []binding{{"back", []string{"Esc"}, "Esc", say.Back.Label, 4, say.Back.Help, sideOpen,
		func(s *state, _ string) { goHome(s) }}, backKey(say)}
	for _, p := range s.readers {
		rows = append(rows, p.opening(say)...)
	}
	return section{title: say.Panes, bindings: append(rows, binding{"hide-events", []string{"e"}, "", "", 0,
		say.HideEvents, nil, func(s *state, _ string) { s.toggleEvents() }},
		binding{"grow-tree,shrink-tree", []string{"J", "K"}, "", "", 0, say.Resize, divided,
			func(s *state, key string) { resize(s, growth(s)*forward(key == "J")) }})}
}

// growth is how far a key moves the line between tree and side.
func growth(s *state) int {
	if s.layout().split.h > 0 {
		return 4
	}
	return 1
}

// movingKeys move in the pane that has the keys.
func movingKeys(say *words.KeyWords) section {
	return section{title: say.Moving, inHelp: true, bindings: []binding{
		{"next-pane,previous-pane", []string{"Tab", "Backtab"}, "Tab", say.Pane.Label, 5, say.Pane.Help, twoPanes,
			func(s *state, key string) { nextPane(s, forward(key == "Tab")) }},
		{"up,down,up,down", []string{"Up", "Down", "k", "j"}, "", "", 0, say.Rows, nil,
			func(s *state, key string) { s.move(key) }},
		{"page-up,page-down,start,end", []string{"PgUp", "PgDn", "Home", "End"}, "", "", 0, say.Pages, nil,
			func(s *state, key string) { s.move(key) }},
	}}
}

func helping(s *state) bool   { return s.mode == s.help }
func ended(s *state) bool     { return s.cursor.follows && !s.cursor.log.grows && !helping(s) }
func searching(s *state) bool { return s.search.text != "" }
func sideOpen(s *state) bool  { return s.side != s.home }
func divided(s *state) bool   { return s.layout().shared.whole > 0 && !helping(s) }
func projected(s *state) bool { return s.projector && !helping(s) }

func twoPanes(s *state) bool { return len(panesOf(s)) > 1 && !helping(s) }

// panesOf are those that the arrow keys can move in.
func panesOf(s *state) (all []focus) {
	l := s.layout()
	for f, height := range map[focus]int{focusTree: l.tree.h, focusSide: l.side.h, focusFound: l.found.h} {
		if height > 0 {
			all = append(all, f)
		}
	}
	slices.Sort(all)
	return all
}

// nextPane has the arrow keys move in the next pane, or the one before.
func nextPane(s *state, step int) {
	all := panesOf(s)
	i := slices.Index(all, s.focus)
	s.focus = all[(i+step+len(all))%len(all)]
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
	s.settle() // what is shown decides what a key means
	for _, b := range s.working() {
		if slices.Contains(b.keys, name) {
			b.do(s, name)
			s.settle()
			return
		}
	}
	if name != "" && name != "Esc" { // which goes back to where one may be already
		s.notice = s.words.Keys.NoAction(s.glyphs.safe(name), keyFor(s, "help"))
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
	tcell.KeyF2: "F2", tcell.KeyF3: "F3", tcell.KeyF4: "F4", tcell.KeyF5: "F5", tcell.KeyF6: "F6", tcell.KeyF7: "F7",
	tcell.KeyF8: "F8", tcell.KeyF9: "F9", tcell.KeyF10: "F10", tcell.KeyF11: "F11", tcell.KeyF12: "F12",
	tcell.KeyInsert: "Insert", tcell.KeyDelete: "Delete",
	tcell.KeyCtrlC: "Ctrl-C", tcell.KeyCtrlL: "Ctrl-L", tcell.KeyCtrlZ: "Ctrl-Z",
	tcell.KeyCtrlRightSq: "Ctrl-]",
}

const space = "Space"

// keyName returns a key's name as the table has it, "" for a key without one.
func keyName(e *tcell.EventKey) string {
	if e.Key() != tcell.KeyRune {
		return keyNames[e.Key()]
	}
	if e.Modifiers()&(tcell.ModAlt|tcell.ModCtrl|tcell.ModMeta) != 0 {
		return ""
	}
	if e.Rune() == ' ' {
		return space
	}
	return string(e.Rune())
}
