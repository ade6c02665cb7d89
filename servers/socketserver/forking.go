package socketserver

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Forking processes each request in a child process. The services of this package run in a pure fork, other handlers by
// re-exec. The parent closes its copy of the connection, counts the child among its own and reaps it when it has died.
func Forking(s *Server) {
	c := &children{server: s}
	s.Timeout = 300 * time.Second
	s.ProcessRequest = c.process
	s.Active = c.pids
	s.Handles = func(class *HandlerClass) error {
		if c.isPure() {
			return nil
		}
		return checkReExec(class)
	}
	super := s.Methods
	s.ServerActivate = func() error { return errors.Join(super.ServerActivate(), c.open()) }
	s.HandleTimeout = func() { super.HandleTimeout(); c.collect(false) }
	s.ServiceActions = func() { super.ServiceActions(); c.collect(false) }
	s.ServerClose = func() error {
		err := super.ServerClose()
		c.close()
		return err
	}
}

// children are the processes that a server has forked and not reaped yet.
type children struct {
	server *Server
	mu     sync.Mutex // Active is for any thread
	alive  []*child   // in the order of their forks
}

type child struct {
	pid     int
	request *Request
	pidfd   int   // readable when it has died; -1 when it is looked for by sweeping
	memfd   int   // where a re-exec'd child reports; -1 for a pure fork
	offset  int64 // of the report
}

func (c *children) isPure() bool { return c.server.handler.pure != nil && !c.server.ReExec }

// open makes the descriptor by which the death of a child ends the server's poll: an epoll of pidfds.
func (c *children) open() error {
	if c.server.Traps.LateReaping {
		return nil
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("make epoll for children: %w", err)
	}
	c.server.watch = fd
	return nil
}

func (c *children) process(r *Request) error {
	ch := &child{request: r, pidfd: -1, memfd: -1}
	var err error
	listener, keep := c.server.listener(), c.server.Traps.KeepListener
	if c.isPure() {
		ch.pid, err = pureFork(*c.server.handler.pure, r, listener, keep)
	} else {
		if !keep {
			listener = -1
		}
		ch.pid, ch.memfd, ch.offset, err = reExec(c.server.handler, r, listener)
	}
	if err != nil {
		return err
	}
	c.server.stats.start()
	c.mu.Lock()
	c.alive = append(c.alive, ch)
	c.mu.Unlock()
	c.server.CloseRequest(r)
	c.follow(ch)
	return nil
}

// follow puts a child's pidfd into the epoll. A child without one (no descriptor is free, or SIGCHLD is ignored and the
// child gone already) is swept for.
func (c *children) follow(ch *child) {
	if c.server.watch < 0 {
		return
	}
	fd, err := unix.PidfdOpen(ch.pid, 0)
	if err != nil {
		return
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(ch.pid)}
	if unix.EpollCtl(c.server.watch, unix.EPOLL_CTL_ADD, fd, &event) != nil {
		_ = unix.Close(fd)
		return
	}
	ch.pidfd = fd
}

// collect reaps the dead. When MaxChildren are alive it waits until one is not; no request is taken meanwhile.
func (c *children) collect(block bool) {
	for limit := c.server.MaxChildren; limit > 0 && len(c.pids()) >= limit; {
		if !c.waitForOne() {
			break
		}
	}
	c.sweep(c.due(), block)
}

// sweep waits for each of the children: until it ends, or just looking.
func (c *children) sweep(due []*child, block bool) {
	flags := unix.WNOHANG
	if block {
		flags = 0
	}
	for _, ch := range due {
		pid, status, err := wait(ch.pid, flags)
		switch {
		case errors.Is(err, unix.ECHILD): // somebody else has reaped it
			c.forget(ch)
		case err == nil && pid == ch.pid:
			c.ended(ch, status)
		}
	}
}

// due are the children to look at: those whose pidfd tells that they have died and those without one; all of them with
// LateReaping.
func (c *children) due() []*child {
	c.mu.Lock()
	alive := slices.Clone(c.alive)
	c.mu.Unlock()
	if c.server.watch < 0 {
		return alive
	}
	dead := map[int]bool{}
	events := make([]unix.EpollEvent, len(alive)+1)
	n, _ := unix.EpollWait(c.server.watch, events, 0)
	for _, event := range events[:max(n, 0)] {
		dead[int(event.Fd)] = true
	}
	return slices.DeleteFunc(alive, func(ch *child) bool { return ch.pidfd >= 0 && !dead[ch.pid] })
}

