package timeline

import (
	"sort"

	"tracer/event"
	"tracer/model"
)

// A History keeps what a timeline gives, lane by lane, each with the number of events after which it was known: so it
// can be drawn as it was after any of them, whatever became known later. It is bounded: the earliest is dropped.
//
// Its owner calls Next before each event, and has the model that applies it pass its facts to Add. HistoryFrom begins
// one in the middle of a trace.
type History struct {
	line     *Timeline
	pos      uint64 // events, with the one under way
	lanes    map[uint64]*Lane
	runs     map[coroutineKey]*Lane // those of coroutines that live
	tops     laneList
	serving  map[uint64]serving // by connection, the one that goes on
	open     map[uint64]*Arrival
	arrivals []*Arrival

	density density

	kept, most int // how much is kept, and may be
	last       event.Time
	cut        Stamp // what ended before is dropped, in part
}

type coroutineKey struct {
	pid event.PID
	id  model.CoroutineID
}

// serving is where a connection that is served stands on the lane of who serves it.
type serving struct {
	lane  *Lane
	begin uint64 // the Known of its begin
}

// A Stamp is a moment, and after how many events of the trace it was known. That of nothing is zero.
type Stamp struct {
	At    event.Time
	Known uint64
}

// By reports whether it is known after so many events.
func (s Stamp) By(pos uint64) bool { return s.Known != 0 && s.Known <= pos }

// A Lane is all that is kept of a process, a thread or a coroutine.
type Lane struct {
	// Above the others, what each look at all lanes reads.
	next              *Lane
	threads, children laneList // threads and coroutines; processes
	Begin             Stamp
	End               Stamp  // of its life
	went              Stamp  // as the only going says, which was not retracted
	busy              uint64 // after how many events it had served somebody, or had a sign, for the first time
	Goings            []Going
	Above             *Lane // the one below which it stands, nil at the top
	Kind              Kind  // Process, Thread or Coroutine
	Root              bool  // tracer launched it
	dropped           bool
	endsEarlier       bool  // than its parent can wait for it
	waitable          Stamp // since when it can, then

	Number    uint64
	PID       event.PID
	Task      event.Task // of a coroutine: the thread on which it was made
	Coroutine model.CoroutineID
	Class     event.Text // of a coroutine, raw
	By        *Lane      // who made it, nil when it was there before

	Stopped Track // Of is the signal
	Serving Track // Of is the number of the connection
	Holding Track // sockets that it has without use
	Control Track // a coroutine's: it runs
	Signs   []Sign
	Hands   []Hand
	names   []naming
}

// A Hand is a connection that came to be served here after another task had accepted it, or had served it.
type Hand struct {
	Stamp
	From     *Lane
	Handover bool // that had served it
}

// A Going is a zombie that was reaped. What showed later not to be so is no longer known from Retracted on.
type Going struct {
	Stamp
	Retracted uint64
	Reaping   model.Reaping
	Reaper    *Lane // who reaped it, nil where nobody is known
}

type naming struct {
	known uint64
	name  event.Text
}

// A Track is what was so again and again: the begins, and the ends, each in the order of time.
type Track struct {
	Begins []Began
	Ends   []Stamp
}

// Began is one of them.
type Began struct {
	Stamp
	Of uint64
}

// SignKind says what a sign on a lane stands for.
type SignKind uint8

// The signs, the more important ones later: where there is room for one alone, it is the last.
const (
	NoSign SignKind = iota
	AcceptSign
	HandlerSign  // a handler of SIGCHLD runs
	DiscardSign  // SIGCHLD was discarded
	SignalSign   // SIGCHLD was queued
	KillSign     // another signal was sent to it, or a handler of one runs
	AdoptedSign  // it came under another parent
	ExecSign     // it runs another program
	CoalesceSign // SIGCHLD was dropped, as one was pending
)

// A Sign is what happened at one moment of a lane.
type Sign struct {
	Stamp
	Kind SignKind
	From event.Time // coalesced: when the one that was pending had been queued; 0: not known
	// Retracted is after how many events it was known not to be so; 0: never.
	Retracted uint64
}

// By reports whether it is known, and not known to be otherwise, after so many events.
func (s *Sign) By(pos uint64) bool { return s.Stamp.By(pos) && (s.Retracted == 0 || s.Retracted > pos) }

