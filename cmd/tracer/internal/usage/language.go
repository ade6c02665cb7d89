package usage

import (
	"os"
	"strings"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/value"
	"tracer/words"
)

// Language returns the language that arguments name, else that of the locale. It is looked for before the flags are
// read, since their help is in that language, too.
func Language(args []string) *words.Language {
	for i, arg := range args {
		if arg == "--" { // what follows is a command's own
			break
		}
		name, given := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			name, given = args[i+1], true
		}
		if l, ok := words.ByName(name); given && ok { // a wrong name is refused with the flags
			return l
		}
	}
	return words.ForLocale(os.Getenv)
}

// AddLanguage adds the flag, whose value is the language that its help is in, too.
func AddLanguage(f *pflag.FlagSet, at **words.Language) {
	var names []string
	for _, l := range words.Languages() {
		names = append(names, l.Name)
	}
	all := strings.Join(names, ", ")
	f.Var(value.ChoiceOf(at, func(name string) (*words.Language, error) {
		if l, ok := words.ByName(name); ok {
			return l, nil
		}
		return nil, &words.Error{Say: func(l *words.Language) string { return l.Usage.NotALanguage(name, all) }}
	}, "name"), "lang", (*at).Flags.Language(all))
}
