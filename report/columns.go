package report

import (
	"bufio"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"tracer/text"
)

// writeColumns writes a struct as JSON, column by column, so that what is written is never in memory as a whole.
func writeColumns(w *bufio.Writer, v reflect.Value) error {
	separator := byte('{')
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if option == "omitempty" && v.Field(i).Len() == 0 {
			continue
		}
		_ = w.WriteByte(separator) // an error stays, and is told in the end
		_, _ = w.WriteString(strconv.Quote(name) + ":")
		if err := writeColumn(w, v.Field(i)); err != nil {
			return err
		}
		separator = ','
	}
	return w.WriteByte('}')
}

func writeColumn(w *bufio.Writer, v reflect.Value) error {
	switch c := v.Interface().(type) {
	case differences:
		writeNumbers(w, c, true)
	case []int:
		writeNumbers(w, c, false)
	case []int64:
		writeNumbers(w, c, false)
	case []uint64:
		writeNumbers(w, c, false)
	default:
		if v.Kind() == reflect.Struct {
			return writeColumns(w, v)
		}
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		_, err = w.Write(text.JSON(b))
		return err
	}
	return nil
}

// writeNumbers writes a list of numbers, or each less the one before.
func writeNumbers[T int | int64 | uint64](w *bufio.Writer, list []T, differ bool) {
	var number []byte
	last, separator := T(0), byte('[')
	for _, n := range list {
		_ = w.WriteByte(separator)
		if n -= last; differ {
			last += n
		}
		number = appendNumber(number[:0], n)
		_, _ = w.Write(number)
		separator = ','
	}
	if len(list) == 0 {
		_ = w.WriteByte('[')
	}
	_ = w.WriteByte(']')
}

func appendNumber[T int | int64 | uint64](b []byte, n T) []byte {
	if n < 0 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return strconv.AppendUint(b, uint64(n), 10)
}
