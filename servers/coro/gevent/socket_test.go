package gevent

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pair is a connected pair on a network.
func pair(t *testing.T, h *Hub, network string) (a, b *Conn) {
	t.Helper()
	address := map[string]string{"tcp": "127.0.0.1:0", "unix": ""}[network]
	l, err := h.Listen(network, address, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed := h.Spawn(func() (any, error) { return h.Dial(network, l.Addr().String(), time.Second) })
	b, err = l.AcceptConn()
	if err != nil {
		t.Fatal(err)
	}
	v, err := dialed.Get(Forever)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*Conn), b
}

// onPairs runs a test on each stream network.
func onPairs(t *testing.T, f func(t *testing.T, h *Hub, a, b *Conn)) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			run(t, func(h *Hub) error {
				a, b := pair(t, h, network)
				f(t, h, a, b)
				for _, c := range []*Conn{a, b} {
					if !c.d.closed {
						if err := c.Close(); err != nil {
							t.Error(err)
						}
					}
				}
				return nil
			})
		})
	}
}

// TestMuchData: more than the kernel holds, both ways at once.
func TestMuchData(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		want := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		var all []*Greenlet
		for _, c := range []*Conn{a, b} {
			all = append(all, h.Spawn(func() (any, error) {
				n, err := c.Write(want)
				if n != len(want) {
					t.Errorf("wrote %d", n)
				}
				return nil, errors.Join(err, c.CloseWrite())
			}), h.Spawn(func() (any, error) {
				got, err := io.ReadAll(c)
				if !bytes.Equal(got, want) {
					t.Errorf("read %d bytes, want %d", len(got), len(want))
				}
				return nil, err
			}))
		}
		if _, err := h.JoinAll(all, JoinOptions{Raise: true}); err != nil {
			t.Error(err)
		}
	})
}

// TestEndAfterShortRead: data and end that arrive together are both seen, though the kernel tells of them once.
func TestEndAfterShortRead(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		buffer := make([]byte, 100)
		reader := h.Spawn(func() (any, error) {
			if n, err := b.Read(buffer); n != 5 || err != nil {
				t.Errorf("read %d, %v", n, err)
			}
			n, err := b.Read(buffer)
			if n != 0 || err != io.EOF {
				t.Errorf("at the end: %d, %v", n, err)
			}
			return nil, nil
		})
		if err := h.Sleep(0); err != nil { // the reader waits
			t.Error(err)
		}
		if _, err := a.Write([]byte("hello")); err != nil {
			t.Error(err)
		}
		if err := a.CloseWrite(); err != nil {
			t.Error(err)
		}
		if err := reader.Join(Forever); err != nil {
			t.Error(err)
		}
	})
}

// TestUrgentData: a read that stops at the urgent mark is not taken for the last one.
func TestUrgentData(t *testing.T) {
	run(t, func(h *Hub) error {
		a, b := pair(t, h, "tcp")
		defer a.Close()
		defer b.Close()
		reader := h.Spawn(func() (any, error) {
			var got []byte
			for buffer := make([]byte, 100); len(got) < 6; {
				n, err := b.Read(buffer)
				if err != nil {
					return nil, err
				}
				got = append(got, buffer[:n]...)
			}
			return string(got), nil
		})
		if err := h.Sleep(0); err != nil {
			return err
		}
		for _, part := range []struct {
			text  string
			flags int
		}{{"abc", 0}, {"!", unix.MSG_OOB}, {"def", 0}} {
			if err := unix.Sendto(a.FD(), []byte(part.text), part.flags, nil); err != nil {
				return err
			}
		}
		v, err := reader.Get(5 * time.Second)
		if v != "abcdef" {
			t.Errorf("read %q", v)
		}
		return err
	})
}

// TestTimeouts: of a Conn, of each call, and by deadlines that are set before or during the wait.
func TestTimeouts(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		read := func(what string) {
			t.Helper()
			n, err := b.Read(make([]byte, 1))
			var timeout net.Error
			if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%s: %d, %v", what, n, err)
			}
		}
		b.SetTimeout(short)
		read("timeout")
		b.SetTimeout(0)
		b.SetReadDeadline(time.Now().Add(short))
		read("deadline")
		read("deadline that has passed")
		b.SetReadDeadline(time.Time{})
		h.Go(func() { b.SetReadDeadline(time.Now()) })
		read("deadline during the wait")
		b.SetDeadline(time.Time{})
		big := make([]byte, 64<<20)
		a.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		if n, err := a.Write(big); n == 0 || n == len(big) || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write: %d, %v", n, err)
		}
		// A Timeout of the greenlet's interrupts, too.
		limit, err := h.StartTimeout(short)
		if err != nil {
			t.Fatal(err)
		}
		a.SetDeadline(time.Time{})
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, limit) {
			t.Errorf("read within a timeout: %v", err)
		}
	})
}

func TestCloseWakesWaiters(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		reader := h.Spawn(func() (any, error) { _, err := b.Read(make([]byte, 1)); return err, nil })
		if err := h.Sleep(0); err != nil {
			t.Error(err)
		}
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, ErrBusy) {
			t.Errorf("second reader: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if v, err := reader.Get(Forever); err != nil || !errors.Is(v.(error), net.ErrClosed) {
			t.Errorf("reader got %v, %v", v, err)
		}
		if _, err := b.Read(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read after close: %v", err)
		}
		if err := b.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("second close: %v", err)
		}
	})
}

