package rawfork

import (
	"syscall"
	"unsafe"
)

const noSignal = 0x4000 // MSG_NOSIGNAL: EPIPE instead of a death by SIGPIPE

// serve talks to the client of one connection until it ends, and returns the exit status.
//
//go:nosplit
//go:norace
func (c *Child) serve(conn int) (status int) {
	c.Talk.Reset()
	if greeting, done := c.Talk.Greeting(); done {
		c.Work.DoRaw()
		if !sendAll(conn, greeting) {
			return exitFailed
		}
		return c.finish(conn)
	}
	for {
		n := receive(conn, c.Talk.Room())
		if n < 0 {
			return exitFailed
		}
		if n == 0 {
			return c.Work.Exit
		}
		answer, done := c.Talk.Received(n)
		if len(answer) == 0 {
			continue
		}
		c.Work.DoRaw()
		if !sendAll(conn, answer) {
			return exitFailed
		}
		if done {
			return c.finish(conn)
		}
	}
}

// finish ends a conversation from the server's side. What the client sent in vain is read first: closing a socket with
// unread bytes resets the connection, and the reset may overtake the answer.
//
//go:nosplit
//go:norace
func (c *Child) finish(conn int) (status int) {
	const shutWrite, dontWait = 1, 0x40
	syscall.RawSyscall(syscall.SYS_SHUTDOWN, uintptr(conn), shutWrite, 0)
	c.Talk.Reset()
	room := c.Talk.Room()
	for range 64 {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(conn),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(len(room)), dontWait, 0, 0)
		if errno != 0 || n == 0 {
			break
		}
	}
	return c.Work.Exit
}

// answer replies to the datagram that the parent received.
//
//go:nosplit
//go:norace
func (c *Child) answer() (status int) {
	d := c.Datagram
	reply, _ := c.Talk.Received(d.Length)
	c.Work.DoRaw()
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(c.Socket),
			uintptr(unsafe.Pointer(unsafe.SliceData(reply))), uintptr(len(reply)), noSignal,
			uintptr(unsafe.Pointer(&d.Peer.Address)), uintptr(d.Peer.Length))
		switch errno {
		case 0:
			return c.Work.Exit
		case syscall.EINTR:
		default:
			return exitFailed
		}
	}
}

// receive returns the number of bytes, 0 at the client's end, -1 on an error.
//
//go:nosplit
//go:norace
func receive(conn int, room []byte) int {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(conn),
			uintptr(unsafe.Pointer(unsafe.SliceData(room))), uintptr(len(room)), 0, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case syscall.EINTR:
		default:
			return -1
		}
	}
}

//go:nosplit
//go:norace
func sendAll(conn int, b []byte) bool {
	for len(b) > 0 {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(conn),
			uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), noSignal, 0, 0)
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 || int(n) > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}
