package probes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

	"tracer/event"
)

const (
	pollInterval  = 20 * time.Millisecond // between reads while events come: a wake-up for each would cost the traced tasks dearly, and each read costs tracer
	healPause     = 5 * time.Millisecond  // without an event, before the forest is put right after a loss
	quietPolls    = 5                     // empty ones before the reader blocks until the next record wakes it
	quietInterval = 2 * time.Second       // the longest that it blocks, as a bound on what a lost wake-up could cost
	settleTime    = 2 * time.Second       // the longest that the release of a reaped task can take to be reported (an RCU grace period: 5 to 90 ms when idle)
	maxBatch      = 8192
	batchSize     = 512 // events that are sent at once, at most, but for what Attach has read
	spareBatches  = 8
)

// Run reads until the traced set has ended or ctx is done, and sends every event, in order, to batches. Events come in the order of
// their causes, with times that never decrease. The last event is End, but for releases that confirm a reaping seen before, and the
// closes of what the last task left open.
// Run closes batches when it returns. It must not run twice.
func (p *Probes) Run(ctx context.Context, batches chan<- []event.Event) error {
	defer close(batches)
	s := p.attached
	if s == nil {
		s = &stream{probes: p}
	}
	s.batches = batches
	stop := context.AfterFunc(ctx, func() { _ = p.reader.Flush() })
	defer stop()
	return s.run(ctx)
}

// stream is the state of one Run.
type stream struct {
	probes  *Probes
	batches chan<- []event.Event
	record  ringbuf.Record
	batch   []event.Event

	time     event.Time // of the last event
	tasks    int        // of the traced set, by the events
	begun    bool
	lossy    bool
	ended    bool // the root has, and that is to be the end
	puzzles  int  // waits that did not tell whom they reaped
	solved   int  // releases since the first of them
	open     int  // connections accepted and not closed
	finished bool // the last traced task has ended

	attached bool                // to what ran already
	adopting bool                // the targets are being met now
	met      map[event.Task]bool // counted while adopting, living still: a fork and a snapshot can both tell of a task
	guessing bool                // a snapshot after a loss is under way
	wounded  bool                // events were lost since the last snapshot
	healed   time.Time           // when the last one was made
}

func (s *stream) run(ctx context.Context) error {
	quiet := 0
	for {
		n, err := s.poll(quiet >= quietPolls)
		if err != nil {
			return err
		}
		if n > 0 {
			quiet = 0
		} else {
			quiet++
		}
		if s.wounded && !s.finished && (n == 0 || time.Since(s.healed) > healInterval) {
			if err := s.heal(); err != nil {
				return err
			}
		}
		if !s.finished && s.over(ctx) {
			if err := s.drain(); err != nil {
				return err
			}
			for looks := 0; s.wounded && !s.finished && looks < finalLooks; looks++ {
				if err := s.heal(); err != nil {
					return err
				}
			}
			if ctx.Err() != nil {
				s.time = max(s.time, Now())
			}
			if !s.finished {
				s.finish()
			}
		}
		s.flush()
		if s.finished {
			return s.settle()
		}
	}
}

// over tells whether the trace has to end now without the exit of the last task: it was asked for, or that exit was lost, or came just
// as tracer attached.
func (s *stream) over(ctx context.Context) bool {
	return ctx.Err() != nil || s.ended || (s.lossy || s.attached) && s.begun && s.probes.liveTasks() <= 0
}

// drain takes all that was submitted before the call.
func (s *stream) drain() error {
	for !s.finished {
		n, err := s.poll(false)
		if err != nil {
			return err
		}
		if n < maxBatch {
			return nil
		}
		s.flush()
	}
	return nil
}

// poll takes what comes within one interval and tells how many events that was. Blocking, it waits for the next one instead.
func (s *stream) poll(block bool) (int, error) {
	interval := pollInterval
	if s.wounded {
		interval = healPause
	}
	if block {
		interval = quietInterval
		if err := s.probes.sleeps.Set(uint32(1)); err != nil {
			return 0, fmt.Errorf("ask the programs for a wake-up: %w", err)
		}
		if s.probes.reader.AvailableBytes() > 0 { // it came before the programs could know
			interval = 0
		}
	}
	s.probes.reader.SetDeadline(time.Now().Add(interval))
	n := 0
	for ; n < maxBatch && !s.finished; n++ {
		err := s.probes.reader.ReadInto(&s.record)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ringbuf.ErrFlushed) {
			break
		}
		if err != nil {
			return n, fmt.Errorf("read the ring buffer: %w", err)
		}
		if err := s.take(); err != nil {
			return n, err
		}
		s.flushFull()
		if block && n == 0 { // woken: go on polling
			s.probes.reader.SetDeadline(time.Now())
		}
	}
	if block {
		if err := s.probes.sleeps.Set(uint32(0)); err != nil {
			return n, fmt.Errorf("tell the programs that no wake-up is needed: %w", err)
		}
	}
	return n, s.losses()
}

func (s *stream) take() error {
	s.batch = append(s.batch, event.Event{})
	e := &s.batch[len(s.batch)-1]
	if err := decode(s.record.RawSample, e); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	// Records lie in the order of their causes; their clocks were read a moment before and can be out of order by that moment.
	s.time = max(s.time, e.Time)
	e.Time = s.time
	s.follow(e)
	return nil
}

