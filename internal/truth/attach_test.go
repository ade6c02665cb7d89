package truth

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// attachFamily holds the cases that run already when tracer comes. Such a program says whom to attach to, and waits for
// a line.
const (
	attachFamily = "attach"
	attachTo     = "attach "
)

// observeAttached runs a case, attaches to it when it says so, and compares. It returns what is wrong, or nothing.
func observeAttached(t *testing.T, tracer string, p program, name string, w *watch) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	running, err := begin(ctx, append(p.argv[:len(p.argv):len(p.argv)], name)...)
	if err != nil {
		return err.Error()
	}
	defer running.end()
	first, err := running.out.ReadBytes('\n')
	if !bytes.HasPrefix(first, []byte(attachTo)) {
		if c, err := Parse(first); err == nil && c.Skip != "" {
			unable(t, c.Skip)
		}
		return fmt.Sprintf("%q instead of whom to attach to: %v", first, err)
	}
	file := filepath.Join(t.TempDir(), "case.trc")
	recorder, err := begin(ctx, append(recordTo(tracer, file), strings.Fields(string(first[len(attachTo):]))...)...)
	if err != nil {
		return err.Error()
	}
	defer recorder.end()
	said, err := recorder.messages.ReadString('\n')
	if !strings.Contains(said, "attached to") {
		return fmt.Sprintf("tracer says %q, %v", said, err)
	}
	if _, err := io.WriteString(running.in, "\n"); err != nil {
		return fmt.Sprintf("let the case go on: %v", err)
	}
	stdout, err := io.ReadAll(running.out)
	_, recorded := io.ReadAll(recorder.messages)
	if err = errors.Join(err, running.cmd.Wait(), recorded, recorder.cmd.Wait()); err != nil {
		return fmt.Sprintf("%v\n%s%s", err, stdout, firstEvents(tracer, file))
	}
	return compareRecording(t, tracer, file, p.family, stdout, w, balance)
}

// command is one that runs beside the test.
type command struct {
	cmd           *exec.Cmd
	in            io.Writer
	out, messages *bufio.Reader
}

func begin(ctx context.Context, argv ...string) (*command, error) {
	c := &command{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, errIn := c.cmd.StdinPipe()
	out, errOut := c.cmd.StdoutPipe()
	messages, errMessages := c.cmd.StderrPipe()
	if err := errors.Join(errIn, errOut, errMessages); err != nil {
		return nil, err
	}
	c.in, c.out, c.messages = in, bufio.NewReader(out), bufio.NewReader(messages)
	return c, c.cmd.Start()
}

// end kills the whole group of a command that has not ended.
func (c *command) end() {
	if c.cmd.ProcessState == nil {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		_ = c.cmd.Wait()
	}
}

func TestBalance(t *testing.T) {
	for _, test := range []struct{ summary, want string }{
		{`{"processes_seen": 2, "processes_created": 3, "processes_exited": 5, "zombies_seen": 1,
			"reaped_by_parent": 4, "zombies_left": 2, "threads_seen": 1, "threads_exited": 1}`, ""},
		{`{"processes_seen": 2, "processes_exited": 1, "reaped_by_parent": 1}`,
			"2 processes seen or created, 1 exited"},
		{`{"threads_created": 2, "threads_exited": 3}`, "2 threads seen or created, 3 exited"},
		{`{"zombies_seen": 2, "reaped_unseen": 1}`, "2 dead, 1 reaped or left"},
	} {
		var counters map[string]any
		if err := json.Unmarshal([]byte(test.summary), &counters); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(balance(counters), "\n"); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
