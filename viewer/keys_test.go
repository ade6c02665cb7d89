package viewer

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
)

// keyable are the names that a key press can have.
func keyable(name string) bool {
	for _, n := range keyNames {
		if n == name {
			return true
		}
	}
	return name == "Space" || len([]rune(name)) == 1
}

func TestTableOfKeys(t *testing.T) {
	always := map[string]string{} // keys that a row without a condition has taken
	explained := map[string]bool{}
	for _, group := range newState(Options{Controls: twoControls(new([]int))}).sections {
		for _, b := range group.bindings {
			if b.do == nil {
				t.Errorf("%v do nothing", b.keys)
			}
			for _, k := range b.keys {
				if !keyable(k) {
					t.Errorf("%q: no key is called so", k)
				}
				if other, taken := always[k]; taken {
					t.Errorf("%q can never mean %q, it means %q always", k, b.help+b.label, other)
				}
				if b.when == nil && group.when == nil {
					always[k] = b.help + b.label
				}
				explained[k] = explained[k] || b.help != "" || b.show == "1-9"
			}
			for _, k := range strings.Fields(b.show) {
				if !slices.Contains(b.keys, k) && b.show != "1-9" {
					t.Errorf("the footer shows %q for %v", b.show, b.keys)
				}
			}
			if (b.show == "") != (b.label == "") || (b.show == "") != (b.rank == 0) {
				t.Errorf("%v: in the footer as %q with the label %q and the rank %d: of these there are all or none",
					b.keys, b.show, b.label, b.rank)
			}
		}
	}
	for k, is := range explained {
		if !is {
			t.Errorf("%q is not in the help", k)
		}
	}
}

func TestKeyNames(t *testing.T) {
	for want, e := range map[string]*tcell.EventKey{
		"a":      tcell.NewEventKey(tcell.KeyRune, 'a', 0),
		"Z":      tcell.NewEventKey(tcell.KeyRune, 'Z', tcell.ModShift),
		"Space":  tcell.NewEventKey(tcell.KeyRune, ' ', 0),
		"":       tcell.NewEventKey(tcell.KeyRune, 'q', tcell.ModAlt),
		"Ctrl-C": tcell.NewEventKey(tcell.KeyCtrlC, 0, tcell.ModCtrl),
		"PgDn":   tcell.NewEventKey(tcell.KeyPgDn, 0, 0),
	} {
		if got := keyName(e); got != want {
			t.Errorf("key %v: %q, want %q", e.Name(), got, want)
		}
	}
}

