package viewer

import (
	"slices"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// A node is one row of the tree: a process, one of its threads or one of its coroutines.
type node struct {
	process   *model.Process
	thread    *model.Thread    // nil but for a thread
	coroutine *model.Coroutine // nil but for a coroutine
	group     int32            // in the list of groups, from 1 on; 0 but for the row of a group
	id        rowID
	parent    int32 // index of the row above it in the tree, -1 for a top
	depth     int32
	last      bool // no sibling follows
	dim       bool // there for what is below it alone
}

// number is that of the task, which it keeps in all models of the trace.
func (n *node) number() uint64 {
	switch {
	case n.thread != nil:
		return n.thread.Number
	case n.coroutine != nil:
		return n.coroutine.Number
	}
	return n.process.Number
}

// rowID is what a row is of, whatever model it is taken from: a task, or all that are alike.
type rowID struct {
	task  event.Task
	alike alike
}

// coroutineID stands for a coroutine among the ids of tasks, to keep it selected: no task has such a number.
func coroutineID(c *model.Coroutine) event.Task {
	return event.Task{TID: -event.TID(c.Process.PID), Start: c.Born}
}

// inner reports whether the row is of something within a process.
func (n *node) inner() bool { return n.thread != nil || n.coroutine != nil }

// fold says how much of what is below a process is shown.
type fold uint8

// The folds, from little to much.
const (
	foldAll     fold = iota // nothing
	foldThreads             // children
	foldIdle                // children, coroutines, and threads that do something for a client, as far as there is room
	foldNone                // children, threads and coroutines
)

// treePane shows the forest.
type treePane struct {
	selected rowID
	row      int // of the selected one, as last drawn
	top      int // first row on the screen, if none stays in its place
	pins     []int
	follow   bool
	fits     bool       // general is foldIdle where there is room for what that shows
	general  fold       // of whatever has none of its own
	since    event.Time // with foldIdle, threads and coroutines that ended before it are hidden
	folds    map[event.Task]fold
	groups   groups
	hideGone bool
	chosen   int    // how often one was selected
	wanted   uint64 // number of the task to be selected once the cursor is there

	filter *filter

	nodes   []node
	pointed event.Task // what following scrolls to
	point   int        // row of what following scrolls to, -1 when it has none
	w, h    int
	cols    columns
}

func (t *treePane) keys(say *words.KeyWords) section {
	return section{title: say.Tree, bindings: []binding{
		{"next-zombie,previous-zombie", []string{"z", "Z"}, "z", say.Zombie.Label, 6, say.Zombie.Help, hasZombies,
			func(s *state, key string) { t.nextZombie(s, forward(key == "z")) }},
		{"fold,unfold", []string{"Left", "Right"}, "Left Right", say.Fold.Label, 7, say.Fold.Help, nil,
			func(s *state, key string) { t.foldStep(s, key) }},
		{"toggle-fold", []string{"Space"}, "", "", 0, say.FoldOne, following, func(*state, string) { t.foldToggle() }},
		{"fold-all", []string{"x"}, "", "", 0, say.FoldAll, nil, func(*state, string) { t.foldEverything() }},
		{"search", []string{"/", "F3"}, "/", say.Search.Label, 7, say.Search.Help, nil,
			func(s *state, _ string) { s.search.open(s) }},
		{"next-found,previous-found", []string{"n", "N"}, "", "", 0, say.Next, searching,
			func(s *state, key string) { s.search.next(s, forward(key == "n")) }},
		{"filter", []string{"&", "F4", "\\"}, "&", say.Filter.Label, 7, say.Filter.Help, filterable,
			func(s *state, _ string) { t.filter.open(s) }},
		{"back", []string{"Esc"}, "Esc", say.Unfilter.Label, 4, say.Unfilter.Help, filtered,
			func(*state, string) { t.filter.clear() }},
		{"follow", []string{"f"}, "f", say.Follow.Label, 8, say.Follow.Help, nil,
			func(*state, string) { t.follow = !t.follow }},
		{"threads", []string{"t"}, "t", say.Threads.Label, 8, say.Threads.Help, nil,
			func(*state, string) { t.foldThreads() }},
		{"gone", []string{"g"}, "g", say.Gone.Label, 8, say.Gone.Help, nil,
			func(*state, string) { t.hideGone = !t.hideGone }},
	}}
}

func hasZombies(s *state) bool { return s.shown().model.Counters().ZombiesNow > 0 }

func filterable(s *state) bool { return s.tree.filter.compile != nil }
func filtered(s *state) bool   { return s.tree.filter.active() }

// hides reports whether p and what is below it have no rows.
func (t *treePane) hides(p *model.Process) bool {
	return t.hideGone && p.State == model.Gone || t.filter.hides(p)
}

func (t *treePane) foldOf(p *model.Process) fold {
	if len(t.folds) > 0 {
		if f, ok := t.folds[p.ID]; ok {
			return f
		}
	}
	return t.general
}

// flatten lists the rows of the whole tree, with folds respected.
func (t *treePane) flatten(m *model.Model, point event.Task) {
	t.look(point)
	t.list(m)
}

// look forgets what the tree was made of before.
func (t *treePane) look(point event.Task) {
	t.pointed = point
	t.groups.reset()
}

func (t *treePane) list(m *model.Model) {
	t.nodes, t.point = t.nodes[:0], -1
	t.siblings(m, nil, -1, 0)
}

// siblings lists the rows of what is below a process, or of the tops where that is nil: groups of zombies first, since
// they are what matters most.
func (t *treePane) siblings(m *model.Model, above *model.Process, parent, depth int32) {
	p, span, member := t.groups.among(t, m, above)
	last := t.groups.rows(t, p, span, parent, depth)
	for ; p != nil; p = p.Next() {
		if t.hides(p) || member.of(p) >= 0 {
			continue
		}
		last = len(t.nodes)
		if p.ID == t.pointed {
			t.point = last
		}
		t.nodes = append(t.nodes, node{process: p, id: rowID{task: p.ID}, parent: parent, depth: depth,
			dim: t.filter.dims(p)})
		if foldable(p) {
			t.below(m, p, int32(last), depth+1)
		}
	}
	if last >= 0 {
		t.nodes[last].last = true
	}
}

func (t *treePane) below(m *model.Model, p *model.Process, row, depth int32) {
	f, last := t.foldOf(p), -1
	if f >= foldIdle && !t.filter.dims(p) {
		for th := p.FirstThread(); th != nil; th = th.Next() {
			if t.hideGone && th.State == model.Gone || f == foldIdle && t.idle(p, th) {
				continue
			}
			last = len(t.nodes)
			t.nodes = append(t.nodes, node{process: p, thread: th, id: rowID{task: th.ID}, parent: row, depth: depth})
		}
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			if c.State == model.Finished && (t.hideGone || f == foldIdle && c.Ended < t.since) {
				continue
			}
			last = len(t.nodes)
			t.nodes = append(t.nodes, node{process: p, coroutine: c, id: rowID{task: coroutineID(c)}, parent: row,
				depth: depth})
		}
	}
	if f != foldAll {
		t.siblings(m, p, row, depth)
	}
	if last == len(t.nodes)-1 && last >= 0 {
		t.nodes[last].last = true
	}
}

