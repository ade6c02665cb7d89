package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"tracer/cmd/tracer/internal/output"
	"tracer/words"
)

// TestHelpIsNarrow: the help of each command fits a window of a hundred columns.
func TestHelpIsNarrow(t *testing.T) {
	commands := newRootCommand(&streams{Streams: output.Streams{Words: words.English()}}).Commands()
	if len(commands) < 10 {
		t.Fatalf("%d commands", len(commands))
	}
	const most = 100
	for _, c := range commands {
		var out, messages bytes.Buffer
		if code := run(t.Context(), []string{c.Name(), "--help"}, nil, &out, &messages); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.Name(), code, messages.String())
		}
		for line := range strings.Lines(out.String()) {
			if len(line) > most+1 {
				t.Errorf("%s: %d columns: %s", c.Name(), len(line)-1, line)
			}
		}
	}
}

// TestCommandsAreComplete: the README shows each command, and each decides before it runs as whom, with which signals.
func TestCommandsAreComplete(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range newRootCommand(&streams{Streams: output.Streams{Words: words.English()}}).Commands() {
		if shown := `(?m)^    (sudo )?\./tracer ([^#]*, )?` + c.Name() + `\b`; !c.Hidden &&
			!regexp.MustCompile(shown).Match(readme) {
			t.Errorf("README.md does not show tracer %s", c.Name())
		}
		if c.PreRunE == nil && c.PreRun == nil {
			t.Errorf("%s is in none of the groups of root.go, which have what goes before it", c.Name())
		}
	}
}
