//go:build !cgo

#include "textflag.h"

// Without cgo nothing else fills in _cgo_init, which the runtime calls before all else (runtime/asm_amd64.s, rt0_go).
DATA _cgo_init(SB)/8, $·look(SB)
GLOBL _cgo_init(SB), NOPTR, $8

#define SYS_rt_sigaction	13
#define SYS_rt_sigprocmask	14
#define SYS_fcntl	72
#define SYS_arch_prctl	158
#define F_GETFD	1
#define ARCH_SET_FS	0x1002

// struct sigaction: the handler comes first
GLOBL ·action<>(SB), NOPTR, $64

// thread-local storage of the first thread: g lies in the 8 bytes below FS. The runtime leaves that to _cgo_init where there is one.
GLOBL ·storage<>(SB), NOPTR, $64

// func look()
TEXT ·look(SB), NOSPLIT|NOFRAME, $0
	MOVQ	$1, R8
signal:
	MOVQ	$SYS_rt_sigaction, AX
	MOVQ	R8, DI
	MOVQ	$0, SI
	LEAQ	·action<>(SB), DX
	MOVQ	$8, R10
	SYSCALL
	MOVQ	·action<>(SB), AX
	LEAQ	·handlers(SB), R9
	MOVQ	AX, (R9)(R8*8)
	INCQ	R8
	CMPQ	R8, $64
	JLE	signal

	MOVQ	$SYS_rt_sigprocmask, AX
	MOVQ	$0, DI
	MOVQ	$0, SI
	LEAQ	·mask(SB), DX
	MOVQ	$8, R10
	SYSCALL

	MOVQ	$0, R8
descriptor:
	MOVQ	$SYS_fcntl, AX
	MOVQ	R8, DI
	MOVQ	$F_GETFD, SI
	MOVQ	$0, DX
	SYSCALL
	LEAQ	·descriptors(SB), R9
	MOVQ	AX, (R9)(R8*8)
	INCQ	R8
	CMPQ	R8, $3
	JLT	descriptor

	MOVQ	$SYS_arch_prctl, AX
	MOVQ	$ARCH_SET_FS, DI
	LEAQ	·storage<>+32(SB), SI
	SYSCALL
	RET