// Every key, from a state that is known: what it changes.
func TestKeys(t *testing.T) {
	pressed := map[use]bool{}
	replay := func() *state {
		return stateWith(nil, 80, 24, Options{Replay: Events(forkServer().events)})
	}
	live := func() *state {
		return stateWith(forkServer(), 120, 40, Options{Live: true, Output: func() []string { return nil },
			Where: conditionOf})
	}
	server := func() *state { return stateWith(working(), 80, 24, Options{Live: true}) }
	troubled := func() *state {
		return stateWith(nil, 120, 40, Options{Replay: Events(forkServer().lost(event.Fork, 17).events)})
	}
	steered := func() *state {
		return stateWith(forkServer(), 120, 40, Options{Live: true, Controls: twoControls(new([]int))})
	}
	typed := func() *state { return consoleState(t, writtenTo(consoleSession), 80, 24, Options{}) }
	ended := func() *state {
		s := live()
		s.end()
		return s
	}
	for _, c := range []struct {
		from func() *state
		keys string
		want func(*state) bool
		what string
	}{
		{live, "q", func(s *state) bool { return s.quit }, "quits"},
		{live, "Ctrl-C", func(s *state) bool { return s.quit }, "quits"},
		{live, "? q", func(s *state) bool { return !s.quit && s.mode != s.help }, "closes the help only"},
		{live, "F1 PgDn", func(s *state) bool { return s.mode == s.help && s.help.top > 0 }, "scrolls the help"},
		{live, "? End End", func(s *state) bool { return s.help.top == len(helpLines(s))-s.help.rows(s) },
			"stops at the end of the help"},
		{live, "? s", func(s *state) bool { return s.side == s.events }, "does nothing under the help"},
		{live, "Ctrl-Z", func(s *state) bool { return s.suspend }, "suspends"},
		{live, "p", func(s *state) bool { return !s.cursor.follows }, "pauses"},
		{live, "p p", func(s *state) bool { return s.cursor.follows }, "goes on"},
		{live, "Tab", func(s *state) bool { return s.focus == focusSide }, "moves to the events"},
		{live, "Tab Tab", func(s *state) bool { return s.focus == focusTree }, "moves back"},
		{live, "Home Down Down Up", func(s *state) bool { return s.tree.row == 1 && !s.tree.follow },
			"moves the selection"},
		{live, "End", func(s *state) bool { return s.tree.row == len(s.tree.nodes)-1 }, "goes to the end"},
		{live, "End f", func(s *state) bool { return s.tree.follow }, "follows"},
		{live, "z", func(s *state) bool { return s.tree.current().process.PID == 1207 }, "finds the first zombie"},
		{live, "z z Z", func(s *state) bool { return s.tree.current().process.PID == 1207 }, "goes back"},
		{live, "z z z z z", func(s *state) bool { return s.tree.current().process.PID == 1207 }, "goes around"},
		{live, "Home Space z", func(s *state) bool { return s.tree.current().process.PID == 1207 },
			"opens what hides a zombie"},
		{live, "Home Left", func(s *state) bool { return s.tree.foldOf(s.tree.current().process) == foldAll }, "folds"},
		{live, "Home Left Right Right", func(s *state) bool {
			return s.tree.foldOf(s.tree.current().process) == foldNone
		},
			"unfolds the threads too"},
		{live, "Home Down Down Left", func(s *state) bool { return s.tree.row == 0 }, "goes to the parent"},
		{live, "Home Space", func(s *state) bool { return s.tree.foldOf(s.tree.current().process) == foldAll },
			"folds"},
		{live, "Home Space Space", func(s *state) bool {
			return s.tree.foldOf(s.tree.current().process) == foldIdle
		},
			"unfolds"},
		{replay, "} !", func(s *state) bool { return strings.Contains(screenText(s), "What mends it.") && sideOpen(s) },
			"explains the finding"},
		{troubled, "} ! !", func(s *state) bool { return s.found.at == 1 }, "explains the next finding"},
		{troubled, "} ! ! !", func(s *state) bool { return s.found.at == 0 }, "goes around"},
		{live, "b", func(s *state) bool { return strings.Contains(screenText(s), "coalesced = ") },
			"adds up the ends of children"},
		{replay, "} ! Esc", func(s *state) bool { return !sideOpen(s) }, "goes back to the events"},
		{replay, "} ! Enter", func(s *state) bool {
			_, ok := s.cursor.event()
			return ok && !s.cursor.atEnd() && s.found.leads(s) && s.side == s.events && s.focus == focusFound
		}, "goes to what shows the finding"},
		{replay, "} ! Enter Enter", func(s *state) bool { return s.found.proof == 1 }, "goes to what shows it next"},
		{replay, "} Tab Tab Enter Backspace", func(s *state) bool {
			return s.cursor.atEnd() && s.focus == focusFound && s.found.at == 0
		}, "comes back to the finding"},
		{troubled, "} Backtab Down", func(s *state) bool { return s.found.at == 1 }, "moves in the findings"},
		{server, "r Down Down Enter Backspace", func(s *state) bool {
			return s.side == s.requests && s.requests.row == 2 && s.cursor.follows && s.focus == focusSide
		}, "comes back to the request"},
		{live, "Backspace", func(s *state) bool { return s.notice != "" }, "says that there is no way back"},
		{live, "!", func(s *state) bool { return !sideOpen(s) && s.notice != "" }, "says that there is nothing"},
		{live, "x", func(s *state) bool { return len(s.tree.nodes) == 2 }, "folds all"},
		{live, "x x", func(s *state) bool { return len(s.tree.nodes) > 20 }, "unfolds all"},
		{live, "t", func(s *state) bool { return s.tree.nodes[1].thread != nil }, "shows the threads"},
		{live, "t t", func(s *state) bool { return inner(s) == 0 }, "hides the threads"},
		{live, "t t t", func(s *state) bool { return inner(s) == 2 }, "shows those that there is room for"},
		{live, "x x x x", func(s *state) bool { return inner(s) == 2 }, "unfolds those that there is room for"},
		{live, "g", func(s *state) bool { return len(s.tree.nodes) == 11 }, "hides what has gone"},
		{live, "/ 1 2 1 2 Enter", func(s *state) bool {
			return s.tree.current().process.PID == 1212 && s.mode != s.search
		},
			"finds an id"},
		{live, "/ L O G Enter n", func(s *state) bool { return s.tree.current().process.PID == 1302 },
			"finds the next command"},
		{live, "/ L O G Enter n N", func(s *state) bool { return s.tree.current().process.PID == 1301 },
			"finds the one before"},
		{live, "/ z o m b i e Enter", func(s *state) bool {
			who := s.tree.current()
			return who != nil && isZombie(who.process)
		}, "finds a state"},
		{live, "/ K I L L E D Enter", func(s *state) bool { return s.tree.current().process.PID == 1215 },
			"finds how one ended"},
		{server, "/ 5 3 4 0 3 Enter", func(s *state) bool { return s.tree.current().process.PID == 1205 },
			"finds the port of a client"},
		{server, "/ . 1 : 5 3 4 0 2 Enter", func(s *state) bool { return s.tree.current().process.PID == 1204 },
			"finds the address of a client"},
		{replay, "} Tab / 5 3 4 0 7 Enter", func(s *state) bool {
			return strings.Contains(s.words.EventLine(s.cursor.log.at(s.cursor.target-1)), "127.0.0.1:53407")
		}, "finds the text of an event"},
		{replay, "} Tab / a c c e p t Enter N N n", func(s *state) bool {
			e := s.cursor.log.at(s.cursor.target - 1)
			return e.Kind == event.Accept && strings.Contains(string(e.Socket.Peer), "53500")
		}, "goes on among the events"},
		{live, "Tab / a c c e p t Esc", func(s *state) bool { return s.cursor.follows && s.search.text == "" },
			"goes back to the end"},
		{live, "Tab / f r o b", func(s *state) bool { return s.cursor.follows && strings.Contains(s.notice, "frob") },
			"says that no event matches"},
		{live, "/ q Backspace Esc", func(s *state) bool { return !s.quit && s.mode != s.search && s.search.text == "" },
			"types and cancels"},
		{live, "/ n o n e", func(s *state) bool { return strings.Contains(s.notice, "none") },
			"says that nothing matches"},
		{live, "& z o m b i e Enter", func(s *state) bool { return s.tree.nodes[0].dim && !s.tree.nodes[1].dim },
			"shows zombies"},
		{live, "& z o m b i e Enter Esc", func(s *state) bool { return len(s.tree.nodes) > 20 }, "shows all again"},
		{live, "& z o m b i e Enter & Enter", filtered, "begins with what there is"},
		{live, "& z o m b i e Enter & Esc", func(s *state) bool { return !filtered(s) && s.mode == browse{} },
			"shows all again"},
		{live, "& z o m Enter", func(s *state) bool { return s.mode == s.filter && s.filter.wrong != "" },
			"says what is wrong"},
		{live, "& z o m Enter b", func(s *state) bool { return s.mode == s.filter && s.filter.wrong == "" },
			"has it mended"},
		{live, "& Enter", func(s *state) bool { return s.mode == browse{} && !filtered(s) }, "shows all"},
		{live, "x & z o m b i e Enter", func(s *state) bool { return len(s.tree.nodes) == 5 }, "opens what is folded"},
		{live, "& z o m b i e Enter s Esc", filtered, "closes the pane first"},
		{live, "& z o m b i e Enter Home z", func(s *state) bool { return s.tree.current().process.PID == 1207 },
			"finds what is shown"},
		{live, "& z o m b i e Enter / l o g", func(s *state) bool { return s.notice != "" }, "finds nothing hidden"},
		{live, "m a Enter", func(s *state) bool { return s.marks.of(147).Note == "a" && s.mode == browse{} },
			"marks the last event"},
		{live, "m a Enter M", func(s *state) bool { return len(s.marks.all) == 0 }, "takes a mark away"},
		{live, "M", func(s *state) bool { return s.notice != "" }, "says that there is no mark"},
		{live, "m a Enter < '", func(s *state) bool { return s.cursor.pos == 148 }, "goes to the next mark"},
		{live, "m a Enter < m b Enter } \"", func(s *state) bool { return s.cursor.pos == 48 },
			"goes to the mark before"},
		{live, "m a Enter '", func(s *state) bool { return s.notice != "" }, "says that there is no other"},
		{live, "Enter", func(s *state) bool { return s.side == s.details }, "shows details"},
		{live, "Enter Enter", func(s *state) bool { return s.side == s.events }, "goes back to the events"},
		{live, "s Esc", func(s *state) bool { return s.side == s.events }, "goes back to the events"},
		{live, "s Tab PgDn End", func(s *state) bool { return s.summary.top == s.summary.last() },
			"scrolls the summary"},
		{live, "o", func(s *state) bool { return s.side == s.written }, "shows the output"},
		{replay, "o", func(s *state) bool { return s.side == s.events && strings.Contains(s.notice, "tracer run") },
			"says where output is kept"},
		{live, "e", func(s *state) bool { return s.side == nil && s.layout().side.h == 0 }, "hides the events"},
		{live, "e e", func(s *state) bool { return s.side == s.events }, "shows the events"},
		{live, "w", func(s *state) bool { return s.events.only }, "shows one process's events"},
		{live, "1", func(s *state) bool { return s.events.kinds == 1<<event.Fork }, "shows forks only"},
		{live, "1 6 1", func(s *state) bool { return s.events.kinds == 1<<event.Wait|1<<event.Waiting },
			"takes forks away again"},
		{live, "1 1", func(s *state) bool { return s.events.kinds == 0 }, "shows all when none is left"},
		{live, "1 2 3 4 5 6 7 8 9 c", func(s *state) bool { return s.events.kinds == 0 },
			"shows all when all are chosen"},
		{live, "1 0", func(s *state) bool { return s.events.kinds == 0 }, "shows all"},
		{live, "Tab Up", func(s *state) bool {
			n, ok := s.cursor.event()
			return ok &&
				n == uint64(len(forkServer().events)-2)
		}, "moves in the events"},
		{live, "Tab Home", func(s *state) bool { return !s.cursor.follows && s.cursor.pos == 0 },
			"goes to the start"},
		{live, "Tab Up End", func(s *state) bool { return s.cursor.follows }, "returns to now"},
		{live, "Tab 1 Up", func(s *state) bool {
			n, _ := s.cursor.event()
			return s.cursor.log.at(n).Kind == event.Fork
		}, "skips what is filtered"},
		{replay, ".", func(s *state) bool { return s.cursor.pos == 2 && !s.cursor.playing }, "steps"},
		{replay, ". . ,", func(s *state) bool { return s.cursor.pos == 2 }, "steps back"},
		{replay, ", , ,", func(s *state) bool { return s.cursor.pos == 0 }, "stops at the start"},
		{replay, ">", func(s *state) bool { return s.cursor.pos == 101 }, "steps 100"},
		{replay, "> <", func(s *state) bool { return s.cursor.pos == 1 }, "steps 100 back"},
		{replay, "}", func(s *state) bool { return s.cursor.pos == s.cursor.log.end() }, "goes to the end"},
		{replay, "} .", func(s *state) bool { return s.cursor.pos == s.cursor.log.end() }, "stays at the end"},
		{replay, "} {", func(s *state) bool { return s.cursor.pos == 0 }, "goes to the start"},
		{replay, "3 ]", func(s *state) bool { return s.cursor.log.at(s.cursor.pos-1).Kind == event.Exit },
			"goes to the next exit"},
		{replay, "} 1 [ [", func(s *state) bool {
			return s.shown().model.Find(1224) == nil &&
				s.shown().model.Find(1302) != nil
		}, "goes back two forks"},
		{replay, "Tab Down Down", func(s *state) bool { return s.cursor.pos == 3 }, "moves in time by the arrows"},
		{replay, "} Tab Home", func(s *state) bool { return s.cursor.pos == 0 }, "goes to the start"},
		{replay, "p", func(s *state) bool { return !s.cursor.playing }, "stops"},
		{replay, "} p", func(s *state) bool { return s.cursor.playing && s.cursor.pos == 0 },
			"plays again from the start"},
		{replay, "Space Space", func(s *state) bool { return s.cursor.playing }, "plays on"},
		{replay, "+ +", func(s *state) bool { return speeds[s.cursor.speed] == 0.5 }, "is faster"},
		{replay, "+ + + + -", func(s *state) bool { return speeds[s.cursor.speed] == 1 }, "is slower"},
		{live, "C", func(s *state) bool { return s.notice == s.words.Control.None },
			"says that there is nothing to change"},
		{steered, "C", func(s *state) bool { return s.side == s.control }, "shows what can be changed"},
		{steered, "C 4 5 6 7 8 9 0 1 2 3", func(s *state) bool { return s.control.controls[0].Chosen == 2 },
			"changes it"},
		{steered, "C Down Enter", func(s *state) bool { return s.control.controls[0].Chosen == 1 },
			"changes it by the cursor"},
		{live, "? Esc", func(s *state) bool { return s.mode == browse{} }, "closes the help"},
		{live, "? ?", func(s *state) bool { return s.mode == browse{} }, "closes the help"},
		{live, "F10", func(s *state) bool { return s.quit }, "quits"},
		{live, "F3 1 2 1 2 Enter", func(s *state) bool { return s.tree.current().process.PID == 1212 }, "searches"},
		{live, "F4", func(s *state) bool { return s.mode == s.filter }, "filters"},
		{live, "\\", func(s *state) bool { return s.mode == s.filter }, "filters"},
		{live, "F6", func(s *state) bool { return strings.Contains(s.notice, "order") }, "says where an order is"},
		{steered, "F9", func(s *state) bool { return s.side == s.control }, "leads to what can be changed"},
		{live, "F9", func(s *state) bool { return s.notice != "" }, "says that there is nothing to change"},
		{live, "z y y", func(s *state) bool {
			return strings.HasPrefix(s.copying.ready, "  1207 Z zombie") &&
				strings.HasSuffix(s.copying.ready, "exit 0, 1200 must reap it")
		}, "copies a line"},
		{live, "y t", func(s *state) bool { return strings.Contains(s.copying.ready, "└──") }, "copies the subtree"},
		{live, "y f", func(s *state) bool { return s.copying.ready == "" && s.notice != "" }, "finds no finding"},
		{live, "z y s", func(s *state) bool { return s.copying.ready == "" && s.notice != "" }, "attaches to none"},
		{live, "Home y s", func(s *state) bool { return s.copying.ready == "strace -f -p 1200" }, "copies a command"},
		{live, "Home y g", func(s *state) bool { return s.copying.ready == "gdb -p 1200" }, "copies a command"},
		{replay, "y s", func(s *state) bool { return s.copying.ready == "" && s.notice != "" }, "attaches to none"},
		{live, "y Esc", func(s *state) bool { return s.copying.ready == "" && s.mode == browse{} }, "copies nothing"},
		{live, "J", func(s *state) bool { return s.panes.Split > 0 }, "has the tree grow"},
		{live, "K", func(s *state) bool { return s.panes.Split < 0 }, "has the tree shrink"},
		{live, "P", func(s *state) bool { return s.projector && s.side == nil && s.redraw }, "shows little"},
		{live, "P e", func(s *state) bool { return s.projector && s.side == s.events }, "shows the events, too"},
		{live, "P Enter Enter", func(s *state) bool { return s.side == nil }, "goes back to the tree alone"},
		{live, "Enter P", func(s *state) bool { return s.projector && s.side == s.details }, "leaves what was opened"},
		{live, "P P", func(s *state) bool { return !s.projector && s.side == s.events }, "shows all again"},
		{live, "e Enter Esc", func(s *state) bool { return s.side == nil }, "goes back to the tree alone"},
		{live, "T", func(s *state) bool { return s.theme == Light && s.notice != "" }, "goes to the next colours"},
		{live, "Ctrl-L", func(s *state) bool { return s.redraw }, "draws everything anew"},
		{live, "Tab Backtab", func(s *state) bool { return s.focus == focusTree }, "moves back"},
		{live, "Home j j k", func(s *state) bool { return s.tree.row == 1 && !s.tree.follow }, "moves the selection"},
		{live, "End PgUp", func(s *state) bool { return s.tree.row < len(s.tree.nodes)-1 }, "moves by a page"},
		{live, "i", func(s *state) bool { return s.side == s.details }, "shows details"},
		{live, "I", func(s *state) bool { return s.mode == browse{} && s.notice != "" }, "has no terminal"},
		{typed, "I", func(s *state) bool { return s.mode == s.typing && s.side == s.written }, "types"},
		{typed, "I q", func(s *state) bool { return s.mode == s.typing && !s.quit }, "does not quit"},
		{typed, "I Ctrl-]", func(s *state) bool { return s.mode == browse{} }, "takes the keys back"},
		{live, ",", func(s *state) bool { return s.cursor.pos == s.cursor.log.end()-1 }, "steps back"},
		{live, "{ Space", func(s *state) bool { return s.cursor.playing }, "plays the past"},
		{live, "{ Space Space", func(s *state) bool { return !s.cursor.playing && !s.cursor.follows }, "stops"},
		{live, "{ Space p", func(s *state) bool { return !s.cursor.playing && !s.cursor.follows }, "stops"},
		{live, "(", func(s *state) bool { return atZombie(s) },
			"goes to the last zombie's end"},
		{live, "{ )", func(s *state) bool { return atZombie(s) },
			"goes to the first zombie's end"},
		{live, "@", func(s *state) bool { return s.mode == s.timing }, "asks for a time"},
		{live, "v", func(s *state) bool { return !s.cursor.follows && s.notice != "" }, "leads to evidence"},
		{live, "V", func(s *state) bool { return !s.cursor.follows && s.notice != "" }, "leads to evidence"},
		{live, "s v V", func(s *state) bool { return s.side == s.summary && !s.cursor.follows }, "leads to evidence"},
		{server, "l", func(s *state) bool { return s.side == s.lanes && s.focus == focusSide }, "shows the lanes"},
		{server, "l l", func(s *state) bool { return s.side == s.events }, "goes back to the events"},
		{server, "l +", func(s *state) bool { return s.lanes.window.mode == windowFollows }, "shows less time"},
		{server, "l = -", func(s *state) bool { return s.lanes.window.mode == windowWhole }, "shows all again"},
		{server, "l + + Left Left", func(s *state) bool {
			return s.lanes.window.mode == windowStays && s.lanes.window.column(s.shown().now) >= s.lanes.columns()
		}, "goes back in time"},
		{server, "l + + Left Right", func(s *state) bool {
			return s.lanes.window.column(s.shown().now) < s.lanes.columns()
		}, "goes on in time"},
		{server, "l + Left 0", func(s *state) bool { return s.lanes.window.mode == windowWhole }, "shows the whole"},
		{server, "l + Left f", func(s *state) bool { return s.lanes.window.mode == windowFollows && s.lanes.follows },
			"follows"},
		{server, "l f f", func(s *state) bool { return s.lanes.window.mode == windowStays && !s.lanes.follows },
			"follows no more"},
		{server, "l Enter", func(s *state) bool { return s.side == s.details && s.cursor.follows },
			"tells the details"},
		{server, "l Home Down Down R", func(s *state) bool { return len(s.requests.rows) == 1 },
			"shows its requests"},
		{server, "l End", func(s *state) bool { return s.tree.current().process.PID == 1205 }, "selects in the tree"},
		{server, "r", func(s *state) bool { return s.side == s.requests && len(s.requests.rows) == 7 },
			"shows the requests"},
		{server, "r Esc", func(s *state) bool { return s.side == s.events }, "goes back to the events"},
		{server, "r d", func(s *state) bool { return s.requests.rows[0].Number == 6 }, "sorts by duration"},
		{server, "r d d", func(s *state) bool { return s.requests.rows[0].Number == 0 }, "sorts by age"},
		{server, "Home Down Down Down w r w", func(s *state) bool { return len(s.requests.rows) == 1 },
			"shows those of a process"},
		{server, "r Down End Enter", func(s *state) bool {
			return s.focus == focusTree && s.tree.current().process.PID == 1202
		}, "goes to the worker"},
		{server, "Home Down Down Down R", func(s *state) bool { return s.side == s.requests && s.requests.only },
			"shows those of the selected one"},
		{ended, "s", func(s *state) bool { return s.side == s.summary }, "shows the summary"},
		{ended, ",", func(s *state) bool { return s.cursor.pos == s.cursor.log.end()-1 }, "steps back"},
		{ended, "p", func(s *state) bool { return s.cursor.playing && s.cursor.pos == 0 }, "plays from the start"},
		{replay, "=", func(s *state) bool { return s.cursor.speed == 1+replay().cursor.speed }, "is faster"},
	} {
		s := c.from()
		for _, k := range strings.Fields(c.keys) {
			if u, ok := useOf(s, k); ok {
				pressed[u] = true
			}
			press(s, k)
		}
		if !c.want(s) {
			t.Errorf("%s: not so: %s\n%s", c.keys, c.what, screenText(s))
		}
	}
	for i, group := range newState(Options{}).sections {
		for k, b := range group.bindings {
			for _, name := range b.keys {
				if !pressed[use{i, k, name}] {
					t.Errorf("no case here presses %q where it means %q (%s)", name, cmp.Or(b.help, b.label),
						group.title)
				}
			}
		}
	}
}

