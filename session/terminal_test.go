package session

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hostedShell runs a script in a terminal of its own. What it writes is given out as it comes.
type hostedShell struct {
	t       *testing.T
	capture *Capture
	process *os.Process
	written string
	seen    uint64
}

func hostShell(t *testing.T, script string) *hostedShell {
	t.Helper()
	c, err := NewTerminal(nil)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := c.host("/bin/sh", []string{"sh", "-c", script}, t.TempDir(), c.write)
	if err != nil {
		t.Fatal(err)
	}
	c.Launched()
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Kill() })
	return &hostedShell{t: t, capture: c, process: process}
}

// until waits until that was written.
func (h *hostedShell) until(want string) {
	h.t.Helper()
	terminal, _ := h.capture.Terminal()
	for limit := time.Now().Add(time.Minute); !strings.Contains(h.written, want); {
		if time.Now().After(limit) {
			h.t.Fatalf("no %q at the end of %q", want, h.written[max(0, len(h.written)-200):])
		}
		last, end := terminal.Written(h.seen)
		h.written += string(last)
		h.seen = end
	}
}

func (h *hostedShell) typed(keys string) {
	terminal, _ := h.capture.Terminal()
	terminal.Type([]byte(keys))
}

// code waits for the end of the shell, which is a child of this process.
func (h *hostedShell) code() int {
	h.t.Helper()
	state, err := h.process.Wait()
	if err != nil {
		h.t.Fatal(err)
	}
	return state.ExitCode()
}

func (h *hostedShell) close() {
	h.t.Helper()
	if err := h.capture.Close(); err != nil {
		h.t.Error(err)
	}
	<-h.capture.emptied
}

// A program in a terminal is a job in the foreground, as under a shell: the session is led by another, and its parent
// is this process. It reads what is typed, is told of a new size, and ends by the keys for that.
func TestTerminalIsASessionOfItsOwn(t *testing.T) {
	h := hostShell(t, "trap 'stty size; sized=1' WINCH; tty; stty size </dev/tty; read x; echo \"<$x>\"; "+
		"until [ \"$sized\" ]; do read y; done; echo ready; exec cat")
	h.until("/dev/pts/")
	h.until("24 80\r\n")
	pid := h.process.Pid
	session, err := unix.Getsid(pid)
	own, _ := unix.Getsid(0)
	if err != nil || session == pid || session == own {
		t.Errorf("%d is in session %d, this process in %d: %v", pid, session, own, err)
	}
	if group, err := unix.Getpgid(pid); group != pid {
		t.Errorf("%d is in group %d: %v", pid, group, err)
	}
	front, err := unix.IoctlGetInt(h.capture.terminal.master, unix.TIOCGPGRP)
	if front != pid {
		t.Errorf("group %d is in the foreground, not %d: %v", front, pid, err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if want := fmt.Sprintf("PPid:\t%d\n", os.Getpid()); !strings.Contains(string(stat), want) {
		t.Errorf("no %q in the status: %v", want, err)
	}
	h.typed("words\r")
	h.until("<words>")
	terminal, _ := h.capture.Terminal()
	terminal.Resize(100, 30)
	h.until("30 100")
	h.typed("\r")
	h.until("ready")
	h.typed("cat\r")
	h.until("cat\r\n")
	h.written = strings.Replace(h.written, "cat\r\n", "", 1) // the echo
	h.until("cat\r\n")
	h.typed("\x03")
	if state, err := h.process.Wait(); err != nil ||
		state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("it ended by %v: %v", state, err)
	}
	h.close()
}

// What outlives the program is not hung up, and neither is the program by the end of tracer.
func TestTerminalOutlivesProgramAndTracer(t *testing.T) {
	h := hostShell(t, "exec 3<&0; (read go <&3; echo \"still here: $go\"; read go <&3; i=0; "+
		"while [ $i -lt 3000 ]; do echo '"+strings.Repeat("much ", 30)+"'; i=$((i+1)); done) & echo left $!; exit 7")
	h.until("left ")
	if code := h.code(); code != 7 {
		t.Errorf("exit code %d", code)
	}
	h.typed("go\r")
	h.until("still here: go")
	h.typed("on\r")
	h.close() // waits until the last one who could write has ended
}

// Nor is what does not use the terminal any more hung up, as the last who did ends.
func TestTerminalHangsNobodyUp(t *testing.T) {
	h := hostShell(t, "sleep 1000 </dev/null >/dev/null 2>&1 & echo left $!.; read go; exit 3")
	h.until(".\r\n")
	var left int
	if _, err := fmt.Sscanf(h.written, "left %d.", &left); err != nil {
		t.Fatal(err)
	}
	asleep := func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", left))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(stat), "(sleep) S")
	}
	for !asleep() { // it has not executed yet
	}
	h.typed("\r")
	if code := h.code(); code != 3 {
		t.Errorf("exit code %d", code)
	}
	h.close()
	if !asleep() { // a signal would have woken it before the leader of the session could be reaped
		t.Error("what was left has got a signal")
	}
	if err := syscall.Kill(left, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

// A program that lets go of its terminal can open it again.
func TestTerminalIsOpenedAgain(t *testing.T) {
	h := hostShell(t, "echo before; exec </dev/null >/dev/null 2>&1; sleep 0.3; echo again >/dev/tty; sleep 1000")
	h.until("again")
	_ = h.process.Kill()
	h.code()
	h.close()
}

// A program that cannot be executed is no program, and nothing is left of its terminal.
func TestTerminalOfNoProgram(t *testing.T) {
	c, err := NewTerminal(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.host("/nonexistent", []string{"x"}, "", c.write); err == nil ||
		!strings.Contains(err.Error(), syscall.ENOENT.Error()) {
		t.Errorf("executed: %v", err)
	}
	if err := errors.Join(c.Close()); err != nil {
		t.Error(err)
	}
	<-c.emptied
	if c, err = NewTerminal(nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil { // nothing was launched
		t.Error(err)
	}
	<-c.emptied
}
