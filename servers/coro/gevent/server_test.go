package gevent

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// shout answers what it reads in upper case, once.
func shout(c *Conn) error {
	b := make([]byte, 64)
	n, err := c.Read(b)
	if err != nil {
		return err
	}
	_, err = c.Write([]byte(strings.ToUpper(string(b[:n]))))
	return err
}

// served runs a test with a server that has started, on each stream network.
func served(t *testing.T, handle func(*Conn) error, o func(*Hub) ServerOptions,
	f func(t *testing.T, h *Hub, s *StreamServer)) {
	for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": ""} {
		t.Run(network, func(t *testing.T) {
			run(t, func(h *Hub) error {
				l, err := h.Listen(network, address, 0)
				if err != nil {
					return err
				}
				s, err := NewStreamServer(h, l, handle, o(h))
				if err != nil {
					return err
				}
				if err := s.Start(); err != nil {
					return err
				}
				f(t, h, s)
				return s.Stop(-1)
			})
		})
	}
}

func plain(*Hub) ServerOptions { return ServerOptions{} }

func (s *StreamServer) dial() (*Conn, error) {
	return s.hub.Dial(s.listener.network, s.Addr().String(), time.Second)
}

// ask is a client that says something and reads to the end.
func (s *StreamServer) ask(t *testing.T, what string) string {
	t.Helper()
	c, err := s.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetTimeout(10 * time.Second)
	if _, err := c.Write([]byte(what)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("%q: %v", what, err)
	}
	return string(answer)
}

// TestServerServes: each connection is served, and closed when the handler returns, which is how the clients come to
// the end.
func TestServerServes(t *testing.T) {
	served(t, shout, plain, func(t *testing.T, h *Hub, s *StreamServer) {
		if !s.Started() || s.Closed() {
			t.Error("it does not know that it has started")
		}
		for range 3 {
			if got := s.ask(t, "hello"); got != "HELLO" {
				t.Errorf("answer %q", got)
			}
		}
		if s.Accepted() != 3 {
			t.Errorf("%d accepted", s.Accepted())
		}
	})
}

// TestServerStops: nobody is accepted afterwards, who was accepted is still served, and it cannot start again without a
// listener.
func TestServerStops(t *testing.T) {
	served(t, shout, plain, func(t *testing.T, h *Hub, s *StreamServer) {
		late, err := s.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer late.Close()
		for s.Accepted() == 0 {
			_ = h.Sleep(0)
		}
		if err := s.Stop(-1); err != nil {
			t.Error(err)
		}
		if _, err := s.dial(); !errors.Is(err, unix.ECONNREFUSED) {
			t.Errorf("dial after the stop: %v", err)
		}
		_, _ = late.Write([]byte("late"))
		if answer, err := io.ReadAll(late); string(answer) != "LATE" {
			t.Errorf("answer %q, %v", answer, err)
		}
		if err := s.Start(); err == nil || s.Started() {
			t.Errorf("it starts without its listener: %v", err)
		}
	})
}

