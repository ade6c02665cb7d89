package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// slice is a source.
type slice []event.Event

func (s *slice) Next(into []event.Event) (int, error) {
	n := copy(into, *s)
	*s = (*s)[n:]
	if len(*s) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// life is a process that is made, fails and is reaped, and one that stays a zombie.
func life() slice {
	fork := func(pid event.PID) event.Event {
		return event.Event{Time: 2e6, Kind: event.Fork, Task: event.Task{TID: 100, Start: 1}, PID: 100,
			Child: event.Task{TID: event.TID(pid), Start: 2e6}, ChildPID: pid, NSPID: pid, Parent: 100,
			ExitSignal: event.SIGCHLD}
	}
	exit := func(pid event.PID, status int32) event.Event {
		return event.Event{Time: 3e6, Kind: event.Exit, Task: event.Task{TID: event.TID(pid), Start: 2e6}, PID: pid,
			Parent: 100,
			Reaper: 100, Flags: event.GroupDead, Status: status, Comm: "a\x1bb\xff"}
	}
	return slice{
		{Time: 1e6, Kind: event.Exec, Task: event.Task{TID: 100, Start: 1}, PID: 100, Flags: event.Launch | event.Root,
			Path: "/bin/x", Args: "x\x00\n\x00"},
		fork(101), fork(102), exit(101, 7<<8), exit(102, 9),
		{Time: 5e6, Kind: event.Wait, Task: event.Task{TID: 100, Start: 1}, PID: 100, Child: event.Task{TID: 101},
			Call: event.Wait4, Status: 7 << 8},
		{Time: 6e6, Kind: event.Lost, Lost: event.Accept, Count: 3},
	}
}

func summaryOf(events slice) *Summary {
	m := model.New(model.Options{})
	for i := range events {
		m.Apply(&events[i])
	}
	s := Summarize(m)
	return &s
}

// TestJSONLIsWhatItSays: a line an event, JSON, with the fields of the table, and bytes that are no UTF-8 in base64.
func TestJSONLIsWhatItSays(t *testing.T) {
	events := life()
	var out bytes.Buffer
	if err := JSONL(&out, &events); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(life()) {
		t.Fatalf("%d lines for %d events", len(lines), len(life()))
	}
	for i, want := range map[int]map[string]any{
		0: {"kind": "exec", "time": 1e6, "pid": 100.0, "path": "/bin/x", "args": "x\x00\n\x00"},
		3: {"kind": "exit", "pid": 101.0, "status": 7.0 * 256},
		6: {"kind": "lost", "pid": 0.0, "lost": "accept", "count": 3.0},
	} {
		var got map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatalf("line %d: %v: %s", i, err, lines[i])
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("line %d: %s is %v, want %v", i, name, got[name], value)
			}
		}
		if i == 3 {
			if comm, ok := got["comm"].(map[string]any); !ok || comm["base64"] != "YRti/w==" {
				t.Errorf("comm is %v", got["comm"])
			}
		}
	}
}

// TestJSONEscapes: whatever text a program gives itself, the line is JSON, is UTF-8, and has nothing that moves a
// cursor.
func TestJSONEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOf(rapid.Rune()), rapid.Map(rapid.SliceOf(rapid.Byte()),
			func(b []byte) string { return string(b) })).Draw(t, "text")
		line := AppendJSON(nil, &event.Event{Kind: event.Exec, Path: text})
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if utf8.ValidString(text) && text != "" && got["path"] != text {
			t.Fatalf("%q came back as %v", text, got["path"])
		}
		for _, r := range string(line) {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError &&
				!strings.ContainsRune(text, utf8.RuneError) {
				t.Fatalf("%q lets %U through: %s", text, r, line)
			}
		}
	})
}

// TestCountersAreExplained: each name of the summary stands in the page of counters.
func TestCountersAreExplained(t *testing.T) {
	page, err := os.ReadFile("../docs/counters.md")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := summaryOf(life()).JSON(&out); err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := json.Unmarshal(out.Bytes(), &values); err != nil {
		t.Fatal(err)
	}
	for name := range values {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/counters.md does not explain %s", name)
		}
	}
}

