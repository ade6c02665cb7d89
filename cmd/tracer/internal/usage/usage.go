// Package usage is what a command line says of how it is to be written: its help, and the errors of one that is not
// written so.
package usage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Error is a mistake in the command line.
type Error struct{ error }

// Errorf returns an Error, as fmt.Errorf does.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }

// Wrap makes an error an Error.
func Wrap(err error) error { return Error{err} }

// Prepare has a command and those below it give their help as tracer's is laid out, and an Error for what is wrong with
// their flags and arguments.
func Prepare(root *cobra.Command) {
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return Errorf("%w; see %s --help", err, cmd.CommandPath())
	})
	cobra.AddTemplateFunc("flagGroups", flagGroups)
	root.SetUsageTemplate(template)
	for _, c := range append(root.Commands(), root) {
		checkArguments(c)
		c.Long = fill(c.Long, columnsAtMost)
	}
}

// checkArguments makes what is wrong with the arguments an Error.
func checkArguments(c *cobra.Command) {
	check := c.Args
	if check == nil {
		return
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			if cmd.HasParent() {
				err = fmt.Errorf("%s: %w", cmd.Name(), err)
			}
			return Errorf("%w; see %s --help", err, cmd.CommandPath())
		}
		return nil
	}
}

// Arguments checks how many there are; wanted says in words what is to be named.
func Arguments(least, most int, wanted string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return errors.New(wanted)
		}
		return nil
	}
}

// Command refuses a word that is no command, and guesses which was meant.
func Command(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
		hint = "; is it " + strings.Join(similar, " or ") + "?"
	}
	return fmt.Errorf("unknown command %q%s", args[0], hint)
}

// NotEmpty refuses the first of these flags that is given and empty: it would else be as if not given.
func NotEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if f := flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return Errorf("--%s: it is empty; give a value, or leave it out", name)
		}
	}
	return nil
}
