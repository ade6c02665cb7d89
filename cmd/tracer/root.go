package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tracer/probes"
)

// streams are the standard ones.
type streams struct {
	in       *os.File
	out, err io.Writer
	caller   *probes.User // who called sudo or the like; nil: nobody
}

// terminal reports whether both input and output are one.
func (s *streams) terminal() bool {
	out, ok := s.out.(*os.File)
	return ok && s.in != nil && term.IsTerminal(int(s.in.Fd())) && term.IsTerminal(int(out.Fd()))
}

func (s *streams) message(format string, args ...any) {
	fmt.Fprintf(s.err, "tracer: "+format+"\n", args...)
}

func newRootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "tracer",
		Short:         "show which process, thread or coroutine serves a request, who is a zombie and why, who reaps it",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	tracing := []*cobra.Command{demoCommand(s), runCommand(s), attachCommand(s), recordCommand(s)}
	for _, c := range tracing {
		c.PreRunE = func(*cobra.Command, []string) (err error) {
			s.caller, err = probes.Caller()
			return err
		}
	}
	unprivileged := []*cobra.Command{viewCommand(s), summaryCommand(s), checkCommand(s), exportCommand(s), serveCommand(s), loadCommand(s), pictureCommand(s)}
	for _, c := range unprivileged { // what needs nothing of root must not do with root's rights what its caller could not
		c.PreRunE = func(*cobra.Command, []string) error { return becomeCaller() }
	}
	root.AddCommand(append(append(tracing, unprivileged...), doctorCommand(s))...)
	cobra.AddTemplateFunc("flagGroups", flagGroups)
	root.SetUsageTemplate(usageTemplate)
	for _, c := range append(root.Commands(), root) {
		wrapUsage(c)
	}
	return root
}

// becomeCaller gives up root for good, for who called sudo or the like.
func becomeCaller() error {
	caller, err := probes.Caller()
	if err != nil {
		return err
	}
	return caller.Become()
}
