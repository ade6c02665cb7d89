package viewer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/timeline"
	"tracer/words"
)

// requestsPane lists the connections and datagrams up to the cursor.
type requestsPane struct {
	slowest bool   // first
	only    bool   // those of the selected process
	chosen  uint64 // number of the task whose requests were asked for; 0: the tree says

	selected requestKey // zero: the first, whichever it is
	row, top int
	rows     []*timeline.Arrival
	of       string // whose they are, empty for all
	loaded   bool
	w, h     int
}

// requestKey tells requests apart: a datagram has no number.
type requestKey struct{ number, known uint64 }

func keyOfRequest(r *timeline.Arrival) requestKey { return requestKey{r.Number, r.Accepted.Known} }

func (p *requestsPane) opening(say *words.KeyWords) []binding {
	return []binding{
		{"requests", []string{"r"}, "r", say.Requests.Label, 6, say.Requests.Help, nil,
			func(s *state, _ string) { p.only = false; openWithKeys(s, p) }},
		{"its-requests", []string{"R"}, "", "", 0, say.ItsRequests, nil, func(s *state, _ string) {
			p.only, p.chosen = true, 0
			if s.side == s.lanes && s.focus == focusSide {
				p.chosen = s.lanes.selected
			}
			s.side = nil
			openWithKeys(s, p)
		}},
	}
}

func (p *requestsPane) begin() { p.top, p.row, p.selected = 0, 0, requestKey{} }

func (p *requestsPane) keys(say *words.KeyWords) section {
	has := func(s *state) bool { return s.side == p && s.focus == focusSide }
	return section{title: say.Requests.Label, when: has, inFooter: has, bindings: []binding{
		{"open", []string{"Enter"}, "Enter", say.Worker.Label, 2, say.Worker.Help, nil,
			func(s *state, _ string) { p.toWorker(s) }},
		{"order", []string{"d"}, "d", say.Order.Label, 2, say.Order.Help, nil,
			func(*state, string) { p.slowest = !p.slowest; p.begin() }},
		{"whose", []string{"w"}, "w", say.WhoseRequests.Label, 3, say.WhoseRequests.Help, nil,
			func(*state, string) { p.only, p.chosen = !p.only, 0; p.begin() }},
	}}
}

func (p *requestsPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	s.past.work(s.cursor)
	if p.loaded = !s.busy(); !p.loaded {
		return
	}
	p.list(s)
	p.row = max(0, min(p.row, len(p.rows)-1))
	if p.selected == (requestKey{}) {
		p.row, p.top = 0, 0
	}
	for i, r := range p.rows {
		if keyOfRequest(r) == p.selected {
			if p.row != i {
				p.top = max(p.top+i-p.row, 0)
			}
			p.row = i
			break
		}
	}
	p.top = max(0, min(p.top, len(p.rows)-p.listHeight()))
}

// listHeight is how many rows there is room for, below their titles.
func (p *requestsPane) listHeight() int { return max(p.h-1, 0) }

// list takes what is known at the cursor, in order.
func (p *requestsPane) list(s *state) {
	at := momentOf(s)
	all := at.Arrivals(at.pos)
	p.rows, p.of = p.rows[:0], ""
	var process *timeline.Lane
	if p.only {
		process = p.whose(s)
	}
	for i := len(all) - 1; i >= 0; i-- {
		if process == nil || all[i].Of(process, at.pos) {
			p.rows = append(p.rows, all[i])
		}
	}
	if process != nil {
		p.of = laneName(s.words, s.glyphs, process, at.pos)
	}
	if p.slowest {
		slices.SortStableFunc(p.rows, func(a, b *timeline.Arrival) int {
			return cmp.Compare(lasted(b, at), lasted(a, at))
		})
	}
}

// whose is the lane of the process that is selected: in the lanes, or in the tree.
func (p *requestsPane) whose(s *state) *timeline.Lane {
	if l := s.past.history.Lane(p.chosen); l != nil {
		return l.Process()
	}
	if who := s.tree.current(); who != nil {
		if l := s.past.history.Lane(who.process.Number); l != nil {
			return l
		}
	}
	return nil
}

// overAt is when a request was over, or now.
func overAt(r *timeline.Arrival, at moment) event.Time {
	if r.Closed.By(at.pos) {
		return r.Closed.At
	}
	return max(at.now, r.Accepted.At)
}