// A use is a key of a row of the table: which row of which section.
type use struct {
	section, row int
	key          string
}

// useOf is what a key would be used for, if the table has it and no mode takes it.
func useOf(s *state, name string) (u use, ok bool) {
	if s.mode != (browse{}) && s.mode != s.help && s.mode != s.typing {
		return u, false
	}
	for group, b := range s.working() {
		if !slices.Contains(b.keys, name) {
			continue
		}
		for i := range s.sections {
			for k := range group.bindings {
				if &s.sections[i] == group && &group.bindings[k] == b {
					return use{i, k, name}, true
				}
			}
		}
	}
	return u, false
}

// What has gone leaves the forest; the selection goes to a neighbour then, and never out of the tree.
func TestSelectionOutlivesItsProcess(t *testing.T) {
	sc := newScript().root(1, "/bin/x").fork(1, 2).fork(1, 3).fork(1, 4)
	s := stateWith(sc, 80, 24, Options{Live: true, Model: model.Options{Linger: 1e9}})
	press(s, "Home")
	press(s, "Down")
	press(s, "Down")
	if got := s.tree.current().process.PID; got != 3 {
		t.Fatalf("selected %d", got)
	}
	later := &script{now: sc.now, tasks: sc.tasks, comm: sc.comm, parent: sc.parent}
	later.exit(3, 0).wait(1, 3, 1).after(10_000_000).fork(1, 5)
	s.take(later.events)
	s.settle()
	if got := s.tree.current().process.PID; got != 4 {
		t.Errorf("selected %d, want the one in its place", got)
	}
}

