// Package export turns a trace into other formats, one file a format. Each is a function from a source of events, or
// from a model, to a writer; none knows where the events come from.
package export

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/words"
)

// Source is where events are read from: in batches, in order, with io.EOF after the last.
type Source interface {
	Next([]event.Event) (int, error)
}

// BatchSize is how many events the exporters ask for at once.
const BatchSize = 1024

// inPlace is a source that gives an event without a copy of it: it is valid until the next one is asked for.
type inPlace interface {
	One() (*event.Event, error)
}

// Each calls visit for every event of a source, which is valid until visit returns, and not to be changed.
func Each(s Source, visit func(*event.Event) error) error {
	r, ok := s.(inPlace)
	if !ok {
		return eachOfBatches(s, visit)
	}
	for {
		e, err := r.One()
		if err != nil {
			return end(err)
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

func eachOfBatches(s Source, visit func(*event.Event) error) error {
	batch := make([]event.Event, BatchSize)
	for {
		n, err := s.Next(batch)
		for i := range batch[:n] {
			if err := visit(&batch[i]); err != nil {
				return err
			}
		}
		if err != nil {
			return end(err)
		}
	}
}

// end returns what is wrong, as a source ends with an error.
func end(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Feed applies every event of a source to a model.
func Feed(m *model.Model, s Source) error {
	return Each(s, func(e *event.Event) error {
		m.Apply(e)
		return nil
	})
}

// JSONL writes one event a line, as an object with the fields of its kind by the names of the event table
// (docs/events.md). A field that is empty or zero is left out, but for time, kind, pid and tid. A string that is not
// UTF-8 is given as {"base64": "..."}. Behind the events come the marks of a source that has any, of kind "mark".
func JSONL(w io.Writer, s Source) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	err := Each(s, func(e *event.Event) error {
		line = AppendJSON(line[:0], e)
		line = append(line, '\n')
		_, err := out.Write(line)
		return err
	})
	if err == nil {
		err = writeMarks(out, s)
	}
	return finish(out, "jsonl", err)
}

// finish writes what is still held back, after an error, too, and says to what format the export was.
func finish(out *bufio.Writer, format string, err error) error {
	flushed := out.Flush() // again the error of a write that failed before
	if err == nil {
		err = flushed
	}
	if err != nil {
		return words.About(err, func(l *words.Language, reason string) string {
			return l.Recordings.Export(format, reason)
		})
	}
	return nil
}

// always are the fields that every line has.
var always = map[string]bool{"time": true, "pid": true, "tid": true}

// AppendJSON appends the JSON object of an event.
func AppendJSON(b []byte, e *event.Event) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, e.Kind.String()...)
	b = append(b, '"')
	b = appendFields(b, event.Common, e)
	b = appendFields(b, e.Kind.Spec().Fields, e)
	return append(b, '}')
}

func appendFields(b []byte, fields []event.Field, e *event.Event) []byte {
	for i := range fields {
		f := &fields[i]
		if f.Type == event.String {
			if s := f.Text(e); s != "" {
				b = appendString(appendName(b, f), s)
			}
			continue
		}
		v := f.Number(e)
		if v == 0 && !always[f.Name] && f.Type != event.Enum {
			continue
		}
		b = appendNumber(appendName(b, f), f, v)
	}
	return b
}

func appendName(b []byte, f *event.Field) []byte {
	b = append(b, ',', '"')
	b = append(b, f.Name...)
	return append(b, '"', ':')
}

func appendNumber(b []byte, f *event.Field, v int64) []byte {
	switch f.Type {
	case event.Enum:
		if v >= 0 && int(v) < len(f.Names) {
			return strconv.AppendQuote(b, f.Names[v])
		}
	case event.Bits:
		return appendBits(b, f, uint64(v))
	case event.Hex:
		return strconv.AppendUint(b, uint64(v), 10) // JSON has no other base
	}
	return strconv.AppendInt(b, v, 10)
}

func appendBits(b []byte, f *event.Field, v uint64) []byte {
	b = append(b, '[')
	first := true
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if i < len(f.Names) {
			b = strconv.AppendQuote(b, f.Names[i])
		} else {
			b = strconv.AppendInt(b, int64(i), 10)
		}
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		b = append(b, `{"base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, []byte(s))
		return append(b, '"', '}')
	}
	b = append(b, '"')
	for _, r := range s {
		if r == '"' || r == '\\' {
			b = append(b, '\\')
		}
		b = text.AppendJSON(b, r)
	}
	return append(b, '"')
}
