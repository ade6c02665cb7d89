package socketserver

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// pair is two connected stream sockets, one a Conn and one of the net package.
func pair(t testing.TB) (*Conn, net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fds[1]), "peer")
	defer file.Close()
	peer, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	_ = peer.SetDeadline(time.Now().Add(patience))
	c := newConn(fds[0], "unix", &net.UnixAddr{Net: "unix"}, nil)
	t.Cleanup(func() { c.Close(); peer.Close() })
	return c, peer
}

func TestConnIsANetConn(t *testing.T) {
	var c net.Conn = new(Conn)
	_ = c
}

// TestConnCarriesBytes: whatever is written in whatever pieces arrives, then the end.
func TestConnCarriesBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, peer := pair(t)
		pieces := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 5000)).Draw(rt, "pieces")
		if rapid.Bool().Draw(rt, "timeout") {
			c.SetTimeout(patience)
		}
		go func() {
			defer peer.Close()
			_, _ = io.Copy(peer, peer)
		}()
		got := make(chan []byte)
		go func() {
			all, _ := io.ReadAll(c)
			got <- all
		}()
		for _, piece := range pieces {
			if n, err := c.Write(piece); n != len(piece) || err != nil {
				rt.Fatalf("write %d bytes: %d, %v", len(piece), n, err)
			}
		}
		if err := c.CloseWrite(); err != nil {
			rt.Fatal(err)
		}
		if all := <-got; !bytes.Equal(all, slices.Concat(pieces...)) {
			rt.Fatalf("%d bytes came back of %d", len(all), len(slices.Concat(pieces...)))
		}
		c.Close()
	})
}

func TestConnTimeouts(t *testing.T) {
	c, _ := pair(t)
	for name, set := range map[string]func(){
		"timeout":       func() { c.SetTimeout(time.Millisecond) },
		"read deadline": func() { c.SetTimeout(0); _ = c.SetReadDeadline(time.Now().Add(time.Millisecond)) },
		"deadline":      func() { _ = c.SetReadDeadline(time.Time{}); _ = c.SetDeadline(time.Now().Add(-time.Hour)) },
		"the earlier of " +
			"two": func() { c.SetTimeout(time.Hour); _ = c.SetReadDeadline(time.Now().Add(time.Millisecond)) },
	} {
		set()
		_, err := c.Read(make([]byte, 1))
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.SetTimeout(time.Millisecond)
	_ = c.SetDeadline(time.Time{})
	if n, err := c.Write(make([]byte, 64<<20)); !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 64<<20 {
		t.Errorf("write that nobody reads: %d, %v", n, err)
	}
}

func TestConnClose(t *testing.T) {
	c, peer := pair(t)
	ended := make(chan error, 2)
	go func() {
		_, err := c.Read(make([]byte, 1))
		ended <- err
	}()
	eventually(t, "the reader is inside", func() bool { return c.d.state.Load() == 1 })
	var wait sync.WaitGroup
	var mu sync.Mutex
	closed := 0
	for range 8 {
		wait.Go(func() {
			if c.Close() == nil {
				mu.Lock()
				closed++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if err := within(t, ended); err == nil {
		t.Error("a read of a closed connection succeeded")
	}
	if closed != 1 || c.FD() != -1 {
		t.Errorf("%d of 8 closes succeeded, descriptor %d", closed, c.FD())
	}
	if n, err := peer.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("the peer: %d, %v", n, err)
	}
	for name, call := range map[string]func() error{
		"read":     func() error { _, err := c.Read(make([]byte, 1)); return err },
		"write":    func() error { _, err := c.Write([]byte("x")); return err },
		"close":    c.Close,
		"shutdown": c.CloseWrite,
		"no delay": func() error { return c.SetNoDelay(true) },
		"deadline": func() error { return c.SetDeadline(time.Now()) },
		"to nowhere": func() error {
			_, err := c.WriteTo([]byte("x"), &net.UnixAddr{Name: "@x", Net: "unix"})
			return err
		},
	} {
		if err := call(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.LocalAddr() != nil {
		t.Errorf("local address %v", c.LocalAddr())
	}
}

// TestDescriptorClosesOnce: whatever the order of users and closers, the number is free when all are done and not
// before.
func TestDescriptorClosesOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fd, err := unix.Dup(0)
		if err != nil {
			rt.Fatal(err)
		}
		d := &descriptor{fd: fd}
		users, closed := 0, false
		rt.Repeat(map[string]func(*rapid.T){
			"acquire": func(rt *rapid.T) {
				if err := d.acquire(); (err != nil) != closed {
					rt.Fatalf("acquire: %v, closed: %v", err, closed)
				}
				if !closed {
					users++
				}
			},
			"release": func(*rapid.T) {
				if users > 0 {
					d.release()
					users--
				}
			},
			"close": func(rt *rapid.T) {
				if err := d.close(); (err != nil) != closed {
					rt.Fatalf("close: %v, closed before: %v", err, closed)
				}
				closed = true
			},
			"": func(rt *rapid.T) {
				_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
				if open := err == nil; open != (users > 0 || !closed) {
					rt.Fatalf("open: %v, with %d users, closed: %v", open, users, closed)
				}
			},
		})
		for ; users > 0; users-- {
			d.release()
		}
		_ = d.close()
	})
}

// kinds are the addresses that a client can have.
func kinds() *rapid.Generator[net.Addr] {
	port := rapid.IntRange(0, 65535)
	ip := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 4, 4), rapid.SliceOfN(rapid.Byte(), 16, 16))
	path := rapid.StringOfN(rapid.RuneFrom([]rune("abc/@.ü\x01\ufffd ")), 1, 40, 100)
	return rapid.Custom(func(rt *rapid.T) net.Addr {
		switch rapid.SampledFrom([]string{"tcp", "udp", "unix", "unixgram"}).Draw(rt, "network") {
		case "tcp":
			return &net.TCPAddr{IP: ip.Draw(rt, "ip"), Port: port.Draw(rt, "port")}
		case "udp":
			return &net.UDPAddr{IP: ip.Draw(rt, "ip"), Port: port.Draw(rt, "port")}
		case "unix":
			return &net.UnixAddr{Name: path.Draw(rt, "path"), Net: "unix"}
		}
		return &net.UnixAddr{Name: path.Draw(rt, "path"), Net: "unixgram"}
	})
}

// TestAddressesRoundTrip: to the kernel's form and back, and as text across an exec.
func TestAddressesRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		address := kinds().Draw(rt, "address")
		_, sa, err := toSockaddr(address)
		if nameless := address.String() == "@"; (err != nil) != nameless {
			rt.Fatalf("%v: %v", address, err)
		} else if nameless {
			return
		}
		if back := fromSockaddr(address.Network(), sa); back.String() != address.String() ||
			back.Network() != address.Network() {
			rt.Fatalf("%v came back as %v", address, back)
		}
		told, err := parseAddress(address.Network(), address.String())
		if err != nil || told.String() != address.String() {
			rt.Fatalf("%v was told as %v (%v)", address, told, err)
		}
		if peer, err := peerOf(address); err != nil || peer.Length == 0 {
			rt.Fatalf("%v as bytes: %d, %v", address, peer.Length, err)
		}
	})
}

