package viewer

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"github.com/gdamore/tcell/v2"

	"tracer/event"
	"tracer/words"
)

// ShotOptions say what a picture shows.
type ShotOptions struct {
	Width, Height int // in cells; 0 means 120x40
	Title         string
	Theme         *Theme          // nil means Dark
	Words         *words.Language // nil means English
	ASCII         bool
	Ended         bool     // the trace has ended
	Keys          []string // pressed before the picture is taken, by their names in the help: "Down", "Enter", "s"
	Replay        bool     // as a recording, at its last event
	Where         func(condition string) (Matcher, error)
}

// Shot draws the screen after the given events as a standalone SVG document. It is deterministic.
func Shot(batches [][]event.Event, o ShotOptions) []byte {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 120, 40
	}
	options := Options{Title: o.Title, Live: true, ASCII: o.ASCII, Theme: o.Theme, Words: o.Words,
		Where: o.Where}
	if o.Replay {
		options.Replay = Events(batches...)
	}
	options.complete()
	s := newState(options)
	s.w, s.h = o.Width, o.Height
	if o.Replay {
		s.jumpEnd(true)
		s.arrive()
	} else {
		for _, batch := range batches {
			s.take(batch)
		}
		if o.Ended {
			s.end()
		}
	}
	for _, k := range o.Keys {
		s.key(k)
		s.arrive()
	}
	s.settle()
	var c canvas
	s.paint(&c)
	if s.projector {
		return svg(&c, options.Theme.strong())
	}
	return svg(&c, options.Theme)
}

// arrive goes all the way to where the cursor is to go.
func (s *state) arrive() {
	for s.busy() {
		s.work()
	}
}

// Events makes a Source of events that are in memory.
func Events(batches ...[]event.Event) Source {
	var all memory
	for _, b := range batches {
		all = append(all, b...)
	}
	return all
}

type memory []event.Event

func (m memory) Len() uint64 { return uint64(len(m)) }

func (m memory) At(from uint64, buf []event.Event) (int, error) {
	return copy(buf, m[min(from, uint64(len(m))):]), nil
}

// The grid of a picture, in pixels.
const (
	fontSize   = 14.0
	cellWidth  = 8.43 // the advance of most monospace fonts is 0.602 of their size
	cellHeight = 17.0
	margin     = 12.0
)

// svg draws the cells on a grid. Each run of one style is stretched to its cells, so that a font of another width does
// not matter.
func svg(c *canvas, t *Theme) []byte {
	var b bytes.Buffer
	w, h := float64(c.w)*cellWidth+2*margin, float64(c.h)*cellHeight+2*margin
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" width="%.0f" height="%.0f" font-family="'DejaVu Sans Mono','Menlo','Consolas',monospace" font-size="%g">`+"\n", w, h, w, h, fontSize)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", t.paper)
	for y := range c.h {
		row := c.cells[y*c.w : (y+1)*c.w]
		for x := 0; x < c.w; {
			end := x + 1
			for end < c.w && sameRun(row[x], row[end]) {
				end++
			}
			t.run(&b, row[x:end], x, y)
			x = end
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// sameRun keeps characters that fonts draw in other widths apart from letters.
func sameRun(a, b cell) bool {
	plain := func(c cell) bool { return len(c.text) <= 1 }
	return a.role == b.role && a.mark == b.mark && plain(a) && plain(b)
}

func (t *Theme) run(b *bytes.Buffer, cells []cell, x, y int) {
	fg, bg, attrs := t.styles()[cells[0].role][cells[0].mark].Decompose()
	ink, paper := hexOr(fg, t.ink), hexOr(bg, "")
	if attrs&tcell.AttrReverse != 0 {
		ink, paper = hexOr(bg, t.paper), hexOr(fg, t.ink)
	}
	left, top := margin+float64(x)*cellWidth, margin+float64(y)*cellHeight
	width := float64(len(cells)) * cellWidth
	if paper != "" {
		fmt.Fprintf(b, `<rect x="%.2f" y="%.1f" width="%.2f" height="%g" fill="%s"/>`+"\n", left, top, width,
			cellHeight, paper)
	}
	words := ""
	for _, c := range cells {
		words += c.text
	}
	if blank(words) {
		return
	}
	style := ""
	if attrs&tcell.AttrBold != 0 {
		style += ` font-weight="bold"`
	}
	if attrs&tcell.AttrDim != 0 {
		style += ` opacity="0.6"`
	}
	if attrs&tcell.AttrUnderline != 0 {
		style += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%.2f" y="%.1f" textLength="%.2f" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="%s"%s>`, left, top+cellHeight-4, width, ink, style)
	xml.EscapeText(b, []byte(words)) // a Buffer does not fail
	b.WriteString("</text>\n")
}

func blank(s string) bool {
	for i := range len(s) {
		if s[i] != ' ' {
			return false
		}
	}
	return true
}

func hexOr(c tcell.Color, other string) string {
	if v := c.TrueColor().Hex(); v >= 0 {
		return fmt.Sprintf("#%06x", v)
	}
	return other
}
