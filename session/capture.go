package session

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/probes"
)

// Capture keeps the end of what a launched program writes, for a command whose output must not reach the terminal. The
// program writes into a pipe, as it does under many a supervisor, or to a terminal of its own (NewTerminal), and a
// process of its own empties that into memory that it shares with tracer. So the program is never held up, neither
// while tracer is stopped nor after it was killed, no disk fills, and what is kept has a fixed size. The process ends
// when nobody can write any more.
type Capture struct {
	write    *os.File  // the program's
	terminal *terminal // nil: write is a pipe
	tail     tail
	seen     uint64 // how much had been written when text was made
	text     []string
	emptied  chan struct{} // closed when nobody writes any more
}

// drainName is how the process is known to ps and as its own task.
const drainName = "tracer-output"

func init() { reexec.Register(drainName, drain) }

// drainTail is the descriptor of the shared memory in the process.
const drainTail = 3

// NewCapture begins one, for a program that runs as that user, nil for the same as tracer.
func NewCapture(u *probes.User) (_ *Capture, err error) {
	if !initialized.Load() {
		return nil, errNotInitialized
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for the program's output: %w", err)
	}
	defer read.Close()
	defer func() {
		if err != nil {
			write.Close()
		}
	}()
	if u != nil { // for a program that opens /dev/stdout
		if err := write.Chown(u.UID, u.GID); err != nil {
			return nil, fmt.Errorf("give the pipe for its output to %s: %w", u.Name, err)
		}
	}
	memory, err := newTailFile()
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	c := &Capture{write: write, emptied: make(chan struct{})}
	if c.tail, err = mapTail(memory); err != nil {
		return nil, err
	}
	command := reexec.Command(drainName)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	command.Stdin, command.ExtraFiles = read, []*os.File{memory}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no signal of the terminal finds it
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start a process for the program's output: %w", err), c.tail.unmap())
	}
	go func() {
		_ = command.Wait()
		close(c.emptied)
	}()
	return c, nil
}

// Of gives a command what it is to write to, and to read from if that is a terminal.
func (c *Capture) Of(command *probes.Command) {
	command.Stdout, command.Stderr = c.write, c.write
	if c.terminal != nil {
		command.Stdin, command.Host = c.write, c.host
	}
}

// Launched lets go of the program's end of the pipe, once it has it or could not be launched. Of a nil Capture there is
// none.
func (c *Capture) Launched() {
	if c != nil {
		c.write.Close()
	}
}

// Settle waits until all that was written is in the tail, unless somebody lives on who can still write.
func (c *Capture) Settle() {
	select {
	case <-c.emptied:
	case <-time.After(settleTime):
	}
}

// settleTime is enough to empty a pipe.
const settleTime = 200 * time.Millisecond

// Lines returns the last lines of the output. It must not be called by two at once, nor after Close.
func (c *Capture) Lines() []string {
	if c.tail.written() == c.seen {
		return c.text
	}
	last, whole, seen := c.tail.last()
	c.seen = seen
	c.text = strings.Split(strings.TrimRight(string(last), "\n"), "\n")
	if !whole && len(c.text) > 1 {
		c.text = c.text[1:] // cut in the middle
	}
	return c.text
}

// Close lets go of what is kept. The program can go on to write.
func (c *Capture) Close() error {
	c.write.Close()
	if c.terminal != nil {
		c.terminal.close()
	}
	return c.tail.unmap()
}

// A tail is memory for the last of what was written, shared by one who writes and one who reads: the count of bytes,
// and a ring of them.
type tail struct {
	memory []byte
}

const (
	tailHead  = 8         // the count, at the beginning
	drainStep = 64 << 10  // how much is written at once
	tailRing  = 256 << 10 // more than is shown, since the newest step may be overwriting the oldest
	tailShown = 64 << 10
)

func newTailFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("tracer-output", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("get memory for the program's output: %w", err)
	}
	f := os.NewFile(uintptr(fd), "tracer-output")
	if err := f.Truncate(tailHead + tailRing); err != nil {
		return nil, errors.Join(fmt.Errorf("get memory for the program's output: %w", err), f.Close())
	}
	return f, nil
}

func mapTail(f *os.File) (tail, error) {
	memory, err := unix.Mmap(int(f.Fd()), 0, tailHead+tailRing, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return tail{}, fmt.Errorf("share memory for the program's output: %w", err)
	}
	return tail{memory}, nil
}

func (t tail) unmap() error { return unix.Munmap(t.memory) }

func (t tail) count() *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&t.memory[0])) }

// written is how much was written.
func (t tail) written() uint64 { return t.count().Load() }

// add writes p, of at most a step.
func (t tail) add(p []byte) {
	ring, at := t.memory[tailHead:], t.written()%tailRing
	n := copy(ring[at:], p)
	copy(ring, p[n:])
	t.count().Add(uint64(len(p)))
}

// last returns the last of what was written, whether that is all of it, and how much it was up to its end.
func (t tail) last() (last []byte, whole bool, end uint64) {
	last, from, end := t.after(0)
	return last, from == 0, end
}

// after returns what was written after the first bytes, so many, or the last of it; and how much came before that, and
// how much it was up to its end.
func (t tail) after(first uint64) (last []byte, from, end uint64) {
	ring, end := t.memory[tailHead:], t.written()
	from = max(first, end-min(end, tailShown))
	at := from % tailRing
	last = append(last, ring[at:min(at+end-from, tailRing)]...)
	last = append(last, ring[:int(end-from)-len(last)]...)
	if intact := t.written() + drainStep; intact > from+tailRing { // it was overwritten meanwhile
		last = last[min(intact-from-tailRing, uint64(len(last))):]
		from = end - uint64(len(last))
	}
	return last, from, end
}

// drain is the process that empties the pipe. It outlives tracer when the program does, so it has no more rights than
// that.
func drain() {
	empty(0, os.NewFile(drainTail, "tail"), func() bool { return true })
}

// empty is the rest of the process: it reads all that comes into a tail. When there is nobody who could write, it asks
// whether that is the end.
func empty(from int, memory *os.File, ended func() bool) {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	_ = os.WriteFile("/proc/self/comm", []byte(drainName), 0)
	if probes.BecomeCaller() != nil {
		os.Exit(1)
	}
	t, err := mapTail(memory)
	if err != nil {
		os.Exit(1)
	}
	step := make([]byte, drainStep)
	for {
		switch n, err := unix.Read(from, step); {
		case n > 0:
			t.add(step[:n])
		case err == unix.EINTR:
		case err == unix.EAGAIN: // tracer, who shares the descriptor, does not wait when it writes
			_, _ = unix.Poll([]unix.PollFd{{Fd: int32(from), Events: unix.POLLIN}}, -1)
		case ended():
			return
		}
	}
}
