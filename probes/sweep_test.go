package probes

import (
	"bufio"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tracer/event"
	"tracer/model"
)

// TestSweep: orphans that init reaps are gone soon, while the trace goes on, though init's waits can be hidden from all
// programs, and the end of their tasks, too.
func TestSweep(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	unheard(t, p, "release", "free")
	input, inputWrite := pipe(t)
	output, outputWrite := pipe(t)
	root, err := p.Launch(Command{Path: "/bin/sh", Stdin: input, Stdout: outputWrite, Stderr: os.Stderr,
		Args: []string{"sh", "-c", "i=0; while [ $i -lt 50 ]; do (: &); i=$((i+1)); done; echo ready; read x"}})
	if err != nil {
		t.Fatal(err)
	}
	input.Close()
	outputWrite.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	batches, result := make(chan []event.Event, 1024), make(chan error, 1)
	go func() { result <- p.Run(ctx, batches) }()
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the program says %q, %v", line, err)
	}
	m := model.New(model.Options{})
	if !watch(t, m, batches, func(*event.Event) bool {
		c := m.Counters()
		return c.ProcessesExited == 100 && c.ZombiesNow == 0
	}) {
		t.Errorf("at the end %d zombies of %d processes are left", m.Counters().ZombiesNow,
			m.Counters().ProcessesExited)
		m.Walk(func(z *model.Process, _ int) bool {
			if z.State == model.Zombie {
				stat, err := os.ReadFile(proc(z.PID, "stat"))
				t.Errorf("%d is one, under %d; /proc says %.40q, %v", z.PID, z.ParentPID, stat, err)
			}
			return true
		})
	}
	inputWrite.Close()
	watch(t, m, batches, func(*event.Event) bool { return false })
	if err := <-result; err != nil {
		t.Error(err)
	}
	if code, err := root.Wait(); code != 1 || err != nil { // what read gives at the end of its input
		t.Errorf("exit code %d, %v", code, err)
	}
	if c := m.Counters(); c.ReapedByParent != 50 || c.ReapedByOther != 50 {
		t.Errorf("%d reaped by their parent, %d by another", c.ReapedByParent, c.ReapedByOther)
	}
}

// unheard detaches the programs with one of these parts in their names, as if the kernel did not tell them.
func unheard(t *testing.T, p *Probes, parts ...string) {
	t.Helper()
	detached := 0
	for name, program := range p.collection.Programs {
		if !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) }) {
			continue
		}
		info, err := program.Info()
		if err != nil {
			t.Fatal(err)
		}
		id, _ := info.ID()
		for _, l := range p.links {
			if i, err := l.Info(); err == nil && i.Program == id {
				detached++
				l.Close()
			}
		}
	}
	if detached == 0 {
		t.Fatalf("no program is attached that has one of %q in its name", parts)
	}
}
