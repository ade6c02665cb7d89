package viewer

import (
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// textLimit bounds one look for a text, since the line of each event has to be made: some tenths of a second.
const textLimit = 200_000

// search is the mode in which one types what is searched for. What is typed is found at once: among the events when
// their list has the keys, else among the processes.
type search struct {
	browse
	text   string // kept when it is done, for the next one
	events bool   // are searched
	from   uint64 // the position of the cursor before, to look from there and to go back to
	live   bool   // it followed the end
}

func (m *search) open(s *state) {
	m.text, s.mode = "", m
	m.events = s.focus == focusSide && s.side == s.events
	m.from, m.live = s.cursor.target, s.cursor.follows
}

func (m *search) key(s *state, name string) {
	switch typed, done := typeKey(m.text, name); {
	case !done:
		m.text = typed
		s.settle()
		m.look(s)
	case name == "Enter":
		s.mode = browse{}
	default:
		s.mode, m.text = browse{}, ""
		m.back(s)
	}
}

// look finds what has been typed so far, if that is not selected already.
func (m *search) look(s *state) {
	if m.events {
		if m.back(s); m.text != "" && !m.at(s) {
			m.next(s, forward(!m.live && s.cursor.target < s.cursor.log.end()))
		}
		return
	}
	if who := s.tree.current(); m.text != "" && (who == nil || !m.matches(s, who.process)) {
		m.next(s, 1)
	}
}

// back goes to the event that the search of events began at.
func (m *search) back(s *state) {
	switch {
	case !m.events:
	case m.live:
		s.cursor.follow()
	case s.cursor.target != m.from:
		s.cursor.seek(m.from)
	}
}

// at reports whether the event at the cursor matches.
func (m *search) at(s *state) bool {
	e := s.cursor.log.at(s.cursor.target - 1)
	return e != nil && !m.live && m.says(s)(e)
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

// next selects the next process or goes to the next event that is found.
func (m *search) next(s *state, step int) {
	switch {
	case m.text == "":
	case m.events:
		n, ok := s.cursor.among(s.cursor.target, textLimit, step, m.says(s))
		if !ok {
			s.notice = s.words.Screen.NoEventMatches(m.text, textLimit)
			return
		}
		s.setCursor(n)
	default:
		s.tree.findProcess(s, step, s.words.Screen.NothingMatches(m.text), func(p *model.Process) bool {
			return m.matches(s, p)
		})
	}
}

// says finds events that the list shows, by a part of their line.
func (m *search) says(s *state) func(*event.Event) bool {
	shown, want := s.events.passes(s), strings.ToLower(m.text)
	return func(e *event.Event) bool {
		return shown(e) && (text.PIDText(e.PID) == want ||
			strings.Contains(strings.ToLower(s.glyphs.plain(s.words.EventLine(e))), want))
	}
}

// matches reports whether p is found: by one of its ids, by a part of its command's name or of the word for its state,
// by how it ended, or by a client that it serves: the port, or a part of the address.
func (m *search) matches(s *state, p *model.Process) bool {
	want := strings.ToLower(m.text)
	if text.PIDText(p.PID) == want || text.PIDText(p.InnerPID) == want {
		return true
	}
	state := s.scene().stateOf(p)
	about := []string{text.Escape(string(p.Comm)), looks[state].word(&s.words.Screen)}
	if isZombie(p) {
		about = append(about, p.State.String()) // in whatever language the screen is
	}
	if p.State != model.Alive {
		about = append(about, s.words.StatusText(p.Status))
	}
	for _, one := range about {
		if strings.Contains(strings.ToLower(one), want) {
			return true
		}
	}
	for th := p.FirstThread(); th != nil; th = th.Next() {
		if serves(th.Serves, want) {
			return true
		}
	}
	return serves(p.Serves, want)
}

// serves reports whether a connection, which may be nil, has that port, or a part of an address.
func serves(c *model.Connection, want string) bool {
	if c == nil {
		return false
	}
	_, err := strconv.ParseUint(want, 10, 64)
	for _, a := range []event.Addr{c.Peer, c.Local} {
		if address := strings.ToLower(string(a)); strings.HasSuffix(address, ":"+want) ||
			err != nil && strings.Contains(address, want) {
			return true
		}
	}
	return false
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
