package viewer

// wheelRows is how far one notch of the wheel scrolls.
const wheelRows = 3

// wheel scrolls what is under the pointer, up (-1) or down (1).
func (s *state) wheel(x, y, step int) {
	l := s.layout()
	s.settle()
	switch {
	case s.help:
		s.scrollHelp(step * wheelRows)
	case l.tree.holds(x, y):
		s.tree.follow = false
		s.tree.top = max(0, min(s.tree.top+step*wheelRows, len(s.tree.nodes)-s.treeRows()))
	case l.side.holds(x, y) && s.side == paneEvents:
		s.moveEvents(step * wheelRows)
	case l.side.holds(x, y):
		s.scrollSide(step * wheelRows)
	}
}

// click does what the first button asks for: select, fold, go to an event or a time, or press a key of the footer.
func (s *state) click(x, y int) {
	l := s.layout()
	s.notice = ""
	s.settle()
	switch {
	case l.small:
	case l.footer.holds(x, y):
		s.clickFooter(x)
	case s.help:
		s.help = false
	case l.bar.holds(x, y):
		s.clickBar(x)
	case l.tree.holds(x, y):
		s.focus = focusTree
		s.clickTree(x, y-l.tree.y-1, l.tree.w)
	case l.side.holds(x, y):
		s.focus = focusSide
		if picked := s.pick(s.sideRows()); s.side == paneEvents && y > l.side.y && y-l.side.y-1 < len(picked) {
			s.setCursor(picked[y-l.side.y-1])
		}
	}
	s.settle()
}

func (s *state) clickTree(x, place, width int) {
	i, ok := s.tree.at(place, s.treeRows())
	if !ok {
		return
	}
	s.selectRow(i)
	c := s.columnsFor(width)
	var branch line
	s.branch(&branch, i, c)
	if x == c.tree+branch.width && !s.tree.nodes[i].inner() {
		s.foldToggle()
	}
}

func (s *state) clickBar(x int) {
	start, room := s.trackPlace(s.w)
	if room == 0 || x < start {
		s.pause()
		return
	}
	part := float64(x-start) / float64(max(room-1, 1))
	s.replay.playing = false
	s.replay.seek(uint64(part * float64(s.replay.pages.end)))
}

func (s *state) clickFooter(x int) {
	for _, item := range s.footerItems(s.w) {
		if x >= item.x && x < item.x+item.width() {
			s.key(item.press)
			return
		}
	}
}
