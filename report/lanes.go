package report

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/timeline"
	"tracer/words"
)

// lanes are what the page draws: the tasks, what was so of each and when, and what led from one to another. They stand
// in columns, since there can be a hundred thousand of them. Times are nanoseconds since the first event. A column of
// differences has each number less the one before it, which is shorter.
type lanes struct {
	Tasks tasks `json:"tasks"`
	Spans spans `json:"spans"`
	Edges edges `json:"edges"`
	Marks marks `json:"marks"`
	End   int64 `json:"end"`
	// Notes are when those events were that the reader of the trace marked.
	Notes []int64 `json:"notes,omitempty"`
}

// tasks are in the order of their lanes: a process, its threads, its coroutines, then the processes that it made.
type tasks struct {
	Kind  []int    `json:"kind"`  // 0: process, 1: thread, 2: coroutine
	ID    []uint64 `json:"id"`    // pid, tid, or the coroutine's own
	PID   []int    `json:"pid"`   // of its process
	Name  []string `json:"name"`  // its command name; its class, or else its runtime
	Depth []int    `json:"depth"` // below how many others
	// Label and Process are the names of each and of its process, where the report does not name them by their ids.
	Label   []string `json:"label,omitempty"`
	Process []string `json:"process,omitempty"`
}

const kindCoroutine = 2

// spans are in the order of lanes, and in each in that of their begin.
type spans struct {
	Lane     []int       `json:"lane"`
	Kind     []int       `json:"kind"` // as in spanKinds
	Begin    differences `json:"begin"`
	Length   []int64     `json:"length"`
	Open     []int       `json:"open"` // those that had not ended, by their places
	Evidence differences `json:"evidence"`
	// Connection is the number of the one that a phase is of; 0: none.
	Connection []uint64 `json:"connection"`
}

// edges lead from a lane to another.
type edges struct {
	Kind     []int       `json:"kind"` // as in edgeKinds
	From     []int       `json:"from"`
	To       []int       `json:"to"`
	Begin    differences `json:"begin"`
	Length   []int64     `json:"length"`
	Evidence differences `json:"evidence"`
}

// differences are numbers, each written less the one before.
type differences []int64

// marks are events of which the page draws a sign.
type marks struct {
	Lane []int    `json:"lane"`
	Kind []int    `json:"kind"` // as in markKinds
	At   []int64  `json:"at"`
	Text []string `json:"text"`
}

// The kinds that are drawn, by the numbers that the page has for them.
var (
	spanKinds = []timeline.Kind{timeline.Process, timeline.Thread, timeline.Coroutine, timeline.Zombie,
		timeline.Stopped, timeline.Ending, timeline.Queued, timeline.Accepted, timeline.Served, timeline.Replied,
		timeline.Holding}
	edgeKinds = []timeline.EdgeKind{timeline.Fork, timeline.Reap, timeline.Reparent, timeline.Coalesce,
		timeline.Dispatch}
)

// firstPhase is the first kind of those of connections, which stand below the life of who serves or holds them.
var firstPhase = slices.Index(spanKinds, timeline.Queued)

// collector takes what a timeline gives.
type collector struct {
	spans    pieces[span]
	edges    pieces[edge]
	tasks    []task // those of the lanes
	execs    []executed
	servings map[uint64][]serving // of each connection that was served by a thread or a coroutine, in their order
}

// serving is who read and wrote a connection from a moment on: a thread or a coroutine, by its number.
type serving struct {
	begin event.Time
	by    uint64
}

// span has no pointers: there are so many that the collector of garbage would take long to look at them.
type span struct {
	kind       timeline.Kind
	open       bool
	task       int32  // of a lane: its place among the tasks
	number     uint64 // of the task
	begin, end event.Time
	evidence   uint64
	above      uint64 // the task below whose lane this one's stands
	connection uint64
}

// task is what a lane is of.
type task struct {
	process   *model.Process
	thread    *model.Thread
	coroutine *model.Coroutine
}

// executed is a program that a task began to run.
type executed struct {
	number uint64
	begin  event.Time
	name   string
}

type edge struct {
	kind       timeline.EdgeKind
	from, to   uint64
	begin, end event.Time
	evidence   uint64
	connection uint64
}

func (c *collector) span(s *timeline.Span) {
	if s.Kind == timeline.Serving && !s.Retracted {
		c.serving(s)
	}
	if s.Kind != timeline.Program && !slices.Contains(spanKinds, s.Kind) {
		return
	}
	n := span{kind: s.Kind, number: s.Of.Number, begin: s.Begin.At, end: s.End.At, open: s.Open,
		evidence: s.Begin.Evidence, above: timeline.AboveOf(s)}
	if s.Kind == timeline.Zombie {
		n.evidence = s.End.Evidence
	}
	if s.Connection != nil {
		n.connection = s.Connection.Number
		n.number = server(s)
	}
	switch {
	case s.Kind == timeline.Program:
		c.exec(s)
		return
	case s.Retracted:
		retract(&c.spans, func(o *span) bool {
			return o.kind == n.kind && o.number == n.number && o.begin == n.begin && o.connection == n.connection
		}, func(o *span) { o.kind = timeline.NoSpan })
		return
	case timeline.IsLane(s.Kind):
		n.task = int32(len(c.tasks))
		c.tasks = append(c.tasks, task{s.Process, s.Thread, s.Coroutine})
	}
	c.spans.add(n)
}

