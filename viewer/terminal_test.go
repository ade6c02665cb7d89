package viewer

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// terminal is a viewer in a real pty, with an emulator at its other end.
type terminal struct {
	t       *testing.T
	command *exec.Cmd
	pty     *os.File
	before  *unix.Termios

	mu      sync.Mutex
	changed *sync.Cond
	screen  emulator
	raw     strings.Builder
	closed  bool
	done    chan struct{}
}

func openTerminal(t *testing.T, role string, env ...string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	master, slave := openPTY(t)
	term := &terminal{t: t, pty: master, done: make(chan struct{})}
	term.changed = sync.NewCond(&term.mu)
	term.before = term.modes()
	term.command = exec.Command(self)
	term.command.Env = append([]string{terminalRole + "=" + role, "TERM=xterm-256color", "LANG=C.UTF-8",
		"PATH=" + os.Getenv("PATH"), "GORACE=" + os.Getenv("GORACE")}, env...)
	term.command.Stdin, term.command.Stdout, term.command.Stderr = slave, slave, slave
	term.command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := term.command.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	go term.read()
	t.Cleanup(func() {
		term.command.Process.Kill()
		<-term.done
		master.Close()
	})
	return term
}

// modes are those of the line discipline, which both ends share.
func (r *terminal) modes() *unix.Termios {
	modes, err := unix.IoctlGetTermios(int(r.pty.Fd()), unix.TCGETS)
	if err != nil {
		r.t.Fatal(err)
	}
	return modes
}

func (r *terminal) read() {
	defer close(r.done)
	buf := make([]byte, 4096)
	for {
		n, err := r.pty.Read(buf)
		r.mu.Lock()
		r.raw.Write(buf[:n])
		r.screen.write(string(buf[:n]))
		r.closed = err != nil
		r.changed.Broadcast()
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *terminal) waitFor(want string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for !strings.Contains(r.screen.text(), want) {
		if r.closed {
			r.t.Fatalf("it ended before %q was on the screen:\n%s", want, r.raw.String())
		}
		r.changed.Wait()
	}
}

// waitForBytes waits until something has been sent.
func (r *terminal) waitForBytes(want string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for !strings.Contains(r.raw.String(), want) {
		if r.closed {
			r.t.Fatalf("it ended before it sent %q", want)
		}
		r.changed.Wait()
	}
}

func (r *terminal) press(keys string) {
	if _, err := io.WriteString(r.pty, keys); err != nil {
		r.t.Fatal(err)
	}
}

// finish waits for the viewer to end and holds the terminal against what it was before. It returns all that was
// written.
func (r *terminal) finish(code int) string {
	r.t.Helper()
	modes := r.waitForModes()
	r.command.Wait()
	<-r.done
	if got := r.command.ProcessState.ExitCode(); got != code {
		r.t.Errorf("exit code %d, want %d:\n%s", got, code, r.raw.String())
	}
	if diff := cmp.Diff(r.before, modes); diff != "" {
		r.t.Errorf("the modes of the terminal differ from before: %s", diff)
	}
	out := r.raw.String()
	for _, pair := range [][2]string{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"},
		{"\x1b[?1000h", "\x1b[?1000l"}} {
		if on, off := strings.LastIndex(out, pair[0]), strings.LastIndex(out, pair[1]); on < 0 || off < on {
			r.t.Errorf("%q at %d was not undone by %q at %d", pair[0], on, pair[1], off)
		}
	}
	return out
}

// waitForModes waits for the end of all that held the line open, and reads the modes that they left.
func (r *terminal) waitForModes() *unix.Termios {
	r.command.Wait()
	<-r.done // the guard has ended, too
	return r.modes()
}

func TestInATerminal(t *testing.T) {
	r := openTerminal(t, "quit")
	r.waitFor("in a terminal")
	r.waitFor("1200 must reap it")
	if modes := r.modes(); modes.Lflag&(unix.ICANON|unix.ECHO) != 0 {
		t.Error("the terminal is not raw while the viewer runs")
	}
	r.press("?")
	r.waitFor("HELP")
	r.press("q")
	r.waitFor("TREE")
	r.press("q")
	if out := r.finish(0); !strings.HasSuffix(strings.TrimSpace(out), "done") {
		t.Errorf("it ends with %q", out[max(len(out)-80, 0):])
	}
}

func TestSignalRestoresTheTerminal(t *testing.T) {
	r := openTerminal(t, "terminate")
	r.waitFor("1200 must reap it")
	if err := r.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if out := r.finish(3); !strings.Contains(out, "ended by:") {
		t.Error("it does not say why it ended")
	}
}

func TestPanicPrintsOnARestoredTerminal(t *testing.T) {
	r := openTerminal(t, "panic")
	r.waitFor("1200 must reap it")
	r.press("o")
	out := r.finish(2)
	if restored, said := strings.LastIndex(out, "\x1b[?1049l"), strings.Index(out,
		"panic: out of order"); said < restored || restored < 0 {
		t.Errorf("restored at %d, panic printed at %d", restored, said)
	}
}

// Ctrl-Z gives the terminal back and takes it again. This process leads its session, so that the kernel does not stop
// it: nobody could continue it.
func TestSuspendInATerminal(t *testing.T) {
	r := openTerminal(t, "suspend")
	r.waitFor("1200 must reap it")
	r.press("\x1a")
	r.waitForRaw(2, "\x1b[?1049h")
	r.waitFor("1200 must reap it")
	r.press("q")
	r.finish(0)
}

// Whatever kills the viewer, the terminal is as before once the guard has ended: it holds the line open until then.
func TestKilledViewerRestoresTheTerminal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGQUIT} {
		r := openTerminal(t, "quit")
		r.waitFor("1200 must reap it")
		if err := r.command.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if out := r.finish(r.deathCode(s)); strings.Contains(out, strings.TrimSpace(promptLost)) {
			t.Errorf("%q is said, and nobody had a prompt", promptLost)
		}
	}
}

