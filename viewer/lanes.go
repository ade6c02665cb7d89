package viewer

import (
	"tracer/event"
	"tracer/text"
	"tracer/timeline"
	"tracer/words"
)

// lanesPane draws the tasks as lanes, with time to the right, up to the cursor. Its lanes are those of the time that is
// in the picture, folded as the tree is.
type lanesPane struct {
	selected uint64 // number of its task
	row, top int
	follows  bool // it scrolls to what is born
	window   window
	synced   int // how often something had been chosen in the tree as that was last looked at

	rows     []laneRow
	followed []bool // rows below which one was found already
	w, h     int
	names    int        // cells of the names
	whole    event.Time // the time of the last event of a log that grows no more
	loaded   bool

	axisRows int  // lines of the axis
	grabbed  bool // the mouse went down on it
	mouse    int  // the column of the mouse then
}

// A laneRow is a lane that is shown.
type laneRow struct {
	lane   *timeline.Lane
	parent int32 // row above which it stands, -1 for a top
	depth  int32
	last   bool
}

func (p *lanesPane) opening(say *words.KeyWords) []binding {
	return []binding{{"lanes", []string{"l"}, "l", say.Lanes.Label, 4, say.Lanes.Help, nil,
		func(s *state, _ string) { openWithKeys(s, p) }}}
}

// openWithKeys shows a pane that has the keys at once.
func openWithKeys(s *state, p reader) {
	if s.open(p); s.side == p {
		s.focus = focusSide
	}
}

func (p *lanesPane) begin() {
	p.top, p.follows, p.window, p.synced, p.names = 0, true, window{}, -1, 0
}

func (p *lanesPane) keys(say *words.KeyWords) section {
	has := func(s *state) bool { return s.side == p && s.focus == focusSide }
	return section{title: say.Lanes.Label, when: has, inFooter: has, bindings: []binding{
		{"open", []string{"Enter"}, "Enter", say.Details.Label, 3, say.LaneDetails, nil,
			func(s *state, _ string) { p.details(s) }},
		{"zoom-out,zoom-in,zoom-in", []string{"-", "+", "="}, "- +", say.Zoom.Label, 2, say.Zoom.Help, nil,
			func(s *state, key string) { p.zoom(s, forward(key != "-")) }},
		{"pan-back,pan-on", []string{"Left", "Right"}, "Left Right", say.Pan.Label, 2, say.Pan.Help, nil,
			func(s *state, key string) { p.pan(s, forward(key == "Right")*max(p.columns()/4, 1)) }},
		{"whole-trace", []string{"0"}, "0", say.Whole.Label, 2, say.Whole.Help, nil,
			func(*state, string) { p.window = window{} }},
		{"follow-lanes", []string{"f"}, "f", say.Newest.Label, 3, say.Newest.Help, nil,
			func(s *state, _ string) { p.toggleFollow(s) }},
	}}
}

// columns is how many cells the lanes are wide.
func (p *lanesPane) columns() int { return max(p.w-p.names-1, 1) }

// lanesHeight is how many of them there is room for, below the axis.
func (p *lanesPane) lanesHeight() int { return max(p.h-p.axisRows, 0) }

func (p *lanesPane) settle(s *state, w, h int) {
	if w != p.w {
		p.names = 0
	}
	p.w, p.h, p.axisRows = w, h, axisLines(s, h)
	s.past.work(s.cursor)
	if p.loaded = !s.busy(); !p.loaded {
		return
	}
	p.arrange(s)
	if names := p.namesNeed(s); names > p.names {
		p.names = names
		p.arrange(s)
	}
}

func (p *lanesPane) arrange(s *state) {
	p.names = max(p.names, leastNames)
	p.place(s)
	p.lay(s)
	p.find(s)
	p.top = max(0, min(p.top, len(p.rows)-p.lanesHeight()))
}

const leastNames = 11

// namesNeed is how many cells the names that are shown take, as far as there is room for them. What they have is not
// taken from them, so that the picture does not jump.
func (p *lanesPane) namesNeed(s *state) int {
	most, need := min(max(p.w*3/10, leastNames), 30), 0
	for y := range p.lanesHeight() {
		if row, ok := p.at(y); ok {
			r := &p.rows[row]
			need = max(need, 4+2*int(r.depth)+text.Width(laneName(s.words, s.glyphs, r.lane, s.cursor.pos)))
		}
	}
	return min(need, most)
}

