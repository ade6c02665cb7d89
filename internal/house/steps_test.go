package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// withoutCase are the counters that no truth case tells as such, and why.
var withoutCase = map[string]string{
	"events":         "the rest of the counters are made of them",
	"events_lost":    "compared with 0 in each case",
	"contradictions": "compared with 0 in each case",
	"reaped_unseen":  "with the events that are lost",
	"cores_dumped":   "the case exit/core expects it of the event",
	"http_statuses":  "the family http expects them of the events",

	"cpu_ms": "the family cost expects what is used of the events", "cpu_ms_by_process": "likewise",
	"cpu_ms_by_thread": "likewise", "run_delay_ms": "likewise", "nvcsw": "likewise", "nivcsw": "likewise",
	"minflt": "likewise", "majflt": "likewise", "maxrss": "likewise",
}

// TestCountersHaveTruthCases: a program that knows its own numbers tells each counter.
func TestCountersHaveTruthCases(t *testing.T) {
	programs := textOf(t, "../../testdata/truth/*.[cgp]*")
	names := counters(t)
	if len(names) < 40 {
		t.Fatalf("found %d counters only: %v", len(names), names)
	}
	for _, name := range names {
		told := regexp.MustCompile(`\b` + name + `\\?"`).MatchString(programs)
		if !told && withoutCase[name] == "" {
			t.Errorf("no program of testdata/truth tells the counter %s: a case has to", name)
		}
	}
}

// textOf returns the text of all files of a pattern.
func textOf(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// counters returns the names of the model's counters.
func counters(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../model/counters.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		field, ok := node.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		if name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
		return true
	})
	return names
}

// TestCommandsHaveScripts: each command's manual is a script of testdata that runs it.
func TestCommandsHaveScripts(t *testing.T) {
	scripts := textOf(t, "../../cmd/tracer/testdata/script/*.txt")
	names := commands(t)
	if len(names) < 10 {
		t.Fatalf("found %d commands only: %v", len(names), names)
	}
	for _, name := range names {
		if !regexp.MustCompile(`(?m)^[^#\n]*\btracer ` + name + `\b`).MatchString(scripts) {
			t.Errorf("no script of cmd/tracer/testdata/script runs tracer %s", name)
		}
	}
}

// commands returns the first word of the field Use of all that main's commands are made of, but for the root.
func commands(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../../cmd/tracer/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			pair, ok := node.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			if value, isText := pair.Value.(*ast.BasicLit); isText && key != nil && key.Name == "Use" {
				use, err := strconv.Unquote(value.Value)
				if err != nil {
					t.Fatal(err)
				}
				if word, _, _ := strings.Cut(use, " "); word != "tracer" {
					names = append(names, word)
				}
			}
			return true
		})
	}
	return names
}
