package viewer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// The palettes of 16 colours of xterm and of the PC's text mode, which most terminals have or are near to.
var palettes = map[string][]int32{
	"xterm": {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
		0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff},
	"PC": {0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa, 0x555555, 0xff5555,
		0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff},
}

// Text can be read in every theme, whatever it means and wherever it stands, on every background that the theme is for.
func TestTextCanBeRead(t *testing.T) {
	dark, light := []string{"#000000", "#1c1c1c", "#282828", "#002b36", "#300a24", "#2e3436"},
		[]string{"#ffffff", "#fdf6e3", "#eeeeee", "#fbf1c7"}
	papers := map[*Theme][]string{Dark: dark, BlindDark: dark, Light: light, BlindLight: light, Sixteen: {"#000000"}}
	for _, theme := range themes() {
		for _, paper := range papers[theme] {
			for name, palette := range palettes {
				checkContrast(t, theme, paper, name, palette)
				checkContrast(t, theme.on(paper).strong(), paper, name, palette)
			}
		}
		if len(papers[theme]) == 0 && theme != Mono {
			t.Errorf("%s has no backgrounds", theme)
		}
	}
	for _, paper := range []string{"#000000", "#405060", "#707070", "#777777", "#909090", "#ff8800", "#ffffff"} {
		fits := themeFor(256, paper, func(string) string { return "" })
		checkContrast(t, fits, paper, "xterm", palettes["xterm"])
		checkContrast(t, fits.after().after().on(paper), paper, "xterm", palettes["xterm"])
	}
}

func checkContrast(t *testing.T, theme *Theme, paper, name string, palette []int32) {
	t.Helper()
	rgb := func(c tcell.Color, other string) tcell.Color {
		switch {
		case !c.Valid():
			return tcell.GetColor(other)
		case !c.IsRGB():
			return tcell.NewHexColor(palette[c-tcell.ColorValid])
		}
		return c
	}
	for r := range roleCount {
		for m := range markCount {
			ink, on, _ := theme.styles()[r][m].Decompose()
			if !ink.Valid() { // the terminal's own: on its own background, too
				if on.Valid() {
					t.Errorf("%s: role %d on mark %d has a background and no colour", theme, r, m)
				}
				continue
			}
			if got := contrast(rgb(ink, ""), rgb(on, paper)); got < leastContrast {
				t.Errorf("%s on %s (%s): role %c on mark %d has a contrast of %.2f", theme, paper, name,
					roles[r].letter, m, got)
			}
		}
	}
}

// On a projector colours have the contrast that they need there, unless a background of their own allows for no more,
// and nothing is dim.
func TestStrongThemes(t *testing.T) {
	for _, theme := range themes() {
		strong := theme.strong()
		for r := range roleCount {
			for m := range markCount {
				ink, on, attributes := strong.styles()[r][m].Decompose()
				if attributes&tcell.AttrDim != 0 {
					t.Errorf("%s: role %c on mark %d is dim", theme, roles[r].letter, m)
				}
				if !ink.IsRGB() {
					continue
				}
				if !on.Valid() {
					on = tcell.GetColor(map[bool]string{true: darkPaper, false: lightPaper}[theme == Dark ||
						theme == BlindDark])
				}
				most := max(contrast(tcell.ColorBlack.TrueColor(), on), contrast(tcell.ColorWhite.TrueColor(), on))
				if got := contrast(ink, on); got < min(strongContrast, most)-1e-9 {
					t.Errorf("%s: role %c on mark %d has a contrast of %.2f", theme, roles[r].letter, m, got)
				}
			}
		}
	}
}

// Who lacks red or green cones still tells zombies from what lives, and by more than their brightness.
func TestColourBlindTellZombiesApart(t *testing.T) {
	// Machado, Oliveira and Fernandes, 2009, at full severity
	for name, matrix := range map[string][3][3]float64{
		"protanopia": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216},
			{-0.003882, -0.048116, 1.051998}},
		"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413},
			{-0.011820, 0.042940, 0.968881}},
	} {
		hue := func(theme *Theme, r role) float64 { // of yellow against blue, which they see
			ink, _, _ := theme.styles()[r][markNone].Decompose()
			red, green, blue := ink.RGB()
			var seen [3]float64
			for i, row := range matrix {
				seen[i] = (row[0]*float64(red) + row[1]*float64(green) + row[2]*float64(blue)) / 255
			}
			return (seen[0]+seen[1])/2 - seen[2]
		}
		for _, theme := range []*Theme{BlindDark, BlindLight} {
			for _, r := range []role{roleAlive, roleBorn, roleThread, roleFork} {
				if apart := math.Abs(hue(theme, roleZombie) - hue(theme, r)); apart < 0.3 {
					t.Errorf("%s, %s: zombies and role %c are %.2f apart", theme, name, roles[r].letter, apart)
				}
			}
		}
	}
}

func TestThemeFitsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		colours      int
		paper, other string
		want         *Theme
	}{
		{1 << 24, "#ffffff", "", Light}, {256, "#fdf6e3", "15;0", Light}, {256, "#000000", "0;15", Dark},
		{256, "#002b36", "", Dark}, {256, "", "", Dark}, {256, "", "0;15", Light}, {256, "", "0;default;7", Light},
		{256, "", "15;0", Dark}, {256, "", "15;8", Dark}, {256, "", "junk", Dark}, {256, "", "0;99", Dark},
		{16, "#ffffff", "0;15", Sixteen}, {88, "", "", Sixteen}, {8, "", "", Mono}, {0, "", "", Mono},
	} {
		got := themeFor(c.colours, c.paper, func(string) string { return c.other })
		if got.name != c.want.name {
			t.Errorf("%d colours, background %q, COLORFGBG=%q: %s, want %s", c.colours, c.paper, c.other, got, c.want)
		}
	}
}

// Wherever it is cut, the terminal's answer is heard and no key between is lost or made up.
func TestAnswerBetweenKeys(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b]11;rgb:ffff/ffff/dddd\x1b\\": "#ffffdd", "\x1b]11;rgb:1c/1c/1c\a": "#1c1c1c",
		"\x1b]11;rgba:0000/8000/ffff/ffff\a": "#007fff", "\x1b]11;rgb:f/0/f\a": "#ff00ff",
	} {
		in := "a\x1b[A" + text + "\x1b[Bq]1"
		for first := range len(in) {
			for second := first; second < len(in); second++ {
				told := make(chan string, 1)
				a := answer{told: told}
				var out []byte
				for _, piece := range []string{in[:first], in[first:second], in[second:]} {
					if piece != "" {
						out = append(out, a.take([]byte(piece))...)
					}
				}
				if strings.HasPrefix(in[first:], "]11") || strings.HasPrefix(in[second:], "]11") {
					continue // an Esc that stands alone is a key
				}
				if got := string(out); got != "a\x1b[A\x1b[Bq]1" || len(told) != 1 || <-told != want {
					t.Fatalf("%q and %q and %q: keys %q", in[:first], in[first:second], in[second:], got)
				}
			}
		}
	}
}

func TestWhatIsNoAnswerStays(t *testing.T) {
	for _, in := range []string{"q", "\x1b", "\x1b\x1b", "\x1b]", "\x1b]11;?\x1b\\q", "\x1b]11;rgb:ff/\x1b[Aq",
		"\x1b]11;rgb:" + strings.Repeat("f", 90) + "\aq", "\x1b]11;rgb:zz/zz/zz\aq", "\x1b[97;5u", "]11;rgb:ff/ff/ff\a",
		"\x1b\x1b]1x"} {
		told := make(chan string, 1)
		a := answer{told: told}
		out := string(a.take([]byte(in)))
		if len(told) > 0 || out+string(a.held) != in || len(a.held) > mostAnswer {
			t.Errorf("%q becomes %q, held is %q", in, out, a.held)
		}
		if out += string(a.take([]byte("k"))); out != in+"k" {
			t.Errorf("%q and a key become %q", in, out)
		}
	}
}

func TestThemeKeyGoesThroughAll(t *testing.T) {
	s := stateWith(forkServer(), 80, 24, Options{})
	var names []string
	for range themes() {
		press(s, "T")
		names = append(names, s.theme.name)
		if !strings.Contains(screenText(s), s.theme.name) {
			t.Errorf("it does not say %q", s.theme.name)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != len(themes()) {
		t.Errorf("the themes are %q", names)
	}
}

// A terminal is asked for its background; a light one has the light theme, one that says nothing the dark one, and keys
// work whatever it says, and when.
func TestTerminalTellsItsBackground(t *testing.T) {
	zombie := map[*Theme]string{Dark: "38;2;255;123;123", Light: "38;2;192;0;0"}
	for _, c := range []struct {
		answers []string
		env     string
		want    *Theme
	}{
		{[]string{"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"}, "", Light},
		{[]string{"\x1b]11;rgb:ff", "ff/ffff/ffff\a"}, "", Light},
		{[]string{"\x1b]11;rgb:0000/0000/0000\a"}, "COLORFGBG=0;15", Dark},
		{nil, "", Dark},
		{nil, "COLORFGBG=0;15", Light},
	} {
		r := openTerminal(t, "quit", "COLORTERM=truecolor", c.env)
		r.waitForBytes(askBackground)
		for _, piece := range c.answers {
			r.press(piece)
		}
		r.waitFor("1200 must reap it")
		r.waitForBytes(zombie[c.want])
		r.press("?")
		r.waitFor("HELP")
		r.press("qq")
		r.finish(0)
	}
}