// laneList is lanes in the order in which they became known.
type laneList struct{ first, last *Lane }

func (l *laneList) add(n *Lane) {
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last, n.next = n, nil
}

// mostKept is how many spans, signs and lanes a history keeps: some 30 MB.
const mostKept = 400_000

// NewHistory returns an empty history.
func NewHistory() *History {
	h := &History{lanes: map[uint64]*Lane{}, runs: map[coroutineKey]*Lane{}, serving: map[uint64]serving{},
		open: map[uint64]*Arrival{}, most: mostKept}
	h.line = New(Options{Hold: -1, Begin: h.begin, Span: h.end, Edge: h.edge, Mark: h.mark})
	return h
}

// Next notes that the next event follows, which happened then.
func (h *History) Next(at event.Time) {
	h.pos++
	h.density.next(at)
}

// Pos is how many events it knows of.
func (h *History) Pos() uint64 { return h.pos }

// Cut is up to when it is no longer complete, because what ended before was dropped, and since when that is so. Zero:
// it has everything.
func (h *History) Cut() Stamp { return h.cut }

// Add takes the next fact.
func (h *History) Add(f *model.Fact) {
	h.last = max(h.last, f.Event.Time)
	h.line.Add(f)
	switch {
	case f.Kind == model.Received:
		h.received(f)
	case f.Kind == model.Delivered && f.Process != nil:
		h.sign(f.Process.Number, HandlerSign, f.At, 0)
	}
	if h.kept > h.most {
		h.drop()
	}
}

// Lane returns the lane of a number, nil when there is none.
func (h *History) Lane(number uint64) *Lane { return h.lanes[number] }

func (h *History) stamp(at event.Time) Stamp {
	h.kept++
	return Stamp{at, h.pos}
}

func (h *History) begin(s *Span) {
	switch s.Kind {
	case Process, Thread, Coroutine:
		h.born(s)
	case Program:
		h.program(s)
	case Stopped:
		h.track(s, func(l *Lane) *Track { return &l.Stopped }, uint64(s.Signal))
	case Holding:
		h.track(s, func(l *Lane) *Track { return &l.Holding }, s.number())
	case Control:
		h.track(s, func(l *Lane) *Track { return &l.Control }, 0)
	case Pending:
		h.sign(s.Of.Number, SignalSign, s.Begin.At, 0)
	case Ending:
		if l := h.lanes[s.Of.Number]; l != nil {
			l.endsEarlier = true
		}
	case Zombie:
		if l := h.lanes[s.Of.Number]; l != nil && l.endsEarlier && l.waitable.Known == 0 {
			l.waitable = Stamp{s.Begin.At, h.pos}
		}
		if !s.Process.Root {
			h.density.zombie(1)
		}
	default:
		h.beginOfArrival(s)
	}
}

// IsLane reports whether spans of a kind are lanes; others stand on one.
func IsLane(k Kind) bool { return k == Process || k == Thread || k == Coroutine }

// AboveOf is the number of the task below whose lane that of a span has its place: its process, or who made it.
func AboveOf(s *Span) uint64 {
	switch {
	case s.Thread != nil:
		return s.Thread.Process.Number
	case s.Coroutine != nil:
		return s.Coroutine.Process.Number
	}
	return s.By.Number
}

func (h *History) born(s *Span) {
	if h.lanes[s.Of.Number] != nil {
		return
	}
	l := &Lane{Number: s.Of.Number, Kind: s.Kind, PID: s.Of.PID, Task: s.Of.Task, Coroutine: s.Of.Coroutine,
		Begin: h.stamp(s.Begin.At), By: h.lanes[s.By.Number]}
	h.lanes[l.Number] = l
	l.Above = h.lanes[AboveOf(s)]
	switch {
	case s.Thread != nil:
		l.name(h.pos, s.Thread.Comm)
	case s.Coroutine != nil:
		l.Class = s.Coroutine.Class
		key := coroutineKey{l.PID, l.Coroutine}
		h.runs[key] = l
		if l.By = h.runs[coroutineKey{l.PID, s.By.Coroutine}]; l.By == nil || l.By == l {
			l.By = l.Above
		}
	case s.Process != nil:
		l.Root = s.Process.Root
		l.name(h.pos, s.Process.Comm)
	}
	h.list(l).add(l)
}

