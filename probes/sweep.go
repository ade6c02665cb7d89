package probes

import (
	"errors"
	"fmt"
	"time"

	"tracer/bpf"
	"tracer/event"
)

// Where the reaping itself is not seen, a process can go without a word: by a call that no program sees, its task freed
// in a thread where none runs. So the kernel side looks after the dead itself now and then, while there are some: at
// the last exit by its own doing.

const sweepInterval = time.Second // a process is told of at the second sweep that finds it gone

// sweep has the kernel side look for the dead that are gone though no wait named them; a release tells of each that was
// so before.
func (p *Probes) sweep() error {
	program := p.collection.Programs[bpf.TracerProgSweepDead]
	if program == nil { // every reaping is seen
		return nil
	}
	if _, err := program.Run(nil); err != nil {
		return fmt.Errorf("look for the dead that are gone: %w", explain(err))
	}
	return nil
}

// dead is what is known of processes that wait to be reaped.
type dead struct {
	swept time.Time
	gone  map[event.Task]bool // they were as the last task ended: the call that took one may not have returned yet
}

func (d *dead) take(e *event.Event) {
	switch {
	case e.Kind == event.Wait && e.Reaps():
		delete(d.gone, e.Child)
	case e.Kind == event.Release && e.Flags.Has(event.Unknown):
		d.gone[e.Task] = true
	case e.Kind == event.Release:
		delete(d.gone, e.Task)
	}
}

// sweep looks after the dead if it is time to. Whether there are some the kernel side knows.
func (s *stream) sweep() error {
	if s.finished || time.Since(s.dead.swept) < sweepInterval {
		return nil
	}
	s.dead.swept = time.Now()
	return s.probes.sweep()
}

// sweepAll looks twice, with a pause in which a wait that has just reaped returns.
func (s *stream) sweepAll() error {
	for range 2 {
		if s.finished {
			return nil
		}
		if err := errors.Join(s.probes.sweep(), s.drain()); err != nil {
			return err
		}
	}
	return nil
}

// sumUp has the kernel side tell of the calls that fail still, and of what listeners have dropped since they last
// accepted, and takes that.
func (s *stream) sumUp() error {
	if s.finished {
		return nil
	}
	for _, program := range []string{bpf.TracerProgEndAllRuns, bpf.TracerProgTellAllDropped} {
		if _, err := s.probes.collection.Programs[program].Run(nil); err != nil {
			return fmt.Errorf("ask for what was not told yet: %w", explain(err))
		}
	}
	return s.drain()
}