// TestComplete: a trace with its end is complete when all that is missing is counted as lost. What the kernel skipped
// may have been more.
func TestComplete(t *testing.T) {
	end := event.Event{Time: 9e6, Kind: event.End}
	for name, test := range map[string]struct {
		events   slice
		complete bool
	}{
		"without an end": {life(), false},
		"counted losses": {append(life(), end), true},
		"skipped by the kernel": {append(life(), event.Event{Time: 8e6, Kind: event.Lost, Lost: event.Fork, Count: 1,
			Flags: event.Guessed}, end), false},
	} {
		if s := summaryOf(test.events); s.Complete != test.complete {
			t.Errorf("%s: complete is %v", name, s.Complete)
		}
	}
}

func TestSummaryText(t *testing.T) {
	s := summaryOf(life())
	s.Command = []string{"x", "\x1b[2J"}
	var out bytes.Buffer
	if err := s.Text(&out, words.English()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 created, 2 exited", "code 7: 1, SIGKILL: 1",
		"1 left, 2 at most at once; waited 5.0 ms in all", "3 events were lost (3 accept)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the summary lacks %q:\n%s", want, out.String())
		}
	}
	if strings.ContainsRune(out.String(), 0x1b) {
		t.Errorf("the summary moves the cursor: %q", out.String())
	}
}

// Zombies that were there before tracer attached have been ones for longer than what was seen of them.
func TestSummaryOfZombiesFoundDead(t *testing.T) {
	s := summaryOf(slice{
		{Time: 1e6, Kind: event.Seen, Task: event.Task{TID: 7, Start: 1}, PID: 7, NSPID: 7, Parent: 5,
			State: event.Zombie},
		{Time: 1e6, Kind: event.Snapshot},
		{Time: 4e6, Kind: event.End},
	})
	var out bytes.Buffer
	if err := s.Text(&out, words.English()); err != nil {
		t.Fatal(err)
	}
	if want := "waited at least 3.0 ms in all, the longest at least 3.0 ms"; !strings.Contains(out.String(), want) {
		t.Errorf("the summary lacks %q:\n%s", want, out.String())
	}
}

// TestSummaryOfManyListeners: names without number, of listeners and tasks, make neither a long line nor a large model,
// and nothing is left uncounted.
func TestSummaryOfManyListeners(t *testing.T) {
	m := model.New(model.Options{})
	const listeners = 5000
	for i := range listeners {
		for range 1 + i/(listeners-3) { // the last ones twice
			m.Apply(&event.Event{Time: event.Time(i), Kind: event.Accept, PID: event.PID(i), Connection: uint64(i),
				Socket: &event.Socket{Listener: event.Addr(fmt.Sprintf("/run/%d\x7f", i%4990))}})
		}
	}
	s := Summarize(m)
	sum := func(counts map[string]uint64) (n uint64) {
		for _, c := range counts {
			n += c
		}
		return n
	}
	if n := len(s.AcceptsByListener); n != model.MaxNames+1 || sum(s.AcceptsByListener) != s.Accepts {
		t.Errorf("%d listeners, %d of %d accepts", n, sum(s.AcceptsByListener), s.Accepts)
	}
	if n := len(s.AcceptsByTask); n != model.MaxNames+1 || sum(s.AcceptsByTask) != s.Accepts {
		t.Errorf("%d tasks, %d of %d accepts", n, sum(s.AcceptsByTask), s.Accepts)
	}
	var out bytes.Buffer
	if err := s.Text(&out, words.English()); err != nil {
		t.Fatal(err)
	}
	if want := `accepts      3 on /run/7\x7f, `; !strings.Contains(out.String(), want) {
		t.Errorf("the most used listeners are not named first: %s", out.String())
	}
	if want := ` on others, by more than 1,000 processes` + "\n"; !strings.Contains(out.String(), want) ||
		out.Len() > 2000 {
		t.Errorf("%d bytes: %s", out.Len(), out.String())
	}
}

// TestSummaryJSONIsSafeAndStable: names of others are escaped, keys too, and what there is none of is there all the
// same.
func TestSummaryJSONIsSafeAndStable(t *testing.T) {
	m := model.New(model.Options{})
	const name = "\x7f\u0085\u202e\U000e0001\xff<é"
	m.Apply(&event.Event{Kind: event.Accept, Socket: &event.Socket{Listener: name}})
	s := Summarize(m)
	var out bytes.Buffer
	if err := s.JSON(&out); err != nil {
		t.Fatal(err)
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U comes through", r)
		}
	}
	var back Summary
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(name, "\ufffd"); back.AcceptsByListener[want] != 1 {
		t.Errorf("%q is %v", name, back.AcceptsByListener)
	}
	for _, want := range []string{`"warnings": []`, `"command": []`, `"findings": []`, `"lost_by_kind": {}`,
		`"root_status": null`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}