// idle reports whether a thread is of no interest while there is little room: it does nothing for a client, or ended
// long ago. Where there are no clients, and no children, all threads are of interest.
func (t *treePane) idle(p *model.Process, th *model.Thread) bool {
	return !busy(p, th) || th.State == model.Gone && th.Ended < t.since
}

func busy(p *model.Process, th *model.Thread) bool {
	return th.Accepts > 0 || th.Serves != nil ||
		p.FirstChild() == nil && p.Accepting().Accepts == 0 && p.Serves == nil && th.State != model.Gone
}

// fit folds threads and coroutines away when there is no room for those that live. They come back when they would fill
// no more than half of it, so that one that comes and goes does not have the others do so as well. Of those that have
// ended the last ones are shown, as many as there is room for.
func (t *treePane) fit(m *model.Model, room int) {
	if !t.fits {
		return
	}
	if t.general == foldThreads {
		room /= 2
	}
	t.general = foldThreads
	living, ended := t.rowsOf(m, nil, room, nil)
	if living > room {
		return
	}
	t.general, t.since = foldIdle, 0
	if over := len(ended) - (room - living); over > 0 {
		slices.Sort(ended)
		t.since = ended[over-1] + 1
	}
}

// rowsOf counts the rows of trees that are there with foldIdle in any case, until they are more than so many, and adds
// to ended when the threads and coroutines ended that are there if there is room.
func (t *treePane) rowsOf(m *model.Model, above *model.Process, most int, ended []event.Time) (int, []event.Time) {
	p, span, member := t.groups.among(t, m, above)
	n := t.groups.rowCount(span)
	for ; p != nil && n <= most; p = p.Next() {
		if t.hides(p) || member.of(p) >= 0 {
			continue
		}
		if n++; t.filter.dims(p) {
			below, laterEnded := t.rowsOf(m, p, most-n, ended)
			n, ended = n+below, laterEnded
			continue
		}
		for th := p.FirstThread(); th != nil && n <= most; th = th.Next() {
			switch {
			case !busy(p, th):
			case th.State != model.Gone:
				n++
			case !t.hideGone:
				ended = append(ended, th.Ended)
			}
		}
		for c := p.FirstCoroutine(); c != nil && n <= most; c = c.Next() {
			switch {
			case c.State != model.Finished:
				n++
			case !t.hideGone:
				ended = append(ended, c.Ended)
			}
		}
		var below int
		below, ended = t.rowsOf(m, p, most-n, ended)
		n += below
	}
	return n, ended
}

