package grading

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tracer/query"
	"tracer/record"
	"tracer/words"
)

const lab = `title: Lab 3
rules:
  - name: no zombies are left
    check: zombies_left == 0
    points: 3
    message: wait in a loop
  - name: each is reaped by who made it
    check: all(processes, .reaped_by == .creator)
    points: 1.5
  - check: exit_codes.7 == 0
`

// reaped and left are programs that did well and did not, in the text form.
const (
	born = "@kernel 6.12.0\n1 exec pid=100 start=1 flags=root,launch comm=root\n" +
		"2 fork pid=100 start=1 child=101 child_start=2 parent=100 ns_pid=101 exit_signal=17\n"
	ended  = born + "3 exit pid=101 start=2 flags=group_dead parent=100 reaper=1 comm=a\n"
	reaped = ended + "4 wait pid=100 start=1 call=wait4 child=101\n9 end\n"
	left   = ended + "9 end\n"
	lossy  = ended + "4 wait pid=100 start=1 call=wait4 child=101\n5 lost lost=exit count=2\n9 end\n"
)

// folder has forty recordings as a course hands them in: good, wrong, with losses, cut off, of a newer tracer, and one
// that is none.
func folder(t *testing.T) (names []string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write := func(name string, content []byte) {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	for i := range 20 {
		write(fmt.Sprintf("good%02d.trc", i), []byte(reaped))
	}
	for i := range 10 {
		write(fmt.Sprintf("wrong%d.trc", i), []byte(left))
	}
	for i := range 5 {
		write(fmt.Sprintf("lossy%d.trc", i), []byte(lossy))
	}
	whole := packed(t, reaped)
	for i := range 3 {
		write(fmt.Sprintf("cut%d.trc", i), whole[:bytes.LastIndex(whole, []byte("DONE"))+i]) // the block that ends it
	}
	newer, err := os.ReadFile(filepath.Join(home, "../record/testdata/newer.trc"))
	if err != nil {
		t.Fatal(err)
	}
	write("newer.trc", newer)
	write("notes.txt", []byte("I could not finish\n"))
	if len(names) != 40 {
		t.Fatal(len(names))
	}
	return names
}

var home, _ = os.Getwd()

// packed returns a recording of events in the text form.
func packed(t *testing.T, form string) []byte {
	t.Helper()
	meta, events, _, err := record.ParseText(strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := record.NewWriter(&b, meta)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(events); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(record.Trailer{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func graded(t *testing.T) (*Rules, []Sheet) {
	t.Helper()
	rules, err := parse("lab.yaml", []byte(lab))
	if err != nil {
		t.Fatal(err)
	}
	var sheets []Sheet
	for _, name := range folder(t) {
		sheets = append(sheets, rules.Grade(name, record.OpenRecording))
	}
	return rules, sheets
}

func TestForty(t *testing.T) {
	rules, sheets := graded(t)
	for _, s := range sheets {
		reached, of := s.Points()
		want, answer := 5.5, query.Holds
		switch {
		case strings.HasPrefix(s.Recording, "wrong"):
			want, answer = 1, query.Fails
		case !strings.HasPrefix(s.Recording, "good"):
			want, answer = 0, query.Undecided
		}
		if reached != want || of != 5.5 || s.Answer() != answer {
			t.Errorf("%s: %v of %v, %v; want %v, %v", s.Recording, reached, of, s.Answer(), want, answer)
		}
	}
	var out bytes.Buffer
	some := []Sheet{sheets[0], sheets[20], sheets[30], sheets[35], sheets[39]}
	if err := rules.Table(&out, words.English(), some); err != nil {
		t.Fatal(err)
	}
	const table = `Lab 3
  1  no zombies are left            points: 3
  2  each is reaped by who made it  points: 1.5
  3  exit_codes.7 == 0              points: 1

recording   points      1       2       3
good00.trc  5.5 of 5.5  ok      ok      ok
wrong0.trc  1 of 5.5    FAILED  FAILED  ok
lossy0.trc  0 of 5.5    ?       ?       ?
cut0.trc    0 of 5.5    ?       ?       ?
notes.txt   0 of 5.5    ?       ?       ?

wrong0.trc, 1: zombies_left == 0 (zombies_left is 1); wait in a loop
wrong0.trc, 2: all(processes, .reaped_by == .creator) (1 of 1 in processes break it)
lossy0.trc, 1: zombies_left == 0 (0, cannot be decided: 2 events were lost)
lossy0.trc, 2: all(processes, .reaped_by == .creator) (cannot be decided: 2 events were lost)
lossy0.trc, 3: exit_codes.7 == 0 (0, cannot be decided: 2 events were lost)
cut0.trc, 1: zombies_left == 0 (0, cannot be decided: the recording is incomplete)
cut0.trc, 2: all(processes, .reaped_by == .creator) (cannot be decided: the recording is incomplete)
cut0.trc, 3: exit_codes.7 == 0 (0, cannot be decided: the recording is incomplete)
notes.txt: open the recording notes.txt: not a recording that this version reads: it does not begin as a recording does
`
	if out.String() != table {
		t.Errorf("got\n%s", out.String())
	}
}

// TestForPrograms: the JSON and the XML can be read back, and say the same.
func TestForPrograms(t *testing.T) {
	rules, sheets := graded(t)
	var asJSON, asXML bytes.Buffer
	if err := rules.JSON(&asJSON, sheets); err != nil {
		t.Fatal(err)
	}
	if err := rules.JUnit(&asXML, sheets); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Recordings []struct {
			Recording string
			Rules     []struct{ Answer, Reason string }
		}
	}
	if err := json.Unmarshal(asJSON.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Suite []struct {
			Name             string `xml:"name,attr"`
			Failures, Errors int    `xml:",attr"`
			Fails            int    `xml:"failures,attr"`
			Errs             int    `xml:"errors,attr"`
			Case             []struct {
				Failure *struct {
					Message string `xml:"message,attr"`
				} `xml:"failure"`
				Error *struct {
					Message string `xml:"message,attr"`
				} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(asXML.Bytes(), &suites); err != nil {
		t.Fatal(err)
	}
	if len(document.Recordings) != len(sheets) || len(suites.Suite) != len(sheets) {
		t.Fatal(len(document.Recordings), len(suites.Suite))
	}
	for i, recording := range document.Recordings {
		suite, fails, undecided := suites.Suite[i], 0, 0
		for j, rule := range recording.Rules {
			c := suite.Case[j]
			switch rule.Answer {
			case "fails":
				if fails++; c.Failure == nil || c.Failure.Message != rule.Reason {
					t.Errorf("%s, rule %d: %+v, %+v", recording.Recording, j, rule, c)
				}
			case "undecided":
				if undecided++; c.Error == nil || c.Error.Message != rule.Reason {
					t.Errorf("%s, rule %d: %+v, %+v", recording.Recording, j, rule, c)
				}
			default:
				if c.Failure != nil || c.Error != nil || rule.Reason != "" {
					t.Errorf("%s, rule %d: %+v, %+v", recording.Recording, j, rule, c)
				}
			}
		}
		if suite.Fails != fails || suite.Errs != undecided {
			t.Errorf("%s: %d failures, %d errors; want %d, %d", suite.Name, suite.Fails, suite.Errs, fails, undecided)
		}
	}
}

// TestMistakes: each is told with its line, all of the conditions at once.
func TestMistakes(t *testing.T) {
	for document, want := range map[string]string{
		"":                      "lab.yaml:1: no rules; write a list under rules:",
		"rules: []\n":           "lab.yaml:1: no rules",
		"rules: 3\n":            "lab.yaml:1: ",
		"rules: [\n":            "lab.yaml:1: ",
		"title: a\nrule:\n":     `lab.yaml:2: unknown field "rule"`,
		"rules:\n  - chek: a\n": `lab.yaml:2: unknown field "chek"`,
		"rules:\n  - check: accepts == 1\n  - name: x\n": "lab.yaml:3: a rule without a check",
		"rules:\n  - check: accepts\n": "lab.yaml:2: \"accepts\": it is neither " +
			"true nor false",
		"rules:\n  - check: accepts == 1\n    points: -1\n": "lab.yaml:2: points cannot be negative",
		"rules:\n  - check: acepts == 1\n  - check: all(processes, .pidd == 1)\n": "lab.yaml:2: \"acepts == 1\": " +
			"\"acepts\" is not a name here; did you mean accepts?\nlab.yaml:3: ",
	} {
		if _, err := parse("lab.yaml", []byte(document)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", document, err, want)
		}
	}
	_, err := Read(filepath.Join(t.TempDir(), "none.yaml"))
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

// TestHostileNames: what is in a file of rules, or in the name of a recording, neither breaks out of the table nor of
// the XML.
func TestHostileNames(t *testing.T) {
	rules, err := parse("lab.yaml", []byte("title: \"\\e[31m\"\nrules:\n  - check: zombies_left == 0\n"+
		"    name: \"a\\u202e\\n</testcase>\"\n    message: \"\\r]]>\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	const name = "\x1b[2J<x a=\"'&.trc"
	if err := os.WriteFile(name, []byte(left), 0o600); err != nil {
		t.Fatal(err)
	}
	sheets := []Sheet{rules.Grade(name, record.OpenRecording)}
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return rules.Table(b, words.Chinese(), sheets) },
		func(b *bytes.Buffer) error { return rules.JSON(b, sheets) },
		func(b *bytes.Buffer) error { return rules.JUnit(b, sheets) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == '\u202e' }) {
			t.Errorf("%q", out.String())
		}
		if strings.Count(out.String(), "</testcase>") > 1 {
			t.Error(out.String())
		}
	}
}