// list is the one that a lane belongs to.
func (h *History) list(l *Lane) *laneList {
	switch {
	case l.Above == nil:
		return &h.tops
	case l.Kind == Process:
		return &l.Above.children
	}
	return &l.Above.threads
}

func (l *Lane) name(pos uint64, name event.Text) {
	if n := len(l.names); n == 0 || l.names[n-1].name != name {
		l.names = append(l.names, naming{pos, name})
	}
}

// Name is what it was called after so many events; empty for a coroutine.
func (l *Lane) Name(pos uint64) (name event.Text) {
	for i := range l.names {
		if i == 0 || l.names[i].known <= pos {
			name = l.names[i].name
		}
	}
	return name
}

// Process is the lane of its process.
func (l *Lane) Process() *Lane {
	if l.Kind != Process && l.Above != nil {
		return l.Above
	}
	return l
}

func (h *History) program(s *Span) {
	l := h.lanes[s.Of.Number]
	if l == nil {
		return
	}
	l.name(h.pos, s.Name)
	if l.Begin.Known != h.pos {
		h.sign(l.Number, ExecSign, s.Begin.At, 0)
	}
}

func (h *History) track(s *Span, of func(*Lane) *Track, what uint64) {
	l := h.lanes[s.Of.Number]
	if l == nil {
		return
	}
	t, at := of(l), h.stamp(s.Begin.At)
	if n := len(t.Begins); n > 0 {
		at.At = max(at.At, t.Begins[n-1].At)
	}
	t.Begins = append(t.Begins, Began{at, what})
}

func (h *History) endOf(t *Track, at event.Time) {
	if n := len(t.Ends); n > 0 {
		at = max(at, t.Ends[n-1].At)
	}
	if len(t.Ends) < len(t.Begins) {
		t.Ends = append(t.Ends, h.stamp(at))
	}
}

// end takes a span that has ended, or is retracted.
func (h *History) end(s *Span) {
	l := h.lanes[s.Of.Number]
	switch {
	case l == nil:
	case s.Kind == Process, s.Kind == Thread, s.Kind == Coroutine:
		h.died(l, s)
	case s.Kind == Zombie:
		h.went(l, s)
	case s.Kind == Stopped:
		h.endOf(&l.Stopped, s.End.At)
	case s.Kind == Holding:
		h.endOf(&l.Holding, s.End.At)
	case s.Kind == Control:
		h.endOf(&l.Control, s.End.At)
	}
	h.endOfArrival(s)
}

func (h *History) died(l *Lane, s *Span) {
	if l.End.Known == 0 {
		l.End = h.stamp(s.End.At)
	}
	switch l.Kind {
	case Process:
		l.name(h.pos, s.Process.Comm)
	case Thread:
		l.name(h.pos, s.Thread.Comm)
	case Coroutine:
		if key := (coroutineKey{l.PID, l.Coroutine}); h.runs[key] == l {
			delete(h.runs, key)
		}
	}
}

func (h *History) went(l *Lane, s *Span) {
	if s.Retracted {
		if n := len(l.Goings); n > 0 {
			l.Goings[n-1].Retracted, l.went = h.pos, Stamp{}
		}
		return
	}
	if l.End.Known == 0 { // nothing told of its end
		l.End = h.stamp(s.Begin.At)
	}
	if !l.Root {
		h.density.zombie(-1)
	}
	l.Goings = append(l.Goings, Going{Stamp: h.stamp(s.End.At), Reaping: s.Reaping, Reaper: h.lanes[s.By.Number]})
	if l.went = (Stamp{}); len(l.Goings) == 1 {
		l.went = l.Goings[0].Stamp
	}
}

// Going is how a process left, as it is known after so many events; nil while it has not.
func (l *Lane) Going(pos uint64) *Going {
	for i := len(l.Goings) - 1; i >= 0; i-- {
		if g := &l.Goings[i]; g.By(pos) && (g.Retracted == 0 || g.Retracted > pos) {
			return g
		}
	}
	return nil
}

