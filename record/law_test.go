package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tracer/event"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(marksRole); path != "" {
		keepMarksForEver(path)
	}
	goleak.VerifyTestMain(m)
}

// drawEvent draws any event: any kind, any value in any of its fields, mostly values that occur again.
func drawEvent(t *rapid.T) event.Event {
	var e event.Event
	e.Kind = rapid.SampledFrom(event.Kinds()).Draw(t, "kind")
	common := rapid.SampledFrom([]int64{0, 0, 1, 17, 4000, 4001, 1e12, -1, -1 << 63})
	for _, fields := range [][]event.Field{event.Common, e.Kind.Spec().Fields} {
		for i := range fields {
			f := &fields[i]
			if f.Type == event.String {
				f.SetText(&e, rapid.OneOf(rapid.SampledFrom([]string{"", "sh", "127.0.0.1:80", "a\x00b\xff"}),
					rapid.String()).Draw(t, f.Name))
			} else {
				f.SetNumber(&e, rapid.OneOf(common, rapid.Int64()).Draw(t, f.Name))
			}
		}
	}
	return e
}

func drawEvents(t *rapid.T, n int) []event.Event {
	return rapid.SliceOfN(rapid.Custom(drawEvent), 0, n).Draw(t, "events")
}

func open(tb testing.TB, file []byte) *Reader {
	tb.Helper()
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r
}

// all reads to the end, into batches that held something else before.
func all(r *Reader) ([]event.Event, error) {
	var events []event.Event
	batch := make([]event.Event, 7)
	for {
		for i := range batch {
			batch[i] = event.Event{Time: 99, Path: "left over", Socket: &event.Socket{Peer: "left over"},
				Count: 99}
		}
		n, err := r.Next(batch)
		events = append(events, batch[:n]...)
		if err != nil {
			return events, err
		}
	}
}

// file writes events, with a flush after each of the places.
func file(tb interface{ Fatal(...any) }, events []event.Event, flushes ...int) []byte {
	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{Tracer: "test", Command: Arguments{"prog"}})
	if err != nil {
		tb.Fatal(err)
	}
	for i := range events {
		if err := w.Write(events[i : i+1]); err != nil {
			tb.Fatal(err)
		}
		if slices.Contains(flushes, i) {
			if err := w.Flush(); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := w.Close(Trailer{Reason: "done"}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, 50)
		data := file(t, events, rapid.SliceOfN(rapid.IntRange(0, 50), 0, 3).Draw(t, "flushes")...)
		for name, open := range map[string]func() (*Reader, error){
			"file":   func() (*Reader, error) { return NewReader(bytes.NewReader(data), int64(len(data))) },
			"stream": func() (*Reader, error) { return NewStream(bytes.NewReader(data)) },
		} {
			r, err := open()
			if err != nil {
				t.Fatal(err)
			}
			got, err := all(r)
			if err != io.EOF {
				t.Fatalf("%s: %v", name, err)
			}
			if !sameEvents(got, events) {
				t.Fatalf("%s: %s", name, cmp.Diff(events, got))
			}
			if n, exact := r.Len(); n != uint64(len(events)) || !exact {
				t.Fatalf("%s: Len %d, %v", name, n, exact)
			}
			if end, ok := r.Trailer(); !ok || end.Reason != "done" {
				t.Fatalf("%s: trailer %v, %v", name, end, ok)
			}
			r.Close()
		}
	})
}

func TestWorkloadsAreRead(t *testing.T) {
	t.Parallel()
	empty := len(recorded(t, nil)) // the table of the kinds, which grows with them
	for _, load := range workloads {
		events := load.make(3000)
		if load.name == "vfork" {
			events = load.make(maxEvents + 7) // a chunk ends because it is full
		}
		data := recorded(t, events)
		got, err := all(open(t, data))
		if err != io.EOF || !sameEvents(got, events) {
			t.Errorf("%s: %d events, %v", load.name, len(got), err)
		}
		if per := float64(len(data)-empty) / float64(len(events)); per > 6 {
			t.Errorf("%s: %.2f bytes an event", load.name, per)
		}
	}
}

// small is a recording of three chunks, with lost events and strings in it.
func small(tb testing.TB) ([]event.Event, []byte) {
	events := shellScripts(30)
	events[13] = event.Event{Time: events[12].Time, Kind: event.Lost, Lost: event.Fork, Count: 7}
	return events, file(tb, events, 9, 21)
}