// lasted is how long a request took from its arrival on, so far.
func lasted(r *timeline.Arrival, at moment) event.Time { return overAt(r, at) - r.Arrived() }

func (p *requestsPane) move(_ *state, key string) {
	if len(p.rows) > 0 {
		p.choose(max(0, min(p.row+rows(key, max(p.listHeight()-1, 1)), len(p.rows)-1)))
	}
}

func (p *requestsPane) choose(row int) {
	p.row, p.selected = row, keyOfRequest(p.rows[row])
	if height := max(p.listHeight(), 1); row < p.top {
		p.top = row
	} else if row >= p.top+height {
		p.top = row - height + 1
	}
	if row == 0 && !p.slowest {
		p.selected = requestKey{} // what comes is above it
	}
}

func (p *requestsPane) scroll(_ *state, n int) {
	if p.selected == (requestKey{}) && len(p.rows) > 0 {
		p.selected = keyOfRequest(p.rows[p.row])
	}
	p.top = max(0, min(p.top+n, len(p.rows)-p.listHeight()))
}

// text is the selected request, whole; "": there is none.
func (p *requestsPane) text(s *state) string {
	if p.row >= len(p.rows) {
		return ""
	}
	one := p.rows[p.row : p.row+1]
	c := requestColumnsFor(wide, p.statuses(s, one))
	c.barEnd = 0 // what is drawn is no text
	more := max(text.Width(s.glyphs.safe(string(one[0].Peer)))+2-(c.client-c.number), 0)
	for _, end := range []*int{&c.client, &c.worker, &c.in, &c.out, &c.status, &c.time} {
		if *end > 0 {
			*end += more
		}
	}
	return strings.TrimRight(c.line(s, one[0], 1).String(), " ")
}

func (p *requestsPane) click(_ *state, _, y int) {
	if y > 0 && p.top+y-1 < len(p.rows) {
		p.choose(p.top + y - 1)
	}
}

// toWorker selects in the tree who serves the selected request. One that has gone is there at the moment at which it
// served.
func (p *requestsPane) toWorker(s *state) {
	if p.row >= len(p.rows) {
		s.notice = s.words.Lanes.NoneSelected
		return
	}
	r := p.rows[p.row]
	w := r.Worker(s.cursor.pos)
	if w == nil {
		s.notice = s.words.Lanes.NoWorker
		return
	}
	name := laneName(s.words, s.glyphs, w, s.cursor.pos)
	leave(s)
	if !s.tree.chooseTask(s, w.Number) {
		s.setCursor(workedAt(r, w, s.cursor.pos) - 1)
		s.notice = s.words.Lanes.WorkerGone(name)
		s.tree.wanted = w.Number
	}
	if s.focus = focusTree; s.layout().tree.h == 0 {
		s.side = s.events
	}
}

// workedAt is after how many events it was known that w serves r.
func workedAt(r *timeline.Arrival, w *timeline.Lane, pos uint64) (known uint64) {
	for i := range r.Workers {
		if k := &r.Workers[i]; k.Lane == w && k.By(pos) {
			known = k.Known
		}
	}
	return known
}

func (p *requestsPane) title(s *state) line {
	say := &s.words.Lanes
	l := line{mark: markBar}
	l.gap(1).add(titleRole(s.focus == focusSide), say.Requests)
	if p.of != "" {
		l.gap(1).add(roleKey, say.OfProcess(p.of))
	}
	order := say.Newest
	if p.slowest {
		order = say.Slowest
	}
	l.gap(2).add(roleDim, order)
	var legend line
	for _, k := range phaseLooks {
		legend.add(k.role, k.glyph(s.glyphs)).add(roleDim, " "+k.word(say)+"  ")
	}
	hint := text.Count(uint64(len(p.rows)))
	if height := p.listHeight(); len(p.rows) > height {
		hint = s.words.Screen.Range(p.top+1, min(p.top+height, len(p.rows)), len(p.rows))
	}
	if l.width+legend.width+text.Width(hint)+5 < p.w {
		l.gap(3).join(legend)
	}
	if l.width+text.Width(hint)+3 < p.w {
		l.right(roleDim, hint, p.w-1)
	}
	return l
}

