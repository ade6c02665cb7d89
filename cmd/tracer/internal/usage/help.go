package usage

import (
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// template is cobra's own, but that flags stand in groups.
const template = `Usage:{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

{{flagGroups .LocalFlags}}{{end}}{{if .HasAvailableSubCommands}}

"{{.CommandPath}} [command] --help" tells more about a command.{{end}}
`

// groupKey is the annotation of a flag that names its group in the help.
const groupKey = "group"

// Group adds flags that stand together in the help, below a title.
func Group(f *pflag.FlagSet, title string, add func(*pflag.FlagSet)) {
	group := pflag.NewFlagSet("", pflag.ContinueOnError)
	add(group)
	group.VisitAll(func(flag *pflag.Flag) { flag.Annotations = map[string][]string{groupKey: {title}} })
	f.AddFlagSet(group)
}

// flagGroups writes the flags of a command: first those of no group, then the groups by their titles.
func flagGroups(flags *pflag.FlagSet) string {
	titles := []string{""}
	groups := map[string]*pflag.FlagSet{"": pflag.NewFlagSet("", pflag.ContinueOnError)}
	flags.VisitAll(func(f *pflag.Flag) {
		title := strings.Join(f.Annotations[groupKey], "")
		if groups[title] == nil {
			titles = append(titles, title)
			groups[title] = pflag.NewFlagSet("", pflag.ContinueOnError)
		}
		shown := *f
		if shown.Value.Type() == "bool" {
			shown.Value = bareSwitch{f.Value}
		}
		groups[title].AddFlag(&shown)
	})
	var out []string
	for _, title := range titles {
		out = append(out, strings.TrimSpace("Flags "+title)+":\n"+
			strings.TrimRight(groups[title].FlagUsagesWrapped(columns()), "\n"))
	}
	return strings.Join(out, "\n\n")
}

// bareSwitch is a boolean flag whose help does not say that it can be given a value.
type bareSwitch struct{ pflag.Value }

func (bareSwitch) Type() string     { return "boolfunc" }
func (bareSwitch) IsBoolFlag() bool { return true }

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

// fill breaks the lines of a text anew; those that are indented, as in a list, stay.
func fill(text string, width int) string {
	var out []string
	open := false // the last line can go on
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == ' ' {
			out, open = append(out, line), false
			continue
		}
		for _, word := range strings.Fields(line) {
			if last := len(out) - 1; open && len(out[last])+1+len(word) <= width {
				out[last] += " " + word
			} else {
				out = append(out, word)
			}
			open = true
		}
	}
	return strings.Join(out, "\n")
}
