package probes

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// module is tracer's own: the programs built from it can have the probe points of the bundled coroutines.
const module = "tracer"

// bundledPoints are the functions of servers/coro that are there to be probed.
var bundledPoints = map[string]string{
	module + "/servers/coro.ProbeSpawn":  bpf.TracerProgCoroSpawn,
	module + "/servers/coro.ProbeSwitch": bpf.TracerProgCoroSwitch,
	module + "/servers/coro.ProbeFinish": bpf.TracerProgCoroFinish,
}

// probePointNop is the instruction that a probe point begins with, by which it is told from its wrapper: Go code calls
// one of the same name.
var probePointNop = map[elf.Machine][]byte{
	elf.EM_X86_64:  {0x0f, 0x1f, 0x44, 0x00, 0x00},
	elf.EM_AARCH64: {0x1f, 0x20, 0x03, 0xd5},
}

// bundled finds the probe points of the bundled coroutines, if the file is a program of tracer's own.
func (s *search) bundled(path string) error {
	x, err := s.open(path)
	if err != nil {
		return nil // nor is it one
	}
	if info, ok := x.goBuild(); !ok || info.Main.Path != module {
		return nil
	}
	places, err := x.bundledPlaces()
	if err != nil {
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.BundledUnseen(l.Error(err))
		}, Err: err}
	}
	s.places = append(s.places, places...)
	return nil
}

func (x *executable) bundledPlaces() (places []uprobe, err error) {
	table, err := x.goTable()
	if err != nil {
		return nil, err
	}
	functions, err := table.all(func(name []byte) bool { return bundledPoints[string(name)] != "" })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", x.path, err)
	}
	for _, f := range functions {
		if nop := probePointNop[x.Machine]; nop == nil || !x.begins(f,
			func(code []byte) bool { return bytes.HasPrefix(code, nop) }) {
			continue
		}
		place, err := x.place(bundledPoints[f.name], f.begin)
		if err != nil {
			return nil, err
		}
		places = append(places, place)
	}
	return places, nil
}

// begins reports whether the code of a function is as it is said to be.
func (x *executable) begins(f goFunction, as func(code []byte) bool) bool {
	code, err := x.bytes(f.begin, min(f.end-f.begin, 16))
	return err == nil && as(code)
}

// goroutines finds the place where those of a Go program are seen, when they are asked for, and tells the probe what to
// read there.
func (s *search) goroutines(path string) error {
	if s.probes.options.Coroutines < CoroutinesGoroutines {
		return nil
	}
	x, err := s.open(path)
	if err == nil {
		if info, ok := x.goBuild(); ok {
			err = s.goroutinesOf(x, info.GoVersion)
		} else {
			err = errNoELF
		}
	}
	switch {
	case errors.Is(err, errNoELF):
		return &words.Error{Say: func(l *words.Language) string { return l.Notices.NoGoProgram(path) }}
	case err != nil:
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.GoroutinesUnseen(l.Error(err))
		}, Err: err}
	}
	return nil
}

// goroutinesOfRunning does the same for a program that runs, if it is one of Go.
func (s *search) goroutinesOfRunning(pid event.PID, exe string) error {
	if _, ok := goBuild(exe); !ok {
		return nil
	}
	if err := s.goroutines(exe); err != nil {
		comm := commOf(pid)
		return &words.Error{Say: func(l *words.Language) string {
			return l.Notices.OfProcess(comm, pid, l.Error(err))
		}, Err: err}
	}
	return nil
}

// statusFunction is where the status of every goroutine is changed. Its arguments are in registers since Go 1.17
// (arm64: 1.18).
const statusFunction = "runtime.casgstatus"

func (s *search) goroutinesOf(x *executable, version string) error {
	minor, err := goMinor(version)
	if err != nil {
		return err
	}
	layout, err := x.goroutineLayout(minor)
	if err != nil {
		return fmt.Errorf("%s (%s): %w", x.path, version, err)
	}
	table, err := x.goTable()
	if err != nil {
		return err
	}
	functions, err := table.all(func(name []byte) bool { return bytes.HasPrefix(name, []byte("runtime.")) })
	if err != nil {
		return fmt.Errorf("read %s: %w", x.path, err)
	}
	isStatus := func(f goFunction) bool { return f.name == statusFunction }
	at := slices.IndexFunc(functions, isStatus)
	if at < 0 || slices.ContainsFunc(functions[at+1:], isStatus) {
		return fmt.Errorf("%s (%s) has not one function %s", x.path, version, statusFunction)
	}
	if !x.begins(functions[at], func(code []byte) bool { return makesFrame(x.Machine, code) }) {
		return fmt.Errorf("%s (%s) has other code than that of a function where %s is told to begin", x.path, version,
			statusFunction)
	}
	layout.Casgstatus = functions[at].begin
	place, err := x.place(bpf.TracerProgGoroutineStatus, layout.Casgstatus)
	if err != nil {
		return err
	}
	if place.cookie, err = s.probes.tellGoroutines(layout, functions); err != nil {
		return err
	}
	s.places = append(s.places, place)
	return nil
}

