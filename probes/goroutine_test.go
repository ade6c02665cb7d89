package probes

import (
	"bytes"
	"debug/elf"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"

	"tracer/event"
)

// ticker is a Go program that runs goroutines one after another.
const ticker = `package main

func main() {
	done := make(chan bool)
	for i := 0; i < 7; i++ {
		go func() { done <- true }()
		<-done
	}
	block := make(chan bool)
	go func() { <-block }()
}
`

// coldTicker is the same, with code in C that the linker puts before that of Go, of a size that is no multiple of a
// function's.
var coldTicker = strings.Replace(strings.Replace(ticker, "main\n", `main

/*
__attribute__((cold, noinline)) static int cold(int n) { __asm__ volatile (".skip 2304, 0"); return n; }
static int call(int n) { return n ? cold(n) : 1; }
*/
import "C"
`, 1), "done <- true", "done <- C.call(0) == 1", 1)

// build makes for a test a ticker of its own, linked once for all.
func build(t *testing.T) string {
	t.Helper()
	if len(linked) == 0 {
		var err error
		if linked, err = os.ReadFile(buildGo(t, "local", ticker)); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, linked, 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

// linked is ticker's program once a test has needed it.
var linked []byte

// buildGo builds a program with a version of Go.
func buildGo(t *testing.T, version, source string, flags ...string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "program")
	command := exec.Command("go", append(append([]string{"build", "-trimpath", "-o", program}, flags...), "main.go")...)
	command.Dir, command.Env = folder, append(os.Environ(), "GOTOOLCHAIN="+version)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// linking is a way to link a Go program.
type linking struct {
	source   string
	flags    []string
	external bool // by C's linker
}

// linkings are those that the tests always try: an own symbol table or none, a fixed address or not, by Go or by C.
var linkings = map[string]linking{
	"static":            {ticker, nil, false},
	"PIE, stripped":     {ticker, []string{"-buildmode=pie", "-ldflags=-s -w"}, false},
	"cold C code first": {coldTicker, nil, true},
}

// moreLinkings are tried with the versions that GO_VERSIONS names: each takes a runtime of its own to be compiled.
var moreLinkings = map[string]linking{
	"static, stripped":            {ticker, []string{"-ldflags=-s -w"}, false},
	"PIE":                         {ticker, []string{"-buildmode=pie"}, false},
	"race":                        {ticker, []string{"-race"}, true},
	"external":                    {ticker, []string{"-ldflags=-linkmode=external"}, true},
	"external, stripped":          {ticker, []string{"-ldflags=-linkmode=external -s -w"}, true},
	"external PIE":                {ticker, []string{"-buildmode=pie", "-ldflags=-linkmode=external"}, true},
	"external PIE, stripped":      {ticker, []string{"-buildmode=pie", "-ldflags=-linkmode=external -s -w"}, true},
	"cold C code first, PIE":      {coldTicker, []string{"-buildmode=pie"}, true},
	"cold C code first, stripped": {coldTicker, []string{"-ldflags=-s -w"}, true},
}

// However a program is linked, its functions are where its own symbols, or its own runtime, tell; and it makes and ends
// as many goroutines as it does alone.
func TestGoroutines(t *testing.T) {
	needKernel(t)
	_, err := exec.LookPath("cc")
	versions := strings.Fields(os.Getenv("GO_VERSIONS")) // which go downloads: scripts/goroutines names some
	if len(versions) > 0 {
		maps.Copy(linkings, moreLinkings)
	} else {
		versions = []string{"local"}
	}
	for _, version := range versions {
		for name, l := range linkings {
			t.Run(version+", "+name, func(t *testing.T) {
				if l.external && err != nil {
					t.Skip("no C compiler")
				}
				program := buildGo(t, version, l.source, l.flags...)
				checkFunctions(t, program)
				if name == "static" {
					checkLayout(t, program)
				}
				events, code := traced(t, Options{Coroutines: CoroutinesCarriers}, program)
				if code != 0 {
					t.Errorf("exit code %d", code)
				}
				checkTicker(t, version, events)
			})
		}
	}
}

// checkTicker checks what ticker does: main and 8 more goroutines are made, 7 of them end.
func checkTicker(t *testing.T, version string, events []event.Event) {
	t.Helper()
	old := version != "local" && version < "go1.24" // goroutines have no number yet when they are made
	alive, carried := map[uint64]bool{}, map[uint64]bool{}
	made, ended := 0, 0
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case event.Spawn:
			if alive[e.Coroutine] || e.Runtime != event.Goroutine || e.Coroutine == 0 {
				t.Errorf("bad spawn %+v", e)
			}
			if made++; made > 1 && e.Creator != 1 && !old {
				t.Errorf("goroutine %d is made by %d, not by main's", e.Coroutine, e.Creator)
			}
			alive[e.Coroutine] = true
		case event.Switch:
			carried[e.Coroutine] = true
		case event.Finish:
			if !alive[e.Coroutine] || !carried[e.Coroutine] {
				t.Errorf("goroutine %d ended, which was not made or not carried", e.Coroutine)
			}
			delete(alive, e.Coroutine)
			ended++
		}
	}
	// The last goroutine to hand over its value may still run when main goes on, and main can be the end of all.
	if made != 9 || ended < 6 || ended > 7 {
		t.Errorf("%d goroutines were made and %d ended, want 9 and 7", made, ended)
	}
}

