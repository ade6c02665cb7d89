package probes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tracer/event"
)

const (
	// between reads while events come: a wake-up for each would cost the traced tasks dearly, and each read costs
	// tracer
	pollInterval  = 20 * time.Millisecond
	resyncPause   = 5 * time.Millisecond // without an event, before the forest is put right after a loss
	quietPolls    = 5                    // empty ones before the reader blocks until the next record wakes it
	quietInterval = 2 * time.Second      // the longest that it blocks, as a bound on what a lost wake-up could cost
	returnTime    = pollInterval         // within which a call returns that has reaped
	// The longest that the release of a reaped task can take to be reported (an RCU grace period: 5 to 90 ms when idle)
	settleTime = 2 * time.Second
	maxBatch   = 8192
	batchSize  = 512 // events that are sent at once, at most, but for what Attach has read
)

// Run reads until the traced set has ended or ctx is done, and sends every event, in order, to batches. Events come in
// the order of their causes, with times that never decrease. The last event is End, but for releases that confirm a
// reaping seen before, and the closes of what the last task left open, and the returns of waits that had reaped by
// then. Run closes batches when it returns. It must not run twice.
func (p *Probes) Run(ctx context.Context, batches chan<- []event.Event) error {
	defer close(batches)
	s := p.attached
	if s == nil {
		s = p.newStream()
	}
	s.batches = batches
	stop := context.AfterFunc(ctx, p.ring.flush)
	defer stop()
	return s.run(ctx)
}

// stream is the state of one Run.
type stream struct {
	probes  *Probes
	batches chan<- []event.Event
	batch   []event.Event
	material

	time         event.Time // of the last event
	census       census
	dead         dead
	files        files
	waits        waits
	lossy        bool
	ended        bool // the root has, and that is to be the end
	unnamedWaits int  // waits that did not tell whom they reaped
	releases     int  // releases since the first of them
	open         int  // connections accepted and not closed
	finished     bool // the last traced task has ended
	endsAt       int  // where in the batch that is told
	behind       bool // more may be there than was read

	attached  bool      // to what ran already
	lastEnd   int       // where in the batch the last end of a task is, while the targets are met
	guessing  bool      // a snapshot after a loss is under way
	resyncDue bool      // events were lost since the last snapshot
	resynced  time.Time // when the last one was made
	examined  time.Time // when it was last asked what the kernel skipped
	compared  time.Time // when the clocks were last compared
}

func (p *Probes) newStream() *stream {
	return &stream{probes: p, dead: dead{gone: map[event.Task]bool{}}, files: files{left: map[uint64]bool{}}}
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
		if err := errors.Join(s.sweep(), s.lookAtFiles(), s.lookAtWaits(false), s.compareClocks()); err != nil {
			return err
		}
		if s.resyncDue && !s.finished && (n == 0 || time.Since(s.resynced) > resyncInterval) {
			if err := s.resync(); err != nil {
				return err
			}
		}
		if !s.finished && s.over(ctx) {
			if err := errors.Join(s.drain(), s.allLosses()); err != nil {
				return err
			}
			for looks := 0; s.resyncDue && !s.finished && looks < finalLooks; looks++ {
				if err := s.resync(); err != nil {
					return err
				}
			}
			if ctx.Err() != nil {
				if err := errors.Join(s.sweepAll(), s.sumUp(), s.lookAtFilesLast(), s.lookAtWaits(true)); err != nil {
					return err
				}
				s.time = max(s.time, Now())
			}
			if !s.finished && s.over(ctx) { // no task was found that the kernel side had not known
				s.finish()
			}
		}
		if s.finished && s.ended {
			if err := s.lookAtWaitsOf(s.endsAt); err != nil {
				return err
			}
		}
		s.flush()
		if s.finished {
			return s.settle()
		}
	}
}

// over reports whether the trace has to end now, though the last exit was not known for that as it was read: the end
// was asked for, or events were lost, or tasks that were ending as tracer attached have gone without an exit.
func (s *stream) over(ctx context.Context) bool {
	return ctx.Err() != nil || s.ended || (s.lossy || s.attached) && s.probes.liveTasks() <= 0
}

// drain takes all that was submitted before the call.
func (s *stream) drain() error {
	for !s.finished {
		n, err := s.poll(false)
		if err != nil {
			return err
		}
		if n < maxBatch || s.finished { // what comes before the end can still be to be told
			return nil
		}
		s.flush()
	}
	return nil
}

// poll lets one interval pass and takes what came within it, and returns how many events that was. Blocking, it waits
// for the next one instead.
func (s *stream) poll(block bool) (n int, err error) {
	if err := s.wait(block); err != nil {
		return 0, fmt.Errorf("wait for the ring buffer: %w", err)
	}
	for n < maxBatch && !s.finished {
		read, err := s.read(min(batchSize, maxBatch-n))
		if err != nil {
			return n, err
		}
		if n += read; read == 0 {
			break
		}
		s.flushFull()
	}
	s.behind = n == maxBatch
	if block || time.Since(s.examined) >= skipInterval {
		return n, s.allLosses()
	}
	return n, s.losses()
}

