//go:build cgo

package inherited

import (
	"os/signal"
	"syscall"
)

// Known is false where only what the runtime itself tells is known: whether SIGHUP or SIGINT was ignored.
const Known = false

var hangup, interrupt = signal.Ignored(syscall.SIGHUP), signal.Ignored(syscall.SIGINT)

func handler(signal int) uintptr {
	if hangup && signal == int(syscall.SIGHUP) || interrupt && signal == int(syscall.SIGINT) {
		return sigIgn
	}
	return 0
}

func blocked() uint64  { return 0 }
func getfd(fd int) int { return 0 }
