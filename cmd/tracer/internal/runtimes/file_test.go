package runtimes

import (
	"encoding/binary"
	"os"
	"testing"
	"unsafe"
)

// rarely is 4 MiB of constants, so that in the middle nothing is near that is used meanwhile.
const (
	rarely64   = "Read once, and then never again, as most of a program that is. "
	rarely256  = rarely64 + rarely64 + rarely64 + rarely64
	rarely1K   = rarely256 + rarely256 + rarely256 + rarely256
	rarely4K   = rarely1K + rarely1K + rarely1K + rarely1K
	rarely16K  = rarely4K + rarely4K + rarely4K + rarely4K
	rarely64K  = rarely16K + rarely16K + rarely16K + rarely16K
	rarely256K = rarely64K + rarely64K + rarely64K + rarely64K
	rarely1M   = rarely256K + rarely256K + rarely256K + rarely256K
	rarely     = rarely1M + rarely1M + rarely1M + rarely1M
)

// TestOwnFileIsUnmapped: what is only read is not resident until it is used again, but for what somebody has written
// there, as a debugger or a uprobe does.
func TestOwnFileIsUnmapped(t *testing.T) {
	constant := unsafe.Slice(unsafe.StringData(rarely), len(rarely))
	read, written := &constant[len(rarely)/2], &constant[len(rarely)*3/4]
	before := load(read)
	if !resident(t, read) {
		t.Fatal("a page is not resident that was read just now")
	}
	memory, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer memory.Close()
	if _, err := memory.WriteAt([]byte{0xcc}, int64(uintptr(unsafe.Pointer(written)))); err != nil {
		t.Skip(err)
	}
	if err := unmapOwnFile(); err != nil {
		t.Fatal(err)
	}
	if resident(t, read) {
		t.Error("a page of the file is still resident")
	}
	if after := load(read); after != before {
		t.Errorf("%q is read again, and it was %q", after, before)
	}
	if got := load(written); got != 0xcc {
		t.Errorf("%#x is where somebody has written 0xcc", got)
	}
}

// load reads a byte where it is: the compiler knows what is there.
//
//go:noinline
func load(at *byte) byte { return *at }

// resident reports whether the page of a byte is in this process's memory.
func resident(t *testing.T, at *byte) bool {
	pages, err := os.Open("/proc/self/pagemap")
	if err != nil {
		t.Skip(err)
	}
	defer pages.Close()
	entry := make([]byte, entrySize)
	page := int64(uintptr(unsafe.Pointer(at))) / int64(os.Getpagesize())
	if _, err := pages.ReadAt(entry, page*entrySize); err != nil {
		t.Fatal(err)
	}
	return binary.NativeEndian.Uint64(entry)&pageThere != 0
}
