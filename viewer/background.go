package viewer

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
)

// askBackground is what a terminal answers with the colour of its background (OSC 11 of xterm). Linux's console takes a
// part of it for text, and is dark.
const askBackground = "\x1b]11;?\x1b\\"

// answerTime is how long the first picture waits for the answer. A later one still counts.
const answerTime = 150 * time.Millisecond

// asks reports whether such a terminal can be asked for its background.
func asks(term string) bool { return term != "" && !strings.HasPrefix(term, "linux") }

// An answer is the one that a terminal gives to askBackground, as it comes in between keys and perhaps in pieces. What
// it holds back is bounded, and nothing of it is a key.
type answer struct {
	told chan<- string // nil: nothing was asked, or it has been answered
	held []byte
}

// answerStart is how it begins. Then come three or four numbers, and BEL or ST.
const (
	answerStart = "\x1b]11;rgb"
	mostAnswer  = 40
)

// take returns what of in is not the answer.
func (a *answer) take(in []byte) []byte {
	if a.told == nil {
		return in
	}
	var out []byte
	for _, b := range in {
		a.held = append(a.held, b)
		switch n := len(a.held); {
		case a.told == nil || !a.can():
			out = append(out, a.held[:n-1]...) // what this one ends; it can begin another
			if a.held = a.held[:0]; a.told != nil && b == esc {
				a.held = append(a.held, b)
			} else {
				out = append(out, b)
			}
		case b == bell, b == '\\' && a.held[n-2] == esc:
			a.tell(strings.TrimRight(string(a.held), "\a\x1b\\"))
			a.held = a.held[:0]
		}
	}
	if string(a.held) == string(esc) { // the key
		out, a.held = append(out, esc), a.held[:0]
	}
	return out
}

// can reports whether what is held can be the beginning of an answer.
func (a *answer) can() bool {
	n := len(a.held)
	switch last := a.held[n-1]; {
	case n <= len(answerStart):
		return answerStart[:n] == string(a.held)
	case n > mostAnswer:
		return false
	case a.held[n-2] == esc:
		return last == '\\'
	default:
		return last == esc || last == bell || strings.IndexByte("0123456789abcdefABCDEF/:", last) >= 0
	}
}

func (a *answer) tell(text string) {
	if paper := paperOf(text[len(answerStart):]); paper != "" {
		a.told <- paper // there is room for one
		a.told = nil
	}
}

// paperOf is the colour in an answer as #rrggbb: of ":ffff/ffff/dddd" or "a:ff/ff/dd/ff"; empty when it is none.
func paperOf(text string) string {
	_, numbers, _ := strings.Cut(text, ":")
	parts := strings.Split(numbers, "/")
	if len(parts) < 3 {
		return ""
	}
	colour := tcell.ColorDefault
	var rgb [3]int32
	for i := range rgb {
		n, err := strconv.ParseUint(parts[i], 16, 16)
		if err != nil {
			return ""
		}
		rgb[i] = int32(n * 0xff / (1<<(4*len(parts[i])) - 1))
	}
	colour = tcell.NewRGBColor(rgb[0], rgb[1], rgb[2])
	return hexOr(colour, "")
}

// themeFor is that which fits a terminal with so many colours and that background; an empty one is not known. Then the
// variable COLORFGBG tells, which some terminals set, and else it is dark.
func themeFor(colours int, paper string, getenv func(string) string) *Theme {
	switch {
	case colours < 16:
		return Mono
	case colours < 256:
		return Sixteen
	case paper != "":
		if c := tcell.GetColor(paper); contrast(c, tcell.ColorBlack.TrueColor()) > contrast(c,
			tcell.ColorWhite.TrueColor()) {
			return Light.on(paper)
		}
		return Dark.on(paper)
	}
	fields := strings.Split(getenv("COLORFGBG"), ";")
	switch background, err := strconv.Atoi(fields[len(fields)-1]); {
	case err == nil && (background == 7 || background > 8 && background < 16):
		return Light
	}
	return Dark
}

// light finds out which theme fits the terminal. The loop is told of the background when the terminal tells it.
func (l *loop) light(colours int) {
	l.colours = colours
	l.theme = themeFor(colours, "", os.Getenv)
	if l.terminal == nil || colours < 256 || !asks(os.Getenv("TERM")) {
		return
	}
	told := make(chan string, 1)
	l.terminal.answer.told = told
	if _, err := l.terminal.Write([]byte(askBackground)); err == nil {
		l.background, l.dark = told, time.Now().Add(answerTime)
	}
}

// lit is the terminal's answer.
func (l *loop) lit(paper string) {
	l.background, l.dark = nil, time.Time{}
	l.state.paper = paper
	if l.state.theme == nil { // nobody chose another meanwhile
		l.setTheme(themeFor(l.colours, paper, os.Getenv))
	}
}

// setTheme draws everything in other colours.
func (l *loop) setTheme(t *Theme) {
	l.theme = t
	l.drawn.w, l.dirty = 0, true
}
