package servers

import (
	"context"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/service"
	"tracer/servers/internal/socket"
)

// What the models loop, thread and threadpool have in common: a thread that serves one client by calls that block.

// newTalk prepares a conversation for the server's service and network.
func (b *base) newTalk() *service.Talk {
	return service.NewTalk(b.options.Service, b.options.Network != "udp")
}

// talks keeps conversations, mostly buffers, for the next client.
type talks struct {
	sync.Pool
}

func newTalks(b *base) *talks {
	return &talks{sync.Pool{New: func() any { return b.newTalk() }}}
}

func (t *talks) take() *service.Talk { return t.Get().(*service.Talk) }

// serve talks to one client until the end, and closes the connection.
func (b *base) serve(conn int, talk *service.Talk) {
	b.open.add(conn)
	err := converse(descriptor(conn), talk, b.work)
	b.open.close(conn)
	if err != nil {
		b.failed("serve", err)
	}
	b.exitIfAsked()
}

// receiveDatagram waits for a datagram on the calling thread, and goes on after errors. ok is false when ctx has ended
// or the socket is broken; then err tells which.
func (b *base) receiveDatagram(ctx context.Context, talk *service.Talk, from *socket.Peer) (n int, ok bool, err error) {
	for {
		b.call(CallReceive)
		n, err := socket.ReceiveFrom(b.socket.FD, talk.Room(), from)
		if ctx.Err() != nil {
			return 0, false, nil
		}
		if err == nil {
			b.note(func(r *Report) { r.Datagrams++ })
			return n, true, nil
		}
		b.failed(CallReceive, err)
		if socket.FateOf(err) == socket.Fail {
			return 0, false, fmt.Errorf("receive: %w", err)
		}
	}
}

// answer replies to a datagram of n bytes.
func (b *base) answer(talk *service.Talk, n int, to *socket.Peer) {
	reply, _ := talk.Received(n)
	b.work()
	if err := socket.SendTo(b.socket.FD, reply, to); err != nil {
		b.failed("serve", err)
	}
	b.exitIfAsked()
}

// work makes a request last, by calls that block the thread.
func (b *base) work() { b.options.Work.Do() }

// exitIfAsked ends the process, and with it all clients: they share it.
func (b *base) exitIfAsked() {
	if status := b.options.Work.Exit; status != 0 {
		os.Exit(status)
	}
}

// closeSocket is the end of a Serve that has interrupted its socket.
func (b *base) closeSocket(release func()) error {
	release()
	return b.Close()
}

// nonblocking is the flag of descriptors that never wait.
const nonblocking = unix.SOCK_NONBLOCK
