package main

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the generated documents")

// pictures are those of the documents: of what event of the example, how high, and after which keys.
var pictures = []struct{ name, at, height, keys string }{
	{"screen.svg", "410", "24", "g"},
	{"lanes.svg", "410", "30", "l"},
	{"requests.svg", "410", "24", "r"},
}

// TestDocsPictures holds the pictures of the documents against the screen as it is drawn now.
func TestDocsPictures(t *testing.T) {
	for _, p := range pictures {
		drawn, kept := t.TempDir()+"/"+p.name, "../../docs/"+p.name
		args := []string{"picture", "../../examples/fork-once.trc", drawn, "--at", p.at, "--width", "124", "--height",
			p.height, "--keys", p.keys}
		var out, messages bytes.Buffer
		if code := run(t.Context(), args, nil, &out, &messages); code != 0 {
			t.Fatalf("exit code %d: %s", code, messages.String())
		}
		want, err := os.ReadFile(drawn)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(kept, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(kept); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the screen shows (%v); run: make docs", kept, err)
		}
	}
}
