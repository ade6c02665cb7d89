package httpserver

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wire is a connection as the rest of the package needs it. One goroutine uses it; interrupt and cut alone may come
// from another.
type wire interface {
	// read waits at most so long for something to arrive; os.ErrDeadlineExceeded when nothing did, io.EOF at the end.
	read(p []byte, timeout time.Duration) (int, error)
	// write sends both parts, in one system call when the kernel takes them at once. The second may be empty.
	write(first, second []byte, timeout time.Duration) error
	// sendFile sends head and then n bytes of the file from offset on. A file that ends too early is
	// io.ErrUnexpectedEOF.
	sendFile(head []byte, fd int, offset, n int64, timeout time.Duration) error
	// closeWrite signals the client that nothing follows, and leaves the way from it open.
	closeWrite() error
	// interrupt makes a waiting read return.
	interrupt()
	// cut ends both directions at once.
	cut()
}

// piece is how many bytes of an answer one call sends, and so what a write timeout is for.
const piece = 1 << 20

// socketWire is a blocking socket, by its descriptor: a read is one read(2) in which the thread sleeps, an answer one
// sendmsg(2), a file one sendfile(2), and time is kept by the kernel (SO_RCVTIMEO and SO_SNDTIMEO, socket(7)), set only
// when it changes. So a request costs two system calls, where a poll with a deadline before each would make it four.
type socketWire struct {
	fd                int
	receive, transmit time.Duration // as the kernel has them
}

func newSocketWire(fd int) *socketWire {
	// Each answer leaves in one piece, so to wait for more (Nagle's algorithm) only delays. It fails on a Unix socket,
	// which has no such thing.
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	return &socketWire{fd: fd}
}

func (w *socketWire) setTimeout(option int, present *time.Duration, timeout time.Duration) error {
	if *present == timeout {
		return nil
	}
	limit := unix.NsecToTimeval(max(timeout, time.Millisecond).Nanoseconds()) // zero would mean no limit
	if err := unix.SetsockoptTimeval(w.fd, unix.SOL_SOCKET, option, &limit); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	*present = timeout
	return nil
}

func (w *socketWire) read(p []byte, timeout time.Duration) (int, error) {
	if err := w.setTimeout(unix.SO_RCVTIMEO, &w.receive, timeout); err != nil {
		return 0, err
	}
	var clock stopwatch
	for {
		n, err := unix.Read(w.fd, p)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err != unix.EINTR:
			return 0, socketError("read", err)
		case clock.over(timeout):
			return 0, os.ErrDeadlineExceeded
		}
	}
}

func (w *socketWire) write(first, second []byte, timeout time.Duration) error {
	if err := w.setTimeout(unix.SO_SNDTIMEO, &w.transmit, timeout); err != nil {
		return err
	}
	for {
		if err := w.writePiece(first, second[:min(len(second), piece)], timeout); err != nil {
			return err
		}
		first, second = nil, second[min(len(second), piece):]
		if len(second) == 0 {
			return nil
		}
	}
}

func (w *socketWire) writePiece(first, second []byte, timeout time.Duration) error {
	var clock stopwatch
	for {
		n, err := w.send(first, second, 0)
		if err != nil && err != unix.EINTR {
			return socketError("sendmsg", err)
		}
		n = max(n, 0)
		taken := min(n, len(first))
		first, second = first[taken:], second[n-taken:]
		if len(first)+len(second) == 0 {
			return nil
		}
		if clock.over(timeout) {
			return os.ErrDeadlineExceeded
		}
	}
}

func (w *socketWire) send(first, second []byte, flags int) (int, error) {
	flags |= unix.MSG_NOSIGNAL
	if len(second) == 0 {
		return unix.SendmsgN(w.fd, first, nil, nil, flags)
	}
	return unix.SendmsgBuffers(w.fd, [][]byte{first, second}, nil, nil, flags)
}

func (w *socketWire) sendFile(head []byte, fd int, offset, n int64, timeout time.Duration) error {
	if err := w.setTimeout(unix.SO_SNDTIMEO, &w.transmit, timeout); err != nil {
		return err
	}
	var clock stopwatch
	for len(head) > 0 { // MSG_MORE: the head leaves with the first bytes of the file
		sent, err := w.send(head, nil, unix.MSG_MORE)
		if err != nil && err != unix.EINTR {
			return socketError("sendmsg", err)
		}
		if head = head[max(sent, 0):]; len(head) > 0 && clock.over(timeout) {
			return os.ErrDeadlineExceeded
		}
	}
	return sendPieces(offset, n, timeout, func(offset *int64, size int) (int, error) {
		return unix.Sendfile(w.fd, fd, offset, size)
	})
}

// sendPieces calls sendfile until all is sent. Each piece has the whole timeout.
func sendPieces(offset, n int64, timeout time.Duration, sendfile func(offset *int64, size int) (int, error)) error {
	for n > 0 {
		var clock stopwatch
		for left := min(n, piece); left > 0; {
			sent, err := sendfile(&offset, int(left))
			switch {
			case err != nil && err != unix.EINTR:
				return socketError("sendfile", err)
			case err == nil && sent == 0:
				return io.ErrUnexpectedEOF
			}
			left -= int64(max(sent, 0))
			n -= int64(max(sent, 0))
			if left > 0 && clock.over(timeout) {
				return os.ErrDeadlineExceeded
			}
		}
	}
	return nil
}

