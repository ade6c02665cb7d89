package servers

// The server on epoll(7).
//
// With select and poll the program hands the kernel all its descriptors at each wait, and gets them all back. An epoll
// instance is a descriptor that remembers them: epoll_ctl(2) adds and removes one, epoll_wait(2) returns only those
// that are ready. A wait costs what is ready, not what is open, so that ten thousand silent clients cost nothing.
//
// N clients take 2N+1 calls of epoll_ctl: one for the listener, and for each client one to add and one to remove. The
// last is for the lesson: close(2) would do it, too, as long as no other descriptor means the same socket.

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
)

type epollWatch struct {
	count  func(report.Call)
	epoll  int
	events [256]unix.EpollEvent // the most that one wait returns
}

func newEpoll(b *base) Server { return newEventServer(b, &epollWatch{count: b.Call}) }

func (w *epollWatch) open() (err error) {
	w.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("create an epoll instance: %w", err)
	}
	return nil
}

func (w *epollWatch) close() error { return unix.Close(w.epoll) }

var epollEvents = [...]uint32{toRead: unix.EPOLLIN, toWrite: unix.EPOLLOUT}

func (w *epollWatch) add(fd int, i interest) error {
	return w.control(unix.EPOLL_CTL_ADD, fd, epollEvents[i])
}
func (w *epollWatch) change(fd int, i interest) error {
	return w.control(unix.EPOLL_CTL_MOD, fd, epollEvents[i])
}
func (w *epollWatch) remove(fd int) error { return w.control(unix.EPOLL_CTL_DEL, fd, 0) }

func (w *epollWatch) control(operation, fd int, events uint32) error {
	w.count(report.EpollCtl)
	return unix.EpollCtl(w.epoll, operation, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

func (w *epollWatch) wait(ready []int, limit time.Duration) ([]int, error) {
	w.count(report.Epoll)
	n, err := unix.EpollWait(w.epoll, w.events[:], milliseconds(limit))
	for i := range max(n, 0) {
		ready = append(ready, int(w.events[i].Fd))
	}
	return ready, err
}

// milliseconds rounds a limit up to what epoll_wait and poll take; negative is for ever.
func milliseconds(limit time.Duration) int {
	if limit < 0 {
		return -1
	}
	return int((limit + time.Millisecond - 1) / time.Millisecond)
}
