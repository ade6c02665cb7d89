package show

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/record"
	"tracer/viewer"
	"tracer/words"
)

// TestConfigure: flags go before the file, and where nothing is said all is as without one.
func TestConfigure(t *testing.T) {
	for _, c := range []struct {
		file, flags string
		theme       *viewer.Theme
		ascii       bool
		projector   bool
		quit        string
	}{
		{"", "", viewer.Auto, false, false, ""},
		{"", "--ascii --theme dark --projector", viewer.Dark, true, true, ""},
		{"theme: light\nascii: true\nkeys: {quit: X}", "", viewer.Light, true, false, "X"},
		{"theme: light\nascii: true\nkeys: {quit: X}", "--theme mono --ascii=false", viewer.Mono, false, false, "X"},
		{"theme: light\nprojector: true", "--theme auto", viewer.Auto, false, true, ""},
		{"projector: true", "--projector=false", viewer.Auto, false, false, ""},
		{"theme: nosuch", "", nil, false, false, ""},
	} {
		dir := t.TempDir()
		t.Setenv("XDG_CONFIG_HOME", dir)
		file := filepath.Join(dir, "tracer", "config.yaml")
		if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if c.file != "" {
			if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var v View
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		v.Add(f, &words.English().Flags)
		if err := f.Parse(strings.Fields(c.flags)); err != nil {
			t.Fatal(err)
		}
		err := v.configure(f)
		if c.theme == nil {
			var wrong usage.Error
			if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), file+":1: ") {
				t.Errorf("%q: %v", c.file, err)
			}
			continue
		}
		o := v.options(&output.Streams{}, "")
		if err != nil || o.Theme != c.theme || o.ASCII != c.ascii || o.Projector != c.projector ||
			strings.Join(o.Keys["quit"], " ") != c.quit {
			t.Errorf("%q, %q: %v, %v, %v, %v", c.file, c.flags, err, o.Theme, o.ASCII, o.Keys)
		}
	}
}

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

// TestRepeated: what a recording offers to copy traces the same anew, as this program reads it.
func TestRepeated(t *testing.T) {
	for _, c := range []struct {
		meta record.Meta
		want string
	}{
		{record.Meta{}, ""},
		{record.Meta{Target: "attached to 1"}, ""},
		{record.Meta{Command: record.Arguments{"sh", "-c", "exit 3"}, Target: "sh -c exit 3"},
			"me|run|--|sh|-c|exit 3"},
		{record.Meta{Command: record.Arguments{"sh"}, Target: "sh", Extra: map[string]string{
			record.ExtraHTTP: "true", record.ExtraCoroutines: "carriers"}},
			"me|run|--http|--coroutines=carriers|--|sh"},
		{record.Meta{Command: record.Arguments{"sh"}, Target: "sh", Extra: map[string]string{
			record.ExtraHTTP: "false", record.ExtraCoroutines: "auto"}}, "me|run|--|sh"},
		{record.Meta{Command: record.Arguments{"sh"}, Target: "sh", Extra: map[string]string{
			record.ExtraCoroutines: "$(reboot)"}}, "me|run|--|sh"},
		{record.Meta{Command: record.Arguments{"tracer", "serve", "fork", "--reap=once", "--folder=/a b", "--lang=zh",
			"--control"}, Target: "fork --reap=once --folder=/a b"}, "me|run|fork|--reap=once|--folder=/a b"},
		{record.Meta{Command: record.Arguments{"tracer", "serve", "fork"}, Target: "fork"}, "me|run|fork"},
		{record.Meta{Command: record.Arguments{"tracer", "serve", "fork"}, Target: "tracer serve fork"},
			"me|run|--|tracer|serve|fork"},
		{record.Meta{Command: record.Arguments{"tracer", "serve"}, Target: "tracer serve"}, "me|run|--|tracer|serve"},
	} {
		if got := strings.Join(repeated("me", c.meta), "|"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.meta, got, c.want)
		}
	}
}
