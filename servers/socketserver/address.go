package socketserver

import (
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/socket"
)

// resolve turns what the user wrote into an address of the network: "host:port" for tcp and udp, where no host means
// loopback; a path, or "@name" for an abstract one, for unix and unixgram.
func resolve(network, address string) (net.Addr, error) {
	switch {
	case address == "", address == "@": // the kernel would choose a name for the latter
		return nil, fmt.Errorf("resolve %s address: it is empty: give a path or @name for a Unix socket, host:port "+
			"for others", network)
	case network == "unix" || network == "unixgram":
		if err := socket.CheckPath(address); err != nil {
			return nil, fmt.Errorf("resolve %s address: %w", network, err)
		}
		return &net.UnixAddr{Name: address, Net: network}, nil
	}
	if host, port, err := net.SplitHostPort(address); err == nil && host == "" {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	var (
		found net.Addr
		err   error
	)
	if network == "udp" {
		found, err = net.ResolveUDPAddr("udp", address)
	} else {
		found, err = net.ResolveTCPAddr("tcp", address)
	}
	if err != nil {
		return nil, fmt.Errorf("resolve %s address %q: %w", network, address, err)
	}
	return found, nil
}

// toSockaddr is the kernel's form of an address, with its family. An address without a name (a Unix client that did not
// bind) has none: nothing can be sent to it.
func toSockaddr(address net.Addr) (family int, sa unix.Sockaddr, err error) {
	switch a := address.(type) {
	case *net.TCPAddr:
		return internet(a.AddrPort())
	case *net.UDPAddr:
		return internet(a.AddrPort())
	case *net.UnixAddr:
		if a == nil || a.Name == "" || a.Name == "@" {
			return 0, nil, fmt.Errorf("address of the peer: it has none (a Unix client that wants an answer must " +
				"bind its socket)")
		}
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: a.Name}, nil
	}
	return 0, nil, fmt.Errorf("address %v: a socket of this kind is not known", address)
}

func internet(a netip.AddrPort) (family int, sa unix.Sockaddr, err error) {
	ip := a.Addr()
	if !ip.IsValid() {
		ip = netip.IPv4Unspecified()
	}
	if ip.Is4() || ip.Is4In6() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(a.Port()), Addr: ip.Unmap().As4()}, nil
	}
	six := &unix.SockaddrInet6{Port: int(a.Port()), Addr: ip.As16()}
	if zone := ip.Zone(); zone != "" {
		link, err := net.InterfaceByName(zone)
		if err != nil {
			return 0, nil, fmt.Errorf("zone of address %v: %w", a, err)
		}
		six.ZoneId = uint32(link.Index)
	}
	return unix.AF_INET6, six, nil
}

// fromSockaddr is the way back. The kernel gives no address for an unbound Unix peer; that is a UnixAddr with an empty
// name.
func fromSockaddr(network string, sa unix.Sockaddr) net.Addr {
	var (
		ip   net.IP
		port int
		zone string
	)
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		ip, port = a.Addr[:], a.Port
	case *unix.SockaddrInet6:
		ip, port = a.Addr[:], a.Port
		if a.ZoneId != 0 {
			if link, err := net.InterfaceByIndex(int(a.ZoneId)); err == nil {
				zone = link.Name
			}
		}
	case *unix.SockaddrUnix:
		name := a.Name
		if name == "@" { // how x/sys/unix gives a socket that was not bound
			name = ""
		}
		return &net.UnixAddr{Name: name, Net: network}
	default:
		return &net.UnixAddr{Net: network}
	}
	if network == "udp" {
		return &net.UDPAddr{IP: ip, Port: port, Zone: zone}
	}
	return &net.TCPAddr{IP: ip, Port: port, Zone: zone}
}

// parseAddress reads what net.Addr.String of a transport's address wrote: how an address crosses an exec.
func parseAddress(network, text string) (net.Addr, error) {
	if network == "unix" || network == "unixgram" {
		return &net.UnixAddr{Name: text, Net: network}, nil
	}
	return resolve(network, text)
}
