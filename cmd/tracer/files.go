package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/record"
)

// fileOf gives the file behind a stream, nil when there is none.
func fileOf(w io.Writer) *os.File {
	f, _ := w.(*os.File)
	return f
}

// recording is a recording opened for reading. A cut tail is a warning, told once.
type recording struct {
	*record.Reader
	path    string
	warning string
}

// openRecording opens a recording by its name, or the one in standard input.
func (s *streams) openRecording(path string) (*recording, error) {
	if path != standard {
		r, err := record.Open(path)
		return &recording{Reader: r, path: path}, err
	}
	r, err := record.NewFile(s.in)
	if err != nil {
		err = fmt.Errorf("open the recording in standard input: %w", err)
	}
	return &recording{Reader: r, path: "standard input"}, err
}

// Next is that of the reader, but that a recording which was cut off ends there.
func (r *recording) Next(batch []event.Event) (int, error) {
	n, err := r.Reader.Next(batch)
	if errors.Is(err, record.ErrTruncated) {
		r.warning = err.Error() + "; all before it is shown"
		err = io.EOF
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read the recording %s: %w", r.path, err)
	}
	return n, err
}

// replay feeds a model with all of a recording.
func (r *recording) replay(m *model.Model) error {
	return export.Each(r, func(e *event.Event) error {
		m.Apply(e)
		return nil
	})
}

// summarize reads a recording to its end.
func (s *streams) summarize(path string) (export.Summary, error) {
	r, err := s.openRecording(path)
	if err != nil {
		return export.Summary{}, err
	}
	defer r.Close()
	m := model.New(model.Options{})
	if err := r.replay(m); err != nil {
		return export.Summary{}, err
	}
	summary := export.Summarize(m)
	summary.Command = r.Meta().Command
	if r.warning != "" {
		summary.Warnings = append(summary.Warnings, r.warning)
	}
	return summary, nil
}

func summaryCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "summary FILE",
		Short: "counters and findings of a recording",
		Args:  arguments(1, 1, "name one recording"),
		RunE: func(_ *cobra.Command, args []string) error {
			summary, err := s.summarize(args[0])
			if err != nil {
				return err
			}
			for _, w := range summary.Warnings {
				s.message("%s: %s", args[0], w)
			}
			if asJSON {
				return summary.JSON(s.out)
			}
			return summary.Text(s.out)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

func checkCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE EXPRESSION...",
		Short: "hold the counters of a recording against expectations: 'zombies_left == 0'",
		Long: "Hold the counters of a recording against expectations, such as 'zombies_left == 0' or 'accepts == processes_created'.\n" +
			"Each is COUNTER OPERATOR (COUNTER or NUMBER); operators are == != < <= > >=. exit_codes.1 names an entry of an object.\n" +
			"Exit code 1 when one does not hold.",
		Args: arguments(2, -1, "name a recording, and what must hold: 'zombies_left == 0'"),
		RunE: func(_ *cobra.Command, args []string) error {
			checks := make([]export.Check, 0, len(args)-1)
			for _, text := range args[1:] {
				c, err := export.ParseCheck(text)
				if err != nil {
					return usageError{err}
				}
				checks = append(checks, c)
			}
			summary, err := s.summarize(args[0])
			if err != nil {
				return err
			}
			for _, w := range summary.Warnings {
				s.message("%s: %s", args[0], w)
			}
			failed := false
			for _, c := range checks {
				holds, line, err := c.Evaluate(&summary)
				if err != nil {
					return usageError{err}
				}
				failed = failed || !holds
				fmt.Fprintln(s.out, line)
			}
			if failed {
				return exitCode(exitCheckFalse)
			}
			return nil
		},
	}
}

// formats of export, by name.
var formats = map[string]func(io.Writer, export.Source) error{"jsonl": export.JSONL, "connections": export.Connections, "tree": export.Tree}

func formatList() string { return strings.Join(slices.Sorted(maps.Keys(formats)), ", ") }

func exportCommand(s *streams) *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use:   "export FILE --to FORMAT",
		Short: "write a recording in another format: " + formatList(),
		Args:  arguments(1, 1, "name one recording"),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if format == "" {
				return usagef("export: name a format with --to: %s", formatList())
			}
			write := formats[format]
			if write == nil {
				return usagef("--to %s: not a format; there is %s", format, formatList())
			}
			r, err := s.openRecording(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			out := s.out
			if output != "" {
				f, err := os.Create(output)
				if err != nil {
					return fmt.Errorf("export: %w", err)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				out = f
			}
			if err := write(out, r); err != nil {
				return err
			}
			if r.warning != "" {
				s.message("%s: %s", args[0], r.warning)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "to", "", "the format: "+formatList())
	cmd.Flags().StringVarP(&output, "output", "o", "", "the file to write (default standard output)")
	return cmd
}
