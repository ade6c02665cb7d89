package probes

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracer/bpf"
)

// symbol of a library that is made for a test.
type symbol struct {
	name    string
	kind    elf.SymType
	section elf.SectionIndex
	value   uint64
	size    uint64
}

const (
	codeAt   = 0x1000
	codeSize = 0x1000
)

// library makes a shared library that has code, data and these symbols; change may alter its sections (none, symbols,
// names of symbols, names of sections) before they are written.
func library(t *testing.T, symbols []symbol, change func(sections []elf.Section64)) string {
	t.Helper()
	write := func(b *bytes.Buffer, v any) {
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	var table, names, out bytes.Buffer
	write(&table, elf.Sym64{})
	names.WriteByte(0)
	for _, s := range symbols {
		write(&table, elf.Sym64{Name: uint32(names.Len()), Info: elf.ST_INFO(elf.STB_GLOBAL, s.kind),
			Shndx: uint16(s.section), Value: s.value, Size: s.size})
		names.WriteString(s.name + "\x00")
	}
	const sectionNames = "\x00.dynsym\x00.dynstr\x00.shstrtab\x00"
	tableAt := uint64(codeAt + 2*codeSize) // code, then data
	namesAt := tableAt + uint64(table.Len())
	sectionNamesAt := namesAt + uint64(names.Len())
	sections := []elf.Section64{{},
		{Name: 1, Type: uint32(elf.SHT_DYNSYM), Off: tableAt, Size: uint64(table.Len()), Link: 2,
			Entsize: elf.Sym64Size},
		{Name: 9, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(names.Len())},
		{Name: 17, Type: uint32(elf.SHT_STRTAB), Off: sectionNamesAt, Size: uint64(len(sectionNames))}}
	header := elf.Header64{Type: uint16(elf.ET_DYN), Machine: uint16(native), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Phoff: 64, Phentsize: 56, Phnum: 2,
		Shoff: sectionNamesAt + uint64(len(sectionNames)), Shentsize: 64, Shnum: uint16(len(sections)), Shstrndx: 3}
	copy(header.Ident[:], elf.ELFMAG+string([]byte{byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}))
	if change != nil {
		change(sections)
	}
	write(&out, header)
	write(&out, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Off: codeAt, Vaddr: codeAt,
		Filesz: codeSize, Memsz: codeSize})
	write(&out, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Off: codeAt + codeSize,
		Vaddr: codeAt + codeSize, Filesz: codeSize, Memsz: codeSize})
	out.Write(make([]byte, int(tableAt)-out.Len()))
	out.Write(table.Bytes())
	out.Write(names.Bytes())
	out.WriteString(sectionNames)
	write(&out, sections)
	folder := filepath.Join(t.TempDir(), "greenlet")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "_greenlet.so")
	if err := os.WriteFile(path, out.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// A symbol is probed only when it is certain what it says.
func TestGreenletSymbols(t *testing.T) {
	const spawn, ends = "_ZN8greenlet12UserGreenletC2EP9_greenlet", "_ZN8greenlet12UserGreenletD0Ev"
	good := symbol{spawn, elf.STT_FUNC, 1, codeAt + 0x40, 0x20}
	for name, c := range map[string]struct {
		symbols []symbol
		want    []string // programs
	}{
		"good": {[]symbol{good, {ends, elf.STT_FUNC, 1, codeAt, 0x10}},
			[]string{bpf.TracerProgGreenletSpawn, bpf.TracerProgGreenletDrop}},
		"the same twice": {[]symbol{good, good}, []string{bpf.TracerProgGreenletSpawn}},
		"another name, the same code": {[]symbol{good, {spawn + "2", elf.STT_FUNC, 1, codeAt + 0x40, 0x20}},
			[]string{bpf.TracerProgGreenletSpawn}},
		"another name, other code":  {[]symbol{good, {spawn + "2", elf.STT_FUNC, 1, codeAt, 0x20}}, nil},
		"the same name, other code": {[]symbol{good, {spawn, elf.STT_FUNC, 1, codeAt, 0x20}}, nil},
		"a part split off": {[]symbol{good, {spawn + ".cold", elf.STT_FUNC, 1, codeAt, 0x20}},
			[]string{bpf.TracerProgGreenletSpawn}},
		"data":                    {[]symbol{{spawn, elf.STT_OBJECT, 1, codeAt + 0x40, 0x20}}, nil},
		"chosen at run time":      {[]symbol{{spawn, elf.STT_GNU_IFUNC, 1, codeAt + 0x40, 0x20}}, nil},
		"undefined":               {[]symbol{{spawn, elf.STT_FUNC, elf.SHN_UNDEF, codeAt + 0x40, 0x20}}, nil},
		"absolute":                {[]symbol{{spawn, elf.STT_FUNC, elf.SHN_ABS, codeAt + 0x40, 0x20}}, nil},
		"empty":                   {[]symbol{{spawn, elf.STT_FUNC, 1, codeAt + 0x40, 0}}, nil},
		"not code":                {[]symbol{{spawn, elf.STT_FUNC, 1, codeAt + codeSize, 0x20}}, nil},
		"nowhere":                 {[]symbol{{spawn, elf.STT_FUNC, 1, 0x40, 0x20}}, nil},
		"beyond the end":          {[]symbol{{spawn, elf.STT_FUNC, 1, codeAt + codeSize - 0x10, 0x20}}, nil},
		"within another function": {[]symbol{good, {"other", elf.STT_FUNC, 1, codeAt + 0x30, 0x20}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := search{}
			defer s.close()
			err := s.greenlet(library(t, c.symbols, nil))
			if err == nil || !strings.Contains(err.Error(), "switches") ||
				strings.Contains(err.Error(), "creations") == (len(c.want) > 0) {
				t.Error(err)
			}
			var got []string
			for _, place := range s.places {
				got = append(got, place.program)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A file that claims to be huge, and is of holes, costs no memory, and no time.
func TestHugeFilesCostNothing(t *testing.T) {
	const huge = 3 << 30
	for name, c := range map[string]struct {
		change func(sections []elf.Section64)
		want   string
	}{
		"symbols": {func(s []elf.Section64) { s[1].Size = huge }, "its symbols are larger than"},
		"names of symbols": {func(s []elf.Section64) { s[2].Size = huge },
			"a table of it has 3221225472 bytes; no more than 33554432 are read"},
		"names of sections": {func(s []elf.Section64) { s[3].Size = huge }, "the names of its sections are larger"},
		"packed names": {func(s []elf.Section64) { s[3].Flags = uint64(elf.SHF_COMPRESSED) },
			"the names of its sections are larger"},
		"more than a size holds": {func(s []elf.Section64) { s[1].Size = 1 << 63 }, "invalid section size"},
	} {
		t.Run(name, func(t *testing.T) {
			path := library(t, []symbol{{"_ZN8greenlet12UserGreenletD0Ev", elf.STT_FUNC, 1, codeAt, 0x10}}, c.change)
			if err := os.Truncate(path, huge+1<<20); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := search{}
			defer s.close()
			err := s.greenlet(path)
			goBuild(path)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %s", err, c.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 200<<20 {
				t.Errorf("%d bytes were allocated", used)
			}
		})
	}
}

// Of a Go program that has lost the names of its parts, too, the functions are known.
func TestGoTableWithoutSections(t *testing.T) {
	program := build(t)
	x, err := openExecutable(program)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	header := uint64(0) // where it is loaded
	for _, p := range x.Progs {
		if p.Type == elf.PT_LOAD && p.Off == 0 {
			header = p.Vaddr
		}
	}
	// Of e_shoff and, after what stays, of e_shentsize, e_shnum and e_shstrndx
	const begin, between, length = 0x28, 10, 6
	stays, err := x.bytes(header+begin+8, between)
	if err != nil {
		t.Fatal(err)
	}
	bare := damage(t, program, header+begin, slices.Concat(make([]byte, 8), stays, make([]byte, length))...)
	if diff := cmp.Diff(functionsOf(t, program), functionsOf(t, bare), cmp.AllowUnexported(goFunction{})); diff != "" {
		t.Error(diff)
	}
	stripped, err := openExecutable(bare)
	if err != nil {
		t.Fatal(err)
	}
	defer stripped.Close()
	const want = "how this version lays out a goroutine is not known; build it with its debug information (without " +
		"-ldflags -w)"
	if _, err := stripped.goroutineLayout(99); err == nil || err.Error() != want {
		t.Errorf("of a version to come: %v", err)
	}
}
