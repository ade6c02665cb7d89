package truth

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestParseTakesTheLastLine(t *testing.T) {
	c, err := Parse([]byte("noise\n{\"case\": \"a/b\", \"counters\": {\"execs\": 2}}\n\n"))
	if err != nil || c.Name != "a/b" || c.Counters["execs"] != 2.0 {
		t.Fatalf("got %+v, %v", c, err)
	}
	for _, bad := range []string{"", "text", "{}", `{"case": "a"}`, `{"counters": {"execs": 1}}`,
		`{"case": "a", "skip": "no", "counters": {"execs": 1}}`} {
		if c, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%q: got %+v", bad, c)
		}
	}
}

// TestFamiliesAreDescribed: the page of the cases has a row for each family.
func TestFamiliesAreDescribed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(sources, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(sources, "*.*"))
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		switch family, isC := strings.CutSuffix(name, ".c"); {
		case name == "truth.c", name == "net.c", !isC && name != "python.py" && name != "golang.go":
		case !regexp.MustCompile("(?m)^\\|.*`" + family + "`.*\\|.*\\|$").Match(page):
			t.Errorf("testdata/truth/README.md has no row for %s", family)
		}
	}
}

func TestCompare(t *testing.T) {
	const agrees = ""
	tests := []struct{ name, program, summary, want string }{
		{"equal", `"execs": 2`, `"execs": 2, "events_lost": 0, "other": 9`, agrees},
		{"unequal", `"execs": 2`, `"execs": 3, "events_lost": 0`, "execs: want 2, got 3"},
		{"missing", `"execs": 0`, `"events_lost": 0`, "execs: want 0, got nothing"},
		{"no loss counter", `"execs": 0`, `"execs": 0`, "events_lost: missing"},
		{"lost", `"execs": 1`, `"execs": 1, "events_lost": 4`, "events_lost: want 0, got 4"},
		{"object", `"exit_codes": {"0": 1, "7": 2}`, `"exit_codes": {"7": 2, "0": 1}, "events_lost": 0`, agrees},
		{"object, other count", `"exit_codes": {"0": 1}`, `"exit_codes": {"0": 2}, "events_lost": 0`,
			`exit_codes: want {"0":1}, got {"0":2}`},
		{"object, more keys", `"exit_codes": {}`, `"exit_codes": {"0": 2}, "events_lost": 0`,
			`exit_codes: want {}, got {"0":2}`},
		{"object, absent", `"exit_codes": {}`, `"events_lost": 0`, agrees},
		{"object, no object", `"exit_codes": {}`, `"exit_codes": 0, "events_lost": 0`, "exit_codes: want {}, got 0"},
		{"range", `"zombie_ms_max": [10, 12.5]`, `"zombie_ms_max": 12.5, "events_lost": 0`, agrees},
		{"range, below", `"zombie_ms_max": [10, 12.5]`, `"zombie_ms_max": 9.9, "events_lost": 0`,
			"zombie_ms_max: want [10,12.5], got 9.9"},
		{"range, missing", `"zombie_ms_max": [0, 12.5]`, `"events_lost": 0`,
			"zombie_ms_max: want [0,12.5], got nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check(t, `{"case": "a", "counters": {`+test.program+`}}`, test.summary, test.want)
		})
	}
}

