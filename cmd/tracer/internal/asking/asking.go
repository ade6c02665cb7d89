// Package asking has recordings say what holds of them, and what there is in them.
package asking

import (
	"fmt"
	"io"

	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/usage"
	"tracer/export"
	"tracer/grading"
	"tracer/model"
	"tracer/query"
	"tracer/record"
	"tracer/text"
	"tracer/words"
)

// A Source opens a recording by its name.
type Source func(path string) (*record.Recording, error)

// read reads a recording for what queries need.
func (open Source) read(s *output.Streams, path string, queries ...*query.Query) (*query.Trace, error) {
	r, err := open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := query.Read(r, queries)
	if err != nil {
		return nil, err
	}
	s.Warn(path, t.Warnings())
	return t, nil
}

// Check holds one recording against conditions, and prints what became of each. The answer is that of all.
func (open Source) Check(s *output.Streams, path string, conditions []string) (answer query.Answer, err error) {
	queries, err := query.ParseAll(conditions)
	if err != nil {
		return 0, usage.Wrap(err)
	}
	t, err := open.read(s, path, queries...)
	if err != nil {
		return 0, err
	}
	for _, q := range queries {
		verdict, err := q.Check(t)
		if err != nil {
			return 0, usage.Wrap(err)
		}
		answer = max(answer, verdict.Answer)
		for _, line := range verdict.Lines(s.Words) {
			if _, err := fmt.Fprintln(s.Out, text.Line(line)); err != nil {
				return 0, err
			}
		}
	}
	return answer, nil
}

// Grade holds recordings against a file of rules, and writes what became of each.
func (open Source) Grade(s *output.Streams, rulesFile string, recordings []string,
	write func(*grading.Rules, io.Writer, []grading.Sheet) error) (answer query.Answer, err error) {
	rules, err := grading.Read(rulesFile)
	if err != nil {
		return 0, usage.Wrap(err)
	}
	sheets := make([]grading.Sheet, 0, len(recordings))
	for _, recording := range recordings {
		sheet := rules.Grade(recording, open)
		answer, sheets = max(answer, sheet.Answer()), append(sheets, sheet)
	}
	return answer, write(rules, s.Out, sheets)
}

// Summary reads a recording to its end.
func (open Source) Summary(path string) (export.Summary, error) {
	r, err := open(path)
	if err != nil {
		return export.Summary{}, err
	}
	defer r.Close()
	_, s, err := export.Read(r, model.Options{})
	return s, err
}

// ExportAll writes a recording in a format, and returns what is wrong with that.
func (open Source) ExportAll(w io.Writer, l *words.Language, path string, write export.Writer) ([]words.Message,
	error) {
	r, err := open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	err = write(w, r, l)
	return export.Warnings(r), err
}

// Export writes the part of a recording in a format that an expression has rows for, and returns what is wrong with the
// recording. It is read twice.
func (open Source) Export(w io.Writer, l *words.Language, path, format, where string) ([]words.Message, error) {
	list := export.PartOf(format)
	if list == "" {
		return nil, usage.New(l.Usage.NotInPart(format))
	}
	q, err := query.Where(list, where)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	r, err := open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	t, err := query.Read(r, []*query.Query{q})
	if err != nil {
		return nil, err
	}
	part := export.Part{}
	if part.Keep, err = q.Numbers(t); err != nil {
		return nil, usage.Wrap(err)
	}
	if err := r.Rewind(); err != nil {
		return nil, err
	}
	return t.Warnings(), part.Write(w, r, format, l)
}

// Query writes what an expression finds in a recording, and returns what is wrong with that.
func (open Source) Query(s *output.Streams, path, expression string, asJSON bool) ([]words.Message, error) {
	q, err := query.Parse(expression)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	t, err := open.read(s, path, q)
	if err != nil {
		return nil, err
	}
	found, err := q.Find(t)
	if err != nil {
		return nil, usage.Wrap(err)
	}
	if asJSON {
		return t.Warnings(), query.JSON(s.Out, found)
	}
	return t.Warnings(), query.Text(s.Out, s.Words, found)
}
