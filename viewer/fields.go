package viewer

import (
	"tracer/text"
)

// labelWidth holds the longest name of a field of an event, and a gap.
const labelWidth = 16

// fields makes lines of a label and words that are wrapped beside it.
type fields struct {
	width int
	lines []line
}

func (f *fields) add(label string, r role, words string) {
	if words == "" {
		return
	}
	for i, part := range text.Wrap(words, f.width-labelWidth-2) {
		var l line
		l.gap(1)
		if i == 0 {
			l.add(roleDim, label)
		}
		f.lines = append(f.lines, *l.to(labelWidth).add(r, part))
	}
}

func (f *fields) say(r role, words string) {
	for _, part := range text.Wrap(words, f.width-2) {
		var l line
		f.lines = append(f.lines, *l.gap(1).add(r, part))
	}
}

func (f *fields) blank() { f.lines = append(f.lines, line{}) }
