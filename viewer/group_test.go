package viewer

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// littered is a server of which so many children are zombies, and that has other children between them: one in five
// lives. One in eight of the zombies ended by a signal, and one is of another program.
func littered(zombies int) *script {
	s := newScript().root(1000, "/usr/bin/server")
	for i := range zombies {
		pid := event.PID(2000 + i)
		s.after(7_000).fork(1000, pid)
		if i == 3 {
			s.exec(pid, "/bin/worker", 0)
		}
		if i%5 == 4 {
			s.fork(1000, pid+50_000)
		}
		s.exit(pid, map[bool]int32{true: 9}[i%8 == 7]).sigchld(pid, event.Coalesced)
	}
	return s.after(200_000)
}

// rowsLike are the rows of the tree with so many of them around the first.
func rowsLike(s *state, n int) string {
	var rows []string
	for i := range min(n, len(s.tree.nodes)) {
		rows = append(rows, strings.TrimRight(s.tree.line(s, i).String(), " "))
	}
	return strings.Join(rows, "\n")
}

func TestAlikeZombiesAreOneRow(t *testing.T) {
	for _, c := range []struct {
		what string
		s    *script
		keys string
		want []string
	}{
		{"folded", littered(1701), "", []string{
			"  1000 ● alive      12s ▾ server              1,701 zombies wait",
			"       Z zombie     12s ├─▸ 1,700 × server    1,488 × exit 0, 212 × SIGKILL, 1000 must reap them, for " +
				"200ms to 12s",
			"  2003 Z zombie     12s ├── worker            exit 0, 1000 must reap it"}},
		{"unfolded", littered(20), "Home Down Right", []string{
			"  1000 ● alive    340ms ▾ server              20 zombies wait",
			"       Z zombie   333ms ├─▾ 19 × server       17 × exit 0, 2 × SIGKILL, 1000 must reap them, for " +
				"200ms to 333ms",
			"  2000 Z zombie   333ms │ ├── server          exit 0, 1000 must reap it"}},
		{"too few", littered(10), "", []string{
			"  1000 ● alive    270ms ▾ server              10 zombies wait",
			"  2000 Z zombie   263ms ├── server            exit 0, 1000 must reap it",
			"  2001 Z zombie   256ms ├── server            exit 0, 1000 must reap it"}},
		{"of a stopped parent", littered(40).stop(1000), "", []string{
			"  1000 ‖ stopped  480ms ▾ server              40 zombies wait",
			"       Z zombie   473ms ├─▸ 39 × server       34 × exit 0, 5 × SIGKILL, 1000 must reap them, " +
				"1000 is stopped",
			"  2003 Z zombie   452ms ├── worker            exit 0, 1000 must reap it, 1000 is stopped"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := stateWith(c.s, 120, 24, Options{Live: true})
			for _, k := range append(strings.Fields("e"), strings.Fields(c.keys)...) {
				press(s, k)
			}
			if got := rowsLike(s, 3); got != strings.Join(c.want, "\n") {
				t.Errorf("the rows are\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
			}
		})
	}
}

// Whatever is done, each process that is to be seen has one row, or is counted in the row of one group.
func TestGroupsAreExact(t *testing.T) {
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		life := drawLitter(t)
		o := Options{Live: true, Where: conditionOf, Model: model.Options{Linger: 1e9}}
		if rapid.Bool().Draw(t, "replay") {
			o.Replay = Events(life.events)
		}
		s := stateWith(life, 90, 24, o)
		for range rapid.IntRange(0, 12).Draw(t, "keys") {
			press(s, rapid.SampledFrom([]string{"Home", "Down", "Down", "Up", "Left", "Right", "Right", "Space", "z",
				"Z", "g", "}", "{", ">", "<", ")", "(", "t", "f", "p"}).Draw(t, "key"))
			s.click(rapid.IntRange(0, 40).Draw(t, "x"), rapid.IntRange(3, 12).Draw(t, "y"))
			met += checkGroups(t, s)
		}
	})
	if met < 30 {
		t.Errorf("%d groups: too few to tell anything", met)
	}
}

// drawLitter is a life with many zombies of several parents.
func drawLitter(t *rapid.T) *script {
	s := newScript().root(1, "/bin/x")
	next := event.PID(2)
	for range rapid.IntRange(1, 3).Draw(t, "parents") {
		parent := next
		s.fork(1, parent)
		next++
		for range rapid.IntRange(0, 30).Draw(t, "children") {
			s.after(rapid.SampledFrom([]int{1, 50_000, 900_000}).Draw(t, "pause")).fork(parent, next)
			switch rapid.IntRange(0, 9).Draw(t, "end") {
			case 0:
			case 1:
				s.debugged(next)
			case 2:
				s.exit(next, 9).wait(parent, next, 3)
			case 3:
				s.exec(next, "/bin/other", 0).exit(next, 0)
			default:
				s.exit(next, 1<<8)
			}
			next++
		}
		if rapid.IntRange(0, 3).Draw(t, "orphans") == 0 {
			s.exit(parent, 0)
		}
	}
	return s.after(10_000)
}

func checkGroups(t *rapid.T, s *state) (large int) {
	want, folded := map[*model.Process]bool{}, uint64(0)
	s.shown().model.Walk(func(p *model.Process, _ int) bool {
		if s.tree.hides(p) {
			return false
		}
		want[p] = true
		return s.tree.foldOf(p) != foldAll
	})
	for i := range s.tree.nodes {
		n := &s.tree.nodes[i]
		if of := s.tree.groupOf(n); of != nil {
			large++
			if !s.tree.groups.open[of.alike] {
				folded += of.count
			}
			continue
		}
		if n.inner() {
			continue
		}
		if !want[n.process] {
			t.Fatalf("process %d has a second row, or is hidden", n.process.PID)
		}
		delete(want, n.process)
	}
	if folded != uint64(len(want)) {
		t.Fatalf("%d processes have no row of their own, and the groups tell of %d", len(want), folded)
	}
	for p := range want {
		if !isZombie(p) {
			t.Fatalf("process %d has no row", p.PID)
		}
	}
	for i := range s.tree.nodes {
		checkNode(t, s.tree, i)
	}
	return large
}

