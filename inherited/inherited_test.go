package inherited

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestAsGiven: what a program finds is what the kernel says of one that has no Go runtime, in the same place.
func TestAsGiven(t *testing.T) {
	dir := t.TempDir()
	t.Run("without cgo", func(t *testing.T) { asGiven(t, build(t, dir, "0")) })
	t.Run("with cgo", func(t *testing.T) {
		if _, err := exec.LookPath("cc"); err != nil {
			t.Skip("no C compiler")
		}
		asGiven(t, build(t, dir, "1"))
	})
}

func build(t *testing.T, dir, cgo string) string {
	path := filepath.Join(dir, "say"+cgo)
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./testdata/say")
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

func asGiven(t *testing.T, say string) {
	for _, test := range []struct {
		name, setup, closed string
		blocked             []unix.Signal
	}{
		{"nothing", "exec", "", nil},
		{"ignored", "trap '' HUP INT QUIT PIPE TERM USR1 URG 40; exec", "", nil},
		{"children ignored", "exec env --ignore-signal=CHLD", "", nil},
		{"blocked", "exec", "", []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGCHLD, unix.SIGPROF,
			unix.SIGURG, unix.SIGSEGV, 33, 64}},
		{"both", "exec env --ignore-signal=CHLD,TERM", "", []unix.Signal{unix.SIGCHLD, unix.SIGTERM}},
		{"input closed", "exec <&-; exec", "closed 0\n", nil},
		{"output closed", "exec >&-; exec", "closed 1\n", nil},
		{"all closed", "exec <&- >&- 2>&-; exec", "closed 0\nclosed 1\nclosed 2\n", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "said")
			want := start(t, test.blocked, test.setup, "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status") + test.closed
			start(t, test.blocked, test.setup, say, file)
			if got, err := os.ReadFile(file); err != nil || string(got) != want {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, want)
			}
		})
	}
}

// start runs a command by way of a shell that sets the stage, with signals blocked, and returns its output.
func start(t *testing.T, blocked []unix.Signal, setup string, args ...string) string {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var set, before uint64
	for _, s := range blocked {
		set |= 1 << (s - 1)
	}
	mask := func(new, old *uint64) {
		if _, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(new)),
			uintptr(unsafe.Pointer(old)), 8, 0, 0); errno != 0 {
			t.Fatal(errno)
		}
	}
	if strings.Contains(setup, ">&-") && args[0] == "grep" {
		setup = "exec"
	}
	cmd := exec.Command("sh", append([]string{"-c", setup + ` "$@"`, "sh"}, args...)...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	mask(&set, &before) // a fork hands on what its thread has
	err := cmd.Start()
	mask(&before, nil)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return out.String()
}
