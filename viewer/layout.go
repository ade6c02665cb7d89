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
}

const (
	minWidth, minHeight = 24, 7
	wideWidth           = 110 // from here on two panes stand side by side
	tallBody            = 12  // from here on two panes stand one above the other
	roomyBody           = 30  // from here on the lanes stand below the tree
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

// newLayout divides w x h cells. found is how many lines the findings need of so many. For a projector one line is at
// the top, and a blank one below each row of a list.
func newLayout(w, h int, what side, found func(room int) int, bar, projector bool) layout {
	if w < minWidth || h < minHeight {
		return layout{small: true, stride: 1}
	}
	l := layout{header: rect{0, 0, w, 2}, footer: rect{0, h - 1, w, 1}, stride: 1}
	if projector {
		l.header.h, l.stride = 1, 2
	}
	body := rect{0, l.header.h, w, h - 1 - l.header.h}
	if bar {
		body.h--
		l.bar = rect{0, h - 2, w, 1}
	}
	if n := found(body.h); n > 0 {
		body.h -= n
		l.found = rect{0, body.y + body.h, w, n}
	}
	switch {
	case what == sideNone:
		l.tree = body
	case what == sideWide && body.h >= roomyBody:
		tree := body.h * 2 / 5
		l.tree = rect{0, body.y, w, tree}
		l.side = body.below(tree)
	case what == sideWide:
		l.side = body
	case w >= wideWidth:
		tree := max(w*56/100, 66)
		l.tree = rect{0, body.y, tree, body.h}
		l.split = rect{tree, body.y, 1, body.h}
		l.side = rect{tree + 1, body.y, w - tree - 1, body.h}
	case what == sideText:
		l.side = body
	case body.h >= tallBody:
		tree := body.h * 3 / 5
		if what == sideTerminal {
			tree = body.h * 2 / 5
		}
		l.tree = rect{0, body.y, w, tree}
		l.side = body.below(tree)
	case what == sideTerminal:
		l.side = body
	default:
		l.tree = body
	}
	return l
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
