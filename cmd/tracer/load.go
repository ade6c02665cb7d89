package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/export"
	"tracer/servers"
	"tracer/servers/load"
)

// addLoadFlags are those that load and demo share.
func addLoadFlags(f *pflag.FlagSet, o *load.Options) {
	f.VarP((*positive)(&o.Concurrency), "concurrency", "c", "connections at once")
	f.VarP((*positive)(&o.Count), "count", "n", "connections in all")
	f.Float64Var(&o.Rate, "rate", o.Rate, "connections begun a second, whether the server keeps up or not (default as fast as answers come)")
	f.Var((*positive)(&o.Burst), "burst", "how many of them begin at the same moment, with --rate (default 1)")
	f.Var((*positive)(&o.Requests), "requests", "requests on each connection")
	f.Var((*positive)(&o.Payload), "payload", "bytes of a request")
}

func loadCommand(s *streams) *cobra.Command {
	o := load.Options{Concurrency: 16, Requests: 1, Payload: 64}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "load ADDRESS",
		Short: "make a bounded load on a bundled server, and measure it",
		Args:  arguments(1, 1, "name one address, HOST:PORT or a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Address = args[0]
			ending, stop := takeSignals(cmd.Context())
			defer stop()
			result, err := load.Run(ending, o)
			if err != nil {
				return usageError{err}
			}
			if asJSON {
				err = export.JSON(s.out, result, "")
			} else {
				err = result.WriteText(escaped{s.out})
			}
			if err == nil {
				err = interruption(ending)
			}
			if err == nil && (result.Failed > 0 || result.Connections == 0) {
				return exitCode(exitFailure)
			}
			return err
		},
	}
	f := cmd.Flags()
	addLoadFlags(f, &o)
	f.Lookup("count").DefValue = "1000, or as many as --duration allows"
	f.StringVar(&o.Network, "network", "tcp", "tcp, udp or unix")
	f.StringVar(&o.Service, "service", "echo", "what answer to expect: "+strings.Join(servers.ServiceNames(), ", "))
	f.DurationVar(&o.Duration, "duration", 0, "begin no connection after this time (default 1m)")
	f.DurationVar(&o.Timeout, "timeout", 10*time.Second, "for connecting, and for each answer")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