// checkFunctions holds the functions of a Go program against what its symbols tell, or what its runtime does when it
// has none.
func checkFunctions(t *testing.T, program string) {
	t.Helper()
	functions := map[string]map[uint64]bool{}
	for _, f := range functionsOf(t, program) {
		if functions[f.name] == nil {
			functions[f.name] = map[uint64]bool{}
		}
		functions[f.name][f.begin] = true
	}
	truth, least := symbolsOf(t, program), 500
	if len(truth) == 0 {
		truth, least = tracebackOf(t, program), 3
	}
	compared := 0
	for name, address := range truth {
		if len(functions[name]) == 0 {
			continue
		}
		if compared++; !functions[name][address] {
			t.Errorf("%s is at %#x, not at one of %v", name, address, functions[name])
		}
	}
	if compared < least {
		t.Errorf("only %d functions could be compared with %d that are known", compared, len(truth))
	}
}

// checkLayout holds the layout of a goroutine that is known for a version of Go against the debug information.
func checkLayout(t *testing.T, program string) {
	t.Helper()
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	info, _ := x.goBuild()
	minor, err := goMinor(info.GoVersion)
	if err != nil {
		t.Skip(err)
	}
	if minor < 19 { // its debug information is packed in a way that is not read
		return
	}
	layout, err := x.layoutFromDWARF()
	if want, ok := goLayouts[minor]; !ok || layout != want || err != nil {
		t.Errorf("%s lays a goroutine out as %+v (%v); the table has %+v", info.GoVersion, layout, err, want)
	}
}

func functionsOf(t *testing.T, program string) []goFunction {
	t.Helper()
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	table, err := x.goTable()
	if err != nil {
		t.Fatal(err)
	}
	functions, err := table.all(func(name []byte) bool { return bytes.HasPrefix(name, []byte("runtime.")) })
	if err != nil {
		t.Fatal(err)
	}
	return functions
}

// symbolsOf returns the functions of Go's runtime that the symbol table has, if there is one.
func symbolsOf(t *testing.T, program string) map[string]uint64 {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil && err != elf.ErrNoSymbols {
		t.Fatal(err)
	}
	found := map[string]uint64{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && strings.HasPrefix(s.Name, "runtime.") {
			found[s.Name] = s.Value
		}
	}
	return found
}

// frame is a function in a stack trace of Go's: its name, how far in it control is, and where that is. An inlined one
// has no place of its own; its arguments are left out.
var frame = regexp.MustCompile(`(?m)^(runtime\.[^\n]*)\(([^()\n]*)\)\n\t\S+ \+0x([0-9a-f]+) fp=\S+ sp=\S+ pc=0x([0-9a-f]+)$`)

