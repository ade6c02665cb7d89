package viewer

import (
	"strings"

	"tracer/text"
)

const labelWidth = 15

// fields makes lines of a label and words that are wrapped beside it.
type fields struct {
	width int
	lines []line
}

func (f *fields) add(label string, r role, words string) {
	if words == "" {
		return
	}
	for i, part := range wrap(words, f.width-labelWidth-2) {
		var l line
		l.gap(1)
		if i == 0 {
			l.add(roleDim, label)
		}
		f.lines = append(f.lines, *l.to(labelWidth).add(r, part))
	}
}

func (f *fields) say(r role, words string) {
	for _, part := range wrap(words, f.width-2) {
		var l line
		f.lines = append(f.lines, *l.gap(1).add(r, part))
	}
}

func (f *fields) blank() { f.lines = append(f.lines, line{}) }

// wrap breaks words into lines of at most width cells, within a word only when it is longer than a line.
func wrap(words string, width int) []string {
	width = max(width, 4)
	var lines []string
	current := ""
	for _, w := range strings.Split(words, " ") {
		for {
			candidate := w
			if current != "" {
				candidate = current + " " + w
			}
			if text.Width(candidate) <= width {
				current = candidate
				break
			}
			if current != "" {
				lines, current = append(lines, current), ""
				continue
			}
			head := text.Cut(w, width, "")
			if head == "" { // a character wider than the line
				head = w
			}
			lines, w = append(lines, head), w[len(head):]
			if w == "" {
				break
			}
		}
	}
	return append(lines, current)
}
