package viewer

import (
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// A node is one row of the tree: a process, or one of its threads.
type node struct {
	process *model.Process
	thread  *model.Thread // nil for a process
	parent  int32         // index of the row above it in the tree, -1 for a top
	depth   int32
	last    bool // no sibling follows
}

func (n *node) id() event.Task {
	if n.thread != nil {
		return n.thread.ID
	}
	return n.process.ID
}

// fold says how much of what is below a process is shown.
type fold uint8

// The folds, from little to much.
const (
	foldAll     fold = iota // neither children nor threads
	foldThreads             // children
	foldNone                // children and threads
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

	nodes  []node
	newest int // row of the newest process, -1 when it has none
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
func (t *treeState) flatten(m *model.Model, newest event.Task) {
	t.nodes, t.newest = t.nodes[:0], -1
	t.siblings(m.Tops(), -1, 0, newest)
}

func (t *treeState) siblings(p *model.Process, parent, depth int32, newest event.Task) {
	last := -1
	for ; p != nil; p = p.Next() {
		if t.hideGone && p.State == model.Gone {
			continue
		}
		last = len(t.nodes)
		if p.ID == newest {
			t.newest = last
		}
		t.nodes = append(t.nodes, node{process: p, parent: parent, depth: depth})
		if p.FirstChild() != nil || p.FirstThread() != nil {
			t.below(p, int32(last), depth+1, newest)
		}
	}
	if last >= 0 {
		t.nodes[last].last = true
	}
}

func (t *treeState) below(p *model.Process, row, depth int32, newest event.Task) {
	f, last := t.foldOf(p), -1
	if f == foldNone {
		for th := p.FirstThread(); th != nil; th = th.Next() {
			if t.hideGone && th.State == model.Gone {
				continue
			}
			last = len(t.nodes)
			t.nodes = append(t.nodes, node{process: p, thread: th, parent: row, depth: depth})
		}
	}
	if f != foldAll {
		t.siblings(p.FirstChild(), row, depth, newest)
	}
	if last == len(t.nodes)-1 && last >= 0 {
		t.nodes[last].last = true
	}
}

// settle brings selection and scrolling in line with the rows and with height, the rows that there is room for.
func (t *treeState) settle(height int) {
	if len(t.nodes) == 0 {
		t.row, t.top = 0, 0
		return
	}
	t.row = t.find()
	t.selected = t.nodes[t.row].id()
	if t.follow && t.newest >= 0 {
		t.show(t.newest, height)
	}
	t.top = max(0, min(t.top, len(t.nodes)-height))
}

// find gives the row of the selected one. When it has gone, the row at its place is taken.
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

// show scrolls so that row i can be seen.
func (t *treeState) show(i, height int) {
	if i < t.top {
		t.top = i
	} else if i >= t.top+height {
		t.top = i - height + 1
	}
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
func foldable(p *model.Process) bool { return p.FirstChild() != nil || p.FirstThread() != nil }

// columns says which columns of the tree there is room for.
type columns struct {
	word    bool // the state as a word
	age     bool
	accepts bool
	width   int // up to the tree itself
	name    int // of the tree and the command, so that what follows them is aligned
}

const (
	pidWidth    = 7
	stateWidth  = 8
	ageWidth    = 6
	acceptWidth = 7
)

func newColumns(width int, accepts bool) columns {
	c := columns{word: width >= 56, age: width >= 34, accepts: accepts && width >= 64}
	c.width = pidWidth + 3
	if c.word {
		c.width = pidWidth + 1 + stateWidth + 1
	}
	if c.age {
		c.width += ageWidth + 1
	}
	if c.accepts {
		c.width += acceptWidth + 1
	}
	c.name = min(max((width-c.width)*2/5, 12), 28)
	return c
}

func (s *state) treeTitle(width int, c columns) line {
	l := line{mark: markBar}
	l.right(roleDim, "PID", pidWidth)
	if c.word {
		l.gap(1).add(roleDim, "STATE")
		l.to(pidWidth + 1 + stateWidth)
	} else {
		l.gap(2)
	}
	at := l.width
	if c.age {
		at += ageWidth + 1
		l.right(roleDim, "AGE", at)
	}
	if c.accepts {
		at += acceptWidth + 1
		l.right(roleDim, "ACCEPTS", at)
	}
	role, word := roleDim, "TREE"
	if s.focus == focusTree {
		role = roleStrong
	}
	l.to(c.width).add(role, word)
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
	}
	if n.thread != nil {
		s.threadLine(&l, n, i, c)
	} else {
		s.processLine(&l, n, i, c)
	}
	return l
}

func (s *state) processLine(l *line, n *node, i int, c columns) {
	p, t := n.process, s.shown()
	look := s.stateOf(p)
	l.right(look.pid, strconv.Itoa(int(p.PID)), pidWidth)
	s.fixed(l, look, s.age(p), p.Accepts, c)
	s.branch(l, i, c)
	mark := " "
	if foldable(p) {
		mark = s.glyphs.open
		if s.tree.foldOf(p) == foldAll {
			mark = s.glyphs.folded
		}
	}
	l.add(roleKey, mark).gap(1)
	l.add(look.name, s.glyphs.safe(string(p.Comm)))
	if parts := s.story(p, t.model); len(parts) > 0 {
		l.gap(2).to(c.width + c.name)
		for k, part := range parts {
			if k > 0 {
				l.add(roleDim, ", ")
			}
			l.add(part.role, part.text)
		}
	}
}

func (s *state) threadLine(l *line, n *node, i int, c columns) {
	th := n.thread
	look := look{pid: roleThread, name: roleThread, state: roleThread, glyph: s.glyphs.thread, word: "thread"}
	end := s.shown().now
	if th.State == model.Gone {
		look.pid, look.name, look.state, look.glyph, look.word = roleGone, roleGone, roleGone, s.glyphs.gone, "ended"
		end = th.Ended
	}
	l.right(look.pid, strconv.Itoa(int(th.ID.TID)), pidWidth)
	s.fixed(l, look, since(end, born(th.Born, th.ID)), th.Accepts, c)
	s.branch(l, i, c)
	l.gap(2).add(look.name, s.glyphs.safe(string(th.Comm)))
	if th.State == model.Gone {
		l.gap(2).to(c.width+c.name).add(roleGone, "ended, "+text.StatusText(th.Status))
	}
}

// fixed adds the columns between the id and the tree.
func (s *state) fixed(l *line, k look, age string, accepts uint64, c columns) {
	l.gap(1).add(k.state, k.glyph)
	at := pidWidth + 3
	if c.word {
		l.gap(1).add(k.state, k.word)
		at = pidWidth + 1 + stateWidth + 1
	}
	if c.age {
		at += ageWidth + 1
		l.right(k.age, age, at-1)
	}
	if c.accepts {
		at += acceptWidth + 1
		if accepts > 0 {
			l.right(roleAccept, strconv.FormatUint(accepts, 10), at-1)
		}
	}
	l.to(at)
}

// branch adds the lines of the tree left of row i. Of a very deep one only the last levels are drawn.
func (s *state) branch(l *line, i int, c columns) {
	n := &s.tree.nodes[i]
	if n.depth == 0 {
		return
	}
	most := max(c.name/4, 3)
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