// While it is held the trace stands still on the screen, and every event is taken in and counted.
func TestPauseHoldsTheCursorOnly(t *testing.T) {
	sc := forkServer()
	half := len(sc.events) / 2
	s := stateWith(&script{now: sc.now, events: sc.events[:half]}, 120, 40, Options{Live: true})
	picture := func() string {
		screenText(s)
		return joined(append(s.tree.lines(s), s.header().headline(120), s.header().figures(120)))
	}
	press(s, "p")
	before := picture()
	s.take(sc.events[half:])
	s.tick(sc.now+5e9, 0)
	if after := picture(); after != before {
		t.Errorf("the picture changed:\n%s\nfrom\n%s", after, before)
	}
	if text := screenText(s); !strings.Contains(text, " PAUSED ") || !strings.Contains(text, "event 74 of 148") {
		t.Errorf("what came meanwhile is not counted:\n%s", text)
	}
	press(s, "z")
	if got := s.tree.current().process.PID; got != 1207 {
		t.Errorf("what is held cannot be looked at: %d is selected", got)
	}
	press(s, "p")
	whole := stateWith(sc, 120, 40, Options{Live: true})
	if got, want := s.shown().model.Counters().Events, whole.shown().model.Counters().Events; got != want {
		t.Errorf("%d events, want %d", got, want)
	}
}

