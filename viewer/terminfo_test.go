package viewer

import (
	"strings"
	"testing"
)

func TestTerminals(t *testing.T) {
	t.Setenv("PATH", "") // without infocmp, as on a machine without ncurses
	for _, c := range []struct{ term, name, why string }{
		{"xterm-256color", "xterm-256color", ""}, {"vt100", "vt100", ""}, {"linux", "linux", ""},
		{"wezterm", "xterm-256color", ""}, {"xterm-16color", "xterm-256color", ""},
		{"xterm-nobody", "xterm-256color", ""},
		{"", "", "not set"}, {"dumb", "", "dumb"}, {"unknown", "", "unknown"}, {"teletype\x1b33", "", `teletype\x1b33`},
	} {
		got, err := describe(c.term)
		switch {
		case c.why != "":
			if err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("TERM=%q: %v, want %q in it", c.term, err, c.why)
			}
		case err != nil:
			t.Errorf("TERM=%q: %v", c.term, err)
		case got.Name != c.name:
			t.Errorf("TERM=%q is spoken to as %s, want %s", c.term, got.Name, c.name)
		}
	}
	t.Setenv("TERM", "dumb")
	if Drawable() == nil {
		t.Error("a dumb terminal is said to show a screen")
	}
}
