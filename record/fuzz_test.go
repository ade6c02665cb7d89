package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tracer/event"
)

// checkRecording reads any bytes as a recording: it ends with an error of this package, from both readers the same, and
// what it gave can be recorded again.
func checkRecording(t *testing.T, data []byte) {
	r, err := NewReader(bytes.NewReader(data), int64(len(data)))
	s, streamErr := NewStream(bytes.NewReader(data))
	if err != nil || streamErr != nil {
		if err == nil || streamErr == nil || err.Error() != streamErr.Error() {
			t.Fatalf("file: %v, stream: %v", err, streamErr)
		}
		return
	}
	defer r.Close()
	defer s.Close()
	events, err := all(r)
	fromStream, streamErr := all(s)
	if err.Error() != streamErr.Error() || !sameEvents(events, fromStream) {
		t.Fatalf("file: %d events, %v; stream: %d events, %v", len(events), err, len(fromStream), streamErr)
	}
	if err != io.EOF && !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrCorrupt) {
		t.Fatal(err)
	}
	recovered(t, r)
	recovered(t, s)
	half := uint64(len(events)) / 2
	if err := r.Seek(half); err != nil {
		t.Fatal(err)
	}
	if err := r.SeekTime(1e9); err != nil {
		t.Fatal(err)
	}
	if again, err := all(open(t, file(t, events))); err != io.EOF || !sameEvents(again, events) {
		t.Fatalf("%v, %s", err, cmp.Diff(events, again))
	}
}

// recovered reads on behind damage, from where a reader stopped, and returns the events with their ordinals. It ends.
func recovered(t testing.TB, r *Reader) (events []event.Event, ordinals []uint64, missing uint64, err error) {
	batch := make([]event.Event, 5)
	for {
		begin := r.Ordinal()
		var n int
		n, err = r.Next(batch)
		for i, e := range batch[:n] {
			events, ordinals = append(events, e), append(ordinals, begin+uint64(i))
		}
		if n > 0 {
			continue
		}
		before := r.Ordinal()
		gap, found := r.Recover()
		if !found {
			return events, ordinals, missing, err
		}
		if r.Ordinal() != before+gap {
			t.Fatalf("%d events are missing, and event %d is followed by %d", gap, before, r.Ordinal())
		}
		missing += gap
	}
}

func FuzzRecording(f *testing.F) {
	events, data := small(f)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add(file(f, events[:1]))
	f.Add([]byte(magic))
	f.Fuzz(checkRecording)
}

// FuzzChunk reads any bytes as the body of a chunk, past the checksums which would stop nearly all of them before.
func FuzzChunk(f *testing.F) {
	header := file(f, nil)
	header = header[:bytes.Index(header, []byte(blockDone))]
	for _, load := range workloads {
		e := filled(f, load.make(30))
		f.Add(rawBody(e))
		packed, _ := e.finish(nil)
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		checkRecording(t, appendBlock(slices.Clone(header), blockEvents, body))
	})
}

// filled is an encoder with events in it.
func filled(tb testing.TB, events []event.Event) *encoder {
	tb.Helper()
	o, err := own()
	if err != nil {
		tb.Fatal(err)
	}
	e, err := newEncoder(o.layouts)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range events {
		e.add(&events[i])
	}
	return e
}

// rawBody is the body of the encoder's chunk without compression.
func rawBody(e *encoder) []byte {
	s := summary{ordinal: e.next, first: e.first, last: e.last}
	for _, k := range e.kinds {
		if k != nil && k.count > 0 {
			s.kinds = append(s.kinds, kindCount{k.id, k.count})
		}
	}
	b := binary.AppendUvarint(s.append(nil), streamCount)
	for _, raw := range e.streams {
		b = binary.AppendUvarint(b, uint64(len(raw)))
		b = binary.AppendUvarint(b, uint64(len(raw)))
		b = append(b, raw...)
	}
	return b
}