func (c *collector) exec(s *timeline.Span) {
	n := executed{s.Of.Number, s.Begin.At, string(s.Name)}
	if !s.Retracted {
		c.execs = append(c.execs, n)
		return
	}
	for i, e := range slices.Backward(c.execs) {
		if e.number == n.number && e.begin == n.begin {
			c.execs = slices.Delete(c.execs, i, i+1)
			return
		}
	}
}

// serving notes who served a connection, unless it is the process itself, of which the connection knows.
func (c *collector) serving(s *timeline.Span) {
	by := uint64(0)
	switch {
	case s.Coroutine != nil:
		by = s.Coroutine.Number
	case s.Thread != nil:
		by = s.Of.Number
	default:
		return
	}
	if c.servings == nil {
		c.servings = map[uint64][]serving{}
	}
	c.servings[s.Connection.Number] = append(c.servings[s.Connection.Number], serving{s.Begin.At, by})
}

// servedBy returns who served a connection at a moment; without one that is known, the other.
func (c *collector) servedBy(connection uint64, at event.Time, other uint64) uint64 {
	for _, s := range slices.Backward(c.servings[connection]) {
		if s.begin <= at {
			return s.by
		}
	}
	return other
}

// server is the number of the process on whose lane a span of a connection stands: who served it, once it did; before
// that, who accepted it; who holds it. Which of its threads or coroutines it was is known in the end.
func server(s *timeline.Span) uint64 {
	if c := s.Connection; c.Server != nil && (s.Kind == timeline.Served || s.Kind == timeline.Replied) {
		return c.Server.Number
	}
	return s.Of.Number
}

func (c *collector) edge(e *timeline.Edge) {
	if !slices.Contains(edgeKinds, e.Kind) || e.From.Number == 0 || e.To.Number == 0 {
		return
	}
	n := edge{e.Kind, e.From.Number, e.To.Number, e.Begin.At, e.End.At, e.End.Evidence, 0}
	if e.Connection != nil {
		n.connection = e.Connection.Number
	}
	if e.Retracted {
		retract(&c.edges, func(o *edge) bool {
			return o.kind == n.kind && o.from == n.from && o.to == n.to && o.begin == n.begin
		}, func(o *edge) { o.kind = timeline.NoEdge })
		return
	}
	c.edges.add(n)
}

// retract marks the last of those that a retraction is of. It was given not long before.
func retract[T any](l *pieces[T], is func(*T) bool, mark func(*T)) {
	for _, part := range slices.Backward(l.parts) {
		for i := len(part) - 1; i >= 0; i-- {
			if is(&part[i]) {
				mark(&part[i])
				return
			}
		}
	}
}

// pieces are a list in parts, so that what is there is not copied as it grows.
type pieces[T any] struct {
	parts [][]T
	n     int
}

const partSize = 1 << 12

func (l *pieces[T]) add(v T) {
	last := len(l.parts) - 1
	if last < 0 || len(l.parts[last]) == partSize {
		last++
		l.parts = append(l.parts, make([]T, 0, min(partSize, 64+l.n)))
	} else if len(l.parts[last]) == cap(l.parts[last]) {
		l.parts[last] = slices.Grow(l.parts[last], min(l.n, partSize-len(l.parts[last])))
	}
	l.parts[last] = append(l.parts[last], v)
	l.n++
}

func (l *pieces[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, part := range l.parts {
			for i := range part {
				if !yield(&part[i]) {
					return
				}
			}
		}
	}
}

// lane is a task while the order of the lanes is sought.
type lane struct {
	span     *span
	children []*lane
	place    int
}

// lanes puts what was collected in order.
func (c *collector) lanes(m *model.Model) lanes {
	for s := range c.spans.all() {
		if s.kind == timeline.Served || s.kind == timeline.Replied {
			s.number = c.servedBy(s.connection, s.begin, s.number)
		}
	}
	for e := range c.edges.all() {
		if e.kind == timeline.Dispatch {
			e.to = c.servedBy(e.connection, e.end, e.to)
		}
	}
	byNumber, order := make(map[uint64]*lane, len(c.tasks)), make([]*lane, 0, len(c.tasks))
	for s := range c.spans.all() {
		if timeline.IsLane(s.kind) {
			byNumber[s.number] = &lane{span: s}
			order = append(order, byNumber[s.number])
		}
	}
	slices.SortStableFunc(order, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(a.span.begin, b.span.begin), cmp.Compare(a.span.number, b.span.number))
	})
	var top []*lane
	for _, l := range order {
		above := byNumber[l.span.above]
		if above == nil || above == l {
			top = append(top, l)
		} else {
			above.children = append(above.children, l)
		}
	}
	out := lanes{End: int64(m.Now() - m.Start())}
	out.put(top, c.tasks)
	out.putSpans(c, byNumber, m.Start())
	out.putEdges(c, byNumber, m.Start())
	return out
}

