package viewer

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tracer/event"
)

// everyKeyRole is a viewer of a trace under way, or of a recording, for the session that uses every key.
const (
	everyKeyLive = "every-key-live"
	everyKeyFile = "every-key-file"
)

func everyKeyOptions(role string) Options {
	o := Options{Title: "every key", Where: conditionOf, Marks: []event.Mark{{Event: 3, Note: "early"}},
		Keep:     func([]event.Mark) error { return nil },
		Controls: twoControls(new([]int)),
		Output:   func() []string { return strings.Fields(strings.Repeat("a b c d ", 20)) }}
	if role == everyKeyFile {
		o.Replay = Events(working().events)
	} else {
		o.Terminal = writtenTo("a b c d\r\n")
	}
	return o
}

// ways are the keys that lead to where others mean something, tried in this order.
var ways = strings.Split("|,|, ,|p|<|{ . .|l|l + +|l Down|l + + Right|l + + Left|r|r Down Down|r Down Enter|R|s|s v|b|"+
	"C|o|o PgUp|I|?|? PgDn|i|!|! Enter|Tab|Home|End|Home Down|End Up|Home Space|x|t|g|w|1|& z o m b i e Enter|"+
	"/ 1 2 0 Enter|/ s e r v e r Enter|z|m a Enter|< m x Enter|f|e|@ 0 . 1 Enter|Tab Tab|Tab Home|} <|} p|< Space|"+
	"p Space|Home l|Home R|c|5|0", "|")

// A step is a key, and the screen after it; that is empty where it goes on changing.
type step struct {
	key, after string
	use        string // what it is used for, and can be seen to do; empty: it leads on to other steps
	ends       bool   // the viewer
}

// A walk is what one viewer is given to do: it goes to where keys mean something, and uses them there.
type walk struct {
	role  string
	w, h  int
	state *state
	begin string // the first screen that does not change by itself
	steps []step
	over  bool // what comes then depends on time
}

// walked are all viewers of walks, to be closed.
var walked []*state

func newWalk(role string, w, h int) *walk {
	k := &walk{role: role, w: w, h: h}
	k.restart()
	k.begin = screenText(k.state)
	return k
}

// restart is a viewer after the same steps.
func (k *walk) restart() {
	k.state = stateWith(working(), k.w, k.h, everyKeyOptions(k.role))
	walked = append(walked, k.state)
	if k.role == everyKeyFile {
		press(k.state, "}")
	}
	for _, one := range k.steps {
		k.press(one.key)
	}
}

func (k *walk) press(key string) {
	press(k.state, key)
	k.state.suspend, k.state.redraw = false, false
}

// has reports whether a key has that meaning now.
func (k *walk) has(u use) bool {
	is, ok := useOf(k.state, u.key)
	return ok && is == u && !k.state.busy()
}

// use presses a key and reports whether that is seen. A last step may leave what comes then to time, or end the viewer:
// any other is taken back if it does.
func (k *walk) use(key, what string, last bool) (seen bool) {
	before := screenText(k.state)
	press(k.state, key)
	s := k.state
	one := step{key: key, after: screenText(s), ends: s.quit}
	if seen = s.quit || s.suspend || s.redraw || one.after != before; seen {
		one.use = what
	}
	s.suspend, s.redraw = false, false
	if k.over = s.quit || s.cursor.playing; k.over && !last {
		k.over = false
		k.restart()
		return false
	}
	if s.cursor.playing {
		one.after = ""
	}
	k.steps = append(k.steps, one)
	return seen
}

// close ends the viewer, if nothing has.
func (k *walk) close() {
	if k.state.quit {
		return
	}
	if !k.over && k.state.mode == k.state.typing {
		k.use("Ctrl-]", "", false)
	}
	if !k.over && k.state.mode != (browse{}) {
		k.use("Esc", "", false)
	}
	k.steps = append(k.steps, step{key: "q", ends: true})
}

