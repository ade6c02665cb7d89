package viewer

import (
	"fmt"
	"image/color"
	"io"
	"strings"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/gdamore/tcell/v2"

	"tracer/text"
)

// Terminal is that of the traced program, which the viewer stands for. Type may be called by another goroutine than the
// loop's, and must not wait.
type Terminal interface {
	// Written returns what was written after the first bytes, so many, or the last of it, and how much in all.
	Written(after uint64) (last []byte, end uint64)
	// Type has the program read what is typed.
	Type(keys []byte)
	Resize(columns, rows int)
}

// console is what the program's terminal shows. What the program writes goes to the emulator alone: only characters and
// colours of its cells come out, so nothing of it can have an effect on the real terminal.
type console struct {
	program Terminal
	screen  *vt.Emulator
	seen    uint64 // how much of what was written it has taken in
	behind  bool   // there is more
	w, h    int
	quiet   chan struct{} // closed when it types no more
}

// consoleLines is how many lines that have scrolled away are kept.
const consoleLines = 1000

func newConsole(program Terminal) *console {
	c := &console{program: program, screen: vt.NewEmulator(80, 24), w: 80, h: 24, quiet: make(chan struct{})}
	c.screen.SetScrollbackSize(consoleLines)
	c.bound()
	go c.answer()
	return c
}

// answer has the program read what the emulator says: keys, and answers to what the program asked. It ends with close.
func (c *console) answer() {
	defer close(c.quiet)
	said := make([]byte, 256)
	for {
		n, err := c.screen.Read(said)
		if err != nil {
			return
		}
		c.program.Type(said[:n])
	}
}

func (c *console) close() {
	if c == nil {
		return
	}
	_ = c.screen.InputPipe().(io.Closer).Close() // the emulator's own Close is not for two goroutines
	<-c.quiet
}

// resetSequence is RIS, after which the emulator is as new.
const resetSequence = "\x1bc"

// readEffort is how many bytes of text are taken in at most before keys are looked at again, in some milliseconds.
const readEffort = 10_000

// read takes in what was written, or as much of it as may be taken in at once. After a gap, which is there when the
// program writes more than anybody can read, it begins anew.
func (c *console) read() {
	last, end := c.program.Written(c.seen)
	if from := end - uint64(len(last)); from != c.seen {
		_, _ = c.screen.WriteString(resetSequence)
		c.seen = from
	}
	n, effort := 0, 0
	for ; n < len(last) && effort < readEffort; n++ {
		effort++
		if last[n] < ' ' && last[n] != '\r' { // the emulator may move all its cells
			effort += c.w * c.h / 50
		}
	}
	_, _ = c.screen.Write(last[:n])
	c.seen += uint64(n)
	c.behind = n < len(last)
}

// bound leaves out those control sequences that would have the emulator do something again and again, as often as the
// program says.
func (c *console) bound() {
	limit := func(final rune, most func() int) {
		c.screen.RegisterCsiHandler(int(final), func(params ansi.Params) bool {
			n, _, _ := params.Param(0, 1)
			return n > most() // then it is done; else the emulator does it
		})
	}
	limit('b', func() int { return c.w }) // REP, which can scroll
	for _, cheap := range "IXZ" {         // CHT, ECH, CBT
		limit(cheap, func() int { return readEffort })
	}
}

func (c *console) resize(w, h int) {
	if w == c.w && h == c.h || w <= 0 || h <= 0 {
		return
	}
	if at := c.screen.CursorPosition(); at.Y >= h && !c.screen.IsAltScreen() { // the emulator would cut the last lines
		over := at.Y - h + 1
		fmt.Fprintf(c.screen, "\x1b[%dH%s\x1b[%d;%dH", c.h, strings.Repeat("\n", over), h, at.X+1)
	}
	c.w, c.h = w, h
	c.screen.Resize(w, h)
	c.program.Resize(w, h)
}

// past is how many lines have scrolled away. A screen of its own, as an editor has, stands alone.
func (c *console) past() int {
	if c.screen.IsAltScreen() {
		return 0
	}
	return c.screen.ScrollbackLen()
}

// line is the n-th, from the first that is kept. The cursor is drawn where the keys go to the program.
func (c *console) line(n int, g *glyphs, typing bool) line {
	past, cursor := c.past(), -1
	if at := c.screen.CursorPosition(); typing && !c.screen.CursorHidden() && at.Y == n-past {
		cursor = min(at.X, c.w-1)
	}
	var l line
	for x := 0; x < c.w; {
		var from *uv.Cell
		if n < past {
			from = c.screen.ScrollbackCellAt(x, n)
		} else {
			from = c.screen.CellAt(x, n-past)
		}
		content, width, how := cellOf(from, g, c.w-x)
		if cursor >= x && cursor < x+width {
			how ^= inkReverse
		}
		l.spans = append(l.spans, span{text: content, ink: how})
		l.width += width
		x += width
	}
	return l
}

// longestCell is how much the characters of one cell take at most.
const longestCell = 64

