package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// launched is one program and what it is started with.
type launched struct {
	name    string
	env     []string
	program []string
	setup   string // a shell that then executes the program, $@
	keep    func(line string) bool
	differs bool // under strace
}

// huge is an argument near to the kernel's limit for one (MAX_ARG_STRLEN), of bytes that are no text.
var huge = strings.Repeat("\xff\x80\xc3(", 32<<10-1)

var launches = []launched{
	{name: "arguments", program: []string{"/usr/bin/printf", `%s\n`, "a\xff\xe4b", "", " ", "a\nb", "\x1b[0m",
		"\xed\xa0\x80", "\xef\xbf\xbd", "$x"}},
	{name: "long arguments", program: slices.Concat([]string{"/usr/bin/printf", `%s\n`},
		slices.Repeat([]string{huge}, 8))},
	{name: "environment", env: []string{"A=\xff\xe4", "=", "B", "", "C=1", "C=2", "\xc3=x", "LONG=" + huge[:64<<10]},
		program: []string{"/bin/cat", "/proc/self/environ"}},
	{name: "no environment", env: []string{}, program: []string{"/bin/cat", "/proc/self/environ"}},
	{name: "path", program: []string{"./t\xe4st", "\xff"}},
	{name: "status", program: []string{"/bin/cat", "/proc/self/status"}, keep: inherits},
	{name: "signals ignored", setup: "trap '' HUP INT QUIT PIPE TERM USR1 URG 40; exec",
		program: []string{"/bin/cat", "/proc/self/status"}, keep: inherits},
	{name: "interrupt ignored", setup: "trap '' INT; exec", program: []string{"/bin/cat", "/proc/self/status"},
		keep: inherits},
	{name: "children ignored", setup: "exec env --ignore-signal=CHLD,40",
		program: []string{"/bin/cat", "/proc/self/status"}, keep: inherits},
	{name: "signals blocked", setup: "exec env --block-signal=HUP,INT,TERM,CHLD,PROF,URG,SEGV,USR2,40",
		program: []string{"/bin/cat", "/proc/self/status"}, keep: inherits},
	{name: "blocked and ignored", setup: "exec env --ignore-signal=CHLD --block-signal=CHLD,TERM",
		program: []string{"/bin/cat", "/proc/self/status"}, keep: inherits},
	{name: "limits", setup: "ulimit -S -n 64; ulimit -S -c 0; exec", program: []string{"/bin/cat",
		"/proc/self/limits"}},
	{name: "odd surroundings", setup: "umask 037; cd sub; exec", program: []string{"sh", "-c",
		"pwd; umask; id; ps -o nice=,sid=,tty= -p $$"}},
	{name: "descriptors", setup: "exec 3</dev/null 4>>four 5<>five 9<&0; exec",
		program: []string{"sh", "-c", descriptors}},
	{name: "input closed", setup: "exec <&- 3</dev/null; exec", program: []string{"sh", "-c", descriptors}},
	{name: "errors closed", setup: "exec 2>&- 7<&0; exec", program: []string{"sh", "-c", descriptors}},
	{name: "all closed", setup: "exec <&- >&- 2>&-; exec", program: []string{"sh", "-c", "{ " + descriptors +
		"} >report 2>&1; cat report >>out"}},
	{name: "socket activation", setup: "exec 3<four; export LISTEN_FDS=1 LISTEN_PID=$$; exec", differs: true,
		program: []string{"sh", "-c", `test "$LISTEN_PID" = $$ && echo "$LISTEN_FDS: mine"; cat <&3`}},
	{name: "of the process", program: []string{"attributes"}, setup: "exec attributes KILL 1 1h"},
}

// descriptors prints those that a shell has, with their flags.
const descriptors = `for n in 0 1 2 3 4 5 6 7 8 9; do test -e /proc/$$/fd/$n && echo $n $(readlink /proc/$$/fd/$n) $(grep flags /proc/$$/fdinfo/$n); done; :; `

// inherits keeps the lines of /proc/PID/status that tell what a process was given.
func inherits(line string) bool {
	name, _, _ := strings.Cut(line, ":")
	return slices.Contains(strings.Fields("Umask Uid Gid Groups SigBlk SigIgn SigCgt CapInh CapPrm CapEff CapBnd "+
		"CapAmb NoNewPrivs Seccomp "+
		"Cpus_allowed Mems_allowed THP_enabled CoreDumping TracerPid"), name)
}

// deathSignal is of the first thread, which initializes.
var deathSignal = func() syscall.Signal {
	var death int32
	unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&death)), 0, 0, 0)
	return syscall.Signal(death)
}()

