package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/event"
	"tracer/export"
	"tracer/model"
)

// viewFlags say how a trace is shown while it happens.
type viewFlags struct {
	plain, quiet, asJSON bool
}

func (v *viewFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&v.plain, "plain", false, "text lines, no screen")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "only the summary: no screen, no line for each event")
	f.BoolVar(&v.asJSON, "json", false, "only the summary, as one JSON object")
}

func runCommand(s *streams) *cobra.Command {
	o := newTraceOptions()
	var v serverFlags
	var view viewFlags
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
			t.inherit(s)
			session, err := startSession(cmd.Context(), t, o)
			if err != nil {
				return err
			}
			code, err := view.show(cmd.Context(), s, session)
			if err == nil && code != 0 && !t.stop {
				return exitCode(code)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.output, "output", "o", "", "also write a recording")
	view.add(f)
	addTraceFlags(f, &o)
	v.add(f)
	return cmd
}

// show follows a session to its end, on the screen or as lines where there is none, and gives the exit code of what was launched.
func (v *viewFlags) show(ctx context.Context, s *streams, session *session) (code int, err error) {
	m := model.New(model.Options{})
	var start event.Time
	for batch := range session.events {
		if start == 0 {
			start = batch[0].Time
		}
		for i := range batch {
			m.Apply(&batch[i])
		}
		if v.quiet || v.asJSON {
			continue
		}
		if err := export.Lines(s.out, start, batch); err != nil {
			return 0, fmt.Errorf("print the events: %w", err)
		}
	}
	if code, err = session.finish(); err != nil {
		return code, err
	}
	summary := export.Summarize(m)
	if v.asJSON {
		return code, summary.JSON(s.out)
	}
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
