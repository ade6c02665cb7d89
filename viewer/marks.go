package viewer

import (
	"cmp"
	"slices"

	"tracer/event"
	"tracer/words"
)

// marking is the mode in which one types what there is to say of an event. It keeps the events that were marked.
type marking struct {
	browse
	all   []event.Mark // in the order of the events
	keep  func([]event.Mark) error
	event event.Mark // that is marked
	text  string
}

// mostNote is how long a note can be, in characters.
const mostNote = 1000

func (m *marking) keys(say *words.KeyWords) section {
	return section{title: say.Marks, bindings: []binding{
		{"mark", []string{"m"}, "m", say.Mark.Label, 9, say.Mark.Help, nil, func(s *state, _ string) { m.open(s) }},
		{"unmark", []string{"M"}, "", "", 0, say.Unmark, nil, func(s *state, _ string) { m.remove(s) }},
		{"previous-mark,next-mark", []string{"\"", "'"}, "\" '", say.NextMark.Label, 9, say.NextMark.Help, marked,
			func(s *state, key string) { m.jump(s, forward(key == "'")) }},
	}}
}

func marked(s *state) bool { return len(s.marks.all) > 0 }

// here is the event at the cursor, or the last one while it follows the end.
func (m *marking) here(s *state) (at event.Mark, ok bool) {
	c := s.cursor
	if c.pos <= c.first() {
		s.notice = s.words.Screen.NoEventHere
		return at, false
	}
	e := c.log.at(c.pos - 1)
	if e == nil {
		s.notice = s.words.Screen.Unreadable
		return at, false
	}
	return event.Mark{Event: c.pos - 1, Time: e.Time}, true
}

// find returns the place of a mark, or where it would be.
func (m *marking) find(n uint64) (i int, found bool) {
	return slices.BinarySearchFunc(m.all, n, func(a event.Mark, n uint64) int { return cmp.Compare(a.Event, n) })
}

// of returns the mark of an event; nil: it has none.
func (m *marking) of(n uint64) *event.Mark {
	if i, found := m.find(n); found {
		return &m.all[i]
	}
	return nil
}

// open asks for the note of the event at the cursor, beginning with the one that it has.
func (m *marking) open(s *state) {
	at, ok := m.here(s)
	if !ok {
		return
	}
	m.event, m.text, s.mode = at, "", m
	if mark := m.of(at.Event); mark != nil {
		m.text = mark.Note
	}
}

func (m *marking) key(s *state, name string) {
	typed, done := typeKey(m.text, name)
	if !done {
		if r := []rune(typed); len(r) <= mostNote {
			m.text = typed
		}
		return
	}
	s.mode = browse{}
	if name != "Enter" {
		return
	}
	m.event.Note = m.text
	if mark := m.of(m.event.Event); mark != nil {
		*mark = m.event
	} else {
		i, _ := m.find(m.event.Event)
		m.all = slices.Insert(m.all, i, m.event)
	}
	m.save(s)
}

// remove takes the mark of the event at the cursor away.
func (m *marking) remove(s *state) {
	at, ok := m.here(s)
	if !ok {
		return
	}
	i, found := m.find(at.Event)
	if !found {
		s.notice = s.words.Screen.NoMarkHere
		return
	}
	m.all = slices.Delete(m.all, i, i+1)
	m.save(s)
}

// save keeps the marks for later, and says when they are not kept.
func (m *marking) save(s *state) {
	if m.keep == nil {
		s.notice = s.words.Screen.MarksNotKept
	} else if err := m.keep(slices.Clone(m.all)); err != nil {
		s.notice = s.words.Screen.MarksFailed(s.words.Error(err))
	}
}

// jump goes to the next mark, or to the one before, and says what it is.
func (m *marking) jump(s *state, step int) {
	i, _ := m.find(s.cursor.target)
	if step < 0 {
		for i--; i >= 0 && m.all[i].Event+1 >= s.cursor.target; i-- {
		}
	}
	if i < 0 || i >= len(m.all) {
		s.notice = s.words.Screen.NoSuchMark
		return
	}
	s.setCursor(m.all[i].Event)
	if s.notice == "" {
		s.notice = s.words.Screen.MarkAt(i+1, len(m.all), m.all[i].Note)
	}
}

func (m *marking) prompt(s *state) line { return promptLine(s, s.words.Screen.Note, m.text) }

// note is what the list of events says of one that is marked.
func (m *marking) note(l *line, n uint64, g *glyphs) {
	mark := m.of(n)
	if mark == nil {
		return
	}
	l.add(roleKey, g.mark)
	if mark.Note != "" {
		l.gap(1).add(roleStrong, g.safe(mark.Note)).gap(1)
	}
	l.gap(1)
}
