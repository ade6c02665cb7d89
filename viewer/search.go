package viewer

import (
	"strings"

	"tracer/model"
	"tracer/text"
)

// search is the mode in which one types what is searched for. What is typed is found at once.
type search struct {
	browse
	text string // kept when it is done, for the next one
}

func (m *search) key(s *state, name string) {
	switch typed, done := typeKey(m.text, name); {
	case !done:
		m.text = typed
		s.settle()
		if who := s.tree.current(); m.text != "" && (who == nil || !m.matches(who.process)) {
			m.next(s, 1)
		}
	case name == "Enter":
		s.mode = browse{}
	default:
		s.mode, m.text = browse{}, ""
	}
}

// typeKey is a text after a key; done reports whether the key ends it.
func typeKey(before, name string) (after string, done bool) {
	r := []rune(before)
	switch {
	case name == "Enter" || name == "Esc" || name == "Ctrl-C":
		return before, true
	case name == "Backspace" && len(r) > 0:
		return string(r[:len(r)-1]), false
	case name == "Space":
		return before + " ", false
	case len([]rune(name)) == 1:
		return before + name, false
	}
	return before, false
}

// next selects the next process that is found.
func (m *search) next(s *state, step int) {
	if m.text != "" {
		s.tree.findProcess(s, step, s.words.Screen.NothingMatches(m.text), m.matches)
	}
}

// matches reports whether p is found, by one of its ids or by a part of its command's name.
func (m *search) matches(p *model.Process) bool {
	want := strings.ToLower(m.text)
	return text.PIDText(p.PID) == want || text.PIDText(p.InnerPID) == want ||
		strings.Contains(strings.ToLower(text.Escape(string(p.Comm))), want)
}

func (m *search) prompt(s *state) line { return promptLine(s, s.words.Screen.Search, m.text) }

// promptLine is the footer while something is typed. Of what is too long for it the end is shown.
func promptLine(s *state, what, typed string) line {
	l := textLine(roleKey, " "+what+" ")
	var keys line
	if s.notice != "" {
		keys.gap(2).add(roleWarn, s.glyphs.safe(s.notice))
	}
	keys.gap(2).add(roleKey, s.glyphs.keyText("Enter")).add(roleDim, " "+s.words.Screen.Done+"  ").
		add(roleKey, "Esc").add(roleDim, " "+s.words.Screen.Cancel)
	typed = s.glyphs.safe(typed)
	if room := max(s.w-l.width-keys.width-1, s.w/2-l.width); text.Width(typed) > room {
		typed = s.glyphs.ellipsis + lastOf(typed, room-1)
	}
	l.add(roleStrong, typed+"_").join(keys)
	return l
}

// lastOf is as much of the end of a text as takes at most so many cells.
func lastOf(s string, width int) string {
	for runes := []rune(s); len(runes) > 0; runes = runes[1:] {
		if s = string(runes); text.Width(s) <= width {
			return s
		}
	}
	return ""
}