func TestResolve(t *testing.T) {
	for _, c := range []struct{ network, address, want, fails string }{
		{"tcp", ":80", "127.0.0.1:80", ""},
		{"udp", ":80", "127.0.0.1:80", ""},
		{"tcp", "0.0.0.0:80", "0.0.0.0:80", ""},
		{"tcp", "[::1]:80", "[::1]:80", ""},
		{"unix", "/run/x", "/run/x", ""},
		{"unix", "@x", "@x", ""},
		{"unix", "", "", "it is empty"},
		{"unixgram", "@", "", "it is empty"},
		{"tcp", "", "", "it is empty"},
		{"tcp", "127.0.0.1:65536", "", "invalid port"},
		{"udp", "127.0.0.1:-1", "", "invalid port"},
		{"tcp", "nonsense", "", "missing port"},
	} {
		got, err := resolve(c.network, c.address)
		switch {
		case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
			t.Errorf("%s %q: %v, want %q", c.network, c.address, err, c.fails)
		case c.fails == "" && (err != nil || got.String() != c.want):
			t.Errorf("%s %q: %v, %v, want %q", c.network, c.address, got, err, c.want)
		}
	}
}

// FuzzResolve: what resolves has a form for the kernel, and comes back from there with the same text. Names are left
// out, which would be looked up.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:80", "[::1]:9", ":0", "[]:18", "", "@x", "/run/x", "[fe80::1%lo]:1",
		"1:2:3", "\x00"} {
		f.Add("tcp", seed)
		f.Add("unix", seed)
	}
	f.Fuzz(func(t *testing.T, network, address string) {
		if network != "unix" && network != "unixgram" {
			host, _, err := net.SplitHostPort(address)
			if err != nil || host != "" && net.ParseIP(host) == nil {
				return
			}
		}
		found, err := resolve(network, address)
		if err != nil {
			return
		}
		_, sa, err := toSockaddr(found)
		if err != nil {
			t.Fatalf("%q resolves to %v, which has no form for the kernel: %v", address, found, err)
		}
		if back := fromSockaddr(found.Network(), sa); back.String() != found.String() {
			t.Fatalf("%q came back as %q", found, back)
		}
	})
}
