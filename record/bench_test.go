package record

import (
	"bytes"
	"io"
	"testing"

	"tracer/event"
)

const benchEvents = 200_000

// recorded is a whole recording in memory.
func recorded(tb testing.TB, events []event.Event) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{Tracer: "test"})
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Write(events); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(Trailer{Reason: "done"}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkEncode(b *testing.B) {
	for _, load := range workloads {
		b.Run(load.name, func(b *testing.B) {
			events := load.make(benchEvents)
			b.ReportAllocs()
			var size int64
			for b.Loop() {
				w, err := NewWriter(io.Discard, Meta{})
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; i < len(events); i += 256 {
					if err := w.Write(events[i:min(i+256, len(events))]); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(Trailer{}); err != nil {
					b.Fatal(err)
				}
				size = w.Size()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
			b.ReportMetric(float64(size)/float64(len(events)), "bytes/event")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, load := range workloads {
		b.Run(load.name, func(b *testing.B) {
			file := recorded(b, load.make(benchEvents))
			batch := make([]event.Event, 256)
			b.ReportAllocs()
			var n int
			for b.Loop() {
				r, err := NewReader(bytes.NewReader(file), int64(len(file)))
				if err != nil {
					b.Fatal(err)
				}
				for n = 0; ; {
					got, err := r.Next(batch)
					if n += got; err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
				r.Close()
			}
			if n != benchEvents {
				b.Fatalf("%d events", n)
			}
			perEvent := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(n)
			b.ReportMetric(perEvent, "ns/event")
			b.ReportMetric(1e3/perEvent, "Mevents/s")
		})
	}
}

func BenchmarkSeek(b *testing.B) {
	file := recorded(b, vforkLoop(benchEvents))
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	for i := uint64(0); b.Loop(); i += 7919 {
		if err := r.Seek(i % benchEvents); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFlushSmall(b *testing.B) {
	events := vforkLoop(50)
	w, err := NewWriter(io.Discard, Meta{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if w.Write(events) != nil || w.Flush() != nil {
			b.Fatal("failed")
		}
	}
	b.ReportMetric(float64(w.Size())/float64(w.Events()), "bytes/event")
}
