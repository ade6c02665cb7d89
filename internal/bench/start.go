package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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
	return s.beside(ctx, folder, "A trace of true", rivals)
}

// reading is what it costs to sum up recordings of loops. The other build makes them, where there is one: what it has
// written both can read.
func (s settings) reading(ctx context.Context, folder string) error {
	loops, err := build(folder, "loops")
	if err != nil {
		return err
	}
	for _, l := range []struct {
		name  string
		turns int // of as many events
	}{{"vfork", s.count}, {"thread", 2 * s.count}} {
		file := filepath.Join(folder, l.name+".trc")
		by := settings{tracer: cmp.Or(s.other, s.tracer)}
		if out, err := by.record(ctx, file, "--", loops, l.name, strconv.Itoa(l.turns)).CombinedOutput(); err != nil {
			return fmt.Errorf("record: %w\n%s", err, out)
		}
		rivals := []rival{{"tracer summary", []string{s.tracer, "summary", file}}}
		if s.other != "" { // the baseline
			rivals = slices.Insert(rivals, 0, rival{"the other build", []string{s.other, "summary", file}})
		}
		title := fmt.Sprintf("A summary of %d events of %ss", 4*s.count, l.name)
		if err := s.beside(ctx, folder, title, rivals); err != nil {
			return err
		}
	}
	return nil
}

// beside measures commands in turns, and prints how each is beside the first.
func (s settings) beside(ctx context.Context, folder, title string, rivals []rival) error {
	spends, err := build(folder, "spent")
	if err != nil {
		return err
	}
	results := make([][]spent, len(rivals))
	for round := range s.rounds + 1 { // the first reads all from the disk
		for i := range rivals {
			i = (i + round) % len(rivals) // nobody is always the first
			b, err := rivals[i].run(ctx, spends)
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
	fmt.Println("| tool | time: median ratio (range) | CPU: median ratio (range) | resident MB: median |")
	fmt.Println("| --- | --- | --- | --- |")
	for i, r := range rivals {
		of := func(figure func(spent) float64) []float64 { return ratios(results[i], results[0], figure) }
		wall, cpu := of(func(b spent) float64 { return b.wall }), of(func(b spent) float64 { return b.cpu })
		resident := make([]float64, len(results[i]))
		for round, b := range results[i] {
			resident[round] = b.resident / 1024
		}
		fmt.Printf("| %s | %.2f (%.2f to %.2f) | %.2f (%.2f to %.2f) | %.0f |\n", r.name, median(wall), wall[0],
			wall[len(wall)-1], median(cpu), cpu[0], cpu[len(cpu)-1], median(sorted(resident)))
	}
	return nil
}

// run runs the command by a small program, as a process begins with the most memory that its parent had.
func (r *rival) run(ctx context.Context, spends string) (b spent, err error) {
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, spends, r.argv...)
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err == nil {
		_, err = fmt.Sscan(string(out), &b.wall, &b.cpu, &b.resident)
	}
	if err != nil {
		return b, fmt.Errorf("%w\n%s", err, &messages)
	}
	return b, nil
}
