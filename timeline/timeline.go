// Package timeline keeps what the model tells as spans (what was so of somebody, from when to when), edges (who led to
// whom) and marks (what happened besides), each with its evidence: the ordinals of the events by which it is known.
// Lanes of any kind can be drawn from it alone.
//
// It takes facts (model.Options.Facts) and passes what is complete to a sink: functions that are called with each span
// that has ended, each edge, each mark.
//
// # Order
//
// What concerns tasks and connections is held for a while (Options.Hold) after it ended and then given in the order of
// its end, of edges the later of their moments; of two at the same time, what was known first comes first. What became
// known so late that what came after it has been given already comes at once, and is marked as late. The coroutines'
// spans, which are many and never retracted, are given apart from these, as soon as they have ended, and so in the
// order of their ends, too. Spans that have not ended come last, by Finish, in the order of their begin, and are marked
// as open.
//
// # Retractions
//
// A loss, or a wait that tells late whom it has reaped, can show that what was known is not so. What is still held is
// then put right before it is given. What has been given is given again, marked as retracted, and then as it is. The
// model keeps what is gone for a second, or for its Linger, and puts it right no later: with a Hold of that length only
// MaxHeld lets it leave before. A reparenting can be retracted at any time.
//
// # Memory
//
// Beside what is held, there are the open spans of the processes, threads, coroutines and connections that the model
// holds, and for a retraction what was given of the last 10,000 processes that are gone. Of one that went before these,
// the evidence in a retraction is that of the retraction.
package timeline

import (
	"cmp"
	"slices"
	"time"

	"tracer/event"
	"tracer/model"
)

// Options of a Timeline. What the functions are called with is the timeline's, and valid until they return. A nil one
// is not called.
type Options struct {
	Span func(*Span)
	Edge func(*Edge)
	// Begin is called with each span as it begins, but for those that are known only at their end. It goes on changing,
	// and is given to Span when it has ended.
	Begin func(*Span)
	Mark  func(*Mark)

	// Hold is how long a span, an edge or a mark is held after its end, so that a retraction still reaches it. Zero
	// means a second, which is how long the model keeps what is gone at least; below zero, nothing is held.
	Hold time.Duration
	// MaxHeld bounds how many are held; the earliest go first. Zero means 10,000.
	MaxHeld int
}

const defaultHold = event.Time(1e9)

// A Timeline keeps what is open and what is held. It belongs to the goroutine of its model.
type Timeline struct {
	sink     sink
	tasks    tasks
	sockets  sockets
	runtimes runtimes
	holdings holdings
}

// New returns an empty timeline.
func New(o Options) *Timeline {
	t := &Timeline{}
	t.sink.length = defaultHold
	if o.Hold > 0 {
		t.sink.length = event.Time(o.Hold)
	}
	switch {
	case o.Hold < 0:
		o.MaxHeld = 0
	case o.MaxHeld == 0:
		o.MaxHeld = 10_000
	}
	t.sink.options = o
	t.tasks = tasks{sink: &t.sink, processes: map[uint64]*process{}, pids: map[event.PID]*process{},
		threads: map[event.TID]*thread{}}
	t.sockets = sockets{sink: &t.sink, tasks: &t.tasks, connections: map[uint64]*connection{}}
	t.holdings = holdings{sink: &t.sink, tasks: &t.tasks, byHolder: map[int64]map[socket]*Span{},
		byConnection: map[uint64]map[int64]bool{}}
	t.runtimes = runtimes{sink: &t.sink, tasks: &t.tasks, coroutines: map[uint64]*Span{}}
	return t
}