// attributes is a program that prints attributes of its process which an exec keeps and a fork does not: the death
// signal, whether it is a subreaper, and what is left of alarm(2), in hours begun: an alarm that could go off in a test
// would do so before tracer is there to hand it on, where the machine is busy. With arguments it sets them, and
// executes the rest.
func attributes() {
	if len(os.Args) > 4 {
		runtime.LockOSThread() // the thread that executes becomes the first one
		death, err := strconv.Atoi(os.Args[1])
		if err != nil {
			death = int(unix.SignalNum("SIG" + os.Args[1]))
		}
		unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(death), 0, 0, 0)
		unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, uintptr(os.Args[2][0]-'0'), 0, 0, 0)
		if after, err := time.ParseDuration(os.Args[3]); err == nil {
			unix.Setitimer(unix.ITIMER_REAL, unix.Itimerval{Value: unix.NsecToTimeval(after.Nanoseconds())})
		}
		path, err := exec.LookPath(os.Args[4])
		if err == nil {
			err = syscall.Exec(path, os.Args[4:], os.Environ())
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var reaps int32
	unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&reaps)), 0, 0, 0)
	alarm, err := unix.Getitimer(unix.ITIMER_REAL)
	fmt.Println(unix.SignalName(deathSignal), reaps, (alarm.Value.Sec+3599)/3600, err)
}

// start starts it in a folder, by way of others: none, strace, or tracer. It returns its output.
func (l launched) start(t *testing.T, dir string, by ...string) string {
	t.Helper()
	args := slices.Concat(by, l.program)
	env := l.env
	if env == nil {
		env = os.Environ()
	}
	if l.setup != "" {
		args = append([]string{"/bin/sh", "-c", l.setup + ` "$@"`, "sh"}, args...)
	}
	if !strings.Contains(args[0], "/") {
		path, err := exec.LookPath(args[0])
		if err != nil {
			t.Fatal(err)
		}
		args[0] = path
	}
	open := func(name string, flags int) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name), flags|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	files := []*os.File{open("in", os.O_RDONLY), open("out", os.O_WRONLY|os.O_TRUNC|os.O_APPEND),
		open("err", os.O_WRONLY|os.O_TRUNC)}
	// Not by os/exec, which repairs the environment.
	p, err := os.StartProcess(args[0], args, &os.ProcAttr{Dir: dir, Env: env, Files: files})
	for _, f := range files {
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	state, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	complaints, _ := os.ReadFile(filepath.Join(dir, "err"))
	if len(by) == 0 && strings.Contains(l.setup, "-signal") && state.ExitCode() == 125 {
		t.Skipf("this env sets no signals: %s", complaints)
	}
	if !state.Success() || len(complaints) > 0 && !strings.Contains(l.setup, "2>&-") {
		t.Fatalf("%.60q: %v, %s", by, state, complaints)
	}
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if l.keep == nil {
		return string(out)
	}
	kept := ""
	for line := range strings.Lines(string(out)) {
		if l.keep(line) {
			kept += line
		}
	}
	if kept == "" {
		t.Fatalf("nothing to compare in %q", out)
	}
	return kept
}

// TestLaunchedAsAlone: a program finds itself under tracer as it would without, byte for byte. What strace does shows
// that the comparison is fair, where it is installed.
func TestLaunchedAsAlone(t *testing.T) {
	needKernel(t)
	tracer := command(t, "tracer")
	strace, _ := exec.LookPath("strace")
	if strace == "" {
		t.Log("not compared with strace, which is not installed")
	}
	for _, l := range launches {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, err := range []error{os.Mkdir(filepath.Join(dir, "sub"), 0o755),
				os.WriteFile(filepath.Join(dir, "four"), []byte("4\n"), 0o600),
				os.Symlink("/bin/echo", filepath.Join(dir, "t\xe4st"))} {
				if err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", filepath.Dir(tracer)+":"+os.Getenv("PATH"))
			alone := l.start(t, dir)
			for range rounds() {
				if traced := l.start(t, dir, tracer, "record", "-q", "-o", filepath.Join(dir, "a.trc"),
					"--"); traced != alone {
					t.Fatalf("traced:\n%.2000q\nalone:\n%.2000q", traced, alone)
				}
			}
			if strace == "" || l.differs || l.env != nil {
				return
			}
			if traced := l.start(t, dir, strace, "-o", "/dev/null", "--"); l.name != "of the process" &&
				without(traced, "TracerPid") != without(alone, "TracerPid") {
				t.Errorf("by strace:\n%.2000q\nalone:\n%.2000q", traced, alone)
			}
		})
	}
}

// callers are who else launches programs: what comes before the program alone, before tracer and before strace, each
// with its own arguments. A user with capabilities needs a tracefs that is mounted.
func callers() map[string][3][]string {
	const mounted = `mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing && exec "$@"`
	capable := []string{"unshare", "-m", "sh", "-c", mounted, "sh", "setpriv", "--reuid", "65534", "--regid", "65534",
		"--clear-groups", "--inh-caps", "+bpf,+perfmon,+dac_read_search", "--ambient-caps",
		"+bpf,+perfmon,+dac_read_search"}
	return map[string][3][]string{
		"by sudo": {{"setpriv", "--reuid", "65534", "--regid", "65534", "--init-groups"}, {"env", "SUDO_UID=65534"},
			{"setpriv", "--reuid", "65534", "--regid", "65534", "--init-groups"}},
		"with capabilities": {capable, capable, capable},
	}
}

