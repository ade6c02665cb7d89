package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// hostile are names that a terminal, a page or a reader of lines would obey.
var hostile = []string{
	"\x1b]0;owned\a", "\x1b[2J\x1b[H", "\x1b[31mred", "\x1bc", "\x1bP1$r\x1b\\", "\x1b[?1049h", "a\nb", "a\r\nb",
	"a\rb", "\a\b\b",
	"\x7f\x7f", "a\tb",
	"\x9b2J", "\u009b2J", "\u202eexe.txt", "\u2066a\u2069", "a\u200bb", "\u2028", "\xff\xfe", "\xc0\xaf",
	"\xed\xa0\x80",
	"z\u0335\u0336\u0337\u0338\u0339",
	"M\xfcller", `"\x22,\n`, "<script>", "a b  c", "'; true #", "%s%n%d", "--help", "\U000e0041", "\u0085", "\x0e\x0f",
}

type names struct {
	program string
	formats []string
	usual   map[string]bool // what the screen writes for a harmless name
}

func beginNames(s *stage) (a attempt, err error) {
	var n names
	ctx := context.Background()
	if n.program, err = s.build(ctx, "names"); err != nil {
		return a, err
	}
	if n.formats, err = s.formats(ctx); err != nil {
		return a, err
	}
	return attempt{try: n.try, least: 3}, err
}

func (n *names) try(ctx context.Context, t *try) error {
	name := pick(t, hostile)
	if t.IntN(2) == 0 {
		name += pick(t, hostile)
	}
	t.doing = fmt.Sprintf("a name of %q", name)
	switch t.number % 3 {
	case 0:
		return errors.Join(n.arrives(ctx, t, name), n.recorded(ctx, t, name))
	case 1:
		return n.refused(ctx, t, name)
	default:
		return n.shown(ctx, t, name)
	}
}

// arrives expects that arguments and environment reach a program byte for byte.
func (n *names) arrives(ctx context.Context, t *try, name string) error {
	cmd := t.command(ctx, t.tracer, "record", "-q", "-o", t.file("t.trc"), "--", n.program, "tell", name)
	cmd.Env = append(cmd.Env, "NAME="+name)
	o, err := t.finish(ctx, patience, cmd)
	if err != nil || !t.sane("record", o, 0) {
		return err
	}
	if want := name + "\x00" + name + "\x00"; string(o.stdout) != want {
		t.fail(fmt.Sprintf("argument and variable %q", want), fmt.Sprintf("%q", o.stdout))
	}
	t.count("arguments", 1)
	return nil
}

// recorded has a program bear the name everywhere, and looks at all that can be read of it.
func (n *names) recorded(ctx context.Context, t *try, name string) error {
	path, folder := t.file("r"+name+".trc"), filepath.Dir(t.folder)
	folder, err := os.MkdirTemp(folder, "n")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	o, err := t.run(ctx, patience, t.tracer, "record", "--http", "-o", path, "--", n.program, "do", name, folder)
	if err != nil || !t.sane("record", o, 0) {
		return err
	}
	t.oneLine("record", o.stderr)
	t.printable("record", o)
	readers := (&recordings{formats: n.formats}).commands(path)
	for _, argv := range readers {
		if err := t.reads(ctx, name, argv); err != nil {
			return err
		}
	}
	return n.written(ctx, t, path, name)
}

// reads runs a command that reads the recording, and expects what it says to be printable and whole.
func (t *try) reads(ctx context.Context, name string, argv []string) error {
	t.doing = fmt.Sprintf("a name of %q: tracer %q", name, argv)
	o, err := t.run(ctx, patience, append([]string{t.tracer}, argv...)...)
	if err != nil {
		return err
	}
	t.sane(argv[0], o, 0)
	t.printable(argv[0], o)
	t.wholeJSON(argv[0], argv, o.stdout)
	t.count("outputs", 1)
	return nil
}

// written looks at a report as Markdown, with its pictures, and at what becomes of the name in a condition.
func (n *names) written(ctx context.Context, t *try, path, name string) error {
	text := t.file("report.md")
	for _, argv := range [][]string{
		{"report", path, "-o", text, "--title", name, "--author", name},
		{"--lang", "zh", "report", path, "-o", t.file("report.html"), "--title", name, "--names", "order"},
		{"query", path, fmt.Sprintf("filter(processes, .comm != %q)", strings.ToValidUTF8(name, "?"))},
		{"export", path, "--to", "tree", "--where", ".children >= 0"},
		{"export", path, "--to", "jsonl", "--where", ".children > 0"},
	} {
		if err := t.reads(ctx, name, argv); err != nil {
			return err
		}
	}
	for _, file := range []string{"report.md", "report-lanes.svg", "report-curves.svg", "report.html"} {
		content, err := os.ReadFile(t.file(file))
		if err != nil {
			return err
		}
		t.printable(file, outcome{stdout: content})
		t.count("outputs", 1)
	}
	return nil
}

