package main

import (
	"slices"

	"github.com/spf13/cobra"

	"tracer/cmd/tracer/internal/config"
	"tracer/cmd/tracer/internal/interrupt"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/probes"
)

// streams are the standard ones, and who called.
type streams struct {
	output.Streams
	caller *probes.User // who called sudo or the like; nil: nobody
}

func newRootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "tracer",
		Short:         s.Words.Manual.Root,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       usage.Command(s.Words),
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Flags().BoolP("version", "V", false, s.Words.Flags.Version)
	usage.AddLanguage(root.PersistentFlags(), &s.Words)
	root.SetVersionTemplate("tracer {{.Version}}\n")
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	tracing := []*cobra.Command{demoCommand(s), runCommand(s), attachCommand(s), recordCommand(s)}
	for _, c := range tracing {
		c.PreRunE = func(*cobra.Command, []string) (err error) {
			s.caller, err = probes.Caller()
			return err
		}
	}
	reading := []*cobra.Command{viewCommand(s), summaryCommand(s), checkCommand(s), queryCommand(s), exportCommand(s),
		reportCommand(s), mcpCommand(s), pictureCommand(s),
		config.Command(&s.Streams)}
	for _, c := range reading {
		c.PreRunE = func(*cobra.Command, []string) error {
			interrupt.KeepIgnored()
			return probes.BecomeCaller()
		}
	}
	serving := []*cobra.Command{serveCommand(s), loadCommand(s)}
	for _, c := range serving {
		c.PreRunE = func(*cobra.Command, []string) error { return probes.BecomeCaller() }
	}
	doctor := doctorCommand(s)
	doctor.PreRun = func(*cobra.Command, []string) { interrupt.KeepIgnored() }
	root.AddCommand(slices.Concat(tracing, reading, serving, []*cobra.Command{doctor})...)
	usage.Prepare(root, s.Words)
	return root
}
