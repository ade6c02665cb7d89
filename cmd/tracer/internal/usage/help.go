package usage

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"tracer/text"
	"tracer/words"
)

// template returns cobra's own, but that flags stand in groups.
func template(l *words.Language) string {
	say := &l.Manual
	return say.Usage + `{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

` + say.Examples + `
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

` + say.Commands + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

{{flagGroups .LocalFlags}}{{end}}{{if .HasAvailableSubCommands}}

` + say.More("{{.CommandPath}} [command]") + `{{end}}
`
}

// helpCommand shows the help of another.
func helpCommand(l *words.Language) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: l.Manual.Help,
		RunE: func(c *cobra.Command, args []string) error {
			cmd, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return Command(l)(c.Root(), args)
			}
			return cmd.Help()
		},
	}
}

// completionLines are the lines by which shells load the script for their completion.
var completionLines = map[string]string{
	"bash":       "source <(tracer completion bash)",
	"zsh":        "source <(tracer completion zsh)",
	"fish":       "tracer completion fish | source",
	"powershell": "tracer completion powershell | Out-String | Invoke-Expression",
}

// describeCompletion describes the command that cobra makes.
func describeCompletion(root *cobra.Command, l *words.Language) {
	all, _, _ := root.Find([]string{"completion"})
	all.Short, all.Long = l.Manual.Completion, ""
	for _, c := range all.Commands() {
		c.Short = l.Manual.CompletionShort(c.Name())
		c.Long = l.Manual.CompletionLong(c.Name(), completionLines[c.Name()])
		if f := c.Flags().Lookup("no-descriptions"); f != nil {
			f.Usage = l.Flags.NoDescriptions
		}
	}
}

// groupKey is the annotation of a flag that names its group in the help.
const groupKey = "group"

// Group adds flags that stand together in the help, below a title.
func Group(f *pflag.FlagSet, title string, add func(*pflag.FlagSet)) {
	group := pflag.NewFlagSet("", pflag.ContinueOnError)
	add(group)
	group.VisitAll(func(flag *pflag.Flag) { flag.Annotations = map[string][]string{groupKey: {title}} })
	f.AddFlagSet(group)
}

// Defaults has the help say what is done without these flags, where they have no value of their own then.
func Defaults(f *pflag.FlagSet, defaults map[string]string) {
	for name, what := range defaults {
		f.Lookup(name).DefValue = what
	}
}

// flagGroups writes the flags of a command: first those of no group, then the groups by their titles.
func flagGroups(flags *pflag.FlagSet, l *words.Language) string {
	titles := []string{l.Flags.Title}
	groups := map[string][]*pflag.Flag{}
	flags.VisitAll(func(f *pflag.Flag) {
		title := l.Flags.Title
		if group := f.Annotations[groupKey]; len(group) > 0 {
			title = group[0]
		}
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		if !f.Hidden {
			groups[title] = append(groups[title], f)
		}
	})
	var out []string
	for _, title := range titles {
		out = append(out, title+"\n"+strings.Join(flagLines(groups[title], l, columns()), "\n"))
	}
	return strings.Join(out, "\n\n")
}

// kindOf is what a flag takes: the word that its description has between backquotes, or else the type.
func kindOf(f *pflag.Flag) string {
	if strings.Contains(f.Usage, "`") {
		name, _ := pflag.UnquoteUsage(f)
		return name
	}
	return f.Value.Type()
}

// flagLines describes each flag beside its name, in lines of that width.
func flagLines(flags []*pflag.Flag, l *words.Language, width int) (lines []string) {
	names, longest := make([]string, len(flags)), 0
	for i, f := range flags {
		names[i] = "      --" + f.Name
		if f.Shorthand != "" {
			names[i] = "  -" + f.Shorthand + ", --" + f.Name
		}
		if kind := kindOf(f); kind != "bool" {
			names[i] += " " + kind
		}
		longest = max(longest, len(names[i]))
	}
	const gap = 3
	for i, f := range flags {
		_, usage := pflag.UnquoteUsage(f)
		if !slices.Contains([]string{"", "0", "false", "[]"}, f.DefValue) {
			usage = l.Manual.Default(usage, f.DefValue)
		}
		for _, line := range text.Wrap(usage, width-longest-gap) {
			lines = append(lines, names[i]+strings.Repeat(" ", longest-len(names[i])+gap)+line)
			names[i] = ""
		}
	}
	return lines
}

// columnsAtMost is how wide the help is: longer lines are hard to read.
const columnsAtMost = 100

// columns are those of the terminal, as far as the help is to have them.
func columns() int {
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil || width < 60 {
		return columnsAtMost
	}
	return min(width, columnsAtMost)
}

// fill breaks the paragraphs of a text into lines. What is indented, as a list, stays.
func fill(paragraphs string, width int) string {
	var out []string
	for line := range strings.Lines(paragraphs) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == ' ' {
			out = append(out, line)
			continue
		}
		out = append(out, text.Wrap(line, width)...)
	}
	return strings.Join(out, "\n")
}
