package model_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/rules"
	"tracer/words"
)

var update = flag.Bool("update", false, "write what the stories give into their files")

// TestStories: what everybody should know about dead children. Each file of testdata/stories is a trace in the text
// form, and what it gives: the forest, some counters, and the findings with the ordinals of the events that show them.
func TestStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d stories: %v", len(paths), err)
	}
	moved, told := map[string]bool{}, 0
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			story, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m := tell(t, part(t, story, "events").Data, time.Nanosecond)
			sameThoughTheGoneLeave(t, tell(t, part(t, story, "events").Data, 0), m)
			told++
			notZero(m.Counters(), moved)
			counters := part(t, story, "counters")
			got := map[string]string{"forest": forest(m), "counters": named(t, m.Counters(), counters.Data),
				"findings": findings(m)}
			for name, text := range got {
				p := part(t, story, name)
				if *update {
					p.Data = []byte(text)
				} else if diff := cmp.Diff(string(p.Data), text); diff != "" {
					t.Errorf("%s (-want +got; go test ./model -update, when this is meant):\n%s", name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(story), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for name, is := range moved {
		if !is && told == len(paths) {
			t.Errorf("%s is 0 in every story", name)
		}
	}
}

// notZero notes which of the counters are not 0.
func notZero(c model.Counters, moved map[string]bool) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if name, ok := v.Type().Field(i).Tag.Lookup("json"); ok {
			field := v.Field(i)
			moved[name] = moved[name] || !field.IsZero() && (field.Kind() != reflect.Map || field.Len() > 0)
		}
	}
}

// TestGoneLeave: the reaped stay as long as they linger, and no more of them than are asked for.
func TestGoneLeave(t *testing.T) {
	var trace strings.Builder
	trace.WriteString("0.001 exec pid=100 start=1ns flags=root,launch\n")
	for pid := 101; pid <= 105; pid++ {
		fmt.Fprintf(&trace, `0.002 fork pid=100 start=1ns child=%[1]d child_start=1ns parent=100 ns_pid=%[1]d exit_signal=17
			0.003 exit pid=%[1]d start=1ns flags=group_dead parent=100 reaper=100
			0.004 wait pid=100 start=1ns call=wait4 child=%[1]d
			`, pid)
	}
	_, events, _, err := record.ParseText(strings.NewReader(trace.String()))
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.Options{Linger: 5e9, MaxGone: 3})
	for i := range events {
		m.Apply(&events[i])
	}
	if got := strings.Count(forest(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown, want 3", got)
	}
	m.Advance(5004e6)
	if got := strings.Count(forest(m), "gone"); got != 3 {
		t.Errorf("%d gone are shown before their time, want 3", got)
	}
	m.Advance(5005e6)
	if got := forest(m); got != "100 alive\n" {
		t.Errorf("the forest is\n%s", got)
	}
}

// TestFewGoneUntilAllIsTold: however few of the gone are kept, the wait that took one is known also when it is told of
// after its release, and others went in between.
func TestFewGoneUntilAllIsTold(t *testing.T) {
	var trace strings.Builder
	trace.WriteString("0.001 exec pid=100 start=1ns flags=root,launch\n")
	for pid := 101; pid <= 105; pid++ {
		fmt.Fprintf(&trace, `0.002 fork pid=100 start=1ns child=%[1]d child_start=1ns parent=100 ns_pid=%[1]d exit_signal=17
			0.003 exit pid=%[1]d start=1ns flags=group_dead parent=100 reaper=100
			`, pid)
	}
	trace.WriteString("0.004 release pid=101 start=1ns\n")
	for pid := 102; pid <= 105; pid++ {
		fmt.Fprintf(&trace, "0.005 wait pid=100 start=1ns call=wait4 child=%d child_start=1ns\n", pid)
	}
	trace.WriteString("0.006 wait pid=100 start=1ns call=wait4 child=101 child_start=1ns\n")
	_, events, _, err := record.ParseText(strings.NewReader(trace.String()))
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.Options{Linger: 5e9, MaxGone: 1})
	for i := range events {
		m.Apply(&events[i])
	}
	if c := m.Counters(); c.ReapedByParent != 5 || c.Contradictions != 0 {
		t.Errorf("%d of 5 were reaped by their parent, with %d contradictions", c.ReapedByParent, c.Contradictions)
	}
}

