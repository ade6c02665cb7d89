package viewer

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/gdamore/tcell/v2/terminfo"

	"tracer/text"
)

// Drawable returns why the terminal that TERM names cannot show a screen; nil when it can.
func Drawable() error {
	_, err := describe(os.Getenv("TERM"))
	return err
}

// describe finds how a terminal is spoken to. One that has no description here, and by its name is a descendant of
// xterm, is taken for one.
func describe(name string) (*terminfo.Terminfo, error) {
	switch name {
	case "":
		return nil, fmt.Errorf("TERM is not set")
	case "dumb", "unknown":
		return nil, fmt.Errorf("TERM is %s", name)
	}
	found, err := tcell.LookupTerminfo(name)
	if err == nil {
		return found, nil
	}
	if likeXterm(name) {
		return tcell.LookupTerminfo("xterm-256color")
	}
	return nil, fmt.Errorf("no terminal %s is known here", text.Escape(name))
}

// descendants of xterm, by a part of their names.
var descendants = []string{
	"xterm", "256color", "truecolor", "direct", "wezterm", "ghostty", "kitty", "alacritty", "foot", "contour", "rio",
	"konsole", "gnome", "vte",
	"iterm", "mintty", "putty", "rxvt", "tmux", "screen", "zellij", "warp", "st-",
}

func likeXterm(name string) bool {
	return slices.ContainsFunc(descendants, func(part string) bool {
		return strings.Contains(strings.ToLower(name), part)
	})
}

// newScreen returns a screen on a terminal that speaks as TERM says. In a locale of other characters than UTF-8, ASCII
// is written.
func newScreen(t tcell.Tty) (tcell.Screen, error) {
	description, err := describe(os.Getenv("TERM"))
	if err != nil {
		return nil, err
	}
	tcell.SetEncodingFallback(tcell.EncodingFallbackASCII)
	return tcell.NewTerminfoScreenFromTtyTerminfo(t, description)
}