func TestCompareAdmittedLoss(t *testing.T) {
	const program = `{"case": "a", "may_lose": true, "counters": {"sigchld_ignored": 100, "zombies_left": 1,
		"exit_codes": {"0": 5}, "reparented": 1}}`
	tests := []struct{ name, summary, want string }{
		{"none lost", `"events_lost": 0, "sigchld_ignored": 100, "zombies_left": 1, "exit_codes": {"0": 5}, "reparented": 1`, ""},
		{"none lost, wrong", `"events_lost": 0, "sigchld_ignored": 99, "zombies_left": 1, "exit_codes": {"0": 5}, "reparented": 1`,
			"sigchld_ignored: want 100, got 99"},
		{"admitted", `"events_lost": 41, "sigchld_ignored": 60, "zombies_left": 1, "reparented": 0`, ""},
		{"too few admitted", `"events_lost": 39, "sigchld_ignored": 60, "zombies_left": 1, "reparented": 0`,
			"sigchld_ignored: 60 of 100 counted, but only 39 events lost"},
		{"invented", `"events_lost": 1, "sigchld_ignored": 101, "zombies_left": 1, "reparented": 0`,
			"sigchld_ignored: want at most 100, got 101"},
		{"not resynced", `"events_lost": 41, "sigchld_ignored": 60, "zombies_left": 0, "reparented": 0`, "zombies_left: want 1, got 0"},
		{"handed on, its reaping lost", `"events_lost": 41, "sigchld_ignored": 60, "zombies_left": 1, "reparented": 3,
			"lost_by_kind": {"fork": 1, "wait": 2}`, ""},
		{"handed on too often", `"events_lost": 41, "sigchld_ignored": 60, "zombies_left": 1, "reparented": 3,
			"lost_by_kind": {"fork": 1, "wait": 1}`, "reparented: want at most 2, got 3"},
		{"missing", `"events_lost": 41, "sigchld_ignored": 60, "reparented": 0`, "zombies_left: missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, program, test.summary, test.want) })
	}
}

// TestCompareSkipped: what the kernel skipped is spared only when tracer said so, only in what needs it, and only by so
// much.
func TestCompareSkipped(t *testing.T) {
	const program = `{"case": "a", "counters": {"processes_created": 5, "processes_exited": 5, "zombies_left": 1,
		"reaped_by_parent": 4, "exit_codes": {"0": 5},
		"waits_nothing": 2, "zombie_ms_max": [10, 12]}}`
	const right = `"processes_created": 5, "processes_exited": 5, "zombies_left": 1, "reaped_by_parent": 4,
		"exit_codes": {"0": 5}, "zombie_ms_max": 11`
	tests := []struct{ name, summary, want string }{
		{"of others", `"events_lost": 1, "lost_by_kind": {"exit": 1}, "complete": false, "waits_nothing": 2, ` + right,
			""},
		{"not told", `"events_lost": 1, "lost_by_kind": {"exit": 1}, "complete": true, "waits_nothing": 2, ` + right,
			"events_lost: want 0, got 1"},
		{"damaged", `"events_lost": 1, "lost_by_kind": {"unknown": 1}, "complete": false, "waits_nothing": 2, ` + right,
			"events_lost: want 0, got 1"},
		{"as many", `"events_lost": 2, "lost_by_kind": {"wait": 2}, "complete": false, "waits_nothing": 0, ` + right,
			""},
		{"too many", `"events_lost": 1, "lost_by_kind": {"wait": 1}, "complete": false, "waits_nothing": 0, ` + right,
			"waits_nothing: want 2, got 0"},
		{"of another kind", `"events_lost": 2, "lost_by_kind": {"exit": 2}, "complete": false, "waits_nothing": 0, ` +
			right, "waits_nothing: want 2, got 0"},
		{"reaped since", `"events_lost": 1, "lost_by_kind": {"exit": 1}, "complete": false, "waits_nothing": 2,
			"processes_created": 5, "processes_exited": 5, "zombies_left": 0,
			"reaped_by_parent": 5, "exit_codes": {"0": 4}, "zombie_ms_max": 13`, ""},
		{"not resynced", `"events_lost": 1, "lost_by_kind": {"exit": 1}, "complete": false, "waits_nothing": 2,
			"processes_created": 5, "processes_exited": 5, "zombies_left": 0,
			"reaped_by_parent": 4, "exit_codes": {"0": 4}, "zombie_ms_max": 13`,
			"5 dead, 4 reaped or left"},
		{"forks", `"events_lost": 1, "lost_by_kind": {"fork": 1}, "complete": false, "waits_nothing": 1,
			"processes_created": 3, "processes_exited": 3, "zombies_left": 1,
			"reaped_by_parent": 2, "exit_codes": {"0": 3}, "zombie_ms_max": 13`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			check(t, program, strings.ReplaceAll(test.summary, "\n", " "), test.want)
		})
	}
}

func TestCertain(t *testing.T) {
	c := Case{Events: []Events{{1, map[string]any{"kind": "wait"}}, {1, map[string]any{"kind": "kill"}},
		{1, map[string]any{"pid": 3.0}}},
		Connections: []map[string]any{{"connection": 1.0}}}
	for _, test := range []struct {
		summary             string
		events, connections int
	}{
		{`{"complete": true}`, 3, 1},
		{`{"complete": true, "lost_by_kind": {"wait": 1}}`, 3, 1},
		{`{"complete": false, "lost_by_kind": {"wait": 1}}`, 1, 1},
		{`{"complete": false, "lost_by_kind": {"signal": 1}}`, 1, 1},
		{`{"complete": false, "lost_by_kind": {"close": 1}}`, 2, 0},
		{`{"complete": false, "lost_by_kind": {"fork": 1}}`, 0, 0},
	} {
		var summary map[string]any
		if err := json.Unmarshal([]byte(test.summary), &summary); err != nil {
			t.Fatal(err)
		}
		if got := certain(c, summary); len(got.Events) != test.events || len(got.Connections) != test.connections {
			t.Errorf("%s: %d events and %d connections are certain", test.summary, len(got.Events),
				len(got.Connections))
		}
	}
}

func TestCompareAdmittedLossOfForks(t *testing.T) {
	const program = `{"case": "a", "may_lose": true, "counters": {"reaped_by_parent": 4, "reaped_by_other": 1}}`
	check(t, program, `"events_lost": 1, "reaped_by_parent": 5, "reaped_by_other": 0`, "")
	check(t, program, `"events_lost": 1, "reaped_by_parent": 5, "reaped_by_other": 1`,
		"reaped_by_parent: want at most 5, got 6")
}

func check(t *testing.T, program, summary, want string) {
	t.Helper()
	c, err := Parse([]byte(strings.ReplaceAll(program, "\n", " ")))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte("{"+summary+"}"), &got); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Join(Compare(c, got), "\n"); lines != want {
		t.Errorf("got %q, want %q", lines, want)
	}
}
