package viewer

// paint makes the picture of the state. It changes nothing but the canvas; settle comes before it.
func (s *state) paint(c *canvas) {
	c.reset(s.w, s.h)
	l := s.layout()
	if l.small {
		c.put(rect{0, s.h / 2, s.w, 1}, textLine(roleStrong, s.words.Screen.TooSmall), s.glyphs)
		return
	}
	for i, h := range s.header().lines(l.header.w) {
		c.put(l.header.row(i), h, s.glyphs)
	}
	s.mode.paint(s, c)
	c.put(l.footer, footer(s, l.footer.w), s.glyphs)
}
