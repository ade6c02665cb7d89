package record

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"tracer/event"
)

// TestRecoverGivesAllThatIsWhole: with any byte changed, all chunks but the one that holds it are read, at their
// places, and what is missing adds up.
func TestRecoverGivesAllThatIsWhole(t *testing.T) {
	t.Parallel()
	events, good := small(t)
	chunks, err := open(t, good).Chunks()
	if err != nil {
		t.Fatal(err)
	}
	done := int64(bytes.LastIndex(good, []byte(blockDone)))
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, place := range places(good) {
		at := int64(place)
		if at < chunks[0].Offset {
			continue
		}
		data := slices.Clone(good)
		data[at] ^= byte(1 + rnd.IntN(255))
		hit := -1
		for i, c := range chunks {
			if at >= c.Offset && (i+1 < len(chunks) && at < chunks[i+1].Offset || i+1 == len(chunks) && at < done) {
				hit = i
			}
		}
		for name, begin := range map[string]func() (*Reader, error){
			"file":   func() (*Reader, error) { return NewReader(bytes.NewReader(data), int64(len(data))) },
			"stream": func() (*Reader, error) { return NewStream(bytes.NewReader(data)) },
		} {
			r, err := begin()
			if err != nil {
				t.Fatal(err)
			}
			got, ordinals, missing, end := recovered(t, r)
			for i, e := range got {
				if e != events[ordinals[i]] {
					t.Fatalf("%s, byte %d: event %d is another", name, at, ordinals[i])
				}
			}
			lost := uint64(0)
			if hit >= 0 {
				lost = chunks[hit].Events
			}
			if name == "file" && at < done && (end != io.EOF || missing != lost ||
				uint64(len(got))+missing != uint64(len(events))) {
				t.Fatalf("byte %d: %d events, %d of %d missing, %v", at, len(got), missing, lost, end)
			}
			r.Close()
		}
	}
}

// TestRecoverPassesGaps: a chunk that was cut out, one that comes twice, and damage at the end.
func TestRecoverPassesGaps(t *testing.T) {
	events, good := small(t)
	chunks, err := open(t, good).Chunks()
	if err != nil {
		t.Fatal(err)
	}
	done := bytes.LastIndex(good, []byte(blockDone))
	second, third := good[chunks[1].Offset:chunks[2].Offset], good[chunks[2].Offset:done]
	begin := func(n int) []byte { return slices.Clone(good[:chunks[n].Offset]) }
	for name, c := range map[string]struct {
		data    []byte
		want    []event.Event
		missing uint64
		end     error
	}{
		"whole": {good, events, 0, io.EOF},
		"cut out": {slices.Concat(begin(1), third, good[done:]), append(events[:10:10], events[22:]...), 12,
			io.EOF},
		"last cut out": {slices.Concat(begin(2), good[done:]), events[:22], 8, io.EOF},
		"twice":        {slices.Concat(begin(2), second, third, good[done:]), events, 0, io.EOF},
		"garbage inside": {slices.Concat(begin(1), []byte("EVTS and EVTS, DONE and DONE again"), second, third,
			good[done:]), events, 0, io.EOF},
		"cut off": {slices.Concat(begin(1), []byte("garbage that is no head"), third),
			slices.Concat(events[:10], events[22:]), 12, ErrTruncated},
		"no end": {slices.Concat(begin(1), []byte("garbage that is no head")), events[:10], 0, ErrCorrupt},
	} {
		r := open(t, c.data)
		got, _, missing, end := recovered(t, r)
		if !slices.Equal(got, c.want) || missing != c.missing || !errors.Is(end, c.end) {
			t.Errorf("%s: %d events, %d missing, %v", name, len(got), missing, end)
		}
	}
}
