package export

import (
	"io"

	"tracer/event"
	"tracer/model"
	"tracer/record"
	"tracer/words"
)

// Part is what of a trace is written, by the numbers of the model.
type Part struct {
	Keep map[uint64]bool
}

// partOf are the rows by which a format can be written in part.
var partOf = map[string]string{"tree": "processes", "jsonl": "processes", "connections": "connections"}

// PartOf returns the list of rows by which a format can be written in part; empty: it cannot.
func PartOf(format string) string { return partOf[format] }

// Write writes the part of a recording in a format: of the tree the processes and those above them, of the events those
// of the processes and what was done to them.
func (p *Part) Write(w io.Writer, r *record.Recording, format string, l *words.Language) error {
	switch format {
	case "tree":
		return writeTree(w, r, l, p.Keep)
	case "connections":
		return writeConnections(w, r, p.Keep)
	}
	marks, err := marksOf(r)
	if err != nil {
		return err
	}
	return JSONL(w, &partSource{Source: r, model: model.New(model.Options{}), keep: p.Keep,
		last: map[event.PID]uint64{}, marks: marks})
}

// partSource gives the events of some processes.
type partSource struct {
	Source
	model *model.Model
	keep  map[uint64]bool
	last  map[event.PID]uint64 // the number of who had an id last
	marks *keptMarks
}

func (s *partSource) Next(batch []event.Event) (int, error) {
	n, err := s.Source.Next(batch)
	kept := 0
	for i := range batch[:n] {
		e := batch[i]
		keep := s.is(e.PID)
		s.model.Apply(&e)
		switch e.Kind {
		case event.Fork:
			keep = keep || s.is(e.ChildPID)
		case event.Wait:
			keep = keep || s.is(event.PID(e.Child.TID))
		case event.Kill, event.Signal:
			keep = keep || s.is(e.TargetPID)
		}
		keep = keep || s.is(e.PID) || e.PID == 0 // what is of no process says what the trace is worth
		s.marks.pass(&e, keep)
		if keep {
			batch[kept] = e
			kept++
		}
	}
	return kept, err
}

// Marks returns those of the events that it has given.
func (s *partSource) Marks() ([]event.Mark, error) { return s.marks.kept, nil }

// is reports whether who has an id, or had it last, is among the processes.
func (s *partSource) is(pid event.PID) bool {
	if p := s.model.Find(pid); p != nil {
		s.last[pid] = p.Number
	}
	return s.keep[s.last[pid]]
}
