package record

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/event"
)

var update = flag.Bool("update", false, "write testdata/sample.trc anew: only when the format's version changes")

// withHeader returns the recording with another header, of the same length so that the index stays true.
func withHeader(tb testing.TB, data []byte, change func(header string) string) []byte {
	tb.Helper()
	size := int(binary.LittleEndian.Uint32(data[len(magic)+4:]))
	body := string(data[len(magic)+headSize:][:size])
	changed := change(body)
	if changed == body || len(changed) != len(body) {
		tb.Fatalf("header of %d bytes became one of %d", len(body), len(changed))
	}
	out := appendBlock([]byte(magic), blockMeta, []byte(changed))
	return append(out, data[len(out):]...)
}

// TestNewerSample writes, with -update, a recording that holds a kind which no version knows, for the tests of the
// commands.
func TestNewerSample(t *testing.T) {
	const name = "testdata/newer.trc"
	if *update {
		data := withHeader(t, file(t, forkServer(300)), func(h string) string {
			return strings.Replace(h,
				`"name":"deliver"`, `"name":"unheard"`, 1)
		})
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := all(r); err != io.EOF || r.Skipped() == 0 {
		t.Errorf("%d events skipped, %v", r.Skipped(), err)
	}
}

// TestUntold: kinds that the writer did not know are untold, and stay so in the text form.
func TestUntold(t *testing.T) {
	r, err := OpenRecording("testdata/newer.trc") // written before the kind stall was there
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := r.Untold()
	if slices.Contains(want, event.Fork) || !slices.Contains(want, event.Deliver) ||
		!slices.Contains(want, event.Stall) {
		t.Errorf("untold are %v, want deliver and stall among them, and not fork", want)
	}
	name := filepath.Join(t.TempDir(), "newer.txt")
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := OpenRecording(name)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	if got := text.Untold(); !slices.Equal(got, want) {
		t.Errorf("untold are %v after a way through text, want %v", got, want)
	}
}

// A recording of a tracer that has a kind and fields which this one lacks.
func TestAnotherVersionsRecording(t *testing.T) {
	events := forkServer(3000)
	data := withHeader(t, file(t, events, 500, 1500, 1600), func(h string) string {
		return strings.NewReplacer(`"name":"deliver"`, `"name":"unheard"`, `"name":"waited"`, `"name":"wasted"`,
			`"name":"peer"`, `"name":"pear"`).Replace(h)
	})
	var want []event.Event
	for _, e := range events {
		e.Waited = 0
		if e.Unshare(); e.Socket != nil {
			e.Socket.Peer = ""
		}
		if e.Kind != event.Deliver {
			want = append(want, e)
		}
	}
	for name, data := range map[string][]byte{"indexed": data, "scanned": data[:len(data)-1]} {
		r := open(t, data)
		if got, err := all(r); err != io.EOF || !sameEvents(got, want) {
			t.Fatalf("%s: %v, %s", name, err, cmp.Diff(want, got))
		}
		if n, exact := r.Len(); n != uint64(len(want)) || !exact || r.Skipped() != uint64(len(events)-len(want)) {
			t.Errorf("%s: Len %d, %v, skipped %d", name, n, exact, r.Skipped())
		}
		for _, to := range []uint64{0, 1, 433, 1400, uint64(len(want)) - 1} {
			if err := r.Seek(to); err != nil {
				t.Fatal(err)
			}
			if got, err := all(r); err != io.EOF || !sameEvents(got, want[to:]) {
				t.Errorf("%s: from %d: %d events, %v", name, to, len(got), err)
			}
		}
	}
}

func TestSchemasThatCannotBeRead(t *testing.T) {
	data := file(t, vforkLoop(3))
	for old, new := range map[string]string{
		`"predict":"clock"`:     `"predict":"tarot"`,
		`"predict":"group tid"`: `"predict":"group tie"`,
		`"predict":"start tid"`: `"predict":"clock tid"`,
		`"streams":5`:           `"streams":0`,
		`"stream":4`:            `"stream":9`,
		`"id":2`:                `"id":1`,
		`"meta":{`:              `"meta":[`,
	} {
		bad := withHeader(t, data, func(h string) string { return strings.Replace(h, old, new, 1) })
		if _, err := NewReader(bytes.NewReader(bad), int64(len(bad))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", new, err)
		}
	}
}

// TestOwnSchemaIsReadAsAnyOther: with the text of this version's schema, and where it is one byte longer.
func TestOwnSchemaIsReadAsAnyOther(t *testing.T) {
	body, err := headerOf(Meta{Kernel: "6.12", Command: Arguments{`},"streams":5}`}})
	if err != nil {
		t.Fatal(err)
	}
	meta, all, err := readHeader(body)
	otherMeta, others, otherErr := readHeader(append(body, ' '))
	if err != nil || otherErr != nil || !cmp.Equal(meta, otherMeta) || meta.Kernel != "6.12" {
		t.Errorf("%+v, %v, and as any other %+v, %v", meta, err, otherMeta, otherErr)
	}
	if len(meta.Command) != 1 || !reflect.DeepEqual(all, others) || all.streams != streamCount {
		t.Error("the layouts differ")
	}
}

func TestCurrentSchemaIsComplete(t *testing.T) {
	s := currentSchema()
	layouts, err := s.compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range event.Kinds() {
		if l := layouts.byID[k]; l == nil || l.kind != k || len(l.columns) != len(event.Common)+len(k.Spec().Fields) {
			t.Errorf("%v: %+v", k, l)
		} else if slices.ContainsFunc(l.columns, func(c column) bool { return c.field == nil }) {
			t.Errorf("%v: a column has no field", k)
		}
	}
	b, err := json.Marshal(s)
	if err != nil || len(b) > 10240 {
		t.Errorf("a schema of %d bytes, %v", len(b), err)
	}
}

// A recording that was written once must be readable for ever.
func TestSampleOfThisFormat(t *testing.T) {
	text, err := os.ReadFile("testdata/sample.txt")
	if err != nil {
		t.Fatal(err)
	}
	meta, events, _, err := ParseText(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		f, err := os.Create("testdata/sample.trc")
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(f, meta)
		if err == nil {
			err = errors.Join(w.Write(events[:10]), w.Flush(), w.Write(events[10:]), w.Close(Trailer{Reason: "done"}),
				f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open("testdata/sample.trc")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := all(r)
	if err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(meta, r.Meta()); diff != "" {
		t.Error(diff)
	}
}
