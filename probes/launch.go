package probes

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
	"tracer/words"
)

// Command is a program to launch under the probes.
type Command struct {
	Path   string   // the file to execute, as exec.LookPath gives it
	Args   []string // the arguments, the name first
	Dir    string   // working directory; empty: the present one
	Env    []string // environment; nil: that which tracer was given, as the user's own (see User)
	User   *User    // who runs it; nil: who runs tracer
	Stdin  *os.File // nil: /dev/null; one of tracer's own that it was given closed: closed
	Stdout *os.File
	Stderr *os.File
	// sent to it when tracer ends, whatever ends it; 0: what tracer was given itself (PR_SET_PDEATHSIG)
	Death syscall.Signal
	// Host forks the program in another session, as a child of tracer; nil: tracer forks it in its own.
	Host Host
}

// Host has another process fork a child of tracer. The child executes a file with these arguments, in a folder, and has
// line as its standard streams.
type Host func(file string, args []string, folder string, line *os.File) (pid int, err error)

// Root is a launched program: the root of the traced set.
type Root struct {
	PID     event.PID // as tracer's PID namespace counts
	process *os.Process
	left    sync.Once
	gone    chan struct{} // closed when it is left
}

// Launch starts a program with its first task already in the traced set, so nothing that it does is missed: a child of
// tracer waits at a gate until the probes know it, becomes the user, and executes the program.
func (p *Probes) Launch(c Command) (*Root, error) {
	p.probeRuntimes(c)
	if err := errors.Join(giveUpLent(lasting()), p.openRing()); err != nil {
		return nil, err
	}
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make the gate's socket: %w", err)
	}
	_ = unix.SetNonblock(ends[0], true) // for the runtime's poller
	line, far := os.NewFile(uintptr(ends[0]), "gate"), os.NewFile(uintptr(ends[1]), "tracer")
	defer line.Close()

	// All other descriptors are the program's, each at the number that tracer was given it.
	root := &Root{gone: make(chan struct{})}
	if err := errors.Join(root.start(&c, far), far.Close()); err != nil {
		return nil, fmt.Errorf("start the gate: %w", err)
	}
	root.PID = event.PID(root.process.Pid)
	if err := p.open(root, line, c); err != nil {
		_ = line.Close() // the gate ends when there are no orders
		_, _ = root.Wait()
		return nil, err
	}
	return root, nil
}

// start starts the gate. A death signal comes when the thread ends that forked, not the process (kernel/exit.c,
// forget_original_parent). So that thread is kept as long as the root is asked for.
func (r *Root) start(c *Command, far *os.File) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := r.fork(c, far)
		started <- err
		if err == nil {
			<-r.gone
		}
	}()
	return <-started
}

// fork starts the gate in this thread.
func (r *Root) fork(c *Command, far *os.File) (err error) {
	cmd := reexec.Command(gateName)
	cmd.Dir = c.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = far, far, far
	cmd.SysProcAttr = nil // no death signal of the library's
	if c.Host == nil {
		err = cmd.Start()
		r.process = cmd.Process
		return err
	}
	pid, err := c.Host(cmd.Path, cmd.Args, cmd.Dir, far)
	if err == nil {
		r.process, err = os.FindProcess(pid)
	}
	return err
}

// open makes the gate's task the root and lets it through.
func (p *Probes) open(root *Root, line *os.File, c Command) error {
	pidfd, err := unix.PidfdOpen(int(root.PID), 0) // that of a child that nobody has reaped
	if err != nil {
		return &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.NoPidfd }}
	}
	defer unix.Close(pidfd)
	// The gate itself came by an exec, whose event comes after the parent learns that it succeeded. Only a gate that
	// speaks is past it.
	if _, err := io.ReadFull(line, make([]byte, len(gateReady))); err != nil {
		return fmt.Errorf("wait for the gate: %w", err)
	}
	for _, name := range []string{bpf.TracerVarLive, bpf.TracerVarStaying} {
		if err := p.collection.Variables[name].Set(int64(1)); err != nil {
			return fmt.Errorf("count the root: %w", err)
		}
	}
	state := bpf.TracerTaskState{Root: 1, Gated: 1}
	if err := p.collection.Maps[bpf.TracerMapTasks].Update(uint32(pidfd), &state, ebpf.UpdateAny); err != nil {
		return fmt.Errorf("make process %d the root: %w", root.PID, err)
	}
	if _, err := p.skipped(); err != nil { // what was skipped so far, by that very call say, is not part of the trace
		return err
	}
	if err := newGateOrder(&c).send(line, &c); err != nil {
		return fmt.Errorf("give the gate its orders: %w", err)
	}
	said, err := io.ReadAll(line)
	if err != nil {
		return fmt.Errorf("hear from the gate: %w", err)
	}
	if len(said) == 0 {
		return nil
	}
	var why refusal
	if err := gob.NewDecoder(bytes.NewReader(said)).Decode(&why); err != nil {
		return fmt.Errorf("hear from the gate: %w", err)
	}
	return &LaunchError{Path: c.Path, Reason: why.In}
}

// LaunchError says why a program could not be executed.
type LaunchError struct {
	Path   string
	Reason words.Message
}

// Error says it in English.
func (e *LaunchError) Error() string { return e.In(words.English()) }

// In says it in a language.
func (e *LaunchError) In(l *words.Language) string {
	return l.Problems.Launch(strconv.Quote(e.Path), e.Reason(l))
}

// Wait waits for the root and returns the exit code for tracer: its own, or 128 and the signal that killed it, as a
// shell has it.
func (r *Root) Wait() (code int, err error) {
	defer r.Leave()
	ended, err := r.process.Wait()
	if err != nil {
		return 0, fmt.Errorf("wait for the launched program: %w", err)
	}
	status := ended.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

// Leave ends what tracer does for the root, which goes on by itself if it still runs. Wait implies it.
func (r *Root) Leave() { r.left.Do(func() { close(r.gone) }) }

// Running reports whether the root has not ended. It looks without reaping.
func (r *Root) Running() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, int(r.PID), &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == 0
}

// EndsWithin waits until the root has ended, for a time at most, and reports whether it has. It looks without reaping.
func (r *Root) EndsWithin(limit time.Duration) bool {
	if fd, err := unix.PidfdOpen(int(r.PID), 0); err == nil {
		defer unix.Close(fd)
		end := time.Now().Add(limit)
		for left := limit; left > 0; left = time.Until(end) {
			_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1)
			if err != unix.EINTR {
				break
			}
		}
	}
	return !r.Running()
}

// Catches reports whether the root has a handler of its own for a signal.
func (r *Root) Catches(number syscall.Signal) bool { return r.has("SigCgt", number) }

// Ignores reports whether the root ignores a signal.
func (r *Root) Ignores(number syscall.Signal) bool { return r.has("SigIgn", number) }

func (r *Root) has(set string, number syscall.Signal) bool {
	status, _ := os.ReadFile(proc(r.PID, "status"))
	signals, known := signalSet(status, set)
	return known && signals.Has(number)
}

// Signal sends the root a signal. It is no error when it has ended.
func (r *Root) Signal(s os.Signal) error {
	if err := r.process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal the launched program: %w", err)
	}
	return nil
}

// SignalGroup sends a signal to the process group that a program leads which was forked by a Host, as its terminal
// would. It must not have ended.
func (r *Root) SignalGroup(number syscall.Signal) error { return syscall.Kill(-r.process.Pid, number) }
