package export

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/record"
	"tracer/words"
)

// TestMarks: what a reader of a recording marked is in those of its exports that have the events, and comes back from
// the text form. Of a part there are the marks of its events.
func TestMarks(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.trc")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	marks := []event.Mark{{Event: 0, Time: 5, Note: "begins"}, {Event: 100, Time: 7},
		{Event: 200, Time: 8, Note: "\x1b[2J \u202e\n\"</script>"}}
	if err := open(t, path).KeepMarks(marks); err != nil {
		t.Fatal(err)
	}
	written := func(path, format string) string {
		var b bytes.Buffer
		if err := Format(format)(&b, open(t, path), words.English()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	textForm := written(path, "text")
	again := filepath.Join(t.TempDir(), "again.txt")
	if err := os.WriteFile(again, []byte(textForm), 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := open(t, again).Marks()
	if d := cmp.Diff(marks, back); err != nil || d != "" {
		t.Errorf("%v: what comes back from the text form differs: %s", err, d)
	}
	whole := written(path, "jsonl")
	if got := written(again, "jsonl"); got != whole {
		t.Error("the events or marks of the text form are others")
	}
	if d := cmp.Diff(marks, marksIn(t, whole)); d != "" {
		t.Errorf("the JSON has other marks: %s", d)
	}
	for _, form := range []string{textForm, whole} {
		if strings.ContainsAny(form, "\x1b\u202e") {
			t.Error("an export holds raw control characters")
		}
	}
	if got := written(path, "connections") + written(path, "tree"); strings.Contains(got, "begins") {
		t.Error("what has no events has marks")
	}

	// Only those of the events that are written: of some children.
	var keep bytes.Buffer
	r, children := open(t, path), map[uint64]bool{}
	for number := range uint64(30) {
		children[number+2] = true
	}
	if err := (&Part{Keep: children}).Write(&keep, r, "jsonl", words.English()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(whole, "\n")
	var want []event.Mark
	for _, m := range marks {
		if strings.Contains(keep.String(), lines[m.Event]+"\n") {
			want = append(want, m)
		}
	}
	if len(want) == 0 || len(want) == len(marks) {
		t.Fatalf("the part keeps %d of the marked events", len(want))
	}
	if d := cmp.Diff(want, marksIn(t, keep.String())); d != "" {
		t.Errorf("the part has other marks: %s", d)
	}
	if strings.Contains(written(example, "jsonl")+written(example, "text"), "mark") {
		t.Error("marks where there are none")
	}
}

// marksIn are the marks at the end of an export.
func marksIn(t *testing.T, jsonl string) (marks []event.Mark) {
	t.Helper()
	for line := range strings.Lines(jsonl) {
		var m struct {
			Kind string
			event.Mark
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil && strings.HasPrefix(line, `{"kind":"mark"`) {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case m.Kind == "mark":
			marks = append(marks, m.Mark)
		case len(marks) > 0:
			t.Errorf("an event stands behind the marks: %s", line)
		}
	}
	return marks
}

var _ marked = (*record.Recording)(nil)
