package truth

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

const sources = "../../testdata/truth"

// atEnd is what undoes what was done for all tests.
var atEnd []func()

// workshop is the folder of this run; the programs are built into it once, by the first test that needs them.
var workshop string

func TestMain(m *testing.M) {
	// The cases mostly wait: as many as CPUs, go test's own limit, would leave those idle. -parallel is stronger.
	if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(func() int {
		err := HoldTracepoints()
		if err != nil && os.Geteuid() == 0 {
			fmt.Fprintln(os.Stderr, "each test will wait for the others:", err)
		}
		if workshop, err = os.MkdirTemp("", "tracer-truth-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(workshop)
		// The traced programs may run as another user, who has to reach them.
		if err := os.Chmod(workshop, 0o755); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() {
			for _, do := range slices.Backward(atEnd) {
				do()
			}
		}()
		return m.Run()
	}())
}

// program is one family of cases: what to run, before the name of the case.
type program struct {
	family string
	argv   []string
	cases  []string
}

var (
	errNoCompiler = errors.New("no C compiler: install gcc or clang")
	errNoPython   = errors.New("no python3")
	programs      = sync.OnceValues(buildPrograms)
)

// families returns all programs, or ends the test when they cannot be built here.
func families(t *testing.T) []program {
	t.Helper()
	all, err := programs()
	if errors.Is(err, errNoCompiler) || errors.Is(err, errNoPython) {
		unable(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// unable skips a test that this machine cannot run. Where a machine is there to run all of them it is a failure.
func unable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("cannot run here: " + why)
	}
	t.Skip(why)
}

func buildPrograms() ([]program, error) {
	if prebuilt != "" {
		return takePrograms()
	}
	all, err := buildC()
	if err != nil {
		return nil, err
	}
	python, err := findPython()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(workshop, "golang")
	if err := run("go", "build", "-trimpath", "-o", binary, filepath.Join(sources, "golang.go")); err != nil {
		return nil, err
	}
	script, err := filepath.Abs(filepath.Join(sources, "python.py"))
	if err != nil {
		return nil, err
	}
	all = append(all, program{family: "python", argv: []string{python, script}},
		program{family: "golang", argv: []string{binary}})
	return all, list(all)
}

// flagsOf are the flags of record that a family needs, or one case of it.
var flagsOf = map[string][]string{"http": {"--http"}, "golang": {"--coroutines", "goroutines"},
	"golang/served": {"--coroutines", "carriers"}, "stall": stalls, "python/gevent-sleeps": stalls,
	"python/gevent-computes": stalls, "python/asyncio-sleeps": stalls, "python/asyncio-computes": stalls,
	"python/asyncio-awaits": stalls, "waiting/for-another": untilRoot, "waiting/for-group": untilRoot,
	"waiting/for-pidfd": untilRoot, "waiting/for-stop": untilRoot, "waiting/by-thread": untilRoot,
	"waiting/given-up": untilRoot, "waiting/restarted": untilRoot, "waiting/left": untilRoot,
	"waiting/adopts": untilRoot, "waiting/left-in-any": untilRoot, "waiting/left-in-only": untilRoot,
	"waiting/left-in-32-bits": untilRoot, "waiting/waited-in-32-bits": untilRoot, "pause/goes-on": untilRoot,
	"waiting/any-until-root": untilRoot, "waiting/after-root": untilRoot}

// interrupts are the cases that interrupt tracer, which has its exit code.
var interrupts = []string{"waiting/left-in-any", "waiting/left-in-only", "waiting/left-in-32-bits", "pause/goes-on"}

const interruptedCode = 128 + int(syscall.SIGINT)

// wentWell reports whether a case of this name has ended as it should, by the error of the recorder.
func wentWell(name string, err error) bool {
	var exit *exec.ExitError
	return err == nil ||
		slices.Contains(interrupts, name) && errors.As(err, &exit) && exit.ExitCode() == interruptedCode
}

var (
	stalls    = []string{"--stalls", "100ms"}
	untilRoot = []string{"--root"}
)

// list asks each program for its cases.
func list(all []program) error {
	for i := range all {
		out, err := exec.Command(all[i].argv[0], append(all[i].argv[1:], "--list")...).Output()
		if err != nil {
			return fmt.Errorf("list the cases of %s: %w", all[i].family, err)
		}
		all[i].cases = strings.Fields(string(out))
	}
	return nil
}

// prebuilt is a folder with the programs, and with tracer, for a machine that cannot build them.
var prebuilt = os.Getenv("TRUTH_PROGRAMS")

func takePrograms() (all []program, err error) {
	entries, err := os.ReadDir(prebuilt)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		binary := filepath.Join(prebuilt, e.Name())
		switch e.Name() {
		case "tracer", "churn":
		case "python.py":
			python, err := findPython()
			if err != nil {
				return nil, err
			}
			all = append(all, program{family: "python", argv: []string{python, binary}})
		default:
			all = append(all, program{family: e.Name(), argv: []string{binary}})
		}
	}
	return all, list(all)
}

// sharedC are the files that every family is linked with.
var sharedC = []string{"truth", "net"}

// buildC compiles what all families share once, and then each family, a few at a time.
func buildC() ([]program, error) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return nil, errNoCompiler
	}
	flags := []string{"-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wno-missing-field-initializers",
		"-Wno-override-init", "-Werror", "-pthread"}
	source := func(name string) string { return filepath.Join(sources, name+".c") }
	object := func(name string) string { return filepath.Join(workshop, name+".o") }
	if err := each(sharedC, func(name string) error {
		return run(compiler, slices.Concat(flags, []string{"-c", "-o", object(name), source(name)})...)
	}); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(source("*"))
	if err != nil {
		return nil, err
	}
	var all []program
	var families []string
	for _, file := range files {
		if family := strings.TrimSuffix(filepath.Base(file), ".c"); !slices.Contains(sharedC, family) {
			families = append(families, family)
			all = append(all, program{family: family, argv: []string{filepath.Join(workshop, family)}})
		}
	}
	return all, each(families, func(family string) error {
		return run(compiler, slices.Concat(flags, []string{"-o", filepath.Join(workshop, family), source(family),
			object("truth"), object("net")})...)
	})
}

// each calls do for all names, two at a time, and returns what went wrong.
func each(names []string, do func(name string) error) error {
	slots, failed := make(chan struct{}, 2), make(chan error, len(names))
	for _, name := range names {
		go func() {
			slots <- struct{}{}
			failed <- do(name)
			<-slots
		}()
	}
	var all []error
	for range names {
		all = append(all, <-failed)
	}
	return errors.Join(all...)
}

// findPython returns the interpreter itself: a version manager's python3 is often a script, which would be traced too.
// One that has gevent can run all cases.
func findPython() (string, error) {
	for _, code := range []string{"import gevent, sys; print(sys.executable)", "import sys; print(sys.executable)"} {
		for _, python := range []string{"python3", "/usr/bin/python3"} {
			if out, err := exec.Command(python, "-c", code).Output(); err == nil {
				return filepath.EvalSymlinks(strings.TrimSpace(string(out)))
			}
		}
	}
	return "", errNoPython
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