// TestServerPauses: while it does not accept, clients wait in the backlog.
func TestServerPauses(t *testing.T) {
	served(t, shout, plain, func(t *testing.T, h *Hub, s *StreamServer) {
		if err := s.StopAccepting(); err != nil {
			t.Fatal(err)
		}
		answer := h.Spawn(func() (any, error) { return s.ask(t, "wait"), nil })
		if err := h.Sleep(20 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if s.Accepted() != 0 || answer.Ready() {
			t.Error("it accepts all the same")
		}
		if err := s.StartAccepting(); err != nil {
			t.Fatal(err)
		}
		if got, err := answer.Get(10 * time.Second); got != "WAIT" {
			t.Errorf("answer %v, %v", got, err)
		}
	})
}

// TestServerReportsErrors: an error and a panic of a handler are reported, the connection is closed, and the next is
// served.
func TestServerReportsErrors(t *testing.T) {
	var told []string
	o := Options{OnError: func(_ string, err error) { told = append(told, err.Error()) }}
	err := o.Run(func(h *Hub) error {
		l, err := h.Listen("tcp", "127.0.0.1:0", 0)
		if err != nil {
			return err
		}
		calls := 0
		s, err := NewStreamServer(h, l, func(c *Conn) error {
			if calls++; calls == 2 {
				panic("second")
			} else if calls == 1 {
				return errBoom
			}
			return shout(c)
		}, ServerOptions{})
		if err != nil {
			return err
		}
		if err := s.Start(); err != nil {
			return err
		}
		for range 2 {
			c, err := s.dial()
			if err != nil {
				return err
			}
			if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
				t.Errorf("read %q, %v", rest, err)
			}
			c.Close()
		}
		if got := s.ask(t, "third"); got != "THIRD" {
			t.Errorf("answer %q", got)
		}
		return s.Stop(-1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || !strings.Contains(told[0], "boom") || !strings.Contains(told[1], "second") {
		t.Errorf("told %q", told)
	}
}

// TestServerPool: no more are served at once than the pool takes; the others wait, and are served when there is room.
func TestServerPool(t *testing.T) {
	now, most := 0, 0
	handle := func(c *Conn) error {
		now++
		most = max(most, now)
		defer func() { now-- }()
		if err := c.hub.Sleep(5 * time.Millisecond); err != nil {
			return err
		}
		return shout(c)
	}
	served(t, handle, func(h *Hub) ServerOptions { return ServerOptions{Pool: NewPool(h, 2)} },
		func(t *testing.T, h *Hub, s *StreamServer) {
			var all []*Greenlet
			for range 6 {
				all = append(all, h.Spawn(func() (any, error) { return s.ask(t, "x"), nil }))
			}
			if _, err := h.JoinAll(all, JoinOptions{Raise: true}); err != nil {
				t.Error(err)
			}
			for _, g := range all {
				if g.Value() != "X" {
					t.Errorf("answer %v", g.Value())
				}
			}
			if most != 2 {
				t.Errorf("%d at once, want 2", most)
			}
		})
}

// TestServerStopKills: a handler that outlasts the stop is killed, and its connection closed.
func TestServerStopKills(t *testing.T) {
	var ended error
	handle := func(c *Conn) error {
		ended = c.hub.Sleep(time.Hour)
		return nil
	}
	served(t, handle, func(h *Hub) ServerOptions { return ServerOptions{Pool: NewPool(h, 2)} },
		func(t *testing.T, h *Hub, s *StreamServer) {
			ended = nil
			c, err := s.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for s.Accepted() == 0 {
				_ = h.Sleep(0)
			}
			if err := h.Sleep(0); err != nil {
				t.Fatal(err)
			}
			if err := s.Stop(time.Millisecond); err != nil {
				t.Error(err)
			}
			if !errors.Is(ended, ErrExit) {
				t.Errorf("the handler's sleep ended with %v", ended)
			}
			if rest, err := io.ReadAll(c); len(rest) > 0 || err != nil {
				t.Errorf("read %q, %v", rest, err)
			}
		})
}

// TestServerInLoop: a handler in the loop may answer, but not wait.
func TestServerInLoop(t *testing.T) {
	var waited error
	handle := func(c *Conn) error {
		waited = c.hub.Sleep(time.Millisecond)
		_, err := c.Write([]byte("at once"))
		return err
	}
	served(t, handle, func(*Hub) ServerOptions { return ServerOptions{InLoop: true} },
		func(t *testing.T, h *Hub, s *StreamServer) {
			c, err := s.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if answer, err := io.ReadAll(c); string(answer) != "at once" {
				t.Errorf("answer %q, %v", answer, err)
			}
			if !errors.Is(waited, ErrInHub) {
				t.Errorf("a wait in the loop: %v", waited)
			}
		})
}

// TestServeForever ends when another greenlet stops the server, or with what is thrown into it.
func TestServeForever(t *testing.T) {
	served(t, shout, plain, func(t *testing.T, h *Hub, s *StreamServer) {
		g := h.Spawn(func() (any, error) { return nil, s.ServeForever() })
		if got := s.ask(t, "x"); got != "X" {
			t.Errorf("answer %q", got)
		}
		if err := s.Stop(-1); err != nil {
			t.Error(err)
		}
		if _, err := g.Get(10 * time.Second); err != nil {
			t.Error(err)
		}
	})
	served(t, shout, plain, func(t *testing.T, h *Hub, s *StreamServer) {
		g := h.Spawn(func() (any, error) { return nil, s.ServeForever() })
		if err := h.Sleep(0); err != nil {
			t.Fatal(err)
		}
		if err := g.Kill(errBoom, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(g.Err(), errBoom) || !s.Closed() {
			t.Errorf("ended with %v, closed: %v", g.Err(), s.Closed())
		}
	})
}
