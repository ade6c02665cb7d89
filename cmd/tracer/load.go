package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/export"
	"tracer/servers"
	"tracer/servers/load"
)

// addLoadFlags are those that load and demo share.
func addLoadFlags(f *pflag.FlagSet, o *load.Options) {
	f.VarP((*value.Positive)(&o.Concurrency), "concurrency", "c", "connections at once")
	f.VarP((*value.Positive)(&o.Count), "count", "n", "connections in all")
	f.Var((*value.PerSecond)(&o.Rate), "rate",
		"connections begun a second, whether the server keeps up or not (default as fast as answers come)")
	f.Var((*value.Positive)(&o.Burst), "burst", "how many of them begin at the same moment, with --rate (default 1)")
	f.Var((*value.Positive)(&o.Requests), "requests", "requests on each connection")
	f.Var((*value.Positive)(&o.Payload), "payload", "bytes of a request")
}

func loadCommand(s *streams) *cobra.Command {
	o := load.Options{Concurrency: 16, Requests: 1, Payload: 64, Timeout: 10 * time.Second}
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "load ADDRESS",
		Short: "make a bounded load on a bundled server, and measure it",
		Long: "Make a bounded load on a bundled server, or on one that answers as those do: connections and\n" +
			"requests, with every answer looked at. Then it tells how many succeeded, how long connecting\n" +
			"took and how long each answer, and what went wrong how often.\n\n" +
			"Without --rate, each of the connections at once waits for its answers before the next begins, so\n" +
			"that a slow server slows the load down. With --rate, connections begin by the clock, as those of\n" +
			"many clients do, and the first answer's time counts from the moment when its connection was due.\n" +
			"A load ends when all connections are done, or after --duration.\n\n" +
			"Exit code 1 when a connection failed.",
		Example: "  tracer load 127.0.0.1:8000 -c 64 -n 10000\n  tracer load 127.0.0.1:8000 --rate 200 --duration " +
			"10s\n  tracer load --network unix --service http server.socket",
		Args: usage.Arguments(1, 1, "name one address, HOST:PORT or a path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := usage.NotEmpty(cmd.Flags(), "network", "service"); err != nil {
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
			if err := result.Err(); err != nil && interrupted == nil {
				return err
			}
			if asJSON {
				err = export.JSON(s.Out, result, "")
			} else {
				err = result.WriteText(output.Escape(s.Out))
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
	f := cmd.Flags()
	addLoadFlags(f, &o)
	f.Lookup("count").DefValue = "1000, or as many as --duration allows"
	f.StringVar(&o.Network, "network", "tcp", "tcp, udp or unix")
	f.StringVar(&o.Service, "service", "echo", "what answer to expect: "+strings.Join(servers.ServiceNames(), ", "))
	f.Var((*value.Span)(&o.Duration), "duration", "begin no connection after this time (default 1m)")
	f.Var((*value.Span)(&o.Timeout), "timeout", "for connecting, and for each answer")
	f.BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}
