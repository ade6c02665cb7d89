package query

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"tracer/export"
	"tracer/model"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// A Trace is what can be asked: what a recording amounts to, and its rows.
type Trace struct {
	environment map[string]any
	summary     export.Summary
	traced      map[string]string // what was asked of the trace
}

// Read reads a recording to its end, for queries. Rows need memory for each.
func Read(r *record.Recording, queries []*Query) (*Trace, error) {
	var o model.Options
	rows := slices.ContainsFunc(queries, (*Query).asksForRows)
	if rows {
		o = Everything()
	}
	m, s, err := export.Read(r, o)
	if err != nil {
		return nil, err
	}
	t, err := countersAlone(r, &s)
	if err != nil || !rows {
		return t, err
	}
	maps.Copy(t.environment, RowsOf(m, &s).byName())
	if slices.ContainsFunc(queries, (*Query).asksForMarks) { // else nobody needs to know that they cannot be read
		err = t.mark(r, m)
	}
	return t, err
}

// TraceOf is what can be asked of a recording that a model has taken in which keeps everything.
func TraceOf(r *record.Recording, m *model.Model, s *export.Summary) (*Trace, error) {
	t, err := countersAlone(r, s)
	if err != nil {
		return nil, err
	}
	maps.Copy(t.environment, RowsOf(m, s).byName())
	return t, t.mark(r, m)
}

// mark adds the marks of a recording.
func (t *Trace) mark(r *record.Recording, m *model.Model) error {
	marks, err := r.Marks()
	t.environment[markList] = marksOf(marks, m)
	return err
}

func countersAlone(r *record.Recording, s *export.Summary) (*Trace, error) {
	counters, err := countersOf(s)
	if err != nil {
		return nil, err
	}
	return &Trace{environment: counters, summary: *s, traced: r.Meta().Extra}, nil
}

// Warnings are what is wrong with the recording.
func (t *Trace) Warnings() []words.Message { return t.summary.Warnings }

// Answer is what a recording says of a condition.
type Answer uint8

// The answers, the one that counts for a whole list of conditions last.
const (
	Holds Answer = iota
	Undecided
	Fails
)

// A Verdict is the answer to a condition, with what shows it.
type Verdict struct {
	Query  *Query
	Answer Answer
	Why    words.Message // it is undecided
	Values []Value       // of what is in it
	Broken []Broken      // of one that fails
}

// A Value is that of a counter, or of what is compared.
type Value struct{ Text, Number string }

// Broken are the rows that break a condition on all rows of a list, or on none.
type Broken struct {
	List   string // as it was written
	Of     int    // rows in it
	Rows   []any
	Fields []string // that the condition names
}

// Check returns what a trace says of a condition. An error is of the expression: it is no condition, or takes too long.
func (q *Query) Check(t *Trace) (Verdict, error) {
	v := Verdict{Query: q}
	value, err := run(q.program, t) // first: what takes too long does so once
	holds, condition := value.(bool)
	unknown := isUnknown(err)
	switch {
	case err != nil && !unknown:
		return v, q.explain(err)
	case !condition && !unknown:
		return v, q.explain(errNoCondition)
	}
	for _, p := range q.counts {
		value, err := run(p.program, t)
		if n, ok := number(value); ok && err == nil {
			v.Values = append(v.Values, Value{p.text, n})
		}
	}
	if v.Why = t.undecided(q); v.Why == nil && unknown {
		v.Why = func(l *words.Language) string { return l.Queries.NotKnown }
	}
	switch {
	case v.Why != nil:
		v.Answer = Undecided
	case !holds:
		v.Answer = Fails
		v.Broken, err = q.brokenIn(t)
		return v, err
	}
	return v, nil
}

// brokenIn returns what breaks the conditions on lists.
func (q *Query) brokenIn(t *Trace) (all []Broken, err error) {
	for _, b := range q.breakers {
		rows, err := run(b.rows.program, t)
		if isUnknown(err) { // of a row that comes after one that breaks it
			continue
		}
		if err != nil {
			return nil, q.explain(err)
		}
		of, err := run(b.list.program, t)
		if err != nil {
			return nil, q.explain(err)
		}
		if broken := elements(rows); len(broken) > 0 {
			all = append(all, Broken{b.list.text, len(elements(of)), broken, b.fields})
		}
	}
	return all, nil
}

