package viewer

import (
	"sort"
	"strconv"

	"tracer/event"
	"tracer/timeline"
	"tracer/words"
)

// laneGlyphs are the characters that lanes are drawn with. Each has an ASCII twin of the same width.
type laneGlyphs struct {
	alive, thread, waiting, running, stopped, serves, several        string
	ending, zombie                                                   string
	begin, orphan, reaped, ended, brief                              string
	down, up, line, across, now, tick                                string
	accept, handler, discard, signal, kill, adopted, exec, coalesced string
	coalescing                                                       string
	holds, handedDown, handedUp, hands                               string
	levels                                                           [8]string // of bars in one line
}

var unicodeLanes = laneGlyphs{
	alive: "━", thread: "─", waiting: "┄", running: "━", stopped: "═", ending: "╌", zombie: "┅",
	serves: "▄", several: "x",
	begin: "┕", orphan: "╺", reaped: "┘", ended: "╸", brief: "▪",
	down: "┯", up: "▲", line: "│", across: "┿", now: "│", tick: "╵",
	accept: "○", handler: "▹", discard: "∅", signal: "▾", kill: "↯", adopted: "↷", exec: "◆", coalesced: "×",
	coalescing: "┈", holds: "≈", handedDown: "↓", handedUp: "↑", hands: "┬",
	levels: [...]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
}

var asciiLanes = laneGlyphs{
	alive: "=", thread: "-", waiting: ".", running: "=", stopped: "T", ending: ",", zombie: ":",
	serves: "#", several: "x",
	begin: "`", orphan: "[", reaped: "'", ended: "]", brief: "o",
	down: "+", up: "^", line: "|", across: "+", now: "|", tick: "'",
	accept: "a", handler: "h", discard: "d", signal: "s", kill: "k", adopted: "p", exec: "x", coalesced: "c",
	coalescing: "~", holds: "%", handedDown: "v", handedUp: "A", hands: "+",
	levels: [...]string{".", ",", "-", "=", "+", "*", "%", "#"},
}

func (g *glyphs) lanes() *laneGlyphs {
	if g.ascii {
		return &asciiLanes
	}
	return &unicodeLanes
}

// signLooks has a row for each sign on a lane.
var signLooks = map[timeline.SignKind]struct {
	role  role
	glyph func(*laneGlyphs) string
	word  func(*words.LaneWords) words.Key
}{
	timeline.AcceptSign: {roleAccept, func(g *laneGlyphs) string { return g.accept },
		func(w *words.LaneWords) words.Key { return w.Accept }},
	timeline.HandlerSign: {roleDeliver, func(g *laneGlyphs) string { return g.handler },
		func(w *words.LaneWords) words.Key { return w.Handler }},
	timeline.DiscardSign: {roleWarn, func(g *laneGlyphs) string { return g.discard },
		func(w *words.LaneWords) words.Key { return w.Discarded }},
	timeline.SignalSign: {roleSignal, func(g *laneGlyphs) string { return g.signal },
		func(w *words.LaneWords) words.Key { return w.Signal }},
	timeline.KillSign: {roleExit, func(g *laneGlyphs) string { return g.kill },
		func(w *words.LaneWords) words.Key { return w.Other }},
	timeline.AdoptedSign: {roleWarn, func(g *laneGlyphs) string { return g.adopted },
		func(w *words.LaneWords) words.Key { return w.Adopted }},
	timeline.ExecSign: {roleExec, func(g *laneGlyphs) string { return g.exec },
		func(w *words.LaneWords) words.Key { return w.Exec }},
	timeline.CoalesceSign: {roleAlarm, func(g *laneGlyphs) string { return g.coalesced },
		func(w *words.LaneWords) words.Key { return w.Coalesced }},
}

// laneCell is a cell of a chart. What has a sign or a label is not drawn over.
type laneCell struct {
	glyph string
	role  role
	kind  laneCellKind
}

type laneCellKind uint8

