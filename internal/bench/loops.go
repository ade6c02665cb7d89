package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// traced are the kernel's tracepoints nearest to the events of tracer.
var traced = []string{"sched:sched_process_fork", "sched:sched_process_exec", "sched:sched_process_exit",
	"signal:signal_generate", "signal:signal_deliver", "syscalls:sys_exit_wait4"}

// tool is a way to trace a command: its own arguments, before the command's.
type tool struct {
	name    string
	command []string
}

// loops is what tracing costs a program that does nothing but make processes or threads: the highest rates of events there are. And
// what it costs system calls of a program that is not traced.
func (s settings) loops(ctx context.Context, folder string) error {
	loops := filepath.Join(folder, "loops")
	if out, err := exec.Command("cc", "-O2", "-pthread", "-o", loops, "testdata/bench/loops.c").CombinedOutput(); err != nil {
		return fmt.Errorf("build the loops: %w\n%s", err, out)
	}
	for _, l := range []struct {
		title, name string
		count       int
	}{
		{"vfork, exit and wait", "vfork", 20 * s.count}, {"pthread_create and join", "thread", 20 * s.count}, {"fork, exit and wait", "fork", s.count},
	} {
		if err := s.loop(ctx, l.title, s.tools(folder), []string{loops, l.name, strconv.Itoa(l.count)}); err != nil {
			return err
		}
	}
	return s.bystander(ctx, loops, folder)
}

// tools are those that are installed.
func (s settings) tools(folder string) []tool {
	file := func(name string) string { return filepath.Join(folder, name) }
	all := []tool{
		{"no tracing", nil},
		{"tracer record", []string{s.tracer, "record", "-q", "-o", file("loops.trc"), "--"}},
		{"ftrace's ring buffer", []string{"scripts/ftrace", file("ftrace"), strings.Join(traced, ",")}},
		{"perf record", []string{"unshare", "--mount", "sh", "-c", `mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"`, "sh",
			"perf", "record", "-q", "-m", "4M", "-e", strings.Join(traced, ","), "-o", file("perf.data"), "--"}},
		{"bpftrace", []string{"unshare", "--mount", "sh", "-c", `mount -t tracefs tracefs /sys/kernel/tracing; program=$1; shift; exec bpftrace -q -o "$0" -e "$program" -c "$*"`,
			file("bpftrace.out"), bpftraceProgram()}},
		{"strace -f", []string{"strace", "-f", "-qq", "-e", "trace=process", "-o", file("strace.out")}},
	}
	var here []tool
	for _, t := range all {
		if t.command != nil && !installed(t) {
			fmt.Fprintf(os.Stderr, "bench: %s is not installed: it is left out\n", t.name)
			continue
		}
		here = append(here, t)
	}
	return here
}

func installed(t tool) bool {
	name := strings.Fields(t.name)[0]
	if name == "perf" || name == "bpftrace" || name == "strace" {
		_, err := exec.LookPath(name)
		return err == nil
	}
	return true
}

// bpftraceProgram prints a line for each event of the traced command and its children.
func bpftraceProgram() string {
	var program strings.Builder
	for _, t := range traced {
		fmt.Fprintf(&program, `tracepoint:%s /comm == "loops"/ { printf("%%llu %%d %s\n", nsecs, tid); } `, t, t)
	}
	return program.String()
}

// loop measures one loop under each tool in turns, and prints the table.
func (s settings) loop(ctx context.Context, title string, tools []tool, command []string) error {
	pin := []string{"/usr/bin/taskset", "-c", "0"} // bpftrace wants to be told which
	kept, cpu := make([][]float64, len(tools)), make([][]float64, len(tools))
	for round := range s.rounds {
		var base, baseCPU float64
		for i, t := range tools {
			// The loop has a processor to itself where there are two, as a tool's own work would else be part of its time.
			pinned := append(append(t.command[:len(t.command):len(t.command)], pin...), command...)
			seconds, used, err := timed(ctx, pinned)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			if i == 0 {
				base, baseCPU = seconds, used
			}
			kept[i], cpu[i] = append(kept[i], base/seconds), append(cpu[i], used/baseCPU)
			fmt.Fprintf(os.Stderr, "round %d  %-12s %-24s %8.3f s  cpu %6.2f s\n", round+1, command[1], t.name, seconds, used)
		}
	}
	fmt.Printf("\n%s: %s times, %d interleaved rounds\n\n", title, command[2], s.rounds)
	fmt.Println("| tool | speed kept: median ratio (range) | CPU of all: median ratio |")
	fmt.Println("| --- | --- | --- |")
	for i, t := range tools {
		k, c := sorted(kept[i]), sorted(cpu[i])
		fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f |\n", t.name, median(k), k[0], k[len(k)-1], median(c))
	}
	return nil
}

// timed runs a command that prints how many seconds it took, and tells the CPU seconds of it and of who traced it.
func timed(ctx context.Context, command []string) (seconds, cpu float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%w\n%s", err, &messages)
	}
	seconds, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return seconds, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), err
}

// bystander is a program that is not traced, while another one is.
func (s settings) bystander(ctx context.Context, loops, folder string) error {
	const calls = "2000000"
	var kept []float64
	for round := range s.rounds {
		base, _, err := timed(ctx, []string{loops, "calls", calls})
		if err != nil {
			return err
		}
		var beside float64
		err = s.while(ctx, folder, func() error {
			beside, _, err = timed(ctx, []string{loops, "calls", calls})
			return err
		})
		if err != nil {
			return err
		}
		kept = append(kept, base/beside)
		fmt.Fprintf(os.Stderr, "round %d  a bystander: %.3f s, beside a trace %.3f s\n", round+1, base, beside)
	}
	kept = sorted(kept)
	fmt.Printf("\nA program that is not traced, while another is: %.3f of its system calls kept (%.3f to %.3f).\n", median(kept), kept[0], kept[len(kept)-1])
	return nil
}

// while runs f while tracer has its probes attached, to a program that only waits.
func (s settings) while(ctx context.Context, folder string, f func() error) (err error) {
	cmd := exec.CommandContext(ctx, s.tracer, "record", "-q", "-o", filepath.Join(folder, "beside.trc"), "--", "sh", "-c", "echo ready; read x; true")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	if _, err := out.Read(make([]byte, len("ready\n"))); err != nil {
		return err
	}
	return f()
}
