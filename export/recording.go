package export

import (
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

// Read has a model take in all of a recording, and know of what that does not tell. It returns the model, and what the
// recording amounts to.
func Read(r *record.Recording, o model.Options) (*model.Model, Summary, error) {
	o.Untold = r.Untold()
	m := model.New(o)
	if err := Feed(m, r); err != nil {
		return nil, Summary{}, err
	}
	return m, SummarizeRecording(r, m), nil
}

// Warnings say what is wrong with a recording, as far as it has been read.
func Warnings(r *record.Recording) []words.Message {
	var list []words.Message
	flaws := r.Flaws()
	if flaws.Newer {
		version := r.Meta().Tracer
		list = append(list, func(l *words.Language) string { return l.Recordings.Newer(text.Escape(version)) })
	}
	if flaws.Damage != nil {
		list = append(list, func(l *words.Language) string { return damage(l, &flaws) })
	}
	if flaws.Cut != nil {
		list = append(list, func(l *words.Language) string { return l.Recordings.CutShort(l.Error(flaws.Cut)) })
	}
	return list
}

// damage says where a recording is damaged, and what of it is shown.
func damage(l *words.Language, flaws *record.Flaws) string {
	say, where := &l.Recordings, l.Error(flaws.Damage)
	if flaws.Places > 1 {
		where = say.MorePlaces(where, uint64(flaws.Places-1))
	}
	switch {
	case flaws.Blind:
		return say.BlindBehind(where)
	case flaws.Missing > 0:
		return say.EventsMissing(where, flaws.Missing)
	}
	return where
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
