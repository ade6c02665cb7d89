package model

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
)

// TestFatesTakenBack: whatever is told and taken back, the longest that is named is the longest that there is, and the
// number is right, as long as something is said.
func TestFatesTakenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s fates
		key := fateKey{reaping: ByParent, of: 100}
		var all []Fated
		evicted := false
		for step := range 80 {
			more := step/20%2 == 0
			if len(all) > 0 && rapid.IntRange(0, 9).Draw(t, "take back") < map[bool]int{true: 1, false: 7}[more] {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				if g := s.keys[key]; rapid.Bool().Draw(t, "a kept one") { // of those that are
					i = slices.Index(all, g.Some[rapid.IntRange(0, len(g.Some)-1).Draw(t, "which of them")])
				}
				of := key
				if slices.Contains(s.keys[key].Some, all[i]) {
					of.kind = Held // its cause is seen otherwise by now
				}
				s.remove(of, &Process{PID: all[i].PID, GoneEvent: all[i].Evidence})
				all = slices.Delete(all, i, i+1)
			} else {
				one := Fated{PID: event.PID(200 + step%7), Evidence: uint64(step),
					For: event.Time(rapid.IntRange(1, 30).Draw(t, "for"))}
				s.add(key, one)
				all = append(all, one)
			}
			evicted = evicted || len(all) > MaxEvidence
			checkFate(t, s.keys[key], all, evicted)
			if s.keys[key] == nil {
				all = nil // those that nothing is kept of are not counted any more
			}
		}
	})
}

func checkFate(t *rapid.T, g *Fate, all []Fated, evicted bool) {
	if g == nil {
		if len(all) > 0 && !evicted {
			t.Fatalf("nothing is said of %d", len(all))
		}
		return
	}
	longest := event.Time(0)
	for _, f := range all {
		longest = max(longest, f.For)
	}
	if g.N != uint64(len(all)) || g.Some[0].For != longest || len(g.Some) > MaxEvidence {
		t.Fatalf("%d, the longest %d, of %d, the longest %d", g.N, g.Some[0].For, len(all), longest)
	}
}

// TestFatesOfWhichNoneIsKept: one that was for longer than a kept one, and is not kept, is not passed over.
func TestFatesOfWhichNoneIsKept(t *testing.T) {
	var s fates
	key := fateKey{reaping: ByParent, of: 100}
	add := func(n uint64, lasted event.Time) { s.add(key, Fated{PID: event.PID(n), Evidence: n, For: lasted}) }
	takeBack := func(n uint64) { s.remove(key, &Process{PID: event.PID(n), GoneEvent: n}) }
	for n := uint64(1); n <= MaxEvidence+1; n++ {
		add(n, event.Time(100-n))
	}
	takeBack(1)
	add(50, 1)
	for n := uint64(2); n <= MaxEvidence; n++ {
		takeBack(n)
	}
	if g := s.keys[key]; g != nil {
		t.Errorf("the longest of %d is said to be %d, which is %d", g.N, g.Some[0].PID, g.Some[0].For)
	}
}