// requestColumns are where the columns end; 0: there is no room for one.
type requestColumns struct {
	number, client, worker, in, out, status, time int
	bar, barEnd                                   int
}

// requestColumnsFor fits the columns into a width. The first to make room are the bytes, then the client, the status,
// the phases.
func requestColumnsFor(w int, http bool) requestColumns {
	c := requestColumns{number: 7}
	at := c.number
	next := func(cells int, from int) int {
		if w < from {
			return 0
		}
		at += cells
		return at
	}
	share := 4
	if c.client = next(23, 96); c.client == 0 {
		c.client, share = next(17, 74), 5 // of a long address the end, which tells it from others
	}
	c.worker = next(min(max(w/share, 16), 34), 34)
	c.in, c.out = next(7, 78), next(7, 78)
	if http {
		c.status = next(5, 44)
	}
	c.time = next(8, 0)
	if c.bar = at + 2; w-c.bar >= 8 {
		c.barEnd = w - 1
	}
	return c
}

func (p *requestsPane) lines(s *state) []line {
	say := &s.words.Lanes
	switch {
	case p.h == 0:
		return nil
	case !p.loaded:
		return []line{textLine(roleDim, "  "+say.Loading)}
	}
	shown := p.rows[p.top:min(p.top+p.listHeight(), len(p.rows))]
	c := requestColumnsFor(p.w, p.statuses(s, shown))
	lines := []line{c.titles(say)}
	if len(p.rows) == 0 {
		return append(lines, textLine(roleDim, "  "+say.NoRequests))[:min(p.h, 2)]
	}
	at, longest := momentOf(s), event.Time(1)
	for _, r := range shown {
		longest = max(longest, lasted(r, at))
	}
	for i, r := range shown {
		l := c.line(s, r, longest)
		switch {
		case p.top+i == p.row && s.focus == focusSide:
			l.mark = markSelected
		case p.top+i == p.row:
			l.mark = markBlurred
		}
		lines = append(lines, l)
	}
	return lines
}

// statuses reports whether HTTP was told of one that is shown.
func (p *requestsPane) statuses(s *state, shown []*timeline.Arrival) bool {
	return slices.ContainsFunc(shown, func(r *timeline.Arrival) bool {
		last, _ := r.Answer(s.cursor.pos)
		return last != nil
	})
}

func (c *requestColumns) titles(say *words.LaneWords) line {
	var l line
	l.right(roleDim, say.NumberTitle, c.number)
	if c.client > 0 {
		l.gap(2).add(roleDim, say.ClientTitle)
	}
	if c.worker > 0 {
		l.to(max(c.client, c.number)+2).add(roleDim, say.WorkerTitle)
	}
	for _, k := range []struct {
		end   int
		title string
	}{{c.in, say.InTitle}, {c.out, say.OutTitle}, {c.status, say.StatusTitle}, {c.time, say.TimeTitle}} {
		if k.end > 0 {
			l.right(roleDim, k.title, k.end)
		}
	}
	if c.barEnd > 0 {
		l.to(c.bar).add(roleDim, say.PhasesTitle)
	}
	return l
}

// line is one request.
func (c *requestColumns) line(s *state, r *timeline.Arrival, longest event.Time) line {
	at, say, g := momentOf(s), &s.words.Lanes, s.glyphs
	var l line
	number := strconv.FormatUint(r.Number, 10)
	if r.Number == 0 {
		number = say.Datagram
	}
	l.right(roleText, number, c.number)
	if c.client > 0 {
		client := r.Peer
		if client == "" {
			client = r.Listener
		}
		l.gap(2)
		who := g.safe(string(client))
		if room := c.client - l.width; text.Width(who) > room {
			who = g.ellipsis + lastOf(who, room-1)
		}
		l.add(roleText, who)
	}
	if c.worker > 0 {
		name, look := c.worksOn(s, r)
		l.to(max(c.client, c.number)+2).add(look, text.Cut(name, c.worker-l.width, g.ellipsis))
	}
	closed := r.Closed.By(at.pos)
	if c.in > 0 && closed {
		l.right(roleText, sizeText(r.BytesRead), c.in)
		if r.Number != 0 {
			l.right(roleText, sizeText(r.BytesWritten), c.out)
		}
	}
	if c.status > 0 {
		status, look := statusOf(r, at.pos)
		l.right(look, status, c.status)
	}
	switch took := lasted(r, at); {
	case r.Number == 0:
		l.right(roleDim, "-", c.time)
	case closed:
		l.right(roleText, text.AgeText(took), c.time)
	default:
		l.right(roleAlive, text.LeastAgeText(took), c.time)
	}
	if c.barEnd > 0 && r.Number != 0 {
		l.to(c.bar).join(phases(r, at, longest, c.barEnd-c.bar, g))
	}
	return l
}

