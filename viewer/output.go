package viewer

import (
	"slices"

	"github.com/gdamore/tcell/v2"

	"tracer/text"
	"tracer/words"
)

// outputPane shows what the traced program wrote: lines, or its terminal.
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

// keys give the keyboard to the program, and take it back.
func (p *outputPane) keys(say *words.KeyWords) section {
	return section{title: say.Terminal, typed: true, atOnce: true, bindings: []binding{
		{"type", []string{"I"}, "I", say.Type.Label, 4, say.Type.Help, canType, func(s *state, _ string) {
			s.side, s.mode, s.focus = p, s.typing, focusSide
			p.begin()
		}},
		{"stop-typing", []string{"Ctrl-]"}, "Ctrl-]", say.StopTyping.Label, 1, say.StopTyping.Help, types,
			func(s *state, _ string) { s.typing.end(s) }},
		{"type", []string{"I"}, "", "", 0, "", idle, func(s *state, _ string) {
			s.notice = s.words.Screen.NoTerminal
		}},
	}}
}

func types(s *state) bool   { return s.mode == s.typing }
func idle(s *state) bool    { return s.mode != s.typing }
func canType(s *state) bool { return s.console != nil && s.cursor.log.grows && idle(s) }

// typing is the mode in which keys go to the program.
type typing struct{ browse }

func (m *typing) takes(g *section) bool { return g.typed }

// ends reports whether a key takes the keys back.
func (m *typing) ends(s *state, name string) bool {
	for _, b := range s.working() {
		if slices.Contains(b.keys, name) {
			return true
		}
	}
	return false
}

// press takes a key as it comes from the terminal: for the program if that has the keys, but for the one that takes
// them back.
func (m *typing) press(s *state, e *tcell.EventKey) {
	if name := keyName(e); s.mode != m || m.ends(s, name) {
		s.key(name)
		return
	}
	s.console.press(e)
}

func (m *typing) end(s *state) {
	if s.mode == m {
		s.mode = browse{}
	}
}

// prompt says where the keys go.
func (m *typing) prompt(s *state) line {
	say := &s.words.Keys
	l := textLine(rolePaused, " "+s.words.Screen.Typing+" ")
	l.gap(2).add(roleKey, keyFor(s, "stop-typing")).add(roleDim, " "+say.StopTyping.Label)
	return l
}

// maxOutput is how many of the last lines of output are shown.
const maxOutput = 2000

func (p *outputPane) settle(s *state, w, h int) {
	p.w, p.h = w, h
	p.head = s.words.Screen.Output
	if s.console != nil {
		p.look(s)
		return
	}
	var written []string
	if s.output != nil {
		written = s.output()
	}
	p.all = outputLines(written, s.glyphs, w, s.words.Screen.NothingWritten)
}

// look makes those lines of the terminal that there is room for.
func (p *outputPane) look(s *state) {
	c := s.console
	c.resize(p.w, p.h)
	c.read()
	p.all = slices.Grow(p.all[:0], c.past()+c.h)[:c.past()+c.h]
	for n := p.first(); n < min(p.first()+p.h, len(p.all)); n++ {
		p.all[n] = c.line(n, s.glyphs, s.mode == s.typing)
	}
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
