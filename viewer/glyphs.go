package viewer

import "tracer/text"

// glyphs are the characters that are not letters. Each has an ASCII twin of the same width.
type glyphs struct {
	ascii bool

	alive, born, zombie, gone, leaderless, stopped, thread, coroutine string
	open, folded                                                      string
	tee, corner, pipe, blank, leaf                                    string
	rule, split                                                       string
	ellipsis, cursor, up, down                                        string
	play, pause, track, done, knob                                    string
	deeper, warning, mark, times                                      string
	phases                                                            [4]string // of a request
}

var unicodeGlyphs = glyphs{
	alive: "●", born: "+", zombie: "Z", gone: "·", leaderless: "◐", stopped: "‖", thread: "○", coroutine: "◇",
	open: "▾", folded: "▸",
	tee: "├─", corner: "└─", pipe: "│ ", blank: "  ", leaf: "─",
	rule: "─", split: "│",
	ellipsis: "…", cursor: "▶", up: "▲", down: "▼",
	play: "▶", pause: "‖", track: "─", done: "━", knob: "●",
	deeper: "« ", warning: "!", mark: "◆", times: "×",
	phases: [...]string{"·", "─", "▂", "▅"},
}

var asciiGlyphs = glyphs{
	ascii: true,
	alive: "*", born: "+", zombie: "Z", gone: ".", leaderless: "%", stopped: "T", thread: "o", coroutine: "c",
	open: "v", folded: ">",
	tee: "|-", corner: "`-", pipe: "| ", blank: "  ", leaf: "-",
	rule: "-", split: "|",
	ellipsis: "~", cursor: ">", up: "^", down: "v",
	play: ">", pause: "=", track: ".", done: "-", knob: "O",
	deeper: "< ", warning: "!", mark: "$", times: "x",
	phases: [...]string{".", "-", "+", "#"},
}

// safe makes text of another program fit for the screen.
func (g *glyphs) safe(s string) string {
	s = text.Escape(s)
	if g.ascii {
		s = text.ASCII(s)
	}
	return s
}

// plain takes text that is escaped already.
func (g *glyphs) plain(s string) string {
	if g.ascii {
		return text.ASCII(s)
	}
	return s
}
