package probes

import (
	"bytes"
	"debug/dwarf"
	"debug/gosym"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"tracer/bpf"
	"tracer/event"
)

// module is tracer's own: the programs built from it can have the probe points of the bundled coroutines.
const module = "tracer"

// bundledPoints are the functions of servers/coro that are there to be probed.
var bundledPoints = map[string]string{
	module + "/servers/coro.ProbeSpawn":  bpf.TracerProgCoroSpawn,
	module + "/servers/coro.ProbeSwitch": bpf.TracerProgCoroSwitch,
	module + "/servers/coro.ProbeFinish": bpf.TracerProgCoroFinish,
}

// assembly is the suffix of a function in assembly; Go code calls a wrapper of the same name without it.
const assembly = ".abi0"

// findBundled gives the probe points of the bundled coroutines, if the command is a program of tracer's own.
func findBundled(c Command) ([]uprobe, error) {
	info, ok := goBuild(c.Path)
	if !ok || info.Main.Path != module {
		return nil, nil
	}
	x, err := openExecutable(c.Path)
	if err != nil {
		return nil, fmt.Errorf("the bundled coroutines are not seen: read %s: %w", c.Path, err)
	}
	defer x.Close()
	functions, err := x.functions(func(name string) bool { return bundledPoints[strings.TrimSuffix(name, assembly)] != "" })
	if err == nil && len(functions) == 0 {
		functions, err = x.bundledWithoutSymbols()
	}
	if err != nil {
		return nil, fmt.Errorf("the bundled coroutines are not seen: %w", err)
	}
	var places []uprobe
	for name, address := range functions {
		if base, ok := strings.CutSuffix(name, assembly); ok {
			place, err := x.place(bundledPoints[base], address)
			if err != nil {
				return nil, fmt.Errorf("the bundled coroutines are not seen: %w", err)
			}
			places = append(places, place)
		}
	}
	return places, nil
}

// probePointNop is the instruction that a probe point begins with, by which it is told from its wrapper.
var probePointNop = map[string][]byte{
	"EM_X86_64":  {0x0f, 0x1f, 0x44, 0x00, 0x00},
	"EM_AARCH64": {0x1f, 0x20, 0x03, 0xd5},
}

// bundledWithoutSymbols looks the probe points up in a stripped executable.
func (x *executable) bundledWithoutSymbols() (map[string]uint64, error) {
	table, err := x.goFunctions()
	if err != nil {
		return nil, err
	}
	found := map[string]uint64{}
	nop := probePointNop[x.Machine.String()]
	for i := range table.Funcs {
		f := &table.Funcs[i]
		if bundledPoints[f.Name] == "" || len(nop) == 0 {
			continue
		}
		code := make([]byte, len(nop))
		text := x.Section(".text")
		if _, err := text.ReadAt(code, int64(f.Entry-text.Addr)); err == nil && bytes.Equal(code, nop) {
			found[f.Name+assembly] = f.Entry
		}
	}
	return found, nil
}

