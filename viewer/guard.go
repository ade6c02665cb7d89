package viewer

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"
)

// A guard is a process of its own that puts the terminal back when this one is killed. It hears through a pipe whether
// the terminal is taken, and the end of the pipe is the end of this process, however it came. It is in a session of its
// own, where no signal of the terminal or of its jobs finds it.
type guard struct {
	command *exec.Cmd
	pipe    *os.File
}

// guardName is how it is known to ps and as its own task.
const guardName = "tracer-terminal"

func init() { reexec.Register(guardName, keepGuard) }

// notice is what a guard is told.
type notice struct {
	Taken bool
	Modes taken
}

// startGuard starts one for the terminal of a path. There is none, nil, when no process can be had: the screen works
// without.
func startGuard(path string) *guard {
	terminal, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0) // the guard may block on its own
	if err != nil {
		return nil
	}
	defer terminal.Close()
	read, write, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer read.Close()
	g := &guard{command: reexec.Command(guardName), pipe: write}
	g.command.Env = append(os.Environ(), "GOMAXPROCS=1")
	g.command.Stdin, g.command.Stdout = read, terminal
	g.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := g.command.Start(); err != nil {
		write.Close()
		return nil
	}
	return g
}

// tell says how the terminal is taken; nil: it is not.
func (g *guard) tell(modes *taken) {
	if g == nil {
		return
	}
	var n notice
	if modes != nil {
		n = notice{true, *modes}
	}
	_ = binary.Write(g.pipe, binary.NativeEndian, n) // one write, so that it is there as a whole or not at all
}

// end lets the guard go, which puts back what is still taken. It waits for that, up to a limit; the guard can go on for
// a while.
func (g *guard) end() {
	if g == nil {
		return
	}
	g.pipe.Close()
	ended := make(chan struct{})
	go func() {
		_ = g.command.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(leaveTime):
	}
}

// guardTime is how long a guard tries at most: the terminal may take nothing.
const guardTime = 20 * time.Second

// keepGuard is the guard's process.
func keepGuard() {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGTTIN, unix.SIGTTOU)
	_ = os.WriteFile("/proc/self/comm", []byte(guardName), 0)
	var last notice
	for binary.Read(os.Stdin, binary.NativeEndian, &last) == nil {
	}
	if !last.Taken {
		return
	}
	time.AfterFunc(guardTime, func() { os.Exit(1) })
	terminal := int(os.Stdout.Fd())
	last.Modes.restore(terminal)
	leaveScreen(os.Stdout)
	if !hasModes(terminal, &last.Modes.Before) {
		_, _ = io.WriteString(os.Stdout, promptLost)
	}
}

// promptLost is said when a shell that edits its lines has the terminal by then: its prompt can have gone with the
// screen, and it writes no other by itself.
const promptLost = "tracer was killed, and the terminal is put back; press Enter for a prompt\r\n"

// restore sets the modes from before, unless somebody else has set his own since: a shell does that at once.
func (m *taken) restore(fd int) {
	if hasModes(fd, &m.Raw) {
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, &m.Before)
	}
}

// leaveScreen writes what the library itself writes when it leaves a screen.
func leaveScreen(w io.Writer) {
	last := &lastWords{to: w, left: make(chan struct{})}
	screen, err := newScreen(last)
	if err != nil || screen.Init() != nil {
		return
	}
	screen.EnableMouse(tcell.MouseButtonEvents)
	last.begin()
	screen.Fini()
}

// lastWords is a terminal of which only the last matters.
type lastWords struct {
	to    io.Writer
	left  chan struct{}
	mu    sync.Mutex
	aloud bool
}

func (l *lastWords) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aloud = true
}

func (l *lastWords) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aloud {
		return l.to.Write(p)
	}
	return len(p), nil
}

func (l *lastWords) Read([]byte) (int, error) {
	<-l.left
	return 0, io.EOF
}

func (l *lastWords) Drain() error {
	close(l.left)
	return nil
}

func (l *lastWords) WindowSize() (tcell.WindowSize, error) {
	return tcell.WindowSize{Width: 80, Height: 24}, nil
}

func (l *lastWords) Start() error        { return nil }
func (l *lastWords) Stop() error         { return nil }
func (l *lastWords) Close() error        { return nil }
func (l *lastWords) NotifyResize(func()) {}
