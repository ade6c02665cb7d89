package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tracer/internal/truth"
)

// floods has the programs that all its tries share.
type floods struct{ flood, forest string }

func beginFloods(s *stage) (a attempt, err error) {
	var f floods
	if f.flood, err = s.build(context.Background(), "flood"); err != nil {
		return a, err
	}
	f.forest, err = s.build(context.Background(), "forest")
	return attempt{try: f.try, least: 6}, err
}

// buffers are sizes of the ring buffer, most of them too small.
var buffers = []string{"4K", "8K", "16K", "64K", "128K", "256K", "1M"}

// floodKinds are the kinds of flood, with how many events of it a flood has at the most.
var floodKinds = []struct {
	name string
	most int
}{{"vfork", 40_000}, {"fork", 8_000}, {"thread", 10_000}, {"exec", 2_000}, {"daemon", 4_000}, {"accept", 4_000},
	{"datagram", 8_000},
	{"mixed", 12_000}, {"all", 8_000}, {"several", 4_000}}

func (f *floods) try(ctx context.Context, t *try) error {
	if t.number%3 == 2 {
		return f.grow(ctx, t)
	}
	return f.pour(ctx, t)
}

// pour floods a tracer, which is held up now and then, and holds what it counted against what the program says.
func (f *floods) pour(ctx context.Context, t *try) error {
	kind, buffer := pick(t, floodKinds), pick(t, buffers)
	count := 500 + t.IntN(kind.most)
	t.doing = fmt.Sprintf("%d of %s, --buffer %s, tracer held up", count, kind.name, buffer)
	file := t.file("flood.trc")
	cmd := t.command(ctx, t.tracer, "record", "-q", "--buffer", buffer, "-o", file, "--", f.flood, kind.name,
		strconv.Itoa(count))
	o, err := t.heldUp(ctx, cmd)
	if err != nil {
		return err
	}
	t.alone(ctx)
	if !t.sane("record", o, 0) {
		return nil
	}
	said, err := truth.Parse(o.stdout)
	if err != nil {
		return err
	}
	summary, err := t.run(ctx, patience, t.tracer, "summary", file, "--json")
	if err != nil || !t.sane("summary", summary, readable...) {
		return err
	}
	var counters map[string]any
	if err := json.Unmarshal(summary.stdout, &counters); err != nil {
		return err
	}
	events, err := t.events(ctx, file)
	if err != nil {
		return err
	}
	t.add(said, counters, events)
	for _, n := range events {
		t.count("recorded", n)
	}
	return nil
}

// heldUp runs a tracer that is stopped and continued at random moments while its program runs, as one is that gets no
// processor.
func (t *try) heldUp(ctx context.Context, cmd *exec.Cmd) (o outcome, err error) {
	ended := make(chan struct{})
	held := make(chan struct{})
	pauses, longest := make([]time.Duration, 6), pick(t, []int{100, 400, 1500})
	for i := range pauses {
		pauses[i] = time.Duration(t.IntN(longest)) * time.Millisecond
	}
	o, err = t.finishAlongside(ctx, time.Minute, cmd, func() {
		go func() {
			defer close(held)
			until(ctx, func() bool { return cmd.Process.Signal(syscall.Signal(0)) != nil || launched(cmd.Process.Pid) })
			for i, pause := range pauses {
				select {
				case <-ended:
					return
				case <-time.After(pause):
					_ = cmd.Process.Signal([]syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT}[i%2]) // it can have ended
				}
			}
		}()
	})
	close(ended)
	<-held
	return o, err
}

// launched reports whether the program of a tracer runs.
func launched(tracer int) bool {
	return slices.ContainsFunc(childrenOf(tracer), func(pid int) bool {
		return slices.Contains([]string{"flood", "forest", "r0"}, commOf(pid))
	})
}

