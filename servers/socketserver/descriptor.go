package socketserver

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/socket"
)

// descriptor is a file descriptor that is closed once, by its last user. A number that is closed while another thread
// is inside a system call with it may be given to the next open, and the call would go on with a stranger's file.
type descriptor struct {
	fd    int
	state atomic.Int64 // users, and the closing bit
}

const closing = 1 << 32

// acquire announces a user; net.ErrClosed once close was called.
func (d *descriptor) acquire() error {
	for {
		state := d.state.Load()
		if state&closing != 0 {
			return net.ErrClosed
		}
		if d.state.CompareAndSwap(state, state+1) {
			return nil
		}
	}
}

// release ends what acquire began.
func (d *descriptor) release() {
	if d.state.Add(-1) == closing {
		_ = unix.Close(d.fd)
	}
}

// close closes the descriptor, or leaves that to the last of its present users; net.ErrClosed the second time.
func (d *descriptor) close() error {
	for {
		state := d.state.Load()
		if state&closing != 0 {
			return net.ErrClosed
		}
		if !d.state.CompareAndSwap(state, state|closing) {
			continue
		}
		if state == 0 {
			return unix.Close(d.fd)
		}
		return nil
	}
}

func (d *descriptor) closed() bool { return d.state.Load()&closing != 0 }

// poll is poll(2) that survives signals: after EINTR it goes on for what is left of the timeout. A negative timeout is
// none. The answer is the number of descriptors that are ready, 0 when the time is over.
func poll(fds []unix.PollFd, timeout time.Duration) (int, error) {
	deadline := time.Now().Add(timeout)
	for {
		limit := -1
		if timeout >= 0 {
			limit = int((timeout + time.Millisecond - 1) / time.Millisecond)
		}
		n, err := socket.Poll(fds, limit)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
		if timeout >= 0 {
			timeout = max(0, time.Until(deadline))
		}
	}
}

// again repeats a call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