func TestKeysOnGroups(t *testing.T) {
	from := func(zombies int) *state { return stateWith(littered(zombies), 120, 30, Options{Where: conditionOf}) }
	group := func(s *state) *group { return s.tree.groupOf(s.tree.current()) }
	for _, c := range []struct {
		keys string
		want func(*state) bool
		what string
	}{
		{"z", func(s *state) bool { return group(s) != nil && s.tree.current().process.PID == 2000 },
			"goes to the group as one"},
		{"z z", func(s *state) bool { return s.tree.current().process.PID == 2003 }, "goes on behind it"},
		{"z z z", func(s *state) bool { return group(s) != nil }, "goes around"},
		{"z z Z", func(s *state) bool { return group(s) != nil }, "goes back"},
		{"z Right Down Down", func(s *state) bool { return s.tree.current().process.PID == 2001 }, "opens it"},
		{"z Right Down Down Left", func(s *state) bool { return group(s) != nil && len(s.tree.nodes) > 60 },
			"goes back to its row"},
		{"z Right Down Left Left", func(s *state) bool { return group(s) != nil && len(s.tree.nodes) < 20 },
			"closes it"},
		{"z Left", func(s *state) bool { return s.tree.row == 0 }, "goes to the parent"},
		{"z Space", func(s *state) bool { return len(s.tree.nodes) > 60 }, "opens it"},
		{"z Space Space", func(s *state) bool { return len(s.tree.nodes) < 20 }, "closes it"},
		{"z Space x x", func(s *state) bool { return len(s.tree.nodes) < 20 }, "closes all"},
		{"/ 2 0 1 0 Enter", func(s *state) bool {
			return group(s) != nil && s.tree.current().process.PID == 2010
		}, "selects one of a group, which stays folded"},
		{"/ 2 0 1 0 Enter Right Down", func(s *state) bool { return s.tree.current().process.PID == 2000 },
			"opens the group"},
		{"/ w o r k Enter", func(s *state) bool { return s.tree.current().process.PID == 2003 }, "finds the other"},
		{"& z o m b i e Enter z", func(s *state) bool { return group(s) != nil && len(s.tree.nodes) == 3 },
			"stays a row under the filter"},
		{"z Enter", func(s *state) bool {
			return strings.Contains(screenText(s), "59 zombies: server") &&
				strings.Contains(screenText(s), "PROCESS 2000")
		}, "tells of all and of the oldest"},
	} {
		s := from(60)
		for _, k := range strings.Fields(c.keys) {
			press(s, k)
		}
		if !c.want(s) {
			t.Errorf("%q: it %s, but\n%s", c.keys, c.what, screenText(s))
		}
	}
	s := from(60)
	s.click(s.tree.cols.tree+2, 4)
	s.click(s.tree.cols.tree+1, 4)
	if len(s.tree.nodes) < 60 {
		t.Errorf("a click on its mark does not open it:\n%s", screenText(s))
	}
}

// A group that is selected stays so while zombies come and go; one process of it takes the selection along.
func TestGroupsKeepTheSelection(t *testing.T) {
	sc := littered(30)
	s := stateWith(sc, 120, 30, Options{Live: true})
	press(s, "z")
	take := func(more func(*script)) {
		later := &script{now: sc.now, tasks: sc.tasks, comm: sc.comm, parent: sc.parent}
		more(later)
		s.take(later.events)
		s.settle()
		sc.now = later.now
	}
	for i, step := range []func(*script){
		func(l *script) { l.wait(1000, 2000, 3) }, // the oldest
		func(l *script) { l.fork(1000, 9000).exit(9000, 0) },
		func(l *script) { l.wait(1000, 2005, 3).wait(1000, 2006, 3) },
	} {
		take(step)
		if of := s.tree.groupOf(s.tree.current()); of == nil || of.chosen != nil {
			t.Errorf("after step %d the selected row is of %v:\n%s", i, s.tree.current(), screenText(s))
		}
	}
	press(s, "/")
	for _, k := range "2012" {
		press(s, string(k))
	}
	press(s, "Enter")
	take(func(l *script) { l.wait(1000, 2012, 3) })
	if who := s.tree.current(); who == nil || who.group != 0 || who.process.PID != 2012 {
		t.Errorf("the selected one has been reaped, and the row is of %+v", who)
	}
	fewer := s.tree.groups.list[0].count
	take(func(l *script) { l.wait(1000, 2013, 3) })
	if got := s.tree.groups.list[0].count; got != fewer-1 {
		t.Errorf("%d are alike, one less than %d is wanted", got, fewer)
	}
}

func BenchmarkFrame20kTasks(b *testing.B) {
	for _, zombies := range []int{0, 2_000, 20_000} {
		b.Run(fmt.Sprint("zombies=", text.Count(uint64(zombies))), func(b *testing.B) {
			s := newScript().root(1, "/bin/server")
			for i := range 20_000 {
				s.fork(1, event.PID(i+2))
				if i < zombies {
					s.exit(event.PID(i+2), 0)
				}
			}
			st := stateWith(s, 120, 40, Options{Live: true})
			var c canvas
			before := used(b)
			for b.Loop() {
				st.settle()
				st.paint(&c)
			}
			b.ReportMetric(float64(used(b)-before)/float64(b.N)/1e6, "cpu-ms/frame")
		})
	}
}