// place puts the window where it is to be.
func (p *lanesPane) place(s *state) {
	at := momentOf(s)
	if !s.cursor.log.grows && p.whole == 0 {
		if e := s.cursor.log.at(s.cursor.log.end() - 1); e != nil {
			p.whole = e.Time
		}
	}
	p.window.place(at.start, at.now, max(p.whole, at.start), p.columns(), s.cursor.log.grows)
}

// lay lists the lanes that are in the window.
func (p *lanesPane) lay(s *state) {
	at, fold := momentOf(s), laneFolds{tree: s.tree, pos: s.cursor.pos, kept: s.tree.filter.numbers()}
	p.rows = p.rows[:0]
	timeline.Walk(at.History, at.pos, -1, func(l *timeline.Lane, parent int32) (int32, bool) {
		if l.Above != nil && fold.hides(l) {
			return parent, false
		}
		gone, ok := l.Gone(at.pos)
		if fold.filtered(l) {
			return parent, !fold.closes(l)
		}
		if l.Begin.At < p.window.end() && (!ok || gone >= p.window.from && !s.tree.hideGone) {
			row := laneRow{lane: l, parent: parent}
			if parent >= 0 {
				row.depth = p.rows[parent].depth + 1
			}
			parent = int32(len(p.rows))
			p.rows = append(p.rows, row)
		}
		return parent, !fold.closes(l)
	})
	p.followed = append(p.followed[:0], make([]bool, len(p.rows)+1)...)
	for i := len(p.rows) - 1; i >= 0; i-- {
		r := &p.rows[i]
		r.last = !p.followed[r.parent+1]
		p.followed[r.parent+1] = true
	}
}

// laneFolds are the folds of the tree, applied to lanes, of which many are of tasks that have gone.
type laneFolds struct {
	tree *treePane
	pos  uint64
	kept map[uint64]bool // the numbers of those that the tree's filter shows, and whether they match; nil: of all
}

// filtered reports whether the tree's filter hides a lane. Of what has gone for long nothing is known to match.
func (f laneFolds) filtered(l *timeline.Lane) bool {
	matches, kept := f.kept[l.Process().Number]
	return f.kept != nil && (!kept || l.Kind != timeline.Process && !matches)
}

func (f laneFolds) of(process *timeline.Lane) fold {
	if own, ok := f.tree.folds[process.Task]; ok {
		return own
	}
	if f.tree.fits {
		return foldIdle
	}
	return f.tree.general
}

// closes reports whether nothing below a lane is shown.
func (f laneFolds) closes(l *timeline.Lane) bool {
	return l.Kind == timeline.Process && f.of(l) == foldAll
}

// hides reports whether a lane is folded away, where something is shown below the one above it.
func (f laneFolds) hides(l *timeline.Lane) bool {
	if l.Kind == timeline.Process {
		return false
	}
	switch f.of(l.Above) {
	case foldNone:
		return false
	case foldIdle:
		children, _ := l.Above.HasBelow()
		return l.Kind == timeline.Thread && !l.Busy(f.pos) && (children || l.Above.Busy(f.pos))
	}
	return true
}

// find brings the selection in line with what is shown, and with what was chosen in the tree since.
func (p *lanesPane) find(s *state) {
	if p.synced != s.tree.chosen {
		p.synced = s.tree.chosen
		if who := s.tree.current(); who != nil {
			p.selected = who.number()
			p.scrollTo(p.rowOf(p.selected))
		}
	}
	if row := p.rowOf(p.selected); row >= 0 {
		p.row = row
	} else {
		p.row = max(0, min(p.row, len(p.rows)-1))
	}
	if newest := p.newest(s); p.follows && newest >= 0 {
		p.scrollTo(newest)
	}
}

func (p *lanesPane) rowOf(number uint64) int {
	if p.row < len(p.rows) && p.rows[p.row].lane.Number == number {
		return p.row
	}
	for i := range p.rows {
		if p.rows[i].lane.Number == number {
			return i
		}
	}
	return -1
}

