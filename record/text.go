package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"tracer/event"
	"tracer/text"
	"tracer/words"
)

// The text form: lines "@key value" for the fields of Meta, as JSON; then one event a line,
//
//	TIME KIND key=value ...
//
// with the names of the table and the fields that are not zero. A time, or a duration, is seconds with up to nine
// decimals, or as time.Duration is written (20ms); at the beginning of a line +20ms counts from the line before. Flags
// are names with commas between them, strings are quoted as in Go or, without blanks, bare. tid may be left out when it
// is pid; in a fork child_pid, when it is child or, for a thread, pid. What stands behind # is a comment. For example:
//
//	@kernel 6.12.0
//	1.0 fork pid=100 child=101 parent=100 exit_signal=17 comm=sh
//	+2ms exit pid=101 flags=group_dead status=0x100

// Marks, as JSON, stand in a line of their own.

// marksLine is how that begins.
const marksLine = "@marks"

// AppendText appends the line of an event, without a line end. It holds nothing that would do harm on a terminal.
func AppendText(b []byte, e *event.Event) []byte {
	b = append(b, e.Time.String()...)
	b = append(b, ' ')
	b = append(b, e.Kind.String()...)
	for _, fields := range [][]event.Field{event.Common[1:], e.Kind.Spec().Fields} {
		for i := range fields {
			b = appendField(b, e, &fields[i])
		}
	}
	return b
}

// appendField appends a field, unless its value goes without saying.
func appendField(b []byte, e *event.Event, f *event.Field) []byte {
	if f.Type == event.String {
		if s := f.Text(e); s != "" {
			b = append(append(append(b, ' '), f.Name...), '=')
			b = strconv.AppendQuote(b, s)
		}
		return b
	}
	v := f.Number(e)
	if v == implied(e, f.Name) {
		return b
	}
	b = append(append(append(b, ' '), f.Name...), '=')
	switch {
	case f.Type == event.Hex:
		return strconv.AppendUint(append(b, "0x"...), uint64(v), 16)
	case f.Type == event.Duration:
		return append(b, event.Time(v).String()...)
	case f.Type == event.Enum && uint64(v) < uint64(len(f.Names)):
		return append(b, f.Names[v]...)
	case f.Type == event.Bits && v != 0:
		return appendBits(b, uint64(v), f.Names)
	}
	return strconv.AppendInt(b, v, 10)
}

// appendBits writes the names of the bits, and in hexadecimal those without a name.
func appendBits(b []byte, v uint64, names []string) []byte {
	begin := len(b)
	for v != 0 {
		i := bits.TrailingZeros64(v)
		if len(b) > begin {
			b = append(b, ',')
		}
		if i >= len(names) {
			return strconv.AppendUint(append(b, "0x"...), v, 16)
		}
		b = append(b, names[i]...)
		v &= v - 1
	}
	return b
}

// implied is the value of a number that is not written.
func implied(e *event.Event, field string) int64 {
	switch {
	case field == "tid":
		return int64(e.PID)
	case field == "child_pid" && e.Kind == event.Fork && e.IsThread():
		return int64(e.PID)
	case field == "child_pid" && e.Kind == event.Fork:
		return int64(e.Child.TID)
	}
	return 0
}

// WriteText writes a header and events in the text form.
func WriteText(w io.Writer, meta Meta, events []event.Event) error {
	return writeText(w, meta, nil, func(buf []event.Event) (int, error) {
		if len(events) == 0 {
			return 0, io.EOF
		}
		n := copy(buf, events)
		events = events[n:]
		return n, nil
	})
}

// WriteText writes all that can be read of the recording in the text form, from where it stands.
func (r *Recording) WriteText(w io.Writer) error {
	meta := r.Meta()
	if untold := r.Untold(); len(untold) > 0 {
		meta.Extra = maps.Clone(meta.Extra)
		if meta.Extra == nil {
			meta.Extra = map[string]string{}
		}
		meta.Extra[ExtraUntold] = strings.Trim(fmt.Sprint(untold), "[]")
	}
	return writeText(w, meta, r.Marks, r.Next)
}

func writeText(w io.Writer, meta Meta, marks func() ([]event.Mark, error),
	next func([]event.Event) (int, error)) error {
	line, err := appendMeta(nil, meta)
	if err != nil {
		return fmt.Errorf("write text form: %w", err)
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(line) // what goes wrong here, the next Write or Flush reports
	buf := make([]event.Event, 1024)
	for {
		n, err := next(buf)
		for i := range buf[:n] {
			if buf[i].Kind.Spec().Name == "" {
				return fmt.Errorf("write text form: an event is of unknown kind %d", uint8(buf[i].Kind))
			}
			line = append(AppendText(line[:0], &buf[i]), '\n')
			if _, err := out.Write(line); err != nil {
				return unexported(err)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if marks != nil {
		all, err := marks()
		if err != nil {
			return err
		}
		if len(all) > 0 {
			body, err := json.Marshal(all)
			if err != nil {
				return fmt.Errorf("write text form: %w", err)
			}
			_, _ = fmt.Fprintf(out, "%s %s\n", marksLine, text.JSON(body))
		}
	}
	if err := out.Flush(); err != nil {
		return unexported(err)
	}
	return nil
}

func unexported(err error) error {
	return words.About(err, func(l *words.Language, reason string) string {
		return l.Recordings.Export("text", reason)
	})
}

func appendMeta(b []byte, meta Meta) ([]byte, error) {
	body, err := json.Marshal(meta.valid())
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		b = fmt.Appendf(b, "@%s %s\n", key, text.JSON(fields[key]))
	}
	if len(b) == 0 { // by which a file is known for the text form
		b = append(b, "@extra {}\n"...)
	}
	return b, nil
}
