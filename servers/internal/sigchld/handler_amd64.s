#include "textflag.h"
#include "go_asm.h"

#define SYS_rt_sigreturn 15
#define SYS_wait4 61
#define WNOHANG 1

// func handlerAddress() uintptr
TEXT ·handlerAddress(SB), NOSPLIT, $0-8
	LEAQ onSIGCHLD<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// func restorerAddress() uintptr
TEXT ·restorerAddress(SB), NOSPLIT, $0-8
	LEAQ sigreturn<>(SB), AX
	MOVQ AX, ret+0(FP)
	RET

// onSIGCHLD is called by the kernel, on the thread's signal stack and with every signal blocked. It may change any
// register: sigreturn restores them all. It touches nothing of Go's but the tally.
TEXT onSIGCHLD<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	LEAQ ·tally(SB), BX
	LOCK
	INCQ tallies_delivered(BX)
	SUBQ $24, SP              // the status that wait4 stores

wait:
	LOCK
	INCQ tallies_waits(BX)
	MOVQ $-1, DI              // any child
	MOVQ SP, SI
	MOVQ $WNOHANG, DX
	XORQ R10, R10             // no resource usage
	MOVQ $SYS_wait4, AX
	SYSCALL
	CMPQ AX, $0
	JLE  done                 // 0: no dead child; below: -ECHILD
	LOCK
	INCQ tallies_reaped(BX)
	MOVL 0(SP), CX
	MOVL CX, DX
	ANDQ $0x7f, DX            // WTERMSIG
	JNE  killed
	SHRL $8, CX
	ANDQ $0xff, CX            // WEXITSTATUS
	LOCK
	INCQ tallies_codes(BX)(CX*8)
	JMP  next

killed:
	LOCK
	INCQ tallies_signals(BX)(DX*8)

next:
	CMPQ tallies_loop(BX), $0
	JNE  wait

done:
	ADDQ $24, SP
	LOCK
	INCQ tallies_returned(BX)
	RET

TEXT sigreturn<>(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVQ $SYS_rt_sigreturn, AX
	SYSCALL
	INT $3                    // never reached
