package rawfork

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Score is where a worker counts, in memory that it shares with its parent.
type Score struct {
	accepts  int64 // successful accepts
	failures int64 // connections that did not end well
}

// Accepts is the number of connections that the worker has accepted so far.
func (s *Score) Accepts() int64 { return atomic.LoadInt64(&s.accepts) }

// Failures is the number of connections that ended by an error.
func (s *Score) Failures() int64 { return atomic.LoadInt64(&s.failures) }

// Clear starts from zero, for a new worker.
func (s *Score) Clear() {
	atomic.StoreInt64(&s.accepts, 0)
	atomic.StoreInt64(&s.failures, 0)
}

// Scoreboard is a table of scores in memory that forked children share.
type Scoreboard struct {
	Scores []Score
	memory []byte
}

// NewScoreboard maps the memory for n > 0 scores. Close unmaps it.
func NewScoreboard(n int) (*Scoreboard, error) {
	memory, err := syscall.Mmap(-1, 0, n*int(unsafe.Sizeof(Score{})),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map shared memory for %d workers: %w", n, err)
	}
	return &Scoreboard{Scores: unsafe.Slice((*Score)(unsafe.Pointer(unsafe.SliceData(memory))), n), memory: memory}, nil
}

// Close unmaps the memory; the scores must not be used any more.
func (b *Scoreboard) Close() error {
	b.Scores = nil
	if err := syscall.Munmap(b.memory); err != nil {
		return fmt.Errorf("unmap shared memory: %w", err)
	}
	return nil
}

// accept is the life of a worker: accept, serve, close, until the listener is shut down or Work wants an end.
//
//go:nosplit
//go:norace
func (c *Child) accept() (status int) {
	for {
		conn, _, errno := syscall.RawSyscall6(syscall.SYS_ACCEPT4, uintptr(c.Socket), 0, 0, syscall.SOCK_CLOEXEC, 0, 0)
		switch errno {
		case 0:
		case syscall.EINVAL: // the listener was shut down
			return exitServed
		case syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM:
			pause()
			continue
		case syscall.EBADF, syscall.ENOTSOCK, syscall.EOPNOTSUPP:
			return exitFailed
		default: // the connection ended before it was accepted, or a signal came
			continue
		}
		c.Worker.accepts++
		if c.serve(int(conn)) == exitFailed && c.Work.Exit != exitFailed {
			c.Worker.failures++
		}
		syscall.RawSyscall(syscall.SYS_CLOSE, conn, 0, 0)
		if c.Work.Exit != 0 {
			return c.Work.Exit
		}
	}
}

// pause waits 10 ms for descriptors or memory to come free.
//
//go:nosplit
//go:norace
func pause() {
	t := syscall.Timespec{Nsec: 10e6}
	syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
}
