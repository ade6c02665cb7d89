package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/runtimes"
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
		Short: s.Words.Manual.Record.Short,
		Long:  withModels(s.Words.Manual.Record.Long, s.Words),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := target.Any(cmd, args, &v, &attach, s.caller)
			if err != nil {
				return err
			}
			s.inherit(&t)
			if o.Output == output.Standard {
				t.Command.Stdout = output.File(s.Err)
			}
			runtimes.UseOneThread()
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
				if events == 0 {
					runtimes.GiveBack() // what the beginning of the recording took
				}
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
	f, say := cmd.Flags(), &s.Words.Flags
	f.VarP((*value.FileName)(&o.Output), "output", "o", say.Output)
	f.BoolVarP(&o.Quiet, "quiet", "q", false, say.Quiet)
	o.AddLaunch(f, say)
	usage.Group(f, say.AttachTitle, func(f *pflag.FlagSet) { attach.Add(f, say) })
	usage.Group(f, say.ServerTitle, func(f *pflag.FlagSet) { v.Add(f, s.Words) })
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
		Short: s.Words.Manual.Doctor.Short,
		Long:  s.Words.Manual.Doctor.Long,
		Args:  usage.Arguments(s.Words, 0, 0, s.Words.Usage.NoArgument),
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
	cmd.Flags().BoolVar(&asJSON, "json", false, s.Words.Flags.JSON)
	return cmd
}
