package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestHelpIsNarrow: the help of each command fits a window of a hundred columns.
func TestHelpIsNarrow(t *testing.T) {
	commands := newRootCommand(&streams{}).Commands()
	if len(commands) < 10 {
		t.Fatalf("%d commands", len(commands))
	}
	for _, c := range commands {
		var out, messages bytes.Buffer
		if code := run(t.Context(), []string{c.Name(), "--help"}, nil, &out, &messages); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.Name(), code, messages.String())
		}
		for line := range strings.Lines(out.String()) {
			if len(line) > helpColumns+1 {
				t.Errorf("%s: %d columns: %s", c.Name(), len(line)-1, line)
			}
		}
	}
}

func TestFill(t *testing.T) {
	const text = "one two three\nfour five\n\nList:\n  a  stays as it is\n  b\nafter it\n"
	const want = "one two\nthree four\nfive\n\nList:\n  a  stays as it is\n  b\nafter it"
	if got := fill(text, 10); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
