package viewer

import (
	"github.com/gdamore/tcell/v2"
)

// A binding is one row of the table of keys. The table drives what keys do, the footer and the help.
type binding struct {
	keys  []string
	show  string            // how the keys stand in the footer; "" keeps them out. A click presses the last of them
	label string            // what the footer says they do
	help  string            // in the help; "" keeps it out
	when  func(*state) bool // nil: always
	do    func(s *state, key string)
}

// A section is a heading of the help with its keys.
type section struct {
	title    string
	when     func(*state) bool // nil: always
	inHelp   bool              // its keys work while the help is open
	bindings []binding
}

// sections is the table. Of several rows with the same key the first whose time it is counts.
var sections []section

func init() { // not a plain variable, because the help that a key opens reads the table
	sections = []section{
		{"Everywhere", nil, true, []binding{
			{[]string{"Esc", "?", "q"}, "Esc", "close", "", helping, func(s *state, _ string) { s.help = false }},
			{[]string{"?", "F1"}, "?", "help", "this help: what the keys, signs, colours and words mean", nil,
				func(s *state, _ string) { s.help, s.helpScroll = true, 0 }},
			{[]string{"q", "Ctrl-C"}, "q", "quit", "quit", nil, func(s *state, _ string) { s.quit = true }},
			{[]string{"s"}, "s", "summary", "", ended, func(s *state, _ string) { s.open(paneSummary) }},
			{[]string{"Ctrl-Z"}, "", "", "suspend; the shell's fg comes back", nil,
				func(s *state, _ string) { s.suspend = true }},
			{[]string{"Ctrl-L"}, "", "", "draw everything anew", nil, func(s *state, _ string) { s.redraw = true }},
		}},
		{"While it runs", notReplaying, false, []binding{
			{[]string{"p"}, "p", "go on", "", (*state).paused, func(s *state, _ string) { s.pause() }},
			{[]string{"p"}, "p", "pause", "pause, go on: the picture stands still, every event is still taken in",
				canPause, func(s *state, _ string) { s.pause() }},
		}},
		{"Travel in time", replaying, false, []binding{
			{[]string{"p", "Space"}, "p", "stop", "", playing, func(s *state, _ string) { s.pause() }},
			{[]string{"p", "Space"}, "p", "play", "play, stop; at the end: from the start", nil,
				func(s *state, _ string) { s.pause() }},
			{[]string{",", "."}, ", .", "step", "one event back, on", nil,
				func(s *state, key string) { s.jump(key, 1) }},
			{[]string{"<", ">"}, "< >", "100", "100 events back, on", nil,
				func(s *state, key string) { s.jump(key, 100) }},
			{[]string{"[", "]"}, "[ ]", "alike", "the last, the next event that the filter shows; without one, of " +
				"the same kind", nil, func(s *state, key string) { s.jumpAlike(key) }},
			{[]string{"{", "}"}, "{ }", "ends", "to the start, the end", nil,
				func(s *state, key string) { s.jumpEnd(key) }},
			{[]string{"-", "+", "="}, "- +", "speed", "slower, faster", nil,
				func(s *state, key string) { s.changeSpeed(key) }},
		}},
		{"Panes", nil, false, []binding{
			{[]string{"Esc"}, "Esc", "back", "back to the events", sideOpen,
				func(s *state, _ string) { s.side, s.focus = paneEvents, focusTree }},
			{[]string{"Enter", "i"}, "Enter", "details",
				"all there is to know of the selected process, and of the event at the cursor", nil,
				func(s *state, _ string) { s.open(paneDetail) }},
			{[]string{"s"}, "s", "summary", "the counters, and what they tell", nil,
				func(s *state, _ string) { s.open(paneSummary) }},
			{[]string{"o"}, "o", "output", "what the traced program wrote", hasOutput,
				func(s *state, _ string) { s.open(paneOutput) }},
			{[]string{"o"}, "", "", "", nil, func(s *state, _ string) {
				s.notice = "what a program writes is kept by tracer run alone"
			}},
			{[]string{"e"}, "", "", "hide or show the events", nil, func(s *state, _ string) { s.toggleEvents() }},
		}},
		{"Moving", nil, true, []binding{
			{[]string{"Tab", "Backtab"}, "Tab", "pane", "the arrow keys move in the other pane", twoPanes,
				func(s *state, _ string) { s.focus = 1 - s.focus }},
			{[]string{"Up", "Down", "k", "j"}, "", "", "one row up, down; in the events of a replay: in time", nil,
				func(s *state, key string) { s.move(key) }},
			{[]string{"PgUp", "PgDn", "Home", "End"}, "", "", "a page up, down; to the start, the end", nil,
				func(s *state, key string) { s.move(key) }},
		}},
		{"Tree", nil, false, []binding{
			{[]string{"z", "Z"}, "z", "zombie", "next zombie, the one before", hasZombies,
				func(s *state, key string) { s.nextZombie(forward(key == "z")) }},
			{[]string{"Left", "Right"}, "Left Right", "fold",
				"fold, unfold: first threads and coroutines, then the children; Left again: to the parent", nil,
				func(s *state, key string) { s.foldStep(key) }},
			{[]string{"Space"}, "", "", "fold or unfold", notReplaying, func(s *state, _ string) { s.foldToggle() }},
			{[]string{"x"}, "", "", "fold or unfold all", nil, func(s *state, _ string) { s.foldEverything() }},
			{[]string{"/"}, "/", "search", "search for a process by id or command", nil,
				func(s *state, _ string) { s.typing, s.search = true, "" }},
			{[]string{"n", "N"}, "", "", "the next one found, the one before", searching,
				func(s *state, key string) { s.nextMatch(forward(key == "n")) }},
			{[]string{"f"}, "f", "follow", "follow: scroll to whatever is born, in a replay to what the event is about",
				nil, func(s *state, _ string) { s.tree.follow = !s.tree.follow }},
			{[]string{"t"}, "t", "threads", "show or fold the threads and coroutines of all", nil,
				func(s *state, _ string) { s.foldThreads() }},
			{[]string{"g"}, "g", "gone", "hide or show what has gone", nil,
				func(s *state, _ string) { s.tree.hideGone = !s.tree.hideGone }},
		}},
		{whichEvents, nil, false, []binding{
			{[]string{"w"}, "w", "whose", "only those of the selected process, or of all", nil,
				func(s *state, _ string) { s.events.only = !s.events.only }},
			{[]string{"c"}, "", "", "spawn, switch and finish of coroutines or not; from all kinds, these alone", nil,
				func(s *state, _ string) { s.events.toggle(coroutineKinds) }},
			{[]string{"0"}, "", "", "every kind", nil, func(s *state, _ string) { s.events.kinds = 0 }},
			{[]string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "1-9", "kinds", "", nil,
				func(s *state, key string) { s.events.toggle(kindGroups[key[0]-'1']) }},
		}},
	}
}

