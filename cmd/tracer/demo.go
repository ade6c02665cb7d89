package main

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/demo"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/servers/load"
	"tracer/text"
)

func demoCommand(s *streams) *cobra.Command {
	var o tracing.Options
	var v target.Server
	var chosen load.Options
	var view show.View
	cmd := &cobra.Command{
		Use:   "demo [MODEL]",
		Short: "a bundled server under the probes, with clients: run this first",
		Long: "Run a bundled server under the probes, with clients that send it requests, and watch what it\n" +
			"does. On the screen the clients come six at a time, every two seconds, for ten minutes; then it\n" +
			"ends by itself, as it does by q. Without a terminal, events are printed as text lines and the\n" +
			"summary ends them. The server is fork unless another is named, and reaps as a first attempt\n" +
			"often does: it waits once for each signal, and signals that were coalesced leave zombies. --reap\n" +
			"tells what else it could do.\n\n" + modelList(),
		Args: usage.Arguments(0, 1, "name one model, or none"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() == 0 && len(args) > 0 {
				return usage.Errorf("demo: its clients are for a bundled server; to run a program write: "+
					"tracer run -- %s",
					text.Arguments(args[0]))
			}
			if len(args) == 0 {
				args = []string{demo.Model}
			}
			if err := demo.Complete(cmd.Flags(), args[0]); err != nil {
				return err
			}
			t, err := target.Launch(cmd, args, &v, s.caller)
			if err != nil {
				return err
			}
			server, err := v.New(args[0])
			if err != nil {
				return err
			}
			clients := demo.Load(cmd.Flags(), &chosen, view.Screen(&s.Streams))
			report := server.Report()
			clients.Network, clients.Service = report.Network, report.Service.String()
			if err := clients.Check(); err != nil {
				return usage.Wrap(err)
			}
			return demo.Run(&s.Streams, &view, clients, func(stdout *os.File) (*tracing.Trace, error) {
				t.Command.Stdout, t.Command.Stderr = stdout, stdout
				return s.begin(cmd.Context(), t, o)
			})
		},
	}
	f := cmd.Flags()
	o.AddLaunch(f)
	usage.Group(f, viewGroup, view.Add)
	usage.Group(f, serverGroup, v.Add)
	usage.Group(f, "of the clients", func(f *pflag.FlagSet) { addLoadFlags(f, &chosen) })
	demo.Describe(f)
	f.VarP((*value.Besides)(&o.Output), "output", "o", "also write a recording, in place of one of that name")
	return cmd
}
