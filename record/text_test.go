package record

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
)

const byHand = `# a child that is not waited for
@kernel 6.12.0
@command ["sh", "-c", "true"]
@root {"pid": 100, "tid": 100, "start": 5}

1.0   fork pid=100 child=101 parent=100 exit_signal=17 comm=sh   # the process
+0.5s fork pid=100 child=102 clone_flags=0x10000 comm="a thread"
+2ms  exit pid=101 start=1s flags=group_dead,root,0x80000000 status=0x100 parent=100
+0    signal pid=101 signal=17 target=100 target_pid=100 result=coalesced code=1 si_pid=101
2     accept pid=100 call=accept4 fd=5 connection=1 peer=127.0.0.1:4711
+20us exec pid=101 path="/bin/\xff" args="sh\x00-c\x00"
+1ns  lost lost=fork count=7
`

const canonical = `@command ["sh","-c","true"]
@kernel "6.12.0"
@root {"pid":100,"tid":100,"start":5}
1.000000000 fork pid=100 child=101 parent=100 exit_signal=17 comm="sh"
1.500000000 fork pid=100 child=102 clone_flags=0x10000 comm="a thread"
1.502000000 exit pid=101 start=1.000000000 flags=group_dead,root,0x80000000 status=0x100 parent=100
1.502000000 signal pid=101 signal=17 target=100 target_pid=100 result=coalesced code=1 si_pid=101
2.000000000 accept pid=100 call=accept4 fd=5 connection=1 peer="127.0.0.1:4711"
2.000020000 exec pid=101 path="/bin/\xff" args="sh\x00-c\x00"
2.000020001 lost lost=fork count=7
`

func TestTextByHand(t *testing.T) {
	meta, events, _, err := ParseText(strings.NewReader(byHand))
	if err != nil {
		t.Fatal(err)
	}
	if meta.Kernel != "6.12.0" || !slices.Equal(meta.Command, []string{"sh", "-c", "true"}) ||
		meta.Root != (Root{100, 100, 5}) {
		t.Errorf("meta %+v", meta)
	}
	child := event.Task{TID: 101}
	want := []event.Event{
		{Time: 1e9, Kind: event.Fork, Task: event.Task{TID: 100}, PID: 100, Child: child, ChildPID: 101, Parent: 100,
			ExitSignal: 17, Comm: "sh"},
		{Time: 1.5e9, Kind: event.Fork, Task: event.Task{TID: 100}, PID: 100, Child: event.Task{TID: 102},
			ChildPID: 100, CloneFlags: event.CloneThread, Comm: "a thread"},
	}
	if diff := cmp.Diff(want, events[:2]); diff != "" {
		t.Error(diff)
	}
	var b bytes.Buffer
	if err := WriteText(&b, meta, events); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(canonical, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTextErrors(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"1 fork\nx fork", `line 2: time "x" is neither seconds nor a duration`},
		{"1.0000000001 fork", "line 1: time"},
		{"-1s fork", "line 1: time"},
		{"99999999999 fork", "line 1: time 99999999999 is too far"},
		{"18446744073 end\n+2s end", "line 2: time +2s is too far"},
		{"1", `line 1: unknown event kind ""`},
		{"1 spork", `line 1: unknown event kind "spork"`},
		{"1 fork child", `line 1: "child" is not key=value`},
		{"1 deliver child=3", `line 1: deliver has no field "child", only pid, tid, start, flags, signal`},
		{"1 fork time=3", `line 1: fork has no field "time"`},
		{"1 fork pid=1 pid=1", "line 1: pid stands twice"},
		{"1 fork pid=one", `line 1: pid: "one" is not a number`},
		{"1 fork pid=4294967296", "line 1: pid: 4294967296 is out of range"},
		{`1 fork comm="sh`, "line 1: comm: the quotation mark is not closed"},
		{`1 fork comm="sh"pid=1`, "line 1: comm: a blank is missing"},
		{"1 fork flags=rooot", `line 1: flags: "rooot" is none of group_dead, root`},
		{"1 signal result=lost", `line 1: result: "lost" is none of queued, ignored`},
		{"@colour blue", `line 1: header "colour"`},
		{"@cpus many", `line 1: header "cpus"`},
		{`@kernel "6",`, ""},
		{`@cpus 1,"arch":"x"`, `line 1: header "cpus"`},
		{"@wall 9999-12-31T23:59:59-01:00", `line 1: header "wall"`},
		{"\n\n1 end\n@kernel 6", "line 4: a header line stands behind the first event"},
	} {
		_, events, _, err := ParseText(strings.NewReader(c.text))
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%q: %v", c.text, err)
		case c.says != "" && (err == nil || events != nil || !strings.HasPrefix(err.Error(), c.says)):
			t.Errorf("%q: %v, want %s", c.text, err, c.says)
		}
	}
	if err := WriteText(&bytes.Buffer{}, Meta{}, []event.Event{{Kind: 77}}); err == nil {
		t.Error("an unknown kind was written")
	}
}

func drawMeta(t *rapid.T) Meta {
	text := rapid.String()
	m := Meta{Tracer: text.Draw(t, "tracer"), Kernel: text.Draw(t, "kernel"), Hostname: text.Draw(t, "hostname"),
		Target: text.Draw(t, "target"),
		Root: Root{event.PID(rapid.Int32().Draw(t, "pid")), event.TID(rapid.Int32().Draw(t, "tid")),
			event.Time(rapid.Uint64().Draw(t, "start"))},
		Boot: event.Time(rapid.Uint64().Draw(t, "boot")), CPUs: rapid.Int().Draw(t, "cpus"),
		Wall: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "seconds"),
			rapid.Int64Range(0, 1e9-1).Draw(t, "nanoseconds")),
		Extra: rapid.MapOf(text, text).Draw(t, "extra")}
	for _, b := range rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 4).Draw(t, "command") {
		m.Command = append(m.Command, string(b))
	}
	return m
}

func TestTextThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meta, events := drawMeta(t), drawEvents(t, 20)
		var b bytes.Buffer
		if err := WriteText(&b, meta, events); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Fatalf("%U would reach a terminal: %q", r, text)
			}
		}
		gotMeta, got, _, err := ParseText(&b)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if !sameEvents(got, events) {
			t.Fatalf("%s\n%s", cmp.Diff(events, got), text)
		}
		if diff := cmp.Diff(meta.valid(), gotMeta); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add(byHand)
	f.Add(canonical)
	f.Add("@command [\"a\", {\"base64\": \"/w==\"}]\n@extra {\"a\": \"b\"}\n+1h seen\n")
	f.Fuzz(func(t *testing.T, text string) {
		meta, events, _, err := ParseText(strings.NewReader(text))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := WriteText(&first, meta, events); err != nil {
			t.Fatal(err)
		}
		again, events2, _, err := ParseText(bytes.NewReader(first.Bytes()))
		if err != nil || !sameEvents(events, events2) {
			t.Fatalf("%v\n%s", err, cmp.Diff(events, events2))
		}
		if err := WriteText(&second, again, events2); err != nil || second.String() != first.String() {
			t.Fatalf("%v\n%s", err, cmp.Diff(first.String(), second.String()))
		}
	})
}
