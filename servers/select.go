package servers

// The server on select(2), the oldest of the three calls.
//
// The descriptors are bits in a fixed set of 1024 (FD_SETSIZE): the program sets the bits to watch, the kernel clears
// those that are not ready, and both go through all bits up to the highest. As the kernel writes its answer over the
// question, the set must be built anew for each wait. A descriptor of 1024 or more has no bit: in C, setting it writes
// beyond the set, a classic hole. Here such a connection is refused and counted as an error that says so.
//
// The call is pselect6(2), to which the C library's select comes down on newer machines.

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tracer/servers/internal/report"
)

// ErrSetSize is counted when a descriptor does not fit into select's set.
var ErrSetSize = fmt.Errorf("select cannot watch descriptor %d or above: its set has as many bits (FD_SETSIZE)",
	unix.FD_SETSIZE)

type selectWatch struct {
	count       func(report.Call)
	read, write unix.FdSet // to watch
	highest     int
}

func newSelect(b *base) Server { return newEventServer(b, &selectWatch{count: b.Call}) }

func (w *selectWatch) open() error  { return nil }
func (w *selectWatch) close() error { return nil }

func (w *selectWatch) add(fd int, i interest) error {
	if fd >= unix.FD_SETSIZE {
		return ErrSetSize
	}
	w.highest = max(w.highest, fd)
	return w.change(fd, i)
}

func (w *selectWatch) change(fd int, i interest) error {
	w.read.Clear(fd)
	w.write.Clear(fd)
	if i == toRead {
		w.read.Set(fd)
	} else {
		w.write.Set(fd)
	}
	return nil
}

func (w *selectWatch) remove(fd int) error {
	w.read.Clear(fd)
	w.write.Clear(fd)
	for w.highest > 0 && !w.read.IsSet(w.highest) && !w.write.IsSet(w.highest) {
		w.highest--
	}
	return nil
}

func (w *selectWatch) wait(ready []int, limit time.Duration) ([]int, error) {
	w.count(report.Select)
	read, write := w.read, w.write
	var timeout *unix.Timespec
	if limit >= 0 {
		t := unix.NsecToTimespec(int64(limit))
		timeout = &t
	}
	n, err := unix.Pselect(w.highest+1, &read, &write, nil, timeout, nil)
	if err != nil || n == 0 {
		return ready, err
	}
	for fd := 0; fd <= w.highest; fd++ {
		if read.IsSet(fd) || write.IsSet(fd) {
			ready = append(ready, fd)
		}
	}
	return ready, nil
}
