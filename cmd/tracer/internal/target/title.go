package target

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tracer/model"
	"tracer/servers"
	"tracer/words"
)

// Titled returns what says what a bundled server is once the user has changed it, from what it was launched as: a model
// with its flags, as in a Title. Of anything else it says what it was given.
func Titled(title string) func(model.Settings) string {
	began := strings.Split(title, " --")
	var last model.Settings
	said := title
	return func(now model.Settings) string {
		if now != last {
			last, said = now, titleOf(began, now)
		}
		return said
	}
}

// titleOf is a title as it is after changes. The first of its parts is a model, the others are flags.
func titleOf(began []string, now model.Settings) string {
	const between = " --"
	name := cmp.Or(string(now.Model), began[0])
	m, err := servers.Lookup(name)
	if err != nil || now == (model.Settings{}) {
		return strings.Join(began, between)
	}
	flags := changedFlag(began[1:], "work", now.Work)
	if m.Reaps() {
		flags = changedFlag(flags, "reap", now.Reap)
	}
	if !m.Reaps() {
		flags = slices.DeleteFunc(slices.Clone(flags), func(f string) bool { return isFlag(f, "reap") })
	}
	return strings.Join(append([]string{name}, usable(name, flags)...), between)
}

// usable are the flags that a model has a use for. One may need another that comes later.
func usable(name string, flags []string) []string {
	used := make([]bool, len(flags))
	with := func(next int) (some []string) {
		for i, flag := range flags {
			if used[i] || i == next {
				some = append(some, flag)
			}
		}
		return some
	}
	for more := true; more; {
		more = false
		for i := range flags {
			if !used[i] && uses(name, with(i)) {
				used[i], more = true, true
			}
		}
	}
	return with(-1)
}

func isFlag(flag, name string) bool { return strings.HasPrefix(flag, name+"=") }

// changedFlag has a flag with a value, where it stood or at the end; with none all are as they are.
func changedFlag[Text ~string](flags []string, name string, value Text) []string {
	if value == "" {
		return flags
	}
	flags = slices.Clone(flags)
	now := name + "=" + string(value)
	if i := slices.IndexFunc(flags, func(f string) bool { return isFlag(f, name) }); i >= 0 {
		flags[i] = now
		return flags
	}
	return append(flags, now)
}

// uses reports whether a model takes all of these flags; one that goes on in place of another leaves out the rest.
func uses(name string, flags []string) bool {
	v, f := &Server{}, pflag.NewFlagSet("", pflag.ContinueOnError)
	v.Add(f, words.English())
	for _, flag := range flags {
		name, value, _ := strings.Cut(flag, "=")
		if f.Set(name, value) != nil {
			return false
		}
	}
	_, err := v.New(name)
	return err == nil
}
