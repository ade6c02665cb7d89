//go:build !amd64 && !arm64

package coro

import (
	"bytes"
	"runtime"
	"strconv"
)

// ProbeSpawn does nothing on this architecture.
func ProbeSpawn(id, creator uint64, kind Kind) {}

// ProbeSwitch does nothing on this architecture.
func ProbeSwitch(from, to uint64) {}

// ProbeFinish does nothing on this architecture.
func ProbeFinish(id uint64, how How) {}

// Goroutine identifies the calling goroutine: different for any two that live at the same time. It is the number in
// the goroutine's stack trace, which is slow to come by.
func Goroutine() uintptr {
	var buffer [64]byte
	text := bytes.TrimPrefix(buffer[:runtime.Stack(buffer[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(text, []byte(" "))
	id, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil {
		panic("coro: the runtime's stack trace has no goroutine number: " + err.Error())
	}
	return uintptr(id)
}