// What a chunk says of itself need not be true.
func TestChunksThatLie(t *testing.T) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	bomb := packer.EncodeAll(make([]byte, 1<<20), nil)
	empty := (&summary{}).append(nil)
	one := (&summary{kinds: []kindCount{{uint8(event.Exec), 1}}}).append(nil)
	streams := func(summary []byte, raw uint64, stored []byte) []byte {
		b := binary.AppendUvarint(slices.Clone(summary), streamCount)
		for range streamCount {
			b = binary.AppendUvarint(b, raw)
			b = binary.AppendUvarint(b, uint64(len(stored)))
			b = append(b, stored...)
		}
		return b
	}
	few := rawBody(filled(t, vforkLoop(5)))
	for name, body := range map[string][]byte{
		"empty body":         {},
		"unpacks to more":    streams(one, uint64(len(bomb))+1, bomb),
		"unpacks to less":    streams(one, 1<<20+1, bomb),
		"does not unpack":    streams(one, 100, []byte("no zstd")),
		"too large unpacked": streams(one, maxRaw, bomb),
		"bytes, no event":    streams(empty, 1<<20, bomb),
		"too many events":    streams((&summary{kinds: []kindCount{{2, maxEvents + 1}}}).append(nil), 0, nil),
		"too many kinds":     binary.AppendUvarint([]byte{0, 0, 0}, 300),
		"too few streams":    append(slices.Clone(empty), 1),
		"bytes behind it":    append(slices.Clone(few), 0),
		"fewer events":       bytes.Replace(few, []byte{byte(event.Wait), 1}, []byte{byte(event.Wait), 0}, 1),
		"more events":        bytes.Replace(few, []byte{byte(event.Wait), 1}, []byte{byte(event.Wait), 2}, 1),
	} {
		data := file(t, nil)
		data = appendBlock(data[:bytes.Index(data, []byte(blockDone))], blockEvents, body)
		_, err := all(open(t, data))
		if !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		checkRecording(t, data)
	}
}

// A length alone must not make the reader allocate.
func TestLengthsAreNotTrusted(t *testing.T) {
	var b []byte
	b = append(b, magic...)
	b = append(b, blockMeta...)
	b = binary.LittleEndian.AppendUint32(b, maxBlock)
	b = append(b, 1, 2, 3, 4)
	b = binary.LittleEndian.AppendUint32(b, crc(b[len(magic):]))
	for name, begin := range map[string]func() (*Reader, error){
		"file":   func() (*Reader, error) { return NewReader(bytes.NewReader(b), int64(len(b))) },
		"stream": func() (*Reader, error) { return NewStream(bytes.NewReader(b)) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := begin()
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if !errors.Is(err, ErrTruncated) || allocated > 4*readStep {
			t.Errorf("%s: %d bytes, %v", name, allocated, err)
		}
	}
}

// TestLittleToReadIsLittleWork: what a small file makes the reader unpack is bounded by the events that its chunks
// hold.
func TestLittleToReadIsLittleWork(t *testing.T) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	bomb := packer.EncodeAll(make([]byte, maxRaw), nil)
	stream := func(b []byte, raw int, stored []byte) []byte {
		b = binary.AppendUvarint(b, uint64(raw))
		return append(binary.AppendUvarint(b, uint64(len(stored))), stored...)
	}
	for _, events := range []uint64{0, 1} {
		var kinds []kindCount
		if events > 0 {
			kinds = []kindCount{{uint8(event.Fork), events}}
		}
		for bombed := range streamCount {
			body := binary.AppendUvarint((&summary{kinds: kinds}).append(nil), streamCount)
			for i := range streamCount {
				if i == bombed {
					body = stream(body, maxRaw, bomb)
				} else {
					body = stream(body, 0, nil)
				}
			}
			data := file(t, nil)
			r := open(t, appendBlock(data[:bytes.Index(data, []byte(blockDone))], blockEvents, body))
			if _, err := all(r); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%d events, stream %d: %v", events, bombed, err)
			}
			if allowed := events > 0 && bombed == streamText; !allowed && cap(r.decoder.buf) > 1<<10 {
				t.Errorf("%d events, stream %d: %d bytes unpacked", events, bombed, cap(r.decoder.buf))
			}
		}
	}
}

// TestTheLargestEventsFit: a chunk with the longest strings of the kind that has most of them is one that a reader
// takes.
func TestTheLargestEventsFit(t *testing.T) {
	long := strings.Repeat("x", MaxText-1)
	for _, k := range event.Kinds() {
		e := event.Event{Kind: k}
		for _, fields := range [][]event.Field{event.Common, k.Spec().Fields} {
			for i, f := range fields {
				if f.Type == event.String {
					f.SetText(&e, long+string(rune('a'+i)))
				} else {
					f.SetNumber(&e, -1<<63)
				}
			}
		}
		got, err := all(open(t, file(t, []event.Event{{Kind: k}, e, e})))
		if err != io.EOF || len(got) != 3 || !sameEvents(got[1:2], []event.Event{e}) {
			t.Errorf("%v: %d events, %v", k, len(got), err)
		}
	}
}