func TestKillWakesReader(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		reader := h.Spawn(func() (any, error) { _, err := b.Read(make([]byte, 1)); return nil, err })
		if err := errors.Join(h.Sleep(0), reader.Kill(nil, Forever)); err != nil {
			t.Error(err)
		}
		if !reader.Successful() {
			t.Errorf("reader ended with %v", reader.Err())
		}
		if _, err := a.Write([]byte("x")); err != nil {
			t.Error(err)
		}
		if n, err := b.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("next reader: %d, %v", n, err)
		}
	})
}

func TestVanishedPeer(t *testing.T) {
	onPairs(t, func(t *testing.T, h *Hub, a, b *Conn) {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		var err error
		for range 100 {
			if _, err = a.Write([]byte("x")); err != nil {
				break
			}
		}
		if !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
			t.Errorf("write to a closed peer: %v", err)
		}
	})
}

// TestReusedNumbers: a descriptor that gets the number of one just closed does not get its events.
func TestReusedNumbers(t *testing.T) {
	run(t, func(h *Hub) error {
		for range 20 {
			a, b := pair(t, h, "tcp")
			reader := h.Spawn(func() (any, error) { _, err := b.Read(make([]byte, 1)); return nil, err })
			if err := h.Sleep(0); err != nil {
				return err
			}
			if _, err := a.Write([]byte("x")); err != nil {
				return err
			}
			if _, err := reader.Get(time.Second); err != nil {
				return err
			}
			if err := errors.Join(a.Close(), b.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestDatagrams(t *testing.T) {
	for _, network := range []string{"udp", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			run(t, func(h *Hub) error {
				address := func(name string) string {
					if network == "udp" {
						return "127.0.0.1:0"
					}
					return filepath.Join(t.TempDir(), name)
				}
				server, err := h.ListenPacket(network, address("server"))
				if err != nil {
					return err
				}
				client, err := h.ListenPacket(network, address("client"))
				if err != nil {
					return err
				}
				echo := h.Spawn(func() (any, error) {
					buffer := make([]byte, 100)
					for {
						n, from, err := server.ReadFrom(buffer)
						if err != nil {
							return nil, err
						}
						if _, err := server.WriteTo(buffer[:n], from); err != nil {
							return nil, err
						}
					}
				})
				buffer := make([]byte, 100)
				for _, text := range []string{"one", "", "three"} {
					if _, err := client.WriteTo([]byte(text), server.LocalAddr()); err != nil {
						return err
					}
					n, from, err := client.ReadFrom(buffer)
					if err != nil || string(buffer[:n]) != text || from.String() != server.LocalAddr().String() {
						t.Errorf("got %q from %v, %v", buffer[:n], from, err)
					}
				}
				client.SetTimeout(short)
				if _, _, err := client.ReadFrom(buffer); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("read without a datagram: %v", err)
				}
				return errors.Join(echo.Kill(nil, Forever), server.Close(), client.Close())
			})
		})
	}
}

func TestDialErrors(t *testing.T) {
	run(t, func(h *Hub) error {
		l, err := h.Listen("tcp", "127.0.0.1:0", 0)
		if err != nil {
			return err
		}
		free := l.Addr().String()
		if err := l.Close(); err != nil {
			return err
		}
		for _, c := range []struct{ network, address, want string }{
			{"tcp", free, "connection refused"},
			{"tcp", "example.org:80", "numeric host"},
			{"tcp", "127.0.0.1:http", "use a number"},
			{"tcp", "127.0.0.1", "missing port"},
			{"sctp", "127.0.0.1:80", "use tcp, udp, unix or unixgram"},
			{"unix", "/nowhere/at/all", "no such file"},
		} {
			if _, err := h.Dial(c.network, c.address, time.Second); err == nil ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("dial %s %s: %v, want %q", c.network, c.address, err, c.want)
			}
		}
		return nil
	})
}

// TestDialTimeout: a listener with a full backlog lets a dialer wait.
func TestDialTimeout(t *testing.T) {
	run(t, func(h *Hub) error {
		l, err := h.Listen("unix", "", 1)
		if err != nil {
			return err
		}
		defer l.Close()
		var timeout *Timeout
		for i := 0; ; i++ {
			c, err := h.Dial("unix", l.Addr().String(), 5*time.Millisecond)
			if err == nil && i < 10 {
				defer c.Close()
				continue
			}
			if !errors.As(err, &timeout) {
				t.Errorf("dial %d: %v", i, err)
			}
			return nil
		}
	})
}

// TestUnixPath: a socket's file goes with its listener.
func TestUnixPath(t *testing.T) {
	run(t, func(h *Hub) error {
		path := filepath.Join(t.TempDir(), "socket")
		l, err := h.Listen("unix", path, 0)
		if err != nil {
			return err
		}
		if _, err := h.Listen("unix", path, 0); !errors.Is(err, unix.EADDRINUSE) {
			t.Errorf("second listener: %v", err)
		}
		if err := l.Close(); err != nil {
			return err
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the file is still there: %v", err)
		}
		return nil
	})
}
