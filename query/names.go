package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/builtin"

	"tracer/event"
	"tracer/export"
	"tracer/model"
)

// names are all that an expression can name, with a value of the type that each has.
var names, counterNames, objectNames = func() (all map[string]any, counters, objects map[string]bool) {
	m := model.New(model.Options{})
	s := export.Summarize(m)
	all = map[string]any{}
	counters, objects = map[string]bool{}, map[string]bool{}
	values, err := countersOf(&s)
	if err != nil {
		panic(err) // a counter that cannot be written as JSON: no trace can change that
	}
	for name, value := range values {
		all[name], counters[name] = value, true
		if _, ok := value.(map[string]float64); ok {
			objects[name] = true
		}
	}
	for name, rows := range RowsOf(m, &s).byName() {
		all[name] = rows
	}
	return all, counters, objects
}()

// countersOf returns what a summary counts, by the names of its JSON: numbers, objects of numbers, yes or no.
func countersOf(s *export.Summary) (map[string]any, error) {
	text, err := json.Marshal(struct {
		*export.Summary
		Findings, Signals, Command, Warnings *int `json:",omitempty"` // rows, and no counters
	}{Summary: s})
	if err != nil {
		return nil, fmt.Errorf("counters: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("counters: %w", err)
	}
	counters := map[string]any{}
	for name, value := range values {
		switch v := value.(type) {
		case map[string]any:
			entries := make(map[string]float64, len(v))
			for key, n := range v {
				entries[key], _ = n.(float64)
			}
			counters[name] = entries
		case float64, bool, nil:
			counters[name] = v
		}
	}
	return counters, nil
}

// entryOf reports whether an object can have an entry of that name.
func entryOf(object, key string) bool {
	switch object {
	case "exit_codes", "exit_signals", "http_statuses":
		_, err := strconv.ParseUint(key, 10, 31)
		return err == nil
	case "accepts_by_task", "cpu_ms_by_process", "cpu_ms_by_thread":
		_, err := strconv.ParseUint(key, 10, 31)
		return err == nil || key == model.Others
	case "lost_by_kind":
		return key == export.UnknownKind || slices.ContainsFunc(event.Kinds(),
			func(k event.Kind) bool { return k.String() == key })
	}
	return key != ""
}

// percentileFunctions are by the nearest rank: one of the numbers, which so many are not above. What is nil is left
// out, as it did not come to pass or is not known; of nothing it is nil.
var percentileFunctions = func() map[string]*builtin.Function {
	all := map[string]*builtin.Function{}
	for _, share := range []int{50, 90, 95, 99} {
		name := "p" + strconv.Itoa(share)
		all[name] = &builtin.Function{Name: name, Types: []reflect.Type{reflect.TypeFor[func([]any) any]()},
			Func: func(arguments ...any) (any, error) { return nearestRank(arguments[0], share) }}
	}
	return all
}()

var errNotNumbers = errors.New("percentiles are of lists of numbers")

func nearestRank(list any, share int) (any, error) {
	values := reflect.ValueOf(list)
	if values.Kind() != reflect.Slice {
		return nil, errNotNumbers
	}
	var numbers []float64
	for i := range values.Len() {
		v := values.Index(i).Interface()
		switch n := reflect.ValueOf(v); {
		case v == nil:
		case n.CanInt():
			numbers = append(numbers, float64(n.Int()))
		case n.CanUint():
			numbers = append(numbers, float64(n.Uint()))
		case n.CanFloat():
			numbers = append(numbers, n.Float())
		default:
			return nil, errNotNumbers
		}
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	slices.Sort(numbers)
	return NearestRank(numbers, share), nil
}

// NearestRank is the percentile of numbers, which are in order and one at least: the first that so many of a hundred
// are not above.
func NearestRank(sorted []float64, share int) float64 { return sorted[(share*len(sorted)+99)/100-1] }
