//go:build amd64 || arm64

package coro

// ProbeSpawn lets an observer see that a coroutine was made.
//
//go:noescape
func ProbeSpawn(id, creator uint64, kind Kind)

// ProbeSwitch lets an observer see that control passes from one coroutine to another.
//
//go:noescape
func ProbeSwitch(from, to uint64)

// ProbeFinish lets an observer see that a coroutine has ended.
//
//go:noescape
func ProbeFinish(id uint64, how How)

// Goroutine identifies the calling goroutine: different for any two that live at the same time. It is the address of
// the runtime's descriptor, and costs an instruction.
func Goroutine() uintptr

// probeAddresses are the addresses of the three assembly functions themselves, not of the wrappers that Go calls.
func probeAddresses() (spawn, swtch, finish uintptr)
