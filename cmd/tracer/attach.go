package main

import (
	"github.com/spf13/cobra"

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
		Short: "watch what runs already",
		Long: "Watch processes that run already, with all that descends from them. What was there before is\n" +
			"seen, zombies too, and nothing that happens from then on is missed. They are only looked at:\n" +
			"quitting the screen leaves them as they are. It ends when the last of them has ended, on an\n" +
			"interrupt or after --duration. Without a terminal, events are printed as text lines and the\n" +
			"summary ends them. Several targets can be given at once.",
		Example: "  tracer attach 1234\n  tracer attach --port 80\n  tracer attach --comm nginx --comm php-fpm\n  " +
			"tracer attach --cgroup system.slice/ssh.service",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := target.Running(args, &v, s.caller)
			if err != nil {
				return err
			}
			if t.Attach.Empty() {
				return usage.Errorf("attach: name process ids, or --port, --comm, --cgroup or --all; " +
					"see tracer attach --help")
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
		},
	}
	f := cmd.Flags()
	f.VarP((*value.Besides)(&o.Output), "output", "o", "also write a recording, in place of one of that name")
	o.Add(f)
	usage.Group(f, attachGroup, v.Add)
	usage.Group(f, viewGroup, view.Add)
	return cmd
}
