package export

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"tracer/model"
	"tracer/record"
	"tracer/text"
)

// formats are those in which a recording can be written, by name.
var formats = map[string]func(io.Writer, *record.Recording) error{
	"jsonl": from(JSONL), "connections": from(Connections), "tree": from(Tree),
	"text": func(w io.Writer, r *record.Recording) error { return r.WriteText(w) },
}

// from is a format that needs nothing of a recording but its events.
func from(write func(io.Writer, Source) error) func(io.Writer, *record.Recording) error {
	return func(w io.Writer, r *record.Recording) error { return write(w, r) }
}

// Formats lists the names that Format knows.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Format returns what writes a recording in the format of that name, nil when there is none.
func Format(name string) func(io.Writer, *record.Recording) error { return formats[name] }

// Warnings say what is wrong with a recording, as far as it has been read.
func Warnings(r *record.Recording) []string {
	var list []string
	flaws := r.Flaws()
	if flaws.Newer {
		list = append(list, "it has events of kinds that this tracer does not know, which are left out; read it with "+
			"the version that recorded it, "+
			cmp.Or(r.Meta().Tracer, "a newer one"))
	}
	if flaws.Damage != nil {
		warning := flaws.Damage.Error()
		if flaws.Places > 1 {
			warning += fmt.Sprintf(", and %s more", text.Plural(uint64(flaws.Places-1), "place", "places"))
		}
		switch {
		case flaws.Blind:
			warning += "; all before it is shown, what comes behind it cannot be read"
		case flaws.Missing > 0:
			warning += fmt.Sprintf("; %s missing, all others are shown", text.Plural(flaws.Missing, "event is",
				"events are"))
		}
		list = append(list, warning)
	}
	if flaws.Cut != nil {
		list = append(list, flaws.Cut.Error()+"; all before it is shown")
	}
	return list
}

// SummarizeRecording returns what a recording amounts to, once a model has been fed with it.
func SummarizeRecording(r *record.Recording, m *model.Model) Summary {
	s := Summarize(m)
	s.Command = append(s.Command, r.Meta().Command...)
	if s.Warnings = append(s.Warnings, Warnings(r)...); len(s.Warnings) > 0 {
		s.Complete = false
	}
	return s
}
