package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// errand is a command line for many.
type errand struct {
	Args   []string `json:"args"`
	Stdin  string   `json:"stdin"` // a file that comes through a pipe; empty for none
	Stdout string   `json:"stdout"`
	Stderr string   `json:"stderr"` // the files to write
}

// done is how an errand ended.
type done struct {
	Code       int   `json:"code"`
	Memory     int64 `json:"memory"` // the most that was resident meanwhile, in bytes
	Goroutines int   `json:"goroutines"`
}

// many is tracer's commands, one after the other in one process, for scripts/attack: a process for each takes many
// times as long. Each line of standard input is an errand, each line of standard output tells how it ended.
func many() {
	if err := errands(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "many:", err)
		os.Exit(1)
	}
}

func errands(from io.Reader, to io.Writer) error {
	in, out := json.NewDecoder(from), json.NewEncoder(to)
	for {
		var e errand
		if err := in.Decode(&e); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		d, err := e.run()
		if err == nil {
			err = out.Encode(d)
		}
		if err != nil {
			return err
		}
	}
}

func (e *errand) run() (d done, err error) {
	stdout, err := os.Create(e.Stdout)
	if err != nil {
		return d, err
	}
	defer stdout.Close()
	stderr, err := os.Create(e.Stderr)
	if err != nil {
		return d, err
	}
	defer stderr.Close()
	var stdin *os.File
	if e.Stdin != "" {
		var pour func()
		if stdin, pour, err = piped(e.Stdin); err != nil {
			return d, err
		}
		defer pour()
	}
	// proc(5), /proc/PID/clear_refs; what the errands before left and is not yet given back counts
	const resetPeak = "5"
	if err := os.WriteFile("/proc/self/clear_refs", []byte(resetPeak), 0); err != nil {
		return d, err
	}
	d.Code = run(context.Background(), e.Args, stdin, stdout, stderr)
	d.Goroutines = runtime.NumGoroutine()
	d.Memory, err = peak()
	return d, err
}

// piped returns a file's content as a pipe. The end ends it.
func piped(path string) (r *os.File, end func(), err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	poured := make(chan struct{})
	go func() {
		defer close(poured)
		_, _ = w.Write(data) // the reader may leave before
		w.Close()
	}()
	return r, func() {
		r.Close()
		<-poured
	}, nil
}

// peak is the most memory that this process had resident (proc(5), VmHWM).
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0, errors.New("no VmHWM in /proc/self/status")
	}
	return kilobytes << 10, nil
}

// TestMany: the commands say the same there as in a process of their own, and nothing is left of them.
func TestMany(t *testing.T) {
	folder := t.TempDir()
	const whole = "../../examples/fork-once.trc"
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(folder, "cut.trc")
	if err := os.WriteFile(cut, data[:len(data)*9/10], 0o600); err != nil {
		t.Fatal(err)
	}
	commands := []errand{
		{Args: []string{"summary", whole}},
		{Args: []string{"export", "-", "--to", "jsonl"}, Stdin: cut},
		{Args: []string{"check", whole, "events == 0"}},
		{Args: []string{"view", cut}},
		{Args: []string{"summary", "no such file"}},
	}
	var in, out bytes.Buffer
	for i := range commands {
		c := &commands[i]
		c.Stdout, c.Stderr = filepath.Join(folder, fmt.Sprint("out", i)), filepath.Join(folder, fmt.Sprint("err", i))
		if err := json.NewEncoder(&in).Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := errands(&in, &out); err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(&out)
	for _, c := range commands {
		var d done
		if err := answers.Decode(&d); err != nil {
			t.Fatal(err)
		}
		args := c.Args
		if c.Stdin != "" {
			args = append([]string{args[0], c.Stdin}, args[2:]...)
		}
		code, stdout, stderr := tracerRun(t, args...)
		said, err := os.ReadFile(c.Stdout)
		complained, err2 := os.ReadFile(c.Stderr)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(string(complained), "tracer: -:", "tracer: "+cut+":"); d.Code != code ||
			string(said) != stdout || got != stderr {
			t.Errorf("%v: code %d and %q, %q; alone code %d and %q, %q", c.Args, d.Code, said, got, code, stdout,
				stderr)
		}
		if d.Memory <= 0 || d.Goroutines <= 0 {
			t.Errorf("%v: %+v", c.Args, d)
		}
	}
}
