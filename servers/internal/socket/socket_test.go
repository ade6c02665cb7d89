package socket

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestListen(t *testing.T) {
	path := t.TempDir() + "/s"
	for _, c := range []struct{ network, address, bound string }{
		{"tcp", "127.0.0.1:0", "127.0.0.1:"},
		{"tcp", "[::1]:0", "[::1]:"},
		{"tcp", "localhost:0", ":"},
		{"tcp", ":0", "0.0.0.0:"},
		{"udp", "127.0.0.1:0", "127.0.0.1:"},
		{"unix", "", "@"},
		{"unix", "@tracer-test-" + strings.ReplaceAll(path, "/", "-"), "@tracer-test-"},
		{"unix", path, path},
	} {
		s, err := Listen(Config{Network: c.network, Address: c.address, Backlog: 5})
		if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
			t.Logf("%s %s: this machine has no such address", c.network, c.address)
			continue
		}
		if err != nil {
			t.Errorf("%s %s: %v", c.network, c.address, err)
			continue
		}
		if got := s.Addr.String(); !strings.Contains(got, c.bound) || s.Addr.Network() != c.network {
			t.Errorf("%s %s: bound to %v", c.network, c.address, s.Addr)
		}
		if conn, err := net.Dial(c.network, s.Addr.String()); err != nil {
			t.Errorf("dial %v: %v", s.Addr, err)
		} else {
			conn.Close()
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of a closed socket is there: %v", err)
	}
}

func TestListenRefuses(t *testing.T) {
	for _, c := range []Config{
		{Network: "tcp", Address: "127.0.0.1"},
		{Network: "tcp", Address: "127.0.0.1:http-no"},
		{Network: "sctp", Address: "127.0.0.1:0"},
		{Network: "unix", Address: "/nowhere/at/all"},
		{Network: "unix", Address: strings.Repeat("x", 200)},
		{Network: "tcp", Address: "[::1%nolink]:0"},
	} {
		s, err := Listen(c)
		if err == nil {
			s.Close()
			t.Errorf("%+v: no error", c)
		} else if !strings.HasPrefix(err.Error(), "listen "+c.Network) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestExistingFile: a socket's file that is there is left alone.
func TestExistingFile(t *testing.T) {
	path := t.TempDir() + "/s"
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Config{Network: "unix", Address: path}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("listen on a file: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// TestInterrupt: it ends a call that blocks and those that come later, on each kind of socket.
func TestInterrupt(t *testing.T) {
	for _, network := range []string{"tcp", "unix", "udp"} {
		address := "127.0.0.1:0"
		if network == "unix" {
			address = ""
		}
		s, err := Listen(Config{Network: network, Address: address, Backlog: 1})
		if err != nil {
			t.Fatal(err)
		}
		take := func() error {
			if network == "udp" {
				n, err := ReceiveFrom(s.FD, make([]byte, 1), new(Peer))
				if n == 0 && err == nil {
					return unix.EINVAL
				}
				return err
			}
			_, err := Accept(s.FD, 0)
			return err
		}
		blocked := make(chan error)
		go func() { blocked <- take() }()
		s.Interrupt()
		for _, err := range []error{<-blocked, take()} {
			if FateOf(err) != Stop {
				t.Errorf("%s: %v, want an end", network, err)
			}
		}
		s.Close()
	}
}

func TestDatagrams(t *testing.T) {
	s, err := Listen(Config{Network: "udp", Address: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	conn, err := net.Dial("udp", s.Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, text := range []string{"hello", ""} {
		conn.Write([]byte(text))
		room, peer := make([]byte, 100), new(Peer)
		n, err := ReceiveFrom(s.FD, room, peer)
		if err != nil || string(room[:n]) != text {
			t.Fatalf("received %q, %v", room[:n], err)
		}
		if err := SendTo(s.FD, room[:n], peer); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(room); err != nil || string(room[:n]) != text {
			t.Errorf("answer %q, %v", room[:n], err)
		}
	}
}

func TestFateOf(t *testing.T) {
	for err, want := range map[error]Fate{
		unix.EMFILE: Pause, unix.ENFILE: Pause, unix.ENOBUFS: Pause, unix.ENOMEM: Pause,
		unix.ECONNABORTED: Next, unix.EINTR: Next, unix.EAGAIN: Next, unix.EPROTO: Next, unix.ENETDOWN: Next,
		unix.EINVAL: Stop, unix.EBADF: Fail, unix.ENOTSOCK: Fail, errors.New("x"): Fail,
	} {
		if got := FateOf(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