// events counts those of a recording by kind: those that happened, not what was found after a loss.
func (t *try) events(ctx context.Context, file string) (map[string]int, error) {
	o, err := t.run(ctx, patience, t.tracer, "export", file, "--to", "jsonl")
	if err != nil || !t.sane("export", o, readable...) {
		return nil, err
	}
	n := map[string]int{}
	for line := range bytes.Lines(o.stdout) {
		var e struct {
			Kind  string   `json:"kind"`
			Child int      `json:"child"`
			Flags []string `json:"flags"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, err
		}
		if !slices.Contains(e.Flags, "guessed") && (e.Kind != "wait" || e.Child != 0) {
			n[e.Kind]++
		}
	}
	return n, nil
}

// add expects that what was recorded and what was lost make what happened, unless the trace says that it is not
// complete; that nothing is counted that did not happen; and that the end is right in any case.
func (t *try) add(said truth.Case, counters map[string]any, events map[string]int) {
	lost, _ := counters["lost_by_kind"].(map[string]any)
	number := func(of map[string]any, name string) int {
		n, _ := of[name].(float64)
		return int(n)
	}
	if number(counters, "events_lost") == 0 && counters["complete"] == true {
		for _, line := range truth.Compare(said, counters) {
			t.fail("without a loss, what the program says", line)
		}
	}
	processes, threads := number(said.Counters, "processes_created"), number(said.Counters, "threads_created")
	for kind, happened := range map[string]int{"fork": processes + threads, "exit": processes + threads + 1,
		"wait": processes,
		"exec": number(said.Counters, "execs") + 1, "accept": number(said.Counters, "accepts"),
		"datagram": number(said.Counters, "datagrams_received")} {
		sum := events[kind] + number(lost, kind)
		if sum != happened && counters["complete"] == true || sum > happened {
			t.fail(fmt.Sprintf("%d of %s, or not complete", happened, kind),
				fmt.Sprintf("%d recorded + %d lost = %d, complete %v",
					events[kind], number(lost, kind), sum, counters["complete"]))
		}
	}
	for _, name := range []string{"processes_created", "processes_exited", "threads_created", "execs",
		"reaped_by_parent",
		"reaped_by_other", "reparented", "sigchld_ignored", "accepts", "datagrams_received"} {
		if got, most := number(counters, name), number(said.Counters, name); got > most {
			t.fail(fmt.Sprintf("%s at most %d", name, most), got)
		}
	}
	if left := number(counters, "zombies_left"); left != 0 {
		t.fail("no zombie left", left)
	}
	for kind := range lost {
		t.count("lost", number(lost, kind))
	}
}

// grow floods a tracer while a forest grows, and holds the forest at the end against /proc.
func (f *floods) grow(ctx context.Context, t *try) error {
	buffer, seed, count := pick(t, buffers), t.IntN(1<<30), 1000+t.IntN(12_000)
	t.doing = fmt.Sprintf("forest %d among %d vforks, --buffer %s, tracer held up", seed, count, buffer)
	file := t.file("forest.trc")
	cmd := t.command(ctx, t.tracer, "record", "-q", "--buffer", buffer, "-o", file, "--", f.forest, strconv.Itoa(seed),
		strconv.Itoa(count))
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // it is when the command ran
	ready := make(chan forest, 1)
	out := &whenReady{line: "ready\n", then: func() {
		ready <- forestOf(cmd.Process.Pid, "r0")
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Signal(syscall.SIGINT)
	}}
	cmd.Stdout = out
	if _, err = t.heldUp(ctx, cmd); err != nil {
		return err
	}
	select {
	case there := <-ready:
		exported, err := t.run(ctx, patience, t.tracer, "export", file, "--to", "tree")
		if err != nil {
			return err
		}
		if t.sane("export", exported, readable...) {
			t.compare(there, parseTree(exported.stdout))
		}
		t.count("tasks compared", len(there))
	default:
		t.fail("ready", "the program ended before")
	}
	t.alone(ctx) // its input has ended with the tracer
	return nil
}

// compare returns each difference of two forests.
func (t *try) compare(there, told forest) {
	for id, want := range there {
		if got, ok := told[id]; !ok {
			t.fail(fmt.Sprintf("%d %s", id, want), "not in the tree")
		} else if got != want {
			t.fail(fmt.Sprintf("%d %s", id, want), got)
		}
	}
	for id, got := range told {
		if _, ok := there[id]; !ok {
			t.fail(fmt.Sprintf("no task %d", id), got)
		}
	}
}

// whenReady does something once a line was written to it.
type whenReady struct {
	line string
	then func()
}

func (w *whenReady) Write(p []byte) (int, error) {
	if w.then != nil && strings.HasSuffix(string(p), w.line) {
		w.then()
		w.then = nil
	}
	return len(p), nil
}

// forest is what is there of processes and threads, by their ids.
type forest map[int]task

type task struct {
	name   string
	parent int // of a thread its process; 0 for the root
	thread bool
	zombie bool
}

func (k task) String() string {
	return fmt.Sprintf("%s, parent %d, thread %v, zombie %v", k.name, k.parent, k.thread, k.zombie)
}

// parseTree reads what is there at the end from an export: whoever is alive or a zombie. Neighbours that are alike are
// one line there; so tasks that are to be found have names of their own.
func parseTree(text []byte) forest {
	f := forest{}
	var above []int // the process at each depth
	in := bufio.NewScanner(bytes.NewReader(text))
	for in.Scan() {
		line := strings.TrimLeft(in.Text(), "│├└─ ")
		depth := (len([]rune(in.Text())) - len([]rune(line))) / 3
		line, thread := strings.CutPrefix(line, "thread ")
		number, rest, _ := strings.Cut(line, " ")
		id, err := strconv.Atoi(number)
		name, facts, _ := strings.Cut(rest, ": ")
		name, _, _ = strings.Cut(name, " ")
		above = append(above[:min(depth, len(above))], id)
		zombie := strings.HasPrefix(facts, "zombie, ") || strings.Contains(facts, ", zombie, ")
		lives := strings.HasSuffix(facts, "alive") || strings.Contains(facts, "alive, stopped by ")
		if err != nil || !zombie && !lives {
			continue
		}
		k := task{name: name, thread: thread, zombie: zombie}
		if depth > 0 {
			k.parent = above[depth-1]
		}
		f[id] = k
	}
	return f
}