const (
	cellBlank laneCellKind = iota
	cellEdge
	cellBody // a line that others can cross
	cellBar  // a connection is served
	cellFull
)

// A chart is a picture of some lanes: at most as much work as it has cells, however much happened.
type chart struct {
	moment
	window
	rows     []laneRow
	glyphs   *laneGlyphs
	selected uint64
	place    map[*timeline.Lane]int
	cells    []laneCell
}

func newChart(at moment, w window, rows []laneRow, columns int, g *glyphs, selected uint64) *chart {
	c := &chart{moment: at, window: w, rows: rows, glyphs: g.lanes(), selected: selected,
		place: map[*timeline.Lane]int{}, cells: make([]laneCell, len(rows)*columns)}
	for i := range rows {
		c.place[rows[i].lane] = i
	}
	return c
}

func (c *chart) row(i int) []laneCell { return c.cells[i*c.columns : (i+1)*c.columns] }

func (c *chart) draw() {
	for i := range c.rows {
		c.life(i)
		c.stays(i)
		c.serves(i)
	}
	for i := range c.rows {
		c.hands(i)
	}
	for i := range c.rows {
		c.edges(i)
	}
	for i := range c.rows {
		c.signs(i)
		c.labels(i)
	}
	if now := c.column(c.now); now >= 0 && now < c.columns {
		for i := range c.rows {
			if cell := &c.row(i)[now]; cell.kind <= cellEdge {
				*cell = laneCell{c.glyphs.now, roleStrong, cellEdge}
			}
		}
	}
}

// life draws the line of a lane: how it lives, and how it is dead.
func (c *chart) life(i int) {
	l, row := c.rows[i].lane, c.row(i)
	end, dead := c.now, l.End.By(c.pos)
	if dead {
		end = l.End.At
	}
	gone, isGone := l.Gone(c.pos)
	if !isGone {
		gone = c.now
	}
	first, last := max(c.column(l.Begin.At), 0), min(c.column(max(gone, l.Begin.At)), c.columns-1)
	waitable, zombie := l.Waitable(c.pos)
	body, r := c.body(l)
	for x := first; x <= last; x++ {
		row[x] = laneCell{body, r, cellBody}
		from := func(at event.Time) bool {
			return at < c.timeOf(x) || at < c.timeOf(x+1) && gone >= c.timeOf(x+1)
		}
		switch {
		case l.Kind != timeline.Process || !dead:
		case zombie && from(waitable):
			row[x] = laneCell{c.glyphs.zombie, roleZombie, cellBody}
		case from(end):
			row[x] = laneCell{c.glyphs.ending, roleWarn, cellBody}
		}
	}
}

// over reports whether what lived is over in a cell: it shows how its task is dead.
func (g *laneGlyphs) over(cell *laneCell) bool {
	return cell.glyph == g.ending || cell.glyph == g.zombie
}

// body is the line of a lane whose task lives.
func (c *chart) body(l *timeline.Lane) (string, role) {
	switch l.Kind {
	case timeline.Thread:
		return c.glyphs.thread, roleThread
	case timeline.Coroutine:
		return c.glyphs.waiting, roleThread
	}
	return c.glyphs.alive, roleAlive
}

// stays draws where a task held sockets without use, was stopped, or had control as a coroutine.
func (c *chart) stays(i int) {
	l, row := c.rows[i].lane, c.row(i)
	for _, k := range []struct {
		track *timeline.Track
		glyph string
		role  role
	}{{&l.Holding, c.glyphs.holds, roleWarn}, {&l.Stopped, c.glyphs.stopped, roleWarn},
		{&l.Control, c.glyphs.running, roleAlive}} {
		c.over(k.track, func(x, _ int, _ uint64) {
			if row[x].kind == cellBody && !c.glyphs.over(&row[x]) {
				row[x].glyph, row[x].role = k.glyph, k.role
			}
		})
	}
}

