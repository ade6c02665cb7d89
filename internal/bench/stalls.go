package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// stalls is what it costs to look for what holds a task: a program that is switched at each call, and one that waits
// for events all the time; traced, and while another one is traced.
func (s settings) stalls(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	wanted := []string{"--stalls", "10ms"}
	ways := []struct {
		name   string
		flags  []string
		beside bool
	}{
		{"traced", nil, false}, {"traced, `--stalls 10ms`", wanted, false},
		{"beside a trace", nil, true}, {"beside one, `--stalls 10ms`", wanted, true},
	}
	fmt.Println("| program | way | CPU: median ratio (range) | more, us a time |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, loop := range []string{"switch", "wait"} {
		command := []string{"/usr/bin/taskset", "-c", "0", loops, loop, strconv.Itoa(100 * s.count)}
		base, results := make([]float64, s.rounds), make([][]float64, len(ways))
		for round := range s.rounds {
			if _, base[round], _, err = timed(ctx, command); err != nil {
				return err
			}
			for i, w := range ways {
				cpu, err := s.cpuOf(ctx, folder, command, w.flags, w.beside)
				if err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
				results[i] = append(results[i], cpu)
				fmt.Fprintf(os.Stderr, "round %d  %-6s %-28s %.3f of %.3f s\n", round+1, loop, w.name, cpu, base[round])
			}
		}
		for i, w := range ways {
			itself := func(f float64) float64 { return f }
			kept := ratios(results[i], base, itself)
			more := make([]float64, s.rounds)
			for round, cpu := range results[i] {
				more[round] = (cpu - base[round]) * 1e6 / float64(100*s.count)
			}
			fmt.Printf("| %s | %s | %.2f (%.2f to %.2f) | %.2f |\n", loop, w.name, median(kept), kept[0],
				kept[len(kept)-1], median(sorted(more)))
		}
	}
	return nil
}

// cpuOf is the CPU time, in seconds, that a loop says it took, in a trace with these flags or beside one.
func (s settings) cpuOf(ctx context.Context, folder string, command, flags []string, beside bool) (cpu float64,
	err error) {
	if beside {
		err = s.whileWith(ctx, folder, flags, func(int) (err error) {
			_, cpu, _, err = timed(ctx, command)
			return err
		})
		return cpu, err
	}
	record := s.record(ctx, filepath.Join(folder, "stalls.trc"), slices.Concat(flags, []string{"--"}, command)...)
	_, cpu, _, err = timed(ctx, record.Args)
	return cpu, err
}
