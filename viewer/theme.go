package viewer

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gdamore/tcell/v2"

	"tracer/words"
)

// role is what a piece of text means; a theme decides how that looks.
type role uint8

// mark is the background of a whole row.
type mark uint8

// The roles.
const (
	roleText role = iota
	roleDim
	roleStrong
	roleLive
	rolePaused
	roleEnded
	roleReplay
	roleWarn
	roleAlarm
	roleKey
	roleTree
	roleBorn
	roleAlive
	roleZombie
	roleGone
	roleJustGone
	roleThread
	roleFork
	roleExec
	roleExit
	roleSignal
	roleDeliver
	roleWait
	roleRelease
	roleAccept
	roleLost
	roleSeen
	roleCount
)

// The marks.
const (
	markNone mark = iota
	markBar       // header, footer, titles
	markSelected
	markBlurred // selected in a pane that does not have the keys
	markCount
)

// roles has a row for each role. Styles read "bold italic #rrggbb on #rrggbb"; those of sixteen have the numbers of the
// palette, and mono has no colours, for NO_COLOR and old terminals. letter stands for the role in the golden screens of
// the tests. Where a colour can not be read on its background, it is made lighter or darker (readable).
var roles = [roleCount]struct {
	letter                     byte
	dark, light, sixteen, mono string
}{
	roleText:     {'.', "", "", "15", ""},
	roleDim:      {'d', "#9a9a9a", "#666666", "7", "dim"},
	roleStrong:   {'b', "bold #ffffff", "bold #000000", "bold 15", "bold"},
	roleLive:     {'L', "bold #000000 on #5fd787", "bold #ffffff on #00875f", "bold 0 on 10", "bold reverse"},
	rolePaused:   {'P', "bold #000000 on #ffd75f", "bold #000000 on #ffd75f", "bold 0 on 11", "bold reverse"},
	roleEnded:    {'E', "bold #000000 on #afafaf", "bold #ffffff on #585858", "bold 0 on 7", "bold reverse"},
	roleReplay:   {'R', "bold #000000 on #87afff", "bold #ffffff on #005faf", "bold 0 on 14", "bold reverse"},
	roleWarn:     {'w', "#ffd75f", "#875f00", "11", "bold"},
	roleAlarm:    {'!', "bold #ffffff on #d70000", "bold #ffffff on #d70000", "bold 15 on 1", "bold reverse"},
	roleKey:      {'k', "bold #87d7ff", "bold #005f87", "bold 14", "bold"},
	roleTree:     {'t', "#8c9490", "#606a66", "7", "dim"},
	roleBorn:     {'n', "#87af87", "#2f6f4f", "7", ""},
	roleAlive:    {'a', "#5fd787", "#00875f", "10", ""},
	roleZombie:   {'z', "bold #ff7b7b", "bold #c00000", "bold 9", "bold underline"},
	roleGone:     {'g', "#969092", "#6a6668", "7", "dim"},
	roleJustGone: {'j', "#d7af87", "#875f00", "7", ""},
	roleThread:   {'h', "#87d7d7", "#006c6c", "14", ""},
	roleFork:     {'f', "#5fd787", "#00875f", "10", ""},
	roleExec:     {'x', "#87afff", "#005faf", "14", ""},
	roleExit:     {'e', "#ffaf5f", "#af5f00", "11", ""},
	roleSignal:   {'s', "#d787ff", "#8700af", "13", ""},
	roleDeliver:  {'v', "#af87ff", "#5f00d7", "13", ""},
	roleWait:     {'i', "#5fd7ff", "#00749c", "14", ""},
	roleRelease:  {'r', "#9a9a9a", "#666666", "7", "dim"},
	roleAccept:   {'c', "#ffff87", "#5f5f00", "11", ""},
	roleLost:     {'!', "bold #ffffff on #d70000", "bold #ffffff on #d70000", "bold 15 on 1", "bold reverse"},
	roleSeen:     {'m', "#bcbcbc", "#585858", "7", ""},
}

// blind has the roles that are told apart by red and green, in blue and orange, which whoever confuses red with green
// tells apart (Okabe and Ito, "Color Universal Design", 2008).
var blind = map[role]struct{ dark, light string }{
	roleLive:     {"bold #000000 on #56b4e9", "bold #ffffff on #00548a"},
	roleAlarm:    {"bold #000000 on #ff9f40", "bold #ffffff on #963c00"},
	roleLost:     {"bold #000000 on #ff9f40", "bold #ffffff on #963c00"},
	roleBorn:     {"#8fb4cc", "#3f6480"},
	roleAlive:    {"#56b4e9", "#00609c"},
	roleZombie:   {"bold #ff9f40", "bold #963c00"},
	roleJustGone: {"#c8b89c", "#6c6048"},
	roleFork:     {"#56b4e9", "#00609c"},
	roleExit:     {"#f0e442", "#6e6400"},
	roleWarn:     {"#f0e442", "#6e6400"},
	roleSignal:   {"#e6a8cc", "#7d2f62"},
	roleDeliver:  {"#b8a8f0", "#4a38a0"},
	roleAccept:   {"#f5f0b0", "#5f5f00"},
}

// marks has a row for each mark: a background with the colour of text on it, and in mono an attribute.
var marks = [markCount]struct{ dark, light, sixteen, mono string }{
	markNone:     {"", "", "on 0", ""},
	markBar:      {"#d0d0d0 on #303030", "#202020 on #dadada", "15 on 4", ""},
	markSelected: {"#ffffff on #264f78", "#000000 on #add6ff", "0 on 6", "reverse"},
	markBlurred:  {"#d0d0d0 on #3a3a3a", "#202020 on #e4e4e4", "0 on 7", "underline"},
}

