package viewer

import (
	"math"

	"github.com/gdamore/tcell/v2"
)

// leastContrast is what text needs to be read by those who see less well (WCAG 2.2, 1.4.3).
const leastContrast = 4.5

// strongContrast is what it needs on a projector in a light room (the enhanced one of WCAG 2.2, 1.4.6).
const strongContrast = 7

// contrast is the ratio of the luminances of two colours, by WCAG 2.2.
func contrast(a, b tcell.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c tcell.Color) float64 {
	linear := func(v int32) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b := c.RGB()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// readable is a style of a role on a mark in which text can be read. A colour that is too near to its background goes
// towards white or black; one of the palette, which looks as the terminal wants, gives way to that of the mark, unless
// its background is black or its own. What has no colour is the terminal's own on its own.
func readable(mark, style tcell.Style, paper string, least float64) tcell.Style {
	ink, on, _ := style.Decompose()
	if !ink.Valid() {
		return style
	}
	if !on.Valid() {
		on = tcell.GetColor(paper)
	}
	theirs, below, _ := mark.Decompose()
	switch {
	case !ink.IsRGB() && on == below && on != tcell.PaletteColor(0):
		return style.Foreground(theirs)
	case !ink.IsRGB(), contrast(ink, on) >= least:
		return style
	}
	return style.Foreground(towards(ink, on, least))
}

// towards is a colour as near to ink as it can be with so much contrast to a background.
func towards(ink, on tcell.Color, least float64) tcell.Color {
	end := int32(0xff)
	if contrast(tcell.ColorBlack.TrueColor(), on) > contrast(tcell.ColorWhite.TrueColor(), on) {
		end = 0
	}
	const steps = 40
	r, g, b := ink.RGB()
	for i := range int32(steps) {
		part := func(v int32) int32 { return v + (end-v)*(i+1)/steps }
		if ink = tcell.NewRGBColor(part(r), part(g), part(b)); contrast(ink, on) >= least {
			break
		}
	}
	return ink
}
