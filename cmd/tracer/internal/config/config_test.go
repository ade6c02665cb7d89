package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/cmd/tracer/internal/usage"
	"tracer/viewer"
	"tracer/words"
)

func TestPath(t *testing.T) {
	for _, c := range []struct{ xdg, home, want string }{
		{"/x", "/h", "/x/tracer/config.yaml"},
		{"", "/h", "/h/.config/tracer/config.yaml"},
		{"relative", "/h", "/h/.config/tracer/config.yaml"},
		{"", "", ""},
	} {
		of := map[string]string{"XDG_CONFIG_HOME": c.xdg, "HOME": c.home}
		if got := Path(func(name string) string { return of[name] }); got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		document string
		want     Config
	}{
		{"", Config{}},
		{"# nothing\n", Config{}},
		{"---\n", Config{}},
		{"keys:\n", Config{}},
		{"theme: light\nascii: true\n", Config{Theme: viewer.Light, ASCII: true}},
		{"theme: 16", Config{Theme: viewer.Sixteen}},
		{"ascii: false", Config{}},
		{"projector: true", Config{Projector: true}},
		{"keys: {quit: X}", Config{Keys: viewer.Keys{"quit": {"X"}}}},
		{"keys:\n  pause: [S, Delete]\n  whole-trace: ~\n  every-kind: Insert\n",
			Config{Keys: viewer.Keys{"pause": {"S", "Delete"}, "whole-trace": {"~"}, "every-kind": {"Insert"}}}},
		{"keys:\n  search:\n  - 's'\n  - F3\n  summary: \"/\"\n",
			Config{Keys: viewer.Keys{"search": {"s", "F3"}, "summary": {"/"}}}},
		{"keys: {whole-trace: 0, copy: Y, sort: y}",
			Config{Keys: viewer.Keys{"whole-trace": {"0"}, "copy": {"Y"}, "sort": {"y"}}}},
		{"keys: {copy: \"\\\\\", filter: \"&\"}", Config{Keys: viewer.Keys{"copy": {"\\"}, "filter": {"&"}}}},
	} {
		got, err := parse("f", []byte(c.document))
		if err != nil {
			t.Errorf("%q: %v", c.document, err)
			continue
		}
		if c.want.Keys == nil {
			c.want.Keys = viewer.Keys{}
		}
		if got.Theme != c.want.Theme || got.ASCII != c.want.ASCII || got.Projector != c.want.Projector ||
			cmp.Diff(c.want.Keys, got.Keys) != "" {
			t.Errorf("%q: %+v, want %+v", c.document, got, c.want)
		}
	}
}

// TestMistakes: each has one line, with the place and what to do.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{"theme: drak", `f:1: theme: "drak" is not known; choose one of auto, dark, light, colour-blind, colour-blind-light, 16, mono`},
		{"\ntheme: [dark]", `f:2: theme: `},
		{"ascii: 1", "f:1: ascii is true or false"},
		{"projector: on", "f:1: projector is true or false"},
		{"thme: dark", `f:1: no setting is called "thme"; did you mean theme?`},
		{"colour: dark", `f:1: no setting is called "colour"; tracer config lists all names`},
		{"dark", "f:1: a name, a colon and a value are wanted; tracer config prints how the file is written"},
		{"- dark", "f:1: a name, a colon and a value are wanted"},
		{"keys: quit", "f:1: a name, a colon and a value are wanted"},
		{"keys:\n  quitt: X", `f:2: no action is called "quitt"; did you mean quit?`},
		{"keys:\n  explode: X", `f:2: no action is called "explode"; tracer config lists all names`},
		{"keys:\n  quit: []", "f:2: quit has no key; name one, or leave the line out"},
		{"keys:\n  quit: Escp", `f:2: no key is called "Escp"; did you mean Esc?`},
		{"keys:\n  quit:\n  - X\n  - xx", `f:4: no key is called "xx"; a key is one character, or one of Backspace, `},
		{"keys:\n  quit: {a: b}", `f:2: no key is called ""; `},
		{"keys:\n  quit:\n  copy: Y", `f:2: no key is called "`},
		{"keys:\n  copy: l", "f:2: copy cannot have l, which means lanes there; give lanes another key"},
		{"keys:\n  lanes: X\n  copy: X", "f:3: copy cannot have X, which means lanes there"},
		{"keys:\n  copy: Ctrl-C", "f:2: copy cannot have Ctrl-C, which means quit there"},
		{"keys:\n  copy: 5", "f:2: copy cannot have 5: digits choose what is numbered; name another key"},
		{"keys:\n  copy: a\n  copy: b", "f:3: "},
		{"keys:\n  copy: [a", "f:2: "},
		{"theme: dark\n\tascii: true", "f:2: "},
	} {
		_, err := parse("f", []byte(c.document))
		var wrong usage.Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v\nwant %s", c.document, err, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if c, err := Read(filepath.Join(dir, "none")); err != nil || c.Theme != nil || c.ASCII || len(c.Keys) > 0 {
		t.Errorf("of no file: %+v, %v", c, err)
	}
	if c, err := Read(""); err != nil || c == nil {
		t.Errorf("nowhere: %v", err)
	}
	var wrong usage.Error
	if _, err := Read(dir); !errors.As(err, &wrong) || !strings.Contains(err.Error(), dir) {
		t.Errorf("of a folder: %v", err)
	}
}