// A keySearch finds for each key of the help, in each of its meanings, where it has that and changes the screen.
type keySearch struct {
	left map[use]string // what is looked for
	last map[use]bool   // those of them that can only end a walk
}

func newKeySearch(s *state) *keySearch {
	f := &keySearch{map[use]string{}, map[use]bool{}}
	for i, group := range s.sections {
		for n, b := range group.bindings {
			for _, key := range b.keys {
				if b.help != "" || b.show == "1-9" {
					f.left[use{i, n, key}] = fmt.Sprintf("%s (%s: %s)", key, group.title, cmp.Or(b.help, b.label))
				}
			}
		}
	}
	return f
}

// inOrder are those that are left, so that every run finds the same.
func (f *keySearch) inOrder() []use {
	return slices.SortedFunc(maps.Keys(f.left), func(a, b use) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.row, b.row), cmp.Compare(a.key, b.key))
	})
}

// here uses all keys that mean something where a walk is, each once.
func (f *keySearch) here(k *walk) {
	tried := map[use]bool{}
	for again := true; again; {
		again = false
		for _, u := range f.inOrder() {
			if tried[u] || f.last[u] || !k.has(u) {
				continue
			}
			tried[u], again = true, true
			before := len(k.steps)
			switch {
			case k.use(u.key, f.left[u], false):
				delete(f.left, u)
			case len(k.steps) == before:
				f.last[u] = true
			}
			if s := k.state; s.mode != (browse{}) && s.mode != s.help && s.mode != s.typing { // which takes all keys
				k.use("Esc", "", false)
			}
		}
	}
}

// along goes a way, and uses all keys at its end. If there is none to use it does not go there.
func (f *keySearch) along(k *walk, way string) {
	before, left := len(k.steps), len(f.left)
	for _, key := range strings.Fields(way) {
		if len(f.left) < left {
			before, left = len(k.steps), len(f.left)
		}
		at := len(k.steps)
		if k.use(key, "", false); len(k.steps) == at { // it would end here
			break
		}
		f.here(k)
	}
	if len(f.left) == left && len(k.steps) > before {
		k.steps = k.steps[:before]
		k.restart()
	}
}

// finish ends a walk with a key that does.
func (f *keySearch) finish(k *walk) {
	for _, u := range f.inOrder() {
		if f.last[u] && k.has(u) && !k.over && k.use(u.key, f.left[u], true) {
			delete(f.left, u)
		}
	}
}

// leads reports whether one of these keys is looked for, and is one of the last or not.
func (f *keySearch) leads(offered []use, last bool) bool {
	return slices.ContainsFunc(offered, func(u use) bool { return f.left[u] != "" && f.last[u] == last })
}

// offers are the keys that mean something at each of the ways, from the beginning.
func (f *keySearch) offers(role string, w, h int) (offers [][]use) {
	for _, way := range ways {
		k := newWalk(role, w, h)
		var here []use
		for _, key := range strings.Fields(way) {
			k.press(key)
		}
		for u := range f.left {
			if k.has(u) && !k.state.cursor.playing {
				here = append(here, u)
			}
		}
		offers = append(offers, here)
	}
	return offers
}

// again does on a screen of another size what was found for one.
func (f *keySearch) again(k *walk, steps []step) {
	for _, one := range steps {
		u, _ := useOf(k.state, one.key)
		what := f.left[u]
		if k.use(one.key, what, true) && what != "" {
			delete(f.left, u)
		}
		if k.over {
			return
		}
	}
}