// Gone is when nothing was left of it, as it is known after so many events; ok is false while something is.
func (l *Lane) Gone(pos uint64) (at event.Time, ok bool) {
	switch {
	case l.Kind != Process:
		return l.End.At, l.End.By(pos)
	case l.went.Known != 0 || len(l.Goings) == 0:
		return l.went.At, l.went.By(pos)
	}
	if g := l.Going(pos); g != nil {
		return g.At, true
	}
	return 0, false
}

// Waitable is since when the parent of a process that has ended could wait for it, as it is known after so many events;
// ok is false before.
func (l *Lane) Waitable(pos uint64) (at event.Time, ok bool) {
	if l.endsEarlier {
		return l.waitable.At, l.waitable.By(pos)
	}
	return l.End.At, l.End.By(pos)
}

// WentAt is after how many events it was known that nothing is left of it, as far as it is known after pos; pos itself
// while something is.
func (l *Lane) WentAt(pos uint64) uint64 {
	switch g := l.Going(pos); {
	case g != nil:
		return g.Known
	case l.Kind != Process && l.End.By(pos):
		return l.End.Known
	}
	return pos
}

func (h *History) edge(e *Edge) {
	switch {
	case e.Retracted && e.Kind == Coalesce:
		h.unsign(e.To.Number, CoalesceSign, e.Begin.At)
	case e.Retracted && e.Kind == Reparent:
		h.unsign(e.About.Number, AdoptedSign, e.End.At)
	case e.Kind == Coalesce:
		from := e.End.At
		if e.End.Inferred {
			from = 0
		}
		h.sign(e.To.Number, CoalesceSign, e.Begin.At, from)
	case e.Kind == Reparent:
		h.sign(e.About.Number, AdoptedSign, e.End.At, 0)
	}
}

var signOf = map[model.FactKind]SignKind{model.Signaled: DiscardSign, model.Killed: KillSign,
	model.Handled: KillSign}

func (h *History) mark(m *Mark) {
	if kind := signOf[m.Kind]; kind != NoSign && !m.Retracted {
		h.sign(m.Of.Number, kind, m.At.At, 0)
	}
}

func (h *History) sign(number uint64, kind SignKind, at, from event.Time) {
	l := h.lanes[number]
	if l == nil {
		return
	}
	if n := len(l.Signs); n > 0 {
		at = max(at, l.Signs[n-1].At)
	}
	l.works(h.pos)
	l.Signs = append(l.Signs, Sign{Stamp: h.stamp(at), Kind: kind, From: from})
}

// unsign notes that the last sign of a kind and a time was none.
func (h *History) unsign(number uint64, kind SignKind, at event.Time) {
	l := h.lanes[number]
	if l == nil {
		return
	}
	for i := len(l.Signs) - 1; i >= 0; i-- {
		if s := &l.Signs[i]; s.Kind == kind && s.At >= at && s.Retracted == 0 {
			s.Retracted = h.pos
			return
		}
	}
}

// Known is what of a track is known after so many events.
func (t *Track) Known(pos uint64) Track {
	return Track{t.Begins[:sort.Search(len(t.Begins), func(i int) bool { return t.Begins[i].Known > pos })],
		t.Ends[:sort.Search(len(t.Ends), func(i int) bool { return t.Ends[i].Known > pos })]}
}

// KnownHands are the connections that came to it, as is known after so many events.
func (l *Lane) KnownHands(pos uint64) []Hand {
	return l.Hands[:sort.Search(len(l.Hands), func(i int) bool { return l.Hands[i].Known > pos })]
}

// KnownSigns are the signs that are known after so many events.
func (l *Lane) KnownSigns(pos uint64) []Sign {
	return l.Signs[:sort.Search(len(l.Signs), func(i int) bool { return l.Signs[i].Known > pos })]
}

// Walk goes over the lanes that are known after so many events, each before those below it: first the threads and
// coroutines of a process, then the processes that it made. What is below one for which visit returns false is left
// out. What it is called with of one at the top is top, and of another what it returned of the one above. It does not
// recurse, since a chain of processes can be as long as the trace.
func Walk[T any](h *History, pos uint64, top T, visit func(l *Lane, above T) (of T, below bool)) {
	type rest struct {
		next  *Lane
		above T
	}
	stack := []rest{{h.tops.first, top}}
	for len(stack) > 0 {
		n := len(stack) - 1
		l, above := stack[n].next, stack[n].above
		if l == nil || !l.Begin.By(pos) { // later ones became known later
			stack = stack[:n]
			continue
		}
		stack[n].next = l.next
		if of, below := visit(l, above); below {
			stack = append(stack, rest{l.children.first, of}, rest{l.threads.first, of})
		}
	}
}

