package timeline

import (
	"sort"

	"tracer/event"
	"tracer/model"
)

// held is a span, an edge or a mark on its way to the sink.
type held struct {
	at    event.Time // where it stands in the order
	span  *Span
	edge  *Edge
	mark  *Mark
	left  bool // it has been given
	taken bool // it was taken back before
}

func (h *held) given() *Given {
	switch {
	case h.span != nil:
		return &h.span.Given
	case h.edge != nil:
		return &h.edge.Given
	}
	return &h.mark.Given
}

// queue holds what is known, in the order of time, until it leaves.
type queue struct {
	waiting []*held // from head on; the earliest first
	head    int
	last    event.Time // of what has left
}

func (q *queue) len() int { return len(q.waiting) - q.head }

func (q *queue) first() *held { return q.waiting[q.head] }

// add puts h behind all that are not later. Mostly none is.
func (q *queue) add(h *held) {
	q.waiting = append(q.waiting, h)
	n := len(q.waiting) - 1
	if n == q.head || q.waiting[n-1].at <= h.at {
		return
	}
	i := q.head + sort.Search(n-q.head, func(i int) bool { return q.waiting[q.head+i].at > h.at })
	copy(q.waiting[i+1:], q.waiting[i:n])
	q.waiting[i] = h
}

func (q *queue) pop() *held {
	h := q.waiting[q.head]
	q.waiting[q.head] = nil
	q.head++
	if q.head*2 > len(q.waiting) && q.head >= 64 {
		n := copy(q.waiting, q.waiting[q.head:])
		clear(q.waiting[n:])
		q.waiting, q.head = q.waiting[:n], 0
	}
	return h
}

// sink passes what is known to whoever wants it, once it has been held.
type sink struct {
	options Options
	length  event.Time // of the hold
	now     event.Time
	queue   queue
}

// hold keeps h until it is to leave.
func (s *sink) hold(h *held) *held {
	s.queue.add(h)
	for s.queue.len() > s.options.MaxHeld {
		s.leave(s.queue.pop())
	}
	return h
}

// expire lets go what has been held long enough.
func (s *sink) expire() {
	for s.queue.len() > 0 && s.queue.first().at+s.length < s.now {
		s.leave(s.queue.pop())
	}
}

func (s *sink) leave(h *held) {
	if h.taken {
		return
	}
	h.left = true
	if h.at < s.queue.last {
		h.given().Late = true
	}
	s.queue.last = max(s.queue.last, h.at)
	s.give(h)
}

func (s *sink) give(h *held) {
	switch {
	case h.span != nil:
		s.giveSpan(h.span)
	case h.edge != nil && s.options.Edge != nil:
		s.options.Edge(h.edge)
	case h.mark != nil && s.options.Mark != nil:
		s.options.Mark(h.mark)
	}
}

func (s *sink) giveSpan(span *Span) {
	if s.options.Span != nil {
		s.options.Span(span)
	}
}

// begin tells of a span that has begun.
func (s *sink) begin(span *Span) *Span {
	if s.options.Begin != nil {
		s.options.Begin(span)
	}
	return span
}

// takeBack undoes what is not so: what has left is given again as retracted.
func (s *sink) takeBack(h *held) {
	switch {
	case h == nil:
	case h.left:
		h.given().Retracted = true
		s.give(h)
	default:
		h.taken = true
	}
}

// moment is when a fact happened.
func moment(f *model.Fact) Moment {
	return Moment{At: f.At, Evidence: f.Evidence, Inferred: f.Flags.Has(model.Inferred)}
}

// end ends a span and holds it.
func (s *sink) end(span *Span, at Moment) *held {
	if span == nil {
		return nil
	}
	span.End = at
	span.End.At = max(at.At, span.Begin.At)
	if span.Process != nil && span.Thread == nil && span.Kind <= Zombie {
		span.Of = processID(span.Process) // its start can have become known since
	}
	return s.hold(&held{at: span.End.At, span: span})
}

func (s *sink) edge(e *Edge) *held { return s.hold(&held{at: e.at(), edge: e}) }

func (s *sink) mark(f *model.Fact) {
	m := &Mark{Kind: f.Kind, At: moment(f), Count: max(f.Count, 1), Given: Given{Retracted: f.Retracted}}
	if f.Kind == model.LetGo {
		m.Connection = f.Connection
	}
	switch {
	case f.Kind == model.EventsLost:
		m.Lost, m.Count = f.Event.Lost, f.Event.Count
	case f.Thread != nil:
		m.Of = threadID(f.Thread)
	case f.Process != nil:
		m.Of = processID(f.Process)
	}
	s.hold(&held{at: m.At.At, mark: m})
}