// Add takes the next fact: set it as model.Options.Facts.
func (t *Timeline) Add(f *model.Fact) {
	t.sink.now = max(t.sink.now, f.Event.Time)
	switch f.Kind {
	case model.TookControl:
		t.runtimes.tookControl(f)
	case model.CoroutineCreated, model.CoroutineInherited:
		t.runtimes.created(f)
	case model.CoroutineEnded:
		t.runtimes.ended(f)

	case model.Launched, model.Created, model.Met:
		t.tasks.born(f)
	case model.Executed:
		t.holdings.over(f)
		t.tasks.executed(f)
	case model.Ended:
		t.holdings.over(f)
		t.tasks.ended(f)
	case model.Waitable:
		t.tasks.waitable(t.tasks.state(f), moment(f))
	case model.Reaped:
		if !f.Retracted {
			t.holdings.over(f)
		}
		t.tasks.reaped(f)
	case model.Reparented:
		t.tasks.reparented(f)
	case model.Signaled:
		t.tasks.signaled(f)
	case model.Delivered:
		t.tasks.took(f)
	case model.Handled:
		if f.Event.Signal == event.SIGCHLD {
			t.tasks.took(f)
		} else {
			t.sink.mark(f)
		}
	case model.Stopped:
		t.tasks.stopped(f)
	case model.Continued:
		t.tasks.continued(f)

	case model.Holds:
		t.holdings.held(f)
	case model.Accepted:
		t.holdings.used(f)
		t.sockets.accepted(f)
	case model.Served:
		t.holdings.used(f)
		t.sockets.served(f)
	case model.Closed:
		t.holdings.closed(f)
		t.sockets.closed(f)
	case model.Requested:
		t.sockets.requested(f)
	case model.Responded:
		t.sockets.responded(f)

	case model.EventsLost:
		t.runtimes.eventsLost(f)
		t.sink.mark(f)
	default:
		t.sink.mark(f)
	}
	t.sink.expire()
}

// Advance notes that time went on without an event, so that what is held can leave.
func (t *Timeline) Advance(now event.Time) {
	t.sink.now = max(t.sink.now, now)
	t.sink.expire()
}

// Finish passes on all that is held and what is open at the end of the trace, which is now.
func (t *Timeline) Finish(now event.Time) {
	t.sink.now = max(t.sink.now, now)
	for t.sink.queue.len() > 0 {
		t.sink.leave(t.sink.queue.pop())
	}
	for _, s := range t.Open() {
		s.Open = true
		t.sink.giveSpan(s)
	}
}

// Open returns the spans that have not ended, in the order of their begin. Their End is now.
func (t *Timeline) Open() []*Span {
	var open []*Span
	add := func(spans ...*Span) {
		for _, s := range spans {
			if s != nil {
				open = append(open, s)
			}
		}
	}
	for _, p := range t.tasks.processes {
		add(p.life, p.program, p.stopped, p.pending, p.ending, p.zombie)
		for _, c := range p.requests {
			add(c.request)
		}
		for _, c := range p.controls {
			if c.on {
				add(&c.span)
			}
		}
	}
	for _, h := range t.tasks.threads {
		add(h.span)
	}
	for _, c := range t.sockets.connections {
		add(c.request, c.span, c.phase, c.serving)
		add(c.exchanges...)
	}
	for _, s := range t.runtimes.coroutines {
		add(s)
	}
	for _, held := range t.holdings.byHolder {
		for _, s := range held {
			add(s)
		}
	}
	for _, s := range open {
		s.End = Moment{At: max(t.sink.now, s.Begin.At), Inferred: true}
	}
	slices.SortFunc(open, func(a, b *Span) int {
		return cmp.Or(cmp.Compare(a.Begin.At, b.Begin.At), cmp.Compare(a.Begin.Evidence, b.Begin.Evidence),
			cmp.Compare(a.Of.Number, b.Of.Number), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.number(), b.number()),
			cmp.Compare(a.Of.Task.TID, b.Of.Task.TID), cmp.Compare(a.Listener, b.Listener))
	})
	return open
}

func (s *Span) number() uint64 {
	if s.Connection == nil {
		return 0
	}
	return s.Connection.Number
}

// Held calls span and edge with what is complete and has not left yet, in its order: a live picture is what was given,
// what is held and what is open.
func (t *Timeline) Held(span func(*Span), edge func(*Edge)) {
	for _, h := range t.sink.queue.waiting[t.sink.queue.head:] {
		switch {
		case h.taken:
		case h.span != nil:
			span(h.span)
		case h.edge != nil:
			edge(h.edge)
		}
	}
}
