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
	"tracer/words"
)

// formats are those in which a recording can be written, by name.
var formats = map[string]Writer{
	"jsonl": data(JSONL), "connections": data(Connections),
	"text": func(w io.Writer, r *record.Recording, _ *words.Language) error { return r.WriteText(w) },
	"tree": func(w io.Writer, r *record.Recording, l *words.Language) error { return Tree(w, r, l) },
}

// Writer writes a recording in a format. Those for programs are the same in every language.
type Writer func(io.Writer, *record.Recording, *words.Language) error

// data is a format for programs that needs nothing of a recording but its events.
func data(write func(io.Writer, Source) error) Writer {
	return func(w io.Writer, r *record.Recording, _ *words.Language) error { return write(w, r) }
}

// Formats lists the names that Format knows.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Format returns what writes a recording in the format of that name, nil when there is none.
func Format(name string) Writer { return formats[name] }

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