func (t *treePane) settle(s *state, w, h int) {
	t.w, t.h = w, h
	if s.cursor.busy() { // what was selected may not be there yet
		return
	}
	t.filter.look(s)
	t.look(s.point())
	t.fit(s.shown().model, h)
	t.list(s.shown().model)
	t.cols = columnsFor(w, s.shown().idWidth(), s.shown().model.Counters().Accepts > 0, s.projector)
	if len(t.nodes) == 0 {
		t.row, t.top, t.pins = 0, 0, nil
		return
	}
	if t.wanted != 0 {
		number := t.wanted
		t.wanted = 0
		t.chooseTask(s, number)
	}
	t.row = t.find()
	t.selected = t.nodes[t.row].id
	if t.follow && t.point >= 0 {
		t.show(t.point)
	}
	t.top = max(0, min(t.top, len(t.nodes)-max(h, 1)))
	t.pins = pinsOf(t, t.pins)
	if stay := len(t.pins); t.follow && t.point >= t.top && t.point < t.top+stay && !slices.Contains(t.pins, t.point) {
		t.top = max(t.point-stay, 0) // fewer stay there, if others do
		t.pins = pinsOf(t, t.pins)
	}
}

// find returns the row of the selected one. When it has gone, the row at its place is taken.
func (t *treePane) find() int {
	if t.row < len(t.nodes) && t.nodes[t.row].id == t.selected {
		return t.row
	}
	for i := range t.nodes {
		if t.nodes[i].id == t.selected {
			return i
		}
	}
	return max(0, min(t.row, len(t.nodes)-1))
}

// current is the row that is selected, nil when there is none.
func (t *treePane) current() *node {
	if t.row >= len(t.nodes) {
		return nil
	}
	return &t.nodes[t.row]
}

// show scrolls so that row i can be seen, and is not covered by a pinned one.
func (t *treePane) show(i int) {
	height := max(t.h, 1)
	if i < t.top || i == t.top && t.pinned() >= 0 {
		t.top = max(i-1, 0)
	} else if i >= t.top+height {
		t.top = i - height + 1
	}
}

// pinned is the parent of the first row that has been scrolled away, and stays; -1 when there is none.
func (t *treePane) pinned() int {
	if t.top >= len(t.nodes) || t.h < 4 {
		return -1
	}
	return int(t.nodes[t.top].parent)
}

// at is the row at a line of the pane; ok is false where there is none.
func (t *treePane) at(y int) (row int, ok bool) {
	if y >= 0 && y < len(t.pins) {
		return t.pins[y], true
	}
	row = t.top + y
	return row, y >= 0 && y < t.h && row < len(t.nodes)
}

func (t *treePane) move(s *state, key string) {
	if len(t.nodes) > 0 {
		t.choose(s, max(0, min(t.row+rows(key, max(t.h-1, 1)), len(t.nodes)-1)))
	}
}

// choose selects a row.
func (t *treePane) choose(s *state, row int) {
	t.row, t.follow, t.chosen = row, false, t.chosen+1
	t.selected = t.nodes[row].id
	t.show(row)
	s.details.begin()
}

func (t *treePane) scroll(_ *state, n int) {
	t.follow = false
	t.top = max(0, min(t.top+n, len(t.nodes)-t.h))
}

// click selects, and on the mark before a name it folds.
func (t *treePane) click(s *state, x, y int) {
	i, ok := t.at(y)
	if !ok {
		return
	}
	t.choose(s, i)
	branch := t.branches(s.glyphs).of(i)
	if x == t.cols.tree+branch.width && !t.nodes[i].inner() {
		t.foldToggle()
	}
}

// nextZombie selects the next zombie in the order of the tree, step 1, or the one before, -1.
func (t *treePane) nextZombie(s *state, step int) {
	t.findProcess(s, step, s.words.Screen.NoZombies, isZombie)
}

