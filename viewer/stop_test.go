package viewer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// stopOnce stops itself, as the viewer does on Ctrl-Z, while Go's runtime handles the signal.
func stopOnce() int {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGTSTP)
	if err := stopSelf(); err != nil {
		fmt.Println(err)
		return 1
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTSTP); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("continued, and heard:", <-heard)
	return 0
}

// The process really stops, once, and afterwards the signal is delivered to Go again.
func TestStopSelf(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.Command(self)
	c.Env = append(os.Environ(), terminalRole+"=stop")
	c.Stdout = &out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a group whose parent can continue it: not orphaned
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil {
		t.Fatal(err)
	}
	if !status.Stopped() || status.StopSignal() != syscall.SIGTSTP {
		t.Fatalf("it did not stop: status %#x, %s", status, out.String())
	}
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || !strings.Contains(out.String(), "continued, and heard: stopped") {
		t.Errorf("%v, %q", err, out.String())
	}
}
