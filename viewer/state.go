package viewer

import (
	"tracer/event"
	"tracer/model"
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

	tree    *treePane
	events  *eventsPane
	details *detailsPane
	written *outputPane
	summary *summaryPane
	side    pane // what stands beside or below the tree, nil for nothing
	focus   focus

	mode     mode
	help     *help
	search   *search
	sections []section

	notice  string // said in the footer until the next key
	quiet   bool   // no event since the last tick
	lively  bool   // something on the screen changes within tenths of a second
	buttons bool   // a mouse button is down
	quit    bool
	suspend bool
	redraw  bool // send everything anew
}

func newState(o Options) *state {
	s := &state{title: o.Title, live: o.Live, glyphs: &unicodeGlyphs, output: o.Output, mode: browse{}, help: &help{},
		search: &search{}, details: &detailsPane{}, summary: &summaryPane{}, events: &eventsPane{follow: true},
		written: &outputPane{textPane{sticks: true}},
		tree:    &treePane{general: foldThreads, follow: o.Live || o.Replay != nil}}
	if o.ASCII {
		s.glyphs = &asciiGlyphs
	}
	s.side = s.events
	s.sections = s.table()
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

func (s *state) scene() scene { return scene{s.shown(), s.glyphs, s.flash()} }

// flash is how long what is new stands out: in a slow replay that is a shorter time of the trace.
func (s *state) flash() event.Time {
	if s.replay != nil {
		return event.Time(float64(flash) * min(speeds[s.replay.speed], 1))
	}
	return flash
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
		s.side == s.events {
		s.open(s.written)
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
	case s.side == s.written && s.output != nil: // whoever lives on writes on
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

// badge is the state of the viewer in a word.
func (s *state) badge() span {
	switch {
	case s.replay != nil:
		return span{" REPLAY ", roleReplay}
	case s.frozen != nil:
		return span{" PAUSED ", rolePaused}
	case s.trace.closed:
		return span{" ENDED ", roleEnded}
	}
	return span{" LIVE ", roleLive}
}

// atEnd reports whether all of the trace has been taken in.
func (s *state) atEnd() bool {
	if s.replay != nil {
		return s.replay.atEnd()
	}
	return s.shown().closed
}

// layout is where everything stands at the present size.
func (s *state) layout() layout {
	what := sideText
	switch s.side {
	case nil:
		what = sideNone
	case s.events:
		what = sideEvents
	}
	return newLayout(s.w, s.h, what, s.replay != nil)
}

// settle brings the panes in line with the trace.
func (s *state) settle() {
	l := s.layout()
	s.tree.settle(s, l.tree.w, max(l.tree.h-1, 0))
	switch {
	case l.small:
	case s.side == nil || l.side.h == 0:
		s.focus = focusTree
	case l.tree.h == 0:
		s.focus = focusSide
	}
	if s.side != nil {
		s.side.settle(s, l.side.w, max(l.side.h-1, 0))
	}
	s.lively = s.tree.changing(s.scene())
}

// focused is the pane that the arrow keys move in.
func (s *state) focused() pane {
	if s.focus == focusTree {
		return s.tree
	}
	return s.side
}

// paneAt is the pane at a place of the screen and where it is, nil for none.
func (s *state) paneAt(x, y int) (pane, rect) {
	l := s.layout()
	switch {
	case l.tree.holds(x, y):
		return s.tree, l.tree
	case l.side.holds(x, y):
		return s.side, l.side
	}
	return nil, rect{}
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

// cursorEvent is the number of the event that the cursor is on; ok is false when there is none.
func (s *state) cursorEvent() (n uint64, ok bool) {
	first, end := s.shown().log.span()
	if s.replay != nil {
		return s.replay.pos - 1, s.replay.pos > 0
	}
	if s.events.follow || end == first {
		return end - 1, false
	}
	return max(first, min(s.events.cursor, end-1)), true
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

// A reader is a pane that is read from a place on.
type reader interface {
	pane
	begin()
}

// open shows a side pane, or goes back to the events when it is shown already.
func (s *state) open(p reader) {
	p.begin()
	if s.side == p {
		s.side, s.focus = s.events, focusTree
		return
	}
	s.side = p
}

func (s *state) toggleEvents() {
	if s.side == s.events {
		s.side, s.focus = nil, focusTree
	} else {
		s.side = s.events
	}
}

// move does what an arrow or a page key asks for, in the pane that has the keys.
func (s *state) move(key string) {
	if helping(s) {
		s.help.scroll(s, rows(key, max(s.help.rows(s)-1, 1)))
		return
	}
	s.focused().move(s, key)
}

// wheel is one notch of the mouse's wheel, up (-1) or down (1).
func (s *state) wheel(x, y, step int) {
	s.settle()
	s.mode.wheel(s, x, y, step)
}

// click does what the first button asks for.
func (s *state) click(x, y int) {
	l := s.layout()
	s.notice = ""
	s.settle()
	switch {
	case l.small:
	case l.footer.holds(x, y):
		for _, item := range footerItems(s, s.w) {
			if x >= item.x && x < item.x+item.width() {
				s.key(item.press)
				return
			}
		}
	default:
		s.mode.click(s, x, y)
	}
	s.settle()
}
