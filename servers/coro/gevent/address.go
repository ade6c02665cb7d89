package gevent

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// parseAddress turns an address into the kernel's form: for tcp and udp "127.0.0.1:80", "[::1]:80", "localhost:80" or
// ":80" (all IPv4 addresses); for unix and unixgram a path, "@name" for an abstract name, or "" for none. Other names
// would have to be looked up, which blocks.
func parseAddress(network, address string) (name unix.Sockaddr, family, kind int, err error) {
	kind = unix.SOCK_STREAM
	switch network {
	case "unix":
		return &unix.SockaddrUnix{Name: address}, unix.AF_UNIX, kind, nil
	case "unixgram":
		return &unix.SockaddrUnix{Name: address}, unix.AF_UNIX, unix.SOCK_DGRAM, nil
	case "udp":
		kind = unix.SOCK_DGRAM
	case "tcp":
	default:
		return nil, 0, 0, fmt.Errorf("unknown network %q: use tcp, udp, unix or unixgram", network)
	}
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, 0, 0, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("address %s: port %q: use a number to 65535", address, portText)
	}
	switch host {
	case "":
		host = "0.0.0.0"
	case "localhost":
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("address %s: use a numeric host, a look-up of names would block", address)
	}
	if ip = ip.Unmap(); ip.Is4() {
		return &unix.SockaddrInet4{Port: int(port), Addr: ip.As4()}, unix.AF_INET, kind, nil
	}
	a := &unix.SockaddrInet6{Port: int(port), Addr: ip.As16()}
	if zone := ip.Zone(); zone != "" {
		link, err := net.InterfaceByName(zone)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("address %s: zone %s: %w", address, zone, err)
		}
		a.ZoneId = uint32(link.Index)
	}
	return a, unix.AF_INET6, kind, nil
}

// netAddr is an address in package net's form.
func netAddr(name unix.Sockaddr, network string) net.Addr {
	var ip net.IP
	var port int
	var zone string
	switch a := name.(type) {
	case *unix.SockaddrUnix:
		return &net.UnixAddr{Name: a.Name, Net: network}
	case *unix.SockaddrInet4:
		ip, port = a.Addr[:], a.Port
	case *unix.SockaddrInet6:
		ip, port = a.Addr[:], a.Port
		if link, err := net.InterfaceByIndex(int(a.ZoneId)); a.ZoneId != 0 && err == nil {
			zone = link.Name
		}
	}
	if strings.HasPrefix(network, "udp") {
		return &net.UDPAddr{IP: ip, Port: port, Zone: zone}
	}
	return &net.TCPAddr{IP: ip, Port: port, Zone: zone}
}

// sockaddr is a peer's address in the kernel's form.
func sockaddr(a net.Addr) (unix.Sockaddr, error) {
	if a == nil {
		return nil, errors.New("address is missing")
	}
	name, _, _, err := parseAddress(a.Network(), a.String())
	return name, err
}

// networkOf returns the network of an open socket.
func networkOf(fd int) (string, error) {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return "", fmt.Errorf("getsockopt SO_TYPE: %w", err)
	}
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return "", fmt.Errorf("getsockopt SO_DOMAIN: %w", err)
	}
	stream := kind == unix.SOCK_STREAM
	switch {
	case domain == unix.AF_UNIX && stream:
		return "unix", nil
	case domain == unix.AF_UNIX:
		return "unixgram", nil
	case stream:
		return "tcp", nil
	}
	return "udp", nil
}