// walks are as few as are found with little effort, from those for another size if there are any. Those keys for which
// there is no place are returned apart, as they were for the other size.
func walks(role string, w, h int, known []*walk, never map[use]string) (all []*walk, none map[use]string) {
	k := newWalk(role, w, h)
	f := newKeySearch(k.state)
	for _, before := range known {
		f.again(k, before.steps)
		k.close()
		all = append(all, k)
		k = newWalk(role, w, h)
	}
	if known != nil && maps.Equal(f.left, never) {
		return all, f.left
	}
	offers := f.offers(role, w, h)
	for before := -1; before != len(f.left); k = newWalk(role, w, h) {
		before = len(f.left)
		for i, way := range ways {
			if f.leads(offers[i], false) {
				f.along(k, way)
			}
		}
		if f.finish(k); len(f.left) < before {
			k.close()
			all = append(all, k)
		}
	}
	for i, way := range ways {
		for f.leads(offers[i], true) {
			k = newWalk(role, w, h)
			for _, key := range strings.Fields(way) {
				k.use(key, "", false)
			}
			before := len(f.left)
			if f.finish(k); len(f.left) == before {
				break
			}
			k.close()
			all = append(all, k)
		}
	}
	return all, f.left
}

// TestEveryKeyInATerminal: in a real terminal, of two sizes, with a trace under way and with a recording, every key of
// the help does what the state says, and that can be seen.
func TestEveryKeyInATerminal(t *testing.T) {
	t.Cleanup(func() {
		for _, s := range walked {
			s.console.close()
		}
	})
	sizes := [][2]int{{80, 24}, {160, 50}}
	_, withoutTmux := exec.LookPath("tmux")
	var live, file []*walk
	var never, neither map[use]string
	for _, size := range sizes {
		live, never = walks(everyKeyLive, size[0], size[1], live, never)
		file, neither = walks(everyKeyFile, size[0], size[1], file, neither)
		for what, which := range never {
			if _, is := neither[what]; is {
				t.Errorf("%dx%d: %s: nothing leads to where it can be seen to do something: add the way to ways",
					size[0], size[1], which)
			}
		}
		for _, all := range [][]*walk{live, file} {
			t.Run(fmt.Sprintf("%s-%dx%d", all[0].role, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				if withoutTmux != nil && os.Getenv("CI") == "" {
					t.Skip("there is no tmux")
				}
				m, keys := newMux(t, size[0], size[1]), 0
				for _, k := range all {
					keys += m.follow(k)
				}
				t.Logf("%d keys in %d walks", keys, len(all))
			})
		}
	}
}

// follow has a viewer do what a walk says, and returns how many keys were seen to be used.
func (m *mux) follow(k *walk) (used int) {
	m.t.Helper()
	self, err := os.Executable()
	if err != nil {
		m.t.Fatal(err)
	}
	m.do(fmt.Sprintf("send-keys -l \"clear; env %s=%s '%s'\"", terminalRole, k.role, self))
	m.do("send-keys Enter")
	shown := k.begin
	if k.role == everyKeyFile {
		m.until("start", func(screen string) bool { return strings.Contains(screen, "REPLAY") })
		m.press("}")
	}
	m.until("start: want\n"+shown, is(shown))
	so := ""
	for _, one := range k.steps {
		what := fmt.Sprintf("%q %s, after%s", one.key, one.use, so)
		so += " " + one.key
		if one.key == "Ctrl-L" {
			m.mess(what, shown)
		}
		m.press(one.key)
		switch {
		case one.ends:
			m.until(what, prompted)
		case one.after == "":
			m.until(what+": nothing changes", func(screen string) bool { return !is(shown)(screen) })
		default:
			if one.key == "Ctrl-Z" {
				m.until(what, func(screen string) bool { return strings.Contains(screen, "Stopped") })
				m.do("send-keys -l fg")
				m.do("send-keys Enter")
			}
			m.until(what+": want\n"+one.after, is(one.after))
		}
		if shown = one.after; one.use != "" {
			used++
		}
	}
	return used
}

func is(text string) func(screen string) bool {
	text = strings.TrimRight(text, "\n")
	return func(screen string) bool { return screen == text }
}

// mess empties the terminal behind the viewer's back. A size that is told late draws everything anew, and undoes it.
func (m *mux) mess(what, shown string) {
	m.until(what+": not cleared", func(screen string) bool {
		if !is(shown)(screen) {
			return true
		}
		m.do("send-keys -R")
		m.poke()
		return false
	})
}
