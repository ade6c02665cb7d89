package probes

import (
	"fmt"
	"slices"
	"time"
	"unsafe"

	"tracer/bpf"
	"tracer/event"
)

// A wait that only the end of another child can end is told as it begins; one for any child is not, as most of them
// return at once, and each would double what is told of a loop that forks and waits. So an iterator tells of those that
// last. It costs as much as there are tasks on the machine.

const (
	waitsTold     = 100 * time.Millisecond // those that have lasted so long
	waitsInterval = time.Second            // the shortest between two looks
	waitsSeldom   = 5 * time.Second        // the longest, while events come
	waitsShare    = 100                    // a look is to take so small a part of the time
)

// waits is when waits under way were looked for.
type waits struct {
	looked time.Time
	took   time.Duration
}

// lookAtWaits has the kernel side tell of waits that are under way and were not told yet, and takes that: when it is
// time to, of those that last; before the end of a trace whose tasks go on, of all. Those of 32 bits are among all
// alone, as they are not seen to return.
func (s *stream) lookAtWaits(last bool) error {
	least := waitsTold
	switch {
	case s.finished:
		return nil
	case last:
		least = 0
	case time.Since(s.waits.looked) < min(max(waitsInterval, waitsShare*s.waits.took), waitsSeldom):
		return nil
	}
	began := time.Now()
	err := s.probes.tellWaits(least, last, func([]byte) error { return s.collect() })
	s.waits = waits{looked: time.Now(), took: time.Since(began)}
	return err
}

// tellWaits has the kernel side tell of waits that have lasted for so long, and of those of 32 bits, too.
func (p *Probes) tellWaits(least time.Duration, of32Bits bool, take func([]byte) error) error {
	if err := p.collection.Variables[bpf.TracerVarWaitedLeast].Set(uint64(least)); err != nil {
		return fmt.Errorf("set for how long a wait has lasted: %w", err)
	}
	if err := p.setVariable(bpf.TracerVarLookAt32Bits, flag(of32Bits)); err != nil {
		return err
	}
	return p.iterate(bpf.TracerProgWaitsMet, p.room(int(unsafe.Sizeof(bpf.TracerWaitingRecord{}))), take)
}

// lookAtWaitsOf tells of the waits that were under way when the trace ended with its root, while others went on: those
// that had begun by then and are under way now. Where that end is in the batch, they are told before it.
func (s *stream) lookAtWaitsOf(end int) error {
	if s.probes.liveTasks() <= 0 {
		return nil
	}
	at := s.batch[end].Time
	return s.probes.tellWaits(0, true, func([]byte) error {
		for {
			n, err := s.readBehind(func(e *event.Event) bool { return e.Kind == event.Waiting && e.Time-e.Waited < at })
			if n == 0 || err != nil {
				return err
			}
			last := len(s.batch) - 1
			if e := s.batch[last]; e.Kind == event.Waiting && last > end {
				e.Time, e.Waited = at, e.Waited-(e.Time-at)
				s.batch = slices.Insert(s.batch[:last], end, e)
				end++
			}
		}
	})
}
