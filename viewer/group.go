package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// alikeFrom is how many zombies of one parent, alike, are one row: from here on they are more than one reads.
const alikeFrom = 10

// alike is what zombies have in common that stand in one row.
type alike struct {
	parent event.PID // who is to reap them; negative: of whom there is no row above them
	comm   event.Text
	doubt  doubt
}

// doubt says why a row is not sure.
type doubt uint8

// The doubts.
const (
	sure doubt = iota
	guessed
	endUnseen
)

// A group is zombies that are alike, and have no rows of their own unless it is open.
type group struct {
	alike
	count            uint64
	oldest, youngest *model.Process      // by their ends
	foundDead        bool                // of one of them, for how long it is a zombie is not known
	chosen           *model.Process      // the one that is selected, nil for none
	pointed          bool                // the event at the cursor is about one of them
	ends             [mostEndings]ending // the first few ways to have ended that were met; those not met have no count
	others           uint64              // those that ended otherwise
}

// An ending is how many ended with a status.
type ending struct {
	status int32
	count  uint64
}

const mostEndings = 3

// groups are those of the tree at a moment.
type groups struct {
	list  []group
	of    []int32 // of each zombie that was looked at, its group's place in list, -1 for none
	spans []litter
	index map[alike]int // in list
	last  int           // the one that was looked for last
	open  map[alike]bool
}

// litter is the zombies among siblings.
type litter struct {
	above    *model.Process // nil: the siblings are at the top
	from, to int            // their groups in list
	of, end  int            // where they are in of
}

func (g *groups) reset() {
	g.list, g.of, g.spans, g.last = g.list[:0], g.of[:0], g.spans[:0], -1
	clear(g.index)
}

// zombiesBelow are those among the children of p, or at the top where that is nil; there no less than all.
func zombiesBelow(m *model.Model, p *model.Process) int {
	if p == nil {
		return int(m.Counters().ZombiesNow)
	}
	return p.Zombies
}

// mayHave reports whether siblings can make groups: below p, or at the top where that is nil. It spares them a look.
func (g *groups) mayHave(m *model.Model, p *model.Process) bool {
	return zombiesBelow(m, p) >= alikeFrom
}

// alikeKey says with which others a zombie is in a row; ok is false for one that needs a row of its own: it is none
// that any wait of its parent reaps, or something of it is still there.
func alikeKey(m *model.Model, p *model.Process, above *model.Process) (key alike, ok bool) {
	if !isZombie(p) || p.FirstChild() != nil || hasInner(p) || p.Serves != nil && p.Serves.Closed == 0 ||
		!model.AnyWait(m, p) {
		return alike{}, false
	}
	key = alike{parent: p.ParentPID, comm: p.Comm}
	if above == nil {
		key.parent = -key.parent - 1
	}
	switch {
	case model.EndUnseen(m, p):
		key.doubt = endUnseen
	case p.Guessed:
		key.doubt = guessed
	}
	return key, true
}

// at is the place in list of those with such a key, -1 when there are none.
func (g *groups) at(key alike) int {
	if g.last >= 0 && g.list[g.last].alike == key {
		return g.last
	}
	i, ok := g.index[key]
	if !ok {
		return -1
	}
	g.last = i
	return i
}

// add takes a zombie in, and returns the place of its group in list.
func (g *groups) add(key alike, p *model.Process) int {
	i := g.at(key)
	if i < 0 {
		if g.index == nil {
			g.index = map[alike]int{}
		}
		i = len(g.list)
		g.list = append(g.list, group{alike: key, oldest: p, youngest: p})
		g.index[key], g.last = i, i
	}
	of := &g.list[i]
	of.count++
	of.foundDead = of.foundDead || p.FoundDead
	if p.ZombieSince < of.oldest.ZombieSince {
		of.oldest = p
	}
	if p.ZombieSince >= of.youngest.ZombieSince {
		of.youngest = p
	}
	of.endedWith(p.Status)
	return i
}

func (g *group) endedWith(status int32) {
	for i := range g.ends {
		if e := &g.ends[i]; e.count == 0 || e.status == status {
			e.status, e.count = status, e.count+1
			return
		}
	}
	g.others++
}

