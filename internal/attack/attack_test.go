package main

import (
	"bytes"
	"maps"
	"slices"
	"testing"
)

// What the attacks go by must itself be right: here it is held against what is known.

func TestFirstMischief(t *testing.T) {
	for _, fine := range []string{"", "a b\n", "käse ├─ ×", "\\x1b"} {
		if place := firstMischief(fine); place != "" {
			t.Errorf("%q: found %s", fine, place)
		}
	}
	for _, bad := range []string{"\x1b[2J", "a\tb", "\r", "\x7f", "\u009b", "\u202e", "\u2028", "\xff", "a\u200bb",
		"\xed\xa0\x80"} {
		if firstMischief(bad) == "" {
			t.Errorf("%q: found nothing", bad)
		}
		if place := firstMischief(harmless(bad)); place != "" {
			t.Errorf("%q made harmless has %s", bad, place)
		}
	}
}

func TestControls(t *testing.T) {
	got := slices.Sorted(maps.Keys(controls("\x1b[?1049h\x1b[10;20Ha\x1b[1;31mb\x1b[3;4Hc\x1b]0;title\a\r\n\x0e")))
	want := []string{"\r", "\x0e", "\x1b[?1049h", "\x1b[H", "\x1b[m", "\x1b]0;title\a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := controls("a\u202eb"); len(got) != 1 {
		t.Errorf("got %v for a character that turns the line", got)
	}
}

func TestBlocks(t *testing.T) {
	head := []byte("12345678")
	blocks := []block{{"META", []byte("{}")}, {"EVTS", nil}, {"DONE", bytes.Repeat([]byte("x"), 1000)}}
	got, err := parseBlocks(seal(head, blocks))
	if err != nil || len(got) != 3 || got[0].kind != "META" || len(got[1].body) != 0 ||
		!bytes.Equal(got[2].body, blocks[2].body) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseBlocks(seal(head, blocks)[:40]); err == nil {
		t.Error("half a block is taken")
	}
}

func TestParseTree(t *testing.T) {
	const text = `10 r0 [./forest 1 2]: must reap 1 zombie, alive
├─ thread 11 t1: alive
├─ 2 × forest: exit 0, reaped by its parent
├─ 12 p1 [x: y]: guessed after a loss, alive
│  └─ 13 p2: zombie, exit 3
└─ 14 p3: orphan, exit 0, reaped by its parent
`
	want := forest{10: {name: "r0"}, 11: {name: "t1", parent: 10, thread: true}, 12: {name: "p1", parent: 10},
		13: {name: "p2", parent: 12, zombie: true}}
	if got := parseTree([]byte(text)); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A try draws the same whenever it is repeated, and another one something else.
func TestTriesRepeat(t *testing.T) {
	s := &stage{seed: 7}
	r := &report{part: part{name: "names"}}
	draw := func(n int) string { return string(oddRequest(s.newTry(r, n))) }
	first := draw(3)
	if again := draw(3); again != first {
		t.Errorf("%q, then %q", first, again)
	}
	if other := draw(4); other == first {
		t.Errorf("two tries draw %q", first)
	}
}
