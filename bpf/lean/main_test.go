package main

import (
	"bytes"
	"debug/elf"
	"testing"
)

// record is one that begins with the offset of an instruction.
func record(instruction uint32, more ...byte) []byte {
	return append(order.AppendUint32(nil, instruction), more...)
}

func TestFirstLinesAreKept(t *testing.T) {
	functions := infos{size: 8, parts: []part{
		{section: 10, records: [][]byte{record(0, 1, 1, 1, 1), record(24, 2, 2, 2, 2)}},
		{section: 20, records: [][]byte{record(0, 3, 3, 3, 3)}}}}
	lines := infos{size: 6, parts: []part{
		{section: 10, records: [][]byte{record(0, 7, 7), record(8, 7, 8), record(24, 7, 9)}},
		{section: 20, records: [][]byte{record(0, 8, 0), record(24, 8, 1)}},
		{section: 30, records: [][]byte{record(0, 9, 9)}}}}
	want := infos{size: 6, parts: []part{
		{section: 10, records: [][]byte{record(0, 7, 7), record(24, 7, 9)}},
		{section: 20, records: [][]byte{record(0, 8, 0)}}}}
	if got := first(parse(functions.marshal()), parse(lines.marshal())).marshal(); !bytes.Equal(got, want.marshal()) {
		t.Errorf("% x, want % x", got, want.marshal())
	}
	if got := lines.marshal(); !bytes.Equal(parse(got).marshal(), got) {
		t.Error("what was parsed is another thing")
	}
}

func TestObjectsAreLean(t *testing.T) {
	for _, name := range []string{"../tracer_x86_bpfel.o", "../tracer_arm64_bpfel.o"} {
		object, err := elf.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer object.Close()
		ext, err := object.Section(".BTF.ext").Data()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := lean(ext); err != nil || !bytes.Equal(again, ext) {
			t.Errorf("%s has %d bytes of .BTF.ext and could have %d (%v): run make generate", name, len(ext),
				len(again), err)
		}
	}
}

func TestOtherFormatsAreRefused(t *testing.T) {
	for _, ext := range [][]byte{nil, make([]byte, 32), []byte("not a section of that kind at all")} {
		if _, err := lean(ext); err == nil {
			t.Errorf("% x is taken for a section", ext)
		}
	}
}
