package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tracer/event"
	"tracer/words"
)

// marksRole makes the test binary one that keeps marks until it is killed, in the file that it names.
const marksRole = "TRACER_KEEP_MARKS"

func keepMarksForEver(path string) {
	r, err := OpenRecording(path)
	for n := 1; err == nil; n++ {
		err = r.KeepMarks(generation(n))
		fmt.Println(n)
	}
	fmt.Println(err)
	os.Exit(1)
}

// generation is some marks, all with the same note.
func generation(n int) (marks []event.Mark) {
	for i := range 200 {
		marks = append(marks, event.Mark{Event: uint64(i), Note: fmt.Sprint("generation ", n)})
	}
	return marks
}

var someMarks = []event.Mark{{Event: 1, Time: 2}, {Event: 3, Time: 5, Note: "hostile \x1b[2J \u202e </script>"}}

// markedRecording is one with marks that were set while it was written.
func markedRecording(t *testing.T, ended bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{Kernel: "6.12"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		err = errors.Join(err, w.Write([]event.Event{{Kind: event.Fork, Time: event.Time(i + 1)}}), w.Flush(),
			w.Mark([]event.Mark{{Event: uint64(i)}}))
	}
	err = errors.Join(err, w.Mark([]event.Mark{someMarks[1], someMarks[0]}))
	if ended {
		err = errors.Join(err, w.Close(Trailer{}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMarksAreRecorded: the last ones that were set are there, in the order of their events, also when the tracer was
// killed, and the events are what they are without them.
func TestMarksAreRecorded(t *testing.T) {
	for _, ended := range []bool{true, false} {
		data := markedRecording(t, ended)
		file, err := NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := file.Len(); n != 5 || !slices.Equal(file.Marks(), someMarks) {
			t.Errorf("ended: %v: %d events, %+v", ended, n, file.Marks())
		}
		stream, err := NewStream(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		events, end := 0, error(nil)
		for end == nil {
			n := 0
			n, end = stream.Next(make([]event.Event, 2))
			events += n
		}
		if events != 5 || ended != (end == io.EOF) || !slices.Equal(stream.Marks(), someMarks) {
			t.Errorf("ended: %v: in a pipe %d events, %v, %+v", ended, events, end, stream.Marks())
		}
	}
}

// recordingIn writes a recording into a file and opens it.
func recordingIn(t *testing.T, path string, data []byte) *Recording {
	t.Helper()
	if err := os.WriteFile(path, data, 0o640); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestMarksAreKept beside the recording, which stays as it is. Those of another recording of that name do not count;
// what holds no marks is neither read nor replaced.
func TestMarksAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.trc")
	data := markedRecording(t, true)
	r := recordingIn(t, path, data)
	marks := func(r *Recording, want []event.Mark) {
		t.Helper()
		if got, err := r.Marks(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %+v, want %+v", err, got, want)
		}
	}
	marks(r, someMarks)
	other := []event.Mark{{Event: 4, Note: "later"}, {Event: 2}}
	if err := r.KeepMarks(other); err != nil || !r.CanKeepMarks() {
		t.Fatal(err)
	}
	marks(r, []event.Mark{other[1], other[0]})
	if err := r.KeepMarks(nil); err != nil {
		t.Fatal(err)
	}
	marks(r, nil)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data) {
		t.Errorf("the recording is another one: %v", err)
	}
	if info, err := os.Stat(path + marksSuffix); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	if left, err := filepath.Glob(path + "*.part"); err != nil || len(left) > 0 {
		t.Error(left, err)
	}

	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{Kernel: "6.13"})
	if err = errors.Join(err, w.Close(Trailer{})); err != nil {
		t.Fatal(err)
	}
	another := recordingIn(t, path, b.Bytes())
	marks(another, nil)
	for _, foreign := range []string{"my own notes", "{}", `{"recording": "x", "marks": [], "more": 1}`, ""} {
		if err := os.WriteFile(path+marksSuffix, []byte(foreign), 0o600); err != nil {
			t.Fatal(err)
		}
		_, errRead := another.Marks()
		errKeep := another.KeepMarks(other)
		if errRead == nil || errKeep == nil ||
			!strings.Contains(words.English().Error(errKeep), "does not hold the marks of a recording") {
			t.Errorf("%q: %v, %v", foreign, errRead, errKeep)
		}
		if now, err := os.ReadFile(path + marksSuffix); err != nil || string(now) != foreign {
			t.Errorf("%q became %q, %v", foreign, now, err)
		}
	}
}

// TestMarksOfWhatIsKilled: whenever a tracer is killed, the marks are those before or the new ones, and whole.
func TestMarksOfWhatIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.trc")
	r := recordingIn(t, path, markedRecording(t, true))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 10 {
		child := exec.Command(self)
		child.Env = append(os.Environ(), marksRole+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + 2*round {
			lines.Scan()
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		marks, err := r.Marks()
		if err != nil || len(marks) != 200 || marks[0].Note == "" {
			t.Fatalf("round %d: %v, %d marks", round, err, len(marks))
		}
		for _, m := range marks {
			if m.Note != marks[0].Note {
				t.Fatalf("round %d: %q beside %q", round, m.Note, marks[0].Note)
			}
		}
	}
}
