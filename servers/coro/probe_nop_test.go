//go:build amd64 || arm64

package coro

import (
	"bytes"
	"runtime"
	"testing"
	"unsafe"
)

// TestProbesBeginWithANop: a uprobe is cheap only where it replaces a nop, on amd64 the one of five bytes.
func TestProbesBeginWithANop(t *testing.T) {
	nop := map[string][]byte{
		"amd64": {0x0f, 0x1f, 0x44, 0x00, 0x00},
		"arm64": {0x1f, 0x20, 0x03, 0xd5},
	}[runtime.GOARCH]
	spawn, switched, finish := probeAddresses()
	for name, address := range map[string]uintptr{"ProbeSpawn": spawn, "ProbeSwitch": switched, "ProbeFinish": finish} {
		code := unsafe.Slice(*(**byte)(unsafe.Pointer(&address)), len(nop))
		if !bytes.Equal(code, nop) {
			t.Errorf("%s begins with % x, want % x", name, code, nop)
		}
	}
}