// TestSignalsOutliveTheParent: what became of the signals of a process is known at any time, also when its parent
// leaves the forest before it, as the init of a PID namespace that is killed with it.
func TestSignalsOutliveTheParent(t *testing.T) {
	m := tell(t, []byte(`0.001 exec pid=100 start=1ns flags=root,launch comm="root"
		0.002 fork pid=100 start=1ns child=101 child_start=1ns parent=100 ns_pid=101 inner_pid=1 exit_signal=17
		0.003 fork pid=101 start=1ns child=102 child_start=1ns parent=101 ns_pid=2 inner_pid=2 exit_signal=17
		0.004 signal pid=100 start=1ns flags=blocked signal=17 target=102 target_pid=102
		0.005 signal pid=100 start=1ns flags=blocked signal=17 target=102 target_pid=102 result=coalesced
		0.006 exit pid=101 start=1ns flags=group_dead,auto_reap,has_children parent=100 comm="init"
		0.106 exit pid=102 start=1ns flags=group_dead,auto_reap,reaper_ignores status=9 parent=101 reaper=101
		`), 2*time.Second)
	for _, at := range []event.Time{107e6, 2050e6, 2200e6} {
		m.Advance(at)
		all := m.Coalesced()
		if len(all) != 1 || all[0].PID != 102 || all[0].Signals.Coalesced != 1 {
			t.Errorf("at %v, of %q, the coalesced are %+v", at, forest(m), all)
		}
	}
}

func part(t *testing.T, story *txtar.Archive, name string) *txtar.File {
	t.Helper()
	for i := range story.Files {
		if story.Files[i].Name == name {
			return &story.Files[i]
		}
	}
	t.Fatalf("the story has no part %q", name)
	return nil
}

// sameThoughTheGoneLeave: what leaves at once is not missed by what is counted and found.
func sameThoughTheGoneLeave(t interface{ Errorf(string, ...any) }, leave, linger *model.Model) {
	if diff := cmp.Diff(linger.Counters(), leave.Counters(), cmpopts.IgnoreUnexported(model.Counters{})); diff != "" {
		t.Errorf("counters where the gone leave at once (-linger +leave):\n%s", diff)
	}
	if diff := cmp.Diff(findings(linger), findings(leave)); diff != "" {
		t.Errorf("findings where the gone leave at once (-linger +leave):\n%s", diff)
	}
}

// tell applies events in the text form, and holds the model against its invariants after each.
func tell(t *testing.T, text []byte, linger time.Duration) *model.Model {
	t.Helper()
	_, events, _, err := record.ParseText(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.Options{Linger: linger})
	for i := range events {
		m.Apply(&events[i])
		if err := m.Check(); err != nil {
			t.Fatalf("after %v at %v: %v", events[i].Kind, events[i].Time, err)
		}
	}
	return m
}

// forest is a line for each process, with who reaped it.
func forest(m *model.Model) string {
	var b strings.Builder
	m.Walk(func(p *model.Process, depth int) bool {
		fmt.Fprintf(&b, "%*s%d %v", 2*depth, "", p.PID, p.State)
		if p.State == model.Gone && !p.Root {
			fmt.Fprintf(&b, " %v", p.Reaping)
		}
		if p.Stopped != 0 {
			fmt.Fprintf(&b, ", stopped by %d", p.Stopped)
		}
		if p.LeaderEnded {
			b.WriteString(", leader exited")
		}
		if n := p.ThreadsAlive; n > 0 {
			fmt.Fprintf(&b, ", %d threads", n)
		}
		b.WriteString("\n")
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			fmt.Fprintf(&b, "%*s%#x %v", 2*depth+2, "", c.ID, c.State)
			if c.Inherited {
				b.WriteString(", inherited")
			}
			if c.Vanished {
				b.WriteString(", not finished")
			}
			b.WriteString("\n")
		}
		return true
	})
	return b.String()
}

// named returns those counters, a line each, that lines begin with.
func named(t *testing.T, c model.Counters, lines []byte) string {
	t.Helper()
	var b strings.Builder
	v := reflect.ValueOf(c)
	for line := range strings.Lines(string(lines)) {
		name, _, _ := strings.Cut(line, " ")
		found := false
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") == name {
				value, err := json.Marshal(v.Field(i).Interface())
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%s %s\n", name, value)
				found = true
			}
		}
		if !found {
			t.Fatalf("there is no counter %q", name)
		}
	}
	return b.String()
}

func findings(m *model.Model) string {
	var b strings.Builder
	for _, f := range rules.Find(m) {
		fmt.Fprintf(&b, "%v %d, %s by %v: %s\n", f.Severity, f.PID, f.ID, f.Evidence,
			words.English().Finding(f.ID, f.Arguments, words.Named{Tasks: f.Tasks, Names: f.Names}))
	}
	return b.String()
}