// places are the bytes of a recording that can differ in what a reader makes of them: all of the magic, of each block's
// head and of what stands beside it, and forty of each body, the bytes of which are under one checksum.
func places(data []byte) (all []int) {
	for at := range len(magic) {
		all = append(all, at)
	}
	for begin := len(magic); begin < len(data); {
		size := headSize + int(binary.LittleEndian.Uint32(data[begin+4:]))
		step := 1 + size/40
		for i := range size {
			if i < headSize+2 || i >= size-2 || i%step == 0 {
				all = append(all, begin+i)
			}
		}
		begin += size
	}
	return all
}

func isPrefix(got, of []event.Event) bool {
	return len(got) <= len(of) && sameEvents(got, of[:len(got)])
}

func TestEveryPrefixGivesAPrefix(t *testing.T) {
	t.Parallel()
	events, data := small(t)
	longest := 0
	for _, n := range places(data) {
		for name, begin := range map[string]func() (*Reader, error){
			"file":   func() (*Reader, error) { return NewReader(bytes.NewReader(data[:n]), int64(n)) },
			"stream": func() (*Reader, error) { return NewStream(bytes.NewReader(data[:n])) },
		} {
			r, err := begin()
			if err != nil {
				if !errors.Is(err, ErrTruncated) {
					t.Fatalf("%s of %d bytes: %v", name, n, err)
				}
				continue
			}
			got, err := all(r)
			if !isPrefix(got, events) || err != io.EOF && !errors.Is(err, ErrTruncated) {
				t.Fatalf("%s of %d bytes: %d events, %v", name, n, len(got), err)
			}
			if len(got) < longest {
				t.Fatalf("%s of %d bytes: %d events, fewer than of a shorter one", name, n, len(got))
			}
			longest = len(got)
			if _, ok := r.Trailer(); ok != (err == io.EOF) {
				t.Fatalf("%s of %d bytes: trailer %v, but %v", name, n, ok, err)
			}
			if have, _ := r.Len(); have != uint64(len(got)) {
				t.Fatalf("%s of %d bytes: Len %d, read %d", name, n, have, len(got))
			}
			r.Close()
		}
	}
	if longest != len(events) {
		t.Errorf("at most %d of %d events", longest, len(events))
	}
}

func TestEveryFlippedByteIsSeenOrHarmless(t *testing.T) {
	t.Parallel()
	events, good := small(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	seen := 0
	tried := places(good)
	for _, at := range tried {
		data := slices.Clone(good)
		data[at] ^= byte(1 + rnd.IntN(255))
		r, err := NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			seen++
			continue
		}
		got, err := all(r)
		if !isPrefix(got, events) || err == io.EOF && len(got) != len(events) {
			t.Fatalf("byte %d: %d events, %v", at, len(got), err)
		}
		var damage *Damage
		if err != io.EOF {
			seen++
			if !errors.As(err, &damage) || damage.Offset > int64(at) || damage.Offset < 0 {
				t.Fatalf("byte %d: %v", at, err)
			}
		}
		// By way of the index, too, no other events come.
		if err := r.Seek(12); err != nil {
			t.Fatal(err)
		}
		rest, err := all(r)
		if err == io.EOF && !sameEvents(rest, events[12:]) || len(rest) > 0 &&
			!sameEvents(rest, events[12:12+len(rest)]) {
			t.Fatalf("byte %d, from 12: %d events, %v", at, len(rest), err)
		}
		r.Close()
	}
	if seen < len(tried)/2 || len(tried) < 300 {
		t.Errorf("only %d of %d flips were seen", seen, len(tried))
	}
}

