package export

import (
	"bufio"
	"strconv"

	"tracer/event"
	"tracer/model"
)

// marked is a source of which somebody who has read it has marked events.
type marked interface {
	Marks() ([]event.Mark, error)
}

// writeMarks writes the marks of a source that has any, one a line.
func writeMarks(out *bufio.Writer, s Source) error {
	m, ok := s.(marked)
	if !ok {
		return nil
	}
	marks, err := m.Marks()
	for i := range marks {
		_, _ = out.Write(append(appendMark(nil, &marks[i]), '\n')) // what goes wrong here, the flush reports
	}
	return err
}

// appendMark appends the JSON object of a mark. Its kind is that of no event.
func appendMark(b []byte, m *event.Mark) []byte {
	b = strconv.AppendInt(append(b, `{"kind":"mark","time":`...), int64(m.Time), 10)
	b = strconv.AppendUint(append(b, `,"event":`...), m.Event, 10)
	if m.Note != "" {
		b = appendString(append(b, `,"note":`...), m.Note)
	}
	return append(b, '}')
}

// keptMarks are those of a source that are of the events that are kept.
type keptMarks struct {
	of   map[uint64][]event.Mark // by the ordinals of their events
	next uint64                  // ordinal
	kept []event.Mark
}

func marksOf(s marked) (*keptMarks, error) {
	all, err := s.Marks()
	m := &keptMarks{of: map[uint64][]event.Mark{}}
	for _, mark := range all {
		m.of[mark.Event] = append(m.of[mark.Event], mark)
	}
	return m, err
}

func (m *keptMarks) pass(e *event.Event, keep bool) {
	if keep {
		m.kept = append(m.kept, m.of[m.next]...)
	}
	m.next += model.Places(e)
}
