package viewer

import (
	"tracer/event"
	"tracer/model"
)

// move does what an arrow or a page key asks for, in the pane that has the keys.
func (s *state) move(key string) {
	switch {
	case s.help:
		s.scrollHelp(rows(key, max(s.helpRows()-1, 1)))
	case s.focus == focusTree:
		s.moveTree(rows(key, max(s.treeRows()-1, 1)))
	case s.side == paneEvents:
		s.moveInEvents(key)
	default:
		s.scrollSide(rows(key, max(s.sideRows()-1, 1)))
	}
}

const far = 1 << 30

// rows turns a key into a number of rows.
func rows(key string, page int) int {
	return map[string]int{"Up": -1, "k": -1, "Down": 1, "j": 1, "PgUp": -page, "PgDn": page, "Home": -far,
		"End": far}[key]
}

// scrollSide scrolls a side pane of plain lines. Output that is scrolled to its end stays there.
func (s *state) scrollSide(n int) {
	end := max(len(s.lines)-s.sideRows(), 0)
	s.scroll = max(0, min(min(s.scroll, end)+n, end))
	if s.side == paneOutput && s.scroll == end {
		s.scroll = far
	}
}

func (s *state) scrollHelp(n int) {
	s.helpScroll = max(0, min(s.helpScroll+n, len(s.helpLines())-s.helpRows()))
}

func (s *state) moveInEvents(key string) {
	switch {
	case key == "End" && s.replay == nil:
		s.events.follow = true
	case key == "End":
		s.jumpEnd("}")
	case key == "Home" && s.replay != nil:
		s.jumpEnd("{")
	case key == "Home":
		first, _ := s.shown().log.span()
		s.setCursor(first)
	default:
		s.moveEvents(rows(key, max(s.sideRows()-1, 1)))
	}
}

// sideRows is how many lines the side pane has room for.
func (s *state) sideRows() int { return max(s.layout().side.h-1, 0) }

func (s *state) helpRows() int { return max(s.h-4, 0) }

// foldStep folds or unfolds the selected process by one step; where nothing is left to fold, Left goes to the parent.
func (s *state) foldStep(key string) {
	who := s.selected()
	if who == nil {
		return
	}
	p, f := who.process, s.tree.foldOf(who.process)
	switch {
	case key == "Right" && !who.inner() && f < foldNone && foldable(p):
		s.tree.setFold(p, unfolded(p, f))
	case key == "Left" && !who.inner() && f > foldAll && foldable(p):
		s.tree.setFold(p, folded(p, f))
	case key == "Left" && who.parent >= 0:
		s.selectRow(int(who.parent))
	}
}

// folded and unfolded skip the step that would change nothing.
func folded(p *model.Process, f fold) fold {
	if f == foldNone && hasInner(p) && p.FirstChild() != nil {
		return foldThreads
	}
	return foldAll
}

func unfolded(p *model.Process, f fold) fold {
	if f == foldAll && p.FirstChild() != nil {
		return foldThreads
	}
	return foldNone
}

// foldToggle folds the selected process wholly or shows all below it.
func (s *state) foldToggle() {
	if who := s.selected(); who != nil && foldable(who.process) {
		s.tree.selected = who.process.ID
		if s.tree.foldOf(who.process) == foldAll {
			s.tree.setFold(who.process, max(s.tree.general, foldThreads))
		} else {
			s.tree.setFold(who.process, foldAll)
		}
	}
}

func (s *state) foldEverything() {
	s.tree.folds = nil
	if s.tree.general == foldAll {
		s.tree.general = foldThreads
	} else {
		s.tree.general = foldAll
	}
}

func (s *state) foldThreads() {
	s.tree.folds = nil
	if s.tree.general == foldNone {
		s.tree.general = foldThreads
	} else {
		s.tree.general = foldNone
	}
}

func (s *state) toggleEvents() {
	if s.side == paneEvents {
		s.side, s.focus = paneNone, focusTree
	} else {
		s.side = paneEvents
	}
}

// jump goes n events on, or back.
func (s *state) jump(key string, n int64) {
	if key == "," || key == "<" {
		n = -n
	}
	s.replay.playing = false
	s.replay.step(n)
}

func (s *state) jumpEnd(key string) {
	s.replay.playing = false
	if key == "{" {
		s.replay.seek(0)
	} else {
		s.replay.seek(s.replay.pages.end)
	}
}

// jumpAlike goes to the next event that the filter shows. When it shows all, the kind of the event at the cursor is the
// filter.
func (s *state) jumpAlike(key string) {
	passes := s.passes()
	if s.events.kinds == 0 && !s.events.only {
		if n, ok := s.cursorEvent(); ok {
			if e := s.replay.pages.at(n); e != nil {
				kind := e.Kind
				passes = func(e *event.Event) bool { return e.Kind == kind }
			}
		}
	}
	s.replay.playing = false
	if n, ok := s.replay.alike(forward(key == "]"), passes); ok {
		s.replay.seek(n + 1)
		return
	}
	s.notice = "no such event that way"
}

func (s *state) changeSpeed(key string) {
	step := forward(key != "-")
	s.replay.speed = max(0, min(s.replay.speed+step, len(speeds)-1))
}
