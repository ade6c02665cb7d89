package probes

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// mostSymbols is how many are kept.
const mostSymbols = 100

// functions returns the addresses of the functions in the symbol tables whose names are kept. A symbol is taken for
// what it says when it is that of a function, which the file has itself and whole, in a segment of code; when no other
// symbol has the same name somewhere else; and when the address is not within another function.
func (x *executable) functions(keep func(name string) bool) (map[string]uint64, error) {
	found, unsure := map[string]uint64{}, map[string]bool{}
	var extents []region
	size := uint64(0)
	for _, section := range x.Sections {
		if section.Type != elf.SHT_SYMTAB && section.Type != elf.SHT_DYNSYM {
			continue
		}
		if size += section.FileSize; size > mostKept {
			return nil, fmt.Errorf("its symbols are larger than the %d bytes that are read", mostKept)
		}
		symbols, names, err := x.symbolTable(section)
		if err != nil {
			return nil, err
		}
		var s elf.Sym64
		for ; len(symbols) >= elf.Sym64Size; symbols = symbols[elf.Sym64Size:] {
			if _, err := binary.Decode(symbols, binary.LittleEndian, &s); err != nil {
				return nil, err
			}
			if !x.isFunction(&s) {
				continue
			}
			extents = append(extents, region{s.Value, s.Size})
			text, ok := nameAt(names, s.Name)
			if name := string(text); ok && keep(name) {
				if len(found) == mostSymbols {
					return nil, fmt.Errorf("more than %d of its symbols look like those that are looked for",
						mostSymbols)
				}
				at, twice := found[name]
				unsure[name] = unsure[name] || twice && at != s.Value
				found[name] = s.Value
			}
		}
	}
	for name, at := range found {
		inside := func(e region) bool { return e.address < at && at-e.address < e.size }
		if unsure[name] || slices.ContainsFunc(extents, inside) {
			delete(found, name)
		}
	}
	return found, nil
}

// isFunction reports whether a symbol is a function that the file has.
func (x *executable) isFunction(s *elf.Sym64) bool {
	defined := elf.SectionIndex(s.Shndx) != elf.SHN_UNDEF && elf.SectionIndex(s.Shndx) < elf.SHN_LORESERVE
	if elf.ST_TYPE(s.Info) != elf.STT_FUNC || !defined || s.Size == 0 {
		return false
	}
	p, ok := x.segment(s.Value, s.Size)
	return ok && p.Flags&elf.PF_X != 0
}

// symbolTable reads a table of symbols, and that of their names, as they are in the file.
func (x *executable) symbolTable(section *elf.Section) (symbols, names []byte, err error) {
	if int(section.Link) >= len(x.Sections) {
		return nil, nil, io.ErrUnexpectedEOF
	}
	symbols, err = keep(io.NewSectionReader(x.file, int64(section.Offset), int64(section.FileSize)))
	if err != nil {
		return nil, nil, err
	}
	strings := x.Sections[section.Link]
	names, err = keep(io.NewSectionReader(x.file, int64(strings.Offset), int64(strings.FileSize)))
	return symbols, names, err
}
