package query

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tracer/event"
	"tracer/record"
	"tracer/words"
)

// read reads a recording with rows.
func read(t testing.TB, path string) *Trace {
	t.Helper()
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	trace, err := Read(r, []*Query{{names: []string{"processes"}}})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// example is 48 connections to a server that forks for each, and waits once for each SIGCHLD.
func example(t testing.TB) *Trace { return read(t, "../examples/fork-once.trc") }

// written reads events in the text form.
func written(t testing.TB, events string) *Trace {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("@kernel 6.12.0\n"+events), 0o600); err != nil {
		t.Fatal(err)
	}
	return read(t, file)
}

// life is a process that ended with 7 and was reaped, one that was killed and stays a zombie, and one that lives.
const life = `1 exec pid=100 start=1 flags=root,launch comm=root
2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17
2 fork pid=100 start=1 child=102 child_start=2 parent=100 ns_pid=102 exit_signal=17
2 fork pid=100 start=1 child=103 child_start=2 parent=100 ns_pid=103 exit_signal=17
3 exit pid=101 start=2 flags=group_dead status=0x700 parent=100 reaper=1 comm=a
4 wait pid=100 start=1 call=wait4 child=101
4 exit pid=102 start=2 flags=group_dead status=0x9 parent=100 reaper=1 comm=b
5 accept pid=100 start=1 connection=1 listener=127.0.0.1:80 queued=0.002
6 accept pid=100 start=1 connection=2 listener=127.0.0.1:80
`