// over calls draw for each column in which something of a track is so, with how much at once, and the last of it.
func (c *chart) over(t *timeline.Track, draw func(x, n int, of uint64)) {
	known := t.Known(c.pos)
	if len(known.Begins) == 0 {
		return
	}
	begun, ended := 0, 0
	last := min(c.column(c.now), c.columns-1)
	for x := max(c.column(known.Begins[0].At), 0); x <= last; x++ {
		from, to := c.timeOf(x), c.timeOf(x+1)
		begun += sort.Search(len(known.Begins)-begun, func(i int) bool { return known.Begins[begun+i].At >= to })
		ended += sort.Search(len(known.Ends)-ended, func(i int) bool { return known.Ends[ended+i].At >= from })
		if n := begun - ended; n > 0 {
			draw(x, n, known.Begins[begun-1].Of)
		}
	}
}

// serves draws a bar where a task serves connections.
func (c *chart) serves(i int) {
	row := c.row(i)
	c.over(&c.rows[i].lane.Serving, func(x, _ int, _ uint64) {
		if !c.glyphs.over(&row[x]) {
			row[x] = laneCell{c.glyphs.serves, roleAccept, cellBar}
		}
	})
}

// labels put on the bars, where there is room, the number of the connection, or how many they are.
func (c *chart) labels(i int) {
	row := c.row(i)
	label, from, end := "", 0, 0
	put := func() {
		for x, room := from, 0; x < end && label != ""; x++ {
			if room++; row[x].kind != cellBar {
				room = 0
			}
			if room == len(label) {
				for k := range label {
					row[x-room+1+k] = laneCell{label[k : k+1], roleAccept, cellFull}
				}
				return
			}
		}
	}
	c.over(&c.rows[i].lane.Serving, func(x, n int, of uint64) {
		text := "#" + strconv.FormatUint(of, 10)
		if n > 1 {
			text = c.glyphs.several + strconv.Itoa(n)
		}
		if text != label || x != end {
			put()
			label, from = text, x
		}
		end = x + 1
	})
	put()
}

// signs puts the signs on a lane. Of several in one column it is the most important one.
func (c *chart) signs(i int) {
	row, all := c.row(i), c.rows[i].lane.KnownSigns(c.pos)
	n := sort.Search(len(all), func(i int) bool { return all[i].At >= c.from })
	for n < len(all) && all[n].At < c.end() {
		x := c.column(all[n].At)
		next := n + sort.Search(len(all)-n, func(k int) bool { return all[n+k].At >= c.timeOf(x+1) })
		var best *timeline.Sign
		for k := max(n, next-signsLooked); k < next; k++ {
			if s := &all[k]; s.By(c.pos) && (best == nil || s.Kind >= best.Kind) {
				best = s
			}
		}
		if best != nil {
			c.sign(row, x, best)
		}
		n = next
	}
}

// signsLooked bounds how many signs of one column are looked at.
const signsLooked = 64

func (c *chart) sign(row []laneCell, x int, s *timeline.Sign) {
	look := signLooks[s.Kind]
	if s.Kind == timeline.HandlerSign && row[x].glyph == c.glyphs.up { // what it did says more
		return
	}
	row[x] = laneCell{look.glyph(c.glyphs), look.role, cellFull}
	if s.Kind != timeline.CoalesceSign || s.From < c.from {
		return
	}
	for k := x - 1; k > c.column(s.From) && row[k].kind == cellBody; k-- {
		row[k] = laneCell{c.glyphs.coalescing, roleSignal, cellFull}
	}
}

