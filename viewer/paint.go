package viewer

// paint makes the picture of the state. It changes nothing but the canvas; settle comes before it.
func (s *state) paint(c *canvas) {
	c.reset(s.w, s.h)
	l := s.layout()
	if l.small {
		c.put(rect{0, s.h / 2, s.w, 1}, textLine(roleStrong, "too small"), s.glyphs)
		return
	}
	for i, h := range s.headerLines(l.header.w) {
		c.put(l.header.row(i), h, s.glyphs)
	}
	if s.help {
		s.paintHelp(c, rect{0, l.header.h, s.w, s.h - l.header.h - 1})
	} else {
		s.paintTree(c, l.tree)
		s.paintSide(c, l.side)
		for i := range l.split.h {
			c.put(l.split.row(i), textLine(roleTree, s.glyphs.split), s.glyphs)
		}
		if s.replay != nil {
			c.put(l.bar, s.replayBar(l.bar.w), s.glyphs)
		}
	}
	c.put(l.footer, s.footer(l.footer.w), s.glyphs)
}

func (s *state) paintTree(c *canvas, r rect) {
	if r.h == 0 {
		return
	}
	cols := s.columnsFor(r.w)
	c.put(r.row(0), s.treeTitle(r.w, cols), s.glyphs)
	for place := range r.h - 1 {
		if row, ok := s.tree.at(place, r.h-1); ok {
			c.put(r.row(1+place), s.treeLine(row, cols), s.glyphs)
		}
	}
	if len(s.tree.nodes) == 0 && r.h > 1 {
		c.put(r.row(1), textLine(roleDim, "  nothing runs yet"), s.glyphs)
	}
}

func (s *state) paintSide(c *canvas, r rect) {
	if r.h == 0 || s.side == paneNone {
		return
	}
	if s.side == paneEvents {
		c.put(r.row(0), s.eventTitle(r.w), s.glyphs)
		for i, n := range s.pick(r.h - 1) {
			c.put(r.row(1+i), s.eventLine(n, r.w), s.glyphs)
		}
		return
	}
	title := line{mark: markBar}
	head := roleDim
	if s.focus == focusSide {
		head = roleStrong
	}
	title.gap(1).add(head, s.head)
	top := max(min(s.scroll, len(s.lines)-(r.h-1)), 0)
	if top+r.h-1 < len(s.lines) || top > 0 {
		title.right(roleDim, s.scrollSigns(top, r.h-1), r.w-1)
	}
	c.put(r.row(0), title, s.glyphs)
	for i := top; i < len(s.lines) && i-top < r.h-1; i++ {
		c.put(r.row(1+i-top), s.lines[i], s.glyphs)
	}
}

// scrollSigns tell that there is more above or below.
func (s *state) scrollSigns(top, height int) string {
	signs := ""
	if top > 0 {
		signs += s.glyphs.up
	}
	if top+height < len(s.lines) {
		signs += s.glyphs.down
	}
	return signs
}

func (s *state) paintHelp(c *canvas, r rect) {
	lines := s.helpLines()
	c.put(r.row(0), s.helpTitle(), s.glyphs)
	for i := s.helpScroll; i < len(lines) && i-s.helpScroll < r.h-1; i++ {
		c.put(r.row(1+i-s.helpScroll), lines[i], s.glyphs)
	}
}
