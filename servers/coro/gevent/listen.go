package gevent

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// DefaultBacklog is how many connections may wait for an accept unless another number is given.
const DefaultBacklog = 128

// Listener accepts connections. It is a net.Listener for the hub's goroutine.
type Listener struct {
	hub     *Hub
	d       *desc
	network string
	addr    net.Addr
	path    string // of a Unix socket, to remove
}

var _ net.Listener = (*Listener)(nil)

// Listen opens a listening socket, with SO_REUSEADDR for tcp. The networks are tcp and unix; an address is "host:port"
// with a numeric host, localhost, or none for all IPv4 addresses; or a path, or "@name" for an abstract name, or "" for
// one that the kernel picks. A backlog of 0 is DefaultBacklog.
func (h *Hub) Listen(network, address string, backlog int) (*Listener, error) {
	h.own()
	if network != "tcp" && network != "unix" {
		return nil, fmt.Errorf("listen: unknown network %q: use tcp or unix", network)
	}
	if backlog == 0 {
		backlog = DefaultBacklog
	}
	fd, path, err := bind(network, address)
	if err == nil {
		if err = unix.Listen(fd, backlog); err != nil {
			unix.Close(fd)
			removePath(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen %s %s: %w", network, address, err)
	}
	l, err := NewListener(h, fd)
	if err != nil {
		unix.Close(fd)
		removePath(path)
		return nil, err
	}
	l.path = path
	return l, nil
}

// NewListener makes a Listener of a listening socket, which it takes over.
func NewListener(h *Hub, fd int) (*Listener, error) {
	h.own()
	network, err := adopt(fd)
	if err != nil {
		return nil, err
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, fmt.Errorf("getsockname: %w", err)
	}
	addr := netAddr(name, network)
	d := h.know(fd, network)
	d.name = "listener " + network + " " + addr.String()
	return &Listener{hub: h, d: d, network: network, addr: addr}, nil
}

// bind opens a socket and binds it; path is that of a Unix socket's file.
func bind(network, address string) (fd int, path string, err error) {
	name, family, kind, err := parseAddress(network, address)
	if err != nil {
		return -1, "", err
	}
	fd, err = unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, "", fmt.Errorf("socket: %w", err)
	}
	if network == "tcp" {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			unix.Close(fd)
			return -1, "", fmt.Errorf("set SO_REUSEADDR: %w", err)
		}
	}
	if err := unix.Bind(fd, name); err != nil {
		unix.Close(fd)
		return -1, "", fmt.Errorf("bind: %w", err)
	}
	if family == unix.AF_UNIX && address != "" && address[0] != '@' {
		path = address
	}
	return fd, path, nil
}

func removePath(path string) {
	if path != "" {
		os.Remove(path)
	}
}

// Accept waits for a connection.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.AcceptConn()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptConn is Accept with the type that it returns.
func (l *Listener) AcceptConn() (*Conn, error) {
	for {
		c, err := l.try()
		if !errors.Is(err, unix.EAGAIN) {
			return c, err
		}
		if err := l.hub.await(l.d, &l.d.reader, "a connection of"); err != nil {
			return nil, l.opError(err)
		}
	}
}

// try accepts a connection that waits; the error is EAGAIN if none does.
func (l *Listener) try() (*Conn, error) {
	if err := l.hub.thread.Check(); err != nil {
		return nil, l.opError(err)
	}
	if l.d.closed {
		return nil, l.opError(net.ErrClosed)
	}
	fd, errno := accept(l.d.fd)
	switch errno {
	case 0:
		return newConn(l.hub, fd, l.network), nil
	case unix.EAGAIN:
		return nil, errno
	}
	return nil, l.opError(errno)
}

func (l *Listener) opError(err error) error {
	return &net.OpError{Op: "accept", Net: l.network, Addr: l.addr, Err: err}
}

// Addr is the address, with the port that the kernel chose if none was asked for.
func (l *Listener) Addr() net.Addr { return l.addr }

// FD is the descriptor; it stays the Listener's.
func (l *Listener) FD() int { return l.d.fd }

// Close closes the socket and removes its file, if it has one. A greenlet that waits for it gets net.ErrClosed.
func (l *Listener) Close() error {
	l.hub.own()
	if err := l.hub.forget(l.d); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	removePath(l.path)
	return nil
}

// watch calls f in the loop whenever a connection waits; nil ends that.
func (l *Listener) watch(f func()) error {
	if (f == nil) == (l.d.watch == nil) {
		l.d.watch = f
		return nil
	}
	events, change := uint32(unix.EPOLLIN), 1
	if f == nil {
		events, change = 0, -1
	}
	if err := l.hub.control(l.d, events); err != nil {
		return err
	}
	l.d.watch = f
	l.hub.refs += change
	return nil
}