// newest is the row that following scrolls to, -1 when there is none.
func (p *lanesPane) newest(s *state) int {
	point := s.point()
	for i := len(p.rows) - 1; i >= 0; i-- {
		if l := p.rows[i].lane; l.Kind == timeline.Process && l.Task.TID == point.TID {
			return i
		}
	}
	return -1
}

func (p *lanesPane) scrollTo(row int) {
	switch height := max(p.lanesHeight(), 1); {
	case row < 0:
	case row < p.top, row == p.top && p.pinned() >= 0:
		p.top = max(row-1, 0)
	case row >= p.top+height:
		p.top = row - height + 1
	}
}

// pinned is the row that is shown in the place of the first one, because that one's parent has been scrolled away; -1
// when none is. So the edges lead somewhere.
func (p *lanesPane) pinned() int {
	if p.top >= len(p.rows) || p.lanesHeight() < 4 {
		return -1
	}
	return int(p.rows[p.top].parent)
}

// at is the row at a line below the axis; ok is false where there is none.
func (p *lanesPane) at(y int) (row int, ok bool) {
	if pinned := p.pinned(); y == 0 && pinned >= 0 {
		return pinned, true
	}
	row = p.top + y
	return row, y >= 0 && y < p.lanesHeight() && row < len(p.rows)
}

// choose selects a lane, and its task in the tree, if that is there at the cursor.
func (p *lanesPane) choose(s *state, row int) {
	p.row, p.follows = row, false
	p.selected = p.rows[row].lane.Number
	p.scrollTo(row)
	s.tree.chooseTask(s, p.selected)
	p.synced = s.tree.chosen
}

func (p *lanesPane) move(s *state, key string) {
	if len(p.rows) > 0 {
		p.choose(s, max(0, min(p.row+rows(key, max(p.lanesHeight()-1, 1)), len(p.rows)-1)))
	}
}

func (p *lanesPane) scroll(_ *state, n int) {
	p.follows = false
	p.top = max(0, min(p.top+n, len(p.rows)-p.lanesHeight()))
}

// click selects a lane; on the axis it goes to a time.
func (p *lanesPane) click(s *state, x, y int) {
	if p.grab(s, x, y); p.grabbed {
		return
	}
	if row, ok := p.at(y - p.axisRows); ok {
		p.choose(s, row)
	}
}

// drag moves the picture by so many cells, or the cursor.
func (p *lanesPane) drag(s *state, dx, dy int) {
	if p.grabbed {
		p.scrub(s, dx)
		return
	}
	p.scroll(s, -dy)
	p.pan(s, -dx)
}

// swing is a notch of the wheel sideways, or with Ctrl.
func (p *lanesPane) swing(s *state, step int, zooms bool) {
	if zooms {
		p.zoom(s, -step)
		return
	}
	p.pan(s, step*max(p.columns()/10, 1))
}

func (p *lanesPane) pan(s *state, columns int) {
	if columns != 0 {
		p.window.pan(columns, momentOf(s).start, max(p.whole, momentOf(s).now))
	}
}

// zoom shows less time, or more, around the cursor if that is in the picture.
func (p *lanesPane) zoom(s *state, step int) {
	at := momentOf(s)
	p.window.zoom(step, at.start, at.now, max(p.whole, at.now), p.columns())
}

// details tells all of the task of the selected lane. One that has gone is there as it was when it went.
func (p *lanesPane) details(s *state) {
	l := s.past.history.Lane(p.selected)
	leave(s)
	if l != nil && !s.tree.chooseTask(s, l.Number) {
		s.setCursor(l.WentAt(s.cursor.pos) - 1)
		s.notice = s.words.Lanes.LaneGone(laneName(s.words, s.glyphs, l, s.cursor.pos))
		s.tree.wanted = l.Number
	}
	s.open(s.details)
}

func (p *lanesPane) toggleFollow(*state) {
	on := p.window.mode == windowFollows && p.follows
	p.follows = !on
	p.window.mode = windowFollows
	if on {
		p.window.mode = windowStays
	}
}

func (p *lanesPane) title(s *state) line {
	say := &s.words.Lanes
	l := line{mark: markBar}
	l.gap(1).add(titleRole(s.focus == focusSide), say.Title)
	switch p.window.mode {
	case windowWhole:
		l.gap(2).add(roleDim, say.Whole)
	case windowFollows:
		l.gap(2).add(roleDim, say.Following)
	}
	hint := say.Column(text.AgeText(p.window.per))
	if rows := p.lanesHeight(); len(p.rows) > rows {
		hint = s.words.Screen.Range(p.top+1, min(p.top+rows, len(p.rows)), len(p.rows)) + "  " + hint
	}
	if l.width+text.Width(hint)+3 < p.w {
		l.right(roleDim, hint, p.w-1)
	}
	return l
}