// TestLaunchedAsAloneByOthers: what the kernel keeps of a process is the same under tracer for a program of who called
// sudo, which tracer becomes, and for one of a user whose capabilities are enough for the probes.
func TestLaunchedAsAloneByOthers(t *testing.T) {
	needKernel(t)
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	tracer := command(t, "tracer")
	strace, _ := exec.LookPath("strace")
	for name, before := range callers() {
		for _, l := range launches {
			if l.keep == nil && l.name != "limits" {
				continue
			}
			t.Run(name+"/"+l.name, func(t *testing.T) {
				dir := t.TempDir()
				own := filepath.Join(dir, "own")
				if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Mkdir(own, 0o700),
					os.Chown(own, 65534, 65534)); err != nil {
					t.Fatal(err)
				}
				t.Setenv("PATH", filepath.Dir(tracer)+":"+os.Getenv("PATH"))
				alone := l.start(t, dir, before[0]...)
				if traced := l.start(t, dir, slices.Concat(before[1], []string{tracer, "record", "-q", "-o",
					filepath.Join(own, "a.trc"), "--"})...); traced != alone {
					t.Errorf("traced:\n%s\nalone:\n%s", traced, alone)
				}
				if strace == "" {
					return
				}
				if traced := l.start(t, dir, slices.Concat(before[2], []string{strace, "-o", "/dev/null",
					"--"})...); without(traced, "TracerPid") != without(alone, "TracerPid") {
					t.Errorf("by strace:\n%s\nalone:\n%s", traced, alone)
				}
			})
		}
	}
}

func without(text, name string) string {
	kept := ""
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, name) {
			kept += line
		}
	}
	return kept
}

// rounds is how often a launch is compared.
func rounds() int {
	if n, err := strconv.Atoi(os.Getenv("TRUTH_ROUNDS")); err == nil {
		return n
	}
	return 1
}

func needKernel(t *testing.T) {
	t.Helper()
	switch works, err := condition("kernel"); {
	case err != nil:
		t.Fatal(err)
	case !works:
		t.Skip("needs the kernel side")
	}
}

// command returns a path by which the test's own binary is one of its commands.
func command(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestJobServer: make hands descriptors to the makes below it. Where they are lost it says so, and works on alone.
func TestJobServer(t *testing.T) {
	needKernel(t)
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	dir := t.TempDir()
	const rules = "all:\n\t+@%s record -q -- $(MAKE) --no-print-directory both\nboth: a b\na b:\n\t@echo $@ " +
		"$(MAKEFLAGS)\n"
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), fmt.Appendf(nil, rules, command(t, "tracer")),
		0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("make", "-C", dir, "--no-print-directory", "-j2").CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("warning")) || !bytes.Contains(out, []byte("--jobserver-auth=")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestServersEndWithTracer: a bundled server ends with who started it, and so do its children.
func TestServersEndWithTracer(t *testing.T) {
	needKernel(t)
	for _, args := range [][]string{{"demo", "fork", "-q"}, {"run", "prefork", "--plain"},
		{"record", "fork", "-q", "-o", "a.trc"}, {"record", "thread", "-q", "-o", "b.trc"}} {
		t.Run(args[0]+" "+args[1], func(t *testing.T) {
			dir := t.TempDir()
			address := filepath.Join(dir, "socket")
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			cmd := exec.Command(command(t, "tracer"), append(args, "--network", "unix", "--address", address)...)
			cmd.Dir, cmd.ExtraFiles = dir, []*os.File{write} // all that descend from tracer have it
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			var client net.Conn
			for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
				if client, err = net.Dial("unix", address); err == nil {
					break
				}
				if time.Now().After(until) {
					t.Fatal(err)
				}
			}
			defer client.Close()
			fmt.Fprintln(client, "for somebody to serve")
			if _, err := client.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			_ = read.SetReadDeadline(time.Now().Add(20 * time.Second))
			if _, err := read.Read(make([]byte, 1)); err != io.EOF { // nobody has it open any more
				t.Errorf("the server goes on: %v", err)
			}
		})
	}
}

// TestEndsWithTracer: a program that was to end with who started tracer ends with tracer, however that ends.
func TestEndsWithTracer(t *testing.T) {
	needKernel(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(command(t, "attributes"), "KILL", "0", "0", "tracer", "record", "-q", "-o",
		filepath.Join(dir, "a.trc"), "--",
		"sh", "-c", "exec >"+pipe+"; echo $$; exec sleep 1000")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	said := make([]byte, 20)
	if _, err := f.Read(said); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	_ = f.SetReadDeadline(time.Now().Add(20 * time.Second))
	if n, err := f.Read(said); n != 0 || os.IsTimeout(err) { // the end of the file: nobody has the pipe open any more
		t.Errorf("the program goes on: %v", err)
	}
}
