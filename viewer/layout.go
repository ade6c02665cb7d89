package viewer

// rect is a part of the screen, in cells.
type rect struct{ x, y, w, h int }

func (r rect) holds(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// row is the i-th row of r; empty when r has none.
func (r rect) row(i int) rect {
	if i < 0 || i >= r.h {
		return rect{}
	}
	return rect{r.x, r.y + i, r.w, 1}
}

// below is what remains of r under its first n rows.
func (r rect) below(n int) rect {
	n = min(n, r.h)
	return rect{r.x, r.y + n, r.w, r.h - n}
}

// layout says what stands where. A part that has no room is empty.
type layout struct {
	small  bool // too small for anything
	header rect
	tree   rect
	side   rect // events, details, output, summary
	split  rect // the line between tree and side, when they stand side by side
	found  rect // findings
	bar    rect // where the cursor is in the log
	footer rect
	stride int // from a row of a list to the next one
	shared division
}

// A division is how tree and side divide so many columns, or lines: what the tree has unless the user wants otherwise,
// and what each needs. There is none where only one of them is on the screen.
type division struct{ whole, tree, least int }

// of is what the tree has of it. split is by how many thousandths of the whole that is more than without the user.
func (d division) of(split int) int { return d.within(d.tree + (d.whole*split+500*sign(split))/1000) }

// within is a number of columns or lines that the tree can have.
func (d division) within(n int) int { return max(d.least, min(n, d.whole-d.least)) }

// split is that with which the tree has n of it.
func (d division) split(n int) int {
	more := d.within(n) - d.tree
	return (more*1000 + d.whole/2*sign(more)) / d.whole
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

const (
	minWidth, minHeight = 24, 7
	wideWidth           = 110 // from here on two panes stand side by side
	tallBody            = 12  // from here on two panes stand one above the other
	roomyBody           = 30  // from here on the lanes stand below the tree
	leastLines          = 4   // of a pane above or below another one
)

// side is what stands beside or below the tree.
type side uint8

// The sides.
const (
	sideNone     side = iota
	sideEvents        // below the tree when there is no room beside it
	sideText          // in its place then
	sideWide          // below the tree when there is much room, else in its place
	sideTerminal      // below the tree when there is no room beside it, and larger than that
)

// arrangement is what the room is divided for. On a projector one line is at the top, and a blank one below each row of
// a list.
type arrangement struct {
	side           side
	bar, projector bool
	split          int // see division
}

// newLayout divides w x h cells. found is how many lines the findings need of so many.
func newLayout(w, h int, a arrangement, found func(room int) int) layout {
	if w < minWidth || h < minHeight {
		return layout{small: true, stride: 1}
	}
	l := layout{header: rect{0, 0, w, 2}, footer: rect{0, h - 1, w, 1}, stride: 1}
	if a.projector {
		l.header.h, l.stride = 1, 2
	}
	body := rect{0, l.header.h, w, h - 1 - l.header.h}
	if a.bar {
		body.h--
		l.bar = rect{0, h - 2, w, 1}
	}
	if n := found(body.h); n > 0 {
		body.h -= n
		l.found = rect{0, body.y + body.h, w, n}
	}
	switch beside := w >= wideWidth; {
	case a.side == sideNone:
		l.tree = body
	case a.side == sideWide && body.h >= roomyBody, a.side == sideTerminal && !beside && body.h >= tallBody:
		l.stack(body, body.h*2/5, a.split)
	case a.side == sideWide:
		l.side = body
	case beside:
		l.shared = division{w - 1, max(w*56/100, 66), minWidth}
		tree := l.shared.of(a.split)
		l.tree = rect{0, body.y, tree, body.h}
		l.split = rect{tree, body.y, 1, body.h}
		l.side = rect{tree + 1, body.y, w - tree - 1, body.h}
	case a.side == sideText, a.side == sideTerminal:
		l.side = body
	case body.h >= tallBody:
		l.stack(body, body.h*3/5, a.split)
	default:
		l.tree = body
	}
	return l
}

// stack puts the tree above the side.
func (l *layout) stack(body rect, tree, split int) {
	l.shared = division{body.h, tree, leastLines}
	tree = l.shared.of(split)
	l.tree = rect{0, body.y, body.w, tree}
	l.side = body.below(tree)
}

// onBorder reports whether the line between tree and side is there: the title of the side, where that is below.
func (l *layout) onBorder(x, y int) bool {
	return l.split.holds(x, y) || l.shared.whole > 0 && l.split.h == 0 && l.side.row(0).holds(x, y)
}

// resize gives the tree so many more columns or lines, as far as can be.
func resize(s *state, more int) {
	l := s.layout()
	if l.shared.whole == 0 {
		return
	}
	size := l.tree.h
	if l.split.h > 0 {
		size = l.tree.w
	}
	*divisionOf(s) = l.shared.split(size + more)
}

// strideOf is how many lines there are from a row of a pane to the next one: in a layout for a projector those of lists
// stand apart. Text, pictures and a program's terminal are as they are.
func (l *layout) strideOf(s *state, p pane) int {
	if p == s.tree || p == s.events || p == s.requests {
		return l.stride
	}
	return 1
}

// rowsIn is how many rows of a pane there is room for in a part of the screen, below its title.
func (l *layout) rowsIn(s *state, p pane, r rect) int {
	stride := l.strideOf(s, p)
	return (max(r.h-1, 0) + stride - 1) / stride
}
