package socketserver

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// TCP is the transport of connections over IP. An address is "host:port"; without a host it is 127.0.0.1.
func TCP(s *Server) {
	s.stream("tcp")
	s.AllowReuseAddress = true
}

// UnixStream is the transport of connections on a Unix socket. An address is a path, or "@name" for the abstract
// namespace.
func UnixStream(s *Server) { s.stream("unix") }

// UDP is the transport of datagrams over IP.
func UDP(s *Server) { s.datagram("udp") }

// UnixDatagram is the transport of datagrams on a Unix socket. Only a client that bound its own socket can be answered.
func UnixDatagram(s *Server) { s.datagram("unixgram") }

func (s *Server) stream(network string) {
	s.ServerBind = func() error { return s.bind(network, unix.SOCK_STREAM|unix.SOCK_NONBLOCK) }
	s.ServerActivate = s.listen
	s.GetRequest = s.accept
	s.ShutdownRequest = func(r *Request) {
		_ = r.Conn.CloseWrite()
		s.CloseRequest(r)
	}
	s.CloseRequest = func(r *Request) { _ = r.Conn.Close() }
	s.unlinkOnClose()
}

// datagram needs no listen, and has nothing to shut down or to close after a request: the socket is the server's.
func (s *Server) datagram(network string) {
	s.ServerBind = func() error { return s.bind(network, unix.SOCK_DGRAM) }
	s.GetRequest = s.receive
	s.unlinkOnClose()
}

func (s *Server) isDatagram() bool {
	return s.socket != nil && (s.socket.network == "udp" || s.socket.network == "unixgram")
}

func (s *Server) bind(network string, kind int) error {
	address, err := resolve(network, s.address)
	if err != nil {
		return err
	}
	family, sa, err := toSockaddr(address)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make %s socket: %w", network, err)
	}
	s.socket = newConn(fd, network, nil, s.hub)
	for _, o := range []struct {
		name  string
		code  int
		isSet bool
	}{{"SO_REUSEADDR", unix.SO_REUSEADDR, s.AllowReuseAddress}, {"SO_REUSEPORT", unix.SO_REUSEPORT, s.AllowReusePort}} {
		if !o.isSet {
			continue
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, o.code, 1); err != nil {
			return fmt.Errorf("set %s: %w", o.name, err)
		}
	}
	if err := unix.Bind(fd, sa); err != nil {
		return fmt.Errorf("bind %s to %s: %w%s", network, address, err, s.bindHint(network, err))
	}
	return nil
}

// bindHint says what an address in use can mean, which the error alone does not.
func (s *Server) bindHint(network string, err error) string {
	switch {
	case !errors.Is(err, unix.EADDRINUSE):
		return ""
	case network == "unix" || network == "unixgram":
		return " (remove the file if no server uses it)"
	case network == "tcp" && !s.AllowReuseAddress:
		return " (a server listens there, or one that has ended left connections in TIME_WAIT: wait a minute, or set " +
			"AllowReuseAddress" +
			" in both the earlier server and this one)"
	}
	return " (another socket is bound there)"
}

func (s *Server) listen() error {
	if err := unix.Listen(s.socket.d.fd, s.RequestQueueSize); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// accept does not block: the client that poll has announced may have gone, or another process may have been faster.
func (s *Server) accept() (*Request, error) {
	var (
		fd int
		sa unix.Sockaddr
	)
	err := again(func() (err error) {
		fd, sa, err = unix.Accept4(s.socket.d.fd, unix.SOCK_CLOEXEC)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	client := fromSockaddr(s.socket.network, sa)
	return &Request{Conn: newConn(fd, s.socket.network, client, s.hub), ClientAddress: client}, nil
}

// receive does not block either. MSG_TRUNC makes recvfrom give the length that the datagram had.
func (s *Server) receive() (*Request, error) {
	packet := make([]byte, s.MaxPacketSize)
	var (
		n  int
		sa unix.Sockaddr
	)
	err := again(func() (err error) {
		n, sa, err = unix.Recvfrom(s.socket.d.fd, packet, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("receive: %w", err)
	}
	r := &Request{Conn: s.socket, Truncated: n > len(packet), ClientAddress: fromSockaddr(s.socket.network, sa)}
	if r.Truncated {
		s.stats.truncated.Add(1)
	}
	r.Packet = packet[:min(n, len(packet))]
	return r, nil
}

// unlinkOnClose removes the file of a Unix socket with the server that made it.
func (s *Server) unlinkOnClose() {
	var path string
	super := s.Methods
	s.ServerBind = func() error {
		err := super.ServerBind()
		if err != nil {
			return err
		}
		if a, isUnix := s.Addr().(*net.UnixAddr); isUnix && a.Name != "" && a.Name[0] != '@' {
			path = a.Name
		}
		return nil
	}
	s.ServerClose = func() error {
		if path != "" && !s.Traps.KeepSocketFile {
			_ = os.Remove(path)
			path = ""
		}
		return super.ServerClose()
	}
}
