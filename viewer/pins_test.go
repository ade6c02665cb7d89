package viewer

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
)

// While what is new is followed it is on the screen, and so is every zombie for which there is room beside it; no row
// is there twice, and all are in the order of the tree.
func TestFollowingHidesNoZombies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := drawLife(t, rapid.IntRange(0, 120).Draw(t, "events"))
		o := Options{Live: true}
		if rapid.Bool().Draw(t, "replay") {
			o.Replay = Events(sc.events)
		}
		s := stateWith(sc, rapid.IntRange(minWidth, 130).Draw(t, "w"), rapid.IntRange(minHeight, 40).Draw(t, "h"), o)
		for range rapid.IntRange(0, 5).Draw(t, "keys") {
			press(s, rapid.SampledFrom([]string{">", "<", ",", "{", "}", "J", "P", "x", "t", "e"}).Draw(t, "key"))
		}
		pane := s.tree
		pane.follow = true
		s.settle()
		var shown []int
		for y := range pane.h {
			if i, ok := pane.at(y); ok {
				shown = append(shown, i)
			}
		}
		if !slices.IsSorted(shown) || len(slices.Compact(slices.Clone(shown))) != len(shown) {
			t.Fatalf("the rows are %v", shown)
		}
		if len(shown) < min(pane.h, len(pane.nodes)) {
			t.Fatalf("%d of %d rows are shown in %d", len(shown), len(pane.nodes), pane.h)
		}
		if pane.point >= 0 && pane.h > 0 && !slices.Contains(shown, pane.point) {
			t.Errorf("row %d, which is followed, is not among %v, with %v that stay", pane.point, shown, pane.pins)
		}
		for i := range pane.nodes {
			if waits(pane, i) && !slices.Contains(shown, i) && i < pane.top && len(pane.pins) < pane.h-newRows {
				t.Errorf("zombie in row %d is not among %v, with %v that stay", i, shown, pane.pins)
			}
		}
	})
}

// What stays does not move what is below it, and goes when one looks around.
func TestZombiesStayInPlace(t *testing.T) {
	life := newScript().root(1, "/bin/x")
	for pid := range event.PID(30) {
		life.fork(1, 2+pid)
	}
	life.after(5e6)
	s := stateWith(life.exit(4, 0), 80, 24, Options{Live: true})
	before := s.tree.top
	last, _ := s.tree.at(s.tree.h - 1)
	if got, _ := s.tree.at(1); s.tree.nodes[got].process.PID != 4 {
		t.Errorf("the zombie is not below its parent, but row %d", got)
	}
	life.exit(3, 0)
	s.take(life.events[len(life.events)-1:])
	s.settle()
	if end, _ := s.tree.at(s.tree.h - 1); s.tree.top != before || end != last || len(s.tree.pins) != 3 {
		t.Errorf("the first row is %d, not %d, the last %d, not %d; %v stay", s.tree.top, before, end, last,
			s.tree.pins)
	}
	if press(s, "Up"); len(s.tree.pins) > 1 || s.tree.follow {
		t.Errorf("%v stay", s.tree.pins)
	}
}
