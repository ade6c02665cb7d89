package record

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
)

// What is written is read back while it is written: all that was flushed, from any place, and in any order.
func TestReadBackWhileItIsWritten(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		out, err := Create(filepath.Join(folder, "a.trc"), Creation{})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		back, ok := out.ReadBack()
		if !ok {
			t.Fatal("it cannot be read back")
		}
		if err := out.Begin(); err != nil { // the recording of the time before is there
			t.Fatal(err)
		}
		w, err := NewWriter(out, Meta{})
		if err != nil {
			t.Fatal(err)
		}
		var all []event.Event
		flushed := 0
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				batch := make([]event.Event, rapid.IntRange(0, 400).Draw(t, "batch"))
				for i := range batch {
					n := len(all) + i
					batch[i] = event.Event{Kind: event.Release, Time: event.Time(n) * 1000, PID: event.PID(n),
						Task: event.Task{TID: event.TID(n), Start: 7}}
				}
				if err := w.Write(batch); err != nil {
					t.Fatal(err)
				}
				all = append(all, batch...)
			case 2:
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				flushed = len(all)
			case 3:
				from := rapid.IntRange(0, len(all)+1).Draw(t, "from")
				buf := make([]event.Event, rapid.IntRange(0, 900).Draw(t, "size"))
				n, err := back.At(uint64(from), buf)
				if err != nil {
					t.Fatal(err)
				}
				if least := min(max(flushed-from, 0), len(buf)); n < least {
					t.Fatalf("%d events from %d on, and %d were flushed; want %d", n, from, flushed, least)
				}
				if want := all[min(from, len(all)):min(from+n, len(all))]; !slices.Equal(want, buf[:n]) {
					t.Fatalf("from %d on: %s", from, cmp.Diff(want, buf[:n]))
				}
			}
		}
		if err := w.Close(Trailer{}); err != nil {
			t.Fatal(err)
		}
		if got := back.Len(); got != uint64(len(all)) {
			t.Fatalf("%d events at the end, want %d", got, len(all))
		}
	})
}

func TestAPipeIsNotReadBack(t *testing.T) {
	if _, ok := Adopt(nil).ReadBack(); ok {
		t.Error("what was not opened by name is read back")
	}
}