// large reports whether so many are alike that they are one row.
func (g *group) large() bool { return g.count >= alikeFrom }

// one is the process that the row stands for where there can be only one: that which is selected, or the oldest.
func (g *group) one() *model.Process {
	if g.chosen != nil {
		return g.chosen
	}
	return g.oldest
}

// among returns the first of the siblings below a process, or at the top where that is nil, their groups, and what goes
// over them.
func (g *groups) among(t *treePane, m *model.Model, above *model.Process) (*model.Process, litter, membership) {
	p, span := m.Tops(), litter{}
	if above != nil {
		p = above.FirstChild()
	}
	if g.mayHave(m, above) {
		span = g.gather(t, m, p, above)
	}
	return p, span, membership{t, span.of, span.end}
}

// gather finds the groups among siblings, of which p is the first, unless that has been done for this picture.
func (g *groups) gather(t *treePane, m *model.Model, p, above *model.Process) litter {
	for i := range g.spans {
		if g.spans[i].above == above {
			return g.spans[i]
		}
	}
	span := litter{above: above, from: len(g.list), of: len(g.of)}
	for left := zombiesBelow(m, above); p != nil && left > 0; p = p.Next() {
		if !isZombie(p) {
			continue
		}
		if left--; t.hides(p) {
			continue
		}
		key, ok := alikeKey(m, p, above)
		if !ok {
			g.of = append(g.of, -1)
			continue
		}
		i := g.add(key, p)
		g.of = append(g.of, int32(i))
		of := &g.list[i]
		if p.ID == t.selected.task {
			of.chosen = p
		}
		of.pointed = of.pointed || p.ID == t.pointed
	}
	span.to, span.end = len(g.list), len(g.of)
	g.spans = append(g.spans, span)
	return span
}

// A membership goes over siblings in their order, and knows of each in which group it is.
type membership struct {
	tree *treePane
	next int // in of
	end  int
}

// of is the place in the list of groups of the next sibling, -1 for one with a row of its own. It is not asked for
// those that are hidden.
func (k *membership) of(p *model.Process) int {
	if k.next == k.end || !isZombie(p) {
		return -1
	}
	g := &k.tree.groups
	i := int(g.of[k.next])
	if k.next++; i >= 0 && g.list[i].large() {
		return i
	}
	return -1
}

// rows lists the rows of groups among siblings, and returns the last of those that are at their depth, -1 for none.
func (g *groups) rows(t *treePane, p *model.Process, span litter, parent, depth int32) (last int) {
	last = -1
	for i := span.from; i < span.to; i++ {
		of := &g.list[i]
		if !of.large() {
			continue
		}
		last = len(t.nodes)
		t.nodes = append(t.nodes, node{process: of.one(), group: int32(i) + 1, parent: parent, depth: depth,
			id: rowID{alike: of.alike}})
		open := g.open[of.alike]
		switch {
		case open:
			g.members(t, p, span, i)
		case of.chosen != nil:
			t.nodes[last].id = rowID{task: of.chosen.ID}
		}
		if of.pointed && !open {
			t.point = last
		}
	}
	return last
}

// members lists the rows of a group that is open.
func (g *groups) members(t *treePane, p *model.Process, span litter, group int) {
	head, member := int32(len(t.nodes)-1), membership{t, span.of, span.end}
	for ; p != nil; p = p.Next() {
		if !isZombie(p) || t.hides(p) || member.of(p) != group {
			continue
		}
		if p.ID == t.pointed {
			t.point = len(t.nodes)
		}
		t.nodes = append(t.nodes, node{process: p, parent: head, depth: t.nodes[head].depth + 1,
			id: rowID{task: p.ID}})
	}
	t.nodes[len(t.nodes)-1].last = true
}

// rowCount is how many rows the groups among siblings take.
func (g *groups) rowCount(span litter) (n int) {
	for i := span.from; i < span.to; i++ {
		of := &g.list[i]
		if of.large() {
			n++
		}
		if of.large() && g.open[of.alike] {
			n += int(of.count)
		}
	}
	return n
}

// groupOf is the group that a row stands for, nil for none.
func (t *treePane) groupOf(n *node) *group {
	if n == nil || n.group == 0 {
		return nil
	}
	return &t.groups.list[n.group-1]
}

