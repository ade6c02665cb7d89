#include "textflag.h"
#include "go_asm.h"

#define SYS_wait4 260
#define WNOHANG 1

// add1 increments the counter at offset(R19) atomically, with the instructions that every arm64 has.
#define add1(offset) \
	ADD   $offset, R19, R20 \
	LDAXR (R20), R21        \
	ADD   $1, R21, R21      \
	STLXR R21, (R20), R22   \
	CBNZ  R22, -3(PC)

// add1at does so for entry i of an array of counters at offset(R19).
#define add1at(offset, i) \
	ADD   $offset, R19, R20   \
	ADD   i<<3, R20, R20      \
	LDAXR (R20), R21          \
	ADD   $1, R21, R21        \
	STLXR R21, (R20), R22     \
	CBNZ  R22, -3(PC)

// func handlerAddress() uintptr
TEXT ·handlerAddress(SB), NOSPLIT, $0-8
	MOVD $onSIGCHLD<>(SB), R0
	MOVD R0, ret+0(FP)
	RET

// func restorerAddress() uintptr
TEXT ·restorerAddress(SB), NOSPLIT, $0-8
	MOVD ZR, ret+0(FP)
	RET

// onSIGCHLD is called by the kernel, on the thread's signal stack and with every signal blocked. It may change any
// register: sigreturn, to which the link register points, restores them all. It touches nothing of Go's but the tally.
TEXT onSIGCHLD<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVD $·tally(SB), R19
	add1(tallies_delivered)
	SUB  $16, RSP              // the status that wait4 stores

wait:
	add1(tallies_waits)
	MOVD $-1, R0               // any child
	MOVD RSP, R1
	MOVD $WNOHANG, R2
	MOVD $0, R3                // no resource usage
	MOVD $SYS_wait4, R8
	SVC
	CMP  $0, R0
	BLE  done                  // 0: no dead child; below: -ECHILD
	add1(tallies_reaped)
	MOVWU 0(RSP), R4
	ANDS $0x7f, R4, R5         // WTERMSIG
	BNE  killed
	UBFX $8, R4, $8, R4        // WEXITSTATUS
	add1at(tallies_codes, R4)
	B    next

killed:
	add1at(tallies_signals, R5)

next:
	MOVD tallies_loop(R19), R6
	CBNZ R6, wait

done:
	ADD  $16, RSP
	add1(tallies_returned)
	RET
