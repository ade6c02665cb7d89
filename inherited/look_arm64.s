//go:build !cgo

#include "textflag.h"

// Without cgo nothing else fills in _cgo_init, which the runtime calls before all else (runtime/asm_arm64.s, rt0_go).
DATA _cgo_init(SB)/8, $·look(SB)
GLOBL _cgo_init(SB), NOPTR, $8

#define SYS_fcntl	25
#define SYS_rt_sigaction	134
#define SYS_rt_sigprocmask	135
#define F_GETFD	1

// struct sigaction: the handler comes first
GLOBL ·action<>(SB), NOPTR, $64

// func look()
TEXT ·look(SB), NOSPLIT|NOFRAME, $0
	MOVD	$1, R9
signal:
	MOVD	$SYS_rt_sigaction, R8
	MOVD	R9, R0
	MOVD	$0, R1
	MOVD	$·action<>(SB), R2
	MOVD	$8, R3
	SVC
	MOVD	·action<>(SB), R4
	MOVD	$·handlers(SB), R5
	MOVD	R4, (R5)(R9<<3)
	ADD	$1, R9
	CMP	$64, R9
	BLE	signal

	MOVD	$SYS_rt_sigprocmask, R8
	MOVD	$0, R0
	MOVD	$0, R1
	MOVD	$·mask(SB), R2
	MOVD	$8, R3
	SVC

	MOVD	$0, R9
descriptor:
	MOVD	$SYS_fcntl, R8
	MOVD	R9, R0
	MOVD	$F_GETFD, R1
	MOVD	$0, R2
	SVC
	MOVD	$·descriptors(SB), R5
	MOVD	R0, (R5)(R9<<3)
	ADD	$1, R9
	CMP	$3, R9
	BLT	descriptor
	RET
