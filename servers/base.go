package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"tracer/servers/internal/socket"
)

// base is what all models have: options, one bound socket, the report.
type base struct {
	ledger
	options Options
	socket  *socket.Socket
	open    connections // of models that serve in this process
}

// errNotListening is returned by Serve without Listen before it, or after Close.
var errNotListening = errors.New("serve: call Listen first, and once")

func newBase(m Model, o Options) *base {
	b := &base{options: o}
	b.report = Report{
		Model: m.Name, Network: o.Network, Service: o.Service, Work: o.Work,
		ExitCodes: map[int]int64{}, ExitSignals: map[int]int64{}, Calls: map[Call]int64{}, Errors: map[string]int64{},
	}
	if m.uses&optReap != 0 {
		b.report.Reap = o.Reap.String()
	}
	return b
}

func (b *base) config() socket.Config {
	o := b.options
	return socket.Config{Network: o.Network, Address: o.Address, Backlog: o.Backlog, ReusePort: o.ReusePort}
}

func (b *base) Listen() (net.Addr, error) {
	if b.socket != nil {
		return nil, errors.New("listen: the server does so already")
	}
	s, err := socket.Listen(b.config())
	if err != nil {
		return nil, explainListen(b.options.Network, b.options.Address, err)
	}
	b.socket = s
	b.note(func(r *Report) { r.Address = s.Addr.String() })
	return s.Addr, nil
}

func (b *base) Close() error {
	if b.socket == nil {
		return nil
	}
	s := b.socket
	b.socket = nil
	return s.Close()
}

func (b *base) Report() Report { return b.snapshot() }

// interruptWith interrupts the socket's accepts and receives when ctx ends, and what is still being served when the
// grace is over after that. The returned function undoes that, and afterwards the socket may be closed.
func (b *base) interruptWith(ctx context.Context) (release func()) {
	done, released := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		b.socket.Interrupt()
		grace := time.NewTimer(b.options.Grace)
		defer grace.Stop()
		select {
		case <-grace.C:
			ended := b.open.interrupt()
			b.note(func(r *Report) { r.Ended += int64(ended) })
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

// accept takes one connection on the calling thread, and goes on through everything that is not the listener's own
// end: a client that has vanished, a lack of descriptors. ok is false when ctx has ended; then err tells whether that
// was the reason.
func (b *base) accept(ctx context.Context, flags int) (conn int, ok bool, err error) {
	pause := pauseMin
	for {
		b.call(CallAccept)
		conn, err := socket.Accept(b.socket.FD, flags)
		if err == nil {
			b.note(func(r *Report) { r.Accepts++ })
			return conn, true, nil
		}
		if ctx.Err() != nil {
			return -1, false, nil
		}
		b.failed(CallAccept, err)
		switch socket.FateOf(err) {
		case socket.Next:
		case socket.Pause:
			if !sleep(ctx, pause) {
				return -1, false, nil
			}
			pause = min(2*pause, pauseMax)
		default:
			return -1, false, err
		}
	}
}

// acceptAll is an accept loop over what parks its caller instead of blocking the thread. It ends with ctx, which makes
// accept fail, or when the listener itself is broken. pause waits; false means that ctx ended first.
func (b *base) acceptAll(ctx context.Context, accept func() (net.Conn, error), pause func(time.Duration) bool,
	serve func(net.Conn)) error {
	wait := pauseMin
	for {
		b.call(CallAccept)
		conn, err := accept()
		switch {
		case err == nil:
			wait = pauseMin
			b.note(func(r *Report) { r.Accepts++ })
			serve(conn)
		case ctx.Err() != nil:
			return nil
		default:
			b.failed(CallAccept, err)
			if fate := socket.FateOf(err); fate == socket.Stop || fate == socket.Fail {
				return fmt.Errorf("accept: %w", err)
			}
			if !pause(wait) {
				return nil
			}
			wait = min(2*wait, pauseMax)
		}
	}
}

// How long an accept loop waits for descriptors or memory to come free: doubled from the least to the most.
const (
	pauseMin = 10 * time.Millisecond
	pauseMax = time.Second
)

// sleep waits; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
