// Package server is what the models have in common and their lessons are not about: a bound socket, an accept loop that
// goes on through errors, the conversation with one client, the end in good order, and the books.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"tracer/servers/internal/report"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// Base is what all models have: one bound socket, the report.
type Base struct {
	report.Ledger
	Socket *socket.Socket
	Open   Connections // of models that serve in this process
	config Config
	work   atomic.Pointer[service.Work]
}

// Config says what a server is and how it serves.
type Config struct {
	Model   string
	Reap    string // of forking models
	Socket  socket.Config
	Service service.Service
	Work    service.Work
	Grace   time.Duration // how long clients may go on when the server stops
}

// ErrNotListening is returned by Serve without Listen before it, or after Close.
var ErrNotListening = errors.New("serve: call Listen first, and once")

// New returns a server that has nothing open yet.
func New(c Config) *Base {
	b := &Base{config: c}
	b.work.Store(&c.Work)
	b.Begin(report.Report{Model: c.Model, Network: c.Socket.Network, Service: c.Service, Work: c.Work, Reap: c.Reap})
	return b
}

// Work is what a request does now.
func (b *Base) Work() service.Work { return *b.work.Load() }

// SetWork has the requests that come from now on do something else. It may be called from any goroutine.
func (b *Base) SetWork(w service.Work) error {
	if err := w.Check(); err != nil {
		return err
	}
	b.work.Store(&w)
	b.Note(func(r *report.Report) { r.Work = w })
	return nil
}

// Listen opens the socket.
func (b *Base) Listen() (net.Addr, error) {
	if b.Socket != nil {
		return nil, errors.New("listen: the server does so already")
	}
	s, err := socket.Listen(b.config.Socket)
	if err != nil {
		return nil, socket.ExplainInUse(b.config.Socket.Network, b.config.Socket.Address, err)
	}
	b.Socket = s
	b.Note(func(r *report.Report) { r.Address = s.Addr.String() })
	return s.Addr, nil
}

// Close closes it.
func (b *Base) Close() error {
	if b.Socket == nil {
		return nil
	}
	s := b.Socket
	b.Socket = nil
	return s.Close()
}

// Report returns what the server has done so far.
func (b *Base) Report() report.Report { return b.Snapshot() }

// InterruptWith interrupts the socket's accepts and receives when ctx ends, and what is still being served when the
// grace is over after that. The returned function undoes that, and afterwards the socket may be closed.
func (b *Base) InterruptWith(ctx context.Context) (release func()) {
	done, released := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		b.Socket.Interrupt()
		grace := time.NewTimer(b.config.Grace)
		defer grace.Stop()
		select {
		case <-grace.C:
			ended := b.Open.Interrupt()
			b.Note(func(r *report.Report) { r.Ended += int64(ended) })
		case <-released:
		}
	})
	return func() {
		close(released)
		if !stop() {
			<-done
		}
	}
}

// Accept takes one connection on the calling thread, and goes on through everything that is not the listener's own
// end: a client that has vanished, a lack of descriptors. ok is false when ctx has ended; then err tells whether that
// was the reason.
func (b *Base) Accept(ctx context.Context, flags int) (conn int, ok bool, err error) {
	pause := PauseMin
	for {
		b.Call(report.Accept)
		conn, err := socket.Accept(b.Socket.FD, flags)
		if err == nil {
			b.Note(func(r *report.Report) { r.Accepts++ })
			return conn, true, nil
		}
		if ctx.Err() != nil {
			return -1, false, nil
		}
		b.Failed(report.Accept, err)
		switch socket.FateOf(err) {
		case socket.Next:
		case socket.Pause:
			if !Sleep(ctx, pause) {
				return -1, false, nil
			}
			pause = min(2*pause, PauseMax)
		default:
			return -1, false, err
		}
	}
}

// AcceptAll is an accept loop over what parks its caller instead of blocking the thread. It ends with ctx, which makes
// accept fail, or when the listener itself is broken. pause waits; false means that ctx ended first.
func (b *Base) AcceptAll(ctx context.Context, accept func() (net.Conn, error), pause func(time.Duration) bool,
	serve func(net.Conn)) error {
	wait := PauseMin
	for {
		b.Call(report.Accept)
		conn, err := accept()
		switch {
		case err == nil:
			wait = PauseMin
			b.Note(func(r *report.Report) { r.Accepts++ })
			serve(conn)
		case ctx.Err() != nil:
			return nil
		default:
			b.Failed(report.Accept, err)
			if fate := socket.FateOf(err); fate == socket.Stop || fate == socket.Fail {
				return fmt.Errorf("accept: %w", err)
			}
			if !pause(wait) {
				return nil
			}
			wait = min(2*wait, PauseMax)
		}
	}
}

// How long an accept loop waits for descriptors or memory to come free: doubled from the least to the most.
const (
	PauseMin = 10 * time.Millisecond
	PauseMax = time.Second
)

// Sleep waits; false means that ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
