package probes

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

func TestCoroutinesNames(t *testing.T) {
	for _, name := range coroutineNames {
		if c, err := ParseCoroutines(name); err != nil || c.String() != name {
			t.Errorf("%q is read as %v, %v", name, c, err)
		}
	}
	if _, err := ParseCoroutines("threads"); err == nil || !strings.Contains(err.Error(), "carriers") {
		t.Errorf("a wrong name: %v", err)
	}
}

func TestGoMinor(t *testing.T) {
	for version, want := range map[string]int{"go1.26.8": 26, "go1.21": 21, "go1.25rc1": 25, "devel go1.27-abc": 0,
		"go1.": 0, "": 0} {
		if got, err := goMinor(version); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v", version, got, err)
		}
	}
}

// said returns messages in English.
func said(messages []words.Message) (list []string) {
	for _, m := range messages {
		list = append(list, m.String())
	}
	return list
}

// What cannot be seen is said, and the program runs all the same.
func TestUnseenIsSaid(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{Coroutines: CoroutinesGoroutines})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	root, err := p.Launch(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "exit 3"}})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := root.Wait(); code != 3 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	want := []string{"goroutines are not seen: /bin/sh is not a Go program"}
	if diff := cmp.Diff(want, said(p.Unseen())); diff != "" {
		t.Error(diff)
	}
}

