package record

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoRecordingWithAnError: what could not be opened is nil, and not a value that panics when it is closed.
func TestNoRecordingWithAnError(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.trc")
	if r, err := OpenRecording(name); r != nil || err == nil {
		t.Errorf("of a file that is not there: %v, %v", r, err)
	}
	if err := os.WriteFile(name, []byte("no recording"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := OpenRecording(name); r != nil || err == nil {
		t.Errorf("of another file: %v, %v", r, err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if r, err := RecordingIn(f, "it"); r != nil || err == nil {
		t.Errorf("in an open file: %v, %v", r, err)
	}
}
