package model

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestListIsLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l list[Thread, *Thread]
		var want, spare []*Thread
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			switch i := rapid.IntRange(-1, len(want)-1).Draw(t, "which"); {
			case i >= 0:
				l.remove(want[i])
				spare = append(spare, want[i])
				want = slices.Delete(want, i, i+1)
			case len(spare) > 0 && rapid.Bool().Draw(t, "again"):
				l.add(spare[0])
				want, spare = append(want, spare[0]), spare[1:]
			default:
				want = append(want, &Thread{})
				l.add(want[len(want)-1])
			}
			var forwards, backwards []*Thread
			for v := l.first; v != nil; v = v.Next() {
				forwards = append(forwards, v)
			}
			for v := l.last; v != nil; v = v.prev {
				backwards = append(backwards, v)
			}
			slices.Reverse(backwards)
			if !slices.Equal(forwards, want) || !slices.Equal(backwards, want) {
				t.Fatalf("%d forwards and %d backwards, want %d", len(forwards), len(backwards), len(want))
			}
		}
	})
}
