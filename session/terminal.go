package session

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/probes"
	"tracer/words"
)

// A terminal is a pseudoterminal for what is launched. The process that empties it leads the session whose controlling
// terminal it is, as a shell does, and forks the program there, in a process group of its own in the foreground, as a
// child of tracer (CLONE_PARENT). So the end of the program does not hang the terminal up, which would end what it left
// behind; and since that process has the master open, too, nor does the end of tracer. At its own end, which is when
// nobody has the terminal open, it is itself in the foreground: the kernel hangs up that group.
type terminal struct {
	master  int      // does not block
	memory  *os.File // of the tail
	emptied chan<- struct{}
	begun   bool // there is a process that empties it
}

// sessionName is how the process is known as a task of its own; ps shows it as it shows the one of a pipe.
const sessionName = "tracer-session"

func init() { reexec.Register(sessionName, leadSession) }

// NewTerminal begins a capture that is a terminal, for a program that runs as that user, nil for the same as tracer.
func NewTerminal(u *probes.User) (_ *Capture, err error) {
	if !initialized.Load() {
		return nil, errNotInitialized
	}
	memory, err := newTailFile()
	if err != nil {
		return nil, err
	}
	emptied := make(chan struct{})
	c := &Capture{terminal: &terminal{master: -1, memory: memory, emptied: emptied}, emptied: emptied}
	defer func() {
		if err != nil {
			c.terminal.close()
		}
	}()
	if c.write, err = c.terminal.open(); err != nil {
		return nil, words.About(err, func(l *words.Language, reason string) string {
			return l.Problems.NoTerminal(reason)
		})
	}
	if u != nil {
		if err := c.write.Chown(u.UID, -1); err != nil {
			return nil, fmt.Errorf("give its terminal to %s: %w", u.Name, err)
		}
	}
	c.tail, err = mapTail(memory)
	return c, err
}

// open opens both ends of a new pseudoterminal, and returns the program's.
func (t *terminal) open() (program *os.File, err error) {
	t.master, err = unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err = unix.IoctlSetPointerInt(t.master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	if err = t.resize(80, 24); err != nil {
		return nil, err
	}
	// By the master, so that it is found wherever devpts is mounted
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(t.master), unix.TIOCGPTPEER,
		unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, errno
	}
	return os.NewFile(fd, "terminal"), nil
}

