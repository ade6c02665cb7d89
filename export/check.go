package export

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// Check is one expectation of the counters: COUNTER OPERATOR (COUNTER or NUMBER).
type Check struct {
	left, operator, right string
}

// operators, the longer ones first, since one can begin another.
var operators = []string{"==", "!=", "<=", ">=", "<", ">"}

// ParseCheck reads an expectation such as "zombies_left == 0".
func ParseCheck(text string) (Check, error) {
	at, operator := len(text), ""
	for _, o := range operators {
		if i := strings.Index(text, o); i >= 0 && (i < at || i == at && len(o) > len(operator)) {
			at, operator = i, o
		}
	}
	mistake := func(say func(*words.CheckWords) string) (Check, error) {
		return Check{}, refused(func(l *words.CheckWords) string { return l.Mistake(strconv.Quote(text), say(l)) })
	}
	if operator == "" && strings.Contains(text, "=") {
		return mistake(func(say *words.CheckWords) string { return say.SingleEquals })
	}
	if operator == "" {
		return mistake(func(say *words.CheckWords) string { return say.NoOperator })
	}
	c := Check{strings.TrimSpace(text[:at]), operator, strings.TrimSpace(text[at+len(operator):])}
	if c.left == "" || c.right == "" {
		return mistake(func(say *words.CheckWords) string { return say.SideMissing })
	}
	return c, nil
}

// refused returns the error that says what is wrong with an expectation.
func refused(say func(*words.CheckWords) string) error {
	return words.Saying(func(l *words.Language) string { return say(&l.Checks) })
}

// Evaluate reports whether the expectation holds, and says so in a line with the values.
func (c Check) Evaluate(s *Summary) (holds bool, line words.Message, err error) {
	values, err := s.values()
	if err != nil {
		return false, nil, err
	}
	left, err := operand(values, c.left)
	if err != nil {
		return false, nil, err
	}
	right, err := operand(values, c.right)
	if err != nil {
		return false, nil, err
	}
	switch c.operator {
	case "==":
		holds = left == right
	case "!=":
		holds = left != right
	case "<":
		holds = left < right
	case "<=":
		holds = left <= right
	case ">":
		holds = left > right
	case ">=":
		holds = left >= right
	}
	return holds, func(l *words.Language) string { return c.line(l, left, right, holds) }, nil
}

// line says whether the expectation holds. Of one that does not it names the counters.
func (c Check) line(l *words.Language, left, right float64, holds bool) string {
	line, say := strings.Join([]string{c.left, c.operator, c.right}, " "), l.Checks.Fails
	if holds {
		say = l.Checks.Holds
	}
	var counters []string
	for _, side := range []struct {
		name  string
		value float64
	}{{c.left, left}, {c.right, right}} {
		if _, err := strconv.ParseFloat(side.name, 64); err == nil {
			continue
		}
		value := strconv.FormatFloat(side.value, 'f', -1, 64)
		if !holds {
			value = l.Checks.Is(side.name, value)
		}
		counters = append(counters, value)
	}
	if len(counters) > 0 {
		line = l.Punctuation.Remark(line, strings.Join(counters, l.Punctuation.Comma))
	}
	return say(line)
}

func (s *Summary) values() (map[string]any, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return values, nil
}

// operand is a number, a counter, or an entry of an object, which is 0 when it is not there.
func operand(values map[string]any, name string) (float64, error) {
	if n, err := strconv.ParseFloat(name, 64); err == nil {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return 0, refused(func(say *words.CheckWords) string { return say.NotComparable(strconv.Quote(name)) })
		}
		return n, nil
	}
	if n, ok := values[name].(float64); ok {
		return n, nil
	}
	if object, key, ok := strings.Cut(name, "."); ok {
		if entries, ok := values[object].(map[string]any); ok {
			if !entryOf(object, key) {
				return 0, refused(func(say *words.CheckWords) string {
					return say.NoEntry(strconv.Quote(key), object)
				})
			}
			n, _ := entries[key].(float64)
			return n, nil
		}
	}
	similar := suggestion(values, name)
	return 0, refused(func(say *words.CheckWords) string {
		remedy := say.CountersListed
		if similar != "" {
			remedy = say.Meant(similar)
		}
		return say.Unknown(strconv.Quote(name), remedy)
	})
}

// entryOf reports whether an object of the summary can have an entry of that name.
func entryOf(object, key string) bool {
	switch object {
	case "exit_codes", "exit_signals", "http_statuses":
		_, err := strconv.ParseUint(key, 10, 31)
		return err == nil
	case "accepts_by_task", "cpu_ms_by_process", "cpu_ms_by_thread":
		_, err := strconv.ParseUint(key, 10, 31)
		return err == nil || key == model.Others
	case "lost_by_kind":
		return key == unknownKind || slices.ContainsFunc(event.Kinds(),
			func(k event.Kind) bool { return k.String() == key })
	}
	return key != ""
}

// suggestion returns what may have been meant, empty when nothing is like it.
func suggestion(values map[string]any, name string) string {
	object, key, entry := strings.Cut(name, ".")
	var names []string
	for counter, value := range values {
		_, isNumber := value.(float64)
		_, isObject := value.(map[string]any)
		if isNumber && !entry || isObject && entry {
			names = append(names, counter)
		}
	}
	similar := nearest(object, names)
	if similar != "" && entry {
		similar += "." + key
	}
	return similar
}

// nearest returns the word that differs from name in the fewest letters, none when all differ in too many.
func nearest(name string, words []string) (best string) {
	least := max(2, len(name)/4) + 1
	slices.Sort(words)
	for _, word := range words {
		if d := distance(name, word); d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is how many letters must be changed, put in or left out to make b of a (Levenshtein).
func distance(a, b string) int {
	if len(a) > 100 { // nobody's slip of the keyboard
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