// around is the group that p is in, nil when it has a row of its own in any case.
func (g *groups) around(m *model.Model, p *model.Process) *group {
	if p.State != model.Zombie {
		return nil
	}
	key, ok := alikeKey(m, p, p.Parent())
	if !ok {
		return nil
	}
	if i := g.at(key); i >= 0 && g.list[i].large() {
		return &g.list[i]
	}
	return nil
}

// A stop is where a search can end: a process, or a group that is not open.
type stop struct {
	process *model.Process
	of      *group
}

// stopsOf are all processes that are not hidden, in the order of the tree. A group that is not open is one stop, but
// where some in it are wanted and some are not each of those is one.
func stopsOf(t *treePane, m *model.Model, want func(*model.Process) bool) (all []stop) {
	wanted, seen := map[*group]uint64{}, map[*group]bool{}
	m.Walk(func(p *model.Process, _ int) bool {
		if t.hides(p) {
			return false
		}
		of := t.groups.around(m, p)
		if of != nil && t.groups.open[of.alike] {
			of = nil
		}
		if of != nil && want(p) {
			wanted[of]++
		}
		all = append(all, stop{p, of})
		return true
	})
	kept := all[:0]
	for _, e := range all {
		if n := wanted[e.of]; n != 0 && n != e.of.count {
			e.of = nil
		}
		if e.of == nil || !seen[e.of] {
			kept = append(kept, e)
		}
		seen[e.of] = true
	}
	return kept
}

// setOpen opens or closes a group. Its row becomes the selected one.
func (t *treePane) setOpen(of *group, open bool) {
	if t.groups.open == nil {
		t.groups.open = map[alike]bool{}
	}
	delete(t.groups.open, of.alike)
	if open {
		t.groups.open[of.alike] = true
	}
	t.selected = rowID{alike: of.alike}
}

// groupRow is the row of a group.
func (v scene) groupRow(g *group, open bool) row {
	r := row{state: rowZombies, age: since(v.now, g.oldest.ZombieSince), handle: handleUnfold,
		name:  text.Count(g.count) + " " + v.glyphs.times + " " + v.glyphs.safe(string(g.comm)),
		facts: v.groupFacts(g)}
	if open {
		r.handle = handleFold
	}
	if g.foundDead {
		r.age = text.LeastAgeText(g.oldest.ZombieTime(v.now))
	}
	if g.chosen != nil && !open {
		r.id = strconv.Itoa(int(g.chosen.PID))
	}
	return r
}

func (v scene) groupFacts(g *group) []fact {
	var l factList
	l = append(l, fact{role: roleZombie, words: v.endings(g), ending: true})
	parent := g.oldest.ParentPID
	if who := parentText(parent); who == "" {
		l.add(roleZombie, v.words.Facts.ParentMustReapThem)
	} else {
		l.add(roleZombie, v.words.Facts.MustReapThem(who))
	}
	if p := v.model.Find(parent); p != nil && p.Stopped != 0 {
		l.add(roleZombie, v.words.Facts.ParentStopped(parent))
	}
	young := since(v.now, g.youngest.ZombieSince)
	if old := since(v.now, g.oldest.ZombieSince); young != old && !g.foundDead {
		l.add(roleZombie, v.words.Facts.ZombiesFor(young, old))
	}
	switch g.doubt {
	case endUnseen:
		l.add(roleWarn, v.words.Events.EndUnseen)
	case guessed:
		l.add(roleWarn, v.words.Events.Guessed)
	}
	return l
}

// endings say how those in a group ended: each way with its number, if there is more than one.
func (v scene) endings(g *group) string {
	if g.ends[0].count == g.count {
		return v.words.StatusText(g.ends[0].status)
	}
	all := ""
	for _, e := range g.ends {
		if e.count == 0 {
			break
		}
		if all != "" {
			all += v.words.Punctuation.Comma
		}
		all += text.Count(e.count) + " " + v.glyphs.times + " " + v.words.StatusText(e.status)
	}
	if g.others > 0 {
		all += v.words.Punctuation.Comma + v.words.Screen.More(g.others)
	}
	return all
}
