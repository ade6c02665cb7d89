package query

import (
	"maps"
	"reflect"
)

const (
	processList = "processes"
	markList    = "marks"
)

// Where reads a condition on one row of a list, by its name: .pid == 7 of processes.
func Where(list, condition string) (*Query, error) { return within("filter", list, condition) }

// within reads a condition on one row of a list, as the second argument of a function.
func within(function, list, condition string) (*Query, error) {
	before := function + "(" + list + ", "
	q := &Query{text: condition, list: list, offset: len([]rune(before))}
	if err := q.readAs(before + condition + ")"); err != nil {
		return nil, q.explain(err)
	}
	return q, nil
}

// readAs reads an expression that stands within another one.
func (q *Query) readAs(whole string) error {
	written := q.text
	q.text = whole
	err := q.read()
	q.text = written
	return err
}

// Numbers returns the numbers of the rows of which the condition of Where holds. What was launched is among the
// processes here: it is no less to be seen than others. A row of which it cannot be decided is not among them.
func (q *Query) Numbers(t *Trace) (map[uint64]bool, error) {
	environment := maps.Clone(t.environment)
	root, _ := environment["root"].(Process)
	if processes, ok := environment[processList].([]Process); ok && root.Number != 0 {
		environment[processList] = append([]Process{root}, processes...)
	}
	value, err := run(q.program, &Trace{environment: environment})
	numbers := map[uint64]bool{}
	note(numbers, value)
	if !isUnknown(err) || q.namesItsList() {
		if err != nil {
			return nil, q.explain(err)
		}
		return numbers, nil
	}
	list := reflect.ValueOf(environment[q.list])
	for i := range list.Len() { // one by one, for those of which it can be decided
		environment[q.list] = list.Slice(i, i+1).Interface()
		value, err := run(q.program, &Trace{environment: environment})
		if err != nil && !isUnknown(err) {
			return nil, q.explain(err)
		}
		note(numbers, value)
	}
	return numbers, nil
}

// namesItsList reports whether the condition on a row is one on the whole list, too.
func (q *Query) namesItsList() bool {
	times := 0
	for _, name := range q.mentioned {
		if name == q.list {
			times++
		}
	}
	return times > 1
}

// note adds the numbers of rows.
func note(numbers map[uint64]bool, rows any) {
	for _, row := range elements(rows) {
		switch row := row.(type) {
		case Process:
			numbers[row.Number] = true
		case Connection:
			numbers[row.Number] = true
		}
	}
}
