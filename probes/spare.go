package probes

import (
	"hash/maphash"
	"strings"
	"sync"

	"tracer/event"
)

const (
	spareBatches = 8
	spareCosts   = 1024 // more than are read at once
	nameSlots    = 64
)

// spares are batches, and costs of tasks, that were given back to be filled again: events come at such a rate that all
// else would be garbage.
type spares struct {
	lock    sync.Mutex
	batches [][]event.Event
	costs   []*event.Cost
}

// Reuse takes back a batch of Run's, to fill it again. Whoever gives it must not look at it any more, nor at what its
// events point to. It need not be called.
func (p *Probes) Reuse(batch []event.Event) {
	if cap(batch) == batchSize {
		p.spares.give(batch)
	}
}

func (s *spares) give(batch []event.Event) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for i := range batch {
		if cost := batch[i].Cost; cost != nil && len(s.costs) < spareCosts {
			s.costs = append(s.costs, cost)
		}
	}
	clear(batch)
	if len(s.batches) < spareBatches {
		s.batches = append(s.batches, batch[:0])
	}
}

// batch returns an empty one. It takes the costs, too, and gives those that are left of what it gave before.
func (s *spares) batch(costs []*event.Cost) ([]event.Event, []*event.Cost) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if len(costs) == 0 {
		costs, s.costs = s.costs, costs
	}
	last := len(s.batches) - 1
	if last < 0 {
		return make([]event.Event, 0, batchSize), costs
	}
	batch := s.batches[last]
	s.batches = s.batches[:last]
	return batch, costs
}

// some reports whether there are batches: somebody gives them back.
func (s *spares) some() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return len(s.batches) > 0
}

// material is what decode makes events of.
type material struct {
	costs []*event.Cost
	names [nameSlots]event.Text // the last ones of each hash: the same few come again and again
}

var nameSeed = maphash.MakeSeed()

// name returns a copy of a name that lies in a record, the same one as long as no other takes its place.
func (m *material) name(t event.Text) event.Text {
	slot := &m.names[maphash.String(nameSeed, string(t))%nameSlots]
	if *slot != t {
		*slot = event.Text(strings.Clone(string(t)))
	}
	return *slot
}

func (m *material) cost() *event.Cost {
	last := len(m.costs) - 1
	if last < 0 {
		return &event.Cost{}
	}
	cost := m.costs[last]
	m.costs = m.costs[:last]
	return cost
}
