package show

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"tracer/cmd/tracer/internal/output"
	"tracer/record"
	"tracer/words"
)

// printed is what is shown of a recording where there is no terminal.
func printed(t *testing.T, v View, path string) (out, said string) {
	t.Helper()
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var data, messages bytes.Buffer
	english, _ := words.ByName("en")
	if err := v.Recording(t.Context(), &output.Streams{Out: &data, Err: &messages, Words: english}, r); err != nil {
		t.Fatal(err)
	}
	return data.String(), messages.String()
}

func TestRecording(t *testing.T) {
	const path = "../../../../examples/fork-once.trc"
	lines, said := printed(t, View{}, path)
	summary, _ := printed(t, View{Quiet: true}, path)
	events, ok := strings.CutSuffix(lines, "\n\n"+summary)
	if !ok || strings.Count(events, "\n") < 400 || summary == "" || said != "" {
		t.Errorf("%d bytes of lines do not end with the summary, %d bytes; %q", len(lines), len(summary), said)
	}
	object, _ := printed(t, View{JSON: true}, path)
	var counters struct{ Events int }
	if err := json.Unmarshal([]byte(object), &counters); err != nil || counters.Events < 400 {
		t.Errorf("%v, %d events: %s", err, counters.Events, object)
	}
}

// TestRecordingWithFlaws: what is wrong with it is said, however it is shown.
func TestRecordingWithFlaws(t *testing.T) {
	for _, v := range []View{{}, {Quiet: true}, {JSON: true}} {
		if _, said := printed(t, v, "../../../../record/testdata/newer.trc"); strings.Count(said, "\n") != 1 ||
			!strings.Contains(said, "newer.trc: it has events of kinds") {
			t.Errorf("%+v: %q", v, said)
		}
	}
}

// TestNoScreen: without a terminal nothing is said of its lack; text lines are what is wanted then.
func TestNoScreen(t *testing.T) {
	var messages bytes.Buffer
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, s := range []output.Streams{{Err: &messages}, {In: f, Out: f, Err: &messages}} {
		if v := (View{}); v.Screen(&s) || messages.Len() > 0 {
			t.Errorf("a screen, or %q", messages.String())
		}
	}
}
