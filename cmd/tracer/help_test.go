package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/servers"
	"tracer/text"
	"tracer/words"
)

// TestHelp holds the help of each command, in each language, against a file, and a window of a hundred columns.
func TestHelp(t *testing.T) {
	for _, l := range words.Languages() {
		var all bytes.Buffer
		root := newRootCommand(&streams{Streams: output.Streams{Words: l}})
		for _, c := range append([]*cobra.Command{root}, root.Commands()...) {
			path := strings.Fields(c.CommandPath())[1:]
			var out, messages bytes.Buffer
			if code := run(t.Context(), append(path, "--lang", l.Name, "--help"), nil, &out, &messages); code != 0 {
				t.Errorf("%v: exit code %d: %s", path, code, messages.String())
			}
			for line := range strings.Lines(out.String()) {
				if width := text.Width(strings.TrimSuffix(line, "\n")); width > 100 {
					t.Errorf("%v: %d columns: %s", path, width, line)
				}
			}
			fmt.Fprintf(&all, "$ %s --help\n%s\n", c.CommandPath(), out.String())
		}
		holdAgainst(t, "testdata/help-"+l.Name+".txt", all.Bytes())
	}
}

func holdAgainst(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; go test -update, when this is meant. It is:\n%s", file, got)
	}
}

// TestModelsAreDescribed: the help says of each model how it works.
func TestModelsAreDescribed(t *testing.T) {
	for _, l := range words.Languages() {
		for _, m := range servers.Models() {
			if l.Manual.Model(m.Name) == "" {
				t.Errorf("%s: nothing is said of the model %s", l.Name, m.Name)
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
		if c.Name() == "help" || c.Name() == "completion" { // every program with cobra has these
			continue
		}
		if shown := `(?m)^    (sudo )?\./tracer ([^#]*, )?` + c.Name() + `\b`; !c.Hidden &&
			!regexp.MustCompile(shown).Match(readme) {
			t.Errorf("README.md does not show tracer %s", c.Name())
		}
		if c.PreRunE == nil && c.PreRun == nil {
			t.Errorf("%s is in none of the groups of root.go, which have what goes before it", c.Name())
		}
	}
}
