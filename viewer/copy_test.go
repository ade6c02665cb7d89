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

// What has one line is copied whole or not at all: a part of a command would be another one.
func TestNoPartOfALineIsCopied(t *testing.T) {
	for length, want := range map[int]bool{mostCopied - 10: true, mostCopied + 1: false} {
		s := stateWith(forkServer(), 80, 24, Options{Live: true,
			Command: []string{"tracer", "run", strings.Repeat("x", length-10)}})
		press(s, "y")
		press(s, "c")
		if got := s.copying.ready != ""; got != want || s.notice == "" || !want && s.notice != s.words.Copy.TooLong {
			t.Errorf("%d bytes are copied: %v, and said is %q", length, got, s.notice)
		}
	}
}

// TestEachIsCopied: in a recording and in a trace under way, wherever the keys are.
func TestEachIsCopied(t *testing.T) {
	command := []string{"tracer", "run", "--", "a b"}
	live := Options{Live: true, Command: command}
	replay := func(of *script) Options { return Options{Replay: Events(of.events), Command: command} }
	for _, c := range []struct {
		o      Options
		script *script
		keys   string
		want   string // all of it, or with dots before it its end
	}{
		{live, forkServer(), "y c", "tracer run -- 'a b'"},
		{replay(forkServer()), nil, "} y c", "tracer run -- 'a b'"},
		{Options{Replay: Events(forkServer().events)}, nil, "} y c", ""},
		{replay(forkServer()), nil, "} y s", ""},
		{replay(forkServer()), nil, "} y g", ""},
		{replay(forkServer()), nil, "} z y y", "...exit 0, 1200 must reap it"},
		{replay(forkServer()), nil, "{ y y", ""},
		{replay(forkServer()), nil, "{ Tab y y", ""},
		{replay(forkServer()), nil, "} Tab y y", "1.960897 1200 fork -> 1225"},
		{replay(forkServer()), nil, "{ y t", ""},
		{replay(forkServer()), nil, "{ y f", ""},
		{replay(forkServer().lost(event.Fork, 17)), nil, "} y f",
			"incomplete: 17 events were lost (17 fork): the counters are lower bounds, except for who reaped: " +
				"the parent of a child found later is the one it has then; a larger --buffer avoids it"},
		{live, switched(), "y f",
			"--reap handler was set 2.00 s ago; no zombie is left: a loop of waits also takes those whose signal " +
				"was coalesced; the server has reaped all of the 5 zombies that were there, a thread of it reaped 5 " +
				"in one loop of waits, without a signal; 2 children ended since: 1 SIGCHLD delivered, 1 coalesced, " +
				"2 reaped by waits"},
		{live, working(), "r End y y",
			"      1  127.0.0.1:53400        1202 server                          40  12.3k    42ms"},
	} {
		s := stateWith(c.script, 100, 30, c.o)
		for _, key := range strings.Fields(c.keys) {
			press(s, key)
		}
		got, shown := s.copying.ready, s.notice
		end, part := strings.CutPrefix(c.want, "...")
		if got != c.want && !(part && got != "" && strings.HasSuffix(got, end)) {
			t.Errorf("%s copies %q, not %q", c.keys, got, c.want)
		}
		if said := strings.Join(strings.Fields(got), " "); shown == "" || !strings.Contains(shown, said) {
			t.Errorf("%s says %q", c.keys, shown)
		}
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
