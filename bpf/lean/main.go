// Command lean takes what is in the .BTF.ext section of an object from its standard input, and writes it with the first
// source line of each function alone: the kernel asks for that one. The lines of all else are three quarters of the
// section, and at each start they would be decoded, passed to the kernel and looked through there, to be shown only
// when it refuses a program.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

func main() {
	ext, err := io.ReadAll(os.Stdin)
	if err == nil {
		ext, err = lean(ext)
	}
	if err == nil {
		_, err = os.Stdout.Write(ext)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lean:", err)
		os.Exit(1)
	}
}

// header is that of the section: struct btf_ext_header in libbpf. The offsets are from its end.
type header struct {
	Magic                    uint16
	Version, Flags           uint8
	Size                     uint32
	FuncOffset, FuncLength   uint32
	LineOffset, LineLength   uint32
	RelocOffset, RelocLength uint32
}

// infos are what the section says of places in the code: in parts for sections, of records of one size that begin with
// the offset of an instruction.
type infos struct {
	size  uint32
	parts []part
}

type part struct {
	section uint32 // the offset of its name
	records [][]byte
}

var order = binary.LittleEndian

func lean(ext []byte) ([]byte, error) {
	var h header
	n, err := binary.Decode(ext, order, &h)
	if err != nil {
		return nil, err
	}
	if int(h.Size) != n || h.Magic != 0xeb9f {
		return nil, fmt.Errorf("a header of %d bytes, magic %#x: this is another format", h.Size, h.Magic)
	}
	body := ext[n:]
	functions, lines, relocations := body[h.FuncOffset:][:h.FuncLength], body[h.LineOffset:][:h.LineLength],
		body[h.RelocOffset:][:h.RelocLength]
	kept := first(parse(functions), parse(lines)).marshal()
	h.FuncOffset, h.LineOffset, h.LineLength = 0, h.FuncLength, uint32(len(kept))
	h.RelocOffset = h.LineOffset + h.LineLength
	out, err := binary.Append(nil, order, &h)
	return append(append(append(out, functions...), kept...), relocations...), err
}

func parse(b []byte) (i infos) {
	i.size, b = order.Uint32(b), b[4:]
	for len(b) > 0 {
		p := part{section: order.Uint32(b)}
		n := order.Uint32(b[4:])
		b = b[8:]
		for range n {
			p.records = append(p.records, b[:i.size])
			b = b[i.size:]
		}
		i.parts = append(i.parts, p)
	}
	return i
}

func (i infos) marshal() []byte {
	b := order.AppendUint32(nil, i.size)
	for _, p := range i.parts {
		b = order.AppendUint32(order.AppendUint32(b, p.section), uint32(len(p.records)))
		for _, r := range p.records {
			b = append(b, r...)
		}
	}
	return b
}

// first are the lines of the instructions with which functions begin.
func first(functions, lines infos) infos {
	type place struct{ section, instruction uint32 }
	begins := map[place]bool{}
	for _, p := range functions.parts {
		for _, r := range p.records {
			begins[place{p.section, order.Uint32(r)}] = true
		}
	}
	kept := infos{size: lines.size}
	for _, p := range lines.parts {
		one := part{section: p.section}
		for _, r := range p.records {
			if begins[place{p.section, order.Uint32(r)}] {
				one.records = append(one.records, r)
			}
		}
		if len(one.records) > 0 {
			kept.parts = append(kept.parts, one)
		}
	}
	return kept
}