func TestCheck(t *testing.T) {
	whole := written(t, life+"9 end\n")
	handedOn := written(t, life+"6 serve pid=100 start=1 connection=2 bytes_read=1\n"+
		"7 hold pid=103 start=2 occasion=exec connection=2 comm=c\n8 let_go pid=100 start=1 connection=2\n"+
		"9 hold pid=103 start=2 occasion=look connection=2 comm=c\n9 end\n")
	untraced := written(t, "@extra {\"http\":\"false\",\"coroutines\":\"none\"}\n"+life+"9 end\n")
	lossy := written(t, life+"8 lost lost=accept count=3\n9 end\n")
	for _, c := range []struct {
		trace            *Trace
		text, line, says string
		answer           Answer
	}{
		{text: "processes_created == 3", line: "ok     processes_created == 3 (3)"},
		{text: "processes_exited!=processes_created", line: "ok     processes_exited != processes_created (2, 3)"},
		{text: "zombies_left < 1", line: "FAILED zombies_left < 1 (zombies_left is 1)", answer: Fails},
		{text: "zombies_left<=1", line: "ok     zombies_left <= 1 (1)"},
		{text: "exit_codes.7 >= 1", line: "ok     exit_codes.7 >= 1 (1)"},
		{text: `exit_codes["7"] == 1`, line: `ok     exit_codes["7"] == 1 (1)`},
		{text: "exit_codes[7] == 1", line: "ok     exit_codes[7] == 1 (1)"},
		{text: "exit_codes.8 == 0", line: "ok     exit_codes.8 == 0 (0)"},
		{text: "exit_codes.7 + exit_codes.8 == 2", answer: Fails,
			line: "FAILED exit_codes.7 + exit_codes.8 == 2 (exit_codes.7 is 1, exit_codes.8 is 0)"},
		{text: "zombies_left >= processes_created", answer: Fails,
			line: "FAILED zombies_left >= processes_created (zombies_left is 1, processes_created is 3)"},
		{text: "1 == 1.0", line: "ok     1 == 1.0"},
		{text: "exit_signals.9 != 1", line: "FAILED exit_signals.9 != 1 (exit_signals.9 is 1)", answer: Fails},
		{text: "lost_by_kind.unknown == 0", line: "ok     lost_by_kind.unknown == 0 (0)"},
		{text: "accepts_by_listener.127.0.0.1:80 == 2", line: "ok     accepts_by_listener.127.0.0.1:80 == 2 (2)"},
		{text: "failures.accept EMFILE == 0", line: "ok     failures.accept EMFILE == 0 (0)"},
		{text: "zombies_left == 1 && accepts == 2", line: "ok     zombies_left == 1 && accepts == 2 (1, 2)"},
		{text: "zombies_left == 0 or accepts == 2", line: "ok     zombies_left == 0 or accepts == 2 (0, 2)", says: "x"},

		{text: "len(processes) == processes_created", line: "ok     len(processes) == processes_created (3, 3)"},
		{text: "all(processes, .creator == root.pid)", line: "ok     all(processes, .creator == root.pid)"},
		{text: "all(processes, .state == 'alive' or .reaped_by == .creator)", answer: Fails,
			line: "FAILED all(processes, .state == 'alive' or .reaped_by == .creator) (1 of 3 in processes break " +
				"it)\n" +
				"       number  pid  creator  comm  state   reaped_by\n" +
				"       3       102  100      b     zombie  -"},
		{text: "none(processes, .exit_code == 7) && accepts == 2", answer: Fails,
			line: "FAILED none(processes, .exit_code == 7) && accepts == 2 (accepts is 2, 1 of 3 in processes break " +
				"it)\n" +
				"       number  pid  comm  exit_code\n" +
				"       2       101  a     7"},
		{text: "p99(connections, .queued_ms) < 1", answer: Fails,
			line: "FAILED p99(connections, .queued_ms) < 1 (p99(connections, .queued_ms) is 2)"},
		{text: "p50([3, 1, 2]) == 2", line: "ok     p50([3, 1, 2]) == 2 (2)"},
		{trace: handedOn, text: "all(connections, .let_go_by == nil && len(.holders) == 0)", answer: Fails,
			line: "FAILED all(connections, .let_go_by == nil && len(.holders) == 0) (1 of 2 in connections break " +
				"it)\n" +
				"       number  let_go_by  holders\n" +
				"       2       100        103 c true 3000"},
		{trace: handedOn, text: "count(connections, any(.holders, .comm == 'c' && .executed && .seen_ms == 3000)) == 1",
			line: "ok     count(connections, any(.holders, .comm == 'c' && .executed && .seen_ms == 3000)) == 1 (1)"},
		{trace: handedOn, text: "count(connections, .let_go_ms == 2000) == 1",
			line: "ok     count(connections, .let_go_ms == 2000) == 1 (1)"},
		{text: "count(connections, .queued_ms != nil) == 1",
			line: "ok     count(connections, .queued_ms != nil) == 1 (1)"},

		{text: "all(connections, .queued_ms < 1)", line: "FAILED all(connections, .queued_ms < 1)", answer: Fails},
		{text: "all(connections, .queued_ms < 20)", answer: Undecided,
			line: "?      all(connections, .queued_ms < 20) (cannot be decided: a value in it is not known, or did " +
				"not come to pass; leave those out with != nil)"},
		{trace: untraced, text: "http_requests == 0", answer: Undecided,
			line: "?      http_requests == 0 (0, cannot be decided: it was not traced, as --http asks for it)"},
		{trace: untraced, text: "all(connections, .requests == 0)", answer: Undecided,
			line: "?      all(connections, .requests == 0) (cannot be decided: it was not traced, as --http asks for " +
				"it)"},
		{trace: untraced, text: "len(coroutines) == 0", answer: Undecided,
			line: "?      len(coroutines) == 0 (0, cannot be decided: it was not traced, as --coroutines asks for " +
				"it)"},
		{trace: untraced, text: "accepts == 2", line: "ok     accepts == 2 (2)"},
		{trace: lossy, text: "accepts == 2", answer: Undecided,
			line: "?      accepts == 2 (2, cannot be decided: 3 events were lost)"},
		{trace: lossy, text: "lost_by_kind.accept > 2", line: "ok     lost_by_kind.accept > 2 (3)"},
		{trace: lossy, text: "events_lost == 0", line: "FAILED events_lost == 0 (events_lost is 3)", answer: Fails},
	} {
		if c.trace == nil {
			c.trace = whole
		}
		if c.says != "" {
			c.line = strings.Replace(c.line, "(0, 2)", "(1, 2)", 1)
		}
		q, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		v, err := q.Check(c.trace)
		line := strings.Join(v.Lines(words.English()), "\n")
		if err != nil || line != c.line || v.Answer != c.answer {
			t.Errorf("%q: %v, %v\n%s\nwant %v\n%s", c.text, err, v.Answer, line, c.answer, c.line)
		}
	}
}

