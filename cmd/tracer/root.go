package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// streams are the standard ones.
type streams struct {
	in       *os.File
	out, err io.Writer
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
	root.AddCommand(
		demoCommand(s), runCommand(s), attachCommand(s), recordCommand(s), viewCommand(s), summaryCommand(s), checkCommand(s),
		exportCommand(s), serveCommand(s), loadCommand(s), doctorCommand(s), pictureCommand(s),
	)
	cobra.AddTemplateFunc("flagGroups", flagGroups)
	root.SetUsageTemplate(usageTemplate)
	for _, c := range append(root.Commands(), root) {
		wrapUsage(c)
	}
	return root
}
