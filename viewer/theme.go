package viewer

import (
	"strings"

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

// roles has a row for each role. Styles read "bold italic #rrggbb on #rrggbb"; mono has no colours, for NO_COLOR and
// old terminals. letter stands for the role in the golden screens of the tests.
var roles = [roleCount]struct {
	letter            byte
	dark, light, mono string
}{
	roleText:     {'.', "", "", ""},
	roleDim:      {'d', "#8a8a8a", "#6c6c6c", "dim"},
	roleStrong:   {'b', "bold #ffffff", "bold #000000", "bold"},
	roleLive:     {'L', "bold #000000 on #5fd787", "bold #ffffff on #00875f", "bold reverse"},
	rolePaused:   {'P', "bold #000000 on #ffd75f", "bold #000000 on #ffd75f", "bold reverse"},
	roleEnded:    {'E', "bold #000000 on #afafaf", "bold #ffffff on #585858", "bold reverse"},
	roleReplay:   {'R', "bold #000000 on #87afff", "bold #ffffff on #005faf", "bold reverse"},
	roleWarn:     {'w', "#ffd75f", "#875f00", "bold"},
	roleAlarm:    {'!', "bold #ffffff on #d70000", "bold #ffffff on #d70000", "bold reverse"},
	roleKey:      {'k', "bold #87d7ff", "bold #005f87", "bold"},
	roleTree:     {'t', "#6c6c6c", "#8a8a8a", "dim"},
	roleBorn:     {'n', "bold #5fff87", "bold #008700", "bold"},
	roleAlive:    {'a', "#5fd787", "#00875f", ""},
	roleZombie:   {'z', "bold #ff5f5f", "bold #c00000", "bold underline"},
	roleGone:     {'g', "#808080", "#767676", "dim"},
	roleJustGone: {'j', "#d7af87", "#875f00", ""},
	roleThread:   {'h', "#87d7d7", "#006c6c", ""},
	roleFork:     {'f', "#5fd787", "#00875f", ""},
	roleExec:     {'x', "#87afff", "#005faf", ""},
	roleExit:     {'e', "#ffaf5f", "#af5f00", ""},
	roleSignal:   {'s', "#d787ff", "#8700af", ""},
	roleDeliver:  {'v', "#af87ff", "#5f00d7", ""},
	roleWait:     {'i', "#5fd7ff", "#00749c", ""},
	roleRelease:  {'r', "#8a8a8a", "#6c6c6c", "dim"},
	roleAccept:   {'c', "#ffff87", "#5f5f00", ""},
	roleLost:     {'!', "bold #ffffff on #d70000", "bold #ffffff on #d70000", "bold reverse"},
	roleSeen:     {'m', "#bcbcbc", "#585858", ""},
}

// marks has a row for each mark: a background, and in mono an attribute.
var marks = [markCount]struct{ dark, light, mono string }{
	markNone:     {"", "", ""},
	markBar:      {"on #303030", "on #dadada", ""},
	markSelected: {"on #264f78", "on #add6ff", "reverse"},
	markBlurred:  {"on #3a3a3a", "on #e4e4e4", "underline"},
}

// Theme decides how the viewer looks.
type Theme struct {
	name       string
	paper, ink string // background and text colour of a picture; a terminal keeps its own
	styles     [roleCount][markCount]tcell.Style
}

// The themes: dark for light text on a dark terminal, light for the reverse, mono without colours.
var (
	Dark = newTheme("dark", "#1c1c1c", "#d0d0d0", func(r role) string { return roles[r].dark },
		func(m mark) string { return marks[m].dark })
	Light = newTheme("light", "#ffffff", "#202020", func(r role) string { return roles[r].light },
		func(m mark) string { return marks[m].light })
	Mono = newTheme("mono", "#ffffff", "#202020", func(r role) string { return roles[r].mono },
		func(m mark) string { return marks[m].mono })
)

// ThemeNames are the names that ThemeByName knows.
func ThemeNames() []string { return []string{Dark.name, Light.name, Mono.name} }

// String returns the theme's name.
func (t *Theme) String() string { return t.name }

// ThemeByName finds a theme.
func ThemeByName(name string) (*Theme, error) {
	for _, t := range []*Theme{Dark, Light, Mono} {
		if t.name == name {
			return t, nil
		}
	}
	return nil, words.NotOneOf(name, ThemeNames())
}

func newTheme(name, paper, ink string, role_ func(role) string, mark_ func(mark) string) *Theme {
	t := &Theme{name: name, paper: paper, ink: ink}
	for r := range roleCount {
		for m := range markCount {
			style := addStyle(tcell.StyleDefault, mark_(m))
			t.styles[r][m] = addStyle(style, role_(r))
		}
	}
	return t
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
		case len(word) == 7 && word[0] == '#' && background:
			s = s.Background(tcell.GetColor(word))
		case len(word) == 7 && word[0] == '#':
			s = s.Foreground(tcell.GetColor(word))
		default:
			panic("viewer: no such style: " + word)
		}
	}
	return s
}

func (t *Theme) style(c cell) tcell.Style { return t.styles[c.role][c.mark] }