// TestMistakes: each is told with what was meant, where that can be known.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"zombies_left":                           "it is neither true nor false; compare it",
		"zombies_left = 0":                       "= is not an operator; write ==",
		"zombies_left ==":                        "something is missing at the end",
		"== 0":                                   "is not expected there",
		"":                                       "something is missing",
		"zombis_left == 0":                       `"zombis_left" is not a name here; did you mean zombies_left?`,
		"exit_code.1 == 0":                       "did you mean exit_codes?",
		"exit_codes. == 0":                       `exit_codes has no entry ""`,
		"exit_codes.x == 0":                      `exit_codes has no entry "x"`,
		`exit_codes["x"] == 0`:                   `exit_codes has no entry "x"`,
		"lost_by_kind.forks == 0":                `lost_by_kind has no entry "forks"`,
		"accepts == NaN":                         `"NaN" is not a name here; tracer query --help lists the names`,
		strings.Repeat("x", 300) + " == 0":       "is not a name here",
		strings.Repeat("x", 1<<20) + " == 0":     "longer than 10,000 bytes",
		"all(processes, .zombi_ms < 5)":          `processes have no "zombi_ms"; did you mean zombie_ms?`,
		"all(connections, .served_by.com > 1)":   `accepted_by, served_by have no "com"; did you mean comm?`,
		"all(listeners, .drop == 0)":             `listeners have no "drop"; did you mean drops?`,
		"any(listeners, any(.holders, .end))":    `holders have no "end"`,
		"any(connections, any(.holders, .exec))": `holders have no "exec"`,
		"len(listener) == 1":                     `"listener" is not a name here; did you mean listeners?`,
		"every(processes, .pid > 0)":             "did you mean all?",
		"al(processes, .pid > 0)":                "did you mean all?",
		"zombies_left == 'x'":                    "mismatched types",
		"p99(3) > 1":                             "p99",
		"p99(map(processes, .comm)) > 1":         "percentiles are of lists of numbers",
		"processes[7].pid == 1":                  "index out of range",
	} {
		q, err := Parse(text)
		if err == nil {
			_, err = q.Check(written(t, life+"9 end\n"))
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q: %v, want %q", text, err, want)
			continue
		}
		if len(err.Error()) > 400 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.50q: not one line that can be read: %q", text, err)
		}
		if said, ok := err.(*words.Error); !ok || said.In(words.Chinese()) == err.Error() {
			t.Errorf("%.50q: not said in Chinese", text)
		}
	}
}

// TestLoopsEnd: an expression that would run for ever is given up.
func TestLoopsEnd(t *testing.T) {
	defer func(d time.Duration) { deadline = d }(deadline)
	deadline = time.Millisecond
	many := fmt.Sprintf("count(1..%d, # > count(1..%d, # > 1)) > 1", 30_000, 30_000)
	q, err := Parse(many)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Check(example(t)); err == nil || !strings.Contains(err.Error(), "loops within loops") {
		t.Errorf("got %v", err)
	}
}

// TestRowsAddUpToTheCounters, of every story that lost nothing: the counters are found apart from the rows.
func TestRowsAddUpToTheCounters(t *testing.T) {
	stories, err := filepath.Glob("../model/testdata/stories/*.txt")
	if err != nil || len(stories) < 20 {
		t.Fatal(stories, err)
	}
	traces := map[string]*Trace{"example": example(t)}
	for _, story := range stories {
		text, err := os.ReadFile(story)
		if err != nil {
			t.Fatal(err)
		}
		_, events, _ := strings.Cut(string(text), "-- events --\n")
		events, _, _ = strings.Cut(events, "-- ")
		traces[filepath.Base(story)] = written(t, events)
	}
	maps.DeleteFunc(traces, func(_ string, trace *Trace) bool { return trace.summary.EventsLost > 0 })
	if len(traces) < 20 {
		t.Errorf("only %d stories lost nothing", len(traces))
	}
	for counter, rows := range map[string]string{
		"processes_created":   "count(processes, not .seen)",
		"processes_exited":    "count(processes, .state != 'alive') - zombies_seen",
		"zombies_left":        "count(processes, .state == 'zombie')",
		"reaped_by_parent":    "count(processes, .reaping == 'parent')",
		"auto_reaped":         "count(processes, .reaping == 'kernel')",
		"zombies_dropped":     "count(processes, .reaping == 'dropped')",
		"threads_created":     "len(threads) - threads_seen",
		"accepts":             "len(connections)",
		"listen_drops":        "sum(listeners, .drops)",
		"accepts + 0":         "sum(listeners, .accepts)",
		"accepts + 1":         "sum(listeners, sum(.accepted_by, .accepts)) + 1",
		"connections_open":    "count(connections, .open)",
		"coroutines_finished": "count(coroutines, .state == 'finished' and not .vanished)",
		"http_requests":       "sum(connections, .requests)",
		"exit_signals.9":      "count(processes, .killed_by == 'SIGKILL')",
		"exit_codes.1":        "count(processes, .exit_code == 1)",
	} {
		q, err := Parse(counter + " == " + rows)
		if err != nil {
			t.Fatal(err)
		}
		for name, trace := range traces {
			v, err := q.Check(trace)
			if err != nil {
				t.Fatal(err)
			}
			if len(trace.summary.Warnings) > 0 { // a story need not have its end
				value, err := q.Find(trace)
				if v.Answer = Holds; err != nil || value != true {
					v.Answer = Fails
				}
			}
			if v.Answer != Holds {
				t.Errorf("%s: %s", name, strings.Join(v.Lines(words.English()), "\n"))
			}
		}
	}
}

