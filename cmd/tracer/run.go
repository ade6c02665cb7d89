package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/session"
)

func runCommand(s *streams) *cobra.Command {
	var o tracing.Options
	var v target.Server
	var view show.View
	cmd := &cobra.Command{
		Use:        "run (MODEL | -- COMMAND [ARGUMENT...])",
		Short:      s.Words.Manual.Run.Short,
		Long:       withModels(s.Words.Manual.Run.Long, s.Words),
		SuggestFor: target.ModelNames(),
		RunE: view.Checked(&s.Streams, func(cmd *cobra.Command, args []string) (err error) {
			t, err := target.Launch(cmd, args, &v, s.caller)
			if err != nil {
				return err
			}
			var captured *session.Capture
			if view.Screen(&s.Streams) {
				if err = v.Control(&t, args[0], nil, 0, &view.Controls); err != nil {
					return err
				}
				if captured, err = view.Capture(&t, s.caller); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, captured.Close()) }()
			} else {
				s.inherit(&t)
				if view.JSON || t.Server { // standard output is for what tracer says
					t.Command.Stdout = output.File(s.Err)
				}
			}
			trace, err := s.begin(cmd.Context(), t, o)
			captured.Launched()
			if err != nil {
				return err
			}
			code, err := view.Follow(trace, captured)
			if err == nil && code != 0 {
				return exitCode(code)
			}
			return err
		}),
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.VarP((*value.Besides)(&o.Output), "output", "o", say.OutputToo)
	f.BoolVar(&view.PTY, "pty", true, say.PTY)
	f.BoolVar(&o.Session.LeaveIt, "leave", false, say.Leave)
	o.AddLaunch(f, say)
	usage.Group(f, say.ViewTitle, func(f *pflag.FlagSet) { view.Add(f, say) })
	usage.Group(f, say.ServerTitle, func(f *pflag.FlagSet) { v.Add(f, s.Words) })
	return cmd
}
