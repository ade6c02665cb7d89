package main

import (
	"cmp"
	"io"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/asking"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/grading"
	"tracer/query"
)

func checkCommand(s *streams) *cobra.Command {
	var rules string
	var asJSON, asJUnit bool
	cmd := &cobra.Command{
		Use:   "check FILE EXPRESSION... | --rules RULES.yaml FILE...",
		Short: s.Words.Manual.Check.Short,
		Long:  s.Words.Manual.Check.Long,
		Args: func(cmd *cobra.Command, args []string) error {
			least := 2
			if rules != "" {
				least = 1
			}
			return usage.Arguments(s.Words, least, -1, s.Words.Usage.RecordingAndCheck)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			source, write := asking.Source(s.openRecording), (*grading.Rules).JSON
			switch {
			case asJSON && asJUnit, (asJSON || asJUnit) && rules == "":
				return usage.See(s.Words, cmd, s.Words.Grades.One)
			case rules == "":
				return codeOf(source.Check(&s.Streams, args[0], args[1:]))
			case asJUnit:
				write = (*grading.Rules).JUnit
			case !asJSON:
				write = func(r *grading.Rules, w io.Writer, sheets []grading.Sheet) error {
					return r.Table(w, s.Words, sheets)
				}
			}
			return codeOf(source.Grade(&s.Streams, rules, args, write))
		},
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.Var((*value.FileName)(&rules), "rules", say.Rules)
	f.BoolVar(&asJSON, "json", false, say.JSON)
	f.BoolVar(&asJUnit, "junit", false, say.JUnit)
	return cmd
}

// codeOf returns the exit code of an answer.
func codeOf(a query.Answer, err error) error {
	switch {
	case err != nil:
		return err
	case a == query.Undecided:
		return exitCode(exitIncomplete)
	case a == query.Fails:
		return exitCode(exitCheckFalse)
	}
	return nil
}

func queryCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "query FILE EXPRESSION",
		Short: s.Words.Manual.Query.Short,
		Long:  s.Words.Manual.Query.Long,
		Args:  usage.Arguments(s.Words, 2, 2, s.Words.Usage.RecordingAndQuery),
		RunE: func(_ *cobra.Command, args []string) error {
			warnings, err := asking.Source(s.openRecording).Query(&s.Streams, args[0], args[1], asJSON)
			return cmp.Or(err, incomplete(warnings))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, s.Words.Flags.JSON)
	return cmd
}
