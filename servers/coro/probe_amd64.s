#include "textflag.h"

// nop5 is what the kernel can replace by a call.
#define NOP5 BYTE $0x0f; BYTE $0x1f; BYTE $0x44; BYTE $0x00; BYTE $0x00

// func ProbeSpawn(id, creator uint64, kind Kind)
TEXT ·ProbeSpawn(SB), NOSPLIT, $0-24
	NOP5
	RET

// func ProbeSwitch(from, to uint64)
TEXT ·ProbeSwitch(SB), NOSPLIT, $0-16
	NOP5
	RET

// func ProbeFinish(id uint64, how How)
TEXT ·ProbeFinish(SB), NOSPLIT, $0-16
	NOP5
	RET

// func Goroutine() uintptr
TEXT ·Goroutine(SB), NOSPLIT, $0-8
	MOVQ (TLS), AX
	MOVQ AX, ret+0(FP)
	RET

// func probeAddresses() (spawn, swtch, finish uintptr)
TEXT ·probeAddresses(SB), NOSPLIT, $0-24
	LEAQ ·ProbeSpawn(SB), AX
	MOVQ AX, spawn+0(FP)
	LEAQ ·ProbeSwitch(SB), AX
	MOVQ AX, swtch+8(FP)
	LEAQ ·ProbeFinish(SB), AX
	MOVQ AX, finish+16(FP)
	RET
