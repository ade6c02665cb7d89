package viewer

import "tracer/event"

// Source is events that can be read from any number on, as those of a recording can.
type Source interface {
	// Len is how many events there are.
	Len() uint64
	// At fills buf with the events from number from on and returns how many; fewer than buf holds only at the end. What
	// buf held before may be overwritten, strings that it refers to stay valid.
	At(from uint64, buf []event.Event) (n int, err error)
}

const (
	pageEvents = 2048
	pageCount  = 4
)

// eventLog is the events of a trace by their number, counted from 0. That of a recording is there as a whole. That of a
// trace under way grows: its last events are in memory, and those before can be read where they are recorded, or not at
// all.
type eventLog struct {
	grows  bool
	recent ring
	source Source // nil: there is none
	whole  uint64 // events of a recording

	pages [pageCount]page
	clock uint64
	err   error // of the last read that failed
}

// page is a piece of the source. The last few are kept.
type page struct {
	first  uint64
	used   uint64
	events []event.Event
	buf    []event.Event
}

// end is the number behind that of the last event.
func (l *eventLog) end() uint64 { return max(l.whole, l.recent.end) }

// first is the number of the oldest event that can be read.
func (l *eventLog) first() uint64 {
	if l.source != nil {
		return 0
	}
	return l.recent.first()
}

// at returns event n; nil when it cannot be read. It is valid until the next call.
func (l *eventLog) at(n uint64) *event.Event {
	rest := l.from(n)
	if len(rest) == 0 {
		return nil
	}
	return &rest[0]
}

// from returns some events from number n on; none when it cannot be read. They are valid until the next call.
func (l *eventLog) from(n uint64) []event.Event {
	switch {
	case n >= l.end():
		return nil
	case n >= l.recent.first() && l.recent.end > 0:
		return l.recent.from(n)
	case l.source == nil:
		return nil
	}
	first := n - n%pageEvents
	l.clock++
	oldest := &l.pages[0]
	for i := range l.pages {
		k := &l.pages[i]
		if k.first == first && n-first < uint64(len(k.events)) {
			k.used = l.clock
			return k.events[n-first:]
		}
		if k.used < oldest.used {
			oldest = k
		}
	}
	if oldest.buf == nil {
		oldest.buf = make([]event.Event, pageEvents)
	}
	got, err := l.source.At(first, oldest.buf)
	if err != nil {
		l.err = err
	}
	*oldest = page{first: first, used: l.clock, buf: oldest.buf, events: oldest.buf[:got]}
	return oldest.events[min(n-first, uint64(got)):]
}

// ring keeps the last events, in blocks that are made when they are needed.
type ring struct {
	blocks [][]event.Event
	end    uint64
	keep   uint64
}

const ringBlock = 2048

func (r *ring) add(e *event.Event) {
	at := r.end % r.keep
	if at/ringBlock == uint64(len(r.blocks)) {
		r.blocks = append(r.blocks, make([]event.Event, min(r.keep-at, ringBlock)))
	}
	r.blocks[at/ringBlock][at%ringBlock] = *e
	r.end++
}

// first is the number of the oldest event that is kept.
func (r *ring) first() uint64 { return r.end - min(r.end, r.keep) }

// from returns some of the events from number n on, which is kept.
func (r *ring) from(n uint64) []event.Event {
	at := n % r.keep
	block := r.blocks[at/ringBlock][at%ringBlock:]
	return block[:min(r.end-n, uint64(len(block)))]
}
