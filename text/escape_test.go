package text

import (
	osexec "os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "",
		"forkserver":          "forkserver",
		"a b":                 "a b",
		"tab\tnew\nret\r":     `tab\tnew\nret\r`,
		"\x1b[31mred":         `\x1b[31mred`,
		"\x00\x7f":            `\x00\x7f`,
		"back\\slash":         `back\\slash`,
		"bad \xff\xc3":        `bad \xff\xc3`,
		"caf\u00e9":           "café",
		"cafe\u0301":          "cafe\u0301",
		"\u0301x":             `\u0301x`,
		"e\u0301\u0301\u0301": "e\u0301\u0301" + `\u0301`,
		"abc\u202edcba":       `abc\u202edcba`,
		"zero\u200bwidth":     `zero\u200bwidth`,
		"\u2066iso\u2069":     `\u2066iso\u2069`,
		"\u3164filler":        `\u3164filler`,
		"nbsp\u00a0":          `nbsp\u00a0`,
		"\U000e0041tag":       `\U000e0041tag`,
		"c1\u009b31m":         `c1\u009b31m`,
		"wide 漢字":             "wide 漢字",
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func anyText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"\u202e", "\u200d", "e\u0301", "\u0301\u0301\u0301\u0301", "漢", "👩‍👩‍👧", "🇩🇪",
			"\x1b[2J", "한", "\ufe0f", `\`, "\u0600", "क्षि", "\U0001f3fb", "👋\U0001f3fb", "\uff9e"}),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 6), func(p []string) string { return strings.Join(p, "") })
}

func TestEscapeIsHarmlessAndCanBeUndone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyText().Draw(t, "in")
		out := Escape(in)
		if !utf8.ValidString(out) {
			t.Fatalf("%q is not valid UTF-8", out)
		}
		for _, r := range out {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Bidi_Control) {
				t.Fatalf("%q holds %U", out, r)
			}
		}
		g := uniseg.NewGraphemes(out)
		for g.Next() {
			if g.Width() == 0 {
				t.Fatalf("%q holds a character without width: %q", out, g.Str())
			}
		}
		back, err := strconv.Unquote(`"` + strings.ReplaceAll(out, `"`, `\"`) + `"`)
		if err != nil || back != in {
			t.Fatalf("%q is escaped as %q, which reads %q, %v", in, out, back, err)
		}
		ascii := ASCII(out)
		for _, r := range ascii {
			if r < ' ' || r > '~' {
				t.Fatalf("ASCII(%q) = %q", out, ascii)
			}
		}
	})
}

func TestCutAndPadKeepToTheWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Escape(anyText().Draw(t, "s"))
		width := rapid.IntRange(0, 20).Draw(t, "width")
		cut := Cut(s, width, "…")
		if Width(cut) > width {
			t.Fatalf("Cut(%q, %d) = %q has %d cells", s, width, cut, Width(cut))
		}
		if Width(s) <= width && cut != s {
			t.Fatalf("Cut(%q, %d) = %q cut without need", s, width, cut)
		}
		if Width(s) > width && width > 0 && !strings.HasSuffix(cut, "…") {
			t.Fatalf("Cut(%q, %d) = %q does not say that it cut", s, width, cut)
		}
		if w := Width(Pad(cut, width)); w != width {
			t.Fatalf("Pad gives %d cells, want %d", w, width)
		}
	})
}

func TestArguments(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"ls\x00-l\x00":                "ls -l",
		"sh\x00-c\x00echo hi; ls\x00": "sh -c 'echo hi; ls'",
		"x\x00\x00":                   "x ''",
		"x\x00it's\x00":               `x 'it'\''s'`,
		"x\x00a\\b\x00":               `x 'a\b'`,
		"x\x00\x1b[0m\x00":            `x $'\x1b[0m'`,
		"x\x00it's \xff!\n\\\x00":     `x $'it\'s \xff\x21\n\\'`,
		"x\x00\u202e\u00e9\x00":       `x $'\xe2\x80\xaeé'`,
		"a=b\x00c=d\x00=e\x00":        "'a=b' c=d '=e'",
		"cut":                         "cut",
	} {
		if got := Arguments(in); got != want {
			t.Errorf("Arguments(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestArgumentsCanBePasted: a shell makes of the words the bytes that they came from, and Line has nothing to change in
// them.
func TestArgumentsCanBePasted(t *testing.T) {
	for _, shell := range []string{"bash", "zsh"} {
		t.Run(shell, func(t *testing.T) {
			path, err := osexec.LookPath(shell)
			if err != nil {
				t.Skip(err)
			}
			var script, want strings.Builder
			rapid.Check(t, func(t *rapid.T) {
				args := rapid.SliceOfN(rapid.Map(anyText(), func(s string) string {
					return strings.ReplaceAll(s, "\x00", "")
				}), 1, 5).Draw(t, "arguments")
				argv := "printf\x00%s\\0\x00" + strings.Join(args, "\x00") + "\x00"
				words := Arguments(argv)
				if Line(words) != words {
					t.Fatalf("Line changes %q", words)
				}
				script.WriteString(words + "\n")
				want.WriteString(strings.Join(args, "\x00") + "\x00")
			})
			cmd := osexec.Command(path, "-s")
			cmd.Stdin = strings.NewReader(script.String())
			cmd.Stderr = t.Output()
			out, err := cmd.Output()
			if err != nil || string(out) != want.String() {
				t.Errorf("%v, %d bytes, want %d", err, len(out), want.Len())
			}
		})
	}
}

// TestLineIsOneLine: nothing comes through that Escape would not show, but backslashes stay, so that what is escaped
// already stays as it is.
func TestLineIsOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringOf(rapid.Rune()), rapid.Map(rapid.SliceOf(rapid.Byte()),
			func(b []byte) string { return string(b) })).Draw(t, "text")
		line := Line(s)
		if Line(line) != line || Line(Escape(s)) != Escape(s) {
			t.Fatalf("%q becomes %q", s, line)
		}
		if strings.ReplaceAll(line, `\`, `\\`) != Escape(line) {
			t.Fatalf("%q comes through as %q", s, line)
		}
	})
}