// cellOf is what is shown of a cell, in at most as many columns as there are.
func cellOf(from *uv.Cell, g *glyphs, most int) (content string, width int, how ink) {
	if from == nil || from.Content == "" || from.Width < 1 || from.Width > most {
		return " ", 1, 0
	}
	content = from.Content
	if len(content) > longestCell || g.ascii && content[0] >= 0x80 || content != g.safe(content) ||
		text.Width(content) != from.Width {
		content = strings.Repeat("?", from.Width)
	}
	return content, from.Width, inkOf(&from.Style)
}

// press has the program read a key.
func (c *console) press(e *tcell.EventKey) {
	key := vt.KeyPressEvent{Code: consoleKeys[e.Key()]}
	if e.Modifiers()&tcell.ModAlt != 0 {
		key.Mod = vt.ModAlt
	}
	switch k := e.Key(); {
	case key.Code != 0:
		if k == tcell.KeyBacktab {
			key.Mod |= vt.ModShift
		}
	case k == tcell.KeyRune:
		key.Code, key.Text = e.Rune(), string(e.Rune())
		if e.Modifiers()&tcell.ModCtrl != 0 {
			key.Mod |= vt.ModCtrl
		}
	case k >= tcell.KeyCtrlSpace && k <= tcell.KeyCtrlUnderscore:
		key.Code = []rune(" abcdefghijklmnopqrstuvwxyz[\\]^_")[k-tcell.KeyCtrlSpace]
		key.Mod |= vt.ModCtrl
	default:
		return
	}
	c.screen.SendKey(key)
}

// consoleKeys are the keys that are no characters, as the emulator calls them.
var consoleKeys = map[tcell.Key]rune{
	tcell.KeyUp: vt.KeyUp, tcell.KeyDown: vt.KeyDown, tcell.KeyLeft: vt.KeyLeft, tcell.KeyRight: vt.KeyRight,
	tcell.KeyPgUp: vt.KeyPgUp, tcell.KeyPgDn: vt.KeyPgDown, tcell.KeyHome: vt.KeyHome, tcell.KeyEnd: vt.KeyEnd,
	tcell.KeyInsert: vt.KeyInsert, tcell.KeyDelete: vt.KeyDelete, tcell.KeyEnter: vt.KeyEnter,
	tcell.KeyTab: vt.KeyTab, tcell.KeyBacktab: vt.KeyTab, tcell.KeyEscape: vt.KeyEscape,
	tcell.KeyBackspace: vt.KeyBackspace, tcell.KeyBackspace2: vt.KeyBackspace,
	tcell.KeyF1: vt.KeyF1, tcell.KeyF2: vt.KeyF2, tcell.KeyF3: vt.KeyF3, tcell.KeyF4: vt.KeyF4,
	tcell.KeyF5: vt.KeyF5, tcell.KeyF6: vt.KeyF6, tcell.KeyF7: vt.KeyF7, tcell.KeyF8: vt.KeyF8,
	tcell.KeyF9: vt.KeyF9, tcell.KeyF10: vt.KeyF10, tcell.KeyF11: vt.KeyF11, tcell.KeyF12: vt.KeyF12,
}

// Printed is the text of a line that was written to a terminal, without what is said to the terminal itself.
func Printed(line string) string { return ansi.Strip(strings.TrimRight(line, "\r")) }

// ink is how a program wants a cell of its terminal: colours of the palette, one more than their numbers so that 0 is
// the terminal's own, and attributes. What is drawn by roles has none.
type ink uint32

// The parts of an ink.
const (
	inkBackground     = 9 // bits that the colour of the text takes
	inkColour     ink = 1<<inkBackground - 1
	inkBold       ink = 1 << (2*inkBackground + iota)
	inkDim
	inkItalic
	inkUnderline
	inkReverse
)

var attributes = []struct {
	has uint8
	ink ink
}{{uv.AttrBold, inkBold}, {uv.AttrFaint, inkDim}, {uv.AttrItalic, inkItalic}, {uv.AttrReverse, inkReverse}}

func inkOf(s *uv.Style) ink {
	how := paletteOf(s.Fg) | paletteOf(s.Bg)<<inkBackground
	for _, a := range attributes {
		if s.Attrs&a.has != 0 {
			how |= a.ink
		}
	}
	if s.Underline != ansi.UnderlineNone {
		how |= inkUnderline
	}
	return how
}

// paletteOf is the nearest of 256 colours, and one more; 0 for the terminal's own.
func paletteOf(c color.Color) ink {
	switch c := c.(type) {
	case nil:
		return 0
	case ansi.BasicColor:
		return ink(c) + 1
	default:
		return ink(ansi.Convert256(c)) + 1
	}
}

// on adds it to a style, without colours where there are to be none.
func (i ink) on(style tcell.Style, coloured bool) tcell.Style {
	if fg := i & inkColour; fg != 0 && coloured {
		style = style.Foreground(tcell.PaletteColor(int(fg) - 1))
	}
	if bg := i >> inkBackground & inkColour; bg != 0 && coloured {
		style = style.Background(tcell.PaletteColor(int(bg) - 1))
	}
	return style.Bold(i&inkBold != 0).Dim(i&inkDim != 0).Italic(i&inkItalic != 0).Underline(i&inkUnderline != 0).
		Reverse(i&inkReverse != 0)
}