// TestFieldsHaveOneName, and stand in the documentation.
func TestFieldsHaveOneName(t *testing.T) {
	page, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	types := slices.Collect(maps.Values(nameable().rowTypes))
	for name := range nameable().names {
		if nameable().counters[name] {
			continue
		}
		if !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("docs/query.md does not explain %s", name)
		}
	}
	for _, row := range types {
		for i := range row.NumField() {
			field := row.Field(i)
			name := field.Tag.Get("expr")
			if name == "" || name != field.Tag.Get("json") {
				t.Errorf("%s.%s is %q in expressions, %q in JSON", row.Name(), field.Name, name, field.Tag.Get("json"))
			}
			if !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("docs/query.md does not explain %s of %s", name, row.Name())
			}
		}
	}
}

func TestTables(t *testing.T) {
	trace := written(t, life+"9 end\n")
	for text, want := range map[string]string{
		"accepts":                      "2\n",
		"exit_codes":                   "7  1\n",
		"map(processes, .pid)":         "101\n102\n103\n",
		"filter(processes, .pid == 1)": "nothing found\n",
		"map(processes, {{pid: .pid, code: .exit_code}})": "code  pid\n7     101\n-     102\n-     103\n",
		"groupBy(map(processes, .state), #)":              "alive  alive\ngone  gone\nzombie  zombie\n",
		"true":                                            "true\n",
		`"\u202e\n"`:                                      `\u202e\n` + "\n",
	} {
		q, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		found, err := q.Find(trace)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var out bytes.Buffer
		if err := Text(&out, words.English(), found); err != nil || out.String() != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", text, err, out.String(), want)
		}
	}
}

// TestListeners: who accepts there, what is dropped, who holds them.
func TestListeners(t *testing.T) {
	trace := written(t, life+`6.5 accept pid=103 start=2 connection=3 listener=127.0.0.1:80 queued=0.3 queue=2 backlog=2
7 listen_drop pid=100 start=1 listener=127.0.0.1:80 count=4 queue=1 backlog=2
7 exec pid=103 start=2 comm=new
7 hold pid=103 start=2 occasion=exec fd=5 listener=127.0.0.1:81 holder=100 comm=new
7.5 hold pid=103 start=2 occasion=look fd=5 listener=127.0.0.1:81 comm=new
8 hold pid=7 start=1 flags=untraced occasion=look fd=9 listener=127.0.0.1:81 comm=old
8.5 listen_drop listener=127.0.0.1:80 queue=1 backlog=2
9 end
`)
	for text, want := range map[string]string{
		"map(listeners, .address)": "127.0.0.1:80\n127.0.0.1:81\n",
		"map(listeners[0].accepted_by, {{pid: .pid, comm: .comm, n: .accepts}})": "comm  n  pid\n" +
			"root  2  100\nroot  1  103\n",
		"map(listeners, {{drops: .drops, most: .queue, limit: .backlog, full: .full, left: .waiting, " +
			"ms: .queued_ms}})": "" +
			"drops  full   left  limit  most  ms\n" +
			"4      true   1     2      2     300\n0      false  0     -      -     -\n",
		"map(listeners[1].holders, {{pid: .pid, comm: .comm, out: .untraced, exec: .executed, ms: .seen_ms}})": "" +
			"comm  exec   ms    out    pid\nnew   true   6500  false  103\nold   false  7000  true   7\n",
		"filter(listeners, .full and .drops > 3)": "address       backlog  queue  full  waiting  queued_ms  drops  " +
			"accepts  accepted_by\n" +
			"127.0.0.1:80  2        2      true  1        300        4      3        100 root 2 " +
			"103 root 1\n",
	} {
		q, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		found, err := q.Find(trace)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var out bytes.Buffer
		if err := Text(&out, words.English(), found); err != nil || out.String() != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", text, err, out.String(), want)
		}
	}
	lossy := written(t, life+"8 lost lost=accept count=1\n9 end\n")
	for text, c := range map[string]struct {
		trace *Trace
		want  Answer
	}{
		"none(listeners, .full)":                          {trace, Fails},
		"all(listeners, .drops < 5)":                      {trace, Holds},
		"len(listeners) == 2 and len(connections) == 3":   {trace, Holds},
		"all(filter(listeners, .drops == 0), .queue < 9)": {trace, Undecided}, // nobody looked there
		"len(listeners) == 1":                             {lossy, Undecided},
	} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := q.Check(c.trace); err != nil || v.Answer != c.want {
			t.Errorf("%q: %v, %v, want %v", text, v.Answer, err, c.want)
		}
	}
}