// makesFrame reports whether code begins as Go's compiler begins a function with a frame of its own: it checks the
// stack, or makes the frame. casgstatus has been such a one since Go 1.18.
func makesFrame(machine elf.Machine, code []byte) bool {
	switch machine {
	case elf.EM_X86_64:
		for _, begin := range []string{
			"\x49\x3b\x66\x10", // cmp 16(r14), rsp
			"\x55\x48\x89\xe5", // push rbp; mov rbp, rsp: since Go 1.21
			"\x48\x83\xec",     // sub rsp, 8 bits
			"\x48\x81\xec",     // sub rsp, 32 bits
		} {
			if bytes.HasPrefix(code, []byte(begin)) {
				return true
			}
		}
	case elf.EM_AARCH64:
		if len(code) < 4 {
			return false
		}
		word := binary.LittleEndian.Uint32(code)
		return word == 0xf9400b90 || // ldr x16, [x28, #16]
			word&0xffe00fff == 0xf8000ffe || // str x30, [sp, #-size]!
			word&0xff8003ff == 0xd10003f4 // sub x20, sp, #size
	}
	return false
}

// userFunctions are those of the runtime's functions whose goroutines are the user's (isSystemGoroutine in Go's
// runtime/traceback.go).
var userFunctions = map[string]bool{"runtime.main": true, "runtime.corostart": true, "runtime.handleAsyncEvent": true}

// tellGoroutines passes to the probe the layout of the next Go program, and the functions of Go's own goroutines. The
// program's number is the cookie by which the probe finds them.
func (p *Probes) tellGoroutines(layout bpf.TracerGoroutineLayout, functions []goFunction) (cookie uint64, err error) {
	layouts := p.collection.Maps[bpf.TracerMapGoroutineLayouts]
	number := p.goPrograms
	if number == layouts.MaxEntries() {
		return 0, fmt.Errorf("those of %d other programs are", number)
	}
	var keys []bpf.TracerGoFunction
	for _, f := range functions {
		if !userFunctions[f.name] {
			keys = append(keys, bpf.TracerGoFunction{Address: f.begin, Program: uint64(number)})
		}
	}
	if _, err := p.collection.Maps[bpf.TracerMapRuntimeFunctions].BatchUpdate(keys, make([]uint8, len(keys)),
		nil); err != nil {
		return 0, fmt.Errorf("list the functions of its runtime: %w", err)
	}
	carriers := uint32(0)
	if p.options.Coroutines == CoroutinesCarriers {
		carriers = 1
	}
	if err := layouts.Put(number, &layout); err != nil {
		return 0, fmt.Errorf("tell how a goroutine is laid out: %w", err)
	}
	p.goPrograms++
	return uint64(number), p.collection.Variables[bpf.TracerVarReportCarriers].Set(carriers)
}

// goLayouts are offsets in runtime.g (Go's runtime/runtime2.go) on 64-bit machines, by the minor version of Go 1: for
// stripped programs.
var goLayouts = map[int]bpf.TracerGoroutineLayout{
	18: {Goid: 152, Startpc: 312},
	19: {Goid: 152, Startpc: 312},
	20: {Goid: 152, Startpc: 312},
	21: {Goid: 152, ParentGoid: 272, Startpc: 296},
	22: {Goid: 152, ParentGoid: 272, Startpc: 296},
	23: {Goid: 160, ParentGoid: 280, Startpc: 304},
	24: {Goid: 160, ParentGoid: 280, Startpc: 304},
	25: {Goid: 152, ParentGoid: 272, Startpc: 296},
	26: {Goid: 152, ParentGoid: 280, Startpc: 304},
	27: {Goid: 152, ParentGoid: 280, Startpc: 304},
}

// numberedFrom is the first minor version in which a goroutine has its goid when its status first changes (newproc1 in
// Go's runtime/proc.go).
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
			return layout, errors.New("how this version lays out a goroutine is not known; build it with its debug " +
				"information (without -ldflags -w)")
		}
		layout = known
	}
	if minor < numberedFrom {
		layout.Goid, layout.ParentGoid = 0, 0
	}
	return layout, nil
}

// mostDWARF is as much debug information, unpacked, as is read.
const mostDWARF = 256 << 20

// layoutFromDWARF reads the offsets from the type runtime.g.
func (x *executable) layoutFromDWARF() (layout bpf.TracerGoroutineLayout, err error) {
	left := uint64(mostDWARF)
	for _, s := range x.Sections {
		if strings.HasPrefix(s.Name, ".zdebug_") || strings.HasPrefix(s.Name, ".debug_") && s.Size > left {
			return layout, errors.New("more debug information than is read")
		}
		if strings.HasPrefix(s.Name, ".debug_") {
			left -= s.Size
		}
	}
	data, err := x.DWARF()
	if err != nil {
		return layout, err
	}
	fields := map[string]*uint32{"goid": &layout.Goid, "parentGoid": &layout.ParentGoid, "startpc": &layout.Startpc}
	inside := false
	for r := data.Reader(); ; {
		entry, err := r.Next()
		switch {
		case err != nil:
			return layout, err
		case entry == nil:
			return layout, errors.New("no type runtime.g")
		case entry.Tag == dwarf.TagStructType && entry.Val(dwarf.AttrName) == "runtime.g":
			inside = entry.Children
		case inside && entry.Tag == dwarf.TagMember:
			name, _ := entry.Val(dwarf.AttrName).(string)
			if at, ok := entry.Val(dwarf.AttrDataMemberLoc).(int64); ok && fields[name] != nil {
				*fields[name] = uint32(at)
			}
		case inside && entry.Tag == 0 && layout.Startpc != 0:
			return layout, nil
		case inside && entry.Tag == 0:
			return layout, errors.New("runtime.g has no startpc")
		}
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