// goFunctions reads the table of functions that every Go program keeps for its stack traces, stripped or not.
func (x *executable) goFunctions() (*gosym.Table, error) {
	text := x.Section(".text")
	lines := x.Section(".gopclntab")
	if lines == nil {
		lines = x.Section(".data.rel.ro.gopclntab") // of a position-independent executable
	}
	if text == nil || lines == nil {
		return nil, fmt.Errorf("%s has no table of Go's functions", x.path)
	}
	data, err := lines.Data()
	if err != nil {
		return nil, fmt.Errorf("read the table of Go's functions in %s: %w", x.path, err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
	if err != nil {
		return nil, fmt.Errorf("read the table of Go's functions in %s: %w", x.path, err)
	}
	return table, nil
}

// findGoroutines gives the place where goroutines are seen, when they are asked for, and tells the program what to read there.
func (p *Probes) findGoroutines(c Command) ([]uprobe, error) {
	if p.options.Coroutines < CoroutinesGoroutines {
		return nil, nil
	}
	place, err := p.prepareGoroutines(c.Path)
	if err != nil {
		return nil, fmt.Errorf("goroutines are not seen: %w", err)
	}
	return []uprobe{place}, nil
}

// findGoroutinesOf does the same for a program that runs, if it is one of Go.
func (p *Probes) findGoroutinesOf(pid event.PID, exe string) ([]uprobe, error) {
	if p.options.Coroutines < CoroutinesGoroutines {
		return nil, nil
	}
	if _, ok := goBuild(exe); !ok {
		return nil, nil
	}
	places, err := p.findGoroutines(Command{Path: exe})
	if err != nil {
		err = fmt.Errorf("%s (%d): %w", commOf(pid), pid, err)
	}
	return places, err
}

// statusFunction is where the status of every goroutine is changed. Its arguments are in registers since Go 1.17 (arm64: 1.18).
const statusFunction = "runtime.casgstatus"

func (p *Probes) prepareGoroutines(path string) (uprobe, error) {
	info, ok := goBuild(path)
	if !ok {
		return uprobe{}, fmt.Errorf("%s is no Go program", path)
	}
	minor, err := goMinor(info.GoVersion)
	if err != nil {
		return uprobe{}, err
	}
	x, err := openExecutable(path)
	if err != nil {
		return uprobe{}, fmt.Errorf("read %s: %w", path, err)
	}
	defer x.Close()
	table, err := x.goFunctions()
	if err != nil {
		return uprobe{}, err
	}
	status := table.LookupFunc(statusFunction)
	if status == nil {
		return uprobe{}, fmt.Errorf("%s (%s) has no function %s", path, info.GoVersion, statusFunction)
	}
	layout, err := x.goroutineLayout(minor)
	if err != nil {
		return uprobe{}, fmt.Errorf("%s (%s): %w", path, info.GoVersion, err)
	}
	layout.Casgstatus = status.Entry
	if err := p.tellGoroutines(layout, table); err != nil {
		return uprobe{}, err
	}
	place, err := x.place(bpf.TracerProgGoroutineStatus, status.Entry)
	place.cookie = uint64(p.goPrograms)
	p.goPrograms++
	return place, err
}

// userFunctions are those of the runtime's functions whose goroutines are the user's (isSystemGoroutine in Go's runtime/traceback.go).
var userFunctions = map[string]bool{"runtime.main": true, "runtime.corostart": true, "runtime.handleAsyncEvent": true}

// tellGoroutines gives the probe the layout of the next Go program, and the functions of Go's own goroutines.
func (p *Probes) tellGoroutines(layout bpf.TracerGoroutineLayout, table *gosym.Table) error {
	layouts := p.collection.Maps[bpf.TracerMapGoroutineLayouts]
	if p.goPrograms == layouts.MaxEntries() {
		return fmt.Errorf("those of %d other programs are", p.goPrograms)
	}
	var keys []bpf.TracerGoFunction
	for i := range table.Funcs {
		if name := table.Funcs[i].Name; strings.HasPrefix(name, "runtime.") && !userFunctions[name] {
			keys = append(keys, bpf.TracerGoFunction{Address: table.Funcs[i].Entry, Program: uint64(p.goPrograms)})
		}
	}
	if _, err := p.collection.Maps[bpf.TracerMapRuntimeFunctions].BatchUpdate(keys, make([]uint8, len(keys)), nil); err != nil {
		return fmt.Errorf("list the functions of its runtime: %w", err)
	}
	carriers := uint32(0)
	if p.options.Coroutines == CoroutinesCarriers {
		carriers = 1
	}
	if err := layouts.Put(p.goPrograms, &layout); err != nil {
		return fmt.Errorf("tell how a goroutine is laid out: %w", err)
	}
	return p.collection.Variables[bpf.TracerVarReportCarriers].Set(carriers)
}

// goLayouts are offsets in runtime.g (Go's runtime/runtime2.go) on 64-bit machines, by the minor version of Go 1: for stripped programs.
var goLayouts = map[int]bpf.TracerGoroutineLayout{
	24: {Goid: 160, ParentGoid: 280, Startpc: 304},
	25: {Goid: 152, ParentGoid: 272, Startpc: 296},
	26: {Goid: 152, ParentGoid: 280, Startpc: 304},
}

// numberedFrom is the first minor version in which a goroutine has its goid when its status first changes (newproc1 in Go's
// runtime/proc.go).
const numberedFrom = 24

// goroutineLayout takes the offsets from the debug information, else from the table.
func (x *executable) goroutineLayout(minor int) (layout bpf.TracerGoroutineLayout, err error) {
	if minor < 18 {
		return layout, errors.New("only programs of Go 1.18 or later can be probed")
	}
	layout, err = x.layoutFromDWARF()
	if err != nil {
		known, ok := goLayouts[minor]
		if !ok {
			return layout, fmt.Errorf("it has no debug information, and the layout of this version is not known: %w", err)
		}
		layout = known
	}
	if minor < numberedFrom {
		layout.Goid, layout.ParentGoid = 0, 0
	}
	return layout, nil
}

// layoutFromDWARF reads the offsets from the type runtime.g.
func (x *executable) layoutFromDWARF() (layout bpf.TracerGoroutineLayout, err error) {
	data, err := x.DWARF()
	if err != nil {
		return layout, err
	}
	fields := map[string]*uint32{"goid": &layout.Goid, "parentGoid": &layout.ParentGoid, "startpc": &layout.Startpc}
	r := data.Reader()
	for {
		entry, err := r.Next()
		if err != nil {
			return layout, err
		}
		if entry == nil {
			return layout, errors.New("no type runtime.g")
		}
		if entry.Tag != dwarf.TagStructType || entry.Val(dwarf.AttrName) != "runtime.g" {
			if entry.Tag != dwarf.TagCompileUnit {
				r.SkipChildren()
			}
			continue
		}
		t, err := data.Type(entry.Offset)
		if err != nil {
			return layout, err
		}
		for _, f := range t.(*dwarf.StructType).Field {
			if at := fields[f.Name]; at != nil {
				*at = uint32(f.ByteOffset)
			}
		}
		if layout.Startpc == 0 {
			return layout, errors.New("runtime.g has no startpc")
		}
		return layout, nil
	}
}

// goMinor reads "go1.26.8" as 26. Development versions have no number.
func goMinor(version string) (int, error) {
	rest, ok := strings.CutPrefix(version, "go1.")
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	minor, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0, fmt.Errorf("its Go version %q is not a release", version)
	}
	return minor, nil
}
