package probes

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cilium/ebpf"
	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/bpf"
	"tracer/event"
)

// Command is a program to launch under the probes.
type Command struct {
	Path   string   // the file to execute, as exec.LookPath gives it
	Args   []string // the arguments, the name first
	Dir    string   // working directory; empty: the present one
	Env    []string // environment; nil: that of tracer, as the user's own (see User)
	User   *User    // who runs it; nil: who runs tracer
	Stdin  *os.File // nil: /dev/null
	Stdout *os.File
	Stderr *os.File
}

// Root is a launched program: the root of the traced set.
type Root struct {
	PID     event.PID // as tracer's PID namespace counts
	command *exec.Cmd
}

// gateName is the name under which tracer executes itself to become the launched program.
const gateName = "tracer-gate"

// The gate's descriptors beside the standard ones.
const (
	gateOrders = 3 // tracer writes what to execute, once the probes know the task
	gateErrors = 4 // the gate writes that it is ready, and why it could not; closed by a successful exec
)

const gateReady = "ready\n"

// gateOrder is what the gate reads.
type gateOrder struct {
	Path string
	Args []string
	Env  []string
	User *User
	Deaf bool // it ignores SIGINT
}

// deaf tells whether tracer was started with SIGINT ignored, as a shell starts a background job. It may catch that signal since; the program
// is to ignore it. Go keeps an ignored SIGHUP by itself; of other signals it does not tell.
var deaf = signal.Ignored(os.Interrupt)

func init() {
	if len(os.Args) > 0 && os.Args[0] == gateName {
		runtime.LockOSThread() // stay on the leader's thread: it is the one that the probes know
	}
	reexec.Register(gateName, gate)
}

// Launch starts a program with its first task already in the traced set, so nothing that it does is missed: a child of tracer waits at
// a gate until the probes know it, becomes the user, and executes the program.
func (p *Probes) Launch(c Command) (*Root, error) {
	p.probeRuntimes(c)
	ordersRead, orders, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make the gate's pipe: %w", err)
	}
	defer orders.Close()
	failures, failuresWrite, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the gate's pipe: %w", err), ordersRead.Close())
	}
	defer failures.Close()

	pidfd := -1
	cmd := reexec.Command(gateName)
	cmd.Dir = c.Dir
	if c.Stdin != nil { // a nil *os.File in the interface would not be nil
		cmd.Stdin = c.Stdin
	}
	if c.Stdout != nil {
		cmd.Stdout = c.Stdout
	}
	if c.Stderr != nil {
		cmd.Stderr = c.Stderr
	}
	cmd.ExtraFiles = []*os.File{ordersRead, failuresWrite}
	cmd.SysProcAttr = &syscall.SysProcAttr{PidFD: &pidfd} // no death signal: killing tracer leaves the program as it was
	err = cmd.Start()
	err = errors.Join(err, ordersRead.Close(), failuresWrite.Close())
	if err != nil {
		return nil, fmt.Errorf("start the gate: %w", err)
	}
	root := &Root{PID: event.PID(cmd.Process.Pid), command: cmd}
	if err := p.open(root, pidfd, orders, failures, c); err != nil {
		_ = orders.Close() // the gate ends when there are no orders
		_ = cmd.Wait()
		return nil, err
	}
	return root, nil
}

// open makes the gate's task the root and lets it through.
func (p *Probes) open(root *Root, pidfd int, orders io.WriteCloser, failures io.Reader, c Command) error {
	if pidfd < 0 {
		return &Unsupported{What: "this kernel gives no pidfd", Remedy: "use Linux 5.15 or later"}
	}
	defer unix.Close(pidfd)
	// The gate itself came by an exec, whose event comes after the parent learns that it succeeded. Only a gate that speaks is past it.
	if _, err := io.ReadFull(failures, make([]byte, len(gateReady))); err != nil {
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
	if c.Env == nil {
		c.Env = c.User.environment(os.Environ())
	}
	if err := json.NewEncoder(orders).Encode(gateOrder{c.Path, c.Args, c.Env, c.User, deaf}); err != nil {
		return fmt.Errorf("give the gate its orders: %w", err)
	}
	if err := orders.Close(); err != nil {
		return fmt.Errorf("give the gate its orders: %w", err)
	}
	said, err := io.ReadAll(failures)
	if err != nil {
		return fmt.Errorf("hear from the gate: %w", err)
	}
	if len(said) > 0 {
		return &LaunchError{Path: c.Path, Reason: string(said)}
	}
	return nil
}

// LaunchError says why a program could not be executed.
type LaunchError struct{ Path, Reason string }

func (e *LaunchError) Error() string { return fmt.Sprintf("launch %q: %s", e.Path, e.Reason) }

// Wait waits for the root and gives the exit code for tracer: its own, or 128 and the signal that killed it, as a shell has it.
func (r *Root) Wait() (code int, err error) {
	err = r.command.Wait()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return 0, fmt.Errorf("wait for the launched program: %w", err)
	}
	status := r.command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

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
func (r *Root) Catches(number syscall.Signal) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.PID))
	if err != nil {
		return false
	}
	_, mask, _ := strings.Cut(string(status), "\nSigCgt:")
	mask, _, _ = strings.Cut(strings.TrimSpace(mask), "\n")
	caught, err := strconv.ParseUint(mask, 16, 64)
	return err == nil && caught>>(number-1)&1 != 0
}

// Signal sends the root a signal. It is no error when it has ended.
func (r *Root) Signal(s os.Signal) error {
	if err := r.command.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal the launched program: %w", err)
	}
	return nil
}

// selfLink leads to tracer's own file even for a user who may not look into the folder that it lies in.
const selfLink = "/proc/self/exe"

// Self is the path of tracer's own file, to launch it as another command of its own. Launch finds a way to it for any user.
func Self() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return selfLink
}

// execute replaces the gate by the program.
func (o *gateOrder) execute(self string) error {
	if err := o.User.become(); err != nil {
		return err
	}
	if o.Deaf {
		signal.Ignore(os.Interrupt)
	}
	err := syscall.Exec(o.Path, o.Args, o.Env)
	if o.Path == self && errors.Is(err, os.ErrPermission) {
		err = syscall.Exec(selfLink, o.Args, o.Env)
	}
	return err
}

// gate runs in the child, from reexec.Init, which main calls first of all. It does not return.
func gate() {
	failures := os.NewFile(gateErrors, "errors")
	unix.CloseOnExec(gateErrors)
	unix.CloseOnExec(gateOrders)
	fmt.Fprint(failures, gateReady)
	var o gateOrder
	if err := json.NewDecoder(os.NewFile(gateOrders, "orders")).Decode(&o); err != nil {
		os.Exit(125) // tracer has gone, or said why itself
	}
	fmt.Fprint(failures, o.execute(Self()))
	os.Exit(126)
}
