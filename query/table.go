package query

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tracer/export"
	"tracer/text"
	"tracer/words"
)

// Text writes what a query found, for people: of rows a table, without the columns in which nothing stands.
func Text(w io.Writer, l *words.Language, value any) error {
	lines := linesOf(value)
	if len(lines) == 0 {
		lines = []string{l.Queries.Nothing}
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

func linesOf(value any) (lines []string) {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Slice:
		return table(elements(value), whole)
	case reflect.Map: // each entry with its lines, below it when there are more
		entries := entriesOf(v)
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			below := linesOf(entries[key].Interface())
			if len(below) == 1 {
				lines = append(lines, text.Escape(key)+"  "+below[0])
				continue
			}
			lines = append(lines, text.Escape(key))
			for _, line := range below {
				lines = append(lines, "  "+line)
			}
		}
		return lines
	}
	return table([]any{value}, whole)
}

// whole shows the columns of a row in which something stands.
func whole(_ string, filled bool) bool { return filled }

// JSON writes what a query found, for programs: rows as a list of objects.
func JSON(w io.Writer, value any) error { return export.JSON(w, value, "  ") }

// A cell is a value with the name of its column.
type cell struct {
	name, text string
	empty      bool // it says nothing: zero, false, unknown
}

// table returns the lines of a table of rows with some of their columns. What is no row stands in a column without a
// name.
func table(rows []any, shown func(column string, filled bool) bool) []string {
	cells, columns, filled := make([]map[string]string, len(rows)), []string{}, map[string]bool{}
	for i, row := range rows {
		cells[i] = map[string]string{}
		for _, c := range cellsOf("", reflect.ValueOf(row)) {
			if !slices.Contains(columns, c.name) {
				columns = append(columns, c.name)
			}
			cells[i][c.name] = c.text
			filled[c.name] = filled[c.name] || !c.empty
		}
	}
	columns = slices.DeleteFunc(columns, func(name string) bool {
		return name != "" && !shown(name, filled[name])
	})
	lines := make([][]string, 0, len(rows)+1)
	if len(columns) > 1 || len(columns) == 1 && columns[0] != "" {
		lines = append(lines, append(slices.Clone(columns), ""))
	}
	for _, c := range cells {
		line := make([]string, len(columns)+1)
		for i, name := range columns {
			line[i] = c[name]
		}
		lines = append(lines, line)
	}
	table := text.Columns(lines)
	for i := range table {
		table[i] = strings.TrimRight(table[i], " ")
	}
	return table
}

// cellsOf returns the cells of a row, those of rows in it by PREFIX.NAME.
func cellsOf(name string, v reflect.Value) (cells []cell) {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	within := func(part string) string { return strings.TrimPrefix(name+"."+part, ".") }
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			cells = append(cells, cellsOf(within(v.Type().Field(i).Tag.Get("expr")), v.Field(i))...)
		}
	case reflect.Map:
		entries := entriesOf(v)
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			cells = append(cells, cellsOf(within(key), entries[key])...)
		}
	case reflect.Slice:
		var list []string
		for i := range v.Len() {
			for _, c := range cellsOf("", v.Index(i)) {
				list = append(list, c.text)
			}
		}
		cells = append(cells, cell{name, strings.Join(list, " "), len(list) == 0})
	case reflect.Float64:
		cells = append(cells, cell{name, digitsOf(v.Float(), 3), false})
	case reflect.String:
		cells = append(cells, cell{name, text.Escape(v.String()), v.Len() == 0})
	case reflect.Invalid:
		cells = append(cells, cell{name, absent, true})
	default:
		cells = append(cells, cell{name, fmt.Sprint(v.Interface()), v.IsZero()})
	}
	return cells
}

// absent stands where a value is nil.
const absent = "-"

// entriesOf returns those of a map by the text of their keys.
func entriesOf(v reflect.Value) map[string]reflect.Value {
	entries := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		entries[fmt.Sprint(key)] = v.MapIndex(key)
	}
	return entries
}
