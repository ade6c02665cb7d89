package gevent

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrBusy is returned when two greenlets want to wait for the same thing of one connection.
var ErrBusy = errors.New("this socket is already used by another greenlet")

// poller is what the hub asks the kernel: an epoll instance, and the descriptors of greenlets that wait.
//
// A connection is tried first; only when it would block is it entered, edge-triggered, and it stays so: from then on
// the kernel tells each arrival once, without a further epoll_ctl. Until it does a read that came out short, or empty,
// has said that there is nothing, and needs no second system call to say so.
type poller struct {
	epoll    int
	descs    []*desc // by descriptor
	serial   int32
	refs     int // of greenlets that wait for descriptors, watched listeners, Asyncs
	events   [256]unix.EpollEvent
	ready    int // of events
	polls    uint64
	controls uint64
	wake     waker
}

// desc is a descriptor that the hub knows.
type desc struct {
	fd      int
	serial  int32  // tells events of this one from those of an earlier one with the same number
	entered uint32 // the events for which it is in epoll; 0: it is not
	name    string // of a listener
	network string

	readable bool // a read is worth trying
	sticky   bool // and always will be: end, error or urgent data
	reader   side
	writer   side
	watch    func() // of a listener, level-triggered
	closed   bool
	borrowed bool // somebody else's, given to WaitFD
}

// side is one direction of a connection.
type side struct {
	g        *Greenlet     // who waits
	timeout  time.Duration // of each wait, if positive
	deadline time.Time     // or at this time
	timer    timer
}

// String names what it is, with its addresses: for reports.
func (d *desc) String() string {
	if d.name != "" || d.closed {
		return cmp.Or(d.name, d.network)
	}
	text := d.network
	for i, get := range []func(int) (unix.Sockaddr, error){unix.Getsockname, unix.Getpeername} {
		if a := addressOf(d, d.network, get); a != nil && a.String() != "" {
			text += [...]string{" ", " to "}[i] + a.String()
		}
	}
	return text
}

func (p *poller) open() (err error) {
	if p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return fmt.Errorf("create epoll instance: %w", err)
	}
	if p.wake.fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		unix.Close(p.epoll)
		return fmt.Errorf("create eventfd: %w", err)
	}
	return nil
}

// close closes what is left and names it.
func (p *poller) close() (left []string) {
	for _, d := range p.descs {
		if d != nil && !d.closed && !d.borrowed {
			left = append(left, d.String()+" open")
			d.closed = true
			unix.Close(d.fd)
		}
	}
	p.wake.close()
	unix.Close(p.epoll)
	return left
}

// know makes an open descriptor known; forget closes it.
func (p *poller) know(fd int, network string) *desc {
	p.serial++
	d := &desc{fd: fd, serial: p.serial, network: network, readable: true}
	for len(p.descs) <= fd {
		p.descs = append(p.descs, nil)
	}
	p.descs[fd] = d
	return d
}

// forget closes a descriptor. Who waits for it gets net.ErrClosed in the loop's next pass.
func (h *Hub) forget(d *desc) error {
	if d.closed {
		return net.ErrClosed
	}
	d.closed = true
	h.descs[d.fd] = nil
	if d.watch != nil {
		d.watch = nil
		h.refs--
	}
	if d.reader.g != nil || d.writer.g != nil {
		h.soon(func() {
			for _, s := range []*side{&d.reader, &d.writer} {
				if s.g != nil {
					h.throw(s.g, net.ErrClosed)
				}
			}
		})
	}
	return unix.Close(d.fd)
}

// control enters a descriptor in epoll, or changes or ends that.
func (p *poller) control(d *desc, events uint32) error {
	act := unix.EPOLL_CTL_MOD
	switch {
	case events == 0:
		act = unix.EPOLL_CTL_DEL
	case d.entered == 0:
		act = unix.EPOLL_CTL_ADD
	}
	p.controls++
	event := unix.EpollEvent{Events: events, Fd: int32(d.fd), Pad: d.serial}
	err := unix.EpollCtl(p.epoll, act, d.fd, &event)
	if d.borrowed && act == unix.EPOLL_CTL_MOD && errors.Is(err, unix.ENOENT) {
		p.controls++ // the number was closed and is in use again
		err = unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, d.fd, &event)
	}
	if err != nil {
		return fmt.Errorf("epoll_ctl %v: %w", d, err)
	}
	d.entered = events
	return nil
}

// What a connection is entered for. The end of the other side and urgent data are asked for since after them a short
// read does not mean that there is nothing more.
const (
	readEvents  = unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLET&0xffffffff
	writeEvents = readEvents | unix.EPOLLOUT
	endEvents   = unix.EPOLLRDHUP | unix.EPOLLPRI | unix.EPOLLHUP | unix.EPOLLERR
)

// await stops the calling greenlet until the descriptor may be read, or written.
func (h *Hub) await(d *desc, s *side, what string) error {
	g, err := h.caller()
	if err != nil {
		return err
	}
	if s.g != nil {
		return ErrBusy
	}
	events := uint32(readEvents)
	if s == &d.writer || d.entered == writeEvents {
		events = writeEvents
	}
	if d.entered != events {
		if err := h.control(d, events); err != nil {
			return err
		}
	}
	s.g = g
	h.refs++
	h.limitSide(s)
	err = h.park(g, waiting{what, d})
	h.halt(&s.timer)
	h.refs--
	s.g = nil
	return err
}

