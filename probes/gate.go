package probes

import (
	"debug/elf"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/moby/sys/reexec"
	"golang.org/x/sys/unix"

	"tracer/inherited"
	"tracer/words"
)

// gateName is the name under which tracer executes itself to become the launched program.
const gateName = "tracer-gate"

// The gate has one end of a socket as its standard streams. It says that it is ready, and takes the descriptors of the
// program's own streams and what to execute. A successful exec closes the socket without a word; of one that failed the
// gate sends a refusal.
const gateReady = "ready\n"

// gateOrder is what the gate is to make of itself: a process as the program would be without tracer. Its bytes arrive
// as they are.
type gateOrder struct {
	Path      string
	Args      []string
	Env       []string
	User      *User
	Streams   [3]bool // those that are given; the others are closed
	Ignored   inherited.Signals
	Blocked   inherited.Signals
	Death     syscall.Signal
	Subreaper bool
	Alarm     unix.Itimerval // what is left of alarm(2)
	Tracer    int            // its process id, as the environment may name it
}

func init() {
	if len(os.Args) > 0 && os.Args[0] == gateName {
		runtime.LockOSThread() // stay on the leader's thread: it is the one that the probes know
	}
	reexec.Register(gateName, gate)
}

// newGateOrder completes a command by what tracer was given and a fork does not hand on.
func newGateOrder(c *Command) *gateOrder {
	o := &gateOrder{Path: c.Path, Args: c.Args, Env: c.Env, User: c.User, Death: c.Death, Tracer: os.Getpid(),
		Ignored: inherited.Ignored(), Blocked: inherited.Blocked(), Subreaper: inherited.Subreaper,
		Alarm: inherited.Alarm}
	if o.Env == nil {
		o.Env = c.User.environment(environ())
	}
	if o.Death == 0 {
		o.Death = inherited.Death
	}
	return o
}

// environ is the environment as tracer was given it. Go's own leaves out what is there twice.
func environ() []string {
	seen := os.Environ()
	given, err := os.ReadFile("/proc/self/environ")
	if err != nil || len(given) == 0 {
		return seen
	}
	all := strings.Split(strings.TrimSuffix(string(given), "\x00"), "\x00")
	if len(all) <= len(seen) {
		return seen
	}
	return all
}

// send sends the gate its orders.
func (o *gateOrder) send(line *os.File, c *Command) error {
	var rights []int
	for i, f := range []*os.File{c.Stdin, c.Stdout, c.Stderr} {
		if f == nil {
			null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer null.Close()
			f = null
		}
		fd := int(f.Fd())
		if o.Streams[i] = fd != i || !inherited.Closed(i); o.Streams[i] {
			rights = append(rights, fd)
		}
	}
	if err := unix.Sendmsg(int(line.Fd()), []byte{0}, unix.UnixRights(rights...), nil, 0); err != nil {
		return err
	}
	return gob.NewEncoder(line).Encode(o)
}

// receive takes the orders, and the descriptors of the program's standard streams.
func receive(line *os.File) (o gateOrder, rights []int, err error) {
	oob := make([]byte, unix.CmsgSpace(3*4))
	_, n, flags, _, err := unix.Recvmsg(int(line.Fd()), make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return o, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		return o, nil, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return o, nil, err
		}
		rights = append(rights, fds...)
	}
	if flags&unix.MSG_CTRUNC != 0 {
		return o, nil, unix.EMFILE
	}
	return o, rights, gob.NewDecoder(line).Decode(&o)
}

// gate runs in the child, from reexec.Init, which main calls first of all. It does not return.
func gate() {
	fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		os.Exit(125)
	}
	line := os.NewFile(uintptr(fd), "tracer")
	fmt.Fprint(line, gateReady)
	o, rights, err := receive(line)
	if err == io.EOF || errors.Is(err, unix.ECONNRESET) {
		os.Exit(125) // tracer has gone, or said why itself
	}
	if err == nil {
		err = o.execute(rights)
	}
	_ = gob.NewEncoder(line).Encode(refusalOf(err))
	os.Exit(126)
}

// execute replaces the gate by the program.
func (o *gateOrder) execute(rights []int) error {
	self := Self()
	if err := giveUpLent(0); err != nil { // the file that was executed again gave them again
		return err
	}
	if err := o.User.Become(); err != nil {
		return err
	}
	for i, given := range o.Streams {
		_ = unix.Close(i)
		if !given {
			continue
		}
		if err := unix.Dup3(rights[0], i, 0); err != nil {
			return fmt.Errorf("take over descriptor %d: %w", i, err)
		}
		rights = rights[1:]
	}
	if err := o.attributes(); err != nil {
		return err
	}
	if err := o.signals(); err != nil {
		return err
	}
	err := syscall.Exec(o.Path, o.Args, o.Env)
	if o.Path == self && errors.Is(err, os.ErrPermission) {
		err = syscall.Exec(selfLink, o.Args, o.Env)
	}
	return explainExec(o.Path, err)
}

