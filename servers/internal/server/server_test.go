package server

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// pair is a connection and its peer.
func pair(t *testing.T) (fd, peer int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fds[1]) })
	return fds[0], fds[1]
}

// TestConnections: an interrupt ends those that are open, and those that are added after it.
func TestConnections(t *testing.T) {
	var c Connections
	ended := func(peer int) bool {
		n, _, err := unix.Recvfrom(peer, make([]byte, 1), unix.MSG_DONTWAIT)
		return n == 0 && err == nil
	}
	first, peer := pair(t)
	c.Add(first)
	if ended(peer) {
		t.Error("it has ended before the interrupt")
	}
	if n := c.Interrupt(); n != 1 || !ended(peer) {
		t.Errorf("%d were interrupted", n)
	}
	c.Close(first)
	second, peer := pair(t)
	c.Add(second)
	if !ended(peer) {
		t.Error("one that was added after the interrupt goes on")
	}
	if n := c.Interrupt(); n != 1 {
		t.Errorf("%d are open", n)
	}
	c.Close(second)
}

// TestAccept: it ends with the context, and the books say what was done.
func TestAccept(t *testing.T) {
	b := New(Config{Model: "test", Socket: socket.Config{Network: "tcp", Address: "127.0.0.1:0", Backlog: 1},
		Service: service.Upper, Grace: time.Second})
	address, err := b.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Listen(); err == nil {
		t.Error("it listens twice")
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	release := b.InterruptWith(ctx)
	client, err := net.Dial("tcp", address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, ok, err := b.Accept(ctx, 0)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err = client.Write([]byte("abc")); err == nil {
		err = client.(*net.TCPConn).CloseWrite()
	}
	if err != nil {
		t.Fatal(err)
	}
	b.ServeConn(conn, b.NewTalk())
	answer := make([]byte, 8)
	if n, err := client.Read(answer); err != nil || string(answer[:n]) != "ABC" {
		t.Errorf("%q, %v", answer[:n], err)
	}
	stop()
	if _, ok, err := b.Accept(ctx, 0); ok || err != nil {
		t.Errorf("after the end: %v, %v", ok, err)
	}
	if err := errors.Join(b.CloseSocket(release), b.Close()); err != nil {
		t.Error(err)
	}
	if r := b.Report(); r.Accepts != 1 || r.Calls[report.Accept] != 2 || r.Address != address.String() {
		t.Errorf("%v", r)
	}
}
