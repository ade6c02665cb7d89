package event

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

func TestEveryKindHasARow(t *testing.T) {
	for _, k := range Kinds() {
		spec := k.Spec()
		if spec.Name == "" || spec.Doc == "" {
			t.Errorf("kind %d has no row in specs, or one without a name or a doc", k)
		}
		if got, err := ParseKind(spec.Name); err != nil || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", spec.Name, got, err)
		}
	}
	if _, err := ParseKind("none"); err == nil {
		t.Error("none is no kind")
	}
}

func TestFieldsReachTheirOwnPlace(t *testing.T) {
	for _, k := range Kinds() {
		seen := map[string]bool{}
		fields := append(append([]Field{}, Common...), k.Spec().Fields...)
		var e Event
		for i := range fields {
			f := &fields[i]
			if f.Name == "" || f.Doc == "" || seen[f.Name] {
				t.Errorf("%v: field %q lacks a doc or stands twice", k, f.Name)
			}
			seen[f.Name] = true
			if f.Type == String {
				f.SetText(&e, f.Name)
			} else {
				f.SetNumber(&e, int64(i+1))
			}
		}
		for i := range fields { // a field that shared its place with another would have been overwritten
			f := &fields[i]
			if f.Type == String {
				if f.Text(&e) != f.Name {
					t.Errorf("%v.%s = %q", k, f.Name, f.Text(&e))
				}
			} else if f.Number(&e) != int64(i+1) {
				t.Errorf("%v.%s = %d, want %d", k, f.Name, f.Number(&e), i+1)
			}
		}
	}
}

// TestFieldsHaveOneMeaning: a place in an Event is that of one field of the table, under one name in all kinds.
func TestFieldsHaveOneMeaning(t *testing.T) {
	fields := map[string]Field{}
	for _, k := range Kinds() {
		for _, f := range append(append([]Field{}, Common...), k.Spec().Fields...) {
			other, known := fields[f.Name]
			if known && !sharePlace(&f, &other) {
				t.Errorf("%v.%s is in another place than in other kinds", k, f.Name)
			}
			fields[f.Name] = f
		}
	}
	for name, f := range fields {
		for otherName, other := range fields {
			if name < otherName && sharePlace(&f, &other) {
				t.Errorf("%s and %s are one place of the Event", name, otherName)
			}
		}
	}
}

// sharePlace reports whether what is put into one field is in the other.
func sharePlace(a, b *Field) bool {
	var e Event
	if (a.Type == String) != (b.Type == String) {
		return false
	}
	if a.Type == String {
		a.SetText(&e, "x")
		return b.Text(&e) != ""
	}
	a.SetNumber(&e, 1)
	return b.Number(&e) != 0
}

func TestWaitStatus(t *testing.T) {
	for _, c := range []struct {
		status       int32
		exited       bool
		code, signal int
		core, killed bool
	}{
		{0, true, 0, 0, false, false},
		{255 << 8, true, 255, 0, false, false},
		{9, false, 0, 9, false, true},
		{11 | 0x80, false, 0, 11, true, true},
		{0x137f, false, 0, 0, false, false}, // stopped by SIGSTOP
	} {
		e := Event{Status: c.status}
		if code, ok := e.Exited(); ok != c.exited || ok && code != c.code {
			t.Errorf("status %#x: exited %d, %v", c.status, code, ok)
		}
		if s, core, ok := e.Killed(); ok != c.killed || ok && (s != c.signal || core != c.core) {
			t.Errorf("status %#x: killed %d, %v, %v", c.status, s, core, ok)
		}
	}
}

// TestSize: an event is paid for by each that is kept. What only rare kinds tell goes behind a pointer, as Socket and
// Cost do.
func TestSize(t *testing.T) {
	if size := unsafe.Sizeof(Event{}); size > 288 {
		t.Errorf("an Event has %d bytes", size)
	}
}

// TestUnshare: a copy that was unshared can be set, and what it was copied from stays as it was.
func TestUnshare(t *testing.T) {
	for _, k := range Kinds() {
		for _, f := range k.Spec().Fields {
			if !f.Shared {
				continue
			}
			get := func(e *Event) string { return f.Text(e) }
			set := func(e *Event, v int64) { f.SetText(e, strconv.FormatInt(v, 10)) }
			if f.Type != String {
				get = func(e *Event) string { return strconv.FormatInt(f.Number(e), 10) }
				set = f.SetNumber
			}
			var e Event
			set(&e, 1)
			other := e
			other.Unshare()
			set(&other, 2)
			if get(&e) != "1" || get(&other) != "2" {
				t.Errorf("%v.%s is %s in the one and %s in its copy", k, f.Name, get(&e), get(&other))
			}
		}
	}
}

func TestTimeString(t *testing.T) {
	for in, want := range map[Time]string{0: "0.000000000", 1: "0.000000001", 1e9: "1.000000000",
		12_345_678_901: "12.345678901"} {
		if got := in.String(); got != want {
			t.Errorf("Time(%d) = %s, want %s", uint64(in), got, want)
		}
	}
}

// The package is a leaf: it needs neither our other packages nor a clock nor input and output.
func TestImportsOnlyPureStandardLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range strings.Fields(string(out)) {
		if p != "fmt" && p != "strconv" && p != "unsafe" {
			t.Errorf("imports %s", p)
		}
	}
}