// waitForOne blocks until a child has died, and reaps. False ends the waiting: Shutdown was called, or there is nothing
// to wait for.
func (c *children) waitForOne() bool {
	if c.server.Traps.WaitForAny {
		return c.waitForAny()
	}
	fds := []unix.PollFd{}
	for _, fd := range c.wakers() {
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	if _, err := poll(fds, c.patience()); err != nil {
		return false
	}
	c.sweep(c.due(), false)
	return !c.server.stopping()
}

func (c *children) wakers() (fds []int) {
	if c.server.watch >= 0 {
		fds = append(fds, c.server.watch)
	}
	if c.server.wake != nil {
		fds = append(fds, c.server.wake.fd)
	}
	return fds
}

// patience is how long to poll for a death before a sweep: for ever if every child has a pidfd.
func (c *children) patience() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.ContainsFunc(c.alive, func(ch *child) bool { return ch.pidfd < 0 }) {
		return 20 * time.Millisecond
	}
	return -1
}

// waitForAny is the original's way: one call for all children, also for those that are none of the server's.
func (c *children) waitForAny() bool {
	pid, status, err := wait(-1, 0)
	if errors.Is(err, unix.ECHILD) {
		for _, ch := range c.due() {
			c.forget(ch)
		}
		return true
	}
	if err != nil {
		return false
	}
	for _, ch := range c.due() {
		if ch.pid == pid {
			c.ended(ch, status)
			return true
		}
	}
	c.server.stats.strangers.Add(1)
	return true
}

// close ends what open began. Children that it does not wait for are reaped as they end, by a thread that waits for
// nothing else; the original leaves them to be zombies.
func (c *children) close() {
	s := c.server
	if s.watch >= 0 {
		_ = unix.Close(s.watch)
		s.watch = -1
	}
	switch {
	case s.BlockOnClose:
		c.sweep(c.due(), true)
	case s.Traps.LateReaping:
		c.sweep(c.due(), false)
	default:
		if due := c.due(); len(due) > 0 {
			go c.sweep(due, true)
		}
	}
}

// ended takes leave of a child that was reaped, and tells of one that failed.
func (c *children) ended(ch *child, status unix.WaitStatus) {
	var told *report
	if ch.memfd >= 0 {
		told = readReport(ch.memfd, ch.offset)
	}
	c.forget(ch)
	if status.Exited() && status.ExitStatus() == 0 || told != nil && told.Exit {
		return
	}
	failure := &ChildError{PID: ch.pid, Status: status}
	if told != nil {
		failure.Text, failure.Stack = told.Text, told.Stack
	}
	c.server.tell(ch.request, failure)
}

func (c *children) forget(ch *child) {
	if ch.pidfd >= 0 {
		if c.server.watch >= 0 { // closing is not enough: a pure fork holds a copy
			_ = unix.EpollCtl(c.server.watch, unix.EPOLL_CTL_DEL, ch.pidfd, nil)
		}
		_ = unix.Close(ch.pidfd)
	}
	if ch.memfd >= 0 {
		_ = unix.Close(ch.memfd)
	}
	c.mu.Lock()
	c.alive = slices.DeleteFunc(c.alive, func(other *child) bool { return other == ch })
	c.mu.Unlock()
	c.server.stats.ended.Add(1)
}

func (c *children) pids() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pids []int
	for _, ch := range c.alive {
		pids = append(pids, ch.pid)
	}
	return pids
}

// listener is the descriptor that a child has no use for: the listening socket, -1 where that is the one it answers on.
func (s *Server) listener() int {
	if s.isDatagram() {
		return -1
	}
	return s.socket.d.fd
}

// wait is wait4(2) that survives signals.
func wait(pid, flags int) (reaped int, status unix.WaitStatus, err error) {
	err = again(func() (err error) {
		reaped, err = unix.Wait4(pid, &status, flags, nil)
		return err
	})
	return reaped, status, err
}