func TestSeekEqualsSkipping(t *testing.T) {
	t.Parallel()
	events := forkServer(1500)
	whole := file(t, events, 299, 310, 999)
	cut := bytes.LastIndex(whole, []byte(blockDone)) // without trailer and index
	for name, data := range map[string][]byte{"indexed": whole, "scanned": whole[:cut]} {
		r := open(t, data)
		rnd := rand.New(rand.NewPCG(5, 6))
		batch := make([]event.Event, 10)
		for range 20 {
			to := rnd.Uint64N(uint64(len(events)) + 20)
			if err := r.Seek(to); err != nil {
				t.Fatal(err)
			}
			want := events[min(to, uint64(len(events))):]
			if got := r.Ordinal(); got != uint64(len(events)-len(want)) {
				t.Fatalf("%s: at %d, not %d", name, got, to)
			}
			n, err := r.Next(batch)
			if len(want) == 0 {
				if (name == "indexed") != (err == io.EOF) || (name == "scanned") != errors.Is(err, ErrTruncated) {
					t.Fatalf("%s: behind the end: %v", name, err)
				}
			} else if n == 0 || !isPrefix(batch[:n], want) {
				t.Fatalf("%s: from %d other events, %v", name, to, err)
			}

			at := events[rnd.IntN(len(events))].Time + event.Time(rnd.IntN(2))
			first := slices.IndexFunc(events, func(e event.Event) bool { return e.Time >= at })
			if err := r.SeekTime(at); err != nil {
				t.Fatal(err)
			}
			if first < 0 {
				first = len(events)
			}
			if r.Ordinal() != uint64(first) {
				t.Fatalf("%s: time %v is at %d, not %d", name, at, r.Ordinal(), first)
			}
		}
	}
}

func TestChunksAddUp(t *testing.T) {
	events, data := small(t)
	for _, data := range [][]byte{data, data[:len(data)-1]} {
		chunks, err := open(t, data).Chunks()
		if err != nil || len(chunks) != 3 {
			t.Fatalf("%d chunks, %v", len(chunks), err)
		}
		var n uint64
		for _, c := range chunks {
			counts := make([]uint64, event.KindCount)
			first, last := ^event.Time(0), event.Time(0)
			for _, e := range events[n : n+c.Events] {
				counts[e.Kind]++
				first, last = min(first, e.Time), max(last, e.Time)
			}
			if c.Ordinal != n || c.First != first || c.Last != last {
				t.Errorf("chunk %+v, but the first of its events is %d, from %v to %v", c, n, first, last)
			}
			for k, want := range counts {
				if k < len(c.Counts) && c.Counts[k] != want || k >= len(c.Counts) && want > 0 {
					t.Errorf("%v: %v, want %d", event.Kind(k), c.Counts, want)
				}
			}
			n += c.Events
		}
		if n != uint64(len(events)) {
			t.Errorf("%d events in the chunks", n)
		}
	}
}

func TestDamageInTheMiddleIsPassedBySeek(t *testing.T) {
	events, data := small(t)
	r := open(t, data)
	chunks, err := r.Chunks()
	if err != nil {
		t.Fatal(err)
	}
	data[chunks[1].Offset+headSize+9] ^= 1
	r = open(t, data)
	got, err := all(r)
	want := fmt.Sprintf("the recording is damaged at byte %d: the checksum of a block does not match", chunks[1].Offset)
	if len(got) != 10 || !errors.Is(err, ErrCorrupt) || err.Error() != want {
		t.Fatalf("%d events, %v; want 10, %s", len(got), err, want)
	}
	if _, again := r.Next(make([]event.Event, 1)); again != err {
		t.Errorf("the second time: %v", again)
	}
	if err := r.Seek(22); err != nil {
		t.Fatal(err)
	}
	if got, err := all(r); err != io.EOF || !sameEvents(got, events[22:]) {
		t.Errorf("behind the damage: %d events, %v", len(got), err)
	}
}

func TestZerosAtTheEndAreACrash(t *testing.T) {
	events, data := small(t)
	data = data[:bytes.LastIndex(data, []byte(blockDone))]
	got, err := all(open(t, append(slices.Clone(data), make([]byte, 10_000)...)))
	if len(got) != len(events) || !errors.Is(err, ErrTruncated) {
		t.Errorf("%d events, %v", len(got), err)
	}
	got, err = all(open(t, append(append(slices.Clone(data), make([]byte, 10_000)...), 1)))
	if len(got) != len(events) || !errors.Is(err, ErrCorrupt) {
		t.Errorf("with a byte behind them: %d events, %v", len(got), err)
	}
}

func TestNoRecording(t *testing.T) {
	_, good := small(t)
	newer := slices.Clone(good)
	newer[7]++
	for _, c := range []struct {
		name, data string
		want       error
		says       string
	}{
		{"empty", "", ErrTruncated, "not even the header"},
		{"text", "#!/bin/sh\nexit 0\n", ErrFormat, "does not begin"},
		{"newline mangled", strings.Replace(string(good), "\r\n", "\n", 1), ErrFormat, "does not begin"},
		{"newer", string(newer), ErrFormat, "version 2"},
	} {
		_, err := NewReader(strings.NewReader(c.data), int64(len(c.data)))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
