// Package usage is what a command line says of how it is to be written: its help, and the errors of one that is not
// written so.
package usage

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/words"
)

// Error is a mistake in the command line.
type Error struct{ error }

// New returns an Error that says a sentence.
func New(sentence string) error { return Error{errors.New(sentence)} }

// Wrap makes an error an Error.
func Wrap(err error) error { return Error{err} }

// Unwrap returns what it was made of.
func (e Error) Unwrap() error { return e.error }

// See returns the Error of a mistake in the writing of a command, which names its help.
func See(l *words.Language, cmd *cobra.Command, mistake string) error {
	if cmd.HasParent() {
		mistake = l.Usage.In(cmd.Name(), mistake)
	}
	return New(l.Usage.SeeHelp(mistake, cmd.CommandPath()))
}

// Prepare has a command and those below it give their help as tracer's is laid out, and an Error for what is wrong with
// their flags.
func Prepare(root *cobra.Command, l *words.Language) {
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return New(l.Usage.SeeHelp(flagMistake(l, err), cmd.CommandPath()))
	})
	root.SetHelpCommand(helpCommand(l))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	describeCompletion(root, l)
	cobra.AddTemplateFunc("flagGroups", func(f *pflag.FlagSet) string { return flagGroups(f, l) })
	root.SetUsageTemplate(template(l))
	prepare(root, l)
}

func prepare(c *cobra.Command, l *words.Language) {
	c.Long = fill(c.Long, columnsAtMost)
	c.Flags().BoolP("help", "h", false, l.Flags.Help)
	for _, below := range c.Commands() {
		prepare(below, l)
	}
}

// flagMistake says what pflag found wrong.
func flagMistake(l *words.Language, err error) string {
	var missing *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var refused *pflag.InvalidValueError
	var bad *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &missing):
		if group := missing.GetSpecifiedShortnames(); group != "" {
			return l.Usage.UnknownShorthand("-"+missing.GetSpecifiedName(), "-"+group)
		}
		return l.Usage.UnknownFlag("--" + missing.GetSpecifiedName())
	case errors.As(err, &valueless):
		return l.Usage.ValueMissing(nameOf(valueless.GetFlag()))
	case errors.As(err, &refused):
		return l.Usage.ValueRefused(refused.GetValue(), nameOf(refused.GetFlag()), l.Error(refused.Unwrap()))
	case errors.As(err, &bad):
		return l.Usage.FlagSyntax(bad.GetSpecifiedFlag())
	}
	return l.Error(err)
}

// nameOf is how a flag is written.
func nameOf(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand + ", --" + f.Name
	}
	return "--" + f.Name
}

// Arguments checks how many there are; wanted says in words what is to be named.
func Arguments(l *words.Language, least, most int, wanted string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return See(l, cmd, wanted)
		}
		return nil
	}
}

// Command refuses a word that is no command, and guesses which was meant.
func Command(l *words.Language) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		if similar := cmd.SuggestionsFor(args[0]); len(similar) > 0 {
			return See(l, cmd, l.Usage.CommandLike(args[0], similar))
		}
		return See(l, cmd, l.Usage.UnknownCommand(args[0]))
	}
}

// NotEmpty refuses the first of these flags that is given and empty: it would else be as if not given.
func NotEmpty(l *words.Language, flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if f := flags.Lookup(name); f.Changed && f.Value.String() == "" {
			return New(l.Usage.EmptyFlag("--" + name))
		}
	}
	return nil
}
