package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/words"
)

// stepBack is the first step into the past, while the cursor follows the end.
func stepBack(say *words.KeyWords) binding {
	return binding{"step-back", []string{","}, ",", say.StepBack, 5, "", following,
		func(s *state, _ string) { s.jump(-1) }}
}

// travelKeys lead through time. They are the same for a recording and for a trace under way.
func travelKeys(say *words.KeyWords) []section {
	return []section{
		{title: say.WhileItRuns, when: growing, atOnce: true, bindings: []binding{
			{"pause,play", []string{"p", "Space"}, "p", say.Stop, 2, "", playing,
				func(s *state, _ string) { s.cursor.play() }},
			{"pause", []string{"p"}, "p", say.Pause.Label, 2, say.Pause.Help,
				following, func(s *state, _ string) { s.cursor.hold() }},
			{"pause", []string{"p"}, "p", say.GoOn, 2, "", nil, func(s *state, _ string) { s.cursor.follow() }},
			{"play", []string{"Space"}, "Space", say.PlayPast.Label, 3, say.PlayPast.Help, held,
				func(s *state, _ string) { s.cursor.play() }},
			stepBack(say),
		}},
		{title: say.Play, when: notGrowing, atOnce: true, bindings: []binding{
			{"pause,play", []string{"p", "Space"}, "p", say.Stop, 2, "", playing,
				func(s *state, _ string) { s.cursor.play() }},
			{"pause,play", []string{"p", "Space"}, "p", say.PlayAgain.Label, 2, say.PlayAgain.Help, held,
				func(s *state, _ string) { s.cursor.play() }},
			{"pause", []string{"p"}, "p", say.PlayAgain.Label, 5, "", nil,
				func(s *state, _ string) { s.cursor.play() }},
			stepBack(say),
		}},
		{title: say.Travel, inFooter: held, atOnce: true, bindings: []binding{
			{"step-back,step-on", []string{",", "."}, ", .", say.Step.Label, 3, say.Step.Help, nil,
				func(s *state, key string) { s.jump(forward(key == ".")) }},
			{"hundred-back,hundred-on", []string{"<", ">"}, "< >", say.Hundred.Label, 3, say.Hundred.Help, nil,
				func(s *state, key string) { s.jump(100 * forward(key == ">")) }},
			{"previous-alike,next-alike", []string{"[", "]"}, "[ ]", say.Alike.Label, 3, say.Alike.Help, nil,
				func(s *state, key string) { s.jumpTo(s.cursor.alike(forward(key == "]"), s.likeThis())) }},
			{"previous-zombie-event,next-zombie-event", []string{"(", ")"}, "( )", say.ZombieEvent.Label, 5,
				say.ZombieEvent.Help, nil,
				func(s *state, key string) { s.jumpTo(s.cursor.zombie(forward(key == ")"))) }},
			{"time", []string{"@"}, "@", say.Time.Label, 5, say.Time.Help, nil,
				func(s *state, _ string) { s.timing.text, s.mode = "", s.timing }},
			{"first-event,last-event", []string{"{", "}"}, "{ }", say.Ends.Label, 3, say.Ends.Help, nil,
				func(s *state, key string) { s.jumpEnd(key == "}") }},
			{"slower,faster,faster", []string{"-", "+", "="}, "- +", say.Speed.Label, 3, say.Speed.Help, nil,
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
		s.notice = s.words.Screen.EventsNotKept(first)
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

// jumpTo goes to event n, if one was found.
func (s *state) jumpTo(n uint64, ok bool) {
	if !ok {
		s.cursor.playing = false
		s.notice = s.words.Screen.NoSuchEvent
		return
	}
	s.setCursor(n)
}

// setCursor puts the cursor on event n.
func (s *state) setCursor(n uint64) { s.travel(func(c *cursor) { c.seek(n + 1) }) }

// likeThis passes what the filter shows. When that is all, the kind of the event at the cursor is the filter.
func (s *state) likeThis() func(*event.Event) bool {
	if s.events.kinds == 0 && !s.events.only {
		if e := s.cursor.log.at(s.cursor.target - 1); e != nil {
			kind := e.Kind
			return func(e *event.Event) bool { return e.Kind == kind }
		}
	}
	return s.events.passes(s)
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
		s.notice = s.words.Screen.NoTime(m.text)
		return
	}
	s.travel(func(c *cursor) { c.seekTime(c.shown.start() + event.Time(seconds*1e9)) })
}

func (m *timing) prompt(s *state) line { return promptLine(s, s.words.Screen.Second, m.text) }
