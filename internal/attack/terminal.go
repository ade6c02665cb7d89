package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is a pseudoterminal with a program in its foreground, as a shell runs one.
type terminal struct {
	pty    *os.File
	leader *exec.Cmd // in the place of the shell
	orders *os.File  // closed to let the leader go
	told   *os.File  // what the leader says
	pid    int       // the program
	before *unix.Termios

	mu   sync.Mutex
	raw  strings.Builder
	done chan struct{}
}

const terminalKept = 16 << 20

// openTerminal starts a program in a terminal of its own.
func (t *try) openTerminal(argv ...string) (_ *terminal, err error) {
	r := &terminal{done: make(chan struct{})}
	slave, err := r.openPTY()
	if err != nil {
		return nil, err
	}
	defer slave.Close()
	if r.before, err = unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS); err != nil {
		return nil, err
	}
	ordersRead, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ordersRead.Close()
	told, toldWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer toldWrite.Close()
	r.orders, r.told = orders, told
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r.leader = exec.Command(self, append([]string{leaderRole}, argv...)...)
	r.leader.Env = t.environment()
	r.leader.Dir = t.folder
	r.leader.Stdin, r.leader.Stdout, r.leader.Stderr = slave, slave, slave
	r.leader.ExtraFiles = []*os.File{ordersRead, toldWrite}
	r.leader.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := r.leader.Start(); err != nil {
		return nil, err
	}
	go r.read()
	if _, err := fmt.Fscan(told, &r.pid); err != nil {
		return nil, fmt.Errorf("start %s in a terminal: %w", argv[0], err)
	}
	return r, nil
}

// openPTY opens both ends (pty(7)).
func (r *terminal) openPTY() (slave *os.File, err error) {
	if r.pty, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, err
	}
	fd := int(r.pty.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err := errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0),
		unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100})); err != nil {
		return nil, err
	}
	return os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
}

func (r *terminal) read() {
	defer close(r.done)
	buf := make([]byte, 32<<10)
	for {
		n, err := r.pty.Read(buf)
		r.mu.Lock()
		if r.raw.Len() < terminalKept {
			r.raw.Write(buf[:n])
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// written is all that came to the terminal.
func (r *terminal) written() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String()
}

// wait waits for the program and returns its exit code as a shell has it.
func (r *terminal) wait() (code int, err error) {
	_, err = fmt.Fscan(r.told, &code)
	return code, err
}

// close lets the leader go, and the terminal with it.
func (r *terminal) close() error {
	err := errors.Join(r.orders.Close(), r.leader.Wait(), r.pty.Close(), r.told.Close())
	<-r.done
	return err
}

// modesOfTerminals are the private modes that a screen changes, with how a terminal has them before (xterm's ctlseqs).
var modesOfTerminals = []struct {
	number string
	is     string // what the mode is
	on     bool
}{
	{"1049", "alternate screen", false}, {"25", "cursor", true}, {"1000", "mouse", false}, {"1002", "mouse", false},
	{"1003", "mouse",
		false},
	{"1006", "mouse", false}, {"1004", "focus reports", false}, {"2004", "bracketed paste", false},
	{"1", "cursor keys", false},
}

// restored says what of the terminal is not as it was before.
func (r *terminal) restored() (wrong []string) {
	now, err := unix.IoctlGetTermios(int(r.pty.Fd()), unix.TCGETS)
	if err != nil {
		return []string{err.Error()}
	}
	if *now != *r.before {
		wrong = append(wrong, fmt.Sprintf("termios %+v, before %+v", *now, *r.before))
	}
	out := r.written()
	for _, m := range modesOfTerminals {
		on, off := strings.LastIndex(out, "\x1b[?"+m.number+"h"), strings.LastIndex(out, "\x1b[?"+m.number+"l")
		if is := on > off; on != off && is != m.on {
			wrong = append(wrong, fmt.Sprintf("mode %s (%s) is on: %v", m.number, m.is, is))
		}
	}
	return wrong
}

// terminalRestored expects the terminal as it was. Who restores it after a tracer that was killed may need a moment.
func (t *try) terminalRestored(ctx context.Context, r *terminal) {
	var wrong []string
	if !until(ctx, func() bool {
		wrong = r.restored()
		return len(wrong) == 0
	}) {
		t.fail("the terminal as it was before", strings.Join(slices.Compact(wrong), "\n"))
	}
}

// leaderRole is the first argument with which this program takes the place of a shell.
const leaderRole = "leader"

// The leader's descriptors beside the terminal.
const (
	leaderOrders = 3
	leaderTells  = 4
)

// lead runs a program in the foreground of the terminal, tells its process id and how it ended, and stays until it is
// let go: when a session's leader ends, the kernel takes the terminal from all others.
func lead(argv []string) int {
	unix.CloseOnExec(leaderOrders)
	unix.CloseOnExec(leaderTells)
	tells := os.NewFile(leaderTells, "tells")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(tells, cmd.Process.Pid)
	_ = cmd.Wait() // the status has it
	fmt.Fprintln(tells, statusCode(cmd.ProcessState.Sys().(syscall.WaitStatus)))
	_, _ = os.NewFile(leaderOrders, "orders").Read(make([]byte, 1)) // until it is closed
	return 0
}
