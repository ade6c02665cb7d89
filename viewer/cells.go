package viewer

import (
	"github.com/rivo/uniseg"

	"tracer/text"
)

// A span is text in one role. A line is spans side by side; what a theme makes of the roles is not its concern.
type span struct {
	text string
	role role
	ink  ink
}

type line struct {
	spans []span
	width int
	mark  mark // background of the whole row
}

func (l *line) add(r role, s string) *line {
	if s != "" {
		l.spans = append(l.spans, span{text: s, role: r})
		l.width += text.Width(s)
	}
	return l
}

// gap adds n blanks.
func (l *line) gap(n int) *line {
	for ; n > len(blanks); n -= len(blanks) {
		l.add(roleText, blanks)
	}
	return l.add(roleText, blanks[:max(n, 0)])
}

// to adds blanks up to column n.
func (l *line) to(n int) *line { return l.gap(n - l.width) }

// right adds s so that it ends at column n.
func (l *line) right(r role, s string, n int) *line {
	return l.to(n-text.Width(s)).add(r, s)
}

// join adds the spans of another line.
func (l *line) join(o line) *line {
	l.spans = append(l.spans, o.spans...)
	l.width += o.width
	return l
}

// String is the text of the line alone.
func (l line) String() string {
	s := ""
	for _, p := range l.spans {
		s += p.text
	}
	return s
}

const blanks = "                                                                "

func textLine(r role, s string) line {
	var l line
	l.add(r, s)
	return l
}

// A cell of the screen: one character (a grapheme cluster), empty for the right half of a wide one.
type cell struct {
	text string
	role role
	mark mark
	ink  ink // of a program's own
}

// canvas is a picture of the screen.
type canvas struct {
	w, h  int
	cells []cell
}

func (c *canvas) reset(w, h int) {
	c.w, c.h = w, h
	if cap(c.cells) < w*h {
		c.cells = make([]cell, w*h)
	}
	c.cells = c.cells[:w*h]
	for i := range c.cells {
		c.cells[i] = cell{text: " "}
	}
}

// put draws l at the top left of r, over the whole width of r, and cuts what does not fit with an ellipsis.
func (c *canvas) put(r rect, l line, g *glyphs) {
	if r.y < 0 || r.y >= c.h || r.h <= 0 {
		return
	}
	end := min(r.x+r.w, c.w)
	x, last := r.x, role(0)
	limit := end
	if l.width > r.w {
		limit-- // room for the ellipsis
	}
	row := c.cells[r.y*c.w : (r.y+1)*c.w]
	for _, s := range l.spans {
		last = s.role
		x = fill(row, x, limit, s, g)
		if x >= limit {
			break
		}
	}
	if l.width > r.w && x < end {
		row[x] = cell{text: g.ellipsis, role: last}
	}
	for i := r.x; i < end; i++ {
		row[i].mark = l.mark
	}
}

// fill draws one span from x on and gives where it ended; limit when it did not fit.
func fill(row []cell, x, limit int, s span, g *glyphs) int {
	rest, state := s.text, -1
	for rest != "" && x < limit {
		if c := rest[0]; c < 0x80 && (len(rest) == 1 || rest[1] < 0x80) {
			row[x] = cell{text: rest[:1], role: s.role, ink: s.ink}
			rest, state = rest[1:], -1
			x++
			continue
		}
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if g.ascii && cluster[0] >= 0x80 {
			cluster = "?" // whatever is not escaped by now
			w = 1
		}
		if w == 0 {
			continue
		}
		if x+w > limit {
			return limit
		}
		row[x] = cell{text: cluster, role: s.role, ink: s.ink}
		for i := 1; i < w; i++ {
			row[x+i] = cell{text: "", role: s.role, ink: s.ink}
		}
		x += w
	}
	return x
}
