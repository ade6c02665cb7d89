package viewer

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"tracer/words"
)

// Keys are the keys that the user chose for actions, by their names. All others keep those of the table.
type Keys map[string][]string

// always quits, whatever else does.
const always = "Ctrl-C"

// An Action is something that keys do, wherever it is that they do it.
type Action struct {
	Name, Section string
	Keys          []string
	Help          []string // in each place
}

// Actions are all actions that the table has, in its order, with the keys that they have now.
func Actions(l *words.Language, chosen Keys) (all []Action) {
	at := map[string]int{}
	for _, group := range wholeTable(l, chosen) {
		for _, b := range group.bindings {
			for i, name := range b.names() {
				if name == "" {
					continue
				}
				n, known := at[name]
				if !known {
					n, at[name] = len(all), len(all)
					all = append(all, Action{Name: name, Section: group.title})
				}
				a := &all[n]
				if !slices.Contains(a.Keys, b.keys[i]) {
					a.Keys = append(a.Keys, b.keys[i])
				}
				if b.help != "" && !slices.Contains(a.Help, b.help) {
					a.Help = append(a.Help, b.help)
				}
			}
		}
	}
	return all
}

// wholeTable is the table with all controls that there can be.
func wholeTable(l *words.Language, chosen Keys) []section {
	return newState(Options{Words: l, Keys: chosen,
		Controls: []*Control{ReapControl(&l.Control), HoldControl(&l.Control)}}).sections
}

// tableItself is it without a choice.
var tableItself = sync.OnceValue(func() []section { return wholeTable(words.English(), nil) })

// Conflict returns a key of an action that means something else, in the same place, and what; "": there is none. Two
// actions may have one key if they do without a choice, or stand in one place each with the same keys, as the lanes and
// the tree do with Left and Right: the place decides there.
func (k Keys) Conflict(action string) (key, other string) {
	own := k.of(action)
	table := tableItself()
	for _, group := range table {
		for _, b := range group.bindings {
			for _, name := range b.names() {
				theirs := k.of(name)
				if theirs == nil {
					theirs = b.keysOf(name)
				}
				i := slices.IndexFunc(own, func(key string) bool { return slices.Contains(theirs, key) })
				if name != action && i >= 0 && !share(table, action, name) {
					return own[i], name
				}
			}
		}
	}
	return "", ""
}

// share reports whether the table lets two actions have one key.
func share(table []section, a, b string) (is bool) {
	var of [2][]binding
	for _, group := range table {
		for _, row := range group.bindings {
			both := 0
			for i, action := range []string{a, b} {
				if slices.Contains(row.names(), action) {
					of[i] = append(of[i], row)
					both++
				}
			}
			if both == len(of) {
				return false
			}
		}
	}
	for _, one := range of[0] {
		for _, two := range of[1] {
			is = is || slices.Equal(one.keys, two.keys) || slices.ContainsFunc(one.keysOf(a), func(k string) bool {
				return slices.Contains(two.keysOf(b), k)
			})
		}
	}
	return is
}

// KeyNames are the names of the keys that are no characters.
func KeyNames() []string {
	names := slices.AppendSeq([]string{space}, maps.Values(keyNames))
	slices.Sort(names)
	return slices.Compact(names)
}

// IsKey reports whether a key is called so.
func IsKey(name string) bool {
	runes := []rune(name)
	return len(runes) == 1 && unicode.IsGraphic(runes[0]) && !unicode.In(runes[0], unicode.M, unicode.Z) ||
		slices.Contains(KeyNames(), name)
}

// of are the keys that were chosen for an action; nil: none were.
func (k Keys) of(action string) []string {
	keys := k[action]
	if action == "quit" && keys != nil && !slices.Contains(keys, always) {
		return append(slices.Clip(keys), always)
	}
	return keys
}

// names are the actions of a row's keys, one by one; "": one that has no name.
func (b *binding) names() []string {
	names := strings.Split(b.id, ",")
	if len(names) == len(b.keys) {
		return names
	}
	return slices.Repeat([]string{b.id}, len(b.keys))
}

// keysOf are the keys of an action in a row.
func (b *binding) keysOf(action string) (keys []string) {
	for i, name := range b.names() {
		if name == action {
			keys = append(keys, b.keys[i])
		}
	}
	return keys
}

// rebind gives the rows of a table the keys that were chosen.
func (k Keys) rebind(table []section) []section {
	for _, group := range table {
		for i := range group.bindings {
			b := &group.bindings[i]
			if slices.ContainsFunc(b.names(), func(name string) bool { return k[name] != nil }) {
				k.rebindRow(b)
			}
		}
	}
	return table
}

// rebindRow has what a row does still be told the key of the table that the chosen one stands for.
func (k Keys) rebindRow(b *binding) {
	was := map[string]string{}
	var keys, names, show []string
	of := b.names()
	for i, name := range of {
		now := b.keys[i : i+1]
		if chosen := k.of(name); chosen != nil {
			last := !slices.Contains(of[i+1:], name)
			now = portion(chosen, slices.Index(b.keysOf(name), b.keys[i]), last)
		}
		for n, key := range now {
			if n == 0 && slices.Contains(strings.Fields(b.show), b.keys[i]) {
				show = append(show, key)
			}
			was[key] = b.keys[i]
			keys, names = append(keys, key), append(names, name)
		}
	}
	do := b.do
	b.keys, b.id, b.show = keys, strings.Join(names, ","), strings.Join(show, " ")
	b.do = func(s *state, key string) { do(s, was[key]) }
}

// portion is those of an action's keys that stand where the table has its key with that number: one, and in the last
// place the rest.
func portion(chosen []string, number int, last bool) []string {
	chosen = chosen[min(number, len(chosen)):]
	if last {
		return chosen
	}
	return chosen[:min(1, len(chosen))]
}

// act does what a key of an action would.
func act(s *state, action string) {
	s.settle()
	for _, b := range s.working() {
		if keys := b.keysOf(action); keys != nil {
			b.do(s, keys[0])
			s.settle()
			return
		}
	}
}

// keyFor is the first key of an action, for what names it.
func keyFor(s *state, action string) string {
	for _, group := range s.sections {
		for _, b := range group.bindings {
			if keys := b.keysOf(action); keys != nil {
				return keys[0]
			}
		}
	}
	return ""
}
