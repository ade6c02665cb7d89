package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"tracer/servers/load"
)

// contest is one table: several ways to do the same, measured in turns.
type contest struct {
	title    string
	load     load.Options
	ways     []way
	baseline int // the way that has ratio 1
}

// way is one way to run a server.
type way struct {
	name    string
	command []string // what prints "listening on ADDRESS", and ends by an interrupt
}

// measurement is one run of a server with its load.
type measurement struct {
	perSecond float64
	p99       float64
	cpu       time.Duration // of all processes of the run, or of the server alone; 0: not known
}

// run measures and prints the table. Progress goes to standard error.
func (c contest) run(ctx context.Context, rounds int) error {
	results := make([][]measurement, len(c.ways))
	for round := range rounds {
		for i := range c.ways {
			i = (i + round) % len(c.ways) // nobody is always the first
			m, err := measure(ctx, c.ways[i].command, c.load)
			if err != nil {
				return fmt.Errorf("%s: %w", c.ways[i].name, err)
			}
			results[i] = append(results[i], m)
			fmt.Fprintf(os.Stderr, "round %d  %-36s %7.0f requests/s  p99 %6.1f ms  cpu %6.2f s\n", round+1,
				c.ways[i].name, m.perSecond, m.p99, m.cpu.Seconds())
		}
	}
	requests := max(c.load.Requests, 1)
	fmt.Printf("\n%s: %d connections of %d requests, %d at once, %d interleaved rounds\n\n", c.title, c.load.Count,
		requests, c.load.Concurrency, rounds)
	fmt.Println("| way | throughput: median ratio (range) | p99: median ratio | CPU: median ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, w := range c.ways {
		printRatios(w.name, results[i], results[c.baseline])
	}
	return nil
}

// printRatios prints a row: throughput with its range, p99, and CPU where it is known.
func printRatios(name string, of, to []measurement) {
	kept := ratios(of, to, func(m measurement) float64 { return m.perSecond })
	p99 := ratios(of, to, func(m measurement) float64 { return m.p99 })
	cpu := ""
	if to[0].cpu > 0 {
		cpu = fmt.Sprintf("%.2f", median(ratios(of, to, func(m measurement) float64 { return m.cpu.Seconds() })))
	}
	fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f | %s |\n", name, median(kept), kept[0], kept[len(kept)-1],
		median(p99), cpu)
}

// ratios are those of the same round, sorted.
func ratios[M any](of, to []M, figure func(M) float64) []float64 {
	r := make([]float64, len(of))
	for i := range of {
		r[i] = figure(of[i]) / figure(to[i])
	}
	return sorted(r)
}

func sorted(r []float64) []float64 {
	slices.Sort(r)
	return r
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// measure runs a server once with its load and stops it.
func measure(ctx context.Context, command []string, o load.Options) (m measurement, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return stopServer(cmd) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return m, err
	}
	if err := cmd.Start(); err != nil {
		return m, err
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil {
		return m, errors.Join(err, stopServer(cmd), cmd.Wait())
	}
	o.Address = strings.TrimSpace(strings.TrimPrefix(first, "listening on "))
	result, err := load.Run(ctx, o)
	if err != nil {
		return m, errors.Join(err, stopServer(cmd), cmd.Wait())
	}
	err = stopServer(cmd)
	_, drained := io.Copy(io.Discard, lines)
	if err := errors.Join(err, drained, cmd.Wait()); err != nil {
		return m, err
	}
	if result.Failed > 0 {
		return m, fmt.Errorf("%d of %d connections failed", result.Failed, o.Count)
	}
	state := cmd.ProcessState
	return measurement{result.PerSecond, float64(result.Latency.P99), state.UserTime() + state.SystemTime()}, nil
}

// stopServer interrupts the server, and with it whoever traces it, as Ctrl-C does.
func stopServer(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
