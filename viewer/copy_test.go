package viewer

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode"

	"tracer/event"
)

// What is copied has the rows as they are, uncut, and nothing that a terminal obeys.
func TestCopiedIsEscapedText(t *testing.T) {
	life := newScript().root(1200, "/bin/\x1b[31m\u202ex漢").fork(1200, 1201).exit(1201, 9).after(1e6)
	life.lost(event.Fork, 3)
	life.add(1200, event.Event{Kind: event.Exec, Path: "/bin/a\nb", Args: "a\x07\x00\x1b]52;c;eA==\x07\x00"})
	s := stateWith(life, 40, 24, Options{Live: true, Command: []string{"tracer", "run", "--", "a\x1b[2Jb", "it's"}})
	for keys, want := range map[string]string{
		"Home y t":   "1200 must reap it",
		"Home y y":   `\x1b[31m\u202ex`,
		"Tab Up y y": `LOST`,
		"y c":        `tracer run -- $'a\x1b[2Jb' 'it'\''s'`,
		"y f":        "",
		"Home y g":   "gdb -p 1200",
		"Tab y y":    `exec /bin/a\nb`,
	} {
		s.copying.ready, s.focus = "", focusTree
		for _, k := range append(strings.Fields("} "), strings.Fields(keys)...) {
			press(s, k)
		}
		got := s.copying.ready
		if !strings.Contains(got, want) {
			t.Errorf("%s copies %q, which has no %q", keys, got, want)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Errorf("%s copies what can not be seen: %q", keys, got)
		}
	}
}

// A subtree of many rows is copied as far as a terminal takes it, by whole lines.
func TestCopiedIsBounded(t *testing.T) {
	s := stateWith(littered(3000), 120, 40, Options{Live: true})
	for _, k := range strings.Fields("z Right Home y t") {
		press(s, k)
	}
	got := s.copying.ready
	if len(got) > mostCopied || len(got) < mostCopied-200 || !strings.HasSuffix(got, "must reap it\n") {
		t.Errorf("%d bytes are copied, with %q at their end", len(got), got[max(0, len(got)-60):])
	}
}

func TestCopyReachesTheTerminal(t *testing.T) {
	r := openTerminal(t, "quit")
	r.waitFor("1200 must reap it")
	r.press("yc")
	r.waitForBytes("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("tracer")))
	r.press("q")
	r.finish(0)
}
