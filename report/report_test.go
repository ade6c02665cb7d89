package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/query"
	"tracer/record"
	"tracer/timeline"
	"tracer/words"
)

// example is 48 connections to a server that forks for each, and waits once for each SIGCHLD.
const example = "../examples/fork-once.trc"

func open(t *testing.T, path string) *record.Recording {
	t.Helper()
	r, err := record.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func html(t *testing.T, path string, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, open(t, path), o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func summary(t *testing.T, path string) export.Summary {
	t.Helper()
	r, m := open(t, path), model.New(model.Options{})
	if err := export.Feed(m, r); err != nil {
		t.Fatal(err)
	}
	return export.SummarizeRecording(r, m)
}

// written is a recording of events in the text form.
func written(t *testing.T, events string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte(events), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// recordings are the example and the stories of the model.
func recordings(t *testing.T) map[string]string {
	t.Helper()
	stories, err := filepath.Glob("../model/testdata/stories/*.txt")
	if err != nil || len(stories) < 20 {
		t.Fatal(stories, err)
	}
	all := map[string]string{"example": example}
	for _, story := range stories {
		text, err := os.ReadFile(story)
		if err != nil {
			t.Fatal(err)
		}
		_, events, _ := strings.Cut(string(text), "-- events --\n")
		events, _, _ = strings.Cut(events, "-- ")
		all[filepath.Base(story)] = written(t, "@kernel 6.12.0\n"+events)
	}
	return all
}

// TestCounts: what the page holds of each recording adds up to its counters.
func TestCounts(t *testing.T) {
	for name, path := range recordings(t) {
		p, err := makePage(open(t, path), &Options{Words: words.English()})
		if err != nil {
			t.Fatal(name, err)
		}
		s := summary(t, path)
		if len(p.Findings) != len(s.Findings) {
			t.Errorf("%s: %d findings, want %d", name, len(p.Findings), len(s.Findings))
		}
		for _, f := range p.Findings {
			if len(f.Evidence) == 0 && f.Severity != "incomplete" {
				t.Errorf("%s: %s has no evidence that opens", name, f.Rule)
			}
		}
		if s.EventsLost > 0 {
			continue
		}
		roots := 0
		if s.RootStatus != nil || s.ProcessesSeen == 0 {
			roots = 1
		}
		processes, threads := count(p.lanes.Tasks.Kind, 0), count(p.lanes.Tasks.Kind, 1)
		if want := int(s.ProcessesCreated+s.ProcessesSeen+s.ZombiesSeen) + roots; processes != want {
			t.Errorf("%s: %d lanes of processes, want %d", name, processes, want)
		}
		if want := int(s.ThreadsCreated + s.ThreadsSeen); threads != want {
			t.Errorf("%s: %d lanes of threads, want %d", name, threads, want)
		}
		if accepted := count(p.lanes.Spans.Kind, 6); accepted > int(s.Accepts) {
			t.Errorf("%s: %d connections accepted, want %d at most", name, accepted, s.Accepts)
		}
		if marks := count(p.lanes.Marks.Kind, 0); marks != execsIn(t, path) {
			t.Errorf("%s: %d signs of an exec, want %d", name, marks, execsIn(t, path))
		}
		for _, row := range p.Ledger {
			if row.Ended != row.Reaped+row.ByKernel+row.Dropped+row.Unseen+row.Left+row.Zombies {
				t.Errorf("%s: the ledger of %s does not balance: %+v", name, row.Who, row)
			}
		}
	}
}

// execsIn is how many programs were executed, but for those that a process was met or launched with.
func execsIn(t *testing.T, path string) (n int) {
	t.Helper()
	r, met := open(t, path), map[event.PID]event.Time{}
	for {
		e, err := r.One()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == event.Fork && event.TID(e.ChildPID) == e.Child.TID {
			met[e.ChildPID] = e.Time
		}
		if _, known := met[e.PID]; !known {
			met[e.PID] = e.Time
		}
		if e.Kind == event.Exec && e.Time > met[e.PID] {
			n++
		}
	}
}

func count(list []int, kind int) (n int) {
	for _, k := range list {
		if k == kind {
			n++
		}
	}
	return n
}

// TestLedgerOfTheExample: 48 children ended, each with a SIGCHLD; of those that were coalesced one stays each.
func TestLedgerOfTheExample(t *testing.T) {
	p, err := makePage(open(t, example), &Options{Words: words.English()})
	if err != nil {
		t.Fatal(err)
	}
	s := summary(t, example)
	if len(p.Ledger) != 1 {
		t.Fatal(p.Ledger)
	}
	row := p.Ledger[0]
	if row.Ended != s.ProcessesExited || row.Queued != s.SigchldQueued || row.Coalesced != s.SigchldCoalesced ||
		row.Reaped != s.ReapedByParent || row.Left+row.Zombies != s.ZombiesLeft || row.None != 0 {
		t.Errorf("%+v, want of %+v", row, s.Counters)
	}
}

// TestIdentical: two reports of one recording are the same, byte for byte, in each language.
func TestIdentical(t *testing.T) {
	for _, l := range words.Languages() {
		o := Options{Words: l, Title: "Lab 3", Author: "Ana", Questions: []string{"Why do zombies stay?"}}
		one, two := html(t, example, o), html(t, example, o)
		if !bytes.Equal(one, two) {
			t.Errorf("%s: two reports differ", l)
		}
		for _, part := range []string{"Lab 3", "Ana", "Why do zombies stay?", l.Report.Lanes} {
			if !bytes.Contains(one, []byte(part)) {
				t.Errorf("%s: the page lacks %q", l, part)
			}
		}
	}
}

// TestHostileNames: no text of a traced program, of a recording or of a command line breaks out of its place.
func TestHostileNames(t *testing.T) {
	const evil = `</script><script>alert(1)</script><!--"'&` + "`${x}"
	file := written(t, "@kernel 6.12.0</script>\n1 exec pid=100 start=1 flags=root,launch comm=\"</script>\" "+
		"path=\"/"+`</script><img src=x onerror=alert(1)>`+"\"\n"+
		"2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17\n"+
		"3 exec pid=101 start=2 comm=\"<script>x\" path=\"/a\"\n"+
		"4 accept pid=100 start=1 connection=1 listener=\"unix:/</script><b>\"\n"+
		"5 exit pid=101 start=2 flags=group_dead parent=100 reaper=1 comm=\"]]></style>\"\n9 end\n")
	page := html(t, file, Options{Words: words.English(), Title: evil, Author: evil, Questions: []string{evil}})
	tags := regexp.MustCompile(`(?i)<(/?)(script|style|img|b|!--)\b`)
	found := tags.FindAllString(stripScript(page), -1)
	want := "<style </style <script </script <script </script"
	if got := strings.Join(found, " "); got != want {
		t.Errorf("tags %s, want %s", got, want)
	}
	if strings.ContainsAny(string(page), "\x1b\u202e") {
		t.Error("the page holds raw control characters")
	}
}

// stripScript leaves out what is in the page's own script, which is not of the recording.
func stripScript(page []byte) string {
	own := regexp.MustCompile(`(?s)<script>.*</script>\s*</body>`)
	return own.ReplaceAllString(string(page), "<script></script></body>")
}

func markdown(t *testing.T, path string, o Options) (text, lanes string) {
	t.Helper()
	text, pictures := beside(t, open(t, path), o)
	return text, pictures["a b-lanes.svg"]
}

// beside returns the report as Markdown, and the pictures beside it by their names.
func beside(t *testing.T, r *record.Recording, o Options) (text string, pictures map[string]string) {
	t.Helper()
	p, err := makePage(r, &o)
	if err != nil {
		t.Fatal(err)
	}
	return besides(t, p, o.Words)
}

// forms are all that a report can be written as.
type forms struct {
	page, text string
	pictures   map[string]string
}

func formsOf(t *testing.T, path string, o Options) (f forms) {
	t.Helper()
	p, err := makePage(open(t, path), &o)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := p.html(&page); err != nil {
		t.Fatal(err)
	}
	f.page = page.String()
	f.text, f.pictures = besides(t, p, o.Words)
	return f
}

func besides(t *testing.T, p *page, l *words.Language) (text string, pictures map[string]string) {
	t.Helper()
	var w bytes.Buffer
	pictures = map[string]string{}
	keep := func(name string, write func(io.Writer) error) error {
		if write == nil {
			return nil
		}
		var picture bytes.Buffer
		err := write(&picture)
		pictures[name] = picture.String()
		return err
	}
	if err := p.beside(&w, "a b", keep, l); err != nil {
		t.Fatal(err)
	}
	return w.String(), pictures
}

// TestMarkdownSaysTheSame as the page: each sentence and each number of its tables, and the picture is well-formed.
func TestMarkdownSaysTheSame(t *testing.T) {
	for name, path := range recordings(t) {
		for _, l := range words.Languages() {
			o := Options{Words: l, Title: "Lab 3", Author: "Ana", Questions: []string{"Why?"}}
			text, picture := markdown(t, path, o)
			p, err := makePage(open(t, path), &o)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"# Lab 3", "Ana", "1. Why?", p.Tree, "](<a b-lanes.svg>)", l.Report.Missing}
			for _, f := range p.Findings {
				want = append(want, plain(f.Text))
			}
			for _, r := range p.Ledger {
				want = append(want, fmt.Sprintf("| %s | %d | %d | %d |", plain(r.Who), r.Ended, r.Queued, r.Coalesced))
			}
			for _, r := range p.Phases {
				want = append(want, fmt.Sprintf("| %s | %d | %s |", r.Name, r.Count, r.P50))
			}
			for _, part := range want {
				if !strings.Contains(text, part) {
					t.Errorf("%s: the Markdown lacks %q", name, part)
				}
			}
			lives := 0
			for d := xml.NewDecoder(strings.NewReader(picture)); ; {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s: the picture: %v", name, err)
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
					lives++
				}
			}
			if lives < min(len(p.lanes.Tasks.Kind), pictureLanes) {
				t.Errorf("%s: %d bars in the picture, of %d tasks", name, lives, len(p.lanes.Tasks.Kind))
			}
		}
	}
}

// TestMarkdownKeepsHostileTextPlain: neither marks nor HTML come of what is not the report's own.
func TestMarkdownKeepsHostileTextPlain(t *testing.T) {
	const evil = "a](javascript:x) <b>|`*\n# c &lt;"
	file := written(t, "@kernel 6.12.0\n1 exec pid=100 start=1 flags=root,launch comm=\"</svg><b>\" path=\"/```\"\n"+
		"2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17\n"+
		"3 exit pid=101 start=2 flags=group_dead parent=100 reaper=1 comm=\"```\\n|x\"\n9 end\n")
	o := Options{Words: words.English(), Title: evil, Author: evil, Questions: []string{evil}}
	text, picture := markdown(t, file, o)
	if strings.Contains(picture, "<b>") || strings.Count(picture, "</svg>") != 1 {
		t.Error(picture)
	}
	fences := 0
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fences++
		} else if fences%2 == 0 && (strings.Contains(line, "<b>") || strings.HasPrefix(line, "# c") ||
			strings.Contains(strings.ReplaceAll(line, `\]`, ""), "](java")) {
			t.Errorf("%q", line)
		}
	}
	if fences%2 != 0 {
		t.Errorf("%d fences in\n%s", fences, text)
	}
}

