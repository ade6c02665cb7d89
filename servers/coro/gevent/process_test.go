package gevent

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// child starts a shell that runs script; it ends when its standard input does, if the script reads that.
func child(t *testing.T, script string) (pid int, end func()) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	pid, err = syscall.ForkExec(shell, []string{"sh", "-c", script},
		&syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{uintptr(p[0]), 1, 2}})
	unix.Close(p[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid, func() { unix.Close(p[1]) }
}

// TestWaitPID: others run while a greenlet waits for a child, which is found once; afterwards the hub is as it was.
func TestWaitPID(t *testing.T) {
	run(t, func(h *Hub) error {
		before := entries(t, "/proc/self/fd")
		pid, end := child(t, "read x; exit 7")
		waiting := false
		g := h.Spawn(func() (any, error) {
			waiting = true
			return h.WaitPID(pid)
		})
		for range 3 { // the greenlet waits, and the loop turns
			if err := h.Sleep(short); err != nil {
				return err
			}
		}
		if !waiting || g.Ready() {
			t.Errorf("waiting %v, ready %v", waiting, g.Ready())
		}
		end()
		v, err := g.Get(Forever)
		if status, ok := v.(unix.WaitStatus); err != nil || !ok || status.ExitStatus() != 7 {
			t.Errorf("got %v, %v", v, err)
		}
		if _, err := h.WaitPID(pid); !errors.Is(err, unix.ECHILD) {
			t.Errorf("the second wait: %v", err)
		}
		if after := entries(t, "/proc/self/fd"); after != before {
			t.Errorf("%d descriptors, %d before", after, before)
		}
		return h.Sleep(short)
	})
}

// TestWaitPIDOfTheDead: a child that has ended before the wait.
func TestWaitPIDOfTheDead(t *testing.T) {
	run(t, func(h *Hub) error {
		pid, end := child(t, "kill -9 $$")
		defer end()
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			return err
		}
		status, err := h.WaitPID(pid)
		if err != nil || status.Signal() != unix.SIGKILL {
			t.Errorf("got %v, %v", status, err)
		}
		return nil
	})
}

// TestWaitPIDKilled: who is killed while it waits leaves the child to another wait.
func TestWaitPIDKilled(t *testing.T) {
	run(t, func(h *Hub) error {
		pid, end := child(t, "read x; exit 3")
		g := h.Spawn(func() (any, error) { return h.WaitPID(pid) })
		if err := h.Sleep(0); err != nil {
			return err
		}
		if err := g.Kill(nil, Forever); err != nil {
			return err
		}
		end()
		status, err := h.WaitPID(pid)
		if err != nil || status.ExitStatus() != 3 {
			t.Errorf("got %v, %v", status, err)
		}
		return nil
	})
}

// TestChildInTheHandler: a greenlet that the signal of the child's end starts finds the child, may wait in between, and
// finds it once.
func TestChildInTheHandler(t *testing.T) {
	run(t, func(h *Hub) error {
		signals := make(chan os.Signal, 8)
		signal.Notify(signals, unix.SIGCHLD)
		defer signal.Stop(signals)
		done := NewEvent(h)
		pid, end := child(t, "read x; exit 7")
		handle := func() {
			status, err := h.WaitPID(pid)
			if err != nil || status.ExitStatus() != 7 {
				t.Errorf("got %v, %v", status, err)
			}
			if err := h.Sleep(short); err != nil {
				t.Error(err)
			}
			if _, err := h.WaitPID(pid); !errors.Is(err, unix.ECHILD) {
				t.Errorf("the second wait: %v", err)
			}
			done.Set()
		}
		async, err := h.Async(func() { h.Go(handle) })
		if err != nil {
			return err
		}
		defer async.Close()
		go func() {
			<-signals
			async.Send()
		}()
		end()
		_, err = done.Wait(Forever)
		return err
	})
}

// TestHubIsNotInherited: what a child inherits is not the hub's, so that neither can disturb the other.
func TestHubIsNotInherited(t *testing.T) {
	run(t, func(h *Hub) error {
		out, err := exec.Command("sh", "-c", "ls -l /proc/$$/fd").Output()
		if err != nil {
			return err
		}
		if strings.Contains(string(out), "eventpoll") || strings.Contains(string(out), "eventfd") {
			t.Errorf("a child has\n%s", out)
		}
		return h.Sleep(short)
	})
}

func TestWaitPIDRefuses(t *testing.T) {
	run(t, func(h *Hub) error {
		for pid, want := range map[int]error{0: unix.EINVAL, -1: unix.EINVAL, 1: unix.ECHILD,
			os.Getpid(): unix.ECHILD} {
			if _, err := h.WaitPID(pid); !errors.Is(err, want) {
				t.Errorf("%d: %v, want %v", pid, err, want)
			}
		}
		return nil
	})
}