// put lays the lanes out: threads and coroutines come before the processes that a process made. It does not recurse,
// since a chain of processes can be as long as the trace.
func (out *lanes) put(top []*lane, of []task) {
	type open struct {
		lanes []*lane
		depth int
	}
	stack := []open{{top, 0}}
	for len(stack) > 0 {
		last := &stack[len(stack)-1]
		if len(last.lanes) == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		l, depth := last.lanes[0], last.depth
		last.lanes = last.lanes[1:]
		l.place = len(out.Tasks.Kind)
		out.Tasks.add(&of[l.span.task], depth)
		slices.SortStableFunc(l.children, func(a, b *lane) int {
			return cmp.Compare(b2i(a.span.kind == timeline.Process), b2i(b.span.kind == timeline.Process))
		})
		stack = append(stack, open{l.children, depth + 1})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *tasks) add(s *task, depth int) {
	kind, id, pid, name := 0, uint64(0), 0, ""
	switch {
	case s.thread != nil:
		kind, id, pid, name = 1, uint64(s.thread.ID.TID), int(s.thread.Process.PID), string(s.thread.Comm)
	case s.coroutine != nil:
		kind, id, pid, name = 2, s.coroutine.ID, int(s.coroutine.Process.PID), s.coroutine.Runtime.String()
		if s.coroutine.Class != "" {
			name = words.ClassName(s.coroutine.Class)
		}
	case s.process != nil:
		id, pid, name = uint64(s.process.PID), int(s.process.PID), string(s.process.Comm)
	}
	name = text.Escape(name)
	t.Kind, t.ID, t.PID = append(t.Kind, kind), append(t.ID, id), append(t.PID, pid)
	t.Name, t.Depth = append(t.Name, name), append(t.Depth, min(depth, math.MaxInt16))
}

// placed is a span on the lane at a place.
type placed struct {
	*span
	place int
}

func (out *lanes) putSpans(c *collector, byNumber map[uint64]*lane, start event.Time) {
	all := make([]placed, 0, c.spans.n)
	for s := range c.spans.all() {
		if l := byNumber[s.number]; l != nil && s.kind != timeline.NoSpan {
			all = append(all, placed{s, l.place})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.begin, b.begin), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.connection, b.connection))
	})
	o := &out.Spans
	for _, column := range []*[]int{&o.Lane, &o.Kind} {
		*column = make([]int, 0, len(all))
	}
	o.Begin, o.Length = make(differences, 0, len(all)), make([]int64, 0, len(all))
	o.Evidence, o.Connection = make(differences, 0, len(all)), make([]uint64, 0, len(all))
	for i := range all {
		s := all[i]
		if s.open {
			o.Open = append(o.Open, i)
		}
		o.Lane, o.Kind = append(o.Lane, s.place), append(o.Kind, slices.Index(spanKinds, s.kind))
		o.Begin = append(o.Begin, int64(max(s.begin, start)-start))
		o.Length = append(o.Length, int64(s.end-min(s.end, max(s.begin, start))))
		o.Evidence = append(o.Evidence, int64(s.evidence))
		o.Connection = append(o.Connection, s.connection)
	}
}

func (out *lanes) putEdges(c *collector, byNumber map[uint64]*lane, start event.Time) {
	o, n := &out.Edges, c.edges.n
	for _, column := range []*[]int{&o.Kind, &o.From, &o.To} {
		*column = make([]int, 0, n)
	}
	o.Begin, o.Length, o.Evidence = make(differences, 0, n), make([]int64, 0, n), make(differences, 0, n)
	for e := range c.edges.all() {
		from, to := byNumber[e.from], byNumber[e.to]
		if from == nil || to == nil || e.kind == timeline.NoEdge {
			continue
		}
		o.Kind = append(o.Kind, slices.Index(edgeKinds, e.kind))
		o.From, o.To = append(o.From, from.place), append(o.To, to.place)
		begin, end := int64(max(e.begin, start)-start), int64(max(e.end, start)-start)
		o.Begin, o.Length = append(o.Begin, begin), append(o.Length, end-begin) // below 0: to what was before
		o.Evidence = append(o.Evidence, int64(e.evidence))
	}
	for _, e := range c.execs {
		if l := byNumber[e.number]; l != nil && e.begin > l.span.begin {
			out.Marks.Lane, out.Marks.At = append(out.Marks.Lane, l.place), append(out.Marks.At, int64(e.begin-start))
			out.Marks.Kind, out.Marks.Text = append(out.Marks.Kind, 0), append(out.Marks.Text, text.Escape(e.name))
		}
	}
}
