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
		Short: s.Words.Manual.Demo.Short,
		Long:  withModels(s.Words.Manual.Demo.Long, s.Words),
		Args:  usage.Arguments(s.Words, 0, 1, s.Words.Usage.OneModelOrNone),
		RunE: view.Checked(&s.Streams, func(cmd *cobra.Command, args []string) (err error) {
			if cmd.ArgsLenAtDash() == 0 && len(args) > 0 {
				say := &s.Words.Usage
				return usage.New(say.In(cmd.Name(), say.ClientsNeedServer(text.Arguments(args[0]))))
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
			clients, err := demo.Load(cmd.Flags(), &chosen, view.Screen(&s.Streams), &v, args[0])
			if err != nil {
				return err
			}
			if clients.Pace != nil {
				if err = v.Control(&t, args[0], clients.Pace, clients.Concurrency,
					&view.Controls); err != nil {
					return err
				}
			}
			return demo.Run(&s.Streams, &view, clients, func(stdout *os.File) (*tracing.Trace, error) {
				t.Command.Stdout, t.Command.Stderr = stdout, stdout
				return s.begin(cmd.Context(), t, o)
			})
		}),
	}
	f, say := cmd.Flags(), &s.Words.Flags
	o.AddLaunch(f, say)
	usage.Group(f, say.ViewTitle, func(f *pflag.FlagSet) { view.Add(f, say) })
	usage.Group(f, say.ServerTitle, func(f *pflag.FlagSet) { v.Add(f, s.Words) })
	usage.Group(f, say.ClientsTitle, func(f *pflag.FlagSet) { addLoadFlags(f, &chosen, say) })
	demo.Describe(f, say)
	f.VarP((*value.Besides)(&o.Output), "output", "o", say.OutputToo)
	return cmd
}
