package viewer

import (
	"tracer/event"
	"tracer/model"
)

// trace is what is known up to a moment: the forest, how fast it changes, and what was born last.
type trace struct {
	model  *model.Model
	rates  rates
	newest event.Task // leader of the last process created
	now    event.Time // the moment that is shown: ages are counted up to it
	last   event.Time // the greatest of the events' times
	begin  event.Time // the time of the first event, also before that
	most   event.TID  // highest id met, which decides how wide ids are
}

func (t *trace) apply(e *event.Event) {
	t.model.Apply(e)
	t.rates.count(e)
	if e.Kind == event.Fork && !e.IsThread() {
		t.newest = e.Child
	}
	t.last = max(t.last, e.Time)
	t.now = max(t.now, t.last)
	t.most = max(t.most, e.Task.TID, e.Child.TID, e.OldTID)
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
	return &c
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
