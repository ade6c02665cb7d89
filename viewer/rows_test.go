package viewer

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

func TestEveryRoleAndMarkHasARow(t *testing.T) {
	for r := range roleCount {
		if row := roles[r]; row.letter == 0 {
			t.Errorf("role %d has no row", r)
		}
	}
	for _, theme := range themes() {
		for m := range markCount {
			for r := range roleCount {
				fg, bg, _ := theme.styles()[r][m].Decompose()
				if theme == Mono && (fg.Valid() || bg.Valid()) {
					t.Errorf("mono has a colour for role %d", r)
				}
			}
		}
	}
}

func TestEveryGlyphHasATwin(t *testing.T) {
	u, a := reflect.ValueOf(unicodeGlyphs), reflect.ValueOf(asciiGlyphs)
	for i := range u.NumField() {
		name := u.Type().Field(i).Name
		if name == "ascii" {
			continue
		}
		one, twin := u.Field(i).String(), a.Field(i).String()
		if one == "" || text.Width(one) != text.Width(twin) || len(twin) != utf8.RuneCountInString(twin) {
			t.Errorf("%s: %q and its twin %q", name, one, twin)
		}
	}
}

// treeRowsOf returns the rows of a state's tree as text.
func treeRowsOf(s *state, width int) []string {
	var rows []string
	s.tree.flatten(s.shown().model, event.Task{})
	s.tree.cols = columnsFor(width, s.shown().idWidth(), s.shown().model.Counters().Accepts > 0, false)
	for i := range s.tree.nodes {
		rows = append(rows, strings.TrimRight(s.tree.line(s, i).String(), " "))
	}
	return rows
}

