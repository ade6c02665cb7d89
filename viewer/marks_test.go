package viewer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tracer/event"
)

var someMarks = []event.Mark{{Event: 30}, {Event: 70, Note: "hostile \x1b[2J \u202e note"}, {Event: 140, Note: "late"}}

// TestMarks: what is marked is kept, all of it and in the order of the events, and can be gone to.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		keys   string
		live   bool
		cursor uint64 // the number of the event that it is on
		notes  string // of all marks: their events, and what they say
	}{
		{keys: "m Enter", notes: "0: ", cursor: 0},
		{keys: ". m a Space b Enter", notes: "1:a b ", cursor: 1},
		{keys: ". m a Enter , m b Enter", notes: "0:b 1:a ", cursor: 0},
		{keys: ". m a Enter m b Enter", notes: "1:ab ", cursor: 1},
		{keys: ". m a Enter m Backspace Enter", notes: "1: ", cursor: 1},
		{keys: ". m a Esc", notes: "", cursor: 1},
		{keys: ". m a Enter M", notes: "", cursor: 1},
		{keys: ". m a Enter , M", notes: "1:a ", cursor: 0},
		{keys: "m a Enter > m b Enter < \"", notes: "0:a 100:b ", cursor: 0},
		{keys: "m a Enter > m b Enter < '", notes: "0:a 100:b ", cursor: 100},
		{keys: "m a Enter > m b Enter \"", notes: "0:a 100:b ", cursor: 0},
		{keys: "m a Enter > m b Enter \" '", notes: "0:a 100:b ", cursor: 100},
		{keys: "m a Enter > m b Enter } ' \" \" \" \"", notes: "0:a 100:b ", cursor: 0},
		{keys: "{ m", notes: ""},
		{keys: "m a Enter", live: true, notes: "147:a ", cursor: 147},
		{keys: "m a Enter , , m b Enter '", live: true, notes: "145:b 147:a ", cursor: 147},
	} {
		var kept []event.Mark
		o := Options{Live: c.live, Keep: func(all []event.Mark) error { kept = all; return nil }}
		if !c.live {
			o.Replay = Events(forkServer().events)
		}
		s := stateWith(forkServer(), 120, 40, o)
		for _, k := range strings.Fields(c.keys) {
			press(s, k)
		}
		notes := ""
		for _, m := range kept {
			notes += fmt.Sprintf("%d:%s ", m.Event, m.Note)
			if e := s.cursor.log.at(m.Event); e == nil || e.Time != m.Time {
				t.Errorf("%s: the mark of event %d is of another time", c.keys, m.Event)
			}
		}
		if notes != c.notes || !slices.Equal(kept, s.marks.all) {
			t.Errorf("%s: %q are kept, want %q; there are %+v", c.keys, notes, c.notes, s.marks.all)
		}
		if got := s.cursor.target - 1; got != c.cursor && !strings.HasPrefix(c.keys, "{") {
			t.Errorf("%s: the cursor is on event %d, want %d", c.keys, got, c.cursor)
		}
	}
}

// TestMarksThatAreNotKept: it is said.
func TestMarksThatAreNotKept(t *testing.T) {
	for want, keep := range map[string]func([]event.Mark) error{
		"they last as long as this screen":         nil,
		`the marks are not kept: no \x1b[2J place`: func([]event.Mark) error { return errors.New("no \x1b[2J place") },
	} {
		s := stateWith(forkServer(), 120, 40, Options{Live: true, Keep: keep})
		press(s, "m")
		s.key("Enter")
		if text := screenText(s); !strings.Contains(text, want) || len(s.marks.all) != 1 {
			t.Errorf("%d marks; it is not said that %s:\n%s", len(s.marks.all), want, text)
		}
	}
}

// TestTheBarShowsMarks: a mark has its sign where the knob is when the cursor is on it, and a click leads there.
func TestTheBarShowsMarks(t *testing.T) {
	s := stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events), Marks: someMarks})
	press(s, "{")
	x, room := s.bar().place(120)
	track := []rune(s.bar().track(room).String())
	signs := 0
	for i, r := range track {
		if string(r) == s.glyphs.mark {
			signs++
			s.bar().click(x+i, 120)
			s.arrive()
			if knob := []rune(s.bar().track(room).String())[i]; string(knob) != s.glyphs.knob {
				t.Errorf("a click on the sign in cell %d did not bring the knob there", i)
			}
		}
	}
	if signs != len(someMarks) {
		t.Errorf("%d signs for %d marks: %s", signs, len(someMarks), string(track))
	}
}