// TestMarks: those of a recording as rows, in the order of their events. That they cannot be read is told only to who
// asks for them.
func TestMarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.trc")
	content, err := os.ReadFile("../examples/fork-once.trc")
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := r.One()
	if err != nil {
		t.Fatal(err)
	}
	begin := first.Time
	ask := func(text string) (any, error) {
		t.Helper()
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Rewind(); err != nil {
			t.Fatal(err)
		}
		trace, err := Read(r, []*Query{q})
		if err != nil {
			return nil, err
		}
		return q.Find(trace)
	}
	if found, err := ask("marks"); err != nil || len(found.([]Mark)) != 0 {
		t.Errorf("without any: %v, %v", found, err)
	}
	if err := r.KeepMarks([]event.Mark{{Event: 233, Time: begin + 966_000_000, Note: "most \x1b"},
		{Event: 7, Time: begin + 1_500_000}}); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"marks":                              "event  at_ms  note\n7      1.5\n233    966    most \\x1b\n",
		`filter(marks, .note contains "mo")`: "event  at_ms  note\n233    966    most \\x1b\n",
		"count(marks, .at_ms > 2)":           "1\n",
		"sum(marks, .event) + zombies_left":  "248\n",
	} {
		found, err := ask(text)
		var out bytes.Buffer
		if err == nil {
			err = Text(&out, words.English(), found)
		}
		if err != nil || out.String() != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", text, err, out.String(), want)
		}
	}
	if err := os.WriteFile(path+".marks", []byte("notes of mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := ask("len(processes)"); err != nil || found != 48 {
		t.Errorf("48 processes, though there are no marks: %v, %v", found, err)
	}
	if _, err := ask("len(marks)"); err == nil || !strings.Contains(err.Error(), "a.trc.marks") {
		t.Errorf("what is no file of marks: %v", err)
	}
}

// TestWhere: the rows of which a condition holds, the launched process among them; not those of which it is unknown.
func TestWhere(t *testing.T) {
	trace := written(t, life+"9 end\n")
	rows := func(list, condition string) string {
		q, err := Where(list, condition)
		if err != nil {
			return err.Error()
		}
		numbers, err := q.Numbers(trace)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(slices.Sorted(maps.Keys(numbers)))
	}
	all := rows("processes", "true")
	if strings.Count(all, " ") < 1 || rows("processes", ".pid > 0") != all || rows("processes", "false") != "[]" {
		t.Errorf("of all: %s, %s, %s", all, rows("processes", ".pid > 0"), rows("processes", "false"))
	}
	ended := rows("processes", ".ended_ms != nil && .ended_ms >= 0")
	if got := rows("processes", ".ended_ms >= 0"); got != ended {
		t.Errorf("those that have ended: %s, want %s", got, ended)
	}
	for condition, want := range map[string]string{".pid": "NoCondition", ".pid ==": "Unfinished", ".pid = 3": "=",
		".pids == 3": "pid", "count(processes, .ended_ms < 3) == 1": "nil"} {
		if got := rows("processes", condition); strings.HasPrefix(got, "[") {
			t.Errorf("%s: %s, want an error (%s)", condition, got, want)
		}
	}
}

// FuzzParse: whatever is written, the answer is an answer or one line that says what is wrong.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"zombies_left == 0", "p99(connections, .queued_ms) < 20", "exit_codes.1 == 0",
		"all(processes, .reaped_by == .creator)", "map(processes, {{a: .pid}})", "p50(", "failures.accept EMFILE == 0",
		"let x = p90(map(processes, .pid)); x > 3", "exit_codes[1]", "\xff == 0", "groupBy(processes, .comm)"} {
		f.Add(text)
	}
	trace := written(f, life+"9 end\n")
	deadline = 200 * time.Millisecond
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "..") || strings.Contains(text, "repeat") { // would take memory and time
			return
		}
		q, err := Parse(text)
		if err == nil {
			var found any
			if found, err = q.Find(trace); err == nil {
				var out bytes.Buffer
				if err := Text(&out, words.English(), found); err != nil {
					t.Fatal(err)
				}
			}
			var v Verdict
			if v, err = q.Check(trace); err == nil {
				v.Lines(words.Chinese())
			}
		}
		if err != nil {
			if _, ok := err.(*words.Error); !ok {
				t.Fatalf("%T: %v", err, err)
			}
		}
	})
}