// tracebackOf makes the program fail as it starts, for want of memory, and gives where its functions are by the stack
// trace that it prints.
func tracebackOf(t *testing.T, program string) map[string]uint64 {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	bias := uint64(0)
	// The first segment is at ELF_ET_DYN_BASE (arch/x86/include/asm/elf.h) when addresses are not random
	if f.Type == elf.ET_DYN {
		first := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_LOAD })
		bias = 0x555555554000 - f.Progs[first].Vaddr&^0xfff
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("where a position-independent program is loaded is known for amd64")
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	limit := strconv.FormatInt(info.Size()/1024+60_000, 10)
	command := exec.Command("sh", "-c", `ulimit -v "$1"; exec setarch -R "$2" --version`, "sh", limit, program)
	command.Env = append(os.Environ(), "GOTRACEBACK=system")
	out, _ := command.CombinedOutput() // it is meant to fail
	found := map[string]uint64{}
	for _, m := range frame.FindAllStringSubmatch(string(out), -1) {
		within, err1 := strconv.ParseUint(m[3], 16, 64)
		at, err2 := strconv.ParseUint(m[4], 16, 64)
		if err1 != nil || err2 != nil || m[2] == "..." {
			continue
		}
		found[m[1]] = at - within - bias
	}
	if len(found) == 0 {
		t.Errorf("%s printed no stack trace: %.2000s", program, out)
	}
	return found
}

// Programs that others have built, such as Debian's: scripts/goroutines names them in GO_PROGRAMS. Each does under the
// probes what it does alone.
func TestGoroutinesOfGivenPrograms(t *testing.T) {
	programs := filepath.SplitList(os.Getenv("GO_PROGRAMS"))
	if len(programs) == 0 {
		t.Skip("none are given in GO_PROGRAMS")
	}
	needKernel(t)
	for _, program := range programs {
		t.Run(filepath.Base(program), func(t *testing.T) {
			info, ok := goBuild(program)
			if !ok {
				t.Fatal("no Go program")
			}
			checkFunctions(t, program)
			argument := "--version"
			if filepath.Base(program) == "caddy" {
				argument = "version"
			}
			alone := exec.Command(program, argument)
			wanted, _ := alone.CombinedOutput() // some know no such thing: that is compared, too
			p, err := Load(Options{Coroutines: CoroutinesGoroutines})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			output, err := os.CreateTemp(t.TempDir(), "")
			if err != nil {
				t.Fatal(err)
			}
			defer output.Close()
			events, code := run(t, p, Command{Path: program, Args: []string{program, argument}, Stdout: output,
				Stderr: output})
			got, err := os.ReadFile(output.Name())
			if err != nil {
				t.Fatal(err)
			}
			if want := alone.ProcessState.ExitCode(); code != want || !bytes.Equal(got, wanted) {
				t.Errorf("exit code %d, alone %d; %s", code, want, cmp.Diff(string(wanted), string(got)))
			}
			made, ended := count(events, ofKind(event.Spawn)), count(events, ofKind(event.Finish))
			if made == 0 || ended >= made || len(p.Unseen()) > 0 {
				t.Errorf("%d goroutines were made and %d ended; %q", made, ended, p.Unseen())
			}
			said, _, _ := strings.Cut(string(got), "\n")
			t.Logf("%s: exit code %d, %d goroutines made, %d ended: %s", info.GoVersion, code, made, ended, said)
		})
	}
}

// Where uprobes have no link of their own, perf events tell the same.
func TestUprobesByPerfEvents(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{Coroutines: CoroutinesCarriers})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.uprobes = ebpf.AttachNone
	program := build(t)
	events, _ := run(t, p, Command{Path: program, Args: []string{program}})
	checkTicker(t, "local", events)
}