// follow keeps the number of traced tasks, whose fall to 0 ends the trace exactly there.
func (s *stream) follow(e *event.Event) {
	if e.Kind == event.Exec {
		s.probes.follows(e)
	}
	switch {
	case e.Kind == event.Exec && e.Flags.Has(event.Launch):
		s.count(e.Task)
	case e.Kind == event.Fork:
		s.count(e.Child)
	case e.Kind == event.Seen && s.adopting && e.State == event.Alive:
		s.count(e.Task)
	case e.Kind == event.Seen && s.guessing:
		e.Flags |= event.Guessed
	case e.Kind == event.Wait && e.Flags.Has(event.Unknown):
		s.puzzles++
	case e.Kind == event.Release && s.puzzles > 0:
		s.solved++
	case e.Kind == event.Accept:
		s.open++
	case e.Kind == event.Close:
		s.open--
	case e.Kind == event.Exit:
		s.tasks--
		delete(s.met, e.Task)
		s.ended = s.ended || s.probes.options.EndWithRoot && e.Flags.Has(event.Root|event.GroupDead)
		if !s.lossy && (s.ended || s.lastEnded()) {
			s.finish()
		}
	}
}

// count counts a task that lives. While targets are adopted it can be told of twice.
func (s *stream) count(t event.Task) {
	if s.met[t] {
		return
	}
	if s.adopting {
		s.met[t] = true
	}
	s.tasks++
	s.begun = true
}

// lastEnded tells whether an exit was that of the last task. Of tasks that were ending as tracer attached only the kernel side knows.
func (s *stream) lastEnded() bool {
	return s.begun && s.tasks <= 0 && (!s.attached || !s.adopting && s.probes.liveTasks() <= 0)
}

func (s *stream) finish() {
	s.finished = true
	s.batch = append(s.batch, event.Event{Kind: event.End, Time: s.time})
}

// losses puts a Lost event for each kind of which the kernel side dropped some since the last look.
func (s *stream) losses() error {
	_, dropped, err := s.probes.Counts()
	if err != nil {
		return err
	}
	for k, n := range dropped {
		if n == s.probes.lost[k] {
			continue
		}
		s.lossy, s.wounded = true, true
		s.batch = append(s.batch, event.Event{Kind: event.Lost, Time: s.time, Lost: event.Kind(k), Count: n - s.probes.lost[k]})
		s.probes.lost[k] = n
	}
	return nil
}

// flushFull sends what makes a whole batch.
func (s *stream) flushFull() {
	if len(s.batch) >= batchSize {
		s.flush()
	}
}

func (s *stream) flush() {
	if len(s.batch) == 0 || s.batches == nil { // Attach keeps what it reads for Run
		return
	}
	for len(s.batch) > maxBatch { // what Attach has read
		s.batches <- s.batch[:maxBatch:maxBatch]
		s.batch = s.batch[maxBatch:]
	}
	if cap(s.batch) > batchSize || len(s.batch) > batchSize/2 {
		s.batches <- s.batch
		s.batch = s.probes.spareBatch()
		return
	}
	s.batches <- slices.Clone(s.batch) // of its exact size: batches are most of the garbage that tracer makes
	clear(s.batch)
	s.batch = s.batch[:0]
}

// Reuse takes back a batch of Run's, to fill it again. Whoever gives it must not look at it any more. It need not be called.
func (p *Probes) Reuse(batch []event.Event) {
	if cap(batch) != batchSize {
		return
	}
	clear(batch)
	select {
	case p.spare <- batch[:0]:
	default:
	}
}

func (p *Probes) spareBatch() []event.Event {
	select {
	case batch := <-p.spare:
		return batch
	default:
		return make([]event.Event, 0, batchSize)
	}
}

// settle waits for the releases that tell which child was reaped by a call that did not say, and for the close of what the last
// task had open: its descriptors go after its exit is reported.
func (s *stream) settle() error {
	defer s.flush()
	unsettled := func() bool { return s.solved < s.puzzles || s.open > 0 && s.tasks == 0 && !s.lossy }
	for until := time.Now().Add(settleTime); unsettled() && time.Now().Before(until); {
		s.probes.reader.SetDeadline(time.Now().Add(pollInterval))
		err := s.probes.reader.ReadInto(&s.record)
		if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, ringbuf.ErrFlushed) { // it can stand from an earlier read
			continue
		}
		if err != nil {
			return fmt.Errorf("read the ring buffer: %w", err)
		}
		if err := s.take(); err != nil {
			return err
		}
		if last := len(s.batch) - 1; s.batch[last].Kind != event.Release && s.batch[last].Kind != event.Close {
			s.batch = s.batch[:last]
		}
	}
	return nil
}

func (p *Probes) liveTasks() int64 {
	var n int64
	if p.live.Get(&n) != nil {
		return 1 // unknown: go on
	}
	return n
}

// Now is the present time on the clock of the events, since boot.
func Now() event.Time {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return event.Time(t.Nano())
}