func TestTreeRows(t *testing.T) {
	const second = 1_000_000
	for _, c := range []struct {
		name   string
		script *script
		width  int
		fold   fold
		want   []string
	}{
		{"alive", newScript().root(1200, "/bin/x").after(3*second).fork(1200, 1201), 90, foldThreads, []string{
			"  1200 ● alive     3.0s ▾ x",
			"  1201 + new        1us └── x"}},
		{"zombie of a living parent", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).exit(1201,
			3<<8).after(2 * second), 90, foldThreads, []string{
			"  1200 ● alive     2.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    2.0s └── x                 exit 3, 1200 must reap it"}},
		{"zombie that a debugger holds", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).debugged(1201).
			after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    1.0s └── x                 exit 0, held by a debugger"}},
		{"zombie that a debugger held", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).debugged(1201).
			sigchld(1201, event.Queued).after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    1.0s └── x                 exit 0, 1200 must reap it"}},
		{"zombie that a debugger may hold no longer", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).
			debugged(1201).lost(event.Signal, 1).after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    1.0s └── x                 exit 0, 1200 must reap it"}},
		{"zombie that sends no signal", newScript().root(1200, "/bin/x").fork(1200, 1201).sends(0).exit(1201, 0).
			after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    1.0s └── x                 exit 0, 1200 must reap it, only by __WALL"}},
		{"zombie of a stopped parent", newScript().root(1200, "/bin/x").fork(1200, 1201).stop(1200).exit(1201, 0).
			after(second), 90, foldThreads, []string{
			"  1200 ‖ stopped   1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie    1.0s └── x                 exit 0, 1200 must reap it, 1200 is stopped"}},
		{"zombie of a parent in a wait", newScript().root(1200, "/bin/x").fork(1200, 1201).fork(1200, 1202).
			waits(1200, 1202).exit(1201, 0).after(second), 110, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits, in wait4(1202)",
			"  1201 Z zombie    1.0s ├── x                 exit 0, 1200 must reap it, 1200 is in wait4(1202)",
			"  1202 ● alive     1.0s └── x"}},
		{"after a wait", newScript().root(1200, "/bin/x").fork(1200, 1201).fork(1200, 1202).waits(1200, 1202).
			exit(1202, 0).wait(1200, 1202, 5).after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x",
			"  1201 ● alive     1.0s ├── x",
			"  1202 · gone       2us └── x                 exit 0, reaped by 1200, zombie for 1 us"}},
		{"reaped by its parent", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).exit(1201,
			9).after(1500).wait(1200, 1201, 5).after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x",
			"  1201 · gone      20ms └── x                 SIGKILL, reaped by 1200, zombie for 1.50 ms"}},
		{"killed by tracer", newScript().root(1200, "/bin/x").add(900, event.Event{Kind: event.Kill, Signal: 15,
			TargetPID: 1200, Target: 1200,
			Flags: event.Untraced | event.Root}).after(20_000).exit(1200, 15), 90, foldThreads, []string{
			"  1200 · ended     20ms   x                   SIGTERM by tracer"}},
		{"reaped by the kernel", newScript().root(1200, "/bin/x").fork(1200,
			1201).after(20_000).autoreaped(1201).after(second), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x",
			"  1201 · gone      20ms └── x                 exit 0, reaped by the kernel"}},
		{"adopted", newScript().root(1200, "/bin/x").fork(1200, 1201).fork(1201, 1202).after(second).exit(1201,
			0).wait(1200, 1201, 5), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x",
			"  1201 · gone      1.0s └── x                 exit 0, reaped by 1200, zombie for 1 us",
			"  1202 ● alive     1.0s   x                   adopted by init"}},
		{"adopted zombie", newScript().root(1200, "/bin/x").fork(1200, 1201).fork(1201, 1202).exit(1202,
			0).after(second).exit(1201, 0), 90, foldThreads, []string{
			"  1200 ● alive     1.0s ▾ x                   1 zombie waits",
			"  1201 Z zombie     1us └── x                 exit 0, 1200 must reap it",
			"  1202 Z zombie    1.0s   x                   exit 0, init must reap it"}},
		{"init of a PID namespace", newScript().root(1200, "/bin/x").fork(1200, 1201).inside(1).after(second), 90,
			foldThreads, []string{
				"  1200 ● alive     1.0s ▾ x", "  1201 ● alive     1.0s └── x                 pid 1 inside"}},
		{"threads folded", newScript().root(1200, "/bin/x").thread(1200, 1201).thread(1200, 1202).after(second), 90,
			foldThreads, []string{
				"  1200 ● alive     1.0s ▾ x                   +2 threads"}},
		{"threads shown", newScript().root(1200, "/bin/x").thread(1200, 1201).thread(1200,
			1202).after(second).endTask(1200, 1201), 90, foldNone, []string{
			"  1200 ● alive     1.0s ▾ x",
			"  1201 · ended     1.0s ├── x",
			"  1202 ○ thread    1.0s └── x"}},
		{"leader ended", newScript().root(1200, "/bin/x").thread(1200, 1201).after(second).endTask(1200, 1200), 90,
			foldThreads, []string{
				"  1200 ◐ alive     1.0s ▾ x                   leader exited, 1 thread runs on"}},
		{"folded", forkServer(), 90, foldAll, []string{
			"  1200 ● alive     2.0s      22 ▸ forkserver +6       4 zombies wait, +3 threads",
			"  1301 + new      191ms         ▸ logger +1           adopted by init, +2 threads"}},
		{"accepts in the story", newScript().root(1200, "/bin/x").accept(1200, 5000, 3, 0).after(second), 80,
			foldThreads, []string{
				"  1200 ● alive     1.0s   x                   1 accept, last 127.0.0.1:5000"}},
		{"a thread serves", newScript().root(1200, "/bin/x").thread(1200, 1201).serves(1200, 1201, 5000).after(second),
			100, foldNone, []string{
				"  1200 ● alive     1.0s       1 ▾ x                   serves 127.0.0.1:5000, 1 accept",
				"  1201 ○ thread    1.0s         └── x                 serves 127.0.0.1:5000"}},
		{"a thread served", newScript().root(1200, "/bin/x").thread(1200, 1201).serves(1200, 1201,
			5000).closes(1200).after(second).endTask(1200, 1201), 80,
			foldNone, []string{
				"  1200 ● alive     1.0s ▾ x                   served 127.0.0.1:5000, 1 accept",
				"  1201 · ended     1.0s └── x                 served 127.0.0.1:5000"}},
		{"a coroutine served", newScript().root(1200, "/bin/x").coroutine(1200, event.Spawn, 0x1000, 0,
			0).coroutine(1200, event.Switch, 0x1000, 0, 0).
			serves(1200, 1200, 5000).closes(1200).after(second), 100, foldNone, []string{
			"  1200 ● alive     1.0s       1 ▾ x                   served 127.0.0.1:5000, 1 accept",
			"  1200 ◇ running   1.0s         └── greenlet 0x1000   served 127.0.0.1:5000, 1 switch"}},
		{"hostile names", newScript().root(1200, "/bin/\x1b[31m\u202ex漢").after(second), 90, foldThreads, []string{
			`  1200 ● alive     1.0s   \x1b[31m\u202ex漢`}},
		{"the root ended", newScript().root(1200, "/bin/x").after(2*second).exit(1200, 1<<8).after(second), 90,
			foldThreads, []string{
				"  1200 · ended     2.0s   x                   exit 1"}},
		{"narrow", newScript().root(1200, "/bin/x").fork(1200, 1201).after(20_000).exit(1201, 0).after(2 * second), 33,
			foldThreads, []string{
				"  1200 ● ▾ x         1 zombie waits", "  1201 Z └── x       exit 0"}},
		{"large ids", newScript().root(4194303, "/bin/x").after(2 * second), 60, foldThreads, []string{
			" 4194303 ● alive     2.0s   x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stateWith(c.script, c.width, 40, Options{Live: true})
			s.tree.general = c.fold
			s.tree.selected = rowID{}
			got := treeRowsOf(s, c.width)
			if c.name == "folded" {
				got = got[:2]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDeepTreesShowTheirLastLevels(t *testing.T) {
	s := newScript().root(100, "/bin/x")
	for i := event.PID(100); i < 400; i++ {
		s.fork(i, i+1)
	}
	for _, row := range treeRowsOf(stateWith(s, 80, 24, Options{Live: true}), 80) {
		if text.Width(row) > 80 {
			t.Fatalf("a row is wider than the pane: %q", row)
		}
	}
	rows := treeRowsOf(stateWith(s, 80, 24, Options{Live: true}), 80)
	if want := "« "; len(rows) != 301 || !strings.Contains(rows[300], want) || strings.Contains(rows[2], want) {
		t.Errorf("%d rows, the last %q", len(rows), rows[len(rows)-1])
	}
}

// The rows of an unfolded tree are the processes of the model in its own order, with threads after their process.
func TestFlattenIsTheForest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stateWith(drawLife(t, rapid.IntRange(0, 60).Draw(t, "events")), 80, 24, Options{})
		s.tree.general = foldNone
		s.tree.flatten(s.shown().model, event.Task{})
		var want, got []event.PID
		s.shown().model.Walk(func(p *model.Process, depth int) bool {
			want = append(want, p.PID, event.PID(depth))
			return true
		})
		threads := 0
		for i := range s.tree.nodes {
			n := &s.tree.nodes[i]
			if n.thread != nil {
				threads++
				continue
			}
			got = append(got, n.process.PID, event.PID(n.depth))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		for i := range s.tree.nodes {
			checkNode(t, s.tree, i)
		}
	})
}

// checkNode holds a row against those around it: its parent is above it and one level up, and it is the last of its
// siblings if and only if no later row has the same parent.
func checkNode(t *rapid.T, tree *treePane, i int) {
	n := &tree.nodes[i]
	if n.parent >= int32(i) || n.depth > 0 && tree.nodes[n.parent].depth != n.depth-1 || n.depth == 0 &&
		n.parent != -1 {
		t.Fatalf("row %d has depth %d, and row %d above it", i, n.depth, n.parent)
	}
	last := true
	for _, later := range tree.nodes[i+1:] {
		if later.parent == n.parent {
			last = false
		}
	}
	if last != n.last {
		t.Fatalf("row %d: last is %v, want %v", i, n.last, last)
	}
}

func TestHeaderKeepsWhatMatters(t *testing.T) {
	s := stateWith(forkServer().lost(event.Fork, 1234), 120, 40, Options{Live: true, Title: "a server"})
	for width := minWidth; width < 200; width++ {
		for i, l := range s.header().lines(width) {
			if l.width > width {
				t.Fatalf("header line %d has %d cells of %d: %q", i, l.width, width, l.String())
			}
		}
		head := s.header().headline(width).String()
		if !strings.Contains(head, "LIVE") || width >= 40 && !strings.Contains(head, "LOST 1,234") || width >= 60 &&
			!strings.Contains(head, "4") {
			t.Errorf("%d cells: %q", width, head)
		}
	}
	for _, want := range []string{"13 forks/s", "10 exits/s", "2 threads/s", "10 accepts/s", "17 by parent",
		"17 queued 4 coalesced 17 delivered"} {
		if got := s.header().figures(200).String(); !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
	for _, want := range []string{"5 processes 5 threads", "4 zombies", "peak 5", "2.0 s", "LOST 1,234 events"} {
		if got := s.header().headline(200).String(); !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

func TestRatesAreOfTheLastSecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r rates
		now := event.Time(0)
		var times []event.Time
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			now += event.Time(rapid.SampledFrom([]int{0, 1e6, 49e6, 50e6, 333e6, 1e9, 5e9}).Draw(t, "pause"))
			r.count(&event.Event{Kind: event.Fork, Time: now})
			times = append(times, now)
		}
		at := now + event.Time(rapid.IntRange(0, 2e9).Draw(t, "later"))
		want := uint64(0)
		for _, when := range times {
			if when/rateSlot+rateSlots > at/rateSlot {
				want++
			}
		}
		if forks, _, _, _ := r.perSecond(at); forks != want {
			t.Fatalf("%d forks a second, want %d", forks, want)
		}
	})
}

