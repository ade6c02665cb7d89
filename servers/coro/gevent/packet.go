package gevent

import (
	"errors"
	"fmt"
	"net"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PacketConn sends and receives datagrams. It is a net.PacketConn for the hub's goroutine.
type PacketConn struct {
	hub     *Hub
	d       *desc
	network string
	path    string
}

var _ net.PacketConn = (*PacketConn)(nil)

// ListenPacket opens a bound socket for datagrams. The networks are udp and unixgram; see Listen for addresses.
func (h *Hub) ListenPacket(network, address string) (*PacketConn, error) {
	h.own()
	if network != "udp" && network != "unixgram" {
		return nil, fmt.Errorf("listen: unknown network %q: use udp or unixgram", network)
	}
	fd, path, err := bind(network, address)
	if err != nil {
		return nil, fmt.Errorf("listen %s %s: %w", network, address, err)
	}
	return &PacketConn{hub: h, d: h.know(fd, network), network: network, path: path}, nil
}

// ReadFrom waits for a datagram. What does not fit into b is lost.
func (c *PacketConn) ReadFrom(b []byte) (int, net.Addr, error) {
	if err := c.begin(&c.d.reader); err != nil {
		return 0, nil, c.opError("read", nil, err)
	}
	for {
		var raw unix.RawSockaddrAny
		length := uint32(unsafe.Sizeof(raw))
		n, errno := receiveFrom(c.d.fd, b, &raw, &length)
		if errno == 0 {
			return n, c.peer(&raw, length), nil
		}
		if errno != unix.EAGAIN {
			return 0, nil, c.opError("read", nil, errno)
		}
		if err := c.hub.await(c.d, &c.d.reader, "a datagram of"); err != nil {
			return 0, nil, c.opError("read", nil, err)
		}
	}
}

// peer is a sender's address; of a Unix socket without a name, an empty one.
func (c *PacketConn) peer(raw *unix.RawSockaddrAny, length uint32) net.Addr {
	switch raw.Addr.Family {
	case unix.AF_INET:
		a := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return &net.UDPAddr{IP: append(net.IP(nil), a.Addr[:]...), Port: hostOrder(&a.Port)}
	case unix.AF_INET6:
		a := (*unix.RawSockaddrInet6)(unsafe.Pointer(raw))
		name := &unix.SockaddrInet6{Addr: a.Addr, Port: hostOrder(&a.Port), ZoneId: a.Scope_id}
		return netAddr(name, c.network)
	case unix.AF_UNIX:
		a := (*unix.RawSockaddrUnix)(unsafe.Pointer(raw))
		return &net.UnixAddr{Name: unixName(a, length), Net: c.network}
	}
	return &net.UnixAddr{Net: c.network}
}

// hostOrder reads a port that is in network order.
func hostOrder(port *uint16) int {
	b := (*[2]byte)(unsafe.Pointer(port))
	return int(b[0])<<8 | int(b[1])
}

// unixName reads a path, which ends at a zero, or an abstract name, which begins with one.
func unixName(a *unix.RawSockaddrUnix, length uint32) string {
	const before = uint32(unsafe.Offsetof(a.Path))
	if length <= before {
		return ""
	}
	name := make([]byte, 0, length-before)
	for i, c := range a.Path[:min(length-before, uint32(len(a.Path)))] {
		switch {
		case c == 0 && i == 0:
			c = '@'
		case c == 0 && name[0] != '@':
			return string(name)
		}
		name = append(name, byte(c))
	}
	return string(name)
}

// WriteTo sends a datagram.
func (c *PacketConn) WriteTo(b []byte, to net.Addr) (int, error) {
	if err := c.begin(&c.d.writer); err != nil {
		return 0, c.opError("write", to, err)
	}
	name, err := sockaddr(to)
	if err != nil {
		return 0, c.opError("write", to, err)
	}
	for {
		err := unix.Sendto(c.d.fd, b, unix.MSG_NOSIGNAL, name)
		switch {
		case err == nil:
			return len(b), nil
		case errors.Is(err, unix.EINTR):
			continue
		case !errors.Is(err, unix.EAGAIN):
			return 0, c.opError("write", to, err)
		}
		if err := c.hub.await(c.d, &c.d.writer, "room in"); err != nil {
			return 0, c.opError("write", to, err)
		}
	}
}

func (c *PacketConn) begin(s *side) error {
	return (&Conn{hub: c.hub, d: c.d}).begin(s)
}

func (c *PacketConn) opError(act string, to net.Addr, err error) error {
	return &net.OpError{Op: act, Net: c.network, Source: c.LocalAddr(), Addr: to, Err: err}
}

// Close closes the socket and removes its file, if it has one.
func (c *PacketConn) Close() error {
	c.hub.own()
	if err := c.hub.forget(c.d); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	removePath(c.path)
	return nil
}

// LocalAddr is the own address; nil if it is closed.
func (c *PacketConn) LocalAddr() net.Addr { return addressOf(c.d, c.network, unix.Getsockname) }

// SetTimeout limits each wait from now on; 0: no limit.
func (c *PacketConn) SetTimeout(d time.Duration) { c.d.reader.timeout, c.d.writer.timeout = d, d }

// SetDeadline sets both deadlines.
func (c *PacketConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline lets ReadFrom fail at a time.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	return c.hub.setDeadline(c.d, &c.d.reader, t)
}

// SetWriteDeadline lets WriteTo fail at a time.
func (c *PacketConn) SetWriteDeadline(t time.Time) error {
	return c.hub.setDeadline(c.d, &c.d.writer, t)
}
