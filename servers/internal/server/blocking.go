package server

import (
	"context"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// NewTalk prepares a conversation for the server's service and network.
func (b *Base) NewTalk() *service.Talk {
	return service.NewTalk(b.config.Service, b.config.Socket.Network != "udp")
}

// Talks keeps conversations, mostly buffers, for the next client.
type Talks struct {
	sync.Pool
}

// NewTalks returns an empty store of them.
func NewTalks(b *Base) *Talks {
	return &Talks{sync.Pool{New: func() any { return b.NewTalk() }}}
}

// Take returns one; Put gives it back.
func (t *Talks) Take() *service.Talk { return t.Get().(*service.Talk) }

// ServeConn talks to one client until the end, and closes the connection.
func (b *Base) ServeConn(conn int, talk *service.Talk) {
	b.Open.Add(conn)
	err := Converse(descriptor(conn), talk, b.DoWork)
	b.Open.Close(conn)
	if err != nil {
		b.Failed("serve", err)
	}
	b.ExitIfAsked()
}

// ReceiveDatagram waits for a datagram on the calling thread, and goes on after errors. ok is false when ctx has ended
// or the socket is broken; then err tells which.
func (b *Base) ReceiveDatagram(ctx context.Context, talk *service.Talk, from *socket.Peer) (n int, ok bool, err error) {
	for {
		b.Call(report.Receive)
		n, err := socket.ReceiveFrom(b.Socket.FD, talk.Room(), from)
		if ctx.Err() != nil {
			return 0, false, nil
		}
		if err == nil {
			b.Note(func(r *report.Report) { r.Datagrams++ })
			return n, true, nil
		}
		b.Failed(report.Receive, err)
		if socket.FateOf(err) == socket.Fail {
			return 0, false, fmt.Errorf("receive: %w", err)
		}
	}
}

// Answer replies to a datagram of n bytes.
func (b *Base) Answer(talk *service.Talk, n int, to *socket.Peer) {
	reply, _ := talk.Received(n)
	b.DoWork()
	if err := socket.SendTo(b.Socket.FD, reply, to); err != nil {
		b.Failed("serve", err)
	}
	b.ExitIfAsked()
}

// DoWork makes a request last, by calls that block the thread.
func (b *Base) DoWork() {
	w := b.Work()
	w.Do()
}

// ExitIfAsked ends the process, and with it all clients: they share it.
func (b *Base) ExitIfAsked() {
	if status := b.Work().Exit; status != 0 {
		os.Exit(status)
	}
}

// CloseSocket is the end of a Serve that has interrupted its socket.
func (b *Base) CloseSocket(release func()) error {
	release()
	return b.Close()
}

// Nonblocking is the flag of descriptors that never wait.
const Nonblocking = unix.SOCK_NONBLOCK
