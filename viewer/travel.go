package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/text"
)

// stepBack is the first step into the past, while the cursor follows the end.
var stepBack = binding{[]string{","}, ",", "step back", 5, "", following,
	func(s *state, _ string) { s.jump(-1) }}

// travelKeys lead through time. They are the same for a recording and for a trace under way.
func travelKeys() []section {
	return []section{
		{title: "While it runs", when: growing, bindings: []binding{
			{[]string{"p", "Space"}, "p", "stop", 2, "", playing, func(s *state, _ string) { s.cursor.play() }},
			{[]string{"p"}, "p", "pause", 2, "pause, go on: the picture stands still, every event is still taken in",
				following, func(s *state, _ string) { s.cursor.hold() }},
			{[]string{"p"}, "p", "go on", 2, "", nil, func(s *state, _ string) { s.cursor.follow() }},
			{[]string{"Space"}, "Space", "play", 3, "in the past: play, stop; at the end it goes on live", held,
				func(s *state, _ string) { s.cursor.play() }},
			stepBack,
		}},
		{title: "Play", when: notGrowing, bindings: []binding{
			{[]string{"p", "Space"}, "p", "stop", 2, "", playing, func(s *state, _ string) { s.cursor.play() }},
			{[]string{"p", "Space"}, "p", "play", 2, "play, stop; at the end: from the start", held,
				func(s *state, _ string) { s.cursor.play() }},
			{[]string{"p"}, "p", "play", 5, "", nil, func(s *state, _ string) { s.cursor.play() }},
			stepBack,
		}},
		{title: "Travel in time", inFooter: held, bindings: []binding{
			{[]string{",", "."}, ", .", "step", 3, "one event back, on", nil,
				func(s *state, key string) { s.jump(forward(key == ".")) }},
			{[]string{"<", ">"}, "< >", "100", 3, "100 events back, on", nil,
				func(s *state, key string) { s.jump(100 * forward(key == ">")) }},
			{[]string{"[", "]"}, "[ ]", "alike", 3, "the last, the next event that the filter shows; without one, of " +
				"the same kind", nil, func(s *state, key string) { s.jumpTo(forward(key == "]"), s.likeThis()) }},
			{[]string{"(", ")"}, "( )", "zombie", 5, "the last, the next event that made a zombie", nil,
				func(s *state, key string) { s.jumpTo(forward(key == ")"), makesZombie) }},
			{[]string{"@"}, "@", "time", 5, "to a time: type the seconds since the start", nil,
				func(s *state, _ string) { s.timing.text, s.mode = "", s.timing }},
			{[]string{"{", "}"}, "{ }", "ends", 3, "to the start, the end; while it runs, that is now", nil,
				func(s *state, key string) { s.jumpEnd(key == "}") }},
			{[]string{"-", "+", "="}, "- +", "speed", 3, "slower, faster", nil,
				func(s *state, key string) { s.cursor.faster(forward(key != "-")) }},
		}},
	}
}

func growing(s *state) bool    { return s.cursor.log.grows }
func notGrowing(s *state) bool { return !s.cursor.log.grows }
func following(s *state) bool  { return s.cursor.follows }
func held(s *state) bool       { return !s.cursor.follows }
func playing(s *state) bool    { return s.cursor.playing }

// travel goes to another moment, and says when it is not quite the one that was asked for.
func (s *state) travel(seek func(*cursor)) {
	s.cursor.playing = false
	seek(s.cursor)
	if first := s.cursor.first(); first > 0 && s.cursor.target == first {
		s.notice = "the first " + text.Count(first) + " events are no longer kept"
	}
}

// jump goes n events on, or back.
func (s *state) jump(n int) { s.travel(func(c *cursor) { c.step(int64(n)) }) }

func (s *state) jumpEnd(end bool) {
	s.travel(func(c *cursor) {
		if end {
			c.toEnd()
		} else {
			c.seek(0)
		}
	})
}

// jumpTo goes to the next event that passes, or the one before.
func (s *state) jumpTo(step int, passes func(*event.Event) bool) {
	n, ok := s.cursor.alike(step, passes)
	if !ok {
		s.cursor.playing = false
		s.notice = "no such event that way"
		return
	}
	s.setCursor(n)
}

// setCursor puts the cursor on event n.
func (s *state) setCursor(n uint64) { s.travel(func(c *cursor) { c.seek(n + 1) }) }

// likeThis passes what the filter shows. When that is all, the kind of the event at the cursor is the filter.
func (s *state) likeThis() func(*event.Event) bool {
	if s.events.kinds == 0 && !s.events.only {
		if e := s.cursor.log.at(s.cursor.pos - 1); e != nil {
			kind := e.Kind
			return func(e *event.Event) bool { return e.Kind == kind }
		}
	}
	return s.events.passes(s)
}

// makesZombie reports whether somebody has to reap the process that an event is about from then on.
func makesZombie(e *event.Event) bool {
	switch e.Kind {
	case event.Exit:
		return e.Flags.Has(event.GroupDead) && e.Flags&(event.AutoReap|event.Root) == 0
	case event.Seen:
		return e.State == event.Zombie
	}
	return false
}

// timing is the mode in which one types the time to go to.
type timing struct {
	browse
	text string
}

func (m *timing) key(s *state, name string) {
	typed, done := typeKey(m.text, name)
	if !done {
		m.text = typed
		return
	}
	s.mode = browse{}
	if name != "Enter" || m.text == "" {
		return
	}
	seconds, err := strconv.ParseFloat(m.text, 64)
	if err != nil || !(seconds >= 0 && seconds < 1e9) {
		s.notice = m.text + " is no time; type seconds since the start, as 1.5"
		return
	}
	s.travel(func(c *cursor) { c.seekTime(c.shown.start() + event.Time(seconds*1e9)) })
}

func (m *timing) prompt(s *state) line { return promptLine(s, " second: ", m.text) }
