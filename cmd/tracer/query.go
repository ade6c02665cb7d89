package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/usage"
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
	return &cobra.Command{
		Use:   "check FILE EXPRESSION...",
		Short: s.Words.Manual.Check.Short,
		Long:  s.Words.Manual.Check.Long,
		Args:  usage.Arguments(s.Words, 2, -1, s.Words.Usage.RecordingAndCheck),
		RunE: func(_ *cobra.Command, args []string) error {
			queries, err := query.ParseAll(args[1:])
			if err != nil {
				return usage.Wrap(err)
			}
			t, err := s.ask(args[0], queries...)
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
			return [...]error{query.Holds: nil, query.Undecided: exitCode(exitIncomplete),
				query.Fails: exitCode(exitCheckFalse)}[answer]
		},
	}
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
