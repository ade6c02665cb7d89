package socketserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Conn is a socket whose calls are the kernel's own: Read is one recvfrom, Write one sendto or as many as it takes. It
// blocks its thread, as Python's does, where Go's net package would park a goroutine and poll in the runtime: what the
// program says is what a tracer sees. It is a net.Conn, so that whatever works on one works on it; any of its methods
// may be called at any time from any goroutine. In a coroutine server it waits through the Hub instead, and only the
// calling coroutine stops.
type Conn struct {
	d             descriptor
	network       string
	peer          net.Addr
	hub           Hub
	timeout       atomic.Int64 // nanoseconds for each call; 0 is none
	readDeadline  atomic.Int64 // Unix nanoseconds; 0 is none
	writeDeadline atomic.Int64
}

func newConn(fd int, network string, peer net.Addr, hub Hub) *Conn {
	c := &Conn{network: network, peer: peer, hub: hub}
	c.d.fd = fd
	return c
}

// FD is the descriptor's number: to poll or to pass on, not to close. It is -1 once the Conn is closed.
func (c *Conn) FD() int {
	if c.d.closed() {
		return -1
	}
	return c.d.fd
}

// Read receives what has arrived, at most len(p) bytes; io.EOF when the peer sends no more.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.call("read", unix.POLLIN, &c.readDeadline, func(flags int) (int, error) {
		n, _, err := unix.Recvfrom(c.d.fd, p, flags)
		return n, err
	})
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, err
}

// Write sends all of p (Python's sendall). Signals and short writes do not cut it.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := c.call("write", unix.POLLOUT, &c.writeDeadline, func(flags int) (int, error) {
			return send(c.d.fd, p[sent:], flags|unix.MSG_NOSIGNAL)
		})
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// WriteTo sends p as one datagram to the address.
func (c *Conn) WriteTo(p []byte, address net.Addr) (int, error) {
	_, sa, err := toSockaddr(address)
	if err != nil {
		return 0, c.fail("write", err)
	}
	return c.call("write", unix.POLLOUT, &c.writeDeadline, func(flags int) (int, error) {
		return len(p), unix.Sendto(c.d.fd, p, flags|unix.MSG_NOSIGNAL, sa)
	})
}

// call makes one system call on the socket, waits where the socket would block, and goes on after a signal.
func (c *Conn) call(op string, event int16, deadline *atomic.Int64, do func(flags int) (int, error)) (int, error) {
	if err := c.d.acquire(); err != nil {
		return 0, c.fail(op, err)
	}
	defer c.d.release()
	limit := c.limit(deadline)
	flags := 0
	if !limit.IsZero() || c.hub != nil {
		flags = unix.MSG_DONTWAIT
	}
	for {
		n, err := do(flags)
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			if err := c.wait(event, limit); err != nil {
				return 0, c.fail(op, err)
			}
		default:
			return 0, c.fail(op, os.NewSyscallError(op, err))
		}
	}
}

// limit is when a call that begins now must be over: the deadline or the timeout, whichever is earlier. Zero is never.
func (c *Conn) limit(deadline *atomic.Int64) time.Time {
	var limit time.Time
	if at := deadline.Load(); at != 0 {
		limit = time.Unix(0, at)
	}
	if d := c.timeout.Load(); d != 0 {
		if t := time.Now().Add(time.Duration(d)); limit.IsZero() || t.Before(limit) {
			limit = t
		}
	}
	return limit
}

func (c *Conn) wait(event int16, limit time.Time) error {
	timeout := time.Duration(-1)
	if !limit.IsZero() {
		timeout = max(0, time.Until(limit))
	}
	ready, err := false, error(nil)
	if c.hub != nil {
		ready, err = c.hub.Wait(c.d.fd, event, timeout)
	} else {
		fds := []unix.PollFd{{Fd: int32(c.d.fd), Events: event}}
		var n int
		n, err = poll(fds, timeout)
		ready = n > 0
	}
	if err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	if !ready {
		return os.ErrDeadlineExceeded
	}
	return nil
}

func (c *Conn) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: c.network, Source: nil, Addr: c.peer, Err: err}
}

// CloseWrite ends what this side sends (shutdown with SHUT_WR): the peer reads to the end of the stream.
func (c *Conn) CloseWrite() error {
	if err := c.d.acquire(); err != nil {
		return c.fail("shutdown", err)
	}
	defer c.d.release()
	if err := unix.Shutdown(c.d.fd, unix.SHUT_WR); err != nil {
		return c.fail("shutdown", os.NewSyscallError("shutdown", err))
	}
	return nil
}

// Close closes the socket. A call of another goroutine that is blocked in it is woken.
func (c *Conn) Close() error {
	if err := c.d.acquire(); err != nil {
		return c.fail("close", err)
	}
	if c.d.state.Load() > 1 {
		_ = unix.Shutdown(c.d.fd, unix.SHUT_RDWR)
	}
	err := c.d.close()
	c.d.release()
	if err != nil {
		return c.fail("close", err)
	}
	return nil
}

// LocalAddr is the address of this side, asked from the kernel; nil once the socket is closed.
func (c *Conn) LocalAddr() net.Addr {
	if c.d.acquire() != nil {
		return nil
	}
	defer c.d.release()
	sa, err := unix.Getsockname(c.d.fd)
	if err != nil {
		return nil
	}
	return fromSockaddr(c.network, sa)
}

// RemoteAddr is the client's address; nil for a listener or a datagram socket.
func (c *Conn) RemoteAddr() net.Addr { return c.peer }

// SetTimeout limits the time of each call on the socket (Python's settimeout); 0 is no limit. A call that takes longer
// fails with os.ErrDeadlineExceeded.
func (c *Conn) SetTimeout(d time.Duration) { c.timeout.Store(int64(max(0, d))) }

// SetDeadline sets both deadlines. A call that has begun keeps the deadline it began with.
func (c *Conn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// SetReadDeadline sets when a Read that begins later must be over; zero is never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(&c.readDeadline, t) }

// SetWriteDeadline sets when a Write that begins later must be over; zero is never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(&c.writeDeadline, t) }

func (c *Conn) setDeadline(deadline *atomic.Int64, t time.Time) error {
	if c.d.closed() {
		return c.fail("set deadline", net.ErrClosed)
	}
	if t.IsZero() {
		deadline.Store(0)
	} else {
		deadline.Store(t.UnixNano())
	}
	return nil
}

// SetNoDelay switches Nagle's algorithm off or on; an error on a socket that is not TCP.
func (c *Conn) SetNoDelay(off bool) error {
	if err := c.d.acquire(); err != nil {
		return c.fail("set TCP_NODELAY", err)
	}
	defer c.d.release()
	value := 0
	if off {
		value = 1
	}
	if err := unix.SetsockoptInt(c.d.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value); err != nil {
		return c.fail("set TCP_NODELAY", os.NewSyscallError("setsockopt", err))
	}
	return nil
}

// send is sendto(2) without an address. x/sys/unix has it only without the count of bytes, which a stream needs.
func send(fd int, p []byte, flags int) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)),
		uintptr(flags), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
