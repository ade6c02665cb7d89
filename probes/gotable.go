package probes

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// goTable is the table of functions that every Go program keeps for its stack traces, stripped or not: the pclntab. Its
// functions are told by how far they are from runtime.text, an address that the table does not have and that is not
// that of the section .text when C's startup code comes before. The runtime has it in its moduledata.
//
// What is taken from them is proved by what they say of each other: the moduledata points to this table and to its
// parts, has the number of its functions, and the addresses where the first one begins and the last one ends. Go's
// runtime refuses to start when any of that is wrong (moduledataverify1 in runtime/symtab.go), so it holds for each
// program that runs.
type goTable struct {
	x         *executable
	text      uint64
	functions uint64
	names     region
	entries   region // what the table says of each function, with an index of them at its beginning
}

// region is a part of a table.
type region struct{ address, size uint64 }

// The header of a table (pcHeader in Go's runtime/symtab.go, the same since Go 1.18): eight bytes to know it by, then
// these words.
const (
	headerFunctions = iota // how many there are
	_
	_
	headerNames // the names; where the parts are is told from the beginning of the header
	headerUnits
	_
	_
	headerEntries
	headerWords
)

// The beginning of moduledata (Go's runtime/symtab.go, the same since Go 1.18), in words.
const (
	moduleTable       = 0
	moduleNames       = 1 // a slice: address, length, capacity
	moduleEntries     = 13
	moduleEntriesSize = 14
	moduleIndex       = 16
	moduleIndexLength = 17
	moduleFirst       = 20 // where the first function begins
	moduleEnd         = 21 // where the last one ends
	moduleText        = 22
	moduleWords       = 23
)

// quantum is the size of the shortest instruction, by which the table tells the machine.
var quantum = map[elf.Machine]uint64{elf.EM_X86_64: 1, elf.EM_AARCH64: 4}

// goTable finds the table, in a section of its own or not: an external linker puts that of a position-independent
// executable among other data.
func (x *executable) goTable() (*goTable, error) {
	known := 0x0800_0000_ffff_fff1 | quantum[x.Machine]<<48 // the last bit is 0 before Go 1.20
	var found []*goTable
	tried := 0
	for address, word := range x.words(elf.PF_R) {
		if word|1 != known {
			continue
		}
		if t := x.goTableAt(address); t != nil {
			found = append(found, t)
		}
		if tried++; tried == mostMatches {
			break
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("where the functions of %s are cannot be proved: it has %d tables of Go's functions "+
			"with matching module data", x.path, len(found))
	}
	return found[0], nil
}

// goTableAt returns nothing when there is no table at the address, or its text cannot be proved.
func (x *executable) goTableAt(address uint64) *goTable {
	var header [headerWords]uint64
	if x.loaded(address+8, header[:]) != nil {
		return nil
	}
	t := &goTable{x: x, functions: header[headerFunctions], names: region{address + header[headerNames],
		header[headerUnits] - header[headerNames]}}
	entries := address + header[headerEntries]
	if t.functions == 0 || t.functions > mostKept/8 || header[headerNames] > header[headerUnits] {
		return nil
	}
	first, err := x.bytes(entries, 4)
	if err != nil {
		return nil
	}
	end, err := x.bytes(entries+8*t.functions, 4)
	if err != nil {
		return nil
	}
	for _, at := range x.pointers(address) {
		var module [moduleWords]uint64
		if x.loaded(at, module[:]) != nil ||
			module[moduleTable] != address || module[moduleNames] != t.names.address ||
			module[moduleEntries] != entries ||
			module[moduleIndex] != entries || module[moduleIndexLength] != t.functions+1 ||
			module[moduleFirst] != module[moduleText]+uint64(binary.LittleEndian.Uint32(first)) ||
			module[moduleEnd] != module[moduleText]+uint64(binary.LittleEndian.Uint32(end)) || t.text != 0 {
			continue
		}
		t.text, t.entries = module[moduleText], region{entries, module[moduleEntriesSize]}
	}
	if t.text == 0 {
		return nil
	}
	return t
}

var errBadTable = errors.New("its table of Go's functions is broken")

// mostFunctions is how many are kept.
const mostFunctions = 32 << 10

// goFunction is a function as the table has it.
type goFunction struct {
	name       string
	begin, end uint64
}

// all returns the functions whose names are kept, in the order of their addresses.
func (t *goTable) all(keep func(name []byte) bool) (kept []goFunction, err error) {
	names, err := t.x.bytes(t.names.address, t.names.size)
	if err != nil {
		return nil, err
	}
	index, err := t.x.bytes(t.entries.address, 8*t.functions+4)
	if err != nil {
		return nil, err
	}
	entries, err := t.x.at(t.entries.address, t.entries.size)
	if err != nil {
		return nil, err
	}
	r, position := bufio.NewReaderSize(entries, 1<<16), 0
	for ; len(index) > 8; index = index[8:] {
		begin, at, end := binary.LittleEndian.Uint32(index), int(binary.LittleEndian.Uint32(index[4:])),
			binary.LittleEndian.Uint32(index[8:])
		var entry [8]byte // the beginning again, and where the name is (_func in Go's runtime/runtime2.go)
		n, err := r.Discard(at - position)
		if err == nil {
			_, err = io.ReadFull(r, entry[:])
		}
		position += n + len(entry)
		if err != nil || begin > end || binary.LittleEndian.Uint32(entry[:]) != begin || len(kept) == mostFunctions {
			return nil, errBadTable
		}
		if name, ok := nameAt(names, binary.LittleEndian.Uint32(entry[4:])); ok && keep(name) {
			kept = append(kept, goFunction{string(name), t.text + uint64(begin), t.text + uint64(end)})
		}
	}
	return kept, nil
}
