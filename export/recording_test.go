package export

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracer/model"
	"tracer/record"
	"tracer/words"
)

const example = "../examples/fork-once.trc"

func open(t *testing.T, path string) *record.Recording {
	t.Helper()
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func summarized(t *testing.T, path string) Summary {
	t.Helper()
	r, m := open(t, path), model.New(model.Options{})
	if err := Feed(m, r); err != nil {
		t.Fatal(err)
	}
	return SummarizeRecording(r, m)
}

func TestSummarizeRecording(t *testing.T) {
	whole := summarized(t, example)
	if !whole.Complete || len(whole.Warnings) != 0 || len(whole.Command) == 0 || whole.ProcessesCreated == 0 {
		t.Errorf("%+v", whole)
	}
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.trc")
	if err := os.WriteFile(path, data[:len(data)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	cut := summarized(t, path)
	if cut.Complete || len(cut.Warnings) != 1 ||
		!strings.HasSuffix(cut.Warnings[0].String(), "; all before it is shown") {
		t.Errorf("of one that was cut off: %v, %q", cut.Complete, cut.Warnings)
	}
	if newer := Warnings(openAndRead(t, "../record/testdata/newer.trc")); len(newer) != 1 ||
		!strings.Contains(newer[0].String(), "kinds that this tracer does not know") {
		t.Errorf("of a newer one: %q", newer)
	}
}

func openAndRead(t *testing.T, path string) *record.Recording {
	t.Helper()
	r := open(t, path)
	if err := Feed(model.New(model.Options{}), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// failing is a writer that cannot write.
type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

// TestFormats: each format writes something of its own of a whole recording, tells when that fails, and stands in the
// README.
func TestFormats(t *testing.T) {
	if len(Formats()) < 4 || !slices.IsSorted(Formats()) || Format("nosuch") != nil {
		t.Errorf("the formats are %q", Formats())
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	written := map[string]string{}
	for _, name := range Formats() {
		var b bytes.Buffer
		if err := Format(name)(&b, open(t, example), words.English()); err != nil || b.Len() == 0 {
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
		if other := written[b.String()]; other != "" {
			t.Errorf("%s writes what %s does", name, other)
		}
		written[b.String()] = name
		if err := Format(name)(failing{full}, open(t, example), words.English()); !errors.Is(err, full) {
			t.Errorf("%s to a full disk: %v", name, err)
		}
		if !strings.Contains(string(readme), "--to "+name+" ") {
			t.Errorf("README.md does not tell of --to %s", name)
		}
	}
}
