package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNamesAreMadeSafe(t *testing.T) {
	var b bytes.Buffer
	s := Streams{Err: &b}
	s.Message("%s: gone", "a\x1b[2J\nb")
	if _, err := io.WriteString(Escape(&b), "one\x07\ntwo\nthree"); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07") || strings.Count(b.String(), "\n") != 3 ||
		!strings.HasPrefix(b.String(), "tracer: a") || !strings.HasSuffix(b.String(), "\ntwo\nthree") {
		t.Errorf("%q", b.String())
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestCheckedRemembersTheFirstError(t *testing.T) {
	out := Check(full{})
	_, _ = io.WriteString(out, "x")
	first := out.Err
	_, _ = io.WriteString(out, "y")
	if !errors.Is(out.Err, errFull) || out.Err != first {
		t.Errorf("%v, then %v", first, out.Err)
	}
	closed := &Checked{Writer: io.Discard, Closed: true}
	if _, err := io.WriteString(closed, "x"); err == nil || closed.Err == nil {
		t.Error("a closed stream was written to")
	}
}

// TestWriteFile: what was there stays until all is written, a link stays one, and nothing is left of a failure.
func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file"), filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(file, []byte("old"), 0o640), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	holds := func(want string) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("it holds %q, %v; want %q", got, err, want)
		}
	}
	err := WriteFile(t.Context(), file, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		holds("old")
		return errors.Join(err, errFull)
	})
	if !errors.Is(err, errFull) {
		t.Errorf("%v, want the error of the writer", err)
	}
	holds("old")
	if err := WriteFile(t.Context(), link, func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	holds("new")
	info, err := os.Lstat(link)
	if err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link: %v, %v", info, err)
	}
	if info, err = os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 2 {
		t.Errorf("%d entries are left, %v", len(entries), err)
	}
}

func TestWriteFileRefusesARecording(t *testing.T) {
	const example = "../../../../examples/fork-once.trc"
	before, err := os.Stat(example)
	if err != nil {
		t.Fatal(err)
	}
	err = WriteFile(t.Context(), example, func(io.Writer) error { t.Error("written"); return nil })
	if err == nil || !strings.Contains(err.Error(), "is a recording") {
		t.Errorf("%v", err)
	}
	if after, err := os.Stat(example); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("it was touched: %v", err)
	}
}
