package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// loops is what tracing costs a program that does nothing but make processes or threads: the highest rates of events
// there are. And what it costs system calls of a program that is not traced.
func (s settings) loops(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	tools := s.tools(folder)
	for _, l := range []struct {
		title, name   string
		count, events int // events of each time
	}{
		{"vfork, exit and wait", "vfork", 100 * s.count, 4}, {"pthread_create and join", "thread", 100 * s.count, 2},
		{"fork, exit and wait", "fork", s.count, 4},
	} {
		if err := s.loop(ctx, l.title, tools, []string{loops, l.name}, l.count, l.events); err != nil {
			return err
		}
	}
	return s.bystander(ctx, loops, folder)
}

// build compiles a program of testdata/bench.
func build(folder, name string) (program string, err error) {
	program = filepath.Join(folder, name)
	if out, err := exec.Command("cc", "-O2", "-pthread", "-o", program, filepath.Join("testdata/bench",
		name+".c")).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return program, nil
}

// figures of one tool, a value a round.
type figures struct {
	kept       []float64 // speed, of that without tracing
	cpu        []float64 // ms of the tool's own for 1,000 events
	lost       float64   // share of the exits, the worst round
	bytesEvent float64
	resident   int64 // KiB, the most
}

// loop measures one loop under each tool in turns, and prints the table.
func (s settings) loop(ctx context.Context, title string, tools []*tool, command []string, count, events int) error {
	all := make([]figures, len(tools))
	for round := range s.rounds {
		var base float64
		for i, t := range tools {
			run, err := t.run(ctx, command, count)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			idle, err := t.run(ctx, command, 1) // what it costs to start, and to end
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if i == 0 {
				base = run.seconds
			}
			all[i].add(&run, base, max(0, run.toolCPU-idle.toolCPU)*1e6/float64(count*events), count)
			fmt.Fprintf(os.Stderr, "round %d  %-8s %-22s %8.3f s  its own cpu %6.2f s, %.2f s to start\n", round+1,
				command[1], t.name, run.seconds, run.toolCPU, idle.toolCPU)
		}
	}
	fmt.Printf("\n%s: %d times, %d interleaved rounds\n\n", title, count, s.rounds)
	fmt.Println("| tool | speed kept: median ratio (range) | CPU ms per 1,000 events | lost | bytes an event | " +
		"resident MB |")
	fmt.Println("| --- | --- | --- | --- | --- | --- |")
	comparison := ""
	if s.other != "" {
		comparison = all[1].beside(&all[2])
	}
	for i, t := range tools {
		all[i].print(t)
	}
	fmt.Print(comparison)
	return nil
}

// beside says what a build is worth beside another, by the rounds of both.
func (f *figures) beside(other *figures) string {
	speed := make([]float64, len(f.kept))
	for round := range speed {
		speed[round] = f.kept[round] / other.kept[round]
	}
	loss := func(f *figures) float64 { return 1 - median(sorted(slices.Clone(f.kept))) }
	cpu := func(f *figures) float64 { return median(sorted(slices.Clone(f.cpu))) }
	speed = sorted(speed)
	said := fmt.Sprintf("\nBeside the other build: speed %.2f (%.2f to %.2f)", median(speed), speed[0],
		speed[len(speed)-1])
	if cpu(other) == 0 || loss(other) <= 0 { // too few turns to tell
		return said + ".\n"
	}
	return said + fmt.Sprintf("; what is lost of that without tracing %.2f; CPU for an event %.2f.\n",
		loss(f)/loss(other), cpu(f)/cpu(other))
}

func (f *figures) add(r *run, base, cpu float64, count int) {
	f.kept, f.cpu = append(f.kept, base/r.seconds), append(f.cpu, cpu)
	f.resident = max(f.resident, r.resident)
	lost := float64(r.seen.lost)
	if r.seen.exits >= 0 {
		lost = max(lost, float64(count+1-r.seen.exits))
	}
	f.lost = max(f.lost, lost/float64(count+1))
	if r.seen.events > 0 {
		f.bytesEvent = float64(r.bytes+int64(r.seen.unread)) / float64(r.seen.events)
	}
}

