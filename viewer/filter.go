package viewer

import (
	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// A Matcher tells of which processes a condition holds. It goes by rounds: each begins at a moment, and has the
// processes that are there then looked at. It may leave some to the next round, to keep a round short.
type Matcher interface {
	// Begin begins a round at a moment, of a trace that began at start.
	Begin(start, now event.Time)
	// Matches reports whether the condition is known to hold of a process.
	Matches(p *model.Process) bool
	// Left reports whether another round would say more.
	Left() bool
	// Err is what went wrong; nil: nothing did.
	Err() error
}

// filter is the mode in which one types a condition. Then the tree shows the processes of which it holds, and those
// above them.
type filter struct {
	browse
	compile func(condition string) (Matcher, error) // nil: there are no conditions
	text    string                                  // as it is typed
	wrong   string                                  // with what was typed

	condition string // by which the tree is filtered
	matcher   Matcher
	kept      map[*model.Process]bool // those that are shown, and whether they match
	matching  uint64
	all       uint64
}

// open lets one type, beginning with the condition that there is.
func (m *filter) open(s *state) { m.text, m.wrong, s.mode = m.condition, "", m }

func (m *filter) key(s *state, name string) {
	typed, done := typeKey(m.text, name)
	switch {
	case !done:
		m.text, m.wrong = typed, ""
	case name == "Enter" && m.text != "":
		if m.set(s, m.text) {
			s.mode = browse{}
		}
	default:
		s.mode = browse{}
		m.clear()
	}
}

// set filters the tree by a condition. What is folded is opened, so that all that match are there. If something is
// wrong with it nothing changes, and that is said.
func (m *filter) set(s *state, condition string) (ok bool) {
	matcher, err := m.compile(condition)
	if err != nil {
		m.wrong = s.words.Error(err)
		return false
	}
	m.condition, m.matcher, m.kept = condition, matcher, map[*model.Process]bool{}
	if s.tree.folds = nil; s.tree.general == foldAll {
		s.tree.general, s.tree.fits = foldIdle, true
	}
	return true
}

func (m *filter) clear() { m.condition, m.matcher, m.kept = "", nil, nil }

func (m *filter) active() bool { return m.matcher != nil }

// look finds what is to be shown. A condition that fails is taken back.
func (m *filter) look(s *state) {
	if !m.active() {
		return
	}
	t := s.shown()
	clear(m.kept)
	m.matching, m.all = 0, 0
	m.matcher.Begin(t.start(), t.now)
	m.among(t.model.Tops(), s.tree.hideGone)
	if err := m.matcher.Err(); err != nil {
		s.notice = s.words.Error(err)
		m.clear()
	}
}

// among looks at siblings and all below them, and reports whether any is to be shown.
func (m *filter) among(p *model.Process, hideGone bool) (any bool) {
	for ; p != nil; p = p.Next() {
		if hideGone && p.State == model.Gone {
			continue
		}
		m.all++
		matches := m.matcher.Matches(p)
		if matches {
			m.matching++
		}
		if below := m.among(p.FirstChild(), hideGone); below || matches {
			m.kept[p] = matches
			any = true
		}
	}
	return any
}

// hides reports whether neither p nor anything below it is shown.
func (m *filter) hides(p *model.Process) bool {
	if !m.active() {
		return false
	}
	_, kept := m.kept[p]
	return !kept
}

// numbers are those of what is shown, and whether each matches; nil when all is.
func (m *filter) numbers() map[uint64]bool {
	if !m.active() {
		return nil
	}
	numbers := make(map[uint64]bool, len(m.kept))
	for p, matches := range m.kept {
		numbers[p.Number] = matches
	}
	return numbers
}

// dims reports whether p is shown for what is below it alone.
func (m *filter) dims(p *model.Process) bool { return m.active() && !m.kept[p] }

// left reports whether the tree may change though nothing happens.
func (m *filter) left() bool { return m.active() && m.matcher.Left() }

func (m *filter) prompt(s *state) line { return promptLine(s, s.words.Screen.Filter, m.text) }

// paint says above the footer what is wrong.
func (m *filter) paint(s *state, c *canvas) {
	m.browse.paint(s, c)
	if m.wrong != "" {
		c.put(rect{0, s.h - 2, s.w, 1}, textLine(roleWarn, " "+s.glyphs.safe(m.wrong)), s.glyphs)
	}
}

// part is what the header says of it.
func (m *filter) part(s *state) part {
	if !m.active() {
		return part{}
	}
	return part{long: textLine(roleKey, s.words.Screen.Matching(m.matching, m.all)),
		short: textLine(roleKey, text.Count(m.matching)+"/"+text.Count(m.all)), rank: 0}
}
