package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// begun is one trace of a command that does nothing.
type begun struct {
	wall, cpu float64 // seconds
	resident  float64 // KiB
}

// start is what it costs to begin a trace and to end it: of true, beside tracer.
func (s settings) start(ctx context.Context, folder string) error {
	tools := s.tools(folder)[1:]
	results := make([][]begun, len(tools))
	for round := range s.rounds + 1 { // the first reads all from the disk
		for i := range tools {
			i = (i + round) % len(tools) // nobody is always the first
			b, err := tools[i].begin(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", tools[i].name, err)
			}
			if round > 0 {
				results[i] = append(results[i], b)
				fmt.Fprintf(os.Stderr, "round %d  %-32s %6.3f s  cpu %6.3f s  %5.1f MB\n", round, tools[i].name, b.wall,
					b.cpu, b.resident/1024)
			}
		}
	}
	fmt.Printf("\nA trace of true: %d interleaved rounds\n\n", s.rounds)
	fmt.Println("| tool | time: median ratio (range) | CPU: median ratio (range) | resident: median ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, t := range tools {
		of := func(figure func(begun) float64) []float64 { return ratios(results[i], results[0], figure) }
		wall, cpu := of(func(b begun) float64 { return b.wall }), of(func(b begun) float64 { return b.cpu })
		resident := of(func(b begun) float64 { return b.resident })
		fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) | %.2f |\n", t.name, median(wall), wall[0],
			wall[len(wall)-1],
			median(cpu), cpu[0], cpu[len(cpu)-1], median(resident))
	}
	return nil
}

func (t *tool) begin(ctx context.Context) (b begun, err error) {
	argv := slices.Concat(t.command, []string{"/bin/true"}) // bpftrace wants the path
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return b, fmt.Errorf("%w\n%s", err, out)
	}
	state := cmd.ProcessState
	return begun{time.Since(began).Seconds(), (state.UserTime() + state.SystemTime()).Seconds(),
		float64(resident(state))}, nil
}