// What is typed does the same however quickly it is typed: while the cursor is on its way somewhere, too, a key acts on
// what the one before leads to.
func TestTypingQuickly(t *testing.T) {
	for _, c := range []string{
		"p , (", ", ( (", "< )", "( ]", "} p", "} Space + +", "{ p p", "} Down", "{ ) z", ", Tab Up Up Up",
		"< Down", "{ Space", "( , , z i", "@ 0 . 1 Enter z Enter", "} / 1 2 1 2 Enter , i", "< x", "} s v v V",
		"} ? Down", ", e Left", "} { } ,", "{ ( Down", "< Ctrl-L . t", "} & z o m b i e Enter ,",
		"< m a Enter } m b Enter \" \" , ' M",
		"& g o n e Enter < z Esc x", "} / q Esc , ,", "{ } p", "o , [",
		"} l + Left", "l , , Down Enter", "} ! Enter", "} Tab Tab Enter Backspace", "{ l } + +", "} r Down Enter",
		"( r d End Enter", "l ( Home Down R",
	} {
		for _, o := range []Options{{Live: true, Where: conditionOf},
			{Replay: Events(forkServer().events), Where: conditionOf}} {
			typed := func(press func(s *state, key string)) string {
				s := stateWith(forkServer(), 120, 40, o)
				s.cursor.stride = 8 // many checkpoints, with little in them
				for _, k := range strings.Fields("{ } < { } z") {
					s.key(k)
					s.arrive()
					s.settle()
				}
				for _, k := range strings.Fields(c) {
					press(s, k)
					screenText(s)
				}
				s.arrive()
				return screenText(s)
			}
			slowly, quickly := typed(press), typed((*state).key)
			if slowly != quickly {
				t.Errorf("%s, live: %v: typed quickly it shows\n%s\nslowly\n%s", c, o.Live, quickly, slowly)
			}
		}
	}
}

