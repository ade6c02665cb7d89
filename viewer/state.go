package viewer

import (
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// pane is what stands beside or below the tree.
type pane uint8

// The panes.
const (
	paneNone pane = iota
	paneEvents
	paneDetail
	paneOutput
	paneSummary
)

// focus is the pane that the arrow keys move in.
type focus uint8

// The focuses.
const (
	focusTree focus = iota
	focusSide
)

// state is everything that the viewer knows. One loop owns it: events, keys and time come in by its methods, and paint
// makes a picture of it. It does no input or output of its own.
type state struct {
	title  string
	live   bool
	glyphs *glyphs
	output func() []string

	w, h   int
	trace  *trace // takes in every event
	frozen *trace // shown instead while paused
	replay *replay

	tree   treeState
	events eventState
	side   pane
	focus  focus
	lines  []line // of a side pane of plain lines
	head   string // title of that pane
	scroll int    // first of the lines shown; far beyond the end: the end

	help       bool
	helpScroll int

	typing bool   // a search is being typed
	search string // what is searched for
	notice string // said in the footer until the next key

	quiet   bool // no event since the last tick
	lively  bool // something on the screen changes within tenths of a second
	buttons bool // a mouse button is down
	quit    bool
	suspend bool
	redraw  bool // send everything anew
}

func newState(o Options) *state {
	s := &state{title: o.Title, live: o.Live, glyphs: &unicodeGlyphs, output: o.Output, side: paneEvents}
	if o.ASCII {
		s.glyphs = &asciiGlyphs
	}
	s.tree = treeState{general: foldThreads, follow: o.Live || o.Replay != nil}
	s.events = eventState{follow: true}
	keep := o.Window
	if keep <= 0 {
		keep = defaultWindow
	}
	if o.Replay != nil {
		s.replay = newReplay(o.Replay, o.Model)
		s.replay.playing = true
		s.replay.seek(1)
		s.replay.work()
	} else {
		s.trace = &trace{model: model.New(o.Model), log: newRing(keep)}
	}
	return s
}

// shown is the trace that is on the screen.
func (s *state) shown() *trace {
	switch {
	case s.replay != nil:
		return s.replay.trace
	case s.frozen != nil:
		return s.frozen
	}
	return s.trace
}

// take takes in a batch of events, whether paused or not.
func (s *state) take(batch []event.Event) {
	log := s.trace.log.(*ring)
	for i := range batch {
		s.trace.apply(&batch[i])
		log.add(&batch[i])
		if e := &batch[i]; e.Kind == event.Exit && e.Flags.Has(event.GroupDead) {
			s.explain(s.trace.model.Find(e.PID))
		}
	}
	s.quiet = false
}

// earlyEnd is how long a program lives at most that failed to begin with.
const earlyEnd = event.Time(10e9)

// explain shows the output of the launched program when p is that, and failed at once: why stands there.
func (s *state) explain(p *model.Process) {
	if p != nil && p.Root && p.Status != 0 && since0(p.Ended, s.trace.model.Start()) < earlyEnd && s.output != nil &&
		s.side == paneEvents {
		s.open(paneOutput)
	}
}

// end tells that no more events will come.
func (s *state) end() {
	s.trace.closed = true
	s.trace.now = s.trace.model.Now()
}

// tick tells the time since boot, 0 when there is no clock, and how much of it passed.
func (s *state) tick(now, passed event.Time) {
	if s.replay != nil {
		s.replay.play(passed)
		return
	}
	if !s.live || s.trace.closed || now == 0 {
		return
	}
	s.trace.now = max(s.trace.now, now)
	if s.quiet {
		s.trace.model.Advance(now)
	}
	s.quiet = true
}

// patience is after how much time the picture can change without a new event or key, in nanoseconds; 0 when it cannot.
func (s *state) patience() event.Time {
	switch {
	case s.replay != nil && s.replay.playing:
		return frame
	case s.side == paneOutput && s.output != nil: // whoever lives on writes on
		return 250e6
	case s.replay != nil, !s.live, s.trace.closed:
		return 0
	case s.frozen != nil:
		return 1e9
	case s.lively:
		return 100e6
	}
	return 1e9
}

// pause freezes the picture or lets it go on; in a replay it stops or plays.
func (s *state) pause() {
	switch {
	case s.replay != nil && s.replay.playing:
		s.replay.playing = false
	case s.replay != nil:
		if s.replay.atEnd() {
			s.replay.seek(0)
		}
		s.replay.playing = true
	case s.frozen != nil:
		s.frozen = nil
	default:
		s.frozen = s.trace.clone()
	}
}

// paused reports whether the picture stands still although events come in.
func (s *state) paused() bool { return s.frozen != nil }

// layout is where everything stands at the present size.
func (s *state) layout() layout { return newLayout(s.w, s.h, s.side, s.replay != nil) }

// treeRows is how many rows of the tree there is room for.
func (s *state) treeRows() int { return max(s.layout().tree.h-1, 0) }

// settle brings rows, selection and scrolling in line with the trace.
func (s *state) settle() {
	s.tree.flatten(s.shown().model, s.point())
	s.tree.settle(s.treeRows())
	l := s.layout()
	if l.tree.h == 0 {
		s.focus = focusSide
	} else if l.side.h == 0 {
		s.focus = focusTree
	}
	s.head, s.lines = s.plainLines(l.side.w)
	s.lively = s.changing()
}

// point is the leader of the process that following scrolls to: the newest one, in a replay the one that the event is
// about.
func (s *state) point() event.Task {
	n, ok := s.cursorEvent()
	if s.replay == nil || !ok {
		return s.shown().newest
	}
	e := s.replay.pages.at(n)
	switch {
	case e == nil:
		return event.Task{}
	case e.Kind == event.Fork && !e.IsThread(), e.Kind == event.Wait && e.Child.Start != 0:
		return e.Child
	case e.Task.TID == event.TID(e.PID):
		return e.Task
	}
	if p := s.shown().model.Find(e.PID); p != nil {
		return p.ID
	}
	return event.Task{}
}

// changing reports whether a row on the screen changes within tenths of a second: a young zombie, or something that
// flashes.
func (s *state) changing() bool {
	now := s.shown().now
	for i := s.tree.top; i < len(s.tree.nodes) && i < s.tree.top+s.treeRows(); i++ {
		p := s.tree.nodes[i].process
		if since0(now, max(p.Born, p.GoneAt)) < s.flash() || isZombie(p) && since0(now, p.Ended) < 10e9 {
			return true
		}
	}
	return false
}

// selected is the row of the tree that is selected, nil when there is none.
func (s *state) selected() *node {
	if s.tree.row >= len(s.tree.nodes) {
		return nil
	}
	return &s.tree.nodes[s.tree.row]
}

// moveTree moves the selection by n rows.
func (s *state) moveTree(n int) {
	if len(s.tree.nodes) == 0 {
		return
	}
	row := max(0, min(s.tree.row+n, len(s.tree.nodes)-1))
	s.selectRow(row)
}

func (s *state) selectRow(row int) {
	t := &s.tree
	t.row, t.follow = row, false
	t.selected = t.nodes[row].id()
	t.show(row, s.treeRows())
	if s.side == paneDetail {
		s.scroll = 0
	}
}

// nextZombie selects the next zombie in the order of the tree, step 1, or the one before, -1.
func (s *state) nextZombie(step int) {
	s.findProcess(step, "no zombies", isZombie)
}

// nextMatch selects the next process that the search finds.
func (s *state) nextMatch(step int) {
	if s.search != "" {
		s.findProcess(step, "nothing matches "+s.search, s.matches)
	}
}

// matches reports whether the search finds p, by one of its ids or by a part of its command's name.
func (s *state) matches(p *model.Process) bool {
	want := strings.ToLower(s.search)
	return text.PIDText(p.PID) == want || text.PIDText(p.InnerPID) == want ||
		strings.Contains(strings.ToLower(text.Escape(string(p.Comm))), want)
}

// findProcess selects the next process that is wanted after the selected one, around the end; folded ones are opened.
func (s *state) findProcess(step int, none string, want func(*model.Process) bool) {
	var all []*model.Process
	at := -1
	here := s.selected()
	s.shown().model.Walk(func(p *model.Process, _ int) bool {
		if s.tree.hideGone && p.State == model.Gone {
			return false
		}
		if here != nil && here.process == p {
			at = len(all)
		}
		all = append(all, p)
		return true
	})
	for k := 1; k <= len(all); k++ {
		i := ((at+step*k)%len(all) + len(all)) % len(all)
		if want(all[i]) {
			s.tree.reveal(all[i])
			s.settle()
			s.tree.show(s.tree.row, s.treeRows())
			return
		}
	}
	s.notice = none
}

// open shows a side pane, or goes back to the events when it is shown already.
func (s *state) open(p pane) {
	s.scroll = 0
	if s.side == p {
		s.side, s.focus = paneEvents, focusTree
		return
	}
	s.side = p
	if p == paneOutput {
		s.scroll = far // its end
	}
}

// moveEvents moves the cursor over the events that pass the filter; in a replay this is moving in time.
func (s *state) moveEvents(n int) {
	log, passes := s.shown().log, s.passes()
	cursor, fixed := s.cursorEvent()
	if !fixed && s.replay == nil {
		if n >= 0 {
			return
		}
		_, cursor = log.span()
	} else if !fixed {
		cursor = ^uint64(0) // before the first
	}
	var found []uint64
	if n < 0 {
		found = s.before(log, cursor, -n, passes)
		if len(found) == 0 {
			return
		}
		s.setCursor(found[0])
		return
	}
	if found = s.after(log, cursor+1, n, passes); len(found) > 0 {
		s.setCursor(found[len(found)-1])
	}
}

// setCursor puts the cursor on event n.
func (s *state) setCursor(n uint64) {
	if s.replay != nil {
		s.replay.playing = false
		s.replay.seek(n + 1)
		return
	}
	s.events.cursor, s.events.follow = n, false
}
