package grading

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"tracer/export"
	"tracer/query"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// A Sheet is what became of one recording.
type Sheet struct {
	Recording  string
	Results    []Result // one for each rule
	Unreadable error    // it could not be read: then nothing is decided
}

// A Result is what became of one rule.
type Result struct {
	Rule    *Rule
	Answer  query.Answer
	Verdict *query.Verdict // nil: the recording could not be read, or the evaluation failed, as Err says
	Err     error
}

// Grade holds a recording against the rules. Open opens it.
func (r *Rules) Grade(path string, open func(path string) (*record.Recording, error)) Sheet {
	s := Sheet{Recording: path}
	trace, err := r.read(path, open)
	for i := range r.Rules {
		result := Result{Rule: &r.Rules[i], Answer: query.Undecided, Err: err}
		if err == nil {
			if v, failed := r.queries[i].Check(trace); failed != nil {
				result.Err = failed
			} else {
				result.Answer, result.Verdict = v.Answer, &v
			}
		}
		s.Results = append(s.Results, result)
	}
	s.Unreadable = err
	return s
}

func (r *Rules) read(path string, open func(path string) (*record.Recording, error)) (*query.Trace, error) {
	recording, err := open(path)
	if err != nil {
		return nil, err
	}
	defer recording.Close()
	return query.Read(recording, r.queries)
}

// Answer is the one that counts for all rules.
func (s *Sheet) Answer() (answer query.Answer) {
	for _, r := range s.Results {
		answer = max(answer, r.Answer)
	}
	return answer
}

// Points are those that were reached, and those that could be.
func (s *Sheet) Points() (reached, of float64) {
	for _, r := range s.Results {
		of += r.Rule.Points
		if r.Answer == query.Holds {
			reached += r.Rule.Points
		}
	}
	return reached, of
}

// reason says why a rule was not met, in one line.
func (r *Result) reason(l *words.Language) string {
	if r.Verdict == nil {
		return l.Error(r.Err)
	}
	line := r.Verdict.Text(l)
	if r.Rule.Message != "" && r.Answer == query.Fails {
		return line + l.Punctuation.Semicolon + text.Escape(r.Rule.Message)
	}
	return line
}

// Table writes the results for people: a line for each recording, then why rules were not met.
func (r *Rules) Table(w io.Writer, l *words.Language, sheets []Sheet) error {
	lines := []string{}
	if r.Title != "" {
		lines = append(lines, text.Escape(r.Title))
	}
	head := []string{l.Grades.Recording, l.Grades.Points}
	var legend [][]string
	for i, rule := range r.Rules {
		number := strconv.Itoa(i + 1)
		head = append(head, number)
		legend = append(legend, []string{"  " + number, text.Escape(rule.Name), l.Grades.Worth(points(rule.Points))})
	}
	lines = append(append(lines, text.Columns(legend)...), "")
	table := [][]string{append(head, "")}
	var reasons []string
	for _, s := range sheets {
		reached, of := s.Points()
		row := []string{text.Escape(s.Recording), l.Grades.Of(points(reached), points(of))}
		for i := range s.Results {
			result := &s.Results[i]
			row = append(row, result.Answer.In(l))
			if result.Answer != query.Holds && (s.Unreadable == nil || i == 0) {
				about := text.Escape(s.Recording)
				if s.Unreadable == nil {
					about = l.Grades.RuleOf(about, i+1)
				}
				reasons = append(reasons, about+l.Punctuation.Colon+text.Line(result.reason(l)))
			}
		}
		table = append(table, append(row, ""))
	}
	for _, line := range text.Columns(table) {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	if len(reasons) > 0 {
		lines = append(append(lines, ""), reasons...)
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func points(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// answers are the words for programs.
var answers = [...]string{query.Holds: "holds", query.Undecided: "undecided", query.Fails: "fails"}

// JSON writes the results for programs.
func (r *Rules) JSON(w io.Writer, sheets []Sheet) error {
	type result struct {
		Name   string  `json:"name"`
		Check  string  `json:"check"`
		Answer string  `json:"answer"`
		Points float64 `json:"points"` // that were reached
		Of     float64 `json:"of"`
		Reason string  `json:"reason,omitempty"`
	}
	type sheet struct {
		Recording string   `json:"recording"`
		Answer    string   `json:"answer"`
		Points    float64  `json:"points"`
		Of        float64  `json:"of"`
		Rules     []result `json:"rules"`
	}
	document := struct {
		Title      string  `json:"title"`
		Recordings []sheet `json:"recordings"`
	}{Title: r.Title, Recordings: []sheet{}}
	for i := range sheets {
		s := &sheets[i]
		reached, of := s.Points()
		row := sheet{Recording: s.Recording, Answer: answers[s.Answer()], Points: reached, Of: of}
		for i := range s.Results {
			one := &s.Results[i]
			cell := result{Name: one.Rule.Name, Check: one.Rule.Check, Answer: answers[one.Answer], Of: one.Rule.Points}
			if one.Answer == query.Holds {
				cell.Points = cell.Of
			} else {
				cell.Reason = one.reason(words.English())
			}
			row.Rules = append(row.Rules, cell)
		}
		document.Recordings = append(document.Recordings, row)
	}
	return export.JSON(w, document, "  ")
}

// JUnit writes the results as test suites, one for each recording: a rule that fails is a failure, one that cannot be
// decided an error.
func (r *Rules) JUnit(w io.Writer, sheets []Sheet) error {
	type problem struct {
		Message string `xml:"message,attr"`
	}
	type testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *problem `xml:"failure"`
		Error   *problem `xml:"error"`
	}
	type suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	document := struct {
		XMLName struct{} `xml:"testsuites"`
		Name    string   `xml:"name,attr,omitempty"`
		Suites  []suite  `xml:"testsuite"`
	}{Name: r.Title}
	for i := range sheets {
		s := suite{Name: text.Escape(sheets[i].Recording), Tests: len(r.Rules)}
		for j := range sheets[i].Results {
			one := &sheets[i].Results[j]
			c := testCase{Class: s.Name, Name: text.Escape(one.Rule.Name)}
			switch one.Answer {
			case query.Fails:
				c.Failure = &problem{text.Line(one.reason(words.English()))}
				s.Failures++
			case query.Undecided:
				c.Error = &problem{text.Line(one.reason(words.English()))}
				s.Errors++
			}
			s.Cases = append(s.Cases, c)
		}
		document.Suites = append(document.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