// TestFile: what is printed says the same when it is read, in each language.
func TestFile(t *testing.T) {
	for _, l := range words.Languages() {
		for _, document := range []string{"",
			"theme: mono\nascii: true\nprojector: true\nkeys: {quit: ['~', \"\\\\\"], filter: F4}\n"} {
			before, err := parse("f", []byte(document))
			if err != nil {
				t.Fatal(err)
			}
			printed := before.file(l, "/f")
			after, err := parse("f", printed)
			if err != nil {
				t.Fatalf("%v\n%s", err, printed)
			}
			if again := after.file(l, "/f"); string(again) != string(printed) {
				t.Errorf("%s", cmp.Diff(string(printed), string(again)))
			}
			for _, a := range viewer.Actions(l, before.Keys) {
				if d := cmp.Diff(a.Keys, after.Keys[a.Name]); d != "" {
					t.Errorf("%s: %s", a.Name, d)
				}
			}
			for line := range strings.Lines(string(printed)) {
				if len([]rune(line)) > 110 {
					t.Errorf("long: %s", line)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("theme: light\nascii: true\nkeys:\n  quit: [X, F10]\n")
	f.Add("keys: {a: &b [c], <<: *b}\n")
	f.Fuzz(func(t *testing.T, document string) {
		if c, err := parse("f", []byte(document)); (c == nil) == (err == nil) {
			t.Errorf("%q: %v, %v", document, c, err)
		}
	})
}

// TestIsFile: the file itself is found by whatever name, and another is not it.
func TestIsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{path: true, link: true, path + ".other": false, "": false} {
		if got := isFile(f, name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if isFile(&strings.Builder{}, path) {
		t.Error("what is no file is that file")
	}
}

// TestPanes: what is remembered is read again, and where nothing can be, nothing is said.
func TestPanes(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"HOME": "/home/x", "XDG_STATE_HOME": dir}
	path := PanesPath(func(name string) string { return env[name] })
	if path != filepath.Join(dir, "tracer", "panes.json") {
		t.Error(path)
	}
	delete(env, "XDG_STATE_HOME")
	const usual = "/home/x/.local/state/tracer/panes.json"
	if other := PanesPath(func(name string) string { return env[name] }); other != usual {
		t.Error(other)
	}
	if p := Panes(path); p != (viewer.Panes{}) {
		t.Errorf("of no file: %+v", p)
	}
	for _, p := range []viewer.Panes{{Split: -120, Alone: true}, {Split: 7}, {}} {
		RememberPanes(path, p)
		if got := Panes(path); got != p {
			t.Errorf("%+v becomes %+v", p, got)
		}
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("there are %v, %v", files, err)
	}
	for _, document := range []string{"", "{", "[]", `{"split": 1001}`, `{"split": -99999}`, `{"split": "a"}`,
		`{"split": 9223372036854775808}`, `{"split": -9223372036854775808}`} {
		if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := Panes(path); p != (viewer.Panes{}) {
			t.Errorf("%s: %+v", document, p)
		}
	}
	for _, nowhere := range []string{"", dir, "/proc/nowhere/tracer/panes.json", path + "/below/panes.json"} {
		RememberPanes(nowhere, viewer.Panes{Split: 1})
		if p := Panes(nowhere); p != (viewer.Panes{}) {
			t.Errorf("%s: %+v", nowhere, p)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	theirs := filepath.Join(dir, "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	RememberPanes(filepath.Join(theirs, "tracer", "panes.json"), viewer.Panes{Split: 1})
	if files, err := os.ReadDir(theirs); err != nil || len(files) > 0 {
		t.Errorf("in another's home there are %v, %v", files, err)
	}
}
