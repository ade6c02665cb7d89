package timeline

import (
	"sort"

	"tracer/event"
	"tracer/model"
)

// An Arrival is a connection, or a datagram, with what became of it. What has not come to pass has no stamp.
type Arrival struct {
	Number   uint64 // of the connection; 0: a datagram
	Listener event.Addr
	Peer     event.Addr // of a datagram it is not known

	Queued     event.Time // how long it was in the backlog; 0: not known
	Accepted   Stamp      // or received
	AcceptedBy *Lane
	Read       Stamp // first read
	Replied    Stamp // first written
	Closed     Stamp
	Workers    []Worker // the first that read or wrote it, and the last ones
	Exchanges  []Answer // of HTTP, the last ones

	BytesRead, BytesWritten uint64 // known at the close
}

// A Worker is who read or wrote a connection, from when on.
type Worker struct {
	Stamp
	Lane *Lane
}

// An Answer is an HTTP request and its answer.
type Answer struct {
	Asked, Answered Stamp
	Line            string // the first line of the request, raw
	Status          int    // 0: none came
}

const (
	// mostArrivals are kept; the earliest that are closed go first.
	mostArrivals = 50_000
	// mostOfOne bounds the workers and the answers of one.
	mostOfOne = 16
)

// Arrivals are those that were accepted, or received, within so many events, the earliest first.
func (h *History) Arrivals(pos uint64) []*Arrival {
	return h.arrivals[:sort.Search(len(h.arrivals), func(i int) bool { return h.arrivals[i].Accepted.Known > pos })]
}

// Worker is who served it last, as it is known after so many events; nil: nobody yet, or nobody that is known.
func (r *Arrival) Worker(pos uint64) *Lane {
	for i := len(r.Workers) - 1; i >= 0; i-- {
		if r.Workers[i].By(pos) {
			return r.Workers[i].Lane
		}
	}
	return nil
}

// Answer is the last request of HTTP on it, as it is known after so many events, and how many are kept; nil: none.
func (r *Arrival) Answer(pos uint64) (last *Answer, n int) {
	for i := range r.Exchanges {
		if x := &r.Exchanges[i]; x.Asked.By(pos) {
			last, n = x, n+1
		}
	}
	return last, n
}

// Arrived is when it came into the backlog, as far as that is known.
func (r *Arrival) Arrived() event.Time { return r.Accepted.At - min(r.Queued, r.Accepted.At) }

// Of reports whether the process of a lane accepted or served it, as it is known after so many events.
func (r *Arrival) Of(process *Lane, pos uint64) bool {
	if r.AcceptedBy != nil && r.AcceptedBy.Process() == process {
		return true
	}
	for i := range r.Workers {
		if w := &r.Workers[i]; w.By(pos) && w.Lane.Process() == process {
			return true
		}
	}
	return false
}

func (h *History) keepArrival(r *Arrival) {
	h.arrivals = append(h.arrivals, r)
	if len(h.arrivals) > mostArrivals {
		h.arrivals = append([]*Arrival(nil), h.arrivals[len(h.arrivals)-mostArrivals/2:]...)
		h.cut = Stamp{max(h.cut.At, h.arrivals[0].Arrived()), h.pos}
	}
}

func (h *History) received(f *model.Fact) {
	r := &Arrival{Listener: f.Event.Socket.Value().Local, Accepted: h.stamp(f.At), BytesRead: f.Event.BytesRead}
	r.Read, r.Closed = r.Accepted, r.Accepted
	if f.Process != nil {
		r.AcceptedBy = h.lanes[h.line.tasks.taskID(f.Process.PID, f.Task, f).Number]
	}
	if r.AcceptedBy != nil {
		r.Workers = []Worker{{r.Accepted, r.AcceptedBy}}
	}
	h.keepArrival(r)
}