func TestCanvasCutsAndFills(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		ascii bool
		want  string
	}{
		{"abc", 5, false, "abc  "},
		{"abcdef", 5, false, "abcd…"},
		{"abcdef", 5, true, "abcd~"},
		{"漢字漢", 5, false, "漢字…"},
		{"a漢字", 4, false, "a漢…"},
		{"漢字", 2, false, " …"},
		{"漢x", 4, true, "?x  "},
		{"e\u0301x", 3, false, "e\u0301x "},
	} {
		g := &unicodeGlyphs
		if c.ascii {
			g = &asciiGlyphs
		}
		var cv canvas
		cv.reset(c.width+2, 1)
		cv.put(rect{1, 0, c.width, 1}, textLine(roleText, c.in), g)
		got := ""
		for _, cell := range cv.cells {
			got += cell.text
		}
		if got != " "+c.want+" " {
			t.Errorf("%q in %d cells: %q, want %q", c.in, c.width, got, " "+c.want+" ")
		}
	}
}

// Threads and coroutines are shown while there is room: those that live first, then those that ended last.
func TestInnerRowsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stateWith(drawLife(t, rapid.IntRange(0, 80).Draw(t, "events")), 80, 24, Options{})
		tree, m, room := s.tree, s.shown().model, rapid.IntRange(1, 30).Draw(t, "room")
		tree.general = rapid.SampledFrom([]fold{foldThreads, foldIdle}).Draw(t, "before")
		was := tree.general
		tree.look(event.Task{})
		tree.fit(m, room)
		living, ended := tree.rowsOf(m, nil, far, nil)
		want := living <= room && was == foldIdle || living <= room/2
		if (tree.general == foldIdle) != want {
			t.Fatalf("%d rows live, there is room for %d, shown: %v, before: %v", living, room, tree.general, was)
		}
		if !want {
			return
		}
		tree.flatten(m, event.Task{})
		if want := living + len(ended); len(tree.nodes) > living && len(tree.nodes) > room || want <= room/2 &&
			len(tree.nodes) != want {
			t.Fatalf("%d rows, %d live and %d ended, there is room for %d", len(tree.nodes), living, len(ended), room)
		}
		for i := range tree.nodes {
			if th := tree.nodes[i].thread; th != nil && th.State == model.Gone && th.Ended < tree.since {
				t.Fatalf("a thread that ended at %v is shown, from %v on there is room", th.Ended, tree.since)
			}
		}
	})
}

func TestThreadsThatServeAreShown(t *testing.T) {
	b := newScript().root(1200, "/bin/server")
	for i := range 8 {
		b.thread(1200, event.TID(1201+i))
	}
	b.accept(1200, 5000, 4, 0).serves(1200, 1201, 5000).accept(1200, 5001, 5, 0).serves(1200, 1202, 5001).
		endTask(1200, 1202).after(1e6)
	s := stateWith(b, 110, 24, Options{Live: true})
	rows := treeRowsOf(s, 110)
	if len(rows) != 3 || !strings.Contains(rows[0], "+6 threads") || !strings.Contains(rows[1], "serves ") ||
		!strings.Contains(rows[2], "ended") {
		t.Errorf("the rows are\n%s", strings.Join(rows, "\n"))
	}
	press(s, "t")
	if rows := treeRowsOf(s, 110); len(rows) != 9 {
		t.Errorf("all threads are %d rows:\n%s", len(rows), strings.Join(rows, "\n"))
	}
	press(s, "t")
	if rows := treeRowsOf(s, 110); len(rows) != 1 {
		t.Errorf("without threads there are %d rows:\n%s", len(rows), strings.Join(rows, "\n"))
	}
}
