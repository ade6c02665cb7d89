package viewer

import (
	"cmp"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// state is everything that the viewer knows. One loop owns it: events, keys and time come in by its methods, and paint
// makes a picture of it. It does no input or output of its own.
type state struct {
	title  func(model.Settings) string
	live   bool
	glyphs *glyphs
	words  *words.Language
	output func() []string
	// console is the program's terminal; nil: it has none.
	console *console

	w, h   int
	cursor *cursor

	tree      *treePane
	events    *eventsPane
	details   *detailsPane
	written   *outputPane
	summary   *summaryPane
	found     *findingsPane
	lanes     *lanesPane
	requests  *requestsPane
	control   *controlPane
	past      past
	readers   []reader
	side      pane // what stands beside or below the tree, nil for nothing
	home      pane // what does where nothing was opened: the events or nothing
	panes     Panes
	projected int // Panes.Split for a projector
	focus     focus

	mode     mode
	typing   *typing
	help     *help
	search   *search
	timing   *timing
	filter   *filter
	marks    *marking
	copying  *copying
	question *question
	sections []section

	way     []place
	notice  string   // said in the footer until the next key
	waiting []string // keys that are to act on what the cursor is on its way to
	quiet   bool     // no event since the last tick
	lively  bool     // something on the screen changes within tenths of a second
	buttons bool     // a mouse button is down
	pointer pointer
	quit    bool
	suspend bool
	redraw  bool // send everything anew

	projector bool // large gaps, few rows, no jargon: it is looked at from afar

	theme *Theme        // that the user chose; nil: none
	look  func() *Theme // the one that is there before
	paper string        // the terminal's background, as #rrggbb; empty: not known
}

func newState(o Options) *state {
	s := &state{title: o.Titled, look: func() *Theme { return cmp.Or(o.Theme, Dark) },
		live: o.Live, glyphs: &unicodeGlyphs, words: cmp.Or(o.Words, words.English()),
		output: o.Output, mode: browse{}, help: &help{}, search: &search{}, timing: &timing{},
		question: &question{}, copying: &copying{command: o.Command},
		typing:  &typing{},
		details: &detailsPane{}, summary: &summaryPane{}, events: &eventsPane{}, found: &findingsPane{},
		lanes: &lanesPane{}, requests: &requestsPane{},
		written: &outputPane{textPane{sticks: true}},
		tree:    &treePane{fits: true, follow: o.Live || o.Replay != nil, filter: &filter{compile: o.Where}}}
	if s.title == nil {
		s.title = func(model.Settings) string { return o.Title }
	}
	s.filter, s.marks = s.tree.filter, &marking{all: slices.Clone(o.Marks), keep: o.Keep}
	if o.ASCII {
		s.glyphs, s.words = &asciiGlyphs, words.English() // which has no other characters
	}
	if o.Terminal != nil {
		s.console = newConsole(o.Terminal)
	}
	s.control = newControlPane(&o, &s.words.Control)
	s.panes = o.Panes
	setHome(s, s.panes.Alone)
	s.side = s.home
	s.readers = []reader{s.details, s.summary, &ledgerPane{}, &explainPane{of: s.found}, s.control, s.written,
		s.lanes, s.requests}
	s.sections = o.Keys.rebind(s.table())
	if o.Projector {
		project(s)
	}
	if o.Replay != nil {
		s.cursor = replayCursor(o.Replay, o.Model)
		s.cursor.playing = true
		s.cursor.seek(1)
		s.cursor.work()
		s.begin(o.Filter)
		return s
	}
	if o.Tally == nil {
		o.Tally = model.New(o.Model)
	}
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	s.cursor = newCursor(o.Tally, o.Window, o.Past)
	s.begin(o.Filter)
	return s
}

// begin filters the tree from the start. What is wrong with the condition can be mended.
func (s *state) begin(condition string) {
	if condition != "" && s.filter.compile != nil && !s.filter.set(s, condition) {
		s.filter.text, s.mode = condition, s.filter
	}
}

// shown is the trace that is on the screen.
func (s *state) shown() *trace { return s.cursor.shown }

func (s *state) scene() scene { return scene{s.shown(), s.glyphs, s.words, s.flash()} }

// flash is how long what is new stands out: where the past is played slowly that is a shorter time of the trace.
func (s *state) flash() event.Time {
	if s.cursor.follows {
		return flash
	}
	return event.Time(float64(flash) * min(speeds[s.cursor.speed], 1))
}

// take takes in a batch of events, whatever moment is shown.
func (s *state) take(batch []event.Event) {
	for i := range batch {
		s.cursor.take(&batch[i])
		if e := &batch[i]; e.Kind == event.Exit && e.Flags.Has(event.GroupDead) {
			s.explain(s.cursor.head.model.Find(e.PID))
		}
	}
	s.quiet = false
}

// earlyEnd is how long a program lives at most that failed to begin with.
const earlyEnd = event.Time(10e9)

// explain shows the output of the launched program when p is that, and failed at once: why stands there.
func (s *state) explain(p *model.Process) {
	if p != nil && p.Root && p.Status != 0 && since0(p.Ended, s.cursor.head.start()) < earlyEnd && s.output != nil &&
		!sideOpen(s) {
		s.open(s.written)
	}
}

// end notes that no more events will come. Nobody reads keys then.
func (s *state) end() {
	s.cursor.end()
	s.typing.end(s)
}

// tick takes the time since boot, 0 when there is no clock, and how much of it passed.
func (s *state) tick(now, passed event.Time) {
	if s.live && s.cursor.log.grows && now != 0 {
		head := s.cursor.head
		head.now = max(head.now, now)
		if s.quiet {
			head.model.Advance(now)
		}
		s.quiet = true
	}
	s.cursor.pass(passed)
	if s.console != nil { // also where it is not shown: the program may have asked it
		s.console.read()
	}
}

// patience is after how much time the picture can change without a new event or key, in nanoseconds; 0 when it cannot.
func (s *state) patience() event.Time {
	switch {
	case s.cursor.playing:
		return frame
	case s.mode == s.typing, s.console != nil && s.console.behind:
		return frame
	case s.side == s.written && s.console != nil:
		return 100e6
	case s.side == s.written && s.output != nil: // whoever lives on writes on
		return 250e6
	case !s.live || !s.cursor.log.grows:
		return 0
	case s.cursor.follows && (s.lively || s.drawsPast()):
		return 100e6
	}
	return 1e9
}

// badge is what is shown, in a word.
func (s *state) badge() span {
	say := &s.words.Screen
	switch c := s.cursor; {
	case c.follows && c.log.grows:
		return span{text: " " + say.Live + " ", role: roleLive}
	case c.follows:
		return span{text: " " + say.EndedBadge + " ", role: roleEnded}
	case c.log.grows && !c.playing:
		return span{text: " " + say.Paused + " ", role: rolePaused}
	}
	return span{text: " " + say.Replay + " ", role: roleReplay}
}

// atEnd reports whether all of the trace has been taken in.
func (s *state) atEnd() bool { return !s.cursor.log.grows && s.cursor.atEnd() }

// layout is where everything stands at the present size.
func (s *state) layout() layout {
	what := sideText
	switch s.side {
	case nil:
		what = sideNone
	case s.events:
		what = sideEvents
	case s.written:
		if s.console != nil {
			what = sideTerminal
		}
	case s.lanes, s.requests:
		what = sideWide
	}
	return newLayout(s.w, s.h, arrangement{what, !s.cursor.follows, s.projector, *divisionOf(s)}, s.found.height)
}

// settle brings the panes in line with the trace.
func (s *state) settle() {
	s.found.look(s)
	s.found.measure(s)
	l := s.layout()
	s.found.settle(l.found.w, l.found.h)
	s.tree.settle(s, l.tree.w, l.rowsIn(s, s.tree, l.tree))
	switch {
	case l.small:
	case s.focus == focusFound && l.found.h > 0:
	case s.side == nil || l.side.h == 0:
		s.focus = focusTree
	case l.tree.h == 0:
		s.focus = focusSide
	case s.focus == focusFound:
		s.focus = focusTree
	}
	if s.side != nil {
		s.side.settle(s, l.side.w, l.rowsIn(s, s.side, l.side))
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

// point is the leader of the process that following scrolls to: that which the event at the cursor is about, or the
// newest one.
func (s *state) point() event.Task {
	n, ok := s.cursor.event()
	if !ok {
		return s.shown().newest
	}
	e := s.cursor.log.at(n)
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

// open shows a side pane, or goes back to the events when it is shown already.
func (s *state) open(p reader) {
	p.begin()
	if s.side == p {
		goHome(s)
		return
	}
	s.side = p
}

// divisionOf is how the screen is divided; for a projector apart, which is not remembered.
func divisionOf(s *state) *int {
	if s.projector {
		return &s.projected
	}
	return &s.panes.Split
}

// goHome closes what was opened.
func goHome(s *state) { s.side, s.focus = s.home, focusTree }

// project begins or ends the mode for a projector: all room is the tree's then, unless the events are asked for.
func project(s *state) {
	s.projector = !s.projector
	open := sideOpen(s)
	setHome(s, s.projector || s.panes.Alone)
	if !open {
		goHome(s)
	}
	s.redraw = true // in other colours
}

// setHome chooses whether the tree is alone where nothing was opened.
func setHome(s *state, alone bool) {
	if s.home = s.events; alone {
		s.home = nil
	}
}

// nextTheme goes through the themes.
func (s *state) nextTheme() {
	now := s.theme
	if now == nil {
		now = s.look()
	}
	s.theme = now.after().on(s.paper)
	s.notice = s.words.Screen.ThemeIs(s.theme.name)
}

func (s *state) toggleEvents() {
	alone := s.side == s.events
	if !s.projector {
		s.panes.Alone = alone
	}
	if setHome(s, alone); alone {
		goHome(s)
	} else {
		s.side = s.home
	}
}

// move does what an arrow or a page key asks for, in the pane that has the keys.
func (s *state) move(key string) {
	if helping(s) {
		s.help.scroll(s, rows(key, max(s.help.rows(s)-1, 1)))
		return
	}
	if s.focus == focusFound {
		s.found.move(key)
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