// Theme decides how the viewer looks.
type Theme struct {
	name       string
	paper, ink string // background and text colour of a picture; a terminal keeps its own
	role       func(role) string
	mark       func(mark) string
	styles     func() *styles // made when they are needed: most commands have no screen
	strong     func() *Theme  // the same for a projector: with more contrast, and nothing dim
}

type styles [roleCount][markCount]tcell.Style

// The themes: dark for light text on a dark terminal, light for the reverse, both also for who confuses red with green;
// sixteen for terminals with so many colours, mono without colours. Auto stands for that which fits the terminal.
var (
	Dark = newTheme("dark", "#1c1c1c", "#d0d0d0", darkPaper, func(r role) string { return roles[r].dark },
		func(m mark) string { return marks[m].dark })
	Light = newTheme("light", "#ffffff", "#202020", lightPaper, func(r role) string { return roles[r].light },
		func(m mark) string { return marks[m].light })
	BlindDark = newTheme("colour-blind", "#1c1c1c", "#d0d0d0", darkPaper, func(r role) string {
		return cmp.Or(blind[r].dark, roles[r].dark)
	}, func(m mark) string { return marks[m].dark })
	BlindLight = newTheme("colour-blind-light", "#ffffff", "#202020", lightPaper, func(r role) string {
		return cmp.Or(blind[r].light, roles[r].light)
	}, func(m mark) string { return marks[m].light })
	Sixteen = newTheme("16", "#000000", "#ffffff", "#000000", func(r role) string { return roles[r].sixteen },
		func(m mark) string { return marks[m].sixteen })
	Mono = newTheme("mono", "#ffffff", "#202020", "#ffffff", func(r role) string { return roles[r].mono },
		func(m mark) string { return marks[m].mono })
	Auto = &Theme{name: "auto"}
)

// The backgrounds that are allowed for while a terminal does not tell its own: the lightest dark one, and the darkest
// light one.
const darkPaper, lightPaper = "#343434", "#eeeeee"

func themes() []*Theme { return []*Theme{Dark, Light, BlindDark, BlindLight, Sixteen, Mono} }

// ThemeNames are the names that ThemeByName knows.
func ThemeNames() []string {
	names := []string{Auto.name}
	for _, t := range themes() {
		names = append(names, t.name)
	}
	return names
}

// String returns the theme's name.
func (t *Theme) String() string { return t.name }

// ThemeByName finds a theme.
func ThemeByName(name string) (*Theme, error) {
	for _, t := range append(themes(), Auto) {
		if t.name == name {
			return t, nil
		}
	}
	return nil, words.NotOneOf(name, ThemeNames())
}

// after is the theme that comes after t when one goes through them.
func (t *Theme) after() *Theme {
	all := themes()
	i := slices.IndexFunc(all, func(o *Theme) bool { return o.name == t.name })
	return all[(i+1)%len(all)]
}

// on is the theme for a terminal with that background.
func (t *Theme) on(paper string) *Theme {
	if paper == "" || t == Sixteen || t == Mono { // which have their own, or none
		return t
	}
	return newTheme(t.name, paper, t.ink, paper, t.role, t.mark)
}

func newTheme(name, paper, ink, against string, role_ func(role) string, mark_ func(mark) string) *Theme {
	t := contrasted(name, paper, ink, against, leastContrast, role_, mark_)
	t.strong = sync.OnceValue(func() *Theme {
		return contrasted(name, paper, ink, against, strongContrast, func(r role) string {
			return strings.Replace(role_(r), "dim", "", 1)
		}, mark_)
	})
	return t
}

// contrasted is a theme in which text has that contrast to its background, or as much as can be.
func contrasted(name, paper, ink, against string, least float64, role_ func(role) string,
	mark_ func(mark) string) *Theme {
	return &Theme{name: name, paper: paper, ink: ink, role: role_, mark: mark_, styles: sync.OnceValue(func() *styles {
		var all styles
		for r := range roleCount {
			for m := range markCount {
				style := addStyle(tcell.StyleDefault, mark_(m))
				all[r][m] = readable(style, addStyle(style, role_(r)), against, least)
			}
		}
		return &all
	})}
}

// addStyle adds what a description asks for. It panics on a word it does not know: the tables above are its only
// source.
func addStyle(s tcell.Style, description string) tcell.Style {
	background := false
	for _, word := range strings.Fields(description) {
		switch {
		case word == "on":
			background = true
		case word == "bold":
			s = s.Bold(true)
		case word == "dim":
			s = s.Dim(true)
		case word == "underline":
			s = s.Underline(true)
		case word == "reverse":
			s = s.Reverse(true)
		case background:
			s = s.Background(colour(word))
		default:
			s = s.Foreground(colour(word))
		}
	}
	return s
}

// colour is one of the palette by its number, or one that is written as #rrggbb.
func colour(word string) tcell.Color {
	if n, err := strconv.Atoi(word); err == nil {
		return tcell.PaletteColor(n)
	}
	if len(word) != 7 || word[0] != '#' {
		panic("viewer: no such style: " + word)
	}
	return tcell.GetColor(word)
}

func (t *Theme) style(c cell) tcell.Style {
	style := t.styles()[c.role][c.mark]
	if c.ink != 0 {
		style = c.ink.on(style, t.name != Mono.name)
	}
	return style
}