func (f *figures) print(t *tool) {
	k := sorted(f.kept)
	if t.command == nil {
		fmt.Printf("| %s | 1.00 | | | | |\n", t.name)
		return
	}
	lost := "0"
	if f.lost > 0 {
		lost = fmt.Sprintf("%.1f %%", f.lost*100)
	}
	fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f | %s | %.1f | %s |\n", t.name, median(k), k[0], k[len(k)-1],
		median(sorted(f.cpu)), lost, f.bytesEvent, residentText(f.resident))
}

// residentText knows that a process begins with the most that its parent had (exec_mmap in fs/exec.c): below that
// nothing can be said.
func residentText(kib int64) string {
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err == nil && kib <= own.Maxrss {
		return fmt.Sprintf("at most %.0f", float64(own.Maxrss)/1024)
	}
	return fmt.Sprintf("%.0f", float64(kib)/1024)
}

// run is one run of a loop under a tool.
type run struct {
	seconds  float64 // as the loop says
	toolCPU  float64 // seconds of all but the loop
	resident int64   // KiB, of the largest process
	bytes    int64   // written
	seen     recorded
}

// run has the loop on one processor of its own where there are two, as the tool's work would else be part of the loop's
// time.
func (t *tool) run(ctx context.Context, command []string, count int) (r run, err error) {
	// bpftrace wants the path
	argv := slices.Concat(t.command, []string{"/usr/bin/taskset", "-c", "0"}, command, []string{strconv.Itoa(count)})
	seconds, own, state, err := timed(ctx, argv)
	if err != nil {
		return r, err
	}
	r.seconds, r.toolCPU = seconds, (state.UserTime() + state.SystemTime()).Seconds()
	if !t.apart {
		r.toolCPU -= own
	}
	r.resident = resident(state)
	if t.read == nil {
		return r, nil
	}
	if r.seen, err = t.read(t); err != nil {
		return r, err
	}
	r.bytes, err = t.size()
	return r, err
}

// resident is the most that a process or one that it waited for had, in KiB.
func resident(state *os.ProcessState) int64 { return state.SysUsage().(*syscall.Rusage).Maxrss }

// timed runs a command that prints how many seconds it took, and how many of CPU.
func timed(ctx context.Context, command []string) (seconds, cpu float64, state *os.ProcessState, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, nil, fmt.Errorf("%w\n%s", err, &messages)
	}
	_, err = fmt.Sscan(string(out), &seconds, &cpu)
	return seconds, cpu, cmd.ProcessState, err
}

// bystander is a program that is not traced, while another one is.
func (s settings) bystander(ctx context.Context, loops, folder string) error {
	const calls = "2000000"
	var kept []float64
	for round := range s.rounds {
		base, _, _, err := timed(ctx, []string{loops, "calls", calls})
		if err != nil {
			return err
		}
		var beside float64
		err = s.while(ctx, folder, func(int) error {
			beside, _, _, err = timed(ctx, []string{loops, "calls", calls})
			return err
		})
		if err != nil {
			return err
		}
		kept = append(kept, base/beside)
		fmt.Fprintf(os.Stderr, "round %d  a bystander: %.3f s, beside a trace %.3f s\n", round+1, base, beside)
	}
	kept = sorted(kept)
	fmt.Printf("\nA program that is not traced, while another is: %.3f of its system calls kept (%.3f to %.3f).\n",
		median(kept), kept[0], kept[len(kept)-1])
	return nil
}

// while runs f while tracer, whose process id it is told, has its probes attached to a program that only waits.
func (s settings) while(ctx context.Context, folder string, f func(pid int) error) error {
	return s.whileWith(ctx, folder, nil, f)
}

// whileWith does so with flags of record.
func (s settings) whileWith(ctx context.Context, folder string, flags []string, f func(pid int) error) (err error) {
	cmd := s.record(ctx, filepath.Join(folder, "beside.trc"), append(slices.Clone(flags), "--", "sh", "-c",
		"echo ready; read x; true")...)
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	if _, err := out.Read(make([]byte, len("ready\n"))); err != nil {
		return err
	}
	return f(cmd.Process.Pid)
}

// record is tracer's command that records to a file.
func (s settings) record(ctx context.Context, file string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, s.tracer, append([]string{"record", "-q", "-o", file}, arguments...)...)
}
