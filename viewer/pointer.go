package viewer

// A slider is a pane whose picture is moved by the mouse.
type slider interface {
	drag(s *state, dx, dy int)
	// swing is a notch of the wheel sideways; with zooms it is one with Ctrl.
	swing(s *state, step int, zooms bool)
}

// pointer is the mouse, where its first button was down last.
type pointer struct {
	x, y  int
	onBar bool   // it went down on the bar of the log
	edge  bool   // or on the line between two panes
	on    slider // it went down on this; nil: on something else
}

// press is the first button that goes down.
func (m *pointer) press(s *state, x, y int) {
	l := s.layout()
	browses := s.mode == (browse{})
	on, _ := sliderAt(s, x, y)
	s.click(x, y)
	*m = pointer{x, y, browses && l.bar.holds(x, y), browses && l.onBorder(x, y), on}
}

// drag is the mouse that moves with its first button down, wherever it goes.
func (m *pointer) drag(s *state, x, y int) {
	switch {
	case s.mode != (browse{}):
	case m.onBar:
		s.bar().drag(x, s.w)
		s.settle()
	case m.edge:
		if l := s.layout(); l.split.h > 0 {
			resize(s, x-l.split.x)
		} else {
			resize(s, y-l.side.y)
		}
		s.settle()
	case m.on != nil && any(m.on) == any(s.side):
		m.on.drag(s, x-m.x, y-m.y)
		m.x, m.y = x, y
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
