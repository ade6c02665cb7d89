package viewer

import "tracer/words"

// A place is what was shown when a key led elsewhere: the pane, the moment, what was selected.
type place struct {
	side    pane
	focus   focus
	pos     uint64
	follows bool
	number  uint64 // of the task that was selected in the tree
}

// mostPlaces bounds how far back the way goes.
const mostPlaces = 32

// leave notes where one is, before a key leads from there to another moment or pane.
func leave(s *state) {
	at := place{side: s.side, focus: s.focus, pos: s.cursor.target, follows: s.cursor.follows}
	if who := s.tree.current(); who != nil {
		at.number = who.number()
	}
	if s.way = append(s.way, at); len(s.way) > mostPlaces {
		s.way = s.way[1:]
	}
}

// goBack goes to where the last key that led elsewhere was pressed.
func goBack(s *state) {
	if len(s.way) == 0 {
		s.notice = s.words.Screen.NoWayBack
		return
	}
	at := s.way[len(s.way)-1]
	s.way = s.way[:len(s.way)-1]
	s.side, s.focus = at.side, at.focus
	switch {
	case at.follows && s.cursor.head != nil:
		s.cursor.follow()
	case s.cursor.target != at.pos || s.cursor.follows:
		s.travel(func(c *cursor) { c.seek(at.pos) })
	}
	s.tree.wanted = at.number
}

// backKey is the row of the table for it.
func backKey(say *words.KeyWords) binding {
	return binding{"way-back", []string{"Backspace"}, "", "", 0, say.WayBack, nil,
		func(s *state, _ string) { goBack(s) }}
}