// each goes over all lanes.
func (h *History) each(visit func(l *Lane)) {
	Walk(h, h.pos, struct{}{}, func(l *Lane, above struct{}) (struct{}, bool) {
		visit(l)
		return above, true
	})
}

// Busy reports whether it had served somebody, or got a sign, within so many events.
func (l *Lane) Busy(pos uint64) bool { return l.busy != 0 && l.busy <= pos }

func (l *Lane) works(pos uint64) {
	if l.busy == 0 {
		l.busy = pos
	}
}

// Made calls visit with each process that it made, as far as they are kept and known after so many events.
func (l *Lane) Made(pos uint64, visit func(*Lane)) {
	for c := l.children.first; c != nil && c.Begin.By(pos); c = c.next {
		if c.By != nil && c.By.Process() == l {
			visit(c)
		}
	}
}

// HasBelow reports whether something stands below it: processes, or threads and coroutines.
func (l *Lane) HasBelow() (processes, threads bool) {
	return l.children.first != nil, l.threads.first != nil
}

// drop drops what ended in the earlier half of the time that is kept.
func (h *History) drop() {
	var times []event.Time
	h.each(func(l *Lane) {
		if at, gone := l.Gone(h.pos); gone {
			times = append(times, at)
		}
		for _, t := range l.tracks() {
			for i := 0; i < len(t.Ends); i += 1 + len(t.Ends)/64 {
				times = append(times, t.Ends[i].At)
			}
		}
	})
	cut := h.last
	if len(times) > 0 {
		sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
		cut = times[len(times)/2]
	}
	h.cut = Stamp{cut, h.pos}
	h.kept = 0
	h.dropArrivals(cut)
	h.dropLanes(cut)
	h.most = max(h.most, 2*h.kept)
}

func (l *Lane) tracks() [4]*Track { return [...]*Track{&l.Stopped, &l.Serving, &l.Holding, &l.Control} }

// dropLanes drops the lanes that were gone by then, and what ended by then on those that stay. Lanes below one that is
// dropped go to where that stood.
func (h *History) dropLanes(cut event.Time) {
	var all []*Lane
	h.each(func(l *Lane) { all = append(all, l) })
	for _, l := range all {
		at, gone := l.Gone(h.pos)
		l.dropped = gone && at <= cut
	}
	h.tops = laneList{}
	for _, l := range all {
		l.threads, l.children = laneList{}, laneList{}
	}
	for _, l := range all {
		if l.dropped {
			delete(h.lanes, l.Number)
			continue
		}
		for l.Above != nil && l.Above.dropped {
			l.Above = l.Above.Above
		}
		if l.By != nil && l.By.dropped {
			l.By = nil
		}
		h.list(l).add(l)
		l.trim(cut)
		for i := range l.Hands {
			if from := l.Hands[i].From; from != nil && from.dropped {
				l.Hands[i].From = nil
			}
		}
		h.kept += 1 + len(l.Signs) + len(l.Goings) + len(l.Hands)
		for _, t := range l.tracks() {
			h.kept += len(t.Begins) + len(t.Ends)
		}
	}
}

// trim drops what of a lane ended by then.
func (l *Lane) trim(cut event.Time) {
	for _, t := range l.tracks() {
		n := sort.Search(len(t.Ends), func(i int) bool { return t.Ends[i].At > cut })
		t.Ends = append([]Stamp(nil), t.Ends[n:]...)
		t.Begins = append([]Began(nil), t.Begins[n:]...)
	}
	n := sort.Search(len(l.Signs), func(i int) bool { return l.Signs[i].At > cut })
	l.Signs = append([]Sign(nil), l.Signs[n:]...)
	n = sort.Search(len(l.Hands), func(i int) bool { return l.Hands[i].At > cut })
	l.Hands = append([]Hand(nil), l.Hands[n:]...)
}
