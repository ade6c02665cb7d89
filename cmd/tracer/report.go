package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/runtimes"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/export"
	"tracer/report"
)

func reportCommand(s *streams) *cobra.Command {
	o := report.Options{}
	var file, questions string
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: s.Words.Manual.Report.Short,
		Long:  s.Words.Manual.Report.Long,
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneRecording),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Words = s.Words
			if questions != "" {
				text, err := os.ReadFile(questions)
				if err != nil {
					return err
				}
				o.Questions = report.Questions(string(text))
			}
			r, err := s.openToReread(args[0])
			runtimes.CollectAt(50) // all of it is kept until the page is written
			runtimes.StayBelow(420 << 20)
			if err != nil {
				return err
			}
			defer r.Close()
			switch {
			case file == "" && args[0] == output.Standard:
				file = output.Standard
			case file == "":
				file = strings.TrimSuffix(args[0], ".trc") + ".html"
			}
			write := func(w io.Writer) error { return report.HTML(w, r, o) }
			if base, markdown := strings.CutSuffix(file, ".md"); markdown {
				folder, name := filepath.Split(base)
				beside := func(picture string, write func(io.Writer) error) error {
					if write == nil {
						return output.RemoveFile(folder+picture, report.IsPicture)
					}
					return output.WriteFile(cmd.Context(), folder+picture, write)
				}
				write = func(w io.Writer) error { return report.Markdown(w, name, beside, r, o) }
			}
			if file == output.Standard {
				err = write(s.Out)
			} else {
				err = output.WriteFile(cmd.Context(), file, write)
			}
			if err != nil {
				return err
			}
			warnings := export.Warnings(r)
			s.Warn(args[0], warnings)
			return incomplete(warnings)
		},
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.VarP((*value.FileName)(&file), "output", "o", say.ReportOutput)
	f.StringVar(&o.Title, "title", "", say.ReportTitle)
	f.StringVar(&o.Author, "author", "", say.Author)
	f.Var(value.ChoiceOf(&o.Names, report.ParseNames, "how"), "names", say.ReportNames)
	f.Var((*value.Ordinals)(&o.At), "at", say.ReportAt)
	f.Var((*value.FileName)(&questions), "question-file", say.Questions)
	return cmd
}
