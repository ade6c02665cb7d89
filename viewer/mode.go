package viewer

// A mode decides what keys and clicks mean, and what stands between the header and the footer.
type mode interface {
	// key is one that was pressed.
	key(s *state, name string)
	// takes reports whether the keys of a section work in it.
	takes(g *section) bool
	// click and wheel are those of the mouse, anywhere but in the footer.
	click(s *state, x, y int)
	wheel(s *state, x, y, step int)
	paint(s *state, c *canvas)
	// prompt is what the footer says in the place of the keys that work, empty when it names them.
	prompt(s *state) line
}

// browse is the mode with the panes.
type browse struct{}

func (browse) takes(*section) bool { return true }

func (browse) key(s *state, name string) { s.dispatch(name) }

func (browse) prompt(*state) line { return line{} }

// wheelRows is how far one notch of the wheel scrolls.
const wheelRows = 3

// wheel scrolls what is under the pointer.
func (browse) wheel(s *state, x, y, step int) {
	if p, _ := s.paneAt(x, y); p != nil {
		p.scroll(s, step*wheelRows)
	}
}

// click selects, folds, or goes to an event or a time.
func (browse) click(s *state, x, y int) {
	l := s.layout()
	if l.bar.holds(x, y) {
		s.bar().click(x, s.w)
		return
	}
	if l.found.holds(x, y) {
		s.focus = focusFound
		act(s, "explain")
		return
	}
	p, r := s.paneAt(x, y)
	if p == nil {
		return
	}
	s.focus = focusSide
	if p == s.tree {
		s.focus = focusTree
	}
	row := y - r.y - 1
	if row >= 0 {
		row /= l.strideOf(s, p)
	}
	p.click(s, x-r.x, row)
}

func (browse) paint(s *state, c *canvas) {
	l := s.layout()
	paintPane(s, c, s.tree, &l, l.tree)
	if s.side != nil {
		paintPane(s, c, s.side, &l, l.side)
	}
	for i, found := range s.found.lines(s) {
		c.put(l.found.row(i), found, s.glyphs)
	}
	for i := range l.split.h {
		c.put(l.split.row(i), textLine(roleTree, s.glyphs.split), s.glyphs)
	}
	if l.bar.h > 0 {
		c.put(l.bar, s.bar().line(l.bar.w), s.glyphs)
	}
}

func paintPane(s *state, c *canvas, p pane, l *layout, r rect) {
	if r.h == 0 {
		return
	}
	c.put(r.row(0), p.title(s), s.glyphs)
	stride := l.strideOf(s, p)
	for i, one := range p.lines(s) {
		c.put(r.row(1+i*stride), one, s.glyphs)
		if row, ok := s.tree.at(i); ok && p == s.tree && stride > 1 && i > 0 {
			above := textLine(roleText, blanks[:s.tree.cols.tree])
			c.put(r.row(i*stride), *above.join(s.tree.branches(s.glyphs).above(row)), s.glyphs)
		}
	}
}
