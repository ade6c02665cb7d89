package text

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sentence := rapid.StringMatching(`[a-c漢，（ ]{0,40}`).Draw(t, "sentence")
		width := rapid.IntRange(4, 20).Draw(t, "width")
		lines := Wrap(sentence, width)
		for _, l := range lines {
			if Width(l) > width {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeeze(strings.Join(lines, "")) != squeeze(sentence) {
			t.Fatalf("%q became %q", sentence, lines)
		}
	})
	for _, c := range []struct {
		sentence string
		width    int
		want     []string
	}{
		{"one two three", 8, []string{"one two", "three"}},
		{"well-known a/b", 6, []string{"well-k", "nown", "a/b"}},
		{"exit 0  (wait status)", 12, []string{"exit 0", "(wait", "status)"}},
		// No line begins with a mark that ends a clause, nor ends with one that begins a remark
		{"父进程结束，子进程（孤儿）被收养", 10, []string{"父进程结", "束，子进程", "（孤儿）被", "收养"}},
		{"由 init 回收 3 个僵尸进程", 10, []string{"由 init 回", "收 3 个僵", "尸进程"}},
	} {
		if got := Wrap(c.sentence, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q in %d cells: %q", c.sentence, c.width, got)
		}
	}
}
