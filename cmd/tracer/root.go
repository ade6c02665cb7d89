package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"tracer/probes"
	"tracer/text"
)

// streams are the standard ones.
type streams struct {
	in       *os.File
	out, err io.Writer
	caller   *probes.User // who called sudo or the like; nil: nobody
}

// tell is where all messages come by.
func tell(w io.Writer, message string) { fmt.Fprintf(w, "tracer: %s\n", text.Line(message)) }

// escaped makes whole lines safe to show that hold names which others chose.
type escaped struct{ io.Writer }

func (e escaped) Write(b []byte) (int, error) {
	lines := strings.SplitAfter(string(b), "\n")
	for i, line := range lines {
		content, ended := strings.CutSuffix(line, "\n")
		if lines[i] = text.Line(content); ended {
			lines[i] += "\n"
		}
	}
	_, err := io.WriteString(e.Writer, strings.Join(lines, ""))
	return len(b), err
}

// checked remembers that a write failed, for what is written without looking at it, as the help is.
type checked struct {
	io.Writer
	closed bool // tracer was given it so, and Go's runtime has opened /dev/null in its place
	err    error
}

func (c *checked) Write(b []byte) (n int, err error) {
	if err = (&fs.PathError{Op: "write", Path: "/dev/stdout", Err: unix.EBADF}); !c.closed { // as of any other file
		n, err = c.Writer.Write(b)
	}
	if c.err == nil && err != nil {
		c.err = fmt.Errorf("write to standard output: %w", err)
	}
	return n, err
}

// terminal reports whether both input and output are one.
func (s *streams) terminal() bool {
	out := fileOf(s.out)
	return out != nil && s.in != nil && term.IsTerminal(int(s.in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// message is one line for the user. It may hold names that others chose.
func (s *streams) message(format string, args ...any) {
	tell(s.err, fmt.Sprintf(format, args...))
}

func newRootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use: "tracer",
		Short: "show which process, thread or coroutine serves a request, who is a zombie and why, who reaps " +
			"it",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,

		SuggestionsMinimumDistance: 2,
		Args:                       noCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Flags().BoolP("version", "V", false, "the version of tracer")
	root.SetVersionTemplate("tracer {{.Version}}\n")
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
	reading := []*cobra.Command{viewCommand(s), summaryCommand(s), checkCommand(s), exportCommand(s), pictureCommand(s)}
	for _, c := range reading {
		c.PreRunE = func(*cobra.Command, []string) error {
			keepIgnored()
			return probes.BecomeCaller()
		}
	}
	serving := []*cobra.Command{serveCommand(s), loadCommand(s)}
	for _, c := range serving {
		c.PreRunE = func(*cobra.Command, []string) error { return probes.BecomeCaller() }
	}
	doctor := doctorCommand(s)
	doctor.PreRun = func(*cobra.Command, []string) { keepIgnored() }
	root.AddCommand(slices.Concat(tracing, reading, serving, []*cobra.Command{doctor})...)
	cobra.AddTemplateFunc("flagGroups", flagGroups)
	root.SetUsageTemplate(usageTemplate)
	for _, c := range append(root.Commands(), root) {
		wrapUsage(c)
		c.Long = fill(c.Long, helpColumns)
	}
	return root
}

// noCommand refuses a word that is no command, and guesses which was meant.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		hint = "; is it " + strings.Join(similar, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q%s", args[0], hint)
}