// deathCode waits for a death by a signal, since a shell takes any other end for a terminal that is in order: s, or
// SIGABRT where the runtime itself tells of it.
func (r *terminal) deathCode(s syscall.Signal) int {
	r.command.Wait()
	status := r.command.ProcessState.Sys().(syscall.WaitStatus)
	if by := status.Signal(); !status.Signaled() || by != s && by != syscall.SIGABRT {
		r.t.Errorf("status %#x, want an end by %v", status, s)
	}
	return r.command.ProcessState.ExitCode()
}

// What a shell has set since is left alone. Its prompt may have gone with the screen, and on the one from before it is
// said how to get another.
func TestGuardLeavesTheModesOfOthers(t *testing.T) {
	r := openTerminal(t, "quit")
	r.waitFor("1200 must reap it")
	theirs := *r.before
	theirs.Lflag &^= unix.ECHO
	r.setModes(&theirs)
	r.before = &theirs
	r.command.Process.Kill()
	if out := r.finish(-1); strings.LastIndex(out, strings.TrimSpace(promptLost)) < strings.LastIndex(out,
		"\x1b[?1049l") {
		t.Errorf("%q is not said after the screen was left", promptLost)
	}
}

// A SIGSTOP is not heard. When the viewer goes on, the terminal is taken again from whoever had it.
func TestContinuedViewerTakesTheTerminalAgain(t *testing.T) {
	r := openTerminal(t, "quit")
	r.waitFor("1200 must reap it")
	r.setModes(r.before) // as a shell does
	if err := r.command.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.waitForRaw(2, "\x1b[?1049h")
	r.waitFor("1200 must reap it")
	r.press("q")
	r.finish(0)
}

func (r *terminal) setModes(modes *unix.Termios) {
	if err := unix.IoctlSetTermios(int(r.pty.Fd()), unix.TCSETS, modes); err != nil {
		r.t.Fatal(err)
	}
}

// waitForRaw waits until something was written so many times.
func (r *terminal) waitForRaw(times int, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for strings.Count(r.raw.String(), what) < times && !r.closed {
		r.changed.Wait()
	}
}

// A terminal that takes nothing any more does not hold up the end, and keeps the guard at it.
func TestHurriedWriteEnds(t *testing.T) {
	master, slave := openPTY(t)
	defer master.Close()
	path := slave.Name()
	slave.Close()
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	term := &tty{file: file}
	written := make(chan error)
	go func() {
		_, err := term.Write(make([]byte, 1<<20))
		written <- err
	}()
	term.hurry()
	if err := <-written; !errors.Is(err, os.ErrDeadlineExceeded) || !term.broken.Load() {
		t.Errorf("ended by %v, broken: %v", err, term.broken.Load())
	}
}

func TestASCIIAndNoColorByEnvironment(t *testing.T) {
	r := openTerminal(t, "quit", "LC_ALL=C", "NO_COLOR=1")
	r.waitFor("1200 must reap it")
	r.press("q")
	out := r.finish(0)
	for _, c := range out {
		if c > '~' {
			t.Fatalf("%q is on a screen that asked for ASCII", c)
		}
	}
	if strings.Contains(out, "\x1b[38;5;") || strings.Contains(out, "\x1b[38;2;") {
		t.Error("there are colours although NO_COLOR is set")
	}
}