// While the cursor is on its way, what ends the viewer does not wait, and nothing is lost of what was typed before.
func TestKeysThatDoNotWait(t *testing.T) {
	s := stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events)})
	s.key("}")
	if s.key("x"); len(s.waiting) != 1 {
		t.Errorf("%v wait", s.waiting)
	}
	if s.key("Ctrl-C"); !s.quit || len(s.waiting) != 0 {
		t.Errorf("Ctrl-C ends it: %v, behind %v", s.quit, s.waiting)
	}
	s = stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events)})
	s.key("}")
	if s.key("q"); !s.quit {
		t.Error("q waits")
	}
	s = stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events)})
	for _, k := range strings.Fields("} @ 0 . 1 Enter") {
		s.key(k)
	}
	if e := s.cursor.log.at(s.cursor.target); e == nil || e.Time <= bootTime+100e6 {
		t.Errorf("a time that is typed waits: it goes to event %d", s.cursor.target)
	}
}

func TestMouse(t *testing.T) {
	find := func(s *state, want string) (x, y int) {
		for y, row := range strings.Split(screenText(s), "\n") {
			if i := strings.Index(row, want); i >= 0 {
				return len([]rune(row[:i])), y
			}
		}
		t.Fatalf("%q is not on the screen:\n%s", want, screenText(s))
		return 0, 0
	}
	p := stateWith(forkServer(), 80, 24, Options{Live: true, Projector: true})
	p.tree.choose(p, 0)
	p.settle()
	x, y := find(p, "1206")
	for below := range 2 {
		p.tree.choose(p, 0)
		if p.click(x, y+below); p.tree.current().process.PID != 1206 {
			t.Errorf("on a projector, a click %d below a row selected %d", below, p.tree.current().process.PID)
		}
	}
	was := p.tree.row
	if p.click(find(p, "STATE")); p.tree.row != was {
		t.Error("on a projector, a click on the title selected a row")
	}
	p.tree.choose(p, 0)
	if p.click(find(p, "▾ forkserver")); p.tree.foldOf(p.tree.current().process) != foldAll {
		t.Error("on a projector, a click on the mark did not fold")
	}
	s := stateWith(forkServer(), 120, 40, Options{Live: true})
	s.click(find(s, "1212 Z"))
	if got := s.tree.current().process.PID; got != 1212 {
		t.Errorf("a click selected %d", got)
	}
	s.click(find(s, "▾ forkserver"))
	if s.tree.foldOf(s.tree.current().process) != foldAll {
		t.Error("a click on the mark did not fold")
	}
	x, y = find(s, "SIGCHLD handler runs")
	s.click(x, y)
	s.arrive()
	if n, ok := s.cursor.event(); !ok || s.cursor.log.at(n).Kind != event.Deliver || s.focus != focusSide {
		t.Errorf("a click on an event put the cursor on %d, %v", n, ok)
	}
	s.wheel(x, y, -1)
	s.click(find(s, "s summary"))
	s.arrive()
	if s.side != s.summary {
		t.Error("a click on a key of the footer did nothing")
	}
	s.click(find(s, "? help"))
	s.wheel(5, 10, 1)
	if s.mode != s.help || s.help.top == 0 {
		t.Error("the wheel did not scroll the help")
	}
	s.click(5, 10)
	if s.mode == s.help {
		t.Error("a click did not close the help")
	}

	r := stateWith(nil, 80, 24, Options{Replay: Events(forkServer().events)})
	x, y = find(r, "●─")
	start, room := r.bar().place(80)
	r.click(start+room-1, y)
	r.arrive()
	if r.cursor.pos != r.cursor.log.end() {
		t.Errorf("a click at the end of the track went to %d", r.cursor.pos)
	}
	r.click(3, y)
	if !r.cursor.playing {
		t.Error("a click on the sign did not play")
	}
	_ = x
}