// findProcess selects the next process that is wanted after the selected one, around the end; folded ones are opened. A
// group of which all are wanted is selected as one.
func (t *treePane) findProcess(s *state, step int, none string, want func(*model.Process) bool) {
	here := t.current()
	stops := stopsOf(t, s.shown().model, want)
	at := slices.IndexFunc(stops, func(e stop) bool {
		return here != nil && (e.of != nil && e.of == t.groupOf(here) || e.process == here.process)
	})
	for k := 1; k <= len(stops); k++ {
		i := ((at+step*k)%len(stops) + len(stops)) % len(stops)
		if want(stops[i].process) {
			t.reveal(stops[i].process)
			if of := stops[i].of; of != nil {
				t.selected = rowID{alike: of.alike}
			}
			s.settle()
			t.show(t.row)
			return
		}
	}
	s.notice = none
}

// reveal opens all that hides p and selects it.
func (t *treePane) reveal(p *model.Process) {
	for up := p.Parent(); up != nil; up = up.Parent() {
		if t.foldOf(up) == foldAll {
			t.setFold(up, foldThreads)
		}
	}
	t.selected, t.follow, t.chosen = rowID{task: p.ID}, false, t.chosen+1
}

// chooseTask selects a task by its number; ok is false when it is not there at the cursor.
func (t *treePane) chooseTask(s *state, number uint64) (ok bool) {
	m := s.shown().model
	var p *model.Process
	var id event.Task
	m.Walk(func(q *model.Process, _ int) bool {
		if p == nil {
			if id, ok = taskOf(q, number); ok {
				p = q
			}
		}
		return p == nil
	})
	if p == nil {
		return false
	}
	t.reveal(p)
	if t.selected.task = id; id != p.ID && t.foldOf(p) < foldNone {
		t.setFold(p, foldNone)
	}
	t.flatten(m, s.point())
	t.row = t.find()
	t.show(t.row)
	s.details.begin()
	return true
}

// taskOf finds a task by its number in a process: that itself, a thread or a coroutine.
func taskOf(p *model.Process, number uint64) (id event.Task, ok bool) {
	if p.Number == number {
		return p.ID, true
	}
	for th := p.FirstThread(); th != nil; th = th.Next() {
		if th.Number == number {
			return th.ID, true
		}
	}
	for c := p.FirstCoroutine(); c != nil; c = c.Next() {
		if c.Number == number {
			return coroutineID(c), true
		}
	}
	return id, false
}

func (t *treePane) setFold(p *model.Process, f fold) {
	if t.folds == nil {
		t.folds = map[event.Task]fold{}
	}
	t.folds[p.ID] = f
}

// foldable reports whether p has something below it.
func foldable(p *model.Process) bool { return p.FirstChild() != nil || hasInner(p) }

// hasInner reports whether p has threads or coroutines to show.
func hasInner(p *model.Process) bool { return p.FirstThread() != nil || p.FirstCoroutine() != nil }

// hasBusy reports whether p has threads or coroutines that are shown even if there is little room.
func hasBusy(p *model.Process) bool {
	for th := p.FirstThread(); th != nil; th = th.Next() {
		if busy(p, th) {
			return true
		}
	}
	return p.FirstCoroutine() != nil
}

// foldStep folds or unfolds the selected process by one step; where nothing is left to fold, Left goes to the parent.
func (t *treePane) foldStep(s *state, key string) {
	who := t.current()
	if who == nil {
		return
	}
	p, f := who.process, t.foldOf(who.process)
	switch of := t.groupOf(who); {
	case of != nil && (key == "Right") != t.groups.open[of.alike]:
		t.setOpen(of, key == "Right")
	case key == "Right" && of != nil:
	case key == "Right" && !who.inner() && f < foldNone && foldable(p):
		t.setFold(p, unfolded(p, f))
	case key == "Left" && !who.inner() && f > foldAll && foldable(p):
		t.setFold(p, folded(p, f))
	case key == "Left" && who.parent >= 0:
		t.choose(s, int(who.parent))
	}
}

// folded and unfolded skip the step that would change nothing.
func folded(p *model.Process, f fold) fold {
	if p.FirstChild() != nil && (f == foldNone && hasInner(p) || f == foldIdle && hasBusy(p)) {
		return foldThreads
	}
	return foldAll
}

func unfolded(p *model.Process, f fold) fold {
	if f == foldAll && p.FirstChild() != nil {
		return foldThreads
	}
	return foldNone
}

