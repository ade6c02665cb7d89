package viewer

import (
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// A node is one row of the tree: a process, one of its threads or one of its coroutines.
type node struct {
	process   *model.Process
	thread    *model.Thread    // nil but for a thread
	coroutine *model.Coroutine // nil but for a coroutine
	parent    int32            // index of the row above it in the tree, -1 for a top
	depth     int32
	last      bool // no sibling follows
}

func (n *node) id() event.Task {
	switch {
	case n.thread != nil:
		return n.thread.ID
	case n.coroutine != nil:
		return coroutineID(n.coroutine)
	}
	return n.process.ID
}

// inner reports whether the row is of something within a process.
func (n *node) inner() bool { return n.thread != nil || n.coroutine != nil }

// fold says how much of what is below a process is shown.
type fold uint8

// The folds, from little to much.
const (
	foldAll     fold = iota // nothing
	foldThreads             // children
	foldNone                // children, threads and coroutines
)

// treeState is what the user did to the tree.
type treeState struct {
	selected event.Task
	row      int // of the selected one, as last drawn
	top      int // first row on the screen
	follow   bool
	general  fold // of whatever has none of its own
	folds    map[event.Task]fold
	hideGone bool

	nodes []node
	point int // row of what following scrolls to, -1 when it has none
}

func (t *treeState) foldOf(p *model.Process) fold {
	if len(t.folds) > 0 {
		if f, ok := t.folds[p.ID]; ok {
			return f
		}
	}
	return t.general
}

// flatten lists the rows of the whole tree, with folds respected.
func (t *treeState) flatten(m *model.Model, point event.Task) {
	t.nodes, t.point = t.nodes[:0], -1
	t.siblings(m.Tops(), -1, 0, point)
}

func (t *treeState) siblings(p *model.Process, parent, depth int32, point event.Task) {
	last := -1
	for ; p != nil; p = p.Next() {
		if t.hideGone && p.State == model.Gone {
			continue
		}
		last = len(t.nodes)
		if p.ID == point {
			t.point = last
		}
		t.nodes = append(t.nodes, node{process: p, parent: parent, depth: depth})
		if foldable(p) {
			t.below(p, int32(last), depth+1, point)
		}
	}
	if last >= 0 {
		t.nodes[last].last = true
	}
}

func (t *treeState) below(p *model.Process, row, depth int32, point event.Task) {
	f, last := t.foldOf(p), -1
	if f == foldNone {
		for th := p.FirstThread(); th != nil; th = th.Next() {
			if t.hideGone && th.State == model.Gone {
				continue
			}
			last = len(t.nodes)
			t.nodes = append(t.nodes, node{process: p, thread: th, parent: row, depth: depth})
		}
		last = t.coroutineRows(p, row, depth, last)
	}
	if f != foldAll {
		t.siblings(p.FirstChild(), row, depth, point)
	}
	if last == len(t.nodes)-1 && last >= 0 {
		t.nodes[last].last = true
	}
}

// settle brings selection and scrolling in line with the rows and with height, the rows that there is room for.
func (t *treeState) settle(height int) {
	height = max(height, 1)
	if len(t.nodes) == 0 {
		t.row, t.top = 0, 0
		return
	}
	t.row = t.find()
	t.selected = t.nodes[t.row].id()
	if t.follow && t.point >= 0 {
		t.show(t.point, height)
	}
	t.top = max(0, min(t.top, len(t.nodes)-height))
}

// find returns the row of the selected one. When it has gone, the row at its place is taken.
func (t *treeState) find() int {
	if t.row < len(t.nodes) && t.nodes[t.row].id() == t.selected {
		return t.row
	}
	for i := range t.nodes {
		if t.nodes[i].id() == t.selected {
			return i
		}
	}
	return max(0, min(t.row, len(t.nodes)-1))
}

// show scrolls so that row i can be seen, and is not covered by a pinned one.
func (t *treeState) show(i, height int) {
	height = max(height, 1)
	if i < t.top || i == t.top && t.pinned(height) >= 0 {
		t.top = max(i-1, 0)
	} else if i >= t.top+height {
		t.top = i - height + 1
	}
}

// pinned is the row that is shown in the place of the first one, because that one's parent has been scrolled away; -1
// when none is.
func (t *treeState) pinned(height int) int {
	if t.top >= len(t.nodes) || height < 4 {
		return -1
	}
	return int(t.nodes[t.top].parent)
}

// at is the row at a place on the screen; ok is false where there is none.
func (t *treeState) at(place, height int) (row int, ok bool) {
	if p := t.pinned(height); place == 0 && p >= 0 {
		return p, true
	}
	row = t.top + place
	return row, place >= 0 && place < height && row < len(t.nodes)
}

// reveal opens all that hides p and selects it.
func (t *treeState) reveal(p *model.Process) {
	for up := p.Parent(); up != nil; up = up.Parent() {
		if t.foldOf(up) == foldAll {
			t.setFold(up, foldThreads)
		}
	}
	t.selected, t.follow = p.ID, false
}

func (t *treeState) setFold(p *model.Process, f fold) {
	if t.folds == nil {
		t.folds = map[event.Task]fold{}
	}
	t.folds[p.ID] = f
}

// foldable reports whether p has something below it.
func foldable(p *model.Process) bool { return p.FirstChild() != nil || hasInner(p) }

// hasInner reports whether p has threads or coroutines to show.
func hasInner(p *model.Process) bool { return p.FirstThread() != nil || p.FirstCoroutine() != nil }

// columns says which columns of the tree there is room for.
type columns struct {
	id      int  // width of an id, with a blank before it
	word    bool // the state as a word
	age     bool
	accepts bool
	tree    int // where the tree begins
	story   int // where the story of a process begins, when its name is not too long
	end     int
}

const (
	stateWidth  = 7 // of the longest word
	ageWidth    = 6
	acceptWidth = 7
)

// columnsFor fits the columns into a pane of the given width.
func (s *state) columnsFor(width int) columns {
	c := columns{id: s.shown().idWidth() + 1, word: width >= 50, age: width >= 34, accepts: s.hasAccepts() &&
		width >= 84, end: width}
	c.tree = c.id + 2
	if c.word {
		c.tree += stateWidth + 1
	}
	if c.age {
		c.tree += ageWidth + 1
	}
	if c.accepts {
		c.tree += acceptWidth + 1
	}
	c.tree++
	c.story = c.tree + min(max((width-c.tree)*2/5, 12), 22)
	return c
}

func (s *state) treeTitle(width int, c columns) line {
	l := line{mark: markBar}
	l.right(roleDim, "PID", c.id).gap(1)
	at := c.id + 2
	if c.word {
		l.add(roleDim, "STATE")
		at += stateWidth + 1
	}
	if c.age {
		at += ageWidth + 1
		l.right(roleDim, "AGE", at)
	}
	if c.accepts {
		at += acceptWidth + 1
		l.right(roleDim, "ACCEPTS", at)
	}
	role := roleDim
	if s.focus == focusTree {
		role = roleStrong
	}
	l.to(c.tree).add(role, "TREE")
	var more []string
	if s.tree.follow {
		more = append(more, "following")
	}
	if s.tree.hideGone {
		more = append(more, "gone hidden")
	}
	more = append(more, s.position())
	hint := strings.TrimSpace(strings.Join(more, "  "))
	if room := width - l.width; text.Width(hint)+3 < room {
		l.right(roleDim, hint, width-1)
	}
	return l
}

// position tells which rows are on the screen, empty when all are.
func (s *state) position() string {
	t, height := &s.tree, s.treeRows()
	if len(t.nodes) <= height {
		return ""
	}
	last := min(t.top+height, len(t.nodes))
	return strconv.Itoa(t.top+1) + "-" + strconv.Itoa(last) + " of " + strconv.Itoa(len(t.nodes))
}

// treeLine is one row of the tree.
func (s *state) treeLine(i int, c columns) line {
	n := &s.tree.nodes[i]
	var l line
	switch {
	case i == s.tree.row && s.focus == focusTree:
		l.mark = markSelected
	case i == s.tree.row:
		l.mark = markBlurred
	case i < s.tree.top:
		l.mark = markBar
	}
	switch {
	case n.thread != nil:
		s.threadLine(&l, n, i, c)
	case n.coroutine != nil:
		s.coroutineLine(&l, n, i, c)
	default:
		s.processLine(&l, n, i, c)
	}
	return l
}

func (s *state) processLine(l *line, n *node, i int, c columns) {
	p := n.process
	look := s.stateOf(p)
	if s.replay != nil && i == s.tree.point {
		l.add(roleStrong, s.glyphs.cursor)
	}
	l.right(look.pid, strconv.Itoa(int(p.PID)), c.id)
	s.fixed(l, look, s.age(p), p.Accepts, c)
	s.branch(l, i, c)
	switch {
	case foldable(p) && s.tree.foldOf(p) == foldAll:
		l.add(roleKey, s.glyphs.folded)
	case foldable(p):
		l.add(roleKey, s.glyphs.open)
	case n.depth > 0:
		l.add(roleTree, s.glyphs.leaf)
	default:
		l.gap(1)
	}
	l.gap(1).add(look.name, s.glyphs.safe(string(p.Comm)))
	if below := s.folded(p); below > 0 {
		l.add(roleKey, " +"+text.Count(below))
	}
	tell(l, s.story(p), c)
}

// tell adds the parts of a story as far as they fit; the first one is always there, cut when it must be.
func tell(l *line, parts []span, c columns) {
	l.gap(2).to(c.story)
	for k, part := range parts {
		if k > 0 {
			if l.width+2+text.Width(part.text) > c.end {
				return
			}
			l.add(part.role, ", ")
		}
		l.add(part.role, part.text)
	}
}

func (s *state) threadLine(l *line, n *node, i int, c columns) {
	th := n.thread
	look := look{pid: roleThread, name: roleThread, state: roleThread, age: roleDim, glyph: s.glyphs.thread,
		word: "thread"}
	end := s.shown().now
	if th.State == model.Gone {
		look.pid, look.name, look.state, look.glyph, look.word = roleGone, roleGone, roleGone, s.glyphs.gone, "ended"
		end = th.Ended
	}
	l.right(look.pid, strconv.Itoa(int(th.ID.TID)), c.id)
	s.fixed(l, look, since(end, born(th.Born, th.ID)), th.Accepts, c)
	s.branch(l, i, c)
	l.add(roleTree, s.glyphs.leaf).gap(1).add(look.name, s.glyphs.safe(string(th.Comm)))
	parts := s.service(&th.Service)
	if th.State == model.Gone {
		parts = append(parts, span{text.StatusText(th.Status), roleGone})
	} else if th.Accepts > 0 && !c.accepts {
		parts = append(parts, span{text.Plural(th.Accepts, "accept", "accepts"), roleAccept})
	}
	tell(l, parts, c)
}

// fixed adds the columns between the id and the tree.
func (s *state) fixed(l *line, k look, age string, accepts uint64, c columns) {
	l.gap(1).add(k.state, k.glyph)
	at := c.id + 2
	if c.word {
		l.gap(1).add(k.state, k.word)
		at += stateWidth + 1
	}
	if c.age {
		at += ageWidth + 1
		l.right(k.age, age, at)
	}
	if c.accepts {
		at += acceptWidth + 1
		if accepts > 0 {
			l.right(roleAccept, strconv.FormatUint(accepts, 10), at)
		}
	}
	l.to(c.tree)
}

// branch adds the lines of the tree left of row i. Of a very deep one only the last levels are drawn.
func (s *state) branch(l *line, i int, c columns) {
	n := &s.tree.nodes[i]
	if n.depth == 0 {
		return
	}
	most := max((c.story-c.tree)/4, 3)
	levels := make([]string, 0, most)
	glyph := s.glyphs.tee
	if n.last {
		glyph = s.glyphs.corner
	}
	levels = append(levels, glyph)
	for up := n.parent; s.tree.nodes[up].depth > 0 && len(levels) < most; up = s.tree.nodes[up].parent {
		glyph = s.glyphs.pipe
		if s.tree.nodes[up].last {
			glyph = s.glyphs.blank
		}
		levels = append(levels, glyph)
	}
	if int(n.depth) > most {
		levels[most-1] = s.glyphs.deeper
	}
	for k := len(levels) - 1; k >= 0; k-- {
		l.add(roleTree, levels[k])
	}
}
