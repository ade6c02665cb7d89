package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
)

func attachCommand(s *streams) *cobra.Command {
	var o tracing.Options
	var v target.Attach
	var view show.View
	cmd := &cobra.Command{
		Use:   "attach (PID... | --port N | --comm NAME | --cgroup PATH | --all)",
		Short: s.Words.Manual.Attach.Short,
		Long:  s.Words.Manual.Attach.Long,
		Example: "  tracer attach 1234\n  tracer attach --port 80\n  tracer attach --comm nginx --comm php-fpm\n  " +
			"tracer attach --cgroup system.slice/ssh.service",
		RunE: view.Checked(&s.Streams, func(cmd *cobra.Command, args []string) error {
			t, err := target.Running(args, &v, s.caller, &s.Words.Usage)
			if err != nil {
				return err
			}
			if t.Attach.Empty() {
				return usage.See(s.Words, cmd, s.Words.Usage.TargetUnnamed)
			}
			trace, err := s.begin(cmd.Context(), t, o)
			if err != nil {
				return err
			}
			if !view.Screen(&s.Streams) && !view.Quiet {
				trace.Announce()
			}
			_, err = view.Follow(trace, nil)
			return err
		}),
	}
	f, say := cmd.Flags(), &s.Words.Flags
	f.VarP((*value.Besides)(&o.Output), "output", "o", say.OutputToo)
	o.Add(f, say)
	usage.Group(f, say.AttachTitle, func(f *pflag.FlagSet) { v.Add(f, say) })
	usage.Group(f, say.ViewTitle, func(f *pflag.FlagSet) { view.Add(f, say) })
	return cmd
}
