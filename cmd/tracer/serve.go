package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/usage"
	"tracer/export"
	"tracer/servers"
	"tracer/words"
)

// A server's loop runs on the goroutine that calls Serve. From here on that is the leader's thread, as in a C program,
// so that the process and not one of its other threads is seen to accept and to fork.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		runtime.LockOSThread()
	}
}

func serveCommand(s *streams) *cobra.Command {
	var v target.Server
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "serve MODEL",
		Short: s.Words.Manual.Serve.Short,
		Long:  withModels(s.Words.Manual.Serve.Long, s.Words),
		Args:  usage.Arguments(s.Words, 1, 1, s.Words.Usage.OneModel),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := v.New(args[0])
			if err != nil {
				return err
			}
			ending, stop := interrupt.Take(cmd.Context())
			defer stop()
			address, err := server.Listen()
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.Out, "%s%s\n", target.Listening, address); err != nil {
				return err
			}
			served := v.Obey(ending, server, s.In, func(why string) { s.Message("%s", why) })
			return served.Serve(address.String(), func() error {
				report := server.Report()
				if asJSON {
					return export.JSON(s.Out, report, "")
				}
				_, err = fmt.Fprintln(output.Escape(s.Out), report)
				return err
			})
		},
	}
	v.AddServe(cmd.Flags(), s.Words)
	cmd.Flags().BoolVar(&asJSON, "json", false, s.Words.Flags.ReportJSON)
	return cmd
}

// withModels adds to the help of a command the list of the models.
func withModels(long string, l *words.Language) string {
	long += "\n\n" + l.Manual.Models + "\n"
	for _, m := range servers.Models() {
		long += fmt.Sprintf("  %-12s %s\n", m.Name, l.Manual.Model(m.Name))
	}
	return long
}
