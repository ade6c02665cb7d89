package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracer/event"
)

// A recording that is emptied while it is shown says so, and not only that something ended.
func TestReplayOfAnEmptiedFile(t *testing.T) {
	whole, err := os.ReadFile("../../examples/fork-once.trc")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.trc")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := (&streams{}).openRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	source := replaySource{r}
	end := source.Len()
	if n, err := source.At(end-1, make([]event.Event, 10)); n != 1 || err != nil {
		t.Fatalf("the last event: %d, %v", n, err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err = source.At(0, make([]event.Event, 10))
	t.Log(err)
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("it says %v", err)
	}
}
