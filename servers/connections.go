package servers

import (
	"sync"

	"golang.org/x/sys/unix"
)

// connections are the descriptors that a server's threads are serving. A descriptor is closed only by way of this set,
// so that an interrupt never meets one that the kernel has given out anew.
type connections struct {
	mu   sync.Mutex
	open map[int]struct{}
	over bool // interrupt was called
}

// add enters a connection; after interrupt it is shut down at once.
func (c *connections) add(fd int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[int]struct{}{}
	}
	c.open[fd] = struct{}{}
	if c.over {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
}

// close closes a connection and forgets it.
func (c *connections) close(fd int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, fd)
	unix.Close(fd)
}

// interrupt ends all conversations: whoever reads finds the end, whoever writes an error. It returns how many there
// were.
func (c *connections) interrupt() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for fd := range c.open {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
	return len(c.open)
}
