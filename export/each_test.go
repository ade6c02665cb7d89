package export_test

import (
	"errors"
	"io"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/export"
)

// chunks is a source that gives its events in pieces of these lengths, and an error with the last one or behind it.
type chunks struct {
	lengths []int
	early   bool
	end     error
	pos     int
}

func (c *chunks) Next(batch []event.Event) (int, error) {
	if len(c.lengths) == 0 {
		return 0, c.end
	}
	n := min(c.lengths[0], len(batch))
	for i := range n {
		batch[i] = event.Event{Time: event.Time(c.pos)}
		c.pos++
	}
	if c.lengths[0] -= n; c.lengths[0] > 0 {
		return n, nil
	}
	if c.lengths = c.lengths[1:]; len(c.lengths) == 0 && c.early {
		return n, c.end
	}
	return n, nil
}

func TestEachVisitsAllInOrderUntilAnError(t *testing.T) {
	failed := errors.New("failed")
	rapid.Check(t, func(t *rapid.T) {
		source := &chunks{
			lengths: rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1000, 3000)), 0, 5).Draw(t,
				"lengths"),
			early: rapid.Bool().Draw(t, "error with the last events"),
			end:   rapid.SampledFrom([]error{io.EOF, failed}).Draw(t, "end"),
		}
		all := 0
		for _, n := range source.lengths {
			all += n
		}
		stopAt := rapid.IntRange(0, 2*all+1).Draw(t, "visit fails at")
		refused := errors.New("refused")
		seen := 0
		err := export.Each(source, func(e *event.Event) error {
			if seen == stopAt {
				return refused
			}
			if e.Time != event.Time(seen) {
				t.Fatalf("event %d after %d others", e.Time, seen)
			}
			seen++
			return nil
		})
		want, wantErr := all, source.end
		if wantErr == io.EOF {
			wantErr = nil
		}
		if stopAt < all {
			want, wantErr = stopAt, refused
		}
		if seen != want || err != wantErr {
			t.Errorf("%d visited, error %v; want %d and %v", seen, err, want, wantErr)
		}
	})
}
