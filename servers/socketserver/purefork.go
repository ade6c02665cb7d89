package socketserver

import (
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/rawfork"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// pureFork makes a child by fork(2) alone. It has the connection, or the datagram and the socket to answer it on, and
// closes all else but the three standard descriptors; the listener too, unless it is to be kept.
func pureFork(s service.Service, r *Request, listener int, keep bool) (pid int, err error) {
	talk := service.NewTalk(s, r.Packet == nil)
	child := &rawfork.Child{Talk: talk, Socket: r.Conn.d.fd, Listener: listener, Keep: keep}
	if r.Packet != nil {
		peer, err := peerOf(r.ClientAddress)
		if err != nil {
			return 0, err
		}
		child.Datagram = &rawfork.Datagram{Length: copy(talk.Room(), r.Packet), Peer: peer}
	}
	if err := r.Conn.d.acquire(); err != nil {
		return 0, fmt.Errorf("pass connection to child: %w", err)
	}
	defer r.Conn.d.release()
	if pid, err = rawfork.Fork(child); err != nil {
		return 0, fmt.Errorf("fork: %w", err)
	}
	return pid, nil
}

// peerOf is an address in the bytes that the kernel reads, since a child cannot convert it any more.
func peerOf(address net.Addr) (peer socket.Peer, err error) {
	_, sa, err := toSockaddr(address)
	if err != nil {
		return peer, err
	}
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		raw := (*unix.RawSockaddrInet4)(unsafe.Pointer(&peer.Address))
		*raw = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: networkOrder(a.Port), Addr: a.Addr}
		peer.Length = unix.SizeofSockaddrInet4
	case *unix.SockaddrInet6:
		raw := (*unix.RawSockaddrInet6)(unsafe.Pointer(&peer.Address))
		*raw = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: networkOrder(a.Port), Addr: a.Addr,
			Scope_id: a.ZoneId}
		peer.Length = unix.SizeofSockaddrInet6
	case *unix.SockaddrUnix:
		raw := (*unix.RawSockaddrUnix)(unsafe.Pointer(&peer.Address))
		raw.Family = unix.AF_UNIX
		if len(a.Name) >= len(raw.Path) {
			return peer, fmt.Errorf("address of the peer: its path has %d bytes, %d are possible", len(a.Name),
				len(raw.Path)-1)
		}
		for i := range len(a.Name) {
			raw.Path[i] = int8(a.Name[i])
		}
		peer.Length = uint32(unsafe.Offsetof(raw.Path)) + uint32(len(a.Name)) + 1
		if a.Name[0] == '@' { // abstract: a zero byte first and none at the end
			raw.Path[0] = 0
			peer.Length--
		}
	}
	return peer, nil
}

func networkOrder(port int) uint16 {
	bytes := [2]byte{byte(port >> 8), byte(port)}
	return *(*uint16)(unsafe.Pointer(&bytes))
}