// A program that another one executes is not probed, and that is said, too; of the launched one that executes itself it
// is not.
func TestMissedIsSaid(t *testing.T) {
	needKernel(t)
	program := build(t)
	for command, want := range map[string][]string{
		program: nil,
		"/bin/sh -c": {"goroutines of " + program +
			" are not seen, because another program executed it; launch that file directly"},
	} {
		line := append(strings.Fields(command), program)
		p, err := Load(Options{Coroutines: CoroutinesGoroutines})
		if err != nil {
			t.Fatal(err)
		}
		run(t, p, Command{Path: line[0], Args: line})
		if diff := cmp.Diff(want, said(p.Missed())); diff != "" {
			t.Errorf("%s: %s", command, diff)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A pipe in the place of a file does not hold tracer up.
func TestPipeIsNoExecutable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "python3")
	if err := unix.Mkfifo(path, 0o777); err != nil {
		t.Fatal(err)
	}
	s := search{}
	defer s.close()
	if err := s.greenlets(Command{Path: path}); err != nil || len(s.places) > 0 &&
		s.places[0].in.id() == identify(path) {
		t.Errorf("%v, %v", s.places, err)
	}
	s.places = nil
	if err := s.bundled(path); err != nil || s.places != nil {
		t.Errorf("%v, %v", s.places, err)
	}
	if _, err := openExecutable(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

func TestInterpreterOf(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	python := write("python3.9", "\x7fELF")
	c := Command{Env: []string{"PATH=/nowhere", "PATH=" + folder}}
	for text, want := range map[string]string{
		"#!" + python + " -s\n":                   python,
		"#! /usr/bin/env python3.9\nimport x":     python,
		"#!/usr/bin/env -S A=b python3.9 -u":      python,
		"#!/usr/bin/env nothing\n":                "/usr/bin/env",
		"#!" + write("script", "#!"+python+"\n"):  python,
		"#!" + filepath.Join(folder, "loop") + "": filepath.Join(folder, "loop"),
		"plain": filepath.Join(folder, "loop"),
	} {
		if got := interpreterOf(c, write("loop", text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// greenlets are found in every folder that Python could take them from, without running it.
func TestGreenletModules(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, root := range []string{"venv/lib/python3.9/site-packages", "home/.local/lib/python3.9/site-packages", "path",
		"app"} {
		module := filepath.Join(folder, root, "greenlet", "_greenlet.cpython-39.so")
		if err := os.MkdirAll(filepath.Dir(module), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(module, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		want[module] = true
	}
	c := Command{Args: []string{"python", filepath.Join(folder, "app", "main.py")},
		Env:  []string{"PYTHONPATH=" + filepath.Join(folder, "path")},
		User: &User{Home: filepath.Join(folder, "home")}}
	for _, module := range greenletModules(c, filepath.Join(folder, "venv/bin/python"), "/usr/bin/python3.9") {
		if strings.HasPrefix(module, folder) && !want[module] {
			t.Errorf("%s stands there twice, or is none", module)
		}
		delete(want, module)
	}
	for module := range want {
		t.Errorf("%s is not found", module)
	}
}

// A library that lacks the functions is told by what cannot be seen then.
func TestGreenletWithoutItsFunctions(t *testing.T) {
	program := build(t)
	s := search{}
	defer s.close()
	if err := s.greenlet(program); len(s.places) != 0 || err == nil || !strings.Contains(err.Error(),
		"creations, switches, ends") {
		t.Errorf("%v, %v", s.places, err)
	}
	if err := s.greenlets(Command{Path: program}); s.places != nil || err != nil {
		t.Errorf("a Go program is taken for Python: %v, %v", s.places, err)
	}
}

// The probe points are found in a program of this module with its symbols and without, at the same place.
func TestBundledPoints(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("there are none on this architecture")
	}
	folder := t.TempDir()
	found := map[string]map[string]bool{}
	for name, flags := range map[string]string{"whole": "", "stripped": "-s -w"} {
		program := filepath.Join(folder, name)
		if out, err := exec.Command("go", "test", "-c", "-ldflags", flags, "-o", program,
			"tracer/servers/coro").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s := search{}
		defer s.close()
		if err := s.bundled(program); err != nil {
			t.Fatal(err)
		}
		found[name] = map[string]bool{}
		for _, p := range s.places {
			found[name][p.program] = true
		}
	}
	want := map[string]bool{bpf.TracerProgCoroSpawn: true, bpf.TracerProgCoroSwitch: true,
		bpf.TracerProgCoroFinish: true}
	if diff := cmp.Diff(map[string]map[string]bool{"whole": want, "stripped": want}, found); diff != "" {
		t.Error(diff)
	}
}

// An end says whose it is only where switches are seen, too: a library that has lost those is not probed for ends.
func TestGreenletEndsNeedSwitches(t *testing.T) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	functions := map[string]string{"spawn": "_ZN8greenlet12UserGreenletC2EP9other",
		"switch": "_ZN8greenlet8Greenlet13g_switchstackEv",
		"finish": "_ZN8greenlet11PythonState10did_finishEP3_ts"}
	for names, want := range map[string][]string{
		"spawn switch finish": {bpf.TracerProgGreenletSpawn, bpf.TracerProgGreenletSwitch,
			bpf.TracerProgGreenletFinish},
		"spawn finish": {bpf.TracerProgGreenletSpawn},
	} {
		folder := t.TempDir()
		source, library := filepath.Join(folder, "a.c"), filepath.Join(folder, "_greenlet.so")
		code := ""
		for _, name := range strings.Fields(names) {
			code += "void " + functions[name] + "(void) {}\n"
		}
		if err := os.WriteFile(source, []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		s := search{}
		defer s.close()
		if err := s.greenlet(library); err == nil {
			t.Error("what is missing is not said")
		}
		var got []string
		for _, p := range s.places {
			got = append(got, p.program)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", names, diff)
		}
	}
}

// switcher is a Python program that has made a greenlet before it says that it is ready, and makes more when it is told
// to.
const switcher = `
import greenlet, sys
main = greenlet.getcurrent()
def work():
    while True:
        main.switch()
old = greenlet.greenlet(work)
old.switch()
print("ready", flush=True)
sys.stdin.readline()
old.switch()
for _ in range(5):
    greenlet.greenlet(lambda: main.switch()).switch()
`

// Of a program that runs already, what its coroutines do from then on is seen.
func TestAttachSeesGreenlets(t *testing.T) {
	needKernel(t)
	python := "/usr/bin/python3"
	if exec.Command(python, "-c", "import greenlet").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Debian's python3-greenlet is missing")
		}
		t.Skip("Debian's python3-greenlet is missing")
	}
	events := attached(t, Options{}, exec.Command(python, "-c", switcher))
	kinds := map[event.Kind]int{}
	for i := range events {
		kinds[events[i].Kind]++
	}
	// The old one is switched to and back, each of the others, too; what is dropped at the end is thrown into, to end
	// it.
	if kinds[event.Spawn] != 5 || kinds[event.Switch] < 12 {
		t.Errorf("%d greenlets made and %d switches, want 5 and at least 12", kinds[event.Spawn], kinds[event.Switch])
	}
}

// attached starts programs, attaches when each has said a line, and lets them go on: their input ends. It returns what
// they do from then on.
func attached(t *testing.T, options Options, programs ...*exec.Cmd) (events []event.Event) {
	t.Helper()
	var targets Targets
	var inputs []io.Closer
	for _, program := range programs {
		in, errIn := program.StdinPipe()
		out, errOut := program.StdoutPipe()
		if err := errors.Join(errIn, errOut, program.Start()); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = program.Wait() }()
		defer in.Close()
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, in)
		targets.PIDs = append(targets.PIDs, event.PID(program.Process.Pid))
	}
	p, err := Load(options)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Attach(targets); err != nil {
		t.Fatal(err)
	}
	if len(p.Unseen()) > 0 {
		t.Error(p.Unseen())
	}
	batches := make(chan []event.Event)
	failed := make(chan error, 1)
	go func() { failed <- p.Run(t.Context(), batches) }()
	for _, in := range inputs {
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for batch := range batches {
		events = append(events, batch...)
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
	return events
}

// patient makes of ticker one that begins once its input ends.
func patient(ticker string) string {
	return strings.NewReplacer("package main\n", "package main\n\nimport \"os\"\n",
		"done :=", "os.Stdout.WriteString(\"ready\\n\")\n\tos.Stdin.Read(make([]byte, 1))\n\tdone :=").Replace(ticker)
}

// Go programs that differ in where their functions are, and in what is told of them, are seen at once.
func TestAttachSeesGoroutinesOfSeveralPrograms(t *testing.T) {
	needKernel(t)
	programs := []*exec.Cmd{exec.Command(buildGo(t, "local", patient(ticker))),
		exec.Command(buildGo(t, "local", patient(ticker), "-ldflags=-s -w", "-buildmode=pie"))}
	if _, err := exec.LookPath("cc"); err == nil {
		programs = append(programs, exec.Command(buildGo(t, "local", patient(coldTicker))))
	}
	made, ended := map[event.PID]int{}, map[event.PID]int{}
	for _, e := range attached(t, Options{Coroutines: CoroutinesGoroutines}, programs...) {
		switch e.Kind {
		case event.Spawn:
			if made[e.PID]++; e.Creator != 1 {
				t.Errorf("goroutine %d of %d is made by %d, not by main's", e.Coroutine, e.PID, e.Creator)
			}
		case event.Finish:
			ended[e.PID]++
		}
	}
	for _, program := range programs {
		pid := event.PID(program.Process.Pid)
		if made[pid] != 8 || ended[pid] < 6 || ended[pid] > 7 {
			t.Errorf("%s: %d goroutines were made and %d ended, want 8 and 7", program.Path, made[pid], ended[pid])
		}
	}
}
