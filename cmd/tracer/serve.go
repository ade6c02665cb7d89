package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"tracer/servers"
)

// listening is how serve begins its first line, which whoever started it may read for the address.
const listening = "listening on "

func serveCommand(s *streams) *cobra.Command {
	var v serverFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "serve MODEL",
		Short: "run a bundled server, without probes, until it is interrupted",
		Long:  "Run a bundled server, without probes, until it is interrupted; then it reports what it did.\n\n" + modelList(),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := v.options(cmd)
			if err != nil {
				return err
			}
			server, err := servers.New(args[0], o)
			if err != nil {
				return usageError{err}
			}
			address, err := server.Listen()
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s%s\n", listening, address); err != nil {
				return err
			}
			if err := server.Serve(cmd.Context()); err != nil {
				return err
			}
			report := server.Report()
			if asJSON {
				return json.NewEncoder(s.out).Encode(report)
			}
			_, err = fmt.Fprintln(s.out, report)
			return err
		},
	}
	v.add(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "report as JSON")
	return cmd
}

func modelList() string {
	list := "Models:\n"
	for _, m := range servers.Models() {
		list += fmt.Sprintf("  %-12s %s\n", m.Name, m.Summary)
	}
	return list
}