// idsOf are the fields of events in the text form that are ids of processes and threads.
var idsOf = regexp.MustCompile(` (pid|tid|child|child_pid|parent|ns_pid|inner_pid|reaper|target|target_pid|si_pid|` +
	`old_tid|holder|debugger|id)=(\d+)`)

// others is a recording of the same with other ids, in the opposite order.
func others(t *testing.T, path string) string {
	t.Helper()
	var text bytes.Buffer
	if err := open(t, path).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return written(t, idsOf.ReplaceAllStringFunc(text.String(), func(field string) string {
		name, digits, _ := strings.Cut(field, "=")
		id, err := strconv.Atoi(digits)
		if err != nil {
			t.Fatal(err)
		}
		if id > 1 {
			id = 4_000_000 - id
		}
		return fmt.Sprintf("%s=%d", name, id)
	}))
}

// TestNamesByOrder: of two traces that differ only in the ids the reports are the same, in both forms.
func TestNamesByOrder(t *testing.T) {
	for name, path := range recordings(t) {
		other := others(t, path)
		for _, l := range words.Languages() {
			o := Options{Words: l, Names: ByOrder, Title: "the same", At: []uint64{0}}
			one, two := formsOf(t, path, o), formsOf(t, other, o)
			if !reflect.DeepEqual(one, two) {
				t.Errorf("%s: the reports differ:\n%s", name, cmp.Diff(one, two, cmp.AllowUnexported(forms{})))
			}
			if tenDigits.MatchString(one.text) {
				t.Errorf("%s: %s has no name", name, tenDigits.FindString(one.text))
			}
		}
		// Nothing else becomes of it
		p, err := makePage(open(t, path), &Options{Words: words.English(), Names: ByOrder})
		if err != nil {
			t.Fatal(err)
		}
		plain, err := makePage(open(t, path), &Options{Words: words.English()})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(plain.Summary, p.Summary, cmpopts.IgnoreSliceElements(func(row []string) bool {
			return strings.Contains(row[1], " by ") && strings.Contains(row[1], " to ")
		})); d != "" {
			t.Errorf("%s: other counters: %s", name, d)
		}
		if len(p.Findings) != len(plain.Findings) || !slices.Equal(p.lanes.Spans.Kind, plain.lanes.Spans.Kind) {
			t.Errorf("%s: %d findings, want %d; or other spans", name, len(p.Findings), len(plain.Findings))
		}
	}
}

