package servers

// The server on poll(2).
//
// The program keeps an array with an entry for each descriptor: the number, what it waits for, and room for the answer.
// It hands the whole array to the kernel at each wait, which looks at every entry, and then goes through it itself to
// find the ready ones. There is no bound on numbers as select has it, but the cost is the same: a wait costs what is
// open, not what is ready.

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
	"tracer/servers/internal/socket"
)

type pollWatch struct {
	count   func(report.Call)
	entries []unix.PollFd
	index   map[int]int // descriptor -> its entry
}

func newPoll(b *base) Server {
	return newEventServer(b, &pollWatch{count: b.Call, index: map[int]int{}})
}

func (w *pollWatch) open() error  { return nil }
func (w *pollWatch) close() error { return nil }

var pollEvents = [...]int16{toRead: unix.POLLIN, toWrite: unix.POLLOUT}

func (w *pollWatch) add(fd int, i interest) error {
	w.index[fd] = len(w.entries)
	w.entries = append(w.entries, unix.PollFd{Fd: int32(fd), Events: pollEvents[i]})
	return nil
}

func (w *pollWatch) change(fd int, i interest) error {
	at, known := w.index[fd]
	if !known {
		return fmt.Errorf("descriptor %d is not watched", fd)
	}
	w.entries[at].Events = pollEvents[i]
	return nil
}

// remove fills the gap with the last entry.
func (w *pollWatch) remove(fd int) error {
	at, known := w.index[fd]
	if !known {
		return fmt.Errorf("descriptor %d is not watched", fd)
	}
	last := len(w.entries) - 1
	w.entries[at] = w.entries[last]
	w.index[int(w.entries[at].Fd)] = at
	w.entries = w.entries[:last]
	delete(w.index, fd)
	return nil
}

func (w *pollWatch) wait(ready []int, limit time.Duration) ([]int, error) {
	w.count(report.Poll)
	n, err := socket.Poll(w.entries, milliseconds(limit))
	if err != nil || n == 0 {
		return ready, err
	}
	for _, e := range w.entries {
		if e.Revents != 0 {
			ready = append(ready, int(e.Fd))
		}
	}
	return ready, nil
}
