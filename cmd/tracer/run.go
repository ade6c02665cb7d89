package main

import (
	"errors"

	"github.com/spf13/cobra"

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
		Use:   "run (MODEL | -- COMMAND [ARGUMENT...])",
		Short: "launch a bundled server or a command and watch it",
		Long: "Launch a bundled server or a command under the probes and watch it. What comes after -- is the\n" +
			"command's own. Quitting the screen tells it to stop (SIGTERM), unless --leave is given. On the\n" +
			"screen, o shows the end of what it wrote; a process named tracer-output reads that as long as\n" +
			"anybody can write it. Without a terminal, events are printed as text lines and the summary ends\n" +
			"them; with --json that is all of standard output, and what the command writes there goes to\n" +
			"standard error.\n\n" +
			modelList(),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			t, err := target.Launch(cmd, args, &v, s.caller)
			if err != nil {
				return err
			}
			var captured *session.Capture
			if view.Screen(&s.Streams) {
				if captured, err = session.NewCapture(s.caller); err != nil {
					return err
				}
				defer func() { err = errors.Join(err, captured.Close()) }()
				t.Command.Stdout, t.Command.Stderr = captured.Pipe(), captured.Pipe()
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
		},
	}
	f := cmd.Flags()
	f.VarP((*value.Besides)(&o.Output), "output", "o", "also write a recording, in place of one of that name")
	f.BoolVar(&o.Session.LeaveIt, "leave", false, "leave the command running when the screen is quit")
	o.AddLaunch(f)
	usage.Group(f, viewGroup, view.Add)
	usage.Group(f, serverGroup, v.Add)
	return cmd
}
