//go:build cgo

package inherited

/*
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// struct sigaction as the system call has it: the handler comes first (include/linux/signal_types.h). The C library
// hides some signals.
struct action { uintptr_t handler; unsigned long rest[15]; };

static uintptr_t handlers[65];
static uint64_t mask;
static int descriptors[3];

// look runs before main, and so before Go's runtime.
__attribute__((constructor)) static void look(void)
{
	for (int i = 1; i <= 64; i++) {
		struct action a = {0};

		syscall(SYS_rt_sigaction, i, NULL, &a, sizeof(mask));
		handlers[i] = a.handler;
	}
	syscall(SYS_rt_sigprocmask, 0, NULL, &mask, sizeof(mask));
	for (int i = 0; i < 3; i++)
		descriptors[i] = fcntl(i, F_GETFD);
}

static uintptr_t handler_of(int signal) { return handlers[signal]; }
static uint64_t blocked(void) { return mask; }
static int descriptor(int fd) { return descriptors[fd]; }
*/
import "C"

func handler(signal int) uintptr { return uintptr(C.handler_of(C.int(signal))) }
func blocked() uint64            { return uint64(C.blocked()) }
func getfd(fd int) int           { return int(C.descriptor(C.int(fd))) }
