package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tracer/event"
	"tracer/export"
	"tracer/model"
)

func runCommand(s *streams) *cobra.Command {
	o := newTraceOptions()
	var v serverFlags
	var plain bool
	cmd := &cobra.Command{
		Use:   "run (MODEL | -- COMMAND [ARGUMENT...])",
		Short: "launch a bundled server or a command and watch it",
		Long: "Launch a bundled server or a command under the probes and watch it. Without a terminal, events are printed as text lines\n" +
			"and the summary ends them. What comes after -- is the command's own.\n\n" + modelList(),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := resolve(cmd, args)
			if err != nil {
				return err
			}
			return watch(cmd, s, t, o, plain)
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "also write a recording")
	cmd.Flags().BoolVar(&plain, "plain", false, "text lines, no screen")
	addTraceFlags(cmd.Flags(), &o)
	v.add(cmd.Flags())
	return cmd
}

// watch traces a target on the screen, or as lines where there is none.
func watch(cmd *cobra.Command, s *streams, t target, o traceOptions, plain bool) error {
	t.inherit(s)
	session, err := startSession(cmd.Context(), t, o)
	if err != nil {
		return err
	}
	code, err := lines(s, session)
	if err != nil {
		return err
	}
	if code != 0 && !t.stop {
		return exitCode(code)
	}
	return nil
}

// lines prints the events of a session as they come, then its summary.
func lines(s *streams, session *session) (code int, err error) {
	m := model.New(model.Options{})
	var start event.Time
	for batch := range session.events {
		if start == 0 {
			start = batch[0].Time
		}
		for i := range batch {
			m.Apply(&batch[i])
		}
		if err := export.Lines(s.out, start, batch); err != nil {
			return 0, fmt.Errorf("print the events: %w", err)
		}
	}
	if code, err = session.finish(); err != nil {
		return code, err
	}
	summary := export.Summarize(m)
	fmt.Fprintln(s.out)
	return code, summary.Text(s.out)
}

func viewCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "view FILE",
		Short: "replay a recording, with time travel",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return os.ErrInvalid
		},
	}
}

func pictureCommand(*streams) *cobra.Command {
	return &cobra.Command{Use: "picture FILE", Hidden: true, Args: cobra.ExactArgs(1), RunE: func(*cobra.Command, []string) error { return os.ErrInvalid }}
}
func loadCommand(*streams) *cobra.Command {
	return &cobra.Command{Use: "load ADDRESS", Args: cobra.ExactArgs(1), RunE: func(*cobra.Command, []string) error { return os.ErrInvalid }}
}
func demoCommand(*streams) *cobra.Command {
	return &cobra.Command{Use: "demo [MODEL]", RunE: func(*cobra.Command, []string) error { return os.ErrInvalid }}
}
