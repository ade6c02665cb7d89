package record

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
)

func TestMetaAndTrailerAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meta := drawMeta(t)
		code := 3
		trailer := Trailer{Reason: "the root ended", ExitCode: &code, Wall: meta.Wall, Boot: meta.Boot,
			Extra: meta.Extra}
		var b bytes.Buffer
		w, err := NewWriter(&b, meta)
		if err != nil {
			t.Fatal(err)
		}
		events := []event.Event{{Kind: event.Fork}, {Kind: event.Lost, Lost: event.Fork, Count: 5},
			{Kind: event.Lost, Lost: event.Exit, Count: 2}, {Kind: event.Lost, Lost: event.Fork, Count: 1}}
		if err := errors.Join(w.Write(events), w.Close(trailer)); err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if diff := cmp.Diff(meta.valid(), r.Meta()); diff != "" {
			t.Fatal(diff)
		}
		want := trailer.valid()
		want.Events = map[string]uint64{"fork": 1, "lost": 3}
		want.Lost = map[string]uint64{"fork": 6, "exit": 2}
		got, ok := r.Trailer()
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Fatal(ok, diff)
		}
	})
}

func TestWallTime(t *testing.T) {
	m := Meta{Wall: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Boot: 100e9}
	for at, want := range map[event.Time]time.Time{100e9: m.Wall, 101e9: m.Wall.Add(time.Second),
		40e9: m.Wall.Add(-time.Minute)} {
		if got := m.WallTime(at); !got.Equal(want) {
			t.Errorf("%v was at %v, not %v", at, got, want)
		}
	}
}

// disk has room for so many bytes.
type disk struct {
	bytes.Buffer
	room int
}

func (d *disk) Write(b []byte) (int, error) {
	n := min(len(b), d.room)
	d.room -= n
	d.Buffer.Write(b[:n])
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func TestFullDiskKeepsWhatWasWritten(t *testing.T) {
	events := vforkLoop(300)
	d := disk{room: len(recorded(t, nil)) + 500}
	w, err := NewWriter(&d, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	flushed := 0
	for i := 0; err == nil; i += 50 {
		if i == len(events) {
			t.Fatal("the disk was never full")
		}
		if err = w.Write(events[i : i+50]); err == nil {
			err = w.Flush()
		}
		if err == nil {
			flushed += 50
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	d.room = 1 << 20 // a chunk behind half a chunk would be lost
	for name, again := range map[string]error{"write": w.Write(events[:1]), "flush": w.Flush(),
		"close": w.Close(Trailer{})} {
		if !errors.Is(again, syscall.ENOSPC) {
			t.Errorf("%s: %v", name, again)
		}
	}
	got, err := all(open(t, d.Bytes()))
	if flushed == 0 || !sameEvents(got, events[:flushed]) || !errors.Is(err, ErrTruncated) {
		t.Errorf("%d of %d events, %v", len(got), flushed, err)
	}
	if _, err := NewWriter(&disk{room: 10}, Meta{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("no room for the header: %v", err)
	}
}

func TestWhatCannotBeRecorded(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", MaxText)
	for _, c := range []struct {
		e    event.Event
		says string
	}{
		{event.Event{Kind: event.None}, "unknown kind 0"},
		{event.Event{Kind: 200}, "unknown kind 200"},
		{event.Event{Kind: event.Exec, PID: 7, Path: "/x", Args: long + "x"}, "args of exec has 1048577 bytes"},
	} {
		if err := w.Write([]event.Event{c.e}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, want %s", err, c.says)
		}
	}
	// They leave no trace, and what is just short enough can be recorded, many times over.
	var events []event.Event
	for i := range 20 {
		events = append(events, event.Event{Time: event.Time(i), Kind: event.Exec, Path: long, Args: long[i:],
			Comm: event.Text(long[:i])})
	}
	if err := errors.Join(w.Write(events), w.Close(Trailer{}), w.Close(Trailer{})); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(events); !errors.Is(err, ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
	if got, err := all(open(t, b.Bytes())); err != io.EOF || !sameEvents(got, events) {
		t.Errorf("%d events, %v", len(got), err)
	}
}

func TestNoIndexWhenItWouldBeTooLarge(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	events := vforkLoop(10)
	if err := w.Write(events); err != nil {
		t.Fatal(err)
	}
	w.room = 20
	if err := w.Close(Trailer{Reason: "long"}); err != nil {
		t.Fatal(err)
	}
	r := open(t, b.Bytes())
	end, ok := r.Trailer()
	if n, exact := r.Len(); n != 10 || !exact || !ok || end.Reason != "long" {
		t.Errorf("%d, %v, %v, %v", n, exact, end, ok)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.trc")
	events := vforkLoop(100)
	for range 2 { // the second time it replaces its own kind
		f, err := Create(path, Creation{})
		if err == nil {
			err = f.Begin()
		}
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(f, Meta{})
		if err == nil {
			err = errors.Join(w.Write(events), w.Close(Trailer{}), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := all(r); err != io.EOF || !sameEvents(got, events) {
			t.Errorf("%d events, %v", len(got), err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		if _, err := r.Next(make([]event.Event, 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("next after close: %v", err)
		}
		if err := r.Seek(0); !errors.Is(err, ErrClosed) {
			t.Errorf("seek after close: %v", err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&^0o644 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}

	other := filepath.Join(dir, "server.c")
	if err := os.WriteFile(other, []byte("int main;"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(other, Creation{}); err == nil || !strings.Contains(err.Error(), "is not a recording") {
		t.Errorf("create over another file: %v", err)
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "int main;" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := Create(filepath.Join(dir, "none", "a.trc"), Creation{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Open(other); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), other) {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if f, err := Create(os.DevNull, Creation{}); err != nil {
		t.Error(err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	events := vforkLoop(100)
	written := make(chan error)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			written <- err
			return
		}
		_, err = f.Write(file(t, events))
		written <- errors.Join(err, f.Close())
	}()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, ok := r.Trailer(); ok {
		t.Error("the trailer is known before the end")
	}
	if n, exact := r.Len(); n != 0 || exact {
		t.Errorf("Len %d, %v", n, exact)
	}
	if err := r.Seek(0); !errors.Is(err, ErrNotSeekable) {
		t.Error(err)
	}
	got, err := all(r)
	if err != io.EOF || !sameEvents(got, events) {
		t.Errorf("%d events, %v", len(got), err)
	}
	if _, ok := r.Trailer(); !ok {
		t.Error("no trailer at the end")
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

func TestNothingIsAllocatedForAnEvent(t *testing.T) {
	events := vforkLoop(maxEvents - 1)
	w, err := NewWriter(io.Discard, Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(events), w.Flush()); err != nil { // now the buffers have their size
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(1, func() { err = errors.Join(w.Write(events), w.Flush()) }); n > 200 || err != nil {
		t.Errorf("%v allocations to write %d events, %v", n, len(events), err)
	}
	r := open(t, recorded(t, events))
	batch := make([]event.Event, 256)
	read := func() {
		for err = r.Seek(0); err == nil; {
			_, err = r.Next(batch)
		}
	}
	read()
	if n := testing.AllocsPerRun(1, read); n > 200 || err != io.EOF {
		t.Errorf("%v allocations to read %d events, %v", n, len(events), err)
	}
}
