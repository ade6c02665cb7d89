package report

import (
	"cmp"
	"math"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/timeline"
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
	Name  []string `json:"name"`  // its command name, or its runtime
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
		timeline.Stopped, timeline.Queued, timeline.Accepted, timeline.Served, timeline.Replied,
		timeline.Holding}
	edgeKinds = []timeline.EdgeKind{timeline.Fork, timeline.Reap, timeline.Reparent, timeline.Coalesce,
		timeline.Dispatch}
)

// firstPhase is the first kind of those of connections, which stand below the life of who serves or holds them.
var firstPhase = slices.Index(spanKinds, timeline.Queued)

// collector takes what a timeline gives.
type collector struct {
	spans []span
	edges []edge
	execs []span
}

type span struct {
	kind       timeline.Kind
	number     uint64 // of the task
	begin, end event.Time
	open       bool
	evidence   uint64
	above      uint64 // the task below whose lane this one's stands
	name       string
	connection uint64
	process    *model.Process
	thread     *model.Thread
	coroutine  *model.Coroutine
}

type edge struct {
	kind       timeline.EdgeKind
	from, to   uint64
	begin, end event.Time
	evidence   uint64
}

func (c *collector) span(s *timeline.Span) {
	if s.Kind != timeline.Program && !slices.Contains(spanKinds, s.Kind) {
		return
	}
	n := span{kind: s.Kind, number: s.Of.Number, begin: s.Begin.At, end: s.End.At, open: s.Open,
		evidence: s.Begin.Evidence, above: timeline.AboveOf(s), name: string(s.Name), process: s.Process,
		thread: s.Thread, coroutine: s.Coroutine}
	if s.Kind == timeline.Zombie {
		n.evidence = s.End.Evidence
	}
	if s.Connection != nil {
		n.connection = s.Connection.Number
		n.number = server(s)
	}
	list := &c.spans
	if s.Kind == timeline.Program {
		list = &c.execs
	}
	if s.Retracted {
		retract(*list, func(o *span) bool {
			return o.kind == n.kind && o.number == n.number && o.begin == n.begin && o.connection == n.connection
		}, func(o *span) { o.kind = timeline.NoSpan })
		return
	}
	*list = append(*list, n)
}

// server is the number of the task on whose lane a span of a connection stands: who served it, once it did; before
// that, who accepted it; who holds it.
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
	n := edge{e.Kind, e.From.Number, e.To.Number, e.Begin.At, e.End.At, e.End.Evidence}
	if e.Retracted {
		retract(c.edges, func(o *edge) bool {
			return o.kind == n.kind && o.from == n.from && o.to == n.to && o.begin == n.begin
		}, func(o *edge) { o.kind = timeline.NoEdge })
		return
	}
	c.edges = append(c.edges, n)
}

// retract marks the last of those that a retraction is of. It was given not long before.
func retract[T any](list []T, is func(*T) bool, mark func(*T)) {
	for i := len(list) - 1; i >= 0; i-- {
		if is(&list[i]) {
			mark(&list[i])
			return
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
	c.spans = slices.DeleteFunc(c.spans, func(s span) bool { return s.kind == timeline.NoSpan })
	c.execs = slices.DeleteFunc(c.execs, func(s span) bool { return s.kind == timeline.NoSpan })
	c.edges = slices.DeleteFunc(c.edges, func(e edge) bool { return e.kind == timeline.NoEdge })
	byNumber, order := map[uint64]*lane{}, []*lane(nil)
	for i := range c.spans {
		s := &c.spans[i]
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
	out.put(top)
	out.putSpans(c, byNumber, m.Start())
	out.putEdges(c, byNumber, m.Start())
	return out
}

// put lays the lanes out: threads and coroutines come before the processes that a process made. It does not recurse,
// since a chain of processes can be as long as the trace.
func (out *lanes) put(top []*lane) {
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
		out.Tasks.add(l.span, depth)
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

func (t *tasks) add(s *span, depth int) {
	kind, id, pid, name := 0, uint64(0), 0, ""
	switch {
	case s.thread != nil:
		kind, id, pid, name = 1, uint64(s.thread.ID.TID), int(s.thread.Process.PID), string(s.thread.Comm)
	case s.coroutine != nil:
		kind, id, pid, name = 2, s.coroutine.ID, int(s.coroutine.Process.PID), s.coroutine.Runtime.String()
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
	all := make([]placed, 0, len(c.spans))
	for i := range c.spans {
		if l := byNumber[c.spans[i].number]; l != nil {
			all = append(all, placed{&c.spans[i], l.place})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.begin, b.begin), cmp.Compare(a.kind, b.kind),
			cmp.Compare(a.connection, b.connection))
	})
	o := &out.Spans
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
	o := &out.Edges
	for _, e := range c.edges {
		from, to := byNumber[e.from], byNumber[e.to]
		if from == nil || to == nil {
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
