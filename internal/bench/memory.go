package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// footprint is what a recording tracer has resident, in MB.
type footprint struct {
	idle, busy float64 // a second after it has begun to trace a program that waits, or a loop of vforks
	idlePeak   float64 // the most, of each
	busyPeak   float64
}

// settled is how long a trace goes on before it is looked at. The loop has to last longer.
const settled = time.Second

// memory is what tracer has resident while it records, beside another build.
func (s settings) memory(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	builds := []string{s.tracer}
	if s.other != "" { // the baseline
		builds = []string{s.other, s.tracer}
	}
	results := make([][]footprint, len(builds))
	for round := range s.rounds {
		for i := range builds {
			i = (i + round) % len(builds) // nobody is always the first
			f, err := settings{tracer: builds[i]}.footprint(ctx, folder, loops, strconv.Itoa(100*s.count))
			if err != nil {
				return fmt.Errorf("%s: %w", builds[i], err)
			}
			results[i] = append(results[i], f)
			fmt.Fprintf(os.Stderr, "round %d  %-32s idle %5.1f  busy %5.1f  at most %5.1f and %5.1f MB\n", round+1,
				builds[i], f.idle, f.busy, f.idlePeak, f.busyPeak)
		}
	}
	fmt.Printf("\nResident while it records, in MB: median (range) of %d interleaved rounds\n\n", s.rounds)
	fmt.Println("| build | idle | busy | most, idle | most, busy |\n| --- | --- | --- | --- | --- |")
	for i, build := range builds {
		fmt.Printf("| %s |", build)
		for _, figure := range []func(footprint) float64{
			func(f footprint) float64 { return f.idle }, func(f footprint) float64 { return f.busy },
			func(f footprint) float64 { return f.idlePeak }, func(f footprint) float64 { return f.busyPeak },
		} {
			all := make([]float64, len(results[i]))
			for round, f := range results[i] {
				all[round] = figure(f)
			}
			all = sorted(all)
			fmt.Printf(" %.1f (%.1f to %.1f) |", median(all), all[0], all[len(all)-1])
		}
		fmt.Println()
	}
	return nil
}

func (s settings) footprint(ctx context.Context, folder, loops, turns string) (f footprint, err error) {
	look := func(resident, peak *float64) func(pid int) error {
		return func(pid int) (err error) {
			time.Sleep(settled)
			*resident, *peak, err = residentNow(pid)
			return err
		}
	}
	if err := s.while(ctx, folder, look(&f.idle, &f.idlePeak)); err != nil {
		return f, err
	}
	cmd := s.record(ctx, filepath.Join(folder, "busy.trc"), "--", "sh", "-c", `echo ready; exec "$@"`, "sh", loops,
		"vfork", turns)
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		return f, err
	}
	if _, err = out.Read(make([]byte, len("ready\n"))); err == nil {
		err = look(&f.busy, &f.busyPeak)(cmd.Process.Pid)
	}
	var seconds, cpu float64 // as the loop says
	if _, scanned := fmt.Fscan(out, &seconds, &cpu); scanned != nil || seconds < settled.Seconds() {
		err = errors.Join(err, scanned, fmt.Errorf("the loop took %.1f s; it needs a larger -count", seconds))
	}
	return f, errors.Join(err, cmd.Wait())
}

// residentNow is what a process has resident, and the most that it had, in MB (proc(5), /proc/PID/status).
func residentNow(pid int) (now, most float64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for name, to := range map[string]*float64{"VmRSS:": &now, "VmHWM:": &most} {
		_, rest, _ := strings.Cut(string(status), name)
		if _, err := fmt.Sscan(rest, to); err != nil {
			return 0, 0, fmt.Errorf("no %s of process %d: %w", name, pid, err)
		}
		*to /= 1024
	}
	return now, most, nil
}