// foldToggle folds the selected process wholly or shows all below it.
func (t *treePane) foldToggle() {
	who := t.current()
	if of := t.groupOf(who); of != nil {
		t.setOpen(of, !t.groups.open[of.alike])
	} else if who != nil && foldable(who.process) {
		t.selected = rowID{task: who.process.ID}
		if t.foldOf(who.process) == foldAll {
			t.setFold(who.process, max(t.general, foldThreads))
		} else {
			t.setFold(who.process, foldAll)
		}
	}
}

// foldEverything folds all, or nothing that there is room for.
func (t *treePane) foldEverything() {
	t.folds, t.groups.open = nil, nil
	if t.fits = t.general == foldAll; t.fits {
		t.general = foldIdle
	} else {
		t.general = foldAll
	}
}

// foldThreads shows all threads and coroutines, or folds them all, or those for which there is no room.
func (t *treePane) foldThreads() {
	t.folds = nil
	switch {
	case t.general != foldNone && t.general != foldThreads || t.fits:
		t.general, t.fits = foldNone, false
	case t.general == foldNone:
		t.general = foldThreads
	default:
		t.general, t.fits = foldIdle, true
	}
}

// changing reports whether a row on the screen changes within tenths of a second.
func (t *treePane) changing(v scene) bool {
	for y := range t.h {
		i, ok := t.at(y)
		if !ok {
			break
		}
		p := t.nodes[i].process
		if of := t.groupOf(&t.nodes[i]); of != nil {
			p = of.youngest
		}
		if v.changes(p) {
			return true
		}
	}
	return false
}

func (t *treePane) title(s *state) line {
	l := t.cols.titles(&s.words.Screen, titleRole(s.focus == focusTree))
	var more []string
	if t.follow {
		more = append(more, s.words.Screen.Following)
	}
	if t.hideGone {
		more = append(more, s.words.Screen.GoneHidden)
	}
	more = append(more, t.position(&s.words.Screen))
	hint := strings.TrimSpace(strings.Join(more, "  "))
	if room := t.w - l.width - text.Width(hint) - 5; t.filter.active() && room >= 8 {
		l.gap(2).add(roleKey, text.Cut(s.glyphs.safe(t.filter.condition), room, s.glyphs.ellipsis))
	}
	if room := t.w - l.width; text.Width(hint)+3 < room {
		l.right(roleDim, hint, t.w-1)
	}
	return l
}

// position says which rows are on the screen, empty when all are.
func (t *treePane) position(say *words.ScreenWords) string {
	if len(t.nodes) <= t.h {
		return ""
	}
	last := min(t.top+t.h, len(t.nodes))
	return say.Range(t.top+1, last, len(t.nodes))
}

func (t *treePane) lines(s *state) []line {
	if len(t.nodes) == 0 && t.filter.active() {
		nothing := s.words.Screen.NothingMatches(s.glyphs.safe(t.filter.condition))
		return []line{textLine(roleDim, "  "+nothing)}
	}
	if len(t.nodes) == 0 {
		return []line{textLine(roleDim, "  "+s.words.Screen.NothingRuns)}
	}
	var lines []line
	for y := range t.h {
		if i, ok := t.at(y); ok {
			lines = append(lines, t.line(s, i))
		}
	}
	return lines
}

// line is one row of the tree.
func (t *treePane) line(s *state, i int) line {
	r := t.rowOf(s.scene(), &t.nodes[i])
	r.pointed = !s.cursor.follows && i == t.point
	if r.handle == handleFold && t.filter.active() && !t.opens(i) {
		r.handle = handleNone
	}
	if t.nodes[i].dim {
		r.facts, r.accepts = nil, 0
	}
	l := r.cells(t.branches(s.glyphs).of(i), t.cols, s.glyphs, s.words)
	if t.nodes[i].dim {
		for i := range l.spans {
			l.spans[i].role = roleDim
		}
	}
	switch {
	case i == t.row && s.focus == focusTree:
		l.mark = markSelected
	case i == t.row:
		l.mark = markBlurred
	case slices.Contains(t.pins, i):
		l.mark = markBar
	}
	return l
}

// opens reports whether there are rows below row i.
func (t *treePane) opens(i int) bool { return i+1 < len(t.nodes) && t.nodes[i+1].parent == int32(i) }

func (t *treePane) rowOf(v scene, n *node) row {
	switch {
	case n.group != 0:
		of := t.groupOf(n)
		return v.groupRow(of, t.groups.open[of.alike])
	case n.thread != nil:
		return v.threadRow(n.thread)
	case n.coroutine != nil:
		return v.coroutineRow(n.coroutine)
	}
	return v.processRow(n.process, t.foldOf(n.process))
}