func (p *lanesPane) lines(s *state) []line {
	switch {
	case p.h == 0:
		return nil
	case !p.loaded:
		return []line{textLine(roleDim, "  "+s.words.Lanes.Loading)}
	}
	lines := p.axis(s)
	if len(p.rows) == 0 {
		return append(lines, textLine(roleDim, "  "+s.words.Lanes.Nothing))
	}
	shown := make([]laneRow, 0, p.lanesHeight())
	for y := range p.lanesHeight() {
		if row, ok := p.at(y); ok {
			shown = append(shown, p.rows[row])
		}
	}
	c := newChart(momentOf(s), p.window, shown, p.columns(), s.glyphs, p.selected)
	c.draw()
	for y := range shown {
		row, _ := p.at(y)
		l := p.nameOf(s, row)
		l.join(c.line(y))
		switch {
		case row == p.row && s.focus == focusSide:
			l.mark = markSelected
		case row == p.row:
			l.mark = markBlurred
		case row < p.top:
			l.mark = markBar
		}
		lines = append(lines, l)
	}
	return lines[:min(len(lines), p.h)]
}

// nameOf is the front of a lane: its place in the tree, its state, its id, its name.
func (p *lanesPane) nameOf(s *state, i int) line {
	r, g := &p.rows[i], s.glyphs
	state := laneState(r.lane, momentOf(s))
	look := &looks[state]
	var l line
	l.gap(1)
	most := max((p.names-12)/2, 1)
	levels := make([]string, 0, most)
	if r.depth > 0 {
		first := g.tee
		if r.last {
			first = g.corner
		}
		levels = append(levels, first)
		for up := r.parent; p.rows[up].depth > 0 && len(levels) < most; up = p.rows[up].parent {
			glyph := g.pipe
			if p.rows[up].last {
				glyph = g.blank
			}
			levels = append(levels, glyph)
		}
		if int(r.depth) > most {
			levels[len(levels)-1] = g.deeper
		}
	}
	for k := len(levels) - 1; k >= 0; k-- {
		l.add(roleTree, levels[k])
	}
	name := laneName(s.words, g, r.lane, s.cursor.pos)
	l.add(look.state, look.glyph(g)).gap(1)
	l.add(look.name, text.Cut(name, max(p.names-l.width, 1), g.ellipsis))
	return *l.to(p.names + 1)
}

// laneName is the id of a task and its name.
func laneName(l *words.Language, g *glyphs, lane *timeline.Lane, pos uint64) string {
	if lane.Kind == timeline.Coroutine {
		return l.CoroutineText(lane.Coroutine.Runtime, lane.Class, lane.Coroutine.ID)
	}
	id := text.PIDText(lane.PID)
	if lane.Kind == timeline.Thread {
		id = text.PIDText(event.PID(lane.Task.TID))
	}
	return id + " " + g.safe(string(lane.Name(pos)))
}

// laneState is how the task of a lane is doing at a moment.
func laneState(l *timeline.Lane, at moment) rowState {
	_, gone := l.Gone(at.pos)
	dead := l.End.By(at.pos)
	_, waitable := l.Waitable(at.pos)
	count := func(t *timeline.Track) int {
		known := t.Known(at.pos)
		return len(known.Begins) - len(known.Ends)
	}
	switch {
	case l.Kind == timeline.Thread && gone:
		return rowThreadEnded
	case l.Kind == timeline.Thread:
		return rowThread
	case l.Kind == timeline.Coroutine && gone:
		return rowFinished
	case l.Kind == timeline.Coroutine && count(&l.Control) > 0:
		return rowRunning
	case l.Kind == timeline.Coroutine:
		return rowWaiting
	case gone:
		return rowGone
	case dead && l.Root:
		return rowRootEnded
	case dead && !waitable:
		return rowEnding
	case dead:
		return rowZombie
	case count(&l.Stopped) > 0:
		return rowStopped
	}
	return rowAlive
}