// damage returns a copy of a program with other bytes at an address.
func damage(t *testing.T, program string, address uint64, content ...byte) string {
	t.Helper()
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	segment, ok := x.segment(address, uint64(len(content)))
	if !ok {
		t.Fatalf("nothing is at %#x", address)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	copy(data[address-segment.Vaddr+segment.Off:], content)
	copied := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(copied, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return copied
}

// What is not proved is not probed, and is said.
func TestUnprovedIsNotProbed(t *testing.T) {
	needKernel(t)
	p, err := Load(Options{Coroutines: CoroutinesGoroutines})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	program := build(t)
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	table, err := x.goTable()
	if err != nil {
		t.Fatal(err)
	}
	header := table.names.address - 8*(headerWords+1) // the names follow it
	module := x.pointers(header)
	if len(module) != 1 {
		t.Fatalf("module data at %#x", module)
	}
	status := uint64(0)
	for _, f := range functionsOf(t, program) {
		if f.name == statusFunction {
			status = f.begin
		}
	}
	cannot := "where the functions of %s are cannot be proved: it has 0 tables of Go's functions with matching " +
		"module data"
	for name, c := range map[string]struct {
		address uint64
		content []byte
		want    string
	}{
		"text":      {module[0] + 8*moduleText, []byte{0x40, 0x12}, cannot},
		"first":     {module[0] + 8*moduleFirst, []byte{0x40, 0x12}, cannot},
		"end":       {module[0] + 8*moduleEnd, []byte{0x41}, cannot},
		"table":     {module[0], []byte{0x48}, cannot},
		"magic":     {header, []byte{0xfa}, cannot},
		"processor": {header + 6, []byte{2}, cannot},
		"functions": {header + 8, []byte{1, 0, 0, 0, 0, 0, 0, 0}, cannot},
		"entry":     {table.entries.address + 8, []byte{0xff, 0xff}, "read %s: its table of Go's functions is broken"},
		"instruction": {status, []byte{0x90}, "%s (" + runtime.Version() +
			") has other code than that of a function where runtime.casgstatus is told to begin"},
	} {
		t.Run(name, func(t *testing.T) {
			damaged := damage(t, program, c.address, c.content...)
			s := search{probes: p}
			defer s.close()
			want, got := "goroutines are not seen: "+fmt.Sprintf(c.want, damaged), fmt.Sprint(s.goroutines(damaged))
			if got != want || len(s.places) > 0 {
				t.Errorf("%v; got %s, want %s", s.places, got, want)
			}
		})
	}
}

// Whatever byte of the table and of the module data is another one, casgstatus is where it was, or nothing is probed.
func TestDamagedTablesDoNotMislead(t *testing.T) {
	program := build(t)
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	table, err := x.goTable()
	if err != nil {
		t.Fatal(err)
	}
	status := func(functions []goFunction) (found []uint64) {
		for _, f := range functions {
			if f.name == statusFunction {
				found = append(found, f.begin)
			}
		}
		return found
	}
	truth := status(functionsOf(t, program))
	header := table.names.address - 8*(headerWords+1)
	parts := []region{{header, 8 * (headerWords + 1)}, {x.pointers(header)[0], 8 * moduleWords},
		{table.entries.address, table.entries.size}, table.names}
	file, err := os.OpenFile(program, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	random, refused := rand.New(rand.NewPCG(1, 2)), 0
	for range 40 {
		part := parts[random.IntN(len(parts))]
		address := part.address + random.Uint64N(part.size)
		segment, ok := x.segment(address, 1)
		if !ok {
			t.Fatalf("nothing is at %#x", address)
		}
		at := int64(segment.Off + address - segment.Vaddr)
		var was [1]byte
		if _, err := file.ReadAt(was[:], at); err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{was[0] ^ 1<<random.IntN(8)}, at); err != nil {
			t.Fatal(err)
		}
		if table, err := x.goTable(); err != nil {
			refused++
		} else if functions, err := table.all(func(name []byte) bool {
			return string(name) == statusFunction
		}); err != nil {
			refused++
		} else if found := status(functions); len(found) > 0 && !slices.Equal(found, truth) {
			t.Errorf("with another byte at %#x it is at %#x, not at %#x", address, found, truth)
		}
		if _, err := file.WriteAt(was[:], at); err != nil {
			t.Fatal(err)
		}
	}
	if refused < 8 {
		t.Errorf("only %d damages were refused", refused)
	}
}
