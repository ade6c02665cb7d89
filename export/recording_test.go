package export

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/words"
)

const example = "../examples/fork-once.trc"

// TestReadKnowsWhatIsUntold: of waits of which a recording does not tell, nothing is said.
func TestReadKnowsWhatIsUntold(t *testing.T) {
	child := event.Task{TID: 101, Start: 2}
	events := []event.Event{
		{Time: 1, Kind: event.Exec, Task: event.Task{TID: 100, Start: 1}, PID: 100, Flags: event.Launch | event.Root},
		{Time: 2, Kind: event.Fork, Task: event.Task{TID: 100, Start: 1}, PID: 100, Child: child, ChildPID: 101,
			NSPID: 101, Parent: 100, ExitSignal: event.SIGCHLD},
		{Time: 3, Kind: event.Exit, Task: child, PID: 101, Flags: event.GroupDead, Parent: 100, Reaper: 100},
		{Time: 4e9, Kind: event.End},
	}
	for untold, known := range map[string]bool{"": true, "wait": false} {
		var b bytes.Buffer
		w, err := record.NewWriter(&b, record.Meta{Extra: map[string]string{record.ExtraUntold: untold}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(events), w.Close(record.Trailer{})); err != nil {
			t.Fatal(err)
		}
		r, err := record.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		_, s, err := Read(&record.Recording{Reader: r}, model.Options{})
		found := slices.ContainsFunc(s.Findings, func(f Finding) bool { return f.ID == "not_waited_for" })
		if err != nil || found != known {
			t.Errorf("untold %q: %v, %v", untold, s.Findings, err)
		}
	}
}

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

var update = flag.Bool("update", false, "write anew what the formats make of the story")

// TestFormatsOfAStory holds what each format writes of a small story against a file of its own.
func TestFormatsOfAStory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "story.trc")
	writeStory(t, path)
	for _, name := range Formats() {
		var b bytes.Buffer
		if err := Format(name)(&b, open(t, path), words.English()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file := filepath.Join("testdata", "story."+name)
		if *update {
			if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: what it writes of a story is not kept; go test -update, and read it: %v", name, err)
			continue
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s differs from %s (-want +got):\n%s", name, file, diff)
		}
	}
}

func writeStory(t *testing.T, path string) {
	t.Helper()
	meta, events, _, err := record.ParseText(strings.NewReader(story))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := record.NewWriter(&b, meta)
	if err == nil {
		err = errors.Join(w.Write(events), w.Close(record.Trailer{}), os.WriteFile(path, b.Bytes(), 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// story is of a server that forks for one connection and leaves a zombie, and of a helper that keeps the connection and
// the listener.
const story = `
1.0 exec pid=100 start=1 flags=launch,root path=/bin/server comm=server
+2ms accept pid=100 start=1 connection=1 listener=":80" peer="127.0.0.1:5000" queued=0.001
+1ms fork pid=100 start=1 child=101 child_start=1 parent=100 ns_pid=101
+1ms serve pid=101 start=1 connection=1 bytes_read=3
+1ms request pid=101 start=1 connection=1 line="GET / HTTP/1.1"
+1ms serve pid=101 start=1 connection=1 bytes_written=3
+0ms response pid=101 start=1 connection=1 line="HTTP/1.1 200 OK"
+1ms fork pid=101 start=1 child=103 child_start=3 parent=101 ns_pid=103
+0ms exec pid=103 start=3 path=/bin/helper comm=helper
+0ms hold pid=103 start=3 occasion=exec fd=5 connection=1 comm=helper
+0ms hold pid=103 start=3 occasion=exec fd=3 listener=":80" holder=100 comm=helper
+1ms let_go pid=101 start=1 occasion=close connection=1
+1ms hold pid=103 start=3 occasion=look fd=5 connection=1 comm=helper
+1ms close pid=103 start=3 connection=1
+1ms exit pid=101 start=1 parent=100 flags=group_dead
+0ms signal pid=101 start=1 signal=17 target=100 target_pid=100 result=queued
+1ms fork pid=100 start=1 child=102 child_start=2 parent=100
+1ms wait pid=100 start=1 child=101 call=wait4
+1ms exit pid=102 start=2 parent=100 status=0x300 flags=group_dead
+1ms exit pid=100 start=1 parent=1 reaper=1 flags=group_dead,root
+0ms end
`

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
