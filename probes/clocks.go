package probes

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tracer/bpf"
)

// The kernel side knows the scheduler's clock only as it was when the scheduler last looked at it: its programs have no
// call that reads it. How far another clock is ahead of it, user space has them find out now and then.

const (
	clocksInterval = time.Second
	clockReadings  = 5 // at once: the one with the least delay counts
)

// compareClocks has the kernel side compare its clocks.
func (p *Probes) compareClocks() error {
	program := p.collection.Programs[bpf.TracerProgCompareClocks]
	for range clockReadings {
		var used unix.Timespec // to read it brings the scheduler's clock up to date (task_sched_runtime)
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
			return fmt.Errorf("read the CPU time of a thread: %w", err)
		}
		if _, err := program.Run(nil); err != nil {
			return fmt.Errorf("compare the clocks: %w", explain(err))
		}
	}
	return nil
}

// compareClocks does so when it is time to.
func (s *stream) compareClocks() error {
	if s.finished || time.Since(s.compared) < clocksInterval {
		return nil
	}
	s.compared = time.Now()
	return s.probes.compareClocks()
}