// hands draws the line from who accepted a connection, or served it before, to where it came to be served. Of several
// in one column it is the last.
func (c *chart) hands(i int) {
	row, all := c.row(i), c.rows[i].lane.KnownHands(c.pos)
	n := sort.Search(len(all), func(i int) bool { return all[i].At >= c.from })
	for n < len(all) && all[n].At < c.end() {
		x := c.column(all[n].At)
		n += sort.Search(len(all)-n, func(k int) bool { return all[n+k].At >= c.timeOf(x+1) })
		from, shown := c.place[all[n-1].From]
		if !shown || from == i {
			continue
		}
		glyph := c.glyphs.handedDown
		if from > i {
			glyph = c.glyphs.handedUp
		}
		r := c.edgeRole(c.rows[i].lane, all[n-1].From, roleAccept)
		for k := min(from, i) + 1; k < max(from, i); k++ {
			c.cross(&c.row(k)[x], r)
		}
		if cell := &c.row(from)[x]; cell.kind == cellBody {
			*cell = laneCell{c.glyphs.hands, r, cellFull}
		}
		row[x] = laneCell{glyph, r, cellFull}
	}
}

// edges draws where a lane begins, and the line from who made it; where it ends, and the line to who reaped it.
func (c *chart) edges(i int) {
	l, row := c.rows[i].lane, c.row(i)
	gone, isGone := l.Gone(c.pos)
	first, last := c.column(l.Begin.At), c.columns
	if isGone {
		last = c.column(gone)
	}
	going := l.Going(c.pos)
	begins, ends := first >= 0 && first < c.columns, last >= 0 && last < c.columns
	if ends && going != nil && going.Reaper != nil {
		c.edge(i, last, going.Reaper, c.glyphs.up, c.edgeRole(l, going.Reaper, roleWait))
	}
	if begins && l.By != nil {
		c.edge(i, first, l.By, c.glyphs.down, c.edgeRole(l, l.By, roleFork))
	}
	mark := func(x int, glyph string, r role) {
		if row[x].kind == cellBody || row[x].kind == cellBar {
			row[x] = laneCell{glyph, r, cellFull}
		}
	}
	switch {
	case begins && ends && first == last:
		mark(first, c.glyphs.brief, roleAlive)
		return
	case begins && l.By == nil:
		mark(first, c.glyphs.orphan, roleAlive)
	case begins:
		mark(first, c.glyphs.begin, roleAlive)
	}
	switch {
	case !ends:
	case going != nil && going.Reaper != nil:
		mark(last, c.glyphs.reaped, roleWait)
	default:
		mark(last, c.glyphs.ended, roleGone)
	}
}

// edgeRole lets the edges of the selected lane stand out.
func (c *chart) edgeRole(a, b *timeline.Lane, r role) role {
	if a.Number == c.selected || b.Number == c.selected {
		return r
	}
	return roleTree
}

// edge draws a line in a column from row i to another lane; to the edge of the picture if that is not in it.
func (c *chart) edge(i, x int, to *timeline.Lane, glyph string, r role) {
	row, shown := c.place[to]
	if !shown {
		return
	}
	low, high := min(row, i), max(row, i)
	for k := low + 1; k < high; k++ {
		c.cross(&c.row(k)[x], r)
	}
	cell := &c.row(row)[x]
	if cell.kind == cellBody || cell.kind == cellFull && cell.glyph == c.glyphs.down && row < i {
		if row > i && glyph == c.glyphs.up {
			return // it leads down: the end of the lane shows it
		}
		*cell = laneCell{glyph, r, cellFull}
	}
}

func (c *chart) cross(cell *laneCell, r role) {
	switch cell.kind {
	case cellBlank:
		*cell = laneCell{c.glyphs.line, r, cellEdge}
	case cellEdge:
		if r != roleTree {
			cell.role = r
		}
	case cellBody:
		if r != roleTree { // the others lead below the lane
			cell.glyph = c.glyphs.across
		}
	}
}

// line is one row of it.
func (c *chart) line(i int) line {
	var l line
	row := c.row(i)
	for x := 0; x < len(row); {
		end, s := x, ""
		for ; end < len(row) && row[end].role == row[x].role; end++ {
			if row[end].glyph == "" {
				s += " "
			} else {
				s += row[end].glyph
			}
		}
		l.spans = append(l.spans, span{text: s, role: row[x].role})
		x = end
	}
	l.width = len(row)
	return l
}
