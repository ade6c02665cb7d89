package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/grading"
	"tracer/query"
	"tracer/text"
)

// ask reads a recording for what queries need.
func (s *streams) ask(path string, queries ...*query.Query) (*query.Trace, error) {
	r, err := s.openRecording(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := query.Read(r, queries)
	if err != nil {
		return nil, err
	}
	s.Warn(path, t.Warnings())
	return t, nil
}

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
			switch {
			case asJSON && asJUnit, (asJSON || asJUnit) && rules == "":
				return usage.See(s.Words, cmd, s.Words.Grades.One)
			case rules == "":
				return s.check(args[0], args[1:])
			case asJSON:
				return s.grade(rules, args, (*grading.Rules).JSON)
			case asJUnit:
				return s.grade(rules, args, (*grading.Rules).JUnit)
			}
			return s.grade(rules, args, func(r *grading.Rules, w io.Writer, sheets []grading.Sheet) error {
				return r.Table(w, s.Words, sheets)
			})
		},
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.Var((*value.FileName)(&rules), "rules", say.Rules)
	f.BoolVar(&asJSON, "json", false, say.JSON)
	f.BoolVar(&asJUnit, "junit", false, say.JUnit)
	return cmd
}

// check holds one recording against conditions.
func (s *streams) check(path string, conditions []string) error {
	queries, err := query.ParseAll(conditions)
	if err != nil {
		return usage.Wrap(err)
	}
	t, err := s.ask(path, queries...)
	if err != nil {
		return err
	}
	answer := query.Holds
	for _, q := range queries {
		verdict, err := q.Check(t)
		if err != nil {
			return usage.Wrap(err)
		}
		answer = max(answer, verdict.Answer)
		for _, line := range verdict.Lines(s.Words) {
			if _, err := fmt.Fprintln(s.Out, text.Line(line)); err != nil {
				return err
			}
		}
	}
	return codeOf(answer)
}

// grade holds recordings against a file of rules.
func (s *streams) grade(path string, recordings []string,
	write func(*grading.Rules, io.Writer, []grading.Sheet) error) error {
	rules, err := grading.Read(path)
	if err != nil {
		return usage.Wrap(err)
	}
	answer, sheets := query.Holds, make([]grading.Sheet, 0, len(recordings))
	for _, recording := range recordings {
		sheet := rules.Grade(recording, s.openRecording)
		answer, sheets = max(answer, sheet.Answer()), append(sheets, sheet)
	}
	return cmp.Or(write(rules, s.Out, sheets), codeOf(answer))
}

// codeOf returns the exit code of an answer.
func codeOf(a query.Answer) error {
	switch a {
	case query.Undecided:
		return exitCode(exitIncomplete)
	case query.Fails:
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
			q, err := query.Parse(args[1])
			if err != nil {
				return usage.Wrap(err)
			}
			t, err := s.ask(args[0], q)
			if err != nil {
				return err
			}
			found, err := q.Find(t)
			if err != nil {
				return usage.Wrap(err)
			}
			if asJSON {
				err = query.JSON(s.Out, found)
			} else {
				err = query.Text(s.Out, s.Words, found)
			}
			return cmp.Or(err, incomplete(t.Warnings()))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, s.Words.Flags.JSON)
	return cmd
}
