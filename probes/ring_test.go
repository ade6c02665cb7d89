package probes

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRing: records come out as they were written, over the end of the data and past those that were thrown away, and
// their room is given back.
func TestRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 256
		r := ring{consumer: make([]byte, 8), producer: make([]byte, 8), data: make([]byte, size)}
		var written uint64
		put := func(b []byte, flag uint32) {
			head := make([]byte, ringHead)
			binary.NativeEndian.PutUint32(head, uint32(len(b))|flag)
			for _, c := range append(head, b...) {
				r.data[written%size] = c
				written++
			}
			written = (written + ringHead - 1) &^ (ringHead - 1)
			position(r.producer).Store(written)
		}
		var want [][]byte
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			b := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "record")
			if written+ringHead+104-position(r.consumer).Load() <= size {
				if rapid.Bool().Draw(t, "discarded") {
					put(b, ringDiscard)
				} else {
					put(b, 0)
					want = append(want, b)
				}
				continue
			}
			want = readRing(t, &r, want)
		}
		if want = readRing(t, &r, want); len(want) > 0 || r.filled() {
			t.Errorf("%d records have not come, and there are some: %v", len(want), r.filled())
		}
	})
}

// readRing takes all that there is, which has to be what is wanted.
func readRing(t *rapid.T, r *ring, want [][]byte) [][]byte {
	if err := r.begin(); err != nil {
		t.Fatal(err)
	}
	defer r.end()
	for b := r.next(); b != nil; b = r.next() {
		if len(want) == 0 || !slices.Equal(b, want[0]) {
			t.Fatalf("%v, want the first of %v", b, want)
		}
		want = want[1:]
	}
	return want
}
