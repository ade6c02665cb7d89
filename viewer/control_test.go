package viewer

import (
	"errors"
	"slices"
	"testing"

	"tracer/words"
)

// twoControls notes what is chosen of them.
func twoControls(chosen *[]int) []*Control {
	note := func(base int) func(int) error {
		return func(i int) error {
			if *chosen = append(*chosen, base+i); base+i == 22 {
				return errors.New("broken pipe")
			}
			return nil
		}
	}
	say := &words.English().Control
	return []*Control{
		{Title: say.Reap, Key: "W", Words: say.ReapKey, Chosen: 1, Between: [2]int{0, 1}, Choose: note(10),
			Choices: []Choice{{"handler", say.Handler}, {"none", say.NoWait},
				{"double-fork", say.DoubleFork}}},
		{Title: say.Clients, Key: "H", Words: say.HoldKey, Chosen: 1, Between: [2]int{0, 1}, Choose: note(20),
			Choices: []Choice{{"paused", "no new client comes"}, {"as asked", "as many as the flags say"},
				{"fourfold", "four times as many"}}},
	}
}

// TestControl: keys and clicks choose what is written there, as long as the trace grows.
func TestControl(t *testing.T) {
	var chosen []int
	o := Options{Live: true, Controls: twoControls(&chosen)}
	s := stateWith(forkServer(), 120, 40, o)
	for _, key := range []string{"W", "W", "C", "3", "W", "H", "5", "0", "9", "H", "6", "H"} {
		press(s, key)
	}
	if want := []int{10, 11, 12, 10, 20, 21, 20, 22, 21}; !slices.Equal(chosen, want) {
		t.Errorf("chosen %v, want %v", chosen, want)
	}
	if o.Controls[0].Chosen != 0 || o.Controls[1].Chosen != 1 { // 22 failed
		t.Errorf("chosen now: %d, %d", o.Controls[0].Chosen, o.Controls[1].Chosen)
	}
	chosen = nil
	for y, at := range s.control.at {
		if at.control == o.Controls[1] && at.number == 0 {
			s.control.click(s, 3, y)
		}
	}
	if !slices.Equal(chosen, []int{20}) {
		t.Errorf("a click chose %v", chosen)
	}
	s.end()
	press(s, "1")
	press(s, "W")
	press(s, "C")
	if len(chosen) != 1 || s.notice != s.words.Control.None {
		t.Errorf("after the end: %v, %q", chosen, s.notice)
	}
}

// TestControlKeysAreFree: a control's own key has no other meaning.
func TestControlKeysAreFree(t *testing.T) {
	for _, c := range twoControls(new([]int)) {
		for _, group := range newState(Options{}).sections {
			for _, b := range group.bindings {
				if slices.Contains(b.keys, c.Key) {
					t.Errorf("%q means %q as well", c.Key, b.help)
				}
			}
		}
	}
}
