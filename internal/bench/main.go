// Command bench measures what tracing costs a fork server: the requests a second that it keeps under tracer and under strace, as ratios
// to the same server without tracing, in one interleaved run (A B C A B C ...), because a machine's speed drifts.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tracer/servers/load"
)

// way is one way to run the server.
type way struct {
	name string
	wrap []string // what stands before the server's own command line
}

// measurement is one run of the server with its load.
type measurement struct {
	perSecond float64
	p99       float64
	cpu       time.Duration // of all processes of the run
}

func main() {
	rounds := flag.Int("rounds", 5, "interleaved rounds")
	count := flag.Int("count", 1000, "connections in each run")
	concurrency := flag.Int("concurrency", 8, "connections at once")
	tracer := flag.String("tracer", "./tracer", "the binary to measure")
	model := flag.String("model", "fork", "the bundled server")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, load.Options{Count: *count, Concurrency: *concurrency}, *tracer, *model); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, o load.Options, tracer, model string) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	ways := []way{
		{"no tracing", nil},
		{"tracer record", []string{tracer, "record", "-q", "-o", filepath.Join(folder, "bench.trc"), "--"}},
	}
	if strace, err := exec.LookPath("strace"); err == nil {
		ways = append(ways, way{"strace -f -e trace=process,accept4", []string{strace, "-f", "-qq", "-e", "trace=process,accept4", "-o", filepath.Join(folder, "strace.out")}})
	} else {
		fmt.Fprintln(os.Stderr, "bench: strace is not installed: it is left out")
	}
	results := make([][]measurement, len(ways))
	for round := range rounds {
		for i := range ways {
			i = (i + round) % len(ways) // nobody is always the first
			m, err := measure(ctx, ways[i], []string{tracer, "serve", model}, o)
			if err != nil {
				return fmt.Errorf("%s: %w", ways[i].name, err)
			}
			results[i] = append(results[i], m)
			fmt.Fprintf(os.Stderr, "round %d  %-36s %7.0f requests/s  p99 %6.1f ms  cpu %6.2f s\n", round+1, ways[i].name, m.perSecond, m.p99, m.cpu.Seconds())
		}
	}
	fmt.Printf("%s server, %d connections, %d at once, %d interleaved rounds\n\n", model, o.Count, o.Concurrency, rounds)
	fmt.Println("| way | throughput kept: median (range) | p99: median ratio | CPU: median ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, w := range ways {
		kept := ratios(results[i], results[0], func(m measurement) float64 { return m.perSecond })
		p99 := ratios(results[i], results[0], func(m measurement) float64 { return m.p99 })
		cpu := ratios(results[i], results[0], func(m measurement) float64 { return m.cpu.Seconds() })
		fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f | %.2f |\n", w.name, median(kept), kept[0], kept[len(kept)-1], median(p99), median(cpu))
	}
	return nil
}

// ratios are those of the same round, sorted.
func ratios(of, to []measurement, figure func(measurement) float64) []float64 {
	r := make([]float64, len(of))
	for i := range of {
		r[i] = figure(of[i]) / figure(to[i])
	}
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

// measure runs the server once with its load and stops it.
func measure(ctx context.Context, w way, server []string, o load.Options) (m measurement, err error) {
	args := append(slices.Clone(w.wrap), server...)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
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

// stopServer tells the server to stop, and with it whoever traces it, as Ctrl-C does.
func stopServer(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
