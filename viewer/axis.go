package viewer

import (
	"slices"

	"tracer/event"
	"tracer/text"
)

// The axis of the lanes: the times; the marks with their notes, while there are any; how many events there were, and
// how many zombies. A click on it goes to a time, and the mouse drags the cursor along it.

const (
	roomForMarks   = 8 // lines of the pane from which on there are these
	roomForEvents  = 10
	roomForZombies = 12
)

// axisLines is how many lines of the pane are the axis.
func axisLines(s *state, h int) int {
	n := min(h, 1)
	if h >= roomForMarks && marked(s) {
		n++
	}
	if h >= roomForEvents {
		n++
	}
	if h >= roomForZombies {
		n++
	}
	return n
}

// axis are its lines.
func (p *lanesPane) axis(s *state) []line {
	lines := []line{p.ruler(s)}
	if p.h >= roomForMarks && marked(s) {
		lines = append(lines, p.notes(s))
	}
	if p.h < roomForEvents {
		return lines
	}
	say, w := &s.words.Lanes, &p.window
	events, zombies := s.past.history.Density(w.from, w.per, p.columns())
	lines = append(lines, p.level(s, say.Events, events, roleKey))
	if p.h >= roomForZombies {
		waiting, last := make([]uint64, len(zombies)), max(s.past.history.Last(), s.shown().now)
		for i, n := range zombies {
			if w.timeOf(i) <= last {
				waiting[i] = uint64(max(n, 0))
			}
		}
		lines = append(lines, p.level(s, say.Zombies, waiting, roleZombie))
	}
	return lines
}

// level draws numbers, one for each column, as bars of one line; the largest of them stands beside it. What comes after
// the cursor is dim.
func (p *lanesPane) level(s *state, label string, numbers []uint64, r role) line {
	most := slices.Max(numbers)
	var l line
	l.gap(1).add(roleDim, text.Cut(label, p.names-1, s.glyphs.ellipsis))
	if number := sizeText(most); l.width+1+text.Width(number) <= p.names {
		l.right(r, number, p.names)
	}
	l.to(p.names + 1)
	now, glyphs := p.window.column(s.shown().now), s.glyphs.lanes().levels
	for x, n := range numbers {
		look := r
		if x > now {
			look = roleTree
		}
		if n == 0 {
			l.gap(1)
			continue
		}
		l.add(look, glyphs[(n*uint64(len(glyphs))+most-1)/most-1])
	}
	return l
}

// notes is the line of the marks, each with as much of its note as there is room for before the next.
func (p *lanesPane) notes(s *state) line {
	var l line
	l.gap(1).add(roleDim, text.Cut(s.words.Lanes.Marks, p.names-1, s.glyphs.ellipsis)).to(p.names + 1)
	columns := p.columns()
	for i := range s.marks.all {
		m := &s.marks.all[i]
		x, end := p.window.column(m.Time), columns
		if x < 0 || x >= columns {
			continue
		}
		if i+1 < len(s.marks.all) {
			end = min(max(p.window.column(s.marks.all[i+1].Time), x), columns)
		}
		if at := p.names + 1 + x; l.width <= at {
			l.to(at).add(roleWarn, s.glyphs.mark)
		}
		if room := end - x - 2; m.Note != "" && room > 1 {
			l.gap(1).add(roleStrong, text.Cut(s.glyphs.safe(m.Note), room, s.glyphs.ellipsis))
		}
	}
	return l
}

// ruler is the line of times.
func (p *lanesPane) ruler(s *state) line {
	at, w, g := momentOf(s), &p.window, s.glyphs.lanes()
	cells := make([]laneCell, p.columns())
	step := event.Time(1)
	for unit := event.Time(1); step < w.per*12; unit *= 10 {
		for _, n := range []event.Time{1, 2, 5} {
			if step = unit * n; step >= w.per*12 {
				break
			}
		}
	}
	decimals := 0
	for unit := event.Time(1e9); unit > step && decimals < 9; unit /= 10 {
		decimals++
	}
	since := w.from - min(at.start, w.from)
	for t := (since + step - 1) / step * step; at.start+t < w.end(); t += step {
		x := w.column(at.start + t)
		label := g.tick + text.TimeText(0, t, decimals)
		if x < 0 || x+text.Width(label) > len(cells) {
			continue
		}
		for k, r := range []rune(label) {
			cells[x+k] = laneCell{string(r), roleDim, cellFull}
		}
	}
	if x := w.column(at.now); x >= 0 && x < len(cells) {
		cells[x] = laneCell{s.glyphs.down, roleStrong, cellFull}
	}
	cut := at.Cut()
	var l line
	if unit := " s"; cut.Known != 0 && cut.At > w.from {
		l.add(roleWarn, " "+text.Cut(s.words.Lanes.NotKept, p.names-1, s.glyphs.ellipsis))
	} else {
		l.right(roleDim, unit, p.names)
	}
	l.to(p.names + 1)
	c := chart{window: *w, cells: cells}
	l.join(c.line(0))
	return l
}

// grab is the button of the mouse that goes down at column x of line y: on the axis it goes to that time, or to the
// mark that is there, and from then on it drags the cursor.
func (p *lanesPane) grab(s *state, x, y int) {
	if p.grabbed = y < p.axisRows && x > p.names; !p.grabbed {
		return
	}
	if p.mouse = x - p.names - 1; p.window.mode != windowWhole || s.cursor.log.grows {
		p.window.mode = windowStays // else it would move below the mouse
	}
	if y == 1 && p.h >= roomForMarks && marked(s) {
		for i := len(s.marks.all) - 1; i >= 0; i-- {
			if m := &s.marks.all[i]; p.window.column(m.Time) == p.mouse {
				s.setCursor(m.Event)
				return
			}
		}
	}
	p.scrub(s, 0)
}

// scrub has the cursor follow the mouse, which moved by so many columns.
func (p *lanesPane) scrub(s *state, dx int) {
	p.mouse += dx
	at := p.window.timeOf(max(0, min(p.mouse, p.columns()-1)) + 1)
	s.travel(func(c *cursor) { c.seekTime(at) })
}
