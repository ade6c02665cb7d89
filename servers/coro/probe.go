package coro

// # Probe points
//
// An observer outside of the process cannot see coroutines, for they make no system calls. So each spawn, switch and
// finish calls a function that does nothing: ProbeSpawn, ProbeSwitch and ProbeFinish. Their symbols in the executable's
// table are those of the assembly functions, with the suffix .abi0:
//
//	tracer/servers/coro.ProbeSpawn.abi0
//	tracer/servers/coro.ProbeSwitch.abi0
//	tracer/servers/coro.ProbeFinish.abi0
//
// (in a stripped executable: in .gopclntab, where the wrapper that Go code calls has the same name and is marked as
// one). The first instruction of each is a nop: on amd64 the one of five bytes, 0F 1F 44 00 00, which Linux from 6.18
// on replaces by a call into the kernel's trampoline; on arm64 the usual one. A uprobe at the symbol finds the
// arguments, each eight bytes, on the stack by Go's ABI0: at amd64's function entry the first is at 8(SP), after the
// return address, the second at 16(SP), the third at 24(SP); on arm64, whose return address is in the link register
// while the slot for it is kept, the offsets are the same.
//
//	ProbeSpawn(id, creator, kind)   a coroutine was made; it has not run yet
//	ProbeSwitch(from, to)           control passes; on the same thread, right after this
//	ProbeFinish(id, how)            the coroutine's function has ended; the switch away from it follows
//
// Identities are those of NewID. In ProbeSpawn and ProbeSwitch 0 stands for the code that drives a generator and is no
// coroutine itself; a greenlet Thread's main greenlet has an identity, though it is not spawned. On other
// architectures the functions are empty and there is nothing to attach to.

// Kind is the third argument of ProbeSpawn.
type Kind uint64

// The kinds of coroutines.
const (
	KindGenerator Kind = 1
	KindGreenlet  Kind = 2
)

// How is the second argument of ProbeFinish: how a coroutine ended.
type How uint64

// The ends of a coroutine.
const (
	Returned How = 0 // its function returned without an error
	Failed   How = 1 // it returned an error
	Exited   How = 2 // it was told to exit, and did
	Panicked How = 3
)
