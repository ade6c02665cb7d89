#include "textflag.h"

#define NOP WORD $0xd503201f

// func ProbeSpawn(id, creator uint64, kind Kind)
TEXT ·ProbeSpawn(SB), NOSPLIT|NOFRAME, $0-24
	NOP
	RET

// func ProbeSwitch(from, to uint64)
TEXT ·ProbeSwitch(SB), NOSPLIT|NOFRAME, $0-16
	NOP
	RET

// func ProbeFinish(id uint64, how How)
TEXT ·ProbeFinish(SB), NOSPLIT|NOFRAME, $0-16
	NOP
	RET

// func Goroutine() uintptr
TEXT ·Goroutine(SB), NOSPLIT, $0-8
	MOVD g, R0
	MOVD R0, ret+0(FP)
	RET

// func probeAddresses() (spawn, swtch, finish uintptr)
TEXT ·probeAddresses(SB), NOSPLIT, $0-24
	MOVD $·ProbeSpawn(SB), R0
	MOVD R0, spawn+0(FP)
	MOVD $·ProbeSwitch(SB), R0
	MOVD R0, swtch+8(FP)
	MOVD $·ProbeFinish(SB), R0
	MOVD R0, finish+16(FP)
	RET