// WaitFD stops the calling greenlet until one of the events (unix.EPOLLIN, unix.EPOLLOUT, which are also POLLIN and
// POLLOUT), an error or a hang-up is there on a descriptor, which is true, or the timeout is over. It is for
// descriptors that are not the hub's, and for one greenlet at a time each.
func (h *Hub) WaitFD(fd int, events int16, timeout time.Duration) (bool, error) {
	g, err := h.caller()
	if err != nil {
		return false, err
	}
	var d *desc
	if fd >= 0 && fd < len(h.descs) {
		d = h.descs[fd]
	}
	switch {
	case fd < 0:
		return false, fmt.Errorf("wait for descriptor %d: %w", fd, unix.EBADF)
	case d == nil:
		d = h.know(fd, fmt.Sprint("descriptor ", fd))
		d.borrowed = true
	case !d.borrowed:
		return false, fmt.Errorf("wait for descriptor %d: it is a connection of the hub's", fd)
	case d.reader.g != nil:
		return false, ErrBusy
	}
	if err := h.control(d, uint32(uint16(events))|unix.EPOLLONESHOT); err != nil {
		return false, err
	}
	d.reader.g = g
	h.refs++
	limit := h.within(g, timeout)
	err = h.park(g, waiting{"events of", d})
	limit.Cancel()
	h.refs--
	d.reader.g = nil
	if limit.is(err) {
		return false, nil
	}
	return err == nil, err
}

// limitSide starts the timer of a side on which a greenlet waits.
func (h *Hub) limitSide(s *side) {
	d := s.timeout
	switch {
	case !s.deadline.IsZero():
		d = time.Until(s.deadline)
	case d <= 0:
		return
	}
	s.timer.wake, s.timer.err, s.timer.priority = s.g, errIOTimeout, -1
	h.start(&s.timer, d)
}

// poll asks the kernel what is ready; negative: waits for ever.
func (p *poller) poll(limit time.Duration) error {
	p.polls++
	milliseconds := -1
	if limit >= 0 {
		milliseconds = int(min((limit+time.Millisecond-1)/time.Millisecond, 1<<30))
	}
	n, errno := epollWait(p.epoll, p.events[:], milliseconds)
	if errno != 0 && errno != unix.EINTR {
		return fmt.Errorf("epoll_wait: %w", errno)
	}
	p.ready = max(n, 0)
	return nil
}

// epollWait is the system call. When it does not wait the Go scheduler need not know of it.
func epollWait(epoll int, events []unix.EpollEvent, milliseconds int) (int, syscall.Errno) {
	call := syscall.Syscall6
	if milliseconds == 0 {
		call = syscall.RawSyscall6
	}
	n, _, errno := call(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
		uintptr(milliseconds), 0, 0)
	return int(n), errno
}

// dispatch continues those for whom something is ready.
func (p *poller) dispatch(h *Hub) {
	for i := 0; i < p.ready && !h.stop; i++ {
		e := &p.events[i]
		if int(e.Fd) == p.wake.fd {
			p.wake.run(h)
			continue
		}
		if int(e.Fd) >= len(p.descs) {
			continue
		}
		d := p.descs[e.Fd]
		if d == nil || d.serial != e.Pad {
			continue // closed since
		}
		if d.watch != nil {
			h.protect(d.name, d.watch)
			continue
		}
		if d.borrowed {
			if d.reader.g != nil {
				h.resume(d.reader.g)
			}
			continue
		}
		if e.Events&(unix.EPOLLIN|endEvents) != 0 {
			d.readable = true
			d.sticky = d.sticky || e.Events&endEvents != 0
			if d.reader.g != nil {
				h.resume(d.reader.g)
			}
		}
		if e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 && d.writer.g != nil {
			h.resume(d.writer.g)
		}
	}
	p.ready = 0
}

// waker lets other goroutines wake the loop, by an eventfd.
type waker struct {
	fd      int
	entered bool
	asyncs  []*Async
	mu      sync.Mutex
	closed  bool
}

// Async lets other goroutines call a function in the loop. It keeps the loop alive until it is closed.
type Async struct {
	hub  *Hub
	call func()
	sent atomic.Bool
}

// Async makes an Async for f, which must not block.
func (h *Hub) Async(f func()) (*Async, error) {
	h.own()
	if !h.wake.entered {
		h.controls++
		event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(h.wake.fd)}
		if err := unix.EpollCtl(h.epoll, unix.EPOLL_CTL_ADD, h.wake.fd, &event); err != nil {
			return nil, fmt.Errorf("epoll_ctl eventfd: %w", err)
		}
		h.wake.entered = true
	}
	a := &Async{hub: h, call: f}
	h.wake.asyncs = append(h.wake.asyncs, a)
	h.refs++
	return a, nil
}

// Send has the function called soon: once, however often Send was called before. Any goroutine may call it, also when
// the hub has ended.
func (a *Async) Send() {
	if a.sent.Swap(true) {
		return
	}
	w := &a.hub.wake
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		one := [8]byte{0: 1}
		_, _ = unix.Write(w.fd, one[:]) // it can only fail by being full, and then it wakes anyway
	}
}

// Close closes it. It is for the hub's goroutine; a second Close does nothing.
func (a *Async) Close() {
	a.hub.own()
	w := &a.hub.wake
	if i := slices.Index(w.asyncs, a); i >= 0 {
		w.asyncs = slices.Delete(w.asyncs, i, i+1)
		a.hub.refs--
	}
}

func (w *waker) run(h *Hub) {
	var count [8]byte
	_, _ = unix.Read(w.fd, count[:])
	for _, a := range slices.Clone(w.asyncs) {
		if a.sent.Swap(false) {
			h.protect("async", a.call)
		}
	}
}

func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	unix.Close(w.fd)
}
