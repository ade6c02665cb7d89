package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// many is tracer's commands in one process (cmd/tracer/many_test.go): most of a short command's time is that of the
// process.
type many struct {
	*stage
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	died bytes.Buffer // what it says on its own standard error
}

// openMany starts the process. It ends with the part.
func (s *stage) openMany() (*many, error) {
	m := &many{stage: s}
	s.atEnd(m.close)
	return m, m.start()
}

func (m *many) start() (err error) {
	m.died.Reset()
	m.cmd = m.command(context.Background(), m.stage.many)
	m.cmd.Stderr = &bounded{buffer: &m.died}
	if m.in, err = m.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	m.out = json.NewDecoder(out)
	if err := m.cmd.Start(); err != nil {
		return err
	}
	return unix.Prlimit(m.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: outputKept, Max: outputKept}, nil)
}

func (m *many) close() error {
	_ = m.in.Close() // it ends by that
	_ = m.cmd.Wait() // what it has to say it said
	return nil
}

// goroutinesLeft is more than the runtime and a pipe take.
const goroutinesLeft = 10

// run has tracer's arguments run in the process, with a file piped into them if one is named. When the process dies of
// it, or has to be killed, that is the outcome, and the next command has another process.
func (m *many) run(ctx context.Context, limit time.Duration, t *try, argv []string, stdin string) (o outcome,
	err error) {
	errand := struct {
		Args   []string `json:"args"`
		Stdin  string   `json:"stdin"`
		Stdout string   `json:"stdout"`
		Stderr string   `json:"stderr"`
	}{argv, stdin, t.file("stdout"), t.file("stderr")}
	var done struct {
		Code       int   `json:"code"`
		Memory     int64 `json:"memory"`
		Goroutines int   `json:"goroutines"`
	}
	begin := time.Now()
	timer := time.AfterFunc(limit, func() { _ = m.cmd.Process.Kill() })
	stop := context.AfterFunc(ctx, func() { _ = m.cmd.Process.Kill() })
	err = errors.Join(json.NewEncoder(m.in).Encode(errand), m.out.Decode(&done))
	o.late, o.took = !timer.Stop(), time.Since(begin)
	stop()
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	if err != nil {
		_ = m.close() // the status has it
		o.code, o.stderr = statusCode(m.cmd.ProcessState.Sys().(syscall.WaitStatus)), bytes.Clone(m.died.Bytes())
		return o, m.start()
	}
	o.code, o.memory = done.Code, done.Memory
	if done.Goroutines > goroutinesLeft {
		t.fail("no goroutine left", fmt.Sprintf("%d of them", done.Goroutines))
	}
	o.stdout, err = os.ReadFile(errand.Stdout)
	if err == nil {
		o.stderr, err = os.ReadFile(errand.Stderr)
	}
	return o, err
}

// alone is run in a process of its own.
func (m *many) alone(ctx context.Context, limit time.Duration, _ *try, argv []string, stdin string) (o outcome,
	err error) {
	cmd := m.command(ctx, append([]string{m.tracer}, argv...)...)
	if stdin != "" {
		data, err := os.ReadFile(stdin)
		if err != nil {
			return o, err
		}
		cmd.Stdin = bytes.NewReader(data)
	}
	return m.finish(ctx, limit, cmd)
}