// refused has the name stand where tracer will complain of it.
func (n *names) refused(ctx context.Context, t *try, name string) error {
	none := t.file(name)
	for _, argv := range [][]string{
		{"summary", none}, {"view", "--plain", none}, {"check", none, "zombies_left == 0"},
		{"export", none, "--to", "tree"},
		{"record", "-o", filepath.Join(none, name), "--", "true"}, {"run", "--plain", "--", none},
		{"record", "--", none},
		{"attach", "--comm", "-" + name}, {"attach", "--cgroup", none}, {"attach", "--port", "x" + name},
		{"attach", "x" + name},
		{"record", "x" + name},
		{"demo", "x" + name}, {"serve", "x" + name}, {"serve", "fork", "--address", "x" + name},
		{"serve", "fork", "--network",
			"x" + name},
		{"serve", "http", "--folder", none}, {"load", "x" + name, "--timeout", "1s", "-n", "1"}, {"x" + name},
		{"summary",
			"--x" + name}, {"view", "--theme", "x" + name, none},
		{"record", "--hooks", "x" + name, "--", "true"}, {"record", "--buffer", "x" + name, "--", "true"},
		{"record", "--duration",
			"x" + name, "--", "true"},
		{"export", none, "--to", "x" + name}, {"check", none, "x" + name + " == 0"},
	} {
		t.doing = fmt.Sprintf("a name of %q: tracer %q", name, argv)
		cmd := t.command(ctx, append([]string{t.tracer}, argv...)...)
		cmd.Dir = t.folder
		o, err := t.finish(ctx, patience, cmd)
		if err != nil {
			return err
		}
		if t.sane(argv[0], o, 1, 2, 126, 127) {
			t.oneLine(argv[0], o.stderr)
		}
		t.printable(argv[0], o)
		t.count("messages", 1)
	}
	return nil
}

// shown looks at all that the screen writes: it must not tell the terminal more than it does for a harmless name.
func (n *names) shown(ctx context.Context, t *try, name string) (err error) {
	if n.usual == nil {
		if n.usual, err = n.screen(ctx, t, "harmless"); err != nil {
			return err
		}
	}
	told, err := n.screen(ctx, t, name)
	if err != nil {
		return err
	}
	maps.DeleteFunc(told, func(sequence string, _ bool) bool { return n.usual[sequence] })
	if len(told) > 0 {
		t.fail("what is told to the terminal is what it is told with a harmless name", fmt.Sprintf("also %q",
			slices.Sorted(maps.Keys(told))))
	}
	t.count("screens", 1)
	return nil
}

// screen runs a program that bears the name on the screen, goes through the panes, and returns what kinds of control
// sequences were written.
func (n *names) screen(ctx context.Context, t *try, name string) (map[string]bool, error) {
	folder, err := os.MkdirTemp(t.stage.folder, "n")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	r, err := t.openTerminal(t.tracer, "run", "--http", "--where", ".children > 0 || .accepts > 0", "-o",
		filepath.Join(folder, "r"+name), "--", n.program, "say", name, folder)
	if err != nil {
		return nil, err
	}
	if !until(ctx, func() bool { return strings.Contains(r.written(), "accept") }) {
		t.fail("the screen shows an accept", r.written())
	}
	for _, key := range []string{"t", "o", "\t", "\x1b[B", "\x1b[B", "\r", "\x1b", "l", "\x1b", "r", "\x1b", "?", "q",
		"q"} {
		if _, err := io.WriteString(r.pty, key); err != nil {
			return nil, err
		}
		time.Sleep(100 * time.Millisecond) // a person's speed; what is drawn between is drawn the more often
	}
	_, err = r.wait()
	t.terminalRestored(ctx, r)
	if err := errors.Join(err, r.close()); err != nil {
		return nil, err
	}
	t.alone(ctx)
	return controls(r.written()), nil
}

// control is what is not text in what a program writes to a terminal: escape sequences (ECMA-48) and single control
// characters.
var control = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]` + `|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)` +
	`|\x1b[PX^_][^\x1b]*\x1b\\` +
	`|\x1b[ -/]*[0-~]` + `|[\x00-\x08\x0b-\x1f\x7f]`)

// moving are the last characters of the sequences that only say where and in which colour: position, rendition, erasing
// and the like.
const moving = "HmABCDGdXPJK@LM"

var numbers = regexp.MustCompile(`\d+`)

// controls are the kinds of control sequences in a text; where the cursor is moved to and in which colour does not
// matter. What is no text at all counts, too.
func controls(text string) map[string]bool {
	kinds := map[string]bool{}
	rest := control.ReplaceAllStringFunc(text, func(sequence string) string {
		last := sequence[len(sequence)-1:]
		if strings.HasPrefix(sequence, "\x1b[") && strings.Contains(moving, last) && !strings.Contains(sequence, "?") {
			sequence = strings.ReplaceAll(numbers.ReplaceAllString(sequence, ""), ";", "")
		}
		kinds[sequence] = true
		return ""
	})
	if place := firstMischief(rest); place != "" {
		kinds[place] = true
	}
	return kinds
}
