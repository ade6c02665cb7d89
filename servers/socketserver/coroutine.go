package socketserver

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Hub is what a coroutine server needs of a coroutine library: something like gevent's hub, one thread on which
// coroutines take turns. Both methods are called on that thread only, in one of its coroutines.
type Hub interface {
	// Spawn starts f as a coroutine; it need not run before Spawn returns.
	Spawn(f func())
	// Wait stops the calling coroutine until one of the events (unix.POLLIN, unix.POLLOUT) or an error or hang-up is
	// there on fd, or until the timeout is over, of which a negative one is none. Others run meanwhile.
	Wait(fd int, events int16, timeout time.Duration) (ready bool, err error)
}

// Coroutine is the Part that processes each request in a coroutine of the hub. ServeForever and HandleRequest are then
// to be called in a coroutine of that hub. Every wait of the server and of the connections goes through Hub.Wait; a
// handler that blocks in any other way stops all of them. Close waits for the coroutines when it is called on another
// thread; on the hub's own it would be waiting for itself.
func Coroutine(hub Hub) Part {
	return func(s *Server) {
		c := &coroutines{server: s, hub: hub}
		s.hub = hub
		s.poll = c.poll
		s.ProcessRequest = func(r *Request) error {
			c.start(r)
			return nil
		}
		s.Active = c.ids
		super := s.Methods
		s.ServerClose = func() error {
			err := s.closeAndJoin(super.ServerClose, c.join)
			c.closeJoined()
			return err
		}
	}
}

type coroutines struct {
	server *Server
	hub    Hub
	joined *descriptor // an epoll descriptor that stands for all that the server polls; nil until it is needed
	size   int         // how many descriptors are in it

	mu     sync.Mutex
	thread int // the hub's
	last   int // number of the last coroutine
	alive  map[int]chan struct{}
}

func (c *coroutines) start(r *Request) {
	done := make(chan struct{})
	c.mu.Lock()
	if c.alive == nil {
		c.alive = map[int]chan struct{}{}
	}
	c.last++
	id := c.last
	c.alive[id], c.thread = done, unix.Gettid()
	c.mu.Unlock()
	c.server.stats.start()
	c.hub.Spawn(func() {
		defer func() {
			c.mu.Lock()
			delete(c.alive, id)
			c.mu.Unlock()
			c.server.stats.ended.Add(1)
			close(done)
		}()
		c.server.finishApart(r)
	})
}

func (c *coroutines) ids() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []int
	for id := range c.alive {
		ids = append(ids, id)
	}
	return ids
}

func (c *coroutines) join() {
	c.mu.Lock()
	var waits []chan struct{}
	if c.thread != unix.Gettid() {
		for _, done := range c.alive {
			waits = append(waits, done)
		}
	}
	c.mu.Unlock()
	for _, done := range waits {
		<-done
	}
}

// poll waits for several descriptors through a hub that waits for one: an epoll descriptor is readable when one of
// those in it is.
func (c *coroutines) poll(fds []unix.PollFd, timeout time.Duration) (int, error) {
	fd := int(fds[0].Fd)
	if len(fds) > 1 {
		joined, err := c.gather(fds)
		if err != nil {
			return 0, err
		}
		if err := joined.acquire(); err != nil {
			return 0, err
		}
		defer joined.release()
		fd = joined.fd
	}
	ready, err := c.hub.Wait(fd, unix.POLLIN, timeout)
	if err != nil || !ready {
		return 0, err
	}
	return poll(fds, 0)
}

// gather fills the epoll descriptor, once: what the server polls does not change, but for the listener when that rests.
func (c *coroutines) gather(fds []unix.PollFd) (*descriptor, error) {
	if c.joined != nil && c.size == len(fds) {
		return c.joined, nil
	}
	c.closeJoined()
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make epoll: %w", err)
	}
	c.joined, c.size = &descriptor{fd: epoll}, len(fds)
	for _, fd := range fds {
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: fd.Fd}
		if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(fd.Fd), &event); err != nil {
			c.closeJoined()
			return nil, fmt.Errorf("add to epoll: %w", err)
		}
	}
	return c.joined, nil
}

func (c *coroutines) closeJoined() {
	if c.joined != nil {
		_ = c.joined.close()
		c.joined = nil
	}
}
