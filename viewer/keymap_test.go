package viewer

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/words"
)

// everyAction gives each action a key that no other has.
func everyAction() Keys {
	chosen := Keys{}
	for i, a := range Actions(words.English(), nil) {
		chosen[a.Name] = []string{string(rune('一' + i))}
	}
	return chosen
}

// TestActionsHaveNames: each key of the table has one, but for digits, and each row one name or as many as it has keys.
func TestActionsHaveNames(t *testing.T) {
	for _, group := range wholeTable(words.English(), nil) {
		for _, b := range group.bindings {
			if names := strings.Split(b.id, ","); len(names) > 1 && len(names) != len(b.keys) {
				t.Errorf("%v have the names %v", b.keys, names)
			}
			if b.id == "" && slices.ContainsFunc(b.keys, func(k string) bool { return k < "0" || k > "9" }) {
				t.Errorf("%v have no name", b.keys)
			}
		}
	}
}

// TestChosenKeys: under any keys each row does what it did for those of the table.
func TestChosenKeys(t *testing.T) {
	var told string
	record := func() []section {
		table := wholeTable(words.English(), nil)
		for _, group := range table {
			for i := range group.bindings {
				group.bindings[i].do = func(_ *state, key string) { told = key }
			}
		}
		return table
	}
	before, after := record(), everyAction().rebind(record())
	for i, group := range before {
		for n, b := range group.bindings {
			now := after[i].bindings[n]
			for at, name := range b.names() {
				if name == "" {
					continue
				}
				key := everyAction()[name][0]
				if !slices.Contains(now.keys, key) {
					t.Errorf("%s has %v, want %s among them", name, now.keys, key)
				}
				first := b.keys[slices.Index(b.names(), name)]
				if now.do(nil, key); told != first {
					t.Errorf("%s, the key %d of %v: was told %s, want %s", name, at, b.keys, told, first)
				}
			}
			if b.id != "" && slices.ContainsFunc(now.keys, func(k string) bool {
				return slices.Contains(b.keys, k) && k != always
			}) {
				t.Errorf("%v still has some of %v", now.keys, b.keys)
			}
			if (b.show == "") != (now.show == "") {
				t.Errorf("%v: the footer shows %q, before %q", b.keys, now.show, b.show)
			}
		}
	}
}

// TestChoosingTheSame changes nothing.
func TestChoosingTheSame(t *testing.T) {
	same := Keys{}
	for _, a := range Actions(words.English(), nil) {
		same[a.Name] = a.Keys
	}
	rows := func(table []section) (rows [][]string) {
		for _, group := range table {
			for _, b := range group.bindings {
				rows = append(rows, append([]string{b.show}, b.keys...))
			}
		}
		return rows
	}
	english := words.English()
	if d := cmp.Diff(rows(wholeTable(english, nil)), rows(wholeTable(english, same))); d != "" {
		t.Error(d)
	}
	for name := range same {
		if key, other := same.Conflict(name); key != "" {
			t.Errorf("%s has %s, which means %q", name, key, other)
		}
	}
}

func TestKeyConflicts(t *testing.T) {
	for _, c := range []struct {
		chosen             Keys
		action, key, other string
	}{
		{Keys{"copy": {"Y"}}, "copy", "", ""},
		{Keys{"copy": {"l"}}, "copy", "l", "lanes"},
		{Keys{"copy": {"l"}, "lanes": {"y"}}, "copy", "", ""},
		{Keys{"copy": {"l"}, "lanes": {"y"}}, "lanes", "", ""},
		{Keys{"copy": {"X"}, "lanes": {"L", "X"}}, "lanes", "X", "copy"},
		{Keys{"copy": {"5"}}, "copy", "5", ""},
		{Keys{"copy": {"W"}}, "copy", "W", "switch-reaping"},
		{Keys{"quit": {"X"}, "copy": {"Ctrl-C"}}, "copy", "Ctrl-C", "quit"},
		{Keys{"up": {"Down"}}, "up", "Down", "down"},
		{Keys{"fold": {"Right"}, "unfold": {"Left"}}, "fold", "", ""},
		{Keys{"fold": {"Right"}}, "fold", "Right", "unfold"},
		{Keys{"follow": {"F"}, "follow-lanes": {"F"}}, "follow", "", ""},
		{Keys{"pause": {"Space"}}, "pause", "Space", "play"},
		{Keys{"details": {"Enter"}}, "details", "Enter", "open"},
	} {
		if key, other := c.chosen.Conflict(c.action); key != c.key || other != c.other {
			t.Errorf("%v: %s: %q means %q; want %q, %q", c.chosen, c.action, key, other, c.key, c.other)
		}
	}
}

func TestKeysAreNamed(t *testing.T) {
	for name, want := range map[string]bool{"a": true, "?": true, "Space": true, "Ctrl-L": true, "F12": true, "中": true,
		"": false, " ": false, "ab": false, "\t": false, "ctrl-l": false, "\u0301": false, "\u00a0": false} {
		if got := IsKey(name); got != want {
			t.Errorf("%q: %t", name, got)
		}
	}
}

// TestChosenKeysOnTheScreen: they do what the others did, which do it no more, and the help and the footer name them.
func TestChosenKeysOnTheScreen(t *testing.T) {
	chosen := Keys{"quit": {"X"}, "help": {"h", "F2"}, "down": {"Insert"}, "copy": {"O"}, "page-down": {"B"},
		"requests": {"Q"}, "order": {"D"}, "explain": {"E"}}
	s := stateWith(forkServer(), 160, 50, Options{Live: true, Keys: chosen})
	for _, want := range []string{"X quit", "h help", "O copy"} {
		if last := screenText(s); !strings.Contains(last, want) {
			t.Errorf("the footer lacks %q:\n%s", want, last)
		}
	}
	all := func(s *state, keys string) {
		for key := range strings.FieldsSeq(keys) {
			press(s, key)
		}
	}
	press(s, "F6")
	if !strings.Contains(s.notice, "(Q)") || !strings.HasSuffix(s.notice, "by D") {
		t.Errorf("says %q", s.notice)
	}
	for _, c := range []struct {
		keys string
		want func() bool
		what string
	}{
		{"q", func() bool { return !s.quit }, "does nothing"},
		{"?", func() bool { return s.mode == browse{} }, "does nothing"},
		{"Home Insert Insert", func() bool { return s.tree.row == 2 }, "goes down twice"},
		{"Down j", func() bool { return s.tree.row == 2 }, "does nothing"},
		{"F2", func() bool { return s.mode == s.help }, "explains"},
		{"B", func() bool { return s.help.top > 0 }, "goes on in the help"},
		{"? F2", func() bool { return s.mode == s.help && s.help.top == 0 }, "closes and opens the help"},
		{"Esc O", func() bool { return s.mode == s.copying }, "copies"},
	} {
		if all(s, c.keys); !c.want() {
			t.Errorf("%s: %s, but it does not", c.keys, c.what)
		}
	}
	all(s, "Esc h")
	for _, want := range []string{"X Ctrl-C ", "h F2 ", "Insert ", " B more"} {
		if text := screenText(s) + joined(helpLines(s)); !strings.Contains(text, want) {
			t.Errorf("the help lacks %q:\n%s", want, text)
		}
	}
	if all(s, "Esc X"); !s.quit {
		t.Error("X does not quit")
	}
	again := stateWith(forkServer(), 160, 50, Options{Live: true, Keys: chosen})
	if press(again, "Ctrl-C"); !again.quit {
		t.Error("Ctrl-C does not quit any more")
	}
}
