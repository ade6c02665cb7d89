package probes

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
)

// Bounds of what is read of a file that somebody else wrote.
const (
	mostKept    = 32 << 20  // bytes of a table that is kept in memory
	mostScanned = 512 << 20 // bytes that are looked through
	mostMatches = 8         // what looks as if it were what is looked for
	longestName = 512       // of what is looked for
)

const wordSize = 8

// checkHeader refuses what has no goroutine or greenlet that could be probed, and a table of the sections' names with
// which debug/elf would fill the memory: it reads that table whole, and unpacks it.
func checkHeader(file io.ReaderAt) error {
	var h elf.Header64
	if binary.Read(io.NewSectionReader(file, 0, 64), binary.LittleEndian, &h) != nil ||
		string(h.Ident[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return errNoELF
	}
	kind := elf.Type(h.Type)
	if h.Ident[elf.EI_CLASS] != byte(elf.ELFCLASS64) || h.Ident[elf.EI_DATA] != byte(elf.ELFDATA2LSB) ||
		kind != elf.ET_EXEC && kind != elf.ET_DYN {
		return errors.New("it is no executable of 64 bits")
	}
	if h.Shoff == 0 {
		return nil // stripped of its sections, too
	}
	var names elf.Section64
	at := h.Shoff + uint64(h.Shstrndx)*uint64(h.Shentsize)
	if err := binary.Read(io.NewSectionReader(file, int64(at), 64), binary.LittleEndian, &names); err != nil ||
		h.Shnum == 0 {
		return errors.New("its table of sections is broken")
	}
	if names.Size > 1<<20 || elf.SectionFlag(names.Flags)&elf.SHF_COMPRESSED != 0 {
		return errors.New("the names of its sections are larger than those of any program")
	}
	return nil
}

// sparing reads a file for whoever trusts it, up to so many bytes.
type sparing struct {
	file io.ReaderAt
	left int64
}

func (r *sparing) ReadAt(b []byte, at int64) (int, error) {
	if r.left -= int64(len(b)); r.left < 0 {
		return 0, errors.New("it is too large")
	}
	return r.file.ReadAt(b, at)
}

// segment returns what is loaded from the file for so many bytes from an address on, if one segment has them all.
func (x *executable) segment(address, size uint64) (*elf.Prog, bool) {
	for _, p := range x.Progs {
		if p.Type == elf.PT_LOAD && p.Vaddr <= address && address-p.Vaddr < p.Filesz &&
			size <= p.Filesz-(address-p.Vaddr) {
			return p, true
		}
	}
	return nil, false
}

// at reads from an address on, as the file has it: without what the loader changes.
func (x *executable) at(address, size uint64) (*io.SectionReader, error) {
	p, ok := x.segment(address, size)
	if !ok {
		return nil, fmt.Errorf("%s has no %d bytes at %#x", x.path, size, address)
	}
	return io.NewSectionReader(x.file, int64(p.Off+(address-p.Vaddr)), int64(size)), nil
}

// bytes reads from an address on and keeps it.
func (x *executable) bytes(address, size uint64) ([]byte, error) {
	r, err := x.at(address, size)
	if err != nil {
		return nil, err
	}
	return keep(r)
}

// keep reads all of a part of a file.
func keep(r *io.SectionReader) ([]byte, error) {
	if r.Size() < 0 || r.Size() > mostKept {
		return nil, fmt.Errorf("a table of it has %d bytes; no more than %d are read", r.Size(), mostKept)
	}
	b := make([]byte, r.Size())
	_, err := io.ReadFull(r, b)
	return b, err
}

// words goes through the words of the segments that have all the flags, each with its address.
func (x *executable) words(flags elf.ProgFlag) iter.Seq2[uint64, uint64] {
	return func(yield func(address, word uint64) bool) {
		buffer, left := make([]byte, 1<<20), mostScanned
		for _, p := range x.Progs {
			if p.Type != elf.PT_LOAD || p.Flags&flags != flags {
				continue
			}
			skip := -p.Vaddr % wordSize
			segment := io.NewSectionReader(x.file, int64(p.Off+skip), int64(p.Filesz-skip))
			for at := uint64(0); left > 0; at += uint64(len(buffer)) {
				n, err := segment.ReadAt(buffer, int64(at))
				left -= n
				for i := 0; i+wordSize <= n; i += wordSize {
					if !yield(p.Vaddr+skip+at+uint64(i), binary.LittleEndian.Uint64(buffer[i:])) {
						return
					}
				}
				if err != nil {
					break
				}
			}
		}
	}
}

// dynamic returns an entry of what the program tells its loader, 0 when there is none.
func (x *executable) dynamic(tag elf.DynTag) uint64 {
	for _, p := range x.Progs {
		if p.Type != elf.PT_DYNAMIC {
			continue
		}
		entries, err := keep(io.NewSectionReader(x.file, int64(p.Off), int64(p.Filesz)))
		if err != nil {
			return 0
		}
		for ; len(entries) >= 2*wordSize; entries = entries[2*wordSize:] {
			if elf.DynTag(binary.LittleEndian.Uint64(entries)) == tag {
				return binary.LittleEndian.Uint64(entries[wordSize:])
			}
		}
	}
	return 0
}

// relative is the relocation of an address of the program itself.
var relative = map[elf.Machine]uint32{elf.EM_X86_64: uint32(elf.R_X86_64_RELATIVE),
	elf.EM_AARCH64: uint32(elf.R_AARCH64_RELATIVE)}

// relocated goes through the places, and the addresses there, that a program has because its loader puts them there: in
// a position-independent one the file itself need not have them. (Where they are packed, as DT_RELR, the file has
// them.)
func (x *executable) relocated() iter.Seq2[uint64, uint64] {
	return func(yield func(place, address uint64) bool) {
		size := x.dynamic(elf.DT_RELASZ)
		table, err := x.at(x.dynamic(elf.DT_RELA), size)
		if err != nil || size > mostKept || x.dynamic(elf.DT_RELAENT) != 3*wordSize {
			return
		}
		r := bufio.NewReaderSize(table, 1<<16)
		var entry [3 * wordSize]byte
		for {
			if _, err := io.ReadFull(r, entry[:]); err != nil {
				return
			}
			place, info, address := binary.LittleEndian.Uint64(entry[:]), binary.LittleEndian.Uint64(entry[8:]),
				binary.LittleEndian.Uint64(entry[16:])
			if uint32(info) == relative[x.Machine] && !yield(place, address) {
				return
			}
		}
	}
}

// pointers returns the places in writable memory at which an address is, when the program is loaded where its file
// says.
func (x *executable) pointers(to uint64) (places []uint64) {
	for _, pairs := range []iter.Seq2[uint64, uint64]{x.words(elf.PF_R | elf.PF_W), x.relocated()} {
		for place, address := range pairs {
			if address == to && !slices.Contains(places, place) {
				if places = append(places, place); len(places) == mostMatches {
					return places
				}
			}
		}
	}
	return places
}

// loaded returns the words at an address, when the program is loaded where its file says.
func (x *executable) loaded(address uint64, words []uint64) error {
	content, err := x.bytes(address, uint64(len(words))*wordSize)
	if err != nil {
		return err
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(content[i*wordSize:])
	}
	for at, value := range x.relocated() {
		if i := at - address; i%wordSize == 0 && i/wordSize < uint64(len(words)) {
			words[i/wordSize] = value
		}
	}
	return nil
}

// nameAt returns the name that begins there in a table of names, if it can be one of those that are looked for.
func nameAt(names []byte, at uint32) (name []byte, ok bool) {
	if uint64(at) >= uint64(len(names)) {
		return nil, false
	}
	names = names[at:]
	name, _, ok = bytes.Cut(names[:min(len(names), longestName)], []byte{0})
	return name, ok
}
