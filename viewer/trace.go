package viewer

import (
	"slices"

	"tracer/event"
	"tracer/model"
)

// trace is what is known up to a moment: the forest, how fast it changes, and what was born last.
type trace struct {
	model  *model.Model
	rates  rates
	newest event.Task // leader of the last process created
	now    event.Time // the moment that is shown: ages are counted up to it
	begin  event.Time // of a recording: the time of its first event
	log    eventLog
	closed bool      // no more events will come
	most   event.TID // highest id met, which decides how wide ids are
}

func (t *trace) apply(e *event.Event) {
	t.model.Apply(e)
	t.rates.count(e)
	if e.Kind == event.Fork && !e.IsThread() {
		t.newest = e.Child
	}
	t.now = max(t.now, e.Time)
	t.most = max(t.most, e.Task.TID, e.Child.TID)
}

// start is the time from which others are counted, 0 while there is none.
func (t *trace) start() event.Time {
	if start := t.model.Start(); start != 0 {
		return start
	}
	return t.begin
}

// idWidth is how many cells an id takes.
func (t *trace) idWidth() int {
	n := minIDWidth
	for limit := event.TID(1e5); limit <= t.most && n < maxIDWidth; limit *= 10 {
		n++
	}
	return n
}

// Ids have five digits at first; the kernel's largest, 4194304, has seven.
const (
	minIDWidth = 5
	maxIDWidth = 7
)

// clone returns a trace that does not change with this one.
func (t *trace) clone() *trace {
	c := *t
	c.model = t.model.Clone()
	if r, ok := t.log.(*ring); ok {
		c.log = r.clone()
	}
	return &c
}

// eventLog is the events that can be shown, by their number in the trace, counted from 0.
type eventLog interface {
	// span is the numbers that are kept: first <= n < end.
	span() (first, end uint64)
	// at returns event n of the span; nil when it cannot be read. It is valid until the next call.
	at(n uint64) *event.Event
}

// ring keeps the last events.
type ring struct {
	events []event.Event
	end    uint64
	keep   uint64
}

func newRing(keep int) *ring { return &ring{keep: uint64(keep)} }

func (r *ring) add(e *event.Event) {
	if uint64(len(r.events)) < r.keep {
		r.events = append(r.events, *e)
	} else {
		r.events[r.end%r.keep] = *e
	}
	r.end++
}

func (r *ring) span() (uint64, uint64) { return r.end - uint64(len(r.events)), r.end }

func (r *ring) at(n uint64) *event.Event { return &r.events[n%r.keep] }

func (r *ring) clone() *ring {
	return &ring{events: slices.Clone(r.events), end: r.end, keep: r.keep}
}

const (
	rateSlots = 20
	rateSlot  = event.Time(1e9) / rateSlots
)

// rates counts what happened within the last second, in slots of 50 ms.
type rates struct {
	slots [rateSlots]struct{ forks, threads, exits, accepts uint32 }
	last  event.Time // number of the newest slot
}

func (r *rates) count(e *event.Event) {
	r.roll(e.Time)
	s := &r.slots[r.last%rateSlots]
	switch {
	case e.Kind == event.Fork && e.IsThread():
		s.threads++
	case e.Kind == event.Fork:
		s.forks++
	case e.Kind == event.Exit && e.Flags.Has(event.GroupDead):
		s.exits++
	case e.Kind == event.Accept:
		s.accepts++
	}
}

// roll empties the slots between the newest one and now.
func (r *rates) roll(now event.Time) {
	slot := now / rateSlot
	for n := min(slot-min(slot, r.last), rateSlots); n > 0; n-- {
		r.slots[(slot-n+1)%rateSlots] = struct{ forks, threads, exits, accepts uint32 }{}
	}
	r.last = max(r.last, slot)
}

// perSecond returns the numbers of the second before now.
func (r rates) perSecond(now event.Time) (forks, threads, exits, accepts uint64) {
	r.roll(now)
	for _, s := range r.slots {
		forks += uint64(s.forks)
		threads += uint64(s.threads)
		exits += uint64(s.exits)
		accepts += uint64(s.accepts)
	}
	return forks, threads, exits, accepts
}
