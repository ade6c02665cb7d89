package proc

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestParseStat(t *testing.T) {
	got, err := parseStat([]byte("42 (a) b (c)) Z 7 42 9 0 -1 4194304 1 2\n"))
	if want := (Stat{State: 'Z', Parent: 7, Session: 9}); got != want || err != nil {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"", "42 (x", "42 (x) Z", "42 (x) Z a b c", "42 (x) ZZ 1 2 3"} {
		if _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (a) b) Z 7 42 9 0"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseStat(text); err != nil && s != (Stat{}) {
			t.Errorf("both a result and an error: %+v, %v", s, err)
		}
	})
}

func TestReadStat(t *testing.T) {
	s, err := ReadStat(os.Getpid())
	if err != nil || s.Parent != os.Getppid() || !s.Alive() {
		t.Errorf("own stat %+v, %v", s, err)
	}
	if _, err := ReadStat(1 << 30); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stat of nobody: %v", err)
	}
}

// child starts a shell on the calling thread, to which the test is locked, and reaps it after the test.
func child(t *testing.T, script string) int {
	t.Helper()
	runtime.LockOSThread()
	command := exec.Command("/bin/sh", "-c", script)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
		runtime.UnlockOSThread()
	})
	out.Read(make([]byte, 1)) // the script's word that it is ready
	return command.Process.Pid
}

func TestChildren(t *testing.T) {
	pid := child(t, "echo ready; exec sleep 60")
	list, err := Children(unix.Gettid())
	if err != nil || !slices.Equal(list, []int{pid}) {
		t.Errorf("children %v, %v, want %d", list, err, pid)
	}
}

// TestEnd: who obeys SIGTERM, who does not, and who is dead already. None is reaped.
func TestEnd(t *testing.T) {
	for _, c := range []struct {
		script   string
		signaled int
		least    time.Duration
	}{
		{"echo ready; exec sleep 60", 1, 0},
		{"trap '' TERM; echo ready; while :; do sleep 60; done", 1, killAfter},
		{"echo ready", 0, 0},
	} {
		pid := child(t, c.script)
		begin := time.Now()
		signaled, err := End(func() ([]int, error) { return []int{pid}, nil },
			500*time.Millisecond*time.Duration(1-c.signaled))
		if err != nil || signaled != c.signaled {
			t.Errorf("%q: %d signaled, %v", c.script, signaled, err)
		}
		if took := time.Since(begin); took < c.least {
			t.Errorf("%q: over in %v, before SIGKILL was due", c.script, took)
		}
		if s, err := ReadStat(pid); err != nil || s.State != 'Z' {
			t.Errorf("%q: state %c, %v, want a zombie", c.script, s.State, err)
		}
	}
}

func TestEndTellsErrors(t *testing.T) {
	broken := errors.New("broken")
	if _, err := End(func() ([]int, error) { return nil, broken }, 0); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}
