package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/rules"
)

// inChunks writes the recording that ships with tracer again, in chunks of so many events, and returns the file and its
// chunks.
func inChunks(t *testing.T, size int) (data []byte, chunks []record.Chunk, events []event.Event) {
	t.Helper()
	r, err := record.Open("../../examples/fork-once.trc")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := export.Each(r, func(e *event.Event) error {
		events = append(events, *e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := record.NewWriter(&b, r.Meta())
	for i := 0; err == nil && i < len(events); i += size {
		err = errors.Join(w.Write(events[i:min(i+size, len(events))]), w.Flush())
	}
	if err == nil {
		err = w.Close(record.Trailer{Reason: "done"})
	}
	if err != nil {
		t.Fatal(err)
	}
	again, err := record.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err == nil {
		chunks, err = again.Chunks()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), chunks, events
}

// tracerRun is tracer with these arguments, and what it prints.
func tracerRun(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, nil, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// TestDamageHidesNothingElse: of a recording with a byte changed in the middle every command gives all but that chunk,
// says so, and has an exit code that says so, too. Of one that was cut off, all before it.
func TestDamageHidesNothingElse(t *testing.T) {
	good, chunks, events := inChunks(t, 100)
	flipped := bytes.Clone(good)
	flipped[chunks[1].Offset+40] ^= 1
	head := bytes.Clone(good)
	head[chunks[1].Offset+5] ^= 1
	twice := bytes.Clone(flipped)
	twice[chunks[3].Offset+40] ^= 1
	for name, c := range map[string]struct {
		data          []byte
		missing, read int
		warning       string
	}{
		"body": {flipped, 100, len(events) - 100, ": the checksum of a block does not match; 100 events are " +
			"missing, all others are shown"},
		"head": {head, 100, len(events) - 100, ": the checksum of a block's head does not match; 100 events are " +
			"missing, all others are shown"},
		"twice": {twice, 200, len(events) - 200, ": the checksum of a block does not match, and 1 more place; 200 " +
			"events are missing, all others are shown"},
		"cut": {good[:chunks[2].Offset+50], 0, 200, "; all before it is shown"},
		"both": {flipped[:chunks[3].Offset], 100, 200,
			": the end mark is missing: tracer was killed, or is still recording; all before it is shown"},
	} {
		path := filepath.Join(t.TempDir(), "bad.trc")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, said := tracerRun(t, "summary", "--json", path)
		var s struct {
			Events   int            `json:"events"`
			Lost     int            `json:"events_lost"`
			ByKind   map[string]int `json:"lost_by_kind"`
			Complete bool           `json:"complete"`
			Warnings []string       `json:"warnings"`
		}
		if err := json.Unmarshal([]byte(out), &s); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		if code != exitIncomplete || s.Events != c.read || s.Lost != c.missing || s.ByKind["unknown"] != c.missing ||
			s.Complete ||
			len(s.Warnings) == 0 || !strings.HasSuffix(strings.TrimSpace(said), c.warning) {
			t.Errorf("%s: code %d, %+v, %s", name, code, s, said)
		}
		for _, args := range [][]string{
			{"summary", path}, {"view", "--plain", path}, {"view", "--json", path}, {"check", path, "events_lost >= 0"},
			{"check", path, "events == 0"},
			{"export", path, "--to", "tree"}, {"export", path, "--to", "connections"},
			{"export", path, "--to", "jsonl"},
		} {
			code, out, said := tracerRun(t, args...)
			if code != exitIncomplete || out == "" || strings.Count(said, "\n") != len(s.Warnings) {
				t.Errorf("%s: %v: code %d, %d bytes, %s", name, args, code, len(out), said)
			}
			if args[0] == "export" && args[3] == "jsonl" {
				if n := strings.Count(out, "\n"); n < c.read || n > c.read+2 {
					t.Errorf("%s: %d lines of jsonl, not %d and what tells of the loss", name, n, c.read)
				}
			}
		}
	}
}

// TestModelBearsDamage: whichever chunks are missing, the model's own invariants hold.
func TestModelBearsDamage(t *testing.T) {
	good, chunks, _ := inChunks(t, 20)
	folder := t.TempDir()
	for first := range chunks {
		for last := first; last < min(first+5, len(chunks)); last++ {
			data := bytes.Clone(good)
			for i := first; i <= last; i++ {
				data[chunks[i].Offset+30] ^= 1
			}
			path := filepath.Join(folder, "a.trc")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := record.OpenRecording(path)
			if err != nil {
				t.Fatal(err)
			}
			m := model.New(model.Options{})
			if err := errors.Join(export.Feed(m, r), r.Close()); err != nil {
				t.Fatal(err)
			}
			if err := m.Check(); err != nil {
				t.Errorf("without chunks %d to %d: %v", first, last, err)
			}
			if len(rules.Find(m)) == 0 {
				t.Errorf("without chunks %d to %d nothing is said", first, last)
			}
		}
	}
}

// TestScreenPassesDamage: the screen, which can go to any event, shows all that the other commands show, at the place
// where it was, and says the same of what is missing.
func TestScreenPassesDamage(t *testing.T) {
	good, chunks, events := inChunks(t, 100)
	done := bytes.LastIndex(good, []byte("DONE"))
	flip := func(data []byte, at ...int) []byte {
		data = bytes.Clone(data)
		for _, i := range at {
			data[chunks[i].Offset+40] ^= 1
		}
		return data
	}
	head := bytes.Clone(good)
	head[chunks[1].Offset+5] ^= 1
	noEnd := bytes.Clone(good)
	noEnd[done+5] ^= 1
	last := len(chunks) - 1
	for name, c := range map[string]struct {
		data    []byte
		missing []int // chunks
		length  int
	}{
		"whole":         {good, nil, len(events)},
		"body":          {flip(good, 1), []int{1}, len(events)},
		"first":         {flip(good, 0), []int{0}, len(events)},
		"last":          {flip(good, last), []int{last}, len(events)},
		"all":           {flip(good, 0, 1, 2, last), []int{0, 1, 2, last}, len(events)},
		"head":          {head, []int{1}, len(events)},
		"twice":         {flip(good, 1, 3), []int{1, 3}, len(events)},
		"neighbours":    {flip(good, 1, 2), []int{1, 2}, len(events)},
		"no index":      {flip(good[:done], 1), []int{1}, len(events)},
		"no index, two": {flip(good[:done], 0, 2), []int{0, 2}, len(events)},
		"no end":        {noEnd, nil, len(events)},
		"cut off":       {flip(good, 1)[:chunks[2].Offset+50], nil, 100},
		"cut off later": {flip(good, 1)[:chunks[3].Offset+50], []int{1}, 300},
		"cut out":       {slices.Concat(good[:chunks[1].Offset], good[chunks[2].Offset:]), []int{1}, len(events)},
		"garbage": {slices.Concat(good[:chunks[1].Offset], []byte("EVTS, DONE and more"),
			good[chunks[1].Offset:]), nil, len(events)},
		"comes twice": {slices.Concat(good[:chunks[2].Offset], good[chunks[1].Offset:]), nil, len(events)},
		"garbage for a chunk": {slices.Concat(good[:chunks[1].Offset], []byte("EVTS, DONE and more"),
			good[chunks[2].Offset:]), []int{1}, len(events)},
	} {
		path := filepath.Join(t.TempDir(), "a.trc")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		begin := func() (*record.Recording, *record.Replay) {
			r, err := record.OpenRecording(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close() })
			source, err := r.Replay()
			if err != nil {
				t.Fatal(err)
			}
			return r, source
		}
		want := slices.Clone(events[:c.length])
		for _, i := range c.missing {
			first := int(chunks[i].Ordinal)
			for n := first; n < min(first+100, len(want)); n++ {
				want[n] = event.Event{Kind: event.Lost, Count: 1}
			}
		}
		check := func(how string, from int, got []event.Event, err error) {
			t.Helper()
			for i := range got {
				e := got[i]
				if n := from + i; e.Kind == event.Lost && want[n].Kind == event.Lost {
					if e.Time == 0 {
						t.Fatalf("%s, %s: lost event %d has no time", name, how, n)
					}
					e.Time = 0
				}
				if !cmp.Equal(e, want[from+i]) {
					t.Fatalf("%s, %s: event %d is %+v, not %+v", name, how, from+i, e, want[from+i])
				}
			}
			if err != nil {
				t.Fatalf("%s, %s: %v", name, how, err)
			}
		}
		whole, source := begin()
		if n := source.Len(); n != uint64(c.length) {
			t.Errorf("%s: %d events, not %d", name, n, c.length)
			continue
		}
		tally := model.New(model.Options{})
		buf := make([]event.Event, 37)
		last := event.Time(0)
		for from := 0; from < c.length; {
			n, err := source.At(uint64(from), buf)
			check("forward", from, buf[:n], err)
			for i := range buf[:n] {
				if buf[i].Time < last {
					t.Fatalf("%s: event %d is earlier than the one before", name, from+i)
				}
				last = buf[i].Time
				tally.Apply(&buf[i])
			}
			from += n
		}
		_, back := begin()
		for from := c.length - 1; from >= 0; from -= 7 {
			n, err := back.At(uint64(from), buf[:5])
			check("backward", from, buf[:n], err)
			if n != min(5, c.length-from) {
				t.Fatalf("%s: %d events from %d on", name, n, from)
			}
		}
		other, _ := begin()
		sequence := model.New(model.Options{})
		if err := errors.Join(other.Rewind(), export.Feed(sequence, other)); err != nil {
			t.Fatal(err)
		}
		var texts [2]bytes.Buffer
		for i, s := range []export.Summary{export.SummarizeRecording(other, sequence),
			export.SummarizeRecording(whole, tally)} {
			if slices.Contains(c.missing, 0) { // the index knows when they began
				s.Seconds = 0
			}
			if err := s.JSON(&texts[i]); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(texts[0].String(), texts[1].String()); diff != "" {
			t.Errorf("%s: the screen differs from the summary:\n%s", name, diff)
		}
	}
}

// TestRecordingThatShrinks: a file that is cut while the viewer has it open is not taken for one that ends.
func TestRecordingThatShrinks(t *testing.T) {
	good, chunks, events := inChunks(t, 100)
	path := filepath.Join(t.TempDir(), "a.trc")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	source, err := r.Replay()
	if err != nil {
		t.Fatal(err)
	}
	if source.Len() != uint64(len(events)) {
		t.Fatal(source.Len())
	}
	for _, size := range []int64{chunks[2].Offset, chunks[2].Offset + 7, 0} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		_, err = source.At(250, make([]event.Event, 10))
		want := "the recording is cut off: it has become shorter since it was opened"
		if err == nil || err == io.EOF || fmt.Sprint(err) != want || len(export.Warnings(r)) != 1 {
			t.Errorf("%d bytes left: %v, %q", size, err, export.Warnings(r))
		}
	}
}

// TestNewerRecording: what a newer tracer has recorded of kinds that this one does not know is missing, and every
// command says so.
func TestNewerRecording(t *testing.T) {
	const path = "../../record/testdata/newer.trc"
	for _, args := range [][]string{
		{"summary", path}, {"summary", "--json", path}, {"view", "--plain", path}, {"check", path, "events_lost == 0"},
		{"export", path, "--to", "tree"}, {"export", path, "--to", "jsonl"},
	} {
		code, out, said := tracerRun(t, args...)
		if code != exitIncomplete || out == "" || !strings.Contains(said, "kinds that this tracer does not know") ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("%v: code %d, %d bytes, %s", args, code, len(out), said)
		}
		if args[1] == "--json" && !strings.Contains(out, `"complete": false`) &&
			!strings.Contains(out, `"complete":false`) {
			t.Errorf("it is said to be complete: %s", out)
		}
	}
}
