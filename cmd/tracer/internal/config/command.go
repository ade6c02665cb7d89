package config

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/text"
	"tracer/viewer"
	"tracer/words"
)

// Command prints the settings that hold, as the file that would say so.
func Command(s *output.Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: s.Words.Manual.Config.Short,
		Long:  s.Words.Manual.Config.Long,
		Args:  usage.Arguments(s.Words, 0, 0, s.Words.Usage.NoArgument),
		RunE: func(*cobra.Command, []string) error {
			path := Path(os.Getenv)
			if isFile(s.Out, path) {
				return usage.New(s.Words.Config.Itself(text.Escape(path)))
			}
			c, err := Read(path)
			if err != nil {
				return err
			}
			_, err = s.Out.Write(c.file(s.Words, path))
			return err
		},
	}
}

// isFile reports whether what is written goes to a file of that path, which a shell has emptied before.
func isFile(out io.Writer, path string) bool {
	f := output.File(out)
	if f == nil {
		return false
	}
	to, err := f.Stat()
	if err != nil {
		return false
	}
	at, err := os.Stat(path)
	return err == nil && os.SameFile(to, at)
}

// file writes it.
func (c *Config) file(l *words.Language, path string) []byte {
	var b bytes.Buffer
	comment := func(indent, sentence string) {
		for _, line := range text.Wrap(sentence, 100) {
			fmt.Fprintf(&b, "%s# %s\n", indent, line)
		}
	}
	comment("", l.Config.Head(text.Escape(path)))
	comment("", l.Flags.Theme(strings.Join(viewer.ThemeNames(), ", ")))
	fmt.Fprintf(&b, "theme: %s\n", cmp.Or(c.Theme, viewer.Auto))
	comment("", l.Flags.ASCII)
	fmt.Fprintf(&b, "ascii: %t\n", c.ASCII)
	comment("", l.Flags.Projector)
	fmt.Fprintf(&b, "projector: %t\nkeys:\n", c.Projector)
	section := ""
	for _, a := range viewer.Actions(l, c.Keys) {
		if a.Section != section {
			section = a.Section
			fmt.Fprintln(&b)
			comment("  ", section)
			fmt.Fprintln(&b)
		}
		for _, help := range a.Help {
			comment("  ", help)
		}
		quoted := make([]string, len(a.Keys))
		for i, key := range a.Keys {
			quoted[i] = strconv.Quote(key)
		}
		fmt.Fprintf(&b, "  %s: [%s]\n", a.Name, strings.Join(quoted, ", "))
	}
	return b.Bytes()
}
