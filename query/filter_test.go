package query

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/words"
)

// eventsOf are those of the example and of the stories of the model.
func eventsOf(t testing.TB) [][]event.Event {
	t.Helper()
	allEvents.once.Do(func() { allEvents.all = readEvents(t) })
	return allEvents.all
}

// allEvents are read once.
var allEvents struct {
	once sync.Once
	all  [][]event.Event
}

func readEvents(t testing.TB) (all [][]event.Event) {
	t.Helper()
	paths, err := filepath.Glob("../model/testdata/stories/*.txt")
	if err != nil || len(paths) < 20 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		story, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(story), "-- events --\n")
		events, _, _ := strings.Cut(rest, "\n-- ")
		file := filepath.Join(t.TempDir(), "a.txt")
		if err := os.WriteFile(file, []byte("@kernel 6.12.0\n"+events+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, eventsIn(t, file))
	}
	return append(all, eventsIn(t, "../examples/fork-once.trc"))
}

func eventsIn(t testing.TB, path string) (events []event.Event) {
	t.Helper()
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := export.Each(r, func(e *event.Event) error {
		events = append(events, *e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return events
}

// each visits all processes.
func each(m *model.Model, visit func(p *model.Process)) {
	m.Walk(func(p *model.Process, _ int) bool {
		visit(p)
		return true
	})
}

// TestVersionIsWhatARowIsMadeOf: as long as the version of a process is the same its row is, but for a zombie's age.
func TestVersionIsWhatARowIsMadeOf(t *testing.T) {
	changes := 0
	for _, events := range eventsOf(t) {
		m := model.New(Everything())
		type past struct {
			of  version
			row Process
		}
		before := map[uint64]past{}
		for i := range events {
			m.Apply(&events[i])
			each(m, func(p *model.Process) {
				now := past{versionOf(p), clock{m.Start()}.process(p, m.Now())}
				now.row.ZombieMs = p.State == model.Gone && now.row.ZombieMs != nil
				then, known := before[p.Number]
				if known && then.of == now.of && then.row != now.row {
					t.Errorf("event %d: the row of process %d changed:\n%+v\n%+v", i, p.PID, then.row, now.row)
				}
				if !known || then.of != now.of {
					changes++
				}
				before[p.Number] = now
			})
		}
	}
	if changes < 500 {
		t.Errorf("%d changes: too few to tell anything", changes)
	}
}

// TestFilter: at each moment of a story, and at each tenth of the example, it says of each process what a filter says
// that has never seen it.
func TestFilter(t *testing.T) {
	round, row := roundTime, rowDeadline
	defer func() { roundTime, rowDeadline = round, row }()
	roundTime, rowDeadline = time.Hour, time.Hour // a busy machine is no mistake
	for _, condition := range []string{`.state == "zombie"`, ".children > 1", ".zombie_ms >= 3", ".ended_ms < 20",
		`.reaped_by == .creator`, `len(.comm) > 4`, "true"} {
		held, asked := 0, 0
		for _, events := range eventsOf(t) {
			m := model.New(model.Options{Linger: 5e6})
			kept, fresh := newFilter(t, condition), newFilter(t, condition)
			for i := range events {
				m.Apply(&events[i])
				if len(events) > 200 && i%10 > 0 {
					continue
				}
				clear(fresh.answers)
				kept.Begin(m.Start(), m.Now())
				each(m, func(p *model.Process) { kept.Matches(p) })
				kept.Begin(m.Start(), m.Now()) // the moment stands still: now it is exact
				fresh.Begin(m.Start(), m.Now())
				each(m, func(p *model.Process) {
					got, want := kept.Matches(p), fresh.Matches(p)
					if got != want {
						t.Fatalf("%s, event %d: process %d: %v, want %v", condition, i, p.PID, got, want)
					}
					asked++
					if got {
						held++
					}
				})
				if kept.Left() || kept.Err() != nil {
					t.Fatalf("%s: left: %v, %v", condition, kept.Left(), kept.Err())
				}
			}
		}
		if held == 0 || held == asked != (condition == "true") {
			t.Errorf("%s: of %d it holds of %d", condition, asked, held)
		}
	}
}

func newFilter(t testing.TB, condition string) *Filter {
	t.Helper()
	f, err := NewFilter(condition)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFilterEvaluatesWhatChanged: nothing twice that has not changed, and no more in a round than it may; what it no
// longer meets it forgets.
func TestFilterEvaluatesWhatChanged(t *testing.T) {
	before := roundTime
	defer func() { roundTime = before }()
	roundTime = time.Hour
	m := model.New(Everything())
	fork := func(n int) {
		for range n {
			pid := event.PID(1000 + m.Counters().ProcessesCreated)
			m.Apply(&event.Event{Kind: event.Fork, Time: 2, Task: event.Task{TID: 100, Start: 1}, PID: 100,
				Child: event.Task{TID: event.TID(pid), Start: 2}, ChildPID: pid, NSPID: pid, Parent: 100})
		}
	}
	m.Apply(&event.Event{Kind: event.Exec, Time: 1, Task: event.Task{TID: 100, Start: 1}, PID: 100,
		Flags: event.Launch | event.Root, Comm: "root"})
	fork(roundBudget + 500)
	f := newFilter(t, ".pid > 0")
	round := func() (evaluated, matched int) {
		f.Begin(m.Start(), m.Now())
		each(m, func(p *model.Process) {
			if f.Matches(p) {
				matched++
			}
		})
		return roundBudget - f.budget, matched
	}
	for i, want := range []struct {
		evaluated, matched int
		left               bool
	}{{roundBudget, roundBudget, true}, {501, roundBudget + 501, false}, {0, roundBudget + 501, false}} {
		evaluated, matched := round()
		if evaluated != want.evaluated || matched != want.matched || f.Left() != want.left {
			t.Errorf("round %d: %d were evaluated, %d match, left: %v; want %+v", i, evaluated, matched, f.Left(), want)
		}
	}
	fork(1)
	if evaluated, _ := round(); evaluated != 2 { // the child, and its parent
		t.Errorf("after a fork %d were evaluated, want 2", evaluated)
	}
	for range 2 {
		f.Begin(m.Start(), m.Now())
	}
	if len(f.answers) != 0 {
		t.Errorf("%d are kept of those that are not there any more", len(f.answers))
	}
}

// TestFilterOfWhatIsNoRow: what is wrong is said in one line, with what was meant; without the expression where that
// stands beside it.
func TestFilterOfWhatIsNoRow(t *testing.T) {
	about := ` is about the whole trace, and this is about one process at a time; `
	whole := func(name string) string { return strconv.Quote(name) + about + "tracer query answers that" }
	for condition, want := range map[string]string{
		"accepts > 3":                     `"accepts"` + about + "did you mean .accepts?",
		"zombies_left > 3":                whole("zombies_left"),
		"root.pid == .pid":                whole("root"),
		"len(processes) > .pid":           whole("processes"),
		"true) || any(processes, true":    whole("processes"),
		".pids == 3":                      `processes have no "pids"; did you mean pid?`,
		`state == "zombie"`:               `"state" is not a name here; did you mean .state?`,
		".pid = 3":                        "= is not an operator; write ==",
		".pid ==":                         "something is missing at the end; write for example 'zombies_left == 0'",
		".pid":                            "it is neither true nor false; compare it, for example 'zombies_left == 0'",
		".comm == \"\x1b[2J\u202e\" && x": `"x" is not a name here; tracer query --help lists the names`,
	} {
		_, err := NewFilter(condition)
		if err == nil {
			t.Errorf("%s: no mistake", condition)
			continue
		}
		if got := words.English().Error(Reason(err)); got != want {
			t.Errorf("%s: %s\nwant %s", condition, got, want)
		}
		if got := words.English().Error(err); !strings.HasSuffix(got, ": "+want) {
			t.Errorf("%s: %s", condition, got)
		}
	}
}

// TestFilterThatFails: what cannot be computed, or takes too long, ends the evaluation.
func TestFilterThatFails(t *testing.T) {
	before := rowDeadline
	defer func() { rowDeadline = before }()
	rowDeadline = 20 * time.Millisecond
	m := model.New(Everything())
	m.Apply(&event.Event{Kind: event.Exec, Time: 1, Task: event.Task{TID: 100, Start: 1}, PID: 100,
		Flags: event.Launch | event.Root, Comm: "root", Args: strings.Repeat("x", 3000)})
	for _, condition := range []string{"1 % (.pid - 100) == 0", // by 0
		"len(1..100000000) > 0", `.comm matches ("(" + .comm)`,
		`all(split(.command, ""), all(split(root.command, ""), true))`,
		`all(split(.command, ""), {let a = #; all(split("` + strings.Repeat("x", 9000) + `", ""), # == "x")})`} {
		f, err := NewFilter(condition)
		if err != nil {
			if !strings.Contains(condition, "root.") {
				t.Errorf("%s: %v", condition, err)
			}
			continue
		}
		f.Begin(m.Start(), m.Now())
		each(m, func(p *model.Process) {
			if f.Matches(p) || f.Err() == nil {
				t.Errorf("%s: no error", condition)
			}
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	m := model.New(Everything())
	for _, events := range eventsOf(b) {
		for i := range events {
			m.Apply(&events[i])
		}
	}
	var all []*model.Process
	each(m, func(p *model.Process) { all = append(all, p) })
	for _, c := range []struct {
		name   string
		forget bool
	}{{"changed", true}, {"unchanged", false}} {
		b.Run(c.name, func(b *testing.B) {
			f := newFilter(b, `.state == "zombie" && .children > 3`)
			for b.Loop() {
				f.Begin(m.Start(), m.Now())
				if c.forget {
					clear(f.answers)
				}
				for _, p := range all {
					f.Matches(p)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(all)), "ns/process")
		})
	}
}
