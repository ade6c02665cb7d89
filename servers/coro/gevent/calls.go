package gevent

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The system calls on sockets. None of them can block, for the sockets are non-blocking, so the Go scheduler need not
// know of them: RawSyscall saves what telling it would cost. Each is repeated after a signal.

func receive(fd int, b []byte) (int, syscall.Errno) { return receiveFrom(fd, b, nil, nil) }

func receiveFrom(fd int, b []byte, name *unix.RawSockaddrAny, length *uint32) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))),
			uintptr(len(b)), 0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)))
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func send(fd int, b []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))),
			uintptr(len(b)), unix.MSG_NOSIGNAL, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func accept(fd int) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0,
			0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}
