package gevent

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// errIOTimeout is what a connection's timeout throws into who waits for it.
var errIOTimeout error = os.ErrDeadlineExceeded

// Conn is a stream whose calls stop the calling greenlet only. It is a net.Conn for the hub's goroutine: one greenlet
// may read while another writes.
type Conn struct {
	hub     *Hub
	d       *desc
	network string
	exact   bool // a short read says that there is nothing more
}

var _ net.Conn = (*Conn)(nil)

func newConn(h *Hub, fd int, network string) *Conn {
	// A Unix stream's read ends early where the sender's credentials change.
	return &Conn{hub: h, d: h.know(fd, network), network: network, exact: network == "tcp"}
}

// NewConn makes a Conn of a connected stream socket, which it takes over.
func NewConn(h *Hub, fd int) (*Conn, error) {
	h.own()
	network, err := adopt(fd)
	if err != nil {
		return nil, err
	}
	return newConn(h, fd, network), nil
}

// adopt makes a socket non-blocking and tells its network.
func adopt(fd int) (string, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return "", fmt.Errorf("make descriptor %d non-blocking: %w", fd, err)
	}
	return networkOf(fd)
}

// Dial connects to an address; see Listen for its form. The networks are tcp, unix, udp and unixgram.
func (h *Hub) Dial(network, address string, timeout time.Duration) (*Conn, error) {
	c, err := h.dial(network, address, timeout)
	if err != nil {
		return nil, fmt.Errorf("dial %s %s: %w", network, address, err)
	}
	return c, nil
}

func (h *Hub) dial(network, address string, timeout time.Duration) (*Conn, error) {
	if _, err := h.caller(); err != nil {
		return nil, err
	}
	name, family, kind, err := parseAddress(network, address)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	c := newConn(h, fd, network)
	if err := c.connect(name, timeout); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Conn) connect(name unix.Sockaddr, timeout time.Duration) error {
	limit := c.hub.within(c.hub.current, timeout)
	defer limit.Cancel()
	for {
		err := unix.Connect(c.d.fd, name)
		switch err {
		case nil, unix.EISCONN:
			return nil
		case unix.EINPROGRESS, unix.EALREADY, unix.EINTR:
			if err := c.hub.await(c.d, &c.d.writer, "the connection of"); err != nil {
				return err
			}
		case unix.EAGAIN: // a Unix listener's backlog is full, and epoll does not tell when it no longer is
			if err := c.hub.Sleep(time.Millisecond); err != nil {
				return err
			}
		default:
			return fmt.Errorf("connect: %w", err)
		}
		if pending, err := unix.GetsockoptInt(c.d.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil {
			return fmt.Errorf("getsockopt SO_ERROR: %w", err)
		} else if pending != 0 {
			return fmt.Errorf("connect: %w", syscall.Errno(pending))
		}
	}
}

// Read reads what is there, at least a byte, into b; at the end the error is io.EOF.
func (c *Conn) Read(b []byte) (int, error) {
	if err := c.begin(&c.d.reader); err != nil {
		return 0, c.opError("read", err)
	}
	for {
		if c.d.readable {
			n, errno := receive(c.d.fd, b)
			switch {
			case errno == 0:
				if n == 0 && len(b) > 0 && c.network != "udp" && c.network != "unixgram" {
					return 0, io.EOF
				}
				c.d.readable = c.d.sticky || !c.exact || n == len(b)
				return n, nil
			case errno != unix.EAGAIN:
				return 0, c.opError("read", errno)
			}
			c.d.readable = false
		}
		if err := c.hub.await(c.d, &c.d.reader, "data of"); err != nil {
			return 0, c.opError("read", err)
		}
	}
}

// Write writes all of b.
func (c *Conn) Write(b []byte) (int, error) {
	if err := c.begin(&c.d.writer); err != nil {
		return 0, c.opError("write", err)
	}
	for done := 0; ; {
		n, errno := send(c.d.fd, b[done:])
		switch {
		case errno == 0:
			if done += n; done == len(b) {
				return done, nil
			}
		case errno == unix.EAGAIN:
			if err := c.hub.await(c.d, &c.d.writer, "room in"); err != nil {
				return done, c.opError("write", err)
			}
		default:
			return done, c.opError("write", errno)
		}
	}
}

// begin checks before an operation what need not be waited for.
func (c *Conn) begin(s *side) error {
	switch {
	case c.hub.thread.Check() != nil:
		return ErrThread
	case c.d.closed:
		return net.ErrClosed
	case s.g != nil:
		return ErrBusy
	case !s.deadline.IsZero() && !time.Now().Before(s.deadline):
		return errIOTimeout
	}
	return nil
}

func (c *Conn) opError(act string, err error) error {
	return &net.OpError{Op: act, Net: c.network, Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// Close closes the socket. A greenlet that waits for it gets net.ErrClosed.
func (c *Conn) Close() error {
	c.hub.own()
	if err := c.hub.forget(c.d); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// CloseWrite ends what is sent: the other side reads to the end.
func (c *Conn) CloseWrite() error {
	if err := c.begin(&c.d.writer); err != nil {
		return c.opError("shutdown", err)
	}
	if err := unix.Shutdown(c.d.fd, unix.SHUT_WR); err != nil {
		return c.opError("shutdown", err)
	}
	return nil
}

// FD is the descriptor; it stays the Conn's.
func (c *Conn) FD() int { return c.d.fd }

// SetNoDelay has small writes of a TCP connection sent at once, or collected as long as others are under way.
func (c *Conn) SetNoDelay(on bool) error {
	value := 0
	if on {
		value = 1
	}
	if err := unix.SetsockoptInt(c.d.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, value); err != nil {
		return c.opError("set", err)
	}
	return nil
}

// LocalAddr is the own address; nil if it is closed.
func (c *Conn) LocalAddr() net.Addr { return addressOf(c.d, c.network, unix.Getsockname) }

// RemoteAddr is the other side's address; nil if there is none any more.
func (c *Conn) RemoteAddr() net.Addr { return addressOf(c.d, c.network, unix.Getpeername) }

func addressOf(d *desc, network string, get func(int) (unix.Sockaddr, error)) net.Addr {
	if d.closed {
		return nil
	}
	name, err := get(d.fd)
	if err != nil {
		return nil
	}
	return netAddr(name, network)
}

// SetTimeout limits each wait for data or room from now on, as Python's settimeout does; 0: no limit.
func (c *Conn) SetTimeout(d time.Duration) { c.d.reader.timeout, c.d.writer.timeout = d, d }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline lets Read fail at a time, also one that waits now; the zero time is none.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.hub.setDeadline(c.d, &c.d.reader, t) }

// SetWriteDeadline lets Write fail at a time, also one that waits now; the zero time is none.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.hub.setDeadline(c.d, &c.d.writer, t) }

func (h *Hub) setDeadline(d *desc, s *side, t time.Time) error {
	if err := h.thread.Check(); err != nil {
		return err
	}
	if d.closed {
		return net.ErrClosed
	}
	s.deadline = t
	if s.g != nil {
		h.halt(&s.timer)
		h.limitSide(s)
	}
	return nil
}
