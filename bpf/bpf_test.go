package bpf

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestObjectsAreOfTheseSources: the objects that are committed were compiled after the last change of a source.
func TestObjectsAreOfTheseSources(t *testing.T) {
	sources, err := filepath.Glob("*.[ch]")
	if err != nil || len(sources) < 10 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	compiled, err := os.ReadFile("sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("%x  ./%s\n", sha256.Sum256(text), name); !strings.Contains(string(compiled), line) {
			t.Errorf("%s has changed since the objects were compiled; run: make generate", name)
		}
	}
	if n := strings.Count(string(compiled), "\n"); n != len(sources) {
		t.Errorf("the objects were compiled from %d sources, and there are %d; run: make generate", n, len(sources))
	}
}