// elements returns those of a list; of nothing else there are any.
func elements(list any) (all []any) {
	v := reflect.ValueOf(list)
	if v.Kind() != reflect.Slice {
		return nil
	}
	for i := range v.Len() {
		all = append(all, v.Index(i).Interface())
	}
	return all
}

// sureAfterLoss are the counters that losses do not touch.
var sureAfterLoss = []string{"events_lost", "lost_by_kind"}

// undecided returns why a recording cannot decide an expression; nil: it can.
func (t *Trace) undecided(q *Query) words.Message {
	if len(t.summary.Warnings) > 0 { // each says itself what is wrong
		return func(l *words.Language) string { return l.Queries.Incomplete }
	}
	if why := t.untraced(q); why != nil {
		return why
	}
	unsure := slices.ContainsFunc(q.names, func(name string) bool { return !slices.Contains(sureAfterLoss, name) })
	if lost := t.summary.EventsLost; lost > 0 && unsure {
		return func(l *words.Language) string { return l.Queries.Lost(lost) }
	}
	return nil
}

// ofHTTP and ofCoroutines are the names in expressions of what is seen only where it was asked for.
var (
	ofHTTP       = []string{"http_requests", "http_statuses", "requests"}
	ofCoroutines = []string{"coroutines", "coroutines_created", "coroutines_finished", "coroutine_switches"}
)

// untraced returns why a recording cannot decide an expression of what it was not to hold; nil: it can.
func (t *Trace) untraced(q *Query) words.Message {
	names := func(list []string) bool {
		return slices.ContainsFunc(q.mentioned, func(name string) bool { return slices.Contains(list, name) })
	}
	switch {
	case t.traced[record.ExtraHTTP] == "false" && names(ofHTTP):
		return func(l *words.Language) string { return l.Queries.NotTraced("--http") }
	case t.traced[record.ExtraCoroutines] == "none" && names(ofCoroutines):
		return func(l *words.Language) string { return l.Queries.NotTraced("--coroutines") }
	}
	return nil
}

// isUnknown reports whether an evaluation failed as a value is nil.
func isUnknown(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "<nil>") || strings.Contains(err.Error(), "from nil"))
}

// shownRows is how many of the rows that break a condition are shown.
const shownRows = 5

// Lines say what a verdict is, with the first rows that break it below.
func (v *Verdict) Lines(l *words.Language) []string {
	lines := []string{said(l, v.Answer, v.Text(l))}
	for _, b := range v.Broken {
		for _, row := range table(b.Rows[:min(len(b.Rows), shownRows)], b.shows) {
			lines = append(lines, strings.Repeat(" ", text.Width(l.Queries.Holds("")))+row)
		}
	}
	return lines
}

// identities are the fields by which one knows a row.
var identities = []string{"number", "pid", "tid", "id", "comm", "peer", "address", "name", "sender", "target", "event"}

// shows reports whether a column is shown: it is one of those by which a row is known, or named by the condition.
func (b *Broken) shows(column string, filled bool) bool {
	field, _, _ := strings.Cut(column, ".")
	return filled && slices.Contains(identities, column) || slices.Contains(b.Fields, field)
}

// Text is the condition as it was written, with the values in it, and why it cannot be decided.
func (v *Verdict) Text(l *words.Language) string {
	line, remarks := v.Query.text, []string(nil)
	for _, n := range v.Values {
		remark := n.Number
		if v.Answer == Fails {
			remark = l.Queries.Is(n.Text, n.Number)
		}
		remarks = append(remarks, remark)
	}
	for _, b := range v.Broken {
		remarks = append(remarks, l.Queries.Broken(uint64(len(b.Rows)), uint64(b.Of), b.List))
	}
	if v.Answer == Undecided {
		remarks = append(remarks, v.Why(l))
	}
	if len(remarks) > 0 {
		line = l.Punctuation.Remark(line, strings.Join(remarks, l.Punctuation.Comma))
	}
	return line
}

// In returns the word for an answer.
func (a Answer) In(l *words.Language) string { return strings.TrimSpace(said(l, a, "")) }

// said is a condition with the answer to it before it.
func said(l *words.Language, a Answer, condition string) string {
	switch a {
	case Holds:
		return l.Queries.Holds(condition)
	case Fails:
		return l.Queries.Fails(condition)
	}
	return l.Queries.Undecided(condition)
}
