package viewer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/sys/unix"
)

// tty is the terminal as the library that draws sees it. What is read from it is safe, writing to it ends when the
// screen is to end, and the guard always knows whether it is taken.
type tty struct {
	file   *os.File // in no-blocking mode, so that reading and writing can be given up
	guard  *guard   // nil when none could be started
	keys   keyboard
	answer answer
	read   [512]byte
	ready  []byte // has been read and is safe

	modes   taken
	broken  atomic.Bool // something could not be written
	size    chan os.Signal
	stopped chan struct{}
	watcher sync.WaitGroup

	mu      sync.Mutex
	resized func()
}

// taken is a terminal in our hands: its modes before, and those that we set.
type taken struct{ Before, Raw unix.Termios }

// hasModes reports whether a terminal has these modes.
func hasModes(fd int, modes *unix.Termios) bool {
	now, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil && *now == *modes
}

// openTTY opens the controlling terminal, or else the one that is written to.
func openTTY() (*tty, error) {
	path := "/dev/tty"
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if errors.Is(err, unix.ENXIO) || errors.Is(err, fs.ErrNotExist) {
		path = "/proc/self/fd/1"
		file, err = os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, err
	}
	return &tty{file: file, guard: startGuard(path), size: make(chan os.Signal, 1)}, nil
}

// control calls f with the descriptor. [os.File.Fd] would make the file block.
func (t *tty) control(f func(fd int) error) (err error) {
	c, err := t.file.SyscallConn()
	if err != nil {
		return err
	}
	return errors.Join(c.Control(func(fd uintptr) { err = f(int(fd)) }), err)
}

func (t *tty) setModes(modes *unix.Termios) error {
	return t.control(func(fd int) error { return unix.IoctlSetTermios(fd, unix.TCSETS, modes) })
}

// ours reports whether the terminal still has the modes that were set when it was taken.
func (t *tty) ours() bool {
	return t.control(func(fd int) error {
		if !hasModes(fd, &t.modes.Raw) {
			return unix.EBUSY
		}
		return nil
	}) == nil
}

// foreground reports whether the terminal is for this process to use now, and not for another job of the shell. A
// terminal that is not the controlling one has no jobs.
func (t *tty) foreground() bool {
	group := 0
	err := t.control(func(fd int) (err error) {
		group, err = unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		return err
	})
	return err != nil || group == unix.Getpgrp()
}

// Start takes the terminal.
func (t *tty) Start() error {
	if err := t.file.SetDeadline(time.Time{}); err != nil {
		return err
	}
	err := t.control(func(fd int) error {
		before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err == nil {
			t.modes = taken{*before, raw(*before)}
		}
		return err
	})
	if err != nil {
		return err
	}
	t.guard.tell(&t.modes) // sooner than it is true, since a kill does not wait
	debug.SetTraceback(crash)
	if err := t.setModes(&t.modes.Raw); err != nil {
		return err
	}
	t.stopped = make(chan struct{})
	signal.Notify(t.size, unix.SIGWINCH)
	t.watcher.Go(t.watchSize)
	return nil
}

// raw is what cfmakeraw(3) makes of modes.
func raw(modes unix.Termios) unix.Termios {
	modes.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL |
		unix.IXON
	modes.Oflag &^= unix.OPOST
	modes.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	modes.Cflag = modes.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	return modes
}

func (t *tty) watchSize() {
	for {
		select {
		case <-t.size:
			t.mu.Lock()
			resized := t.resized
			t.mu.Unlock()
			if resized != nil {
				resized()
			}
		case <-t.stopped:
			return
		}
	}
}

// Stop hands the terminal back, after the library wrote its last. In the background its modes are another's already.
func (t *tty) Stop() error {
	signal.Stop(t.size)
	close(t.stopped)
	t.watcher.Wait()
	if t.foreground() {
		if err := t.setModes(&t.modes.Before); err != nil {
			return err
		}
	}
	if !t.broken.Load() {
		t.guard.tell(nil)
	}
	debug.SetTraceback("single")
	return nil
}

// crash lets a fault that the runtime itself finds end the process by SIGABRT. It would exit with 2, of which a shell
// thinks that the terminal is as it should be: bash keeps the modes that it finds, whether the guard was there already
// or not (wait_for in its jobs.c), while after a signal it sets its own.
const crash = "crash"

// Drain ends a Read that waits.
func (t *tty) Drain() error { return t.file.SetReadDeadline(time.Now()) }

// hurry lets a terminal that takes nothing hold up the end no longer.
func (t *tty) hurry() { _ = t.file.SetWriteDeadline(time.Now().Add(leaveTime / 2)) }

func (t *tty) Close() error { return t.file.Close() }

func (t *tty) Read(p []byte) (int, error) {
	if len(t.ready) == 0 {
		n, err := t.file.Read(t.read[:])
		if err != nil {
			return 0, err
		}
		t.ready = t.keys.filter(t.ready[:0], t.answer.take(t.read[:n]))
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}

func (t *tty) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	if err != nil {
		t.broken.Store(true)
	}
	return n, err
}

func (t *tty) NotifyResize(resized func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resized = resized
}

// WindowSize is that of the terminal; a line that does not know its own is 80 by 24.
func (t *tty) WindowSize() (size tcell.WindowSize, err error) {
	err = t.control(func(fd int) error {
		w, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil {
			size = tcell.WindowSize{Width: int(w.Col), Height: int(w.Row), PixelWidth: int(w.Xpixel),
				PixelHeight: int(w.Ypixel)}
		}
		return err
	})
	if size.Width == 0 || size.Height == 0 {
		size.Width, size.Height = 80, 24
	}
	if err != nil {
		err = fmt.Errorf("size of the terminal: %w", err)
	}
	return size, err
}