func (w *socketWire) closeWrite() error {
	return os.NewSyscallError("shutdown", unix.Shutdown(w.fd, unix.SHUT_WR))
}

func (w *socketWire) interrupt() { _ = unix.Shutdown(w.fd, unix.SHUT_RD) }

func (w *socketWire) cut() { _ = unix.Shutdown(w.fd, unix.SHUT_RDWR) }

// socketError names the call. EAGAIN on a blocking socket is its timeout.
func socketError(call string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		if errno == unix.EAGAIN {
			return os.ErrDeadlineExceeded
		}
		return os.NewSyscallError(call, err)
	}
	return err
}

// stopwatch starts when it is first asked: a call that succeeds at once never looks at the clock.
type stopwatch struct{ start time.Time }

func (s *stopwatch) over(limit time.Duration) bool {
	if s.start.IsZero() {
		s.start = time.Now()
		return false
	}
	return time.Since(s.start) > limit
}

// connWire is any net.Conn: Go's own, one of package socketserver, the end of a pipe.
type connWire struct {
	conn                  net.Conn
	readLimit, writeLimit time.Time // as the connection has them
	raw                   syscall.RawConn
	noRaw                 bool
}

// deadline is the time at which a call that begins now is late, and whether it must be set: to set one costs as much as
// half a small request, so one that is at most an eighth too early is kept.
func deadline(present time.Time, timeout time.Duration) (time.Time, bool) {
	limit := time.Now().Add(timeout)
	early := limit.Sub(present)
	return limit, early < 0 || early > timeout/8
}

func (w *connWire) read(p []byte, timeout time.Duration) (int, error) {
	if limit, late := deadline(w.readLimit, timeout); late {
		if err := w.conn.SetReadDeadline(limit); err != nil {
			return 0, err
		}
		w.readLimit = limit
	}
	n, err := w.conn.Read(p)
	if n > 0 {
		return n, nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return 0, err
}

func (w *connWire) setWriteTimeout(timeout time.Duration) error {
	limit, late := deadline(w.writeLimit, timeout)
	if !late {
		return nil
	}
	w.writeLimit = limit
	return w.conn.SetWriteDeadline(limit)
}

func (w *connWire) write(first, second []byte, timeout time.Duration) error {
	for {
		if err := w.setWriteTimeout(timeout); err != nil {
			return err
		}
		part := second[:min(len(second), piece)]
		if err := w.writePiece(first, part); err != nil {
			return err
		}
		first, second = nil, second[len(part):]
		if len(second) == 0 {
			return nil
		}
	}
}

func (w *connWire) writePiece(first, second []byte) error {
	if len(second) == 0 {
		_, err := w.conn.Write(first)
		return err
	}
	buffers := net.Buffers{first, second}
	_, err := buffers.WriteTo(w.conn)
	return err
}

func (w *connWire) sendFile(head []byte, fd int, offset, n int64, timeout time.Duration) error {
	if err := w.write(head, nil, timeout); err != nil {
		return err
	}
	if !w.hasRaw() {
		return w.copyFile(fd, offset, n, timeout)
	}
	return sendPieces(offset, n, timeout, func(offset *int64, size int) (sent int, err error) {
		if err := w.setWriteTimeout(timeout); err != nil {
			return 0, err
		}
		wait := w.raw.Write(func(socket uintptr) bool {
			sent, err = unix.Sendfile(int(socket), fd, offset, size)
			return err != unix.EAGAIN
		})
		if wait != nil {
			return 0, wait
		}
		return sent, err
	})
}

func (w *connWire) hasRaw() bool {
	if w.raw == nil && !w.noRaw {
		if c, ok := w.conn.(syscall.Conn); ok {
			w.raw, _ = c.SyscallConn()
		}
		w.noRaw = w.raw == nil
	}
	return !w.noRaw
}

// copyFile sends a file over a connection that hides its socket, or has none.
func (w *connWire) copyFile(fd int, offset, n int64, timeout time.Duration) error {
	buffer := make([]byte, 64<<10)
	for n > 0 {
		size, err := preadFull(fd, buffer[:min(n, int64(len(buffer)))], offset)
		if err != nil {
			return err
		}
		if err := w.write(buffer[:size], nil, timeout); err != nil {
			return err
		}
		offset += int64(size)
		n -= int64(size)
	}
	return nil
}

func (w *connWire) closeWrite() error {
	if c, ok := w.conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return errors.ErrUnsupported
}

func (w *connWire) interrupt() {
	if c, ok := w.conn.(interface{ CloseRead() error }); ok {
		_ = c.CloseRead()
		return
	}
	w.cut()
}

func (w *connWire) cut() { _ = w.conn.Close() }

// preadFull reads all of p from the file at the offset; io.ErrUnexpectedEOF when there is less.
func preadFull(fd int, p []byte, offset int64) (int, error) {
	for n := 0; n < len(p); {
		got, err := unix.Pread(fd, p[n:], offset+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, os.NewSyscallError("pread", err)
		case got == 0:
			return n, io.ErrUnexpectedEOF
		}
		n += max(got, 0)
	}
	return len(p), nil
}
