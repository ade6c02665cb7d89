package viewer

// A slider is a pane whose picture is moved by the mouse.
type slider interface {
	drag(s *state, dx, dy int)
	// swing is a notch of the wheel sideways; with zooms it is one with Ctrl.
	swing(s *state, step int, zooms bool)
}

// pointer is the mouse, where its first button was down last.
type pointer struct{ x, y int }

// drag is the mouse that moves with its first button down.
func (m *pointer) drag(s *state, x, y int) {
	if p, ok := sliderAt(s, m.x, m.y); ok {
		p.drag(s, x-m.x, y-m.y)
		*m = pointer{x, y}
		s.settle()
	}
}

// swing is a notch of the wheel to the left (-1) or right, or with Ctrl up or down.
func (m *pointer) swing(s *state, x, y, step int, zooms bool) {
	if p, ok := sliderAt(s, x, y); ok {
		p.swing(s, step, zooms)
		s.settle()
	}
}

func sliderAt(s *state, x, y int) (p slider, ok bool) {
	s.settle()
	if s.mode != (browse{}) {
		return nil, false
	}
	under, _ := s.paneAt(x, y)
	p, ok = under.(slider)
	return p, ok
}
