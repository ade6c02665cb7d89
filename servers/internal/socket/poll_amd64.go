package socket

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poll is poll(2): the number of ready descriptors, 0 after that many milliseconds; -1 is for ever. An interruption by
// a signal is an error.
func Poll(fds []unix.PollFd, milliseconds int) (int, error) {
	n, _, errno := syscall.Syscall(syscall.SYS_POLL,
		uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(milliseconds))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