// wait lets the interval between two reads pass. Blocking, it has the next record wake it.
func (s *stream) wait(block bool) error {
	ring := s.probes.ring
	switch {
	case block:
		if err := s.probes.sleeps.Set(uint32(1)); err != nil {
			return fmt.Errorf("ask the programs for a wake-up: %w", err)
		}
		return errors.Join(ring.wait(quietInterval, ring.filled), s.probes.sleeps.Set(uint32(0)))
	case s.behind:
		return nil
	case s.resyncDue:
		return ring.pause(resyncPause)
	}
	return ring.pause(pollInterval)
}

// read takes the records that are there, at most so many.
func (s *stream) read(most int) (n int, err error) {
	ring := s.probes.ring
	if err := ring.begin(); err != nil {
		return 0, fmt.Errorf("read the ring buffer: %w", err)
	}
	defer ring.end()
	for n < most {
		record := ring.next()
		if record == nil {
			break
		}
		n++
		if err := s.take(record); err != nil || s.finished {
			return n, err
		}
	}
	return n, nil
}

func (s *stream) take(record []byte) error {
	s.batch = append(s.batch, event.Event{})
	e := &s.batch[len(s.batch)-1]
	if err := s.decode(record, e); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	// Records lie in the order of their causes; their clocks were read a moment before and can be out of order by that
	// moment.
	s.time = max(s.time, e.Time)
	e.Time = s.time
	return s.follow(e)
}

// follow looks for what decides how the reading goes on, above all for the exit that leaves no traced task: the trace
// ends exactly there.
func (s *stream) follow(e *event.Event) error {
	switch e.Kind {
	case event.Exec:
		s.probes.follows(e)
	case event.Seen:
		if s.guessing {
			e.Flags |= event.Guessed
		}
	case event.Wait:
		if e.Flags.Has(event.Unknown) {
			s.unnamedWaits++
		}
	case event.Release:
		if s.unnamedWaits > 0 {
			s.releases++
		}
	case event.Accept:
		s.open++
	case event.Close:
		s.open--
	case event.Exit:
		s.ended = s.ended || s.probes.options.EndWithRoot && e.Flags.Has(event.Root|event.GroupDead)
	}
	s.dead.take(e)
	s.files.take(e)
	less := s.census.take(e)
	if less {
		s.lastEnd = len(s.batch)
	}
	if s.finished || s.lossy || !s.ended && !(less && s.lastEnded()) {
		return nil
	}
	return s.conclude()
}

// lastEnded reports whether a task that ended was the last one. Neither count can say it alone: the kernel side's is
// ahead of the events by those that are still to be read, and that of the events is too low when forks were lost.
func (s *stream) lastEnded() bool { return s.census.over() && s.probes.liveTasks() <= 0 }

// conclude ends the trace with what was just read, unless something was lost before it: then more can lie behind it.
// What was lost of the traced tasks is counted by now, as a task is counted off after all else that it does.
func (s *stream) conclude() error {
	if err := s.allLosses(); err != nil {
		return err
	}
	if !s.lossy {
		s.finish()
	}
	return nil
}

func (s *stream) finish() {
	s.finished, s.endsAt = true, len(s.batch)
	s.batch = append(s.batch, event.Event{Kind: event.End, Time: s.time})
}

// flushFull sends what makes a whole batch, but not the end, before which more may be told.
func (s *stream) flushFull() {
	if len(s.batch) >= batchSize && !s.finished {
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
	if cap(s.batch) > batchSize || len(s.batch) > batchSize/2 || s.probes.spares.some() {
		s.batches <- s.batch
		s.batch, s.costs = s.probes.spares.batch(s.costs)
		return
	}
	s.batches <- slices.Clone(s.batch) // of its exact size: a reader may keep it
	clear(s.batch)
	s.batch = s.batch[:0]
}

// settle waits for what confirms and completes what came before the end: the releases that tell which child was reaped
// by a call that did not say, the close of what the last task had open, as its descriptors go after its exit is
// reported, and the waits that had reaped before the end and had not returned.
func (s *stream) settle() error {
	defer s.flush()
	began := time.Now()
	unsettled := func() bool {
		waited := time.Since(began)
		return waited < settleTime && (s.releases < s.unnamedWaits || s.open > 0 && s.census.over() && !s.lossy) ||
			waited < returnTime && len(s.dead.gone) > 0
	}
	for unsettled() {
		n, err := s.readBehind(func(*event.Event) bool { return false })
		if err == nil && n == 0 {
			err = s.probes.ring.pause(pollInterval)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBehind takes a record that lies behind the end, and keeps it if it completes what came before, or is wanted.
func (s *stream) readBehind(wanted func(*event.Event) bool) (n int, err error) {
	unnamed := len(s.dead.gone)
	if n, err = s.read(1); n == 0 || err != nil {
		return n, err
	}
	last := len(s.batch) - 1
	kind := s.batch[last].Kind
	if kind != event.Release && kind != event.Close && (kind != event.Wait || len(s.dead.gone) == unnamed) &&
		!wanted(&s.batch[last]) {
		s.batch = s.batch[:last]
	}
	return n, nil
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