// attributes sets what an exec keeps and a fork does not.
func (o *gateOrder) attributes() error {
	// Descriptors of socket activation are addressed to tracer's process, and meant for the program (sd_listen_fds(3)).
	if i := slices.Index(o.Env, "LISTEN_PID="+strconv.Itoa(o.Tracer)); i >= 0 {
		o.Env[i] = "LISTEN_PID=" + strconv.Itoa(os.Getpid())
		// The same process, otherwise named
		o.Env = slices.DeleteFunc(o.Env, func(v string) bool { return strings.HasPrefix(v, "LISTEN_PIDFDID=") })
	}
	if o.Subreaper {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("become a subreaper: %w", err)
		}
	}
	if o.Alarm != (unix.Itimerval{}) {
		if _, err := unix.Setitimer(unix.ITIMER_REAL, o.Alarm); err != nil {
			return fmt.Errorf("set the alarm: %w", err)
		}
	}
	if o.Death == 0 {
		return nil
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(o.Death), 0, 0, 0); err != nil {
		return fmt.Errorf("ask for a signal at the end of tracer: %w", err)
	}
	if os.Getppid() != o.Tracer { // it ended before
		os.Exit(125)
	}
	return nil
}

// kernelAction is struct sigaction as the system call has it. It ends with the mask on all architectures that tracer
// knows.
type kernelAction struct {
	handler, flags, restorer, mask uintptr
}

// signals ignores and blocks the signals that the program is to ignore and to block. It goes past Go's runtime, which
// keeps its handlers; these become the default actions at the exec.
func (o *gateOrder) signals() error {
	const size = unsafe.Sizeof(o.Blocked)
	ignore := kernelAction{handler: 1}
	for n := syscall.Signal(1); n <= 64; n++ {
		if !o.Ignored.Has(n) {
			continue
		}
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&ignore)), 0, size,
			0, 0); errno != 0 {
			return fmt.Errorf("ignore signal %d: %w", n, errno)
		}
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&o.Blocked)), 0,
		size, 0, 0)
	if errno != 0 {
		return fmt.Errorf("block signals: %w", errno)
	}
	return nil
}

// refusal is why the gate could not become the program.
type refusal struct {
	Reason      string // what the system says
	NotAProgram bool   // the kernel knows no way to execute it
	Interpreter string // Reason is about it: that of a script or of an ELF file
}

// refusalOf returns what the gate says of an error.
func refusalOf(err error) *refusal {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r
	}
	return &refusal{Reason: err.Error()}
}

// Error says it in English.
func (r *refusal) Error() string { return r.In(words.English()) }

// In says it in a language.
func (r *refusal) In(l *words.Language) string {
	switch {
	case r.NotAProgram:
		return l.Problems.NotAProgram(r.Reason)
	case r.Interpreter != "":
		return l.Problems.Interpreter(strconv.Quote(r.Interpreter), r.Reason)
	}
	return r.Reason
}

// explainExec says whose fault a failed exec was, where the kernel does not.
func explainExec(path string, err error) error {
	if errors.Is(err, unix.ENOEXEC) {
		return &refusal{Reason: err.Error(), NotAProgram: true}
	}
	for range maxInterpreters {
		if path = startedBy(path); path == "" {
			break
		}
		if wrong := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); wrong != nil {
			return &refusal{Reason: wrong.Error(), Interpreter: path}
		}
	}
	return err
}

// startedBy names the program that the kernel starts to run a file: the interpreter of a script, or the dynamic linker.
// It is empty when there is none, or it cannot be told.
func startedBy(path string) string {
	if line := firstLineOfScript(path); len(line) > 0 {
		return line[0]
	}
	x, err := openExecutable(path)
	if err != nil {
		return ""
	}
	defer x.Close()
	for _, segment := range x.Progs {
		if segment.Type == elf.PT_INTERP && segment.Filesz < unix.PathMax {
			name := make([]byte, segment.Filesz)
			if _, err := segment.ReadAt(name, 0); err == nil {
				return strings.TrimRight(string(name), "\x00")
			}
		}
	}
	return ""
}

// selfLink leads to tracer's own file even for a user who may not look into the folder that it lies in.
const selfLink = "/proc/self/exe"

// Self is the path of tracer's own file, to launch it as another command of its own. Launch finds a way to it for any
// user.
func Self() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return selfLink
}
