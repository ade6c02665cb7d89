package viewer

import (
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// A row is what the tree says of a process, a thread or a coroutine: no more than data. cells makes a line of it.
type row struct {
	id      string // of the process or the thread; of a coroutine, the thread that runs it or did last
	state   rowState
	age     string
	name    string
	facts   []fact // the most important first
	accepts uint64
	below   uint64 // processes that are folded away
	handle  handle
	pointed bool // the event at the cursor is about it
}

// A fact is a few words about what a row is of.
type fact struct {
	role    role
	words   string
	accepts bool // the column of accepts says the same
	ending  bool // how it ended, which is less than what became of it
}

// handle says what the user can do to what is below a row.
type handle uint8

// The handles.
const (
	handleNone handle = iota
	handleFold
	handleUnfold
)

// rowState is how what a row is of is doing.
type rowState uint8

// The states.
const (
	rowAlive rowState = iota
	rowNew
	rowStopped
	rowLeaderless
	rowZombie
	rowZombies // many in one row
	rowEnding
	rowRootEnded // tracer reaps it, after the trace
	rowJustGone
	rowGone
	rowThread
	rowThreadEnded
	rowMade
	rowRunning
	rowWaiting
	rowFinished
	rowStateCount
)

// look is how a state appears. The word and the glyph say the same as the colours.
type look struct {
	id, name, state, age role
	word                 func(*words.ScreenWords) string
	glyph                func(*glyphs) string
}

// looks has a row for each state.
var looks = [rowStateCount]look{
	rowAlive: {roleText, roleText, roleAlive, roleDim,
		func(w *words.ScreenWords) string { return w.Alive }, func(g *glyphs) string { return g.alive }},
	rowNew: {roleBorn, roleBorn, roleBorn, roleBorn,
		func(w *words.ScreenWords) string { return w.New }, func(g *glyphs) string { return g.born }},
	rowStopped: {roleText, roleText, roleWarn, roleDim,
		func(w *words.ScreenWords) string { return w.Stopped }, func(g *glyphs) string { return g.stopped }},
	rowLeaderless: {roleText, roleText, roleWarn, roleDim,
		func(w *words.ScreenWords) string { return w.Alive }, func(g *glyphs) string { return g.leaderless }},
	rowZombie: {roleZombie, roleZombie, roleZombie, roleZombie,
		func(w *words.ScreenWords) string { return w.Zombie }, func(g *glyphs) string { return g.zombie }},
	rowZombies: {roleZombie, roleAlarm, roleZombie, roleZombie,
		func(w *words.ScreenWords) string { return w.Zombie }, func(g *glyphs) string { return g.zombie }},
	rowEnding: {roleText, roleText, roleWarn, roleDim,
		func(w *words.ScreenWords) string { return w.Ending }, func(g *glyphs) string { return g.gone }},
	rowRootEnded: {roleGone, roleGone, roleGone, roleGone,
		func(w *words.ScreenWords) string { return w.Ended }, func(g *glyphs) string { return g.gone }},
	rowJustGone: {roleJustGone, roleJustGone, roleJustGone, roleGone,
		func(w *words.ScreenWords) string { return w.Gone }, func(g *glyphs) string { return g.gone }},
	rowGone: {roleGone, roleGone, roleGone, roleGone,
		func(w *words.ScreenWords) string { return w.Gone }, func(g *glyphs) string { return g.gone }},
	rowThread: {roleThread, roleThread, roleThread, roleDim,
		func(w *words.ScreenWords) string { return w.Thread }, func(g *glyphs) string { return g.thread }},
	rowThreadEnded: {roleGone, roleGone, roleGone, roleDim,
		func(w *words.ScreenWords) string { return w.Ended }, func(g *glyphs) string { return g.gone }},
	rowMade: {roleDim, roleThread, roleThread, roleDim,
		func(w *words.ScreenWords) string { return w.Made }, func(g *glyphs) string { return g.coroutine }},
	rowRunning: {roleDim, roleThread, roleAlive, roleDim,
		func(w *words.ScreenWords) string { return w.Running }, func(g *glyphs) string { return g.coroutine }},
	rowWaiting: {roleDim, roleThread, roleThread, roleDim,
		func(w *words.ScreenWords) string { return w.WaitingState }, func(g *glyphs) string { return g.coroutine }},
	rowFinished: {roleGone, roleGone, roleGone, roleGone,
		func(w *words.ScreenWords) string { return w.Ended }, func(g *glyphs) string { return g.gone }},
}

// columns says which columns of the tree there is room for. The plain ones are what it is, since when, and its state in
// words, for who reads from afar.
type columns struct {
	plain   bool
	id      int  // width of an id, with a blank before it
	word    bool // the state as a word
	age     bool
	accepts bool
	tree    int // where the tree begins
	facts   int // where the facts begin, when the name before them is not too long
	end     int
}

const (
	stateWidth  = 7 // of the longest word
	ageWidth    = 6
	acceptWidth = 7
)

// columnsFor fits the columns into a pane of the given width. accepts: something was accepted, so that a column for it
// makes sense.
func columnsFor(width, idWidth int, accepts, plain bool) columns {
	if plain {
		c := columns{plain: true, word: true, age: width >= 34, tree: 1, end: width}
		c.facts = min(max(width*2/5, 14), 32)
		return c
	}
	c := columns{id: idWidth + 1, word: width >= 50, age: width >= 34, accepts: accepts && width >= 84, end: width}
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
	c.facts = c.tree + min(max((width-c.tree)*2/5, 12), 22)
	return c
}

// titles names the columns. tree is how the title of the tree is drawn.
func (c columns) titles(say *words.ScreenWords, tree role) line {
	l := line{mark: markBar}
	if c.plain {
		l.gap(c.tree+1).add(tree, say.Tree)
		c.ageCell(&l, roleDim, say.AgeTitle)
		l.gap(2).add(roleDim, say.StateTitle)
		return l
	}
	l.right(roleDim, say.PIDTitle, c.id).gap(1)
	at := c.id + 2
	if c.word {
		l.add(roleDim, say.StateTitle)
		at += stateWidth + 1
	}
	if c.age {
		at += ageWidth + 1
		l.right(roleDim, say.AgeTitle, at)
	}
	if c.accepts {
		at += acceptWidth + 1
		l.right(roleDim, say.AcceptsTitle, at)
	}
	l.to(c.tree).add(tree, say.Tree)
	return l
}

// ageCell is the age among the plain columns, behind what it is of.
func (c columns) ageCell(l *line, r role, age string) {
	l.to(c.facts)
	if c.age {
		l.right(r, age, c.facts+ageWidth+1)
	}
}

// cells lays a row out, with the lines of the tree before its name.
func (r *row) cells(branch line, c columns, g *glyphs, say *words.Language) line {
	var l line
	k := &looks[r.state]
	if r.pointed {
		l.add(roleStrong, g.cursor)
	}
	if c.plain {
		r.plainCells(&l, branch, c, g, say)
		return l
	}
	l.right(k.id, r.id, c.id)
	l.gap(1).add(k.state, k.glyph(g))
	at := c.id + 2
	if c.word {
		l.gap(1).add(k.state, k.word(&say.Screen))
		at += stateWidth + 1
	}
	if c.age {
		at += ageWidth + 1
		l.right(k.age, r.age, at)
	}
	if c.accepts {
		at += acceptWidth + 1
		if r.accepts > 0 {
			l.right(roleAccept, strconv.FormatUint(r.accepts, 10), at)
		}
	}
	l.to(c.tree)
	r.handleCells(&l, branch, g)
	l.gap(1).add(k.name, r.name)
	if r.below > 0 {
		l.add(roleKey, " +"+text.Count(r.below))
	}
	r.factCells(l.gap(2).to(c.facts), c, say.Punctuation.Comma)
	return l
}

// handleCells are the lines of the tree, up to the mark that folds.
func (r *row) handleCells(l *line, branch line, g *glyphs) {
	l.join(branch)
	switch {
	case r.handle == handleUnfold:
		l.add(roleKey, g.folded)
	case r.handle == handleFold:
		l.add(roleKey, g.open)
	case branch.width > 0:
		l.add(roleTree, g.leaf)
	default:
		l.gap(1)
	}
}

// plainFacts is how many facts stand in a plain row at most.
const plainFacts = 2

// plainCells lays a row out in the plain columns.
func (r *row) plainCells(l *line, branch line, c columns, g *glyphs, say *words.Language) {
	k := &looks[r.state]
	l.to(c.tree)
	r.handleCells(l, branch, g)
	tail := ""
	if r.id != "" { // others' rows name it
		tail = " " + r.id
	}
	if r.below > 0 {
		tail += " +" + text.Count(r.below)
	}
	room := max(c.facts-l.width-1, 0)
	name := text.Cut(r.name, max(room-text.Width(tail), 1), g.ellipsis)
	l.gap(1).add(k.name, text.Cut(strings.TrimSpace(name+tail), room, g.ellipsis))
	c.ageCell(l, k.age, r.age)
	l.gap(2).add(k.state, k.glyph(g)+" "+k.word(&say.Screen)).gap(2)
	few := *r
	few.facts = r.facts[:min(len(r.facts), plainFacts)]
	comma := say.Punctuation.Comma
	if len(few.facts) == plainFacts && few.facts[0].ending &&
		l.width+text.Width(few.facts[0].words+comma+few.facts[1].words) > c.end {
		few.facts = few.facts[1:]
	}
	few.factCells(l, c, comma)
}

// factCells adds the facts as far as they fit; the first one is always there, cut when it must be.
func (r *row) factCells(l *line, c columns, comma string) {
	first := true
	for _, f := range r.facts {
		if f.accepts && c.accepts {
			continue
		}
		if !first {
			if l.width+text.Width(comma)+text.Width(f.words) > c.end {
				return
			}
			l.add(f.role, comma)
		}
		first = false
		l.add(f.role, f.words)
	}
}

// flash is how long what was just born or has just gone stands out, for who looks on.
const flash = event.Time(700e6)

// A scene is a moment of a trace, for whoever says what is to be seen of it.
type scene struct {
	*trace
	glyphs *glyphs
	words  *words.Language
	flash  event.Time // how long in the trace what is new stands out
}

// processRow is the row of a process below which so much is shown.
func (v scene) processRow(p *model.Process, f fold) row {
	r := row{id: strconv.Itoa(int(p.PID)), state: v.stateOf(p), age: v.age(p), name: v.glyphs.safe(string(p.Comm)),
		accepts: p.Accepting().Accepts, facts: v.processFacts(p, f)}
	switch {
	case foldable(p) && f == foldAll:
		r.handle = handleUnfold
		r.below, _, _ = census(p)
	case foldable(p):
		r.handle = handleFold
	}
	return r
}

func (v scene) threadRow(th *model.Thread) row {
	r := row{id: strconv.Itoa(int(th.ID.TID)), state: rowThread, name: v.glyphs.safe(string(th.Comm)),
		accepts: th.Accepts, facts: v.threadFacts(th)}
	end := v.now
	if th.State == model.Gone {
		r.state, end = rowThreadEnded, th.Ended
	}
	r.age = since(end, born(th.Born, th.ID))
	return r
}

func (v scene) coroutineRow(c *model.Coroutine) row {
	r := row{name: v.words.CoroutineText(c.Runtime, c.Class, c.ID), facts: v.coroutineFacts(c)}
	if c.Thread != 0 {
		r.id = strconv.Itoa(int(c.Thread))
	}
	end := v.now
	switch c.State {
	case model.Made:
		r.state = rowMade
	case model.Running:
		r.state = rowRunning
	case model.Finished:
		r.state, end = rowFinished, c.Ended
	default:
		r.state = rowWaiting
	}
	r.age = since(end, c.Born)
	return r
}

func (v scene) stateOf(p *model.Process) rowState {
	switch {
	case p.State == model.Zombie && p.Root:
		return rowRootEnded
	case p.State == model.Zombie:
		return rowZombie
	case p.State == model.Ending:
		return rowEnding
	case p.State == model.Gone && since0(v.now, p.GoneAt) < v.flash:
		return rowJustGone
	case p.State == model.Gone:
		return rowGone
	case p.Stopped != 0:
		return rowStopped
	case p.Born != 0 && since0(v.now, p.Born) < v.flash:
		return rowNew
	case p.LeaderEnded:
		return rowLeaderless
	}
	return rowAlive
}

// changes reports whether the row of p changes within tenths of a second: a young zombie, or something that flashes.
func (v scene) changes(p *model.Process) bool {
	return since0(v.now, max(p.Born, p.GoneAt)) < v.flash || isZombie(p) && since0(v.now, p.ZombieSince) < 10e9
}

// isZombie reports whether p waits for somebody of the traced program's world to reap it. The launched root waits for
// tracer.
func isZombie(p *model.Process) bool { return p.State == model.Zombie && !p.Root }

// age is how long p lives, has been a zombie, or lived. Of one that was found dead, the first is a lower bound and the
// last not known.
func (v scene) age(p *model.Process) string {
	switch {
	case isZombie(p) && p.FoundDead:
		return text.LeastAgeText(p.ZombieTime(v.now))
	case isZombie(p):
		return since(v.now, p.ZombieSince)
	case p.State != model.Alive && p.FoundDead:
		return "?"
	case p.State != model.Alive:
		return since(p.Ended, born(p.Born, p.ID))
	}
	return since(v.now, born(p.Born, p.ID))
}

// born is when a task began: as traced, or by its own start time when that was before the trace.
func born(traced event.Time, id event.Task) event.Time {
	if traced == 0 {
		return id.Start
	}
	return traced
}

func since0(now, then event.Time) event.Time { return now - min(now, then) }

func since(now, then event.Time) string {
	if then == 0 {
		return "?"
	}
	return text.AgeText(since0(now, then))
}
