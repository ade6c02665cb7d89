// Package rawfork forks a running Go program without exec.
//
// fork(2) copies the calling thread only. A Go program relies on the others, so the copy's runtime is dead: it cannot
// schedule, collect, allocate or grow a stack. What it still can do is run straight-line code on memory that was
// ready before the fork, and make system calls; that is enough to serve a client. So this package offers no general
// fork, but three fixed things that a child can be: the server of one connection, the answerer of one datagram, and a
// worker that accepts for itself. Each ends by exit_group(2) and never returns into the program.
//
// The clone has the flags of a C library's fork, SIGCHLD and nothing else: address space and descriptors are copied,
// the parent runs on, and it gets the signal and the zombie when the child ends.
package rawfork

import (
	"syscall"

	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// Exit statuses of a child, unless its Work asks for another. They are those of Python's forking servers.
const (
	exitServed = 0
	exitFailed = 1 // the client vanished, or a system call failed
)

// Child is what a child does, set up whole before the fork. One thread at a time uses a Child; it may be used again
// after Fork has returned.
type Child struct {
	Talk *service.Talk
	Work service.Work

	// The child's descriptors. It closes all others but 0, 1 and 2.
	Socket   int  // the connection, or the socket that the datagram came from, or the listener of a worker
	Listener int  // the parent's listening socket, -1 if there is none
	Keep     bool // leave Listener open, as Python's socketserver does

	Datagram *Datagram // answer this instead of serving a connection
	Worker   *Score    // accept on Socket for ever instead of serving one connection; in shared memory

	// Orphan makes the child fork again and end at once, in a session of its own. The grandchild serves; it has lost
	// its parent, so init (or the nearest subreaper) reaps it.
	Orphan bool
}

// Datagram is one received packet: its length (its bytes are at the start of the Talk's Room) and its sender.
type Datagram struct {
	Length int
	Peer   socket.Peer
}

// Fork makes a child that does what c says, and returns its pid. The caller has locked its goroutine to the thread:
// the child belongs to the thread that forked it (its real parent, for wait4 with __WNOTHREAD and for
// /proc/PID/task/TID/children). Errors are fork(2)'s, EAGAIN above all.
//
//go:noinline
//go:norace
func Fork(c *Child) (pid int, err error) {
	beforeFork()
	id, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if id != 0 || errno != 0 {
		afterFork()
		if errno != 0 {
			return 0, errno
		}
		return int(id), nil
	}
	afterForkInChild()
	c.run()
	return 0, nil // never reached
}

// run is the child's whole life.
//
//go:nosplit
//go:norace
func (c *Child) run() {
	if c.Orphan {
		becomeOrphan()
	}
	closeOthers(c)
	status := exitServed
	switch {
	case c.Worker != nil:
		status = c.accept()
	case c.Datagram != nil:
		status = c.answer()
	default:
		status = c.serve(c.Socket)
	}
	exit(status)
}

//go:nosplit
//go:norace
func exit(status int) {
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, uintptr(status), 0, 0)
	}
}

// becomeOrphan forks once more and returns in the grandchild only.
//
//go:nosplit
//go:norace
func becomeOrphan() {
	syscall.RawSyscall(syscall.SYS_SETSID, 0, 0, 0)
	id, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 {
		exit(exitFailed)
	}
	if id != 0 {
		exit(exitServed)
	}
}

// closeOthers closes every descriptor that the child does not need. The listener is the one that matters in a server
// of its own: as long as a child holds it the port stays bound. In a larger program there are others, and a client's
// socket that a child has inherited would never give its end of file.
//
//go:nosplit
//go:norace
func closeOthers(c *Child) {
	low, high := c.Socket, c.Socket
	if c.Keep && c.Listener >= 0 {
		low, high = min(c.Socket, c.Listener), max(c.Socket, c.Listener)
	}
	const afterStandard, last = 3, 1<<31 - 1
	failed := closeRange(high+1, last)
	closeRange(max(low+1, afterStandard), high-1)
	closeRange(afterStandard, low-1)
	if failed && !c.Keep && c.Listener >= 0 { // a kernel before 5.9
		syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(c.Listener), 0, 0)
	}
}

//go:nosplit
//go:norace
func closeRange(first, last int) (failed bool) {
	if first > last {
		return false
	}
	const closeRangeCall = 436 // close_range(2), the same number on amd64 and arm64
	_, _, errno := syscall.RawSyscall(closeRangeCall, uintptr(first), uintptr(last), 0)
	return errno != 0
}
