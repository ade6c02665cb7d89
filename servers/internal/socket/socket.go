// Package socket opens the servers' sockets and makes the system calls on them that the lesson is about: one call of
// a function here is one system call (more only after EINTR), on a blocking descriptor, seen by the kernel as coming
// from the calling thread. The standard library's sockets would hide them behind the runtime's own epoll.
package socket

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Config says what to open.
type Config struct {
	Network string // tcp, udp or unix (a stream)
	// host:port, an empty host is every IPv4 address; for unix a path, @name for an abstract name, or empty for one
	// that the kernel picks
	Address   string
	Backlog   int  // completed connections that wait for an accept
	ReusePort bool // SO_REUSEPORT
}

// Socket is a bound socket: listening unless the network is udp.
type Socket struct {
	FD   int
	Addr net.Addr
	path string // to remove at Close
}

// Listen opens a socket, binds it and lets it listen.
func Listen(c Config) (*Socket, error) {
	s, err := listen(c)
	if err != nil {
		return nil, fmt.Errorf("listen %s %s: %w", c.Network, c.Address, err)
	}
	return s, nil
}

func listen(c Config) (*Socket, error) {
	name, family, err := resolve(c.Network, c.Address)
	if err != nil {
		return nil, err
	}
	kind := unix.SOCK_STREAM
	if c.Network == "udp" {
		kind = unix.SOCK_DGRAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	s := &Socket{FD: fd}
	if err := s.bind(c, name, kind); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *Socket) bind(c Config, name unix.Sockaddr, kind int) error {
	local, isLocal := name.(*unix.SockaddrUnix)
	if kind == unix.SOCK_STREAM && !isLocal {
		if err := unix.SetsockoptInt(s.FD, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fmt.Errorf("set SO_REUSEADDR: %w", err)
		}
	}
	if c.ReusePort {
		if err := unix.SetsockoptInt(s.FD, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); err != nil {
			return fmt.Errorf("set SO_REUSEPORT: %w", err)
		}
	}
	if err := unix.Bind(s.FD, name); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if isLocal && local.Name != "" && local.Name[0] != '@' {
		s.path = local.Name
	}
	if kind == unix.SOCK_STREAM {
		if err := unix.Listen(s.FD, c.Backlog); err != nil {
			s.remove()
			return fmt.Errorf("listen: %w", err)
		}
	}
	bound, err := unix.Getsockname(s.FD)
	if err != nil {
		s.remove()
		return fmt.Errorf("get the socket's name: %w", err)
	}
	s.Addr = address(c.Network, bound)
	return nil
}

// resolve turns an address into the kernel's form.
func resolve(network, text string) (unix.Sockaddr, int, error) {
	var ip net.IP
	var port int
	var zone string
	switch network {
	case "unix":
		return &unix.SockaddrUnix{Name: text}, unix.AF_UNIX, CheckPath(text)
	case "tcp":
		a, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			return nil, 0, err
		}
		ip, port, zone = a.IP, a.Port, a.Zone
	case "udp":
		a, err := net.ResolveUDPAddr("udp", text)
		if err != nil {
			return nil, 0, err
		}
		ip, port, zone = a.IP, a.Port, a.Zone
	default:
		return nil, 0, fmt.Errorf("unknown network %q: use tcp, udp or unix", network)
	}
	if ip == nil {
		ip = net.IPv4zero
	}
	if v4 := ip.To4(); v4 != nil {
		return &unix.SockaddrInet4{Port: port, Addr: [4]byte(v4)}, unix.AF_INET, nil
	}
	a := &unix.SockaddrInet6{Port: port, Addr: [16]byte(ip)}
	if zone != "" {
		link, err := net.InterfaceByName(zone)
		if err != nil {
			return nil, 0, fmt.Errorf("zone %s: %w", zone, err)
		}
		a.ZoneId = uint32(link.Index)
	}
	return a, unix.AF_INET6, nil
}

// PeerOf is the address of who is connected to a socket of that network, an empty one when the client has gone already.
func PeerOf(fd int, network string) net.Addr {
	name, _ := unix.Getpeername(fd)
	return address(network, name)
}

func address(network string, name unix.Sockaddr) net.Addr {
	var ip net.IP
	var port int
	switch a := name.(type) {
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: a.Name, Net: "unix"}
	case *unix.SockaddrInet4:
		ip, port = a.Addr[:], a.Port
	case *unix.SockaddrInet6:
		ip, port = a.Addr[:], a.Port
	}
	if network == "udp" {
		return &net.UDPAddr{IP: ip, Port: port}
	}
	return &net.TCPAddr{IP: ip, Port: port}
}

// Interrupt ends every accept and receive on the socket, in all processes that have it, now and from now on: accept
// fails with EINVAL, receive returns 0 bytes. For UDP the kernel wakes the receivers though it answers ENOTCONN.
func (s *Socket) Interrupt() { unix.Shutdown(s.FD, unix.SHUT_RD) }

// Give says that the descriptor now belongs to another, who closes it; the socket's file is still removed by Close.
func (s *Socket) Give() { s.FD = -1 }

// Close closes the socket and removes its file, if it has one.
func (s *Socket) Close() error {
	s.remove()
	if s.FD < 0 {
		return nil
	}
	if err := unix.Close(s.FD); err != nil {
		return fmt.Errorf("close socket: %w", err)
	}
	return nil
}

func (s *Socket) remove() {
	if s.path != "" {
		os.Remove(s.path)
		s.path = ""
	}
}

// SetNonblock makes a descriptor's calls return EAGAIN instead of waiting.
func SetNonblock(fd int) error {
	if err := unix.SetNonblock(fd, true); err != nil {
		return fmt.Errorf("make descriptor %d non-blocking: %w", fd, err)
	}
	return nil
}

// Fate is what an accept loop does after an error of accept4.
type Fate int

// The fates.
const (
	Next  Fate = iota // that connection is gone, or the wait was interrupted: accept the next
	Pause             // descriptors or memory ran out: wait before the next try
	Stop              // the socket was shut down
	Fail              // the socket cannot accept
)

// FateOf sorts the errors of accept(2).
func FateOf(err error) Fate {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return Fail
	}
	switch errno {
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		return Pause
	case unix.EINVAL:
		return Stop
	case unix.EBADF, unix.ENOTSOCK, unix.EFAULT:
		return Fail
	}
	return Next // EINTR, EAGAIN, ECONNABORTED, EPROTO, EPERM and the pending network errors that accept(2) lists
}
