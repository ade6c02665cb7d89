package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// taken is the time that programs took, in ns a turn of a loop, by their names.
type taken map[string]float64

// programs is what each of tracer's programs takes in the kernel, as the kernel counts it, while a loop runs that is
// traced: of this build, and of another.
func (s settings) programs(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	counting, err := ebpf.EnableStats(unix.BPF_STATS_RUN_TIME)
	if err != nil {
		return fmt.Errorf("have the kernel count what programs take: %w", err)
	}
	defer counting.Close()
	builds := []string{s.tracer}
	if s.other != "" {
		builds = append(builds, s.other)
	}
	for _, loop := range []string{"vfork", "fork", "thread", "close", "connect", "share", "fail"} {
		results := make([][]taken, len(builds))
		for round := range s.rounds {
			for i, build := range builds {
				of := s
				of.tracer = build
				t, err := of.programsIn(ctx, folder, []string{loops, loop}, s.count)
				if err != nil {
					return fmt.Errorf("%s: %s: %w", build, loop, err)
				}
				results[i] = append(results[i], t)
				fmt.Fprintf(os.Stderr, "round %d  %-8s %-20s %6.0f ns\n", round+1, loop, build, t.all())
			}
		}
		printPrograms(loop, s.count, builds, results)
	}
	return nil
}

// programsIn runs a loop that is traced, and asks what the programs have taken before they go.
func (s settings) programsIn(ctx context.Context, folder string, loop []string, count int) (t taken, err error) {
	cmd := s.record(ctx, filepath.Join(folder, "programs.trc"), "--", "sh", "-c", `"$@"; read x; true`, "sh",
		"/usr/bin/taskset", "-c", "0", loop[0], loop[1], strconv.Itoa(count))
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close(), cmd.Wait()) }()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, err
	}
	return programsOf(cmd.Process.Pid, float64(count))
}

// programsOf asks for the programs that a process holds, by their descriptors (bpf_prog_show_fdinfo in
// kernel/bpf/syscall.c).
func programsOf(pid int, turns float64) (taken, error) {
	t := taken{}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	for _, file := range files {
		info, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // closed since
			return nil, err
		}
		values := map[string]string{}
		for line := range strings.Lines(string(info)) {
			key, value, _ := strings.Cut(line, ":")
			values[key] = strings.TrimSpace(value)
		}
		id, err := strconv.ParseUint(values["prog_id"], 10, 32)
		if err != nil || values["run_time_ns"] == "" { // of no program, or of a link to one
			continue
		}
		ns, err := strconv.ParseFloat(values["run_time_ns"], 64)
		if err != nil {
			return nil, err
		}
		name, err := programName(ebpf.ProgramID(id))
		if err != nil {
			return nil, err
		}
		if ns > 0 {
			t[name] += ns / turns
		}
	}
	return t, err
}

// programName is whole, where the kernel's own name for a program is cut at 15 bytes.
func programName(id ebpf.ProgramID) (string, error) {
	program, err := ebpf.NewProgramFromID(id)
	if err != nil {
		return "", err
	}
	defer program.Close()
	info, err := program.Info()
	if err != nil {
		return "", err
	}
	if functions, err := info.FuncInfos(); err == nil && len(functions) > 0 {
		return functions[0].Func.Name, nil
	}
	return info.Name, nil
}

func (t taken) all() (ns float64) {
	for _, one := range t {
		ns += one
	}
	return ns
}

// printPrograms prints what the programs took that took some 10 ns a turn in one of the builds, and what all took.
func printPrograms(loop string, count int, builds []string, results [][]taken) {
	const least = 10
	names := map[string]bool{}
	for _, rounds := range results {
		for _, t := range rounds {
			for name, ns := range t {
				names[name] = names[name] || ns >= least
			}
		}
	}
	maps.DeleteFunc(names, func(_ string, much bool) bool { return !much })
	fmt.Printf("\n%s: %d times, %d interleaved rounds, ns in each turn: median (range)\n\n", loop, count,
		len(results[0]))
	fmt.Printf("| program | %s |\n|%s\n", strings.Join(builds, " | "), strings.Repeat(" --- |", len(builds)+1))
	row := func(name string, figure func(taken) float64) {
		fmt.Printf("| %s |", name)
		for _, rounds := range results {
			var all []float64
			for _, t := range rounds {
				all = append(all, figure(t))
			}
			all = sorted(all)
			fmt.Printf(" %.0f (%.0f to %.0f) |", median(all), all[0], all[len(all)-1])
		}
		fmt.Println()
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		row("`"+name+"`", func(t taken) float64 { return t[name] })
	}
	row("all", taken.all)
}
