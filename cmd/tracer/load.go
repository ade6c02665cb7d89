package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/show"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/export"
	"tracer/servers"
	"tracer/servers/load"
	"tracer/words"
)

// addLoadFlags are those that load and demo share.
func addLoadFlags(f *pflag.FlagSet, o *load.Options, say *words.FlagWords) {
	f.VarP((*value.Positive)(&o.Concurrency), "concurrency", "c", say.Concurrency)
	f.VarP((*value.Positive)(&o.Count), "count", "n", say.Count)
	f.Var((*value.PerSecond)(&o.Rate), "rate", say.Rate)
	f.Var((*value.Positive)(&o.Burst), "burst", say.Burst)
	f.Var((*value.Positive)(&o.Requests), "requests", say.Requests)
	f.Var((*value.Positive)(&o.Payload), "payload", say.Payload)
}

func loadCommand(s *streams) *cobra.Command {
	o := load.Options{Concurrency: 16, Requests: 1, Payload: 64, Timeout: 10 * time.Second}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "load ADDRESS",
		Short: s.Words.Manual.Load.Short,
		Long:  s.Words.Manual.Load.Long,
		Example: "  tracer load 127.0.0.1:8000 -c 64 -n 10000\n  tracer load 127.0.0.1:8000 --rate 200 --duration " +
			"10s\n  tracer load --network unix --service http server.socket",
		Args: usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneAddress),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := usage.NotEmpty(s.Words, cmd.Flags(), "network", "service"); err != nil {
				return err
			}
			o.Address = args[0]
			ending, stop := interrupt.Take(cmd.Context())
			defer stop()
			result, err := load.Run(ending, o)
			if err != nil {
				return usage.Wrap(err)
			}
			interrupted := interrupt.Err(ending)
			if err := show.Unmeasured(&result); err != nil && interrupted == nil {
				return err
			}
			if asJSON {
				err = export.JSON(s.Out, result, "")
			} else {
				err = show.Load(s.Out, s.Words, &result)
			}
			if err == nil {
				err = interrupted
			}
			if err == nil && result.Failed > 0 {
				return exitCode(exitFailure)
			}
			return err
		},
	}
	f, say := cmd.Flags(), &s.Words.Flags
	addLoadFlags(f, &o, say)
	f.StringVar(&o.Network, "network", "tcp", say.Network)
	f.StringVar(&o.Service, "service", "echo", say.Expect(strings.Join(servers.ServiceNames(), ", ")))
	f.Var((*value.Span)(&o.Duration), "duration", say.LoadDuration)
	f.Var((*value.Span)(&o.Timeout), "timeout", say.Timeout)
	usage.Defaults(f, map[string]string{"count": say.CountDefault, "rate": say.AsFast, "burst": "1", "duration": "1m"})
	f.BoolVar(&asJSON, "json", false, say.JSON)
	return cmd
}
