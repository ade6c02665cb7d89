package viewer

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"pgregory.net/rapid"
)

// What stands on the screen fills it, and nothing overlaps, whatever the size and the split; a split that was chosen
// for one size leaves each pane its least in another.
func TestLayoutFillsTheScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 250).Draw(t, "w"), rapid.IntRange(1, 90).Draw(t, "h")
		a := arrangement{side: side(rapid.IntRange(0, int(sideTerminal)).Draw(t, "side")),
			bar: rapid.Bool().Draw(t, "bar"), projector: rapid.Bool().Draw(t, "projector"),
			split: rapid.IntRange(-1000, 1000).Draw(t, "split")}
		found := rapid.IntRange(0, 4).Draw(t, "found")
		l := newLayout(w, h, a, func(room int) int { return min(found, room/6) })
		if l.small {
			return
		}
		all := []rect{l.header, l.tree, l.side, l.split, l.found, l.bar, l.footer}
		for y := range h {
			for x := range w {
				n := 0
				for _, r := range all {
					if r.holds(x, y) {
						n++
					}
				}
				if n != 1 {
					t.Fatalf("%d parts are at %d, %d: %+v", n, x, y, l)
				}
			}
		}
		if d := l.shared; d.whole > 0 {
			size := l.tree.h
			if l.split.h > 0 {
				size = l.tree.w
			}
			if size < d.least || d.whole-size < d.least || d.of(0) != d.tree {
				t.Errorf("the tree has %d of %+v", size, d)
			}
			if again := d.of(d.split(size)); again != size {
				t.Errorf("%d of %+v become %d", size, d, again)
			}
		} else if l.tree.h > 0 && l.side.h > 0 {
			t.Errorf("nobody can divide %+v", l)
		}
	})
}

// Keys and the mouse move the border between tree and side, up to what each of them needs, and a viewer tells at its
// end where it was left.
func TestBorderMoves(t *testing.T) {
	for _, c := range []struct {
		w, h, step int
	}{{80, 24, 1}, {120, 40, 4}} {
		s := stateWith(forkServer(), c.w, c.h, Options{Live: true})
		size := func() int {
			if l := s.layout(); l.split.h > 0 {
				return l.tree.w
			}
			return s.layout().tree.h
		}
		before := size()
		for keys, want := range map[string]int{"J": c.step, "K": -c.step, "J J K": c.step, "J K": 0} {
			s.panes.Split = 0
			for _, key := range strings.Fields(keys) {
				press(s, key)
			}
			if got := size() - before; got != want {
				t.Errorf("%dx%d: %s gives the tree %d more, not %d", c.w, c.h, keys, got, want)
			}
		}
		for range 200 {
			press(s, "J")
		}
		most := size()
		press(s, "K")
		if d := s.layout().shared; most != d.whole-d.least || size() != most-c.step {
			t.Errorf("%dx%d: at most %d of %+v, then %d", c.w, c.h, most, d, size())
		}

		l := &loop{state: s}
		mouse := func(x, y int, buttons tcell.ButtonMask) {
			l.mouse(tcell.NewEventMouse(x, y, buttons, 0))
		}
		for range 3 { // out of the screen and back again
			at := s.layout()
			if at.split.h > 0 {
				mouse(at.split.x, 20, tcell.Button1)
				mouse(-5, 20, tcell.Button1)
				mouse(200, 20, tcell.Button1)
				mouse(60, 20, tcell.Button1)
			} else {
				mouse(30, at.side.y, tcell.Button1)
				mouse(30, -5, tcell.Button1)
				mouse(30, 50, tcell.Button1)
				mouse(30, 10, tcell.Button1)
			}
			mouse(0, 0, tcell.ButtonNone)
			mouse(70, 12, tcell.ButtonNone)
			if l := s.layout(); l.split.h > 0 && l.split.x != 60 || l.split.h == 0 && l.side.y != 10 {
				t.Errorf("%dx%d: a drag leads to %+v", c.w, c.h, l)
			}
		}
	}
	s := stateWith(forkServer(), 80, 24, Options{Live: true})
	press(s, "e")
	if press(s, "J"); s.panes != (Panes{Alone: true}) {
		t.Errorf("one pane alone has a border: %+v", s.panes)
	}
}

// TestPanesAreRemembered: at the end, if they are others than at the start; those of a projector are not.
func TestPanesAreRemembered(t *testing.T) {
	for keys, want := range map[string][]Panes{"q": nil, "Jq": {{Split: 91}}, "eq": {{Split: 50, Alone: true}},
		"eeq": nil, "PPq": nil, "Peq": nil, "PeJq": nil, "ePPq": {{Split: 50, Alone: true}}} {
		var told []Panes
		r := start(t, Options{Panes: Panes{Split: 50}, Remember: func(p Panes) { told = append(told, p) }})
		r.batches <- forkServer().events
		r.screen.waitText("1200")
		for _, key := range keys {
			r.screen.press(key)
		}
		if err := r.end(t); err != nil {
			t.Fatal(err)
		}
		if len(told) != len(want) || len(want) == 1 && told[0] != want[0] {
			t.Errorf("after %s: %+v, want %+v", keys, told, want)
		}
	}
	s := stateWith(forkServer(), 120, 40, Options{Live: true, Panes: Panes{Split: 106, Alone: true}})
	if s.side != nil || s.home != nil {
		t.Error("the tree is not alone, as it was left")
	}
	if press(s, "e"); s.layout().tree.w != stateWith(forkServer(), 120, 40, Options{}).layout().tree.w+13 {
		t.Errorf("the tree has %d columns", s.layout().tree.w)
	}
}
