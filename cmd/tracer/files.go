package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/text"
)

// openRecording opens a recording by its name, or the one in standard input.
func (s *streams) openRecording(path string) (*record.Recording, error) {
	switch path {
	case "":
		return nil, usage.Errorf("name a recording; the name that is given is empty")
	case output.Standard:
		return record.RecordingIn(s.In, "standard input")
	}
	return record.OpenRecording(path)
}

// incomplete returns the exit code that says what warnings of a recording say, nil without one.
func incomplete(warnings []string) error {
	if len(warnings) > 0 {
		return exitCode(exitIncomplete)
	}
	return nil
}

// summarize reads a recording to its end.
func (s *streams) summarize(path string) (export.Summary, error) {
	r, err := s.openRecording(path)
	if err != nil {
		return export.Summary{}, err
	}
	defer r.Close()
	m := model.New(model.Options{})
	if err := export.Feed(m, r); err != nil {
		return export.Summary{}, err
	}
	return export.SummarizeRecording(r, m), nil
}

func summaryCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "summary FILE",
		Short: "counters and findings of a recording",
		Long: "Counters and findings of a recording. Exit code 3 when it is cut off, damaged or of a newer\n" +
			"tracer: they are of what could be read.", Args: usage.Arguments(1, 1, "name one recording"),
		RunE: func(_ *cobra.Command, args []string) error {
			summary, err := s.summarize(args[0])
			if err != nil {
				return err
			}
			s.Warn(args[0], summary.Warnings)
			if asJSON {
				err = summary.JSON(s.Out)
			} else {
				err = summary.Text(s.Out, s.Words)
			}
			return cmp.Or(err, incomplete(summary.Warnings))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object")
	return cmd
}

func checkCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE EXPRESSION...",
		Short: "hold the counters of a recording against expectations: 'zombies_left == 0'",
		Long: "Hold the counters of a recording against expectations, such as 'zombies_left == 0' or 'accepts\n" +
			"== processes_created'. Each is COUNTER OPERATOR (COUNTER or NUMBER); operators are == != < <= >\n" +
			">=. exit_codes.1 names an entry of an object. Exit code 1 when one does not hold; 3 when the\n" +
			"recording is cut off, damaged or of a newer tracer, so that none is decided: what is there was\n" +
			"held against them.",
		Args: usage.Arguments(2, -1, "name a recording, and what must hold: 'zombies_left == 0'"),
		RunE: func(_ *cobra.Command, args []string) error {
			checks := make([]export.Check, 0, len(args)-1)
			for _, text := range args[1:] {
				c, err := export.ParseCheck(text)
				if err != nil {
					return usage.Wrap(err)
				}
				checks = append(checks, c)
			}
			summary, err := s.summarize(args[0])
			if err != nil {
				return err
			}
			s.Warn(args[0], summary.Warnings)
			failed := false
			for _, c := range checks {
				holds, line, err := c.Evaluate(&summary)
				if err != nil {
					return usage.Wrap(err)
				}
				failed = failed || !holds
				if _, err := fmt.Fprintln(s.Out, text.Line(line)); err != nil {
					return err
				}
			}
			if failed && len(summary.Warnings) == 0 {
				return exitCode(exitCheckFalse)
			}
			return incomplete(summary.Warnings)
		},
	}
}

func formatList() string { return strings.Join(export.Formats(), ", ") }

func exportCommand(s *streams) *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "export FILE --to FORMAT",
		Short: "write a recording in another format: " + formatList(),
		Long: "Write a recording in another format: " + formatList() + "\n\n" +
			"A file that is there is replaced once all is written, but a recording is not. Exit code 3 when the " +
			"recording that is read is cut\n" +
			"off, damaged or of a newer tracer: what could be read is written.",
		Args: usage.Arguments(1, 1, "name one recording"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				return usage.Errorf("export: name a format with --to: %s", formatList())
			}
			write := export.Format(format)
			if write == nil {
				return usage.Errorf("--to %s: not a format; there is %s", format, formatList())
			}
			r, err := s.openRecording(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			if file == "" || file == output.Standard {
				err = write(s.Out, r, s.Words)
			} else {
				err = output.WriteFile(cmd.Context(), file, func(w io.Writer) error { return write(w, r, s.Words) })
			}
			if err != nil {
				return err
			}
			warnings := export.Warnings(r)
			s.Warn(args[0], warnings)
			return incomplete(warnings)
		},
	}
	cmd.Flags().StringVar(&format, "to", "", "the format: "+formatList())
	cmd.Flags().VarP((*value.FileName)(&file), "output", "o", "the file to write; - or none is standard output")
	return cmd
}
