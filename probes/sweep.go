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

// dead is what the events tell of processes that wait to be reaped.
type dead struct {
	number int // about so many
	swept  time.Time
	gone   map[event.Task]bool // they were as the last task ended: the call that took one may not have returned yet
}

func (d *dead) take(e *event.Event) {
	switch e.Kind {
	case event.Exit:
		if e.Flags&(event.GroupDead|event.AutoReap|event.Root) == event.GroupDead {
			d.number++
		}
	case event.Seen:
		if e.State == event.Zombie {
			d.number++
		}
	case event.Wait:
		if e.Reaps() {
			d.number = max(0, d.number-1)
			delete(d.gone, e.Child)
		}
	case event.Release:
		d.number = max(0, d.number-1)
		delete(d.gone, e.Task)
		if e.Flags.Has(event.Unknown) {
			d.gone[e.Task] = true
		}
	}
}

// sweep looks after the dead if there are some and it is time to.
func (s *stream) sweep() error {
	if s.finished || s.dead.number == 0 || time.Since(s.dead.swept) < sweepInterval {
		return nil
	}
	s.dead.swept = time.Now()
	return s.probes.sweep()
}

// sweepAll looks twice, with a pause in which a wait that has just reaped returns.
func (s *stream) sweepAll() error {
	for range 2 {
		if s.finished || s.dead.number == 0 {
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
