package socket

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Peer is a sender's address in the kernel's form.
type Peer struct {
	Address unix.RawSockaddrAny
	Length  uint32
}

// Accept takes one connection. flags: SOCK_CLOEXEC is always set, SOCK_NONBLOCK may be.
func Accept(fd, flags int) (conn int, err error) {
	n, _, errno := syscall.Syscall6(syscall.SYS_ACCEPT4, uintptr(fd), 0, 0, uintptr(flags|unix.SOCK_CLOEXEC), 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// Receive reads what is there, at least a byte; 0 bytes: the other side has ended.
func Receive(fd int, room []byte) (int, error) {
	return receive(fd, room, nil)
}

// ReceiveFrom takes one datagram, and its sender's address into from.
func ReceiveFrom(fd int, room []byte, from *Peer) (int, error) {
	return receive(fd, room, from)
}

func receive(fd int, room []byte, from *Peer) (int, error) {
	var name *unix.RawSockaddrAny
	var length *uint32
	if from != nil {
		name, length = &from.Address, &from.Length
	}
	for {
		if from != nil {
			from.Length = uint32(unsafe.Sizeof(from.Address))
		}
		n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(len(room)), 0,
			uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(length)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// Send writes as much as the socket takes. A client that is gone gives EPIPE or ECONNRESET, never a signal.
func Send(fd int, b []byte) (int, error) {
	return sendTo(fd, b, nil)
}

// SendAll writes all on a blocking socket.
func SendAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := Send(fd, b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// SendTo sends one datagram.
func SendTo(fd int, b []byte, to *Peer) error {
	_, err := sendTo(fd, b, to)
	return err
}

func sendTo(fd int, b []byte, to *Peer) (int, error) {
	var name *unix.RawSockaddrAny
	var length uint32
	if to != nil {
		name, length = &to.Address, to.Length
	}
	for {
		n, _, errno := syscall.Syscall6(syscall.SYS_SENDTO, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), unix.MSG_NOSIGNAL,
			uintptr(unsafe.Pointer(name)), uintptr(length))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// Finish ends a conversation from the server's side. What the client sent in vain is read first, into room: closing a
// socket with unread bytes resets the connection, and the reset may overtake the answer.
func Finish(fd int, room []byte) {
	unix.Shutdown(fd, unix.SHUT_WR)
	for range 64 {
		n, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, uintptr(fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(len(room)), unix.MSG_DONTWAIT, 0, 0)
		if errno != 0 || n == 0 {
			return
		}
	}
}
