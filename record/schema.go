package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"tracer/event"
	"tracer/words"
)

// predictor says from what the value of a field is predicted. The residual, what is written, is the difference to it.
type predictor uint8

const (
	// The zero predictor is the field's value in the previous event of the same kind.
	_ predictor = iota
	// clock: the time of the previous event, of any kind.
	clock
	// like: another field of the same event, as far away from it as it was when it was written last.
	like
	// start, group: the start time, and the thread group, that were last seen with the tid in another field of the same
	// event.
	start
	group
	// stringIndex: no number. An index into the strings of the chunk.
	stringIndex
)

var predictorNames = []string{"last", "clock", "like", "start", "group", "text"}

// rules name the predictor of a field, by the field's name or by kind.name, and the field that it refers to. All others
// have last or text.
var rules = map[string]struct {
	predict predictor
	of      string
}{
	"time":           {predict: clock},
	"pid":            {group, "tid"},
	"start":          {start, "tid"},
	"child_pid":      {group, "child"},
	"child_start":    {start, "child"},
	"target_pid":     {group, "target"},
	"fork.ns_pid":    {like, "child"},
	"seen.ns_pid":    {like, "tid"},
	"fork.inner_pid": {like, "child"},
	"seen.inner_pid": {like, "tid"},
	"si_pid":         {like, "pid"},
	"old_tid":        {like, "tid"},
	"fork.parent":    {like, "pid"},

	"group_cpu":    {like, "cpu"},
	"group_user":   {like, "user"},
	"group_system": {like, "system"},
	"group_nvcsw":  {like, "nvcsw"},
	"group_nivcsw": {like, "nivcsw"},
	"group_minflt": {like, "minflt"},
	"group_majflt": {like, "majflt"},
}

// renamed are fields of kinds that older versions wrote under another name.
var renamed = map[string]string{
	"signal.status": "si_status",
}

// The streams into which a chunk's bytes are sorted: like packs well with like.
const (
	streamShapes  = iota // which fields of an event are written at all
	streamClock          // differences of times between events
	streamTimes          // other times
	streamNumbers        // other numbers
	streamText           // strings and the indices of strings
	streamCount
)

// maxColumns is how many fields a kind can have, two bits each in a shape.
const maxColumns = 32

// schema is the part of the header that says how events are written: the kinds and fields of the writer, in the order
// of coding.
type schema struct {
	Streams int           `json:"streams"`
	Common  []schemaField `json:"common"`
	Kinds   []schemaKind  `json:"kinds"`
}

type schemaKind struct {
	ID     uint8         `json:"id"`
	Name   string        `json:"name"`
	Fields []schemaField `json:"fields,omitempty"`
}

// schemaField: Predict is a predictor's name, followed by a blank and the name of the field referred to if there is
// one.
type schemaField struct {
	Name    string `json:"name"`
	Predict string `json:"predict"`
	Stream  int    `json:"stream"`
}

// layouts are those of a schema, by id, with the number of its streams.
type layouts struct {
	byID    [256]*layout
	streams int
}

// ownSchema is that of this version: its text, as it ends each header, and its layouts.
type ownSchema struct {
	text []byte
	layouts
}

// own is made once: to read and compile a schema is most of what it takes to open a recording, and nearly each has it.
var own = sync.OnceValues(func() (*ownSchema, error) {
	s := currentSchema()
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	o := &ownSchema{text: append([]byte{','}, text[1:]...)}
	o.layouts, err = s.compile()
	return o, err
})

// headerOf is the body of the META block: the meta, and the schema of this version behind it.
func headerOf(meta Meta) ([]byte, error) {
	o, err := own()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(header{Meta: meta.valid()})
	if err != nil {
		return nil, err
	}
	return append(body[:len(body)-1], o.text...), nil
}

// readHeader is the opposite of headerOf, of the header of any version.
func readHeader(body []byte) (Meta, layouts, error) {
	o, err := own()
	if err != nil {
		return Meta{}, layouts{}, err
	}
	if meta, ours := bytes.CutSuffix(body, o.text); ours {
		var h header
		if json.Unmarshal(append(bytes.Clone(meta), '}'), &h) == nil {
			return h.Meta, o.layouts, nil
		}
	}
	var h struct {
		header
		schema
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return Meta{}, layouts{}, &words.Error{Err: errors.Join(ErrFormat, err), Say: func(l *words.Language) string {
			return l.Recordings.Header(l.Error(ErrFormat), l.Error(err))
		}}
	}
	all, err := h.compile()
	return h.Meta, all, err
}