func (h *History) beginOfArrival(s *Span) {
	switch s.Kind {
	case Accepted:
		c := s.Connection
		r := &Arrival{Number: c.Number, Listener: c.Listener, Peer: c.Peer, Queued: c.Queued,
			Accepted: h.stamp(s.Begin.At), AcceptedBy: h.lanes[s.Of.Number]}
		h.open[c.Number] = r
		h.keepArrival(r)
		h.sign(s.Of.Number, AcceptSign, s.Begin.At, 0)
	case Served:
		h.reached(s, func(r *Arrival) *Stamp { return &r.Read })
	case Replied:
		h.reached(s, func(r *Arrival) *Stamp { return &r.Replied })
	case Serving:
		h.serves(s)
	case Exchange:
		if r := h.open[s.number()]; r != nil {
			if len(r.Exchanges) == mostOfOne {
				r.Exchanges = append([]Answer(nil), r.Exchanges[1:]...)
			}
			r.Exchanges = append(r.Exchanges, Answer{Asked: h.stamp(s.Begin.At), Line: s.Line})
		}
	}
}

func (h *History) reached(s *Span, phase func(*Arrival) *Stamp) {
	if r := h.open[s.number()]; r != nil {
		*phase(r) = h.stamp(s.Begin.At)
	}
}

// serves begins the bar of a connection on the lane of who serves it: the coroutine, if that is known.
func (h *History) serves(s *Span) {
	number := s.Of.Number
	if s.Coroutine != nil {
		number = s.Coroutine.Number
	}
	l := h.lanes[number]
	if l == nil {
		return
	}
	at := h.stamp(s.Begin.At)
	if n := len(l.Serving.Begins); n > 0 {
		at.At = max(at.At, l.Serving.Begins[n-1].At)
	}
	l.works(h.pos)
	l.Serving.Begins = append(l.Serving.Begins, Began{at, s.number()})
	h.serving[s.number()] = serving{l, h.pos}
	if r := h.open[s.number()]; r != nil {
		h.handed(l, r, at)
		if len(r.Workers) == mostOfOne {
			r.Workers = append(r.Workers[:1:1], r.Workers[2:]...)
		}
		r.Workers = append(r.Workers, Worker{at, l})
	}
}

// handed notes that a connection came to a lane from another. Who was made for it has its begin to tell that.
func (h *History) handed(l *Lane, r *Arrival, at Stamp) {
	from, n := r.AcceptedBy, len(r.Workers)
	if n > 0 {
		from = r.Workers[n-1].Lane
	}
	handover := n > 0
	if from == nil || from == l || !handover && l.Begin.At >= r.Accepted.At {
		return
	}
	h.kept++
	l.Hands = append(l.Hands, Hand{at, from, handover})
}

func (h *History) endOfArrival(s *Span) {
	switch s.Kind {
	case Serving:
		if now, ok := h.serving[s.number()]; ok {
			h.endOf(&now.lane.Serving, s.End.At)
			delete(h.serving, s.number())
		}
	case Exchange:
		h.answered(s)
	case Connection:
		if r := h.open[s.number()]; r != nil {
			r.Closed, r.BytesRead, r.BytesWritten = h.stamp(s.End.At), s.Connection.BytesRead, s.Connection.BytesWritten
			delete(h.open, s.number())
		}
	}
}

// answered ends the oldest request that has no answer, as the model has it.
func (h *History) answered(s *Span) {
	r := h.open[s.number()]
	if r == nil {
		return
	}
	for i := range r.Exchanges {
		if x := &r.Exchanges[i]; x.Answered.Known == 0 {
			x.Answered, x.Status = h.stamp(s.End.At), s.Status
			return
		}
	}
}

// dropArrivals drops those that were closed by then.
func (h *History) dropArrivals(cut event.Time) {
	var kept []*Arrival
	for _, r := range h.arrivals {
		if r.Closed.Known == 0 || r.Closed.At > cut {
			kept = append(kept, r)
			h.kept += 4
		}
	}
	h.arrivals = kept
}
