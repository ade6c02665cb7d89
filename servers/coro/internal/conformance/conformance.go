// Package conformance compares Go code with the Python code that it is the counterpart of, by what both print.
//
// A file of cases in Python, testdata/cases.py of the tested package, has a function for each case. What the functions
// print, run by the original library, is kept in testdata/cases.golden; a test flag writes it anew. The Go counterparts
// must print the same. Where the original is installed it is run, too, so that the golden file is known to be true.
package conformance

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed harness.py
var harness string

var update = flag.Bool("update", false, "write testdata/cases.golden from what the Python original prints")

// Debian's interpreter and packages: the only ones that the golden files are promised to agree with.
const (
	python  = "/usr/bin/python3"
	install = "install the Debian packages python3, python3-greenlet and python3-gevent"
)

const (
	casesFile  = "testdata/cases.py"
	goldenFile = "testdata/cases.golden"
)

// Out collects what a case prints.
type Out struct{ text strings.Builder }

// Print is Python's print for what cases print: strings, numbers, booleans, None, errors as their text.
func (o *Out) Print(values ...any) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = str(v)
	}
	fmt.Fprintln(&o.text, strings.Join(words, " "))
}

func str(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case []any: // what arrives with a switch: Python's tuple, a single value itself
		if len(v) == 1 {
			return str(v[0])
		}
		words := make([]string, len(v))
		for i := range v {
			words[i] = str(v[i])
		}
		return "(" + strings.Join(words, ", ") + ")"
	}
	return fmt.Sprint(v)
}

// Cases are the Go counterparts by the names of the Python functions.
type Cases map[string]func(t *testing.T, out *Out)

// Run compares all cases. modules are those that the Python file imports.
func Run(t *testing.T, cases Cases, modules ...string) {
	original, err := runOriginal(modules)
	missing := errors.Is(err, errMissing)
	switch {
	case missing && (os.Getenv("CI") == "true" || *update):
		t.Fatal(err)
	case missing:
		t.Logf("compared with the golden file only: %v", err)
	case err != nil:
		t.Fatal(err)
	case *update:
		if err := os.WriteFile(goldenFile, original, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if !missing {
		if diff := cmp.Diff(string(golden), string(original)); diff != "" {
			t.Errorf("the original prints something else than the golden file (-golden +original):\n%s", diff)
		}
	}
	compare(t, cases, sections(string(golden)))
}

func compare(t *testing.T, cases Cases, golden map[string]string) {
	for name := range cases {
		if _, ok := golden[name]; !ok {
			t.Errorf("case %s is not in %s", name, casesFile)
		}
	}
	for name, want := range golden {
		run := cases[name]
		if run == nil {
			t.Errorf("case %s has no counterpart in Go", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			out := &Out{}
			run(t, out)
			if diff := cmp.Diff(want, out.text.String()); diff != "" {
				t.Errorf("(-Python +Go):\n%s", diff)
			}
		})
	}
}

var errMissing = errors.New("the Python original is missing")

// runOriginal returns what the Python cases print.
func runOriginal(modules []string) ([]byte, error) {
	imports := "import sys"
	for _, m := range modules {
		imports += ", " + m
	}
	if err := exec.Command(python, "-c", imports).Run(); err != nil {
		return nil, fmt.Errorf("%w (%v): %s", errMissing, err, install)
	}
	var out, problems bytes.Buffer
	command := exec.Command(python, "-c", harness, casesFile)
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("run %s: %w\n%s%s", casesFile, err, out.Bytes(), problems.Bytes())
	}
	return out.Bytes(), nil
}

// sections cuts a golden file at its lines "-- name --".
func sections(golden string) map[string]string {
	all := map[string]string{}
	var name string
	for line := range strings.Lines(golden) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == "--" && words[2] == "--" {
			name = words[1]
			all[name] = ""
			continue
		}
		all[name] += line
	}
	return all
}
