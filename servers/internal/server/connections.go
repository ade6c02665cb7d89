package server

import (
	"sync"

	"golang.org/x/sys/unix"
)

// Connections are the descriptors that a server's threads are serving. A descriptor is closed only by way of this set,
// so that an interrupt never meets one that the kernel has given out anew.
type Connections struct {
	mu   sync.Mutex
	open map[int]struct{}
	over bool // Interrupt was called
}

// Add enters a connection; after Interrupt it is shut down at once.
func (c *Connections) Add(fd int) {
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

// Close closes a connection and forgets it.
func (c *Connections) Close(fd int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, fd)
	unix.Close(fd)
}

// Interrupt ends all conversations: whoever reads finds the end, whoever writes an error. It returns how many there
// were.
func (c *Connections) Interrupt() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for fd := range c.open {
		unix.Shutdown(fd, unix.SHUT_RDWR)
	}
	return len(c.open)
}
