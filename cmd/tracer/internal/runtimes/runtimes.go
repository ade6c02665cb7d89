// Package runtimes says how the runtime of Go uses memory and CPUs, for the whole process.
package runtimes

import (
	"os"
	"runtime"
	"runtime/debug"
)

// CollectAt has garbage collected when there is so much more, in percent, unless the user says how: 50 where tracer is
// to leave the memory to what it traces, or keeps all of a recording; 200 in the steps of a start, between which it is
// collected anyway; and 300 where a recording is read through, of which that is a good part.
func CollectAt(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// StayBelow has garbage collected more often as memory comes near to so many bytes, unless the user says how. Where
// more is needed than that, it takes half of the CPU at most.
func StayBelow(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}

// GiveBack gives the kernel back what memory is not needed any more, or not now.
func GiveBack() {
	debug.FreeOSMemory()
	_ = unmapOwnFile() // where it cannot be, it stays mapped
}

// UseOneThread lets Go code run on one thread at a time, unless the user says how many. The stages of a recording that
// is written have little to do each time; waking a thread for every hand-over costs more than the work.
func UseOneThread() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
}