// worksOn is who serves a request, or accepted it, in the colour of how that is doing.
func (c *requestColumns) worksOn(s *state, r *timeline.Arrival) (string, role) {
	at := momentOf(s)
	w := r.Worker(at.pos)
	if w == nil {
		return "-", roleDim
	}
	name := laneName(s.words, s.glyphs, w, at.pos)
	if w.Kind == timeline.Coroutine {
		name = text.PIDText(w.PID) + " " + name
	}
	return name, looks[laneState(w, at)].name
}

// statusOf is the status of the last answer, or that one is waited for.
func statusOf(r *timeline.Arrival, pos uint64) (string, role) {
	last, _ := r.Answer(pos)
	switch {
	case last == nil:
		return "", roleText
	case !last.Answered.By(pos) || last.Status == 0:
		return "-", roleDim
	case last.Status >= 500:
		return strconv.Itoa(last.Status), roleZombie
	case last.Status >= 400:
		return strconv.Itoa(last.Status), roleWarn
	}
	return strconv.Itoa(last.Status), roleAlive
}

// sizeText is a number of bytes in at most six cells.
func sizeText(n uint64) string {
	const units = "kMGTPE"
	if n < 10_000 {
		return strconv.FormatUint(n, 10)
	}
	f, i := float64(n)/1000, 0
	for f >= 999.5 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	digits := 0
	if f < 99.95 {
		digits = 1
	}
	return strconv.FormatFloat(f, 'f', digits, 64) + units[i:i+1]
}

// phaseLooks are how the phases of a request appear, in their order.
var phaseLooks = [...]struct {
	role  role
	glyph func(*glyphs) string
	word  func(*words.LaneWords) string
}{
	{roleWarn, func(g *glyphs) string { return g.phases[0] }, func(w *words.LaneWords) string { return w.Queued }},
	{roleAccept, func(g *glyphs) string { return g.phases[1] }, func(w *words.LaneWords) string { return w.Accepted }},
	{roleThread, func(g *glyphs) string { return g.phases[2] }, func(w *words.LaneWords) string { return w.Read }},
	{roleAlive, func(g *glyphs) string { return g.phases[3] }, func(w *words.LaneWords) string { return w.Replied }},
}

// phases is the bar of a request, of which the longest one that is shown fills the room.
func phases(r *timeline.Arrival, at moment, longest event.Time, room int, g *glyphs) line {
	arrived, end := r.Arrived(), overAt(r, at)
	begins := [...]event.Time{arrived, r.Accepted.At, end, end}
	if r.Read.By(at.pos) {
		begins[2] = r.Read.At
	}
	if r.Replied.By(at.pos) {
		begins[3] = r.Replied.At
		begins[2] = min(begins[2], begins[3])
	}
	return phaseBar(begins, end, longest, room, g)
}

// phaseBar draws phases that begin then, the last of which ends at end: as much of the room as that is of the longest.
func phaseBar(begins [4]event.Time, end, longest event.Time, room int, g *glyphs) line {
	arrived, last := begins[0], 0
	for i := range begins {
		if begins[i] < end {
			last = i
		}
	}
	cells := func(t event.Time) int { return int(float64(t-arrived)/float64(max(longest, 1))*float64(room) + 0.5) }
	whole := max(cells(end), 1)
	var l line
	for i := range last {
		for n := min(cells(begins[i+1]), whole-1) - l.width; n > 0; n-- {
			l.add(phaseLooks[i].role, phaseLooks[i].glyph(g))
		}
	}
	for l.width < whole { // the one that it is in, or was, has a cell at least
		l.add(phaseLooks[last].role, phaseLooks[last].glyph(g))
	}
	return l
}
