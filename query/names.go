package query

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/expr-lang/expr/builtin"

	"tracer/event"
	"tracer/export"
	"tracer/model"
)

// vocabulary is what an expression can name.
type vocabulary struct {
	names             map[string]any // with a value of the type that each has
	counters, objects map[string]bool
	rowTypes          map[string]reflect.Type // of rows, and of rows in them, by name
	listOf            map[string]string       // likewise: the list, or the fields, that have them
}

// nameable is made when it is needed first: most commands ask nothing.
var nameable = sync.OnceValue(func() *vocabulary {
	m := model.New(model.Options{})
	s := export.Summarize(m)
	v := &vocabulary{names: map[string]any{}, counters: map[string]bool{}, objects: map[string]bool{},
		rowTypes: map[string]reflect.Type{}, listOf: map[string]string{}}
	values, err := countersOf(&s)
	if err != nil {
		panic(err) // a counter that cannot be written as JSON: no trace can change that
	}
	for name, value := range values {
		v.names[name], v.counters[name] = value, true
		if _, ok := value.(map[string]float64); ok {
			v.objects[name] = true
		}
	}
	for name, rows := range RowsOf(m, &s).byName() {
		v.names[name] = rows
	}
	for _, name := range slices.Sorted(maps.Keys(v.names)) {
		if t := reflect.TypeOf(v.names[name]); t != nil && t.Kind() == reflect.Slice {
			v.note(name, t)
		}
	}
	return v
})

// note adds the type of the rows of a list, and those of rows in them.
func (v *vocabulary) note(list string, t reflect.Type) {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch {
	case t.Kind() != reflect.Struct:
		return
	case v.rowTypes[t.Name()] != nil: // it has two
		v.listOf[t.Name()] += ", " + list
		return
	}
	v.rowTypes[t.Name()], v.listOf[t.Name()] = t, list
	for i := range t.NumField() {
		v.note(t.Field(i).Tag.Get("expr"), t.Field(i).Type)
	}
}

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