// currentSchema is made from the table of events.
func currentSchema() schema {
	s := schema{Streams: streamCount, Common: schemaFields("", event.Common)}
	for _, k := range event.Kinds() {
		spec := k.Spec()
		s.Kinds = append(s.Kinds, schemaKind{ID: uint8(k), Name: spec.Name,
			Fields: schemaFields(spec.Name, spec.Fields)})
	}
	return s
}

// schemaFields describes fields; one that refers to another comes after all that do not.
func schemaFields(kind string, fields []event.Field) []schemaField {
	var plain, referring []schemaField
	for i := range fields {
		f := &fields[i]
		rule, ok := rules[kind+"."+f.Name]
		if !ok {
			rule = rules[f.Name]
		}
		sf := schemaField{Name: f.Name, Stream: streamNumbers}
		switch {
		case f.Type == event.String:
			rule.predict, sf.Stream = stringIndex, streamText
		case rule.predict == clock:
			sf.Stream = streamClock
		case f.Type == event.Duration:
			sf.Stream = streamTimes
		}
		sf.Predict = predictorNames[rule.predict]
		if rule.of == "" {
			plain = append(plain, sf)
			continue
		}
		sf.Predict += " " + rule.of
		referring = append(referring, sf)
	}
	return append(plain, referring...)
}

// column is a field of a kind, ready for coding.
type column struct {
	predict predictor
	stream  uint8
	index   uint8        // in its layout
	ref     uint8        // index of the column that predict refers to
	field   *event.Field // nil: this version has no such field
}

// layout is a kind, ready for coding.
type layout struct {
	id      uint8
	kind    event.Kind // None: this version has no such kind
	columns []column
}

// compile makes the layouts. It refuses what this version could not decode.
func (s *schema) compile() (layouts, error) {
	all := layouts{streams: s.Streams}
	if s.Streams < 1 || s.Streams > 64 {
		return layouts{}, unreadable(fmt.Errorf("it has %d streams", s.Streams))
	}
	for _, sk := range s.Kinds {
		l := &layout{id: sk.ID}
		if all.byID[sk.ID] != nil {
			return layouts{}, unreadable(fmt.Errorf("two kinds have the number %d", sk.ID))
		}
		if kind, err := event.ParseKind(sk.Name); err == nil {
			l.kind = kind
		}
		fields := append(append([]schemaField(nil), s.Common...), sk.Fields...)
		if len(fields) > maxColumns {
			return layouts{}, unreadable(fmt.Errorf("kind %q has %d fields", sk.Name, len(fields)))
		}
		for i := range fields {
			c, err := s.column(fields, i, l.kind)
			if err != nil {
				return layouts{}, unreadable(fmt.Errorf("field %q of kind %q: %w", fields[i].Name, sk.Name, err))
			}
			l.columns = append(l.columns, c)
		}
		all.byID[sk.ID] = l
	}
	return all, nil
}

func (s *schema) column(fields []schemaField, i int, kind event.Kind) (column, error) {
	f := &fields[i]
	name, of, refers := strings.Cut(f.Predict, " ")
	c := column{index: uint8(i), stream: uint8(f.Stream), predict: predictor(len(predictorNames))}
	for p, n := range predictorNames {
		if n == name {
			c.predict = predictor(p)
		}
	}
	if int(c.predict) == len(predictorNames) {
		return c, fmt.Errorf("unknown predictor %q", name)
	}
	if f.Stream <= streamShapes || f.Stream >= s.Streams {
		return c, fmt.Errorf("no stream %d", f.Stream)
	}
	if refers != (c.predict == like || c.predict == start || c.predict == group) {
		return c, fmt.Errorf("bad predictor %q", f.Predict)
	}
	if refers {
		c.ref = maxColumns
		for j := range fields[:i] {
			if fields[j].Name == of && !strings.HasPrefix(fields[j].Predict, predictorNames[stringIndex]) {
				c.ref = uint8(j)
			}
		}
		if c.ref == maxColumns {
			return c, fmt.Errorf("no number %q before it", of)
		}
	}
	own := f.Name
	if now, ok := renamed[kind.String()+"."+f.Name]; ok {
		own = now
	}
	c.field = findField(kind, own, c.predict == stringIndex)
	return c, nil
}

// findField finds the field in the table, if it is there as the same sort of value.
func findField(kind event.Kind, name string, isText bool) *event.Field {
	if kind == event.None {
		return nil
	}
	for _, fields := range [][]event.Field{event.Common, kind.Spec().Fields} {
		for i := range fields {
			if fields[i].Name == name && (fields[i].Type == event.String) == isText {
				return &fields[i]
			}
		}
	}
	return nil
}
