package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/asking"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/runtimes"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/export"
	"tracer/record"
	"tracer/words"
)

// openRecording opens a recording by its name, or the one in standard input, to be read through.
func (s *streams) openRecording(path string) (*record.Recording, error) {
	runtimes.CollectAt(300)
	return asking.Open(&s.Streams, path)
}

// openToReread opens one likewise that can be read more than once.
func (s *streams) openToReread(path string) (*record.Recording, error) {
	runtimes.CollectAt(300)
	return asking.OpenToReread(&s.Streams, path)
}

// incomplete returns the exit code that says what warnings of a recording say, nil without one.
func incomplete(warnings []words.Message) error {
	if len(warnings) > 0 {
		return exitCode(exitIncomplete)
	}
	return nil
}

func summaryCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "summary FILE",
		Short: s.Words.Manual.Summary.Short,
		Long:  s.Words.Manual.Summary.Long,
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneRecording),
		RunE: func(_ *cobra.Command, args []string) error {
			summary, err := asking.Source(s.openRecording).Summary(args[0])
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
	cmd.Flags().BoolVar(&asJSON, "json", false, s.Words.Flags.JSON)
	return cmd
}

func formatList() string { return strings.Join(export.Formats(), ", ") }

func exportCommand(s *streams) *cobra.Command {
	var format, file, where string
	cmd := &cobra.Command{
		Use:   "export FILE --to FORMAT",
		Short: s.Words.Manual.ExportShort(formatList()),
		Long:  s.Words.Manual.ExportLong(formatList()),
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneRecording),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				return usage.See(s.Words, cmd, s.Words.Usage.FormatUnnamed(formatList()))
			}
			write := export.Format(format)
			if write == nil {
				return usage.New(s.Words.Usage.NotAFormat(format, formatList()))
			}
			var warnings []words.Message
			export := func(w io.Writer) (err error) {
				if where != "" {
					warnings, err = asking.Source(s.openToReread).Export(w, s.Words, args[0], format, where)
				} else {
					warnings, err = asking.Source(s.openRecording).ExportAll(w, s.Words, args[0], write)
				}
				return err
			}
			var err error
			if file == "" || file == output.Standard {
				err = export(s.Out)
			} else {
				err = output.WriteFile(cmd.Context(), file, export)
			}
			if err != nil {
				return err
			}
			s.Warn(args[0], warnings)
			return incomplete(warnings)
		},
	}
	cmd.Flags().StringVar(&format, "to", "", s.Words.Flags.ExportFormat(formatList()))
	cmd.Flags().VarP((*value.FileName)(&file), "output", "o", s.Words.Flags.ExportOutput)
	cmd.Flags().StringVar(&where, "where", "", s.Words.Flags.Where)
	return cmd
}
