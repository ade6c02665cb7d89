package viewer

import "tracer/words"

// A pane is a part of the screen that shows one thing. It keeps what the user did to it, and takes all else from the
// state.
type pane interface {
	// settle brings it in line with the state. There is room for w cells in each of h lines.
	settle(s *state, w, h int)
	title(s *state) line
	// lines are at most as many as there is room for.
	lines(s *state) []line
	// move does what an arrow or a page key asks for.
	move(s *state, key string)
	// scroll goes n lines down, or up, as the wheel asks for.
	scroll(s *state, n int)
	// click is at column x of line y.
	click(s *state, x, y int)
	// keys are those that work on it alone.
	keys(say *words.KeyWords) section
}

// A reader is a pane that is opened by a key, in the place of the events, and read from a place on.
type reader interface {
	pane
	// opening is the rows of the table of keys that open it.
	opening(say *words.KeyWords) []binding
	begin()
}

// focus is the pane that the arrow keys move in.
type focus uint8

// The focuses.
const (
	focusTree focus = iota
	focusSide
	focusFound // the findings below the panes
)

// titleRole is that of the title of a pane, which stands out while the arrow keys move in it.
func titleRole(focused bool) role {
	if focused {
		return roleStrong
	}
	return roleDim
}

const far = 1 << 30

// rows turns a key into a number of rows.
func rows(key string, page int) int {
	return map[string]int{"Up": -1, "k": -1, "Down": 1, "j": 1, "PgUp": -page, "PgDn": page, "Home": -far,
		"End": far}[key]
}

// A textPane shows lines that are made anew for each picture, and scrolls.
type textPane struct {
	head   string
	all    []line
	top    int  // first line shown; far beyond the end: the end
	sticks bool // it begins at its end, and stays there once it is there
	w, h   int
}

// begin scrolls to where reading begins.
func (p *textPane) begin() {
	p.top = 0
	if p.sticks {
		p.top = far
	}
}

func (p *textPane) title(s *state) line {
	l := line{mark: markBar}
	l.gap(1).add(titleRole(s.focus == focusSide), p.head)
	if signs := scrollSigns(s.glyphs, p.first(), p.h, len(p.all)); signs != "" {
		l.right(roleDim, signs, p.w-1)
	}
	return l
}

func (p *textPane) lines(*state) []line {
	first := p.first()
	return p.all[first:min(first+p.h, len(p.all))]
}

// last is the first line shown when the end is.
func (p *textPane) last() int { return max(len(p.all)-p.h, 0) }

func (p *textPane) first() int { return min(p.top, p.last()) }

func (p *textPane) move(s *state, key string) { p.scroll(s, rows(key, max(p.h-1, 1))) }

func (p *textPane) scroll(_ *state, n int) {
	p.top = max(0, min(p.first()+n, p.last()))
	if p.sticks && p.top == p.last() {
		p.top = far
	}
}

func (p *textPane) click(*state, int, int) {}

func (p *textPane) keys(*words.KeyWords) section { return section{} }

// scrollSigns tell that there is more above or below.
func scrollSigns(g *glyphs, top, height, lines int) string {
	signs := ""
	if top > 0 {
		signs += g.up
	}
	if top+height < lines {
		signs += g.down
	}
	return signs
}
