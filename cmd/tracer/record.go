package main

import (
	"time"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/probes"
	"tracer/session"
)

func recordCommand(s *streams) *cobra.Command {
	var o tracing.Options
	o.Output = tracing.DefaultRecording
	var v target.Server
	var attach target.Attach
	cmd := &cobra.Command{
		Use:   "record [-o FILE] (-- COMMAND [ARGUMENT...] | MODEL | PID... | --port N | ...)",
		Short: "trace a command, a bundled server or what runs already into a file, without a screen",
		Long: "Trace a command, a bundled server or what runs already into a file, without a screen. It ends\n" +
			"when the last traced task has ended, on an interrupt or after --duration, and exits with the\n" +
			"command's exit code. A recording of the same name is replaced, any other file is not.\n\n" + modelList(),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := target.Any(cmd, args, &v, &attach, s.caller)
			if err != nil {
				return err
			}
			s.inherit(&t)
			if o.Output == output.Standard {
				t.Command.Stdout = output.File(s.Err)
			}
			useOneThread()
			trace, err := s.begin(cmd.Context(), t, o)
			if err != nil {
				return err
			}
			if !o.Quiet {
				trace.Announce()
			}
			events := uint64(0)
			begin := time.Now()
			for batch := range trace.Events() {
				events += uint64(len(batch))
				trace.Reuse(batch)
			}
			code, err := trace.Finish()
			if err != nil {
				return err
			}
			if !o.Quiet {
				say := &s.Words.Commands
				s.Message("%s", say.EventsIn(events, time.Since(begin).Seconds(), trace.Whereabouts(say.SeeThem)))
			}
			if code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
	cmd.Flags().VarP((*value.FileName)(&o.Output), "output", "o",
		"the recording to write, in place of one of that name; - is standard output, and that of the command then "+
			"goes to standard error")
	cmd.Flags().BoolVarP(&o.Quiet, "quiet", "q", false, "no message at the end")
	o.AddLaunch(cmd.Flags())
	usage.Group(cmd.Flags(), attachGroup, attach.Add)
	usage.Group(cmd.Flags(), serverGroup, v.Add)
	return cmd
}

// inherit lets a program that is launched have tracer's own streams.
func (s *streams) inherit(t *session.Target) {
	t.Command.Stdin = s.In
	t.Command.Stdout = output.File(s.Out)
	t.Command.Stderr = output.File(s.Err)
}

func doctorCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "show what this kernel offers, and what to do about what it lacks",
		Args:  usage.Arguments(0, 0, "it takes no argument"),
		RunE: func(*cobra.Command, []string) error {
			table := probes.Examine()
			var err error
			if asJSON {
				err = table.JSON(s.Out)
			} else {
				err = table.Text(s.Out, s.Words)
			}
			if err == nil && !table.Works() {
				return exitCode(exitFailure)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