func (t *terminal) resize(columns, rows int) error {
	return unix.IoctlSetWinsize(t.master, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
}

// close lets go of what tracer has of it.
func (t *terminal) close() {
	if t.master >= 0 {
		unix.Close(t.master)
	}
	t.memory.Close()
	if !t.begun {
		close(t.emptied)
	}
}

// Terminal returns the capture as a terminal; ok is false where it is a pipe.
func (c *Capture) Terminal() (t Terminal, ok bool) { return Terminal{c}, c != nil && c.terminal != nil }

// Terminal is what a user of tracer sees of the program's terminal, and types there. Its methods must not be called
// after Close of the capture.
type Terminal struct{ capture *Capture }

// Written returns what was written after the first bytes, so many, or the last of it, and how much it was up to its
// end. It must not be called by two at once.
func (t Terminal) Written(after uint64) (last []byte, end uint64) {
	last, _, end = t.capture.tail.after(after)
	return last, end
}

// Type has the program read what is typed. What finds no room, since nobody reads it, is thrown away, as by the
// kernel's line discipline.
func (t Terminal) Type(p []byte) { _, _ = unix.Write(t.capture.terminal.master, p) }

// Resize tells the program the size of its terminal, by a SIGWINCH if it is another one.
func (t Terminal) Resize(columns, rows int) { _ = t.capture.terminal.resize(columns, rows) }

// A hosted program is what the process is to fork. It comes with the descriptors master, terminal, memory of the tail,
// and standard streams.
type hosted struct {
	File   string
	Args   []string
	Folder string
}

// forked is what the process answers.
type forked struct {
	PID   int
	Error string
}

// host is a probes.Host: it starts the process, and has it fork.
func (c *Capture) host(file string, args []string, folder string, line *os.File) (pid int, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	near, far := os.NewFile(uintptr(ends[0]), "session"), os.NewFile(uintptr(ends[1]), "tracer")
	defer near.Close()
	command := reexec.Command(sessionName)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	command.Stdin = far // all other descriptors are the program's
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := errors.Join(command.Start(), far.Close()); err != nil {
		return 0, err
	}
	c.terminal.begun = true
	go func() {
		_ = command.Wait()
		close(c.terminal.emptied)
	}()
	rights := unix.UnixRights(c.terminal.master, int(c.write.Fd()), int(c.terminal.memory.Fd()), int(line.Fd()))
	if err := unix.Sendmsg(ends[0], []byte{0}, rights, nil, 0); err != nil {
		return 0, err
	}
	var answer forked
	if err := gob.NewEncoder(near).Encode(hosted{file, args, folder}); err != nil {
		return 0, err
	}
	if err := gob.NewDecoder(near).Decode(&answer); err != nil {
		return 0, err
	}
	if answer.Error != "" {
		return 0, errors.New(answer.Error)
	}
	return answer.PID, nil
}

// leadSession is the process.
func leadSession() {
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		os.Exit(1)
	}
	tracer := os.NewFile(uintptr(fd), "tracer")
	rights, program, err := receiveHosted(tracer)
	if err != nil {
		os.Exit(1)
	}
	master, slave, memory, line := rights[0], rights[1], rights[2], rights[3]
	var answer forked
	if err = unix.IoctlSetInt(slave, unix.TIOCSCTTY, 0); err == nil {
		answer.PID, err = program.fork(slave, line)
	}
	if err != nil {
		answer.Error = err.Error()
	}
	pidfd, _ := unix.PidfdOpen(answer.PID, 0)
	if gob.NewEncoder(tracer).Encode(answer) != nil || err != nil {
		os.Exit(1)
	}
	for _, fd := range []int{fd, slave, line} {
		unix.Close(fd)
	}
	_ = unix.Dup3(1, 0, 0) // /dev/null in the place of the socket
	empty(master, os.NewFile(uintptr(memory), "tail"), func() bool { return endsWithin(pidfd, reopenTime) })
	takeForeground(master)
}

// takeForeground makes this process's group, which is its alone, that of the foreground. As a session leader ends, all
// of that group get a SIGHUP (disassociate_ctty in drivers/tty/tty_jobctrl.c), which here would be processes that only
// do not use the terminal any more.
func takeForeground(master int) {
	signal.Ignore(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(master, unix.TIOCSPGRP, unix.Getpgrp())
}

// receiveHosted takes what to fork, with its descriptors.
func receiveHosted(tracer *os.File) (rights []int, program hosted, err error) {
	oob := make([]byte, unix.CmsgSpace(4*4))
	_, n, _, _, err := unix.Recvmsg(int(tracer.Fd()), make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return nil, program, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return nil, program, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, program, err
		}
		rights = append(rights, fds...)
	}
	if len(rights) != 4 {
		return nil, program, unix.EMFILE
	}
	return rights, program, gob.NewDecoder(tracer).Decode(&program)
}

// fork starts the program as a child of this process's parent, in the foreground of the terminal.
func (p *hosted) fork(terminal, line int) (pid int, err error) {
	stream := uintptr(line)
	return syscall.ForkExec(p.File, p.Args, &syscall.ProcAttr{Dir: p.Folder, Env: os.Environ(),
		Files: []uintptr{stream, stream, stream},
		Sys:   &syscall.SysProcAttr{Cloneflags: unix.CLONE_PARENT, Foreground: true, Ctty: terminal}})
}

// reopenTime is how often one looks whether a terminal that nobody has open is open again: whoever belongs to its
// session can open it as /dev/tty.
const reopenTime = 100 * time.Millisecond

// endsWithin waits until a process has ended, by its pidfd, and reports whether it has.
func endsWithin(pidfd int, limit time.Duration) bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, int(limit.Milliseconds()))
	return n > 0 || err != nil && err != unix.EINTR
}