// Whatever comes in whatever order, at whatever size: nothing panics, and a picture fills its screen.
func TestNothingPanics(t *testing.T) {
	var keys []string
	for _, group := range newState(Options{}).sections {
		for _, b := range group.bindings {
			keys = append(keys, b.keys...)
		}
	}
	keys = append(keys, "Backspace", "F1", "a", "漢", "")
	rapid.Check(t, func(t *rapid.T) {
		sc := drawLife(t, rapid.IntRange(0, 80).Draw(t, "events"))
		o := Options{Live: true, ASCII: rapid.Bool().Draw(t, "ascii"), Window: rapid.IntRange(1, 50).Draw(t, "window"),
			Title:  "a \x1b title",
			Output: func() []string { return []string{"x\x00y", "", strings.Repeat("漢", 90)} }}
		if rapid.Bool().Draw(t, "replay") {
			o.Replay = Events(sc.events)
		}
		if rapid.Bool().Draw(t, "conditions") {
			o.Where = conditionOf
			o.Filter = rapid.SampledFrom([]string{"", "zombie", "slow", "broken", "\x9b"}).Draw(t, "where")
		}
		o.complete()
		s := newState(o)
		rest := sc.events
		var c canvas
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				s.w, s.h = rapid.IntRange(0, 130).Draw(t, "w"), rapid.IntRange(0, 45).Draw(t, "h")
			case 1, 2:
				if n := rapid.IntRange(0, len(rest)).Draw(t, "n"); s.cursor.log.grows {
					s.take(rest[:n])
					rest = rest[n:]
				}
			case 3:
				s.pointer.press(s, rapid.IntRange(-1, 130).Draw(t, "x"), rapid.IntRange(-1, 45).Draw(t, "y"))
			case 4:
				s.wheel(rapid.IntRange(-1, 130).Draw(t, "x"), rapid.IntRange(-1, 45).Draw(t, "y"),
					rapid.SampledFrom([]int{-1, 1}).Draw(t, "way"))
				s.pointer.swing(s, rapid.IntRange(-1, 130).Draw(t, "x"), rapid.IntRange(-1, 45).Draw(t, "y"),
					rapid.SampledFrom([]int{-1, 1}).Draw(t, "way"), rapid.Bool().Draw(t, "zooms"))
				s.pointer.drag(s, rapid.IntRange(-1, 130).Draw(t, "x"), rapid.IntRange(-1, 45).Draw(t, "y"))
			case 5:
				s.tick(s.shown().now+event.Time(rapid.IntRange(0, 4e9).Draw(t, "passed")), 33e6)
			case 6:
				if s.cursor.log.grows && rapid.IntRange(0, 5).Draw(t, "end") == 0 {
					s.end()
				}
			default:
				s.key(rapid.SampledFrom(keys).Draw(t, "key"))
			}
			if rapid.Bool().Draw(t, "work") {
				s.work()
			}
			s.settle()
			s.paint(&c)
			checkPicture(t, s, &c)
		}
	})
}

// checkPicture: every cell holds one character or is the right half of a wide one, and none that could do harm.
func checkPicture(t *rapid.T, s *state, c *canvas) {
	if c.w != s.w || c.h != s.h || len(c.cells) != s.w*s.h {
		t.Fatalf("a picture of %dx%d for a screen of %dx%d", c.w, c.h, s.w, s.h)
	}
	for i, cell := range c.cells {
		for _, r := range cell.text {
			if r < ' ' || r == 0x7f || s.glyphs.ascii && r > '~' {
				t.Fatalf("cell %d,%d holds %q", i%c.w, i/c.w, cell.text)
			}
		}
	}
	if len(s.tree.nodes) > 0 && (s.tree.row < 0 || s.tree.row >= len(s.tree.nodes) || s.tree.top < 0 ||
		s.tree.top >= len(s.tree.nodes)) {
		t.Fatalf("row %d, top %d of %d", s.tree.row, s.tree.top, len(s.tree.nodes))
	}
}

// inner counts the rows of threads and coroutines.
func inner(s *state) (n int) {
	for i := range s.tree.nodes {
		if s.tree.nodes[i].inner() {
			n++
		}
	}
	return n
}
