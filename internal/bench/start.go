package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// spent is what one run of a command took.
type spent struct {
	wall, cpu float64 // seconds
	resident  float64 // KiB
}

// rival is a command to be measured beside others.
type rival struct {
	name string
	argv []string
}

// start is what it costs to begin a trace and to end it: of true, beside tracer.
func (s settings) start(ctx context.Context, folder string) error {
	var rivals []rival
	for _, t := range s.tools(folder)[1:] {
		// bpftrace wants the path
		rivals = append(rivals, rival{t.name, slices.Concat(t.command, []string{"/bin/true"})})
	}
	return s.beside(ctx, "A trace of true", rivals)
}

// reading is what it costs to sum up a recording of a loop, which makes four events a turn.
func (s settings) reading(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "reading.trc")
	if out, err := s.record(ctx, file, "--", loops, "vfork", strconv.Itoa(s.count)).CombinedOutput(); err != nil {
		return fmt.Errorf("record: %w\n%s", err, out)
	}
	rivals := []rival{{"tracer summary", []string{s.tracer, "summary", file}}}
	if s.other != "" {
		rivals = append(rivals, rival{"tracer summary, the other build", []string{s.other, "summary", file}})
	}
	return s.beside(ctx, fmt.Sprintf("A summary of %d events", 4*s.count), rivals)
}

// beside measures commands in turns, and prints how each is beside the first.
func (s settings) beside(ctx context.Context, title string, rivals []rival) error {
	results := make([][]spent, len(rivals))
	for round := range s.rounds + 1 { // the first reads all from the disk
		for i := range rivals {
			i = (i + round) % len(rivals) // nobody is always the first
			b, err := rivals[i].run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", rivals[i].name, err)
			}
			if round > 0 {
				results[i] = append(results[i], b)
				fmt.Fprintf(os.Stderr, "round %d  %-32s %6.3f s  cpu %6.3f s  %5.1f MB\n", round, rivals[i].name,
					b.wall, b.cpu, b.resident/1024)
			}
		}
	}
	fmt.Printf("\n%s: %d interleaved rounds\n\n", title, s.rounds)
	fmt.Println("| tool | time: median ratio (range) | CPU: median ratio (range) | resident: median ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, r := range rivals {
		of := func(figure func(spent) float64) []float64 { return ratios(results[i], results[0], figure) }
		wall, cpu := of(func(b spent) float64 { return b.wall }), of(func(b spent) float64 { return b.cpu })
		resident := of(func(b spent) float64 { return b.resident })
		fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) | %.2f |\n", r.name, median(wall), wall[0],
			wall[len(wall)-1],
			median(cpu), cpu[0], cpu[len(cpu)-1], median(resident))
	}
	return nil
}

func (r *rival) run(ctx context.Context) (b spent, err error) {
	cmd := exec.CommandContext(ctx, r.argv[0], r.argv[1:]...)
	began := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		return b, fmt.Errorf("%w\n%s", err, out)
	}
	state := cmd.ProcessState
	return spent{time.Since(began).Seconds(), (state.UserTime() + state.SystemTime()).Seconds(),
		float64(resident(state))}, nil
}
