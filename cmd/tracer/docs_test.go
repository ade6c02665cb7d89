package main

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents")

const picture = "../../docs/screen.svg"

// TestDocsPicture holds the README's picture against the screen as it is drawn now.
func TestDocsPicture(t *testing.T) {
	drawn := t.TempDir() + "/screen.svg"
	args := []string{"picture", "../../examples/fork-once.trc", drawn, "--at", "410", "--width", "124", "--height",
		"24", "--keys", "g"}
	var out, messages bytes.Buffer
	if code := run(t.Context(), args, nil, &out, &messages); code != 0 {
		t.Fatalf("exit code %d: %s", code, messages.String())
	}
	want, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(picture, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the screen shows; run: make docs", picture)
	}
}