// TestNames: of the example, by whom and in which order.
func TestNames(t *testing.T) {
	text, picture := markdown(t, example, Options{Words: words.English(), Names: ByOrder})
	for _, want := range []string{"\nP1 tracer [", "P1 (tracer): 8 SIGCHLD", "| P1 (tracer) | 48 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	for _, want := range []string{">P1 tracer<", ">P1.T1 tracer<", ">P1.T6 tracer<", ">P49 tracer<"} {
		if strings.Count(picture, want) != 1 {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

// TestMomentsBehindDamage: what is missing in a recording keeps its ordinals.
func TestMomentsBehindDamage(t *testing.T) {
	m := &moments{}
	for i, e := range []event.Event{{Kind: event.Exec}, {Kind: event.Lost, Count: 5}, {Kind: event.Fork},
		{Kind: event.Lost, Lost: event.Fork, Count: 9}, {Kind: event.Lost, Count: 2}, {Kind: event.Exit}} {
		e.Time, e.PID = event.Time(100+i), event.PID(i)
		m.add(&e)
	}
	for ordinal, want := range map[uint64]int{0: 0, 1: 1, 6: 2, 7: 3, 8: 4, 10: 5} {
		got := m.of(model.Evidence{ordinal}, 100)
		if len(got) != 1 || got[0].At != int64(want) || got[0].PID != event.PID(want) || got[0].Ordinal != ordinal {
			t.Errorf("event %d: %v", ordinal, got)
		}
	}
	for _, missing := range []uint64{2, 5, 9, 11, 1 << 62} {
		if got := m.of(model.Evidence{missing}, 100); len(got) != 0 {
			t.Errorf("event %d, which is missing: %v", missing, got)
		}
	}
}

// TestForestsAreOfWhoIsThere: who is gone is in none. There is one for each peak, and for each event that was asked
// for.
func TestForestsAreOfWhoIsThere(t *testing.T) {
	for name, path := range recordings(t) {
		p, err := makePage(open(t, path), &Options{Words: words.English(), At: []uint64{0}})
		if err != nil {
			t.Fatal(name, err)
		}
		want := 2
		if summary(t, path).ZombiesPeak > 0 {
			want = 3
		}
		if len(p.Forests) > want || len(p.Forests) < want-1 { // it is one of a moment
			t.Errorf("%s: %d forests, want %d", name, len(p.Forests), want)
		}
		for _, f := range p.Forests {
			if strings.Contains(f.Tree, "reaped by") || strings.Contains(f.Tree, ": ended") {
				t.Errorf("%s: %s\n%s", name, f.Title, f.Tree)
			}
		}
	}
}

func TestQuestions(t *testing.T) {
	got := Questions("\n1. Who\nreaps?\r\n\r\n\n  2. Why?  \n")
	if len(got) != 2 || got[0] != "1. Who reaps?" || got[1] != "2. Why?" {
		t.Errorf("%q", got)
	}
}

// TestRetracted: a wait that tells late whom it has reaped has the zombie drawn once, as it was.
func TestRetracted(t *testing.T) {
	c, m := &collector{}, model.New(query.Everything())
	zombie := timeline.Span{Kind: timeline.Zombie, Of: timeline.ID{Number: 2}, Begin: timeline.Moment{At: 5},
		End: timeline.Moment{At: 7}}
	again := zombie
	again.Retracted = true
	longer := zombie
	longer.End.At = 9
	c.span(&timeline.Span{Kind: timeline.Process, Of: timeline.ID{Number: 2}, Process: &model.Process{PID: 101}})
	for _, s := range []timeline.Span{zombie, again, longer} {
		c.span(&s)
	}
	reap := timeline.Edge{Kind: timeline.Reap, From: timeline.ID{Number: 2}, To: timeline.ID{Number: 2}}
	for _, retracted := range []bool{false, true} {
		reap.Retracted = retracted
		c.edge(&reap)
	}
	l := c.lanes(m)
	if len(l.Spans.Kind) != 2 || l.Spans.Length[1] != 4 || len(l.Edges.Kind) != 0 {
		t.Errorf("%+v", l)
	}
}

// TestPhasesAreWhereTheyWereServed: on the lane of the thread or the coroutine that served the connection.
func TestPhasesAreWhereTheyWereServed(t *testing.T) {
	met, all := map[int]int{}, recordings(t)
	all["threads and coroutines"] = written(t, `@kernel 6.12.0
1 exec pid=100 start=1 flags=root,launch comm="server" path="/server"
2 fork pid=100 start=1 child=101 child_start=2 parent=1 ns_pid=101 clone_flags=0xd0f00 exit_signal=-1
3 accept pid=100 start=1 connection=1 listener="127.0.0.1:80" peer="127.0.0.1:4000"
4 serve pid=100 tid=101 start=2 connection=1 bytes_read=5
5 serve pid=100 tid=101 start=2 connection=1 bytes_written=5
6 close pid=100 tid=101 start=2 connection=1
7 spawn pid=100 start=1 flags=root runtime=coro coroutine=2 creator=1
8 accept pid=100 start=1 flags=root connection=2 listener="127.0.0.1:80" peer="127.0.0.1:4001"
9 switch pid=100 start=1 flags=root runtime=coro coroutine=2 previous=1
10 serve pid=100 start=1 flags=root connection=2 bytes_read=5
11 serve pid=100 start=1 flags=root connection=2 bytes_written=5
12 close pid=100 start=1 flags=root connection=2
13 end
`)
	for name, path := range all {
		p, err := makePage(open(t, path), &Options{Words: words.English()})
		if err != nil {
			t.Fatal(name, err)
		}
		var lines bytes.Buffer
		if err := export.Connections(&lines, open(t, path)); err != nil {
			t.Fatal(name, err)
		}
		for d := json.NewDecoder(&lines); d.More(); {
			var c struct {
				Connection                              uint64
				Served_by, Served_by_thread, Handovers  int
				Served_by_coroutine, Bytes_read, Closed uint64
			}
			if err := d.Decode(&c); err != nil {
				t.Fatal(name, err)
			}
			kind, id := 0, uint64(c.Served_by)
			switch {
			case c.Handovers > 0:
				continue
			case c.Served_by_coroutine > 0:
				kind, id = kindCoroutine, c.Served_by_coroutine
			case c.Served_by_thread > 0:
				kind, id = 1, uint64(c.Served_by_thread)
			}
			s, tasks := &p.lanes.Spans, &p.lanes.Tasks
			for i, number := range s.Connection {
				if k := spanKinds[s.Kind[i]]; number != c.Connection || k != timeline.Served && k != timeline.Replied {
					continue
				}
				if lane := s.Lane[i]; tasks.Kind[lane] != kind || tasks.ID[lane] != id {
					t.Errorf("%s: connection %d is on the lane of %d %d, want %d %d", name, number, tasks.Kind[lane],
						tasks.ID[lane], kind, id)
				}
				met[kind]++
			}
		}
	}
	if met[0] == 0 || met[1] == 0 || met[2] == 0 {
		t.Errorf("not all kinds were met: %v", met)
	}
}

// TestAgain: the command that repeats a trace is the same when a shell has read it, whatever its arguments are.
func TestAgain(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	want := []string{"echo", "", "a b", "'", `"$(x)"`, "\x1b[2J\u202e", "a\nb\\", "`x`", "!x", "=x", "#", "~", "*", "-n"}
	var b bytes.Buffer
	w, err := record.NewWriter(&b, record.Meta{Command: want})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(record.Trailer{}); err != nil {
		t.Fatal(err)
	}
	r, err := record.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	got := command(&record.Recording{Reader: r})
	out, err := exec.CommandContext(t.Context(), shell, "-c", `printf '%s\0' `+got).Output()
	if d := cmp.Diff(strings.Join(want, "\x00")+"\x00", string(out)); err != nil || d != "" {
		t.Errorf("%v: %s becomes other arguments: %s", err, got, d)
	}
}
