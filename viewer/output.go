package viewer

import (
	"tracer/text"
	"tracer/words"
)

// outputPane shows what the traced program wrote.
type outputPane struct{ textPane }

func (p *outputPane) opening(say *words.KeyWords) []binding {
	return []binding{
		{"output", []string{"o"}, "o", say.Output.Label, 4, say.Output.Help, hasOutput,
			func(s *state, _ string) { s.open(p) }},
		{"output", []string{"o"}, "", "", 0, "", nil, func(s *state, _ string) {
			s.notice = s.words.Screen.OutputOfRun
		}},
	}
}

func hasOutput(s *state) bool { return s.output != nil }

// maxOutput is how many of the last lines of output are shown.
const maxOutput = 2000

func (p *outputPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	p.head = s.words.Screen.Output
	var written []string
	if s.output != nil {
		written = s.output()
	}
	p.all = outputLines(written, s.glyphs, w, s.words.Screen.NothingWritten)
}

func outputLines(written []string, g *glyphs, width int, none string) []line {
	var lines []line
	for _, whole := range written[max(len(written)-maxOutput, 0):] {
		for rest := g.safe(whole); ; {
			head := text.Cut(rest, max(width-2, 2), "")
			lines = append(lines, textLine(roleText, " "+head))
			if rest = rest[len(head):]; rest == "" || head == "" {
				break
			}
		}
	}
	if len(lines) == 0 {
		lines = append(lines, textLine(roleDim, " "+none))
	}
	return lines
}
