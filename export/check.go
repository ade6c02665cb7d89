package export

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
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
	if operator == "" {
		return Check{}, fmt.Errorf("check %q: no operator; write for example 'zombies_left == 0'", text)
	}
	c := Check{strings.TrimSpace(text[:at]), operator, strings.TrimSpace(text[at+len(operator):])}
	if c.left == "" || c.right == "" {
		return Check{}, fmt.Errorf("check %q: a side is missing; write for example 'zombies_left == 0'", text)
	}
	return c, nil
}

// Evaluate tells whether the expectation holds, and says so in a line with the values.
func (c Check) Evaluate(s *Summary) (holds bool, line string, err error) {
	values, err := s.values()
	if err != nil {
		return false, "", err
	}
	left, err := operand(values, c.left)
	if err != nil {
		return false, "", err
	}
	right, err := operand(values, c.right)
	if err != nil {
		return false, "", err
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
	word := "ok"
	if !holds {
		word = "FAILED"
	}
	line = fmt.Sprintf("%-6s %s %s %s", word, c.left, c.operator, c.right)
	if number := strconv.FormatFloat(left, 'f', -1, 64); number != c.left && !holds {
		line += fmt.Sprintf(" (%s is %s)", c.left, number)
	}
	return holds, line, nil
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
		return n, nil
	}
	if n, ok := values[name].(float64); ok {
		return n, nil
	}
	if object, key, ok := strings.Cut(name, "."); ok {
		if entries, ok := values[object].(map[string]any); ok {
			n, _ := entries[key].(float64)
			return n, nil
		}
	}
	return 0, fmt.Errorf("check: %q is neither a number nor a counter; tracer summary --json lists the counters", name)
}