func helping(s *state) bool      { return s.help }
func replaying(s *state) bool    { return s.replay != nil }
func notReplaying(s *state) bool { return s.replay == nil }
func playing(s *state) bool      { return s.replay != nil && s.replay.playing }
func ended(s *state) bool        { return s.replay == nil && s.trace.closed && !s.help }
func canPause(s *state) bool     { return s.replay == nil && !s.trace.closed }
func hasZombies(s *state) bool   { return s.shown().model.Counters().ZombiesNow > 0 }
func searching(s *state) bool    { return s.search != "" }
func sideOpen(s *state) bool     { return s.side != paneEvents }
func hasOutput(s *state) bool    { return s.output != nil }
func twoPanes(s *state) bool     { l := s.layout(); return l.tree.h > 0 && l.side.h > 0 }

func forward(yes bool) int {
	if yes {
		return 1
	}
	return -1
}

// key does what a key asks for.
func (s *state) key(name string) {
	s.notice = ""
	if s.typing {
		s.typeKey(name)
		return
	}
	if b := s.binding(name); b != nil {
		s.settle()
		b.do(s, name)
		s.settle()
	}
}

// binding is what a key means now, nil when it means nothing.
func (s *state) binding(name string) *binding {
	for _, group := range sections {
		if s.help && !group.inHelp || group.when != nil && !group.when(s) {
			continue
		}
		for i := range group.bindings {
			if b := &group.bindings[i]; b.has(name) && (b.when == nil || b.when(s)) {
				return b
			}
		}
	}
	return nil
}

func (b *binding) has(name string) bool {
	for _, k := range b.keys {
		if k == name {
			return true
		}
	}
	return false
}

// typeKey takes a key of the text that is searched for. What is typed is found at once.
func (s *state) typeKey(name string) {
	switch name {
	case "Enter":
		s.typing = false
		return
	case "Esc", "Ctrl-C":
		s.typing, s.search = false, ""
		return
	case "Backspace":
		if r := []rune(s.search); len(r) > 0 {
			s.search = string(r[:len(r)-1])
		}
	case "Space":
		s.search += " "
	default:
		if len([]rune(name)) != 1 {
			return
		}
		s.search += name
	}
	s.settle()
	if who := s.selected(); s.search != "" && (who == nil || !s.matches(who.process)) {
		s.nextMatch(1)
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
