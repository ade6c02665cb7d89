package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stage is where the attacks happen: a folder that holds all files of theirs, and the mounts of this process alone.
type stage struct {
	tracer string
	many   string // tracer's commands in one process
	twin   string // servers like Python's
	seed   uint64
	root   string // the folder of the whole run
	folder string // of the part that runs
	ends   []func() error
}

// atEnd has something done when the part is over; the last is the first.
func (s *stage) atEnd(do func() error) { s.ends = append(s.ends, do) }

// end does it.
func (s *stage) end() error {
	var errs []error
	for _, do := range slices.Backward(s.ends) {
		errs = append(errs, do())
	}
	s.ends = nil
	return errors.Join(errs...)
}

// open makes the stage. This process adopts whoever is left behind by a tracer, so that each of them is found, and has
// mounts of its own, so that what others mount is not taken for tracer's.
func (s *stage) open() (err error) {
	if os.Geteuid() != 0 {
		return errors.New("needs root")
	}
	for _, binary := range []*string{&s.tracer, &s.many, &s.twin} {
		if *binary, err = filepath.Abs(*binary); err != nil {
			return err
		}
	}
	if s.root, err = os.MkdirTemp("", "attack-"); err != nil {
		return err
	}
	// What is launched as another user has to reach it.
	if err := errors.Join(os.Chmod(s.root, 0o755), os.Mkdir(s.temporary(), 0o1777)); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphans: %w", err)
	}
	return nil
}

// close leaves nothing behind, whatever went wrong: no process of ours, no file.
func (s *stage) close() error {
	for pids := children(); len(pids) > 0; pids = children() {
		for _, pid := range pids {
			_ = unix.Kill(pid, unix.SIGKILL) // its children become ours
			_, _ = unix.Wait4(pid, nil, 0, nil)
		}
	}
	return os.RemoveAll(s.root)
}

// temporary is the folder for temporary files of all that runs here.
func (s *stage) temporary() string { return filepath.Join(s.root, "tmp") }

// environment is that of all that runs here.
func (s *stage) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.root, "TMPDIR=" + s.temporary(), "LANG=C.UTF-8",
		"TERM=xterm-256color"}
}

// command is one that ends with ctx at the latest.
func (s *stage) command(ctx context.Context, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = s.environment()
	cmd.WaitDelay = time.Second
	return cmd
}

// outcome is how a command ended and what it took.
type outcome struct {
	stdout, stderr []byte
	code           int // 128 and the signal, for one that was killed
	late           bool
	took           time.Duration
	// The most that it had resident, in bytes; 0 when it was not more than the attack itself has had
	memory int64
}

// run runs a command to its end, or kills it when its time is up.
func (s *stage) run(ctx context.Context, limit time.Duration, argv ...string) (outcome, error) {
	return s.finish(ctx, limit, s.command(ctx, argv...))
}

// finish is run for a command that is ready.
func (s *stage) finish(ctx context.Context, limit time.Duration, cmd *exec.Cmd) (outcome, error) {
	return s.finishAlongside(ctx, limit, cmd, func() {})
}

// finishAlongside is finish with something that is done once the command has started. Output is taken unless it has
// somewhere to go.
func (s *stage) finishAlongside(ctx context.Context, limit time.Duration, cmd *exec.Cmd, started func()) (o outcome,
	err error) {
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &bounded{buffer: &stdout}
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &bounded{buffer: &stderr}
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return o, err
	}
	ours := peakOf(os.Getpid())
	started()
	timer := time.AfterFunc(limit, func() {
		o.late = true
		_ = cmd.Process.Kill()
	})
	err = cmd.Wait()
	timer.Stop()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) && !errors.Is(err, exec.ErrWaitDelay) {
		return o, fmt.Errorf("%s: %w", cmd.Path, err)
	}
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	o.took, o.stdout, o.stderr = time.Since(begin), stdout.Bytes(), stderr.Bytes()
	o.code = statusCode(cmd.ProcessState.Sys().(syscall.WaitStatus))
	o.memory = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	// ru_maxrss begins with what the process had resident that executed the command (exec_mmap in fs/exec.c)
	if o.memory <= ours {
		o.memory = 0
	}
	return o, nil
}

// statusCode is the exit code as a shell has it.
func statusCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// bounded keeps the beginning of what is written, so that a command that writes for ever takes no memory of ours.
type bounded struct{ buffer *bytes.Buffer }

const outputKept = 64 << 20

func (b *bounded) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > outputKept {
		return 0, io.ErrShortWrite
	}
	return b.buffer.Write(p)
}

// readable are the exit codes with which a recording is read: all of it, or what is good of it.
var readable = []int{0, 3}

// crashed finds what the Go runtime prints when a program dies of its own fault.
var crashed = regexp.MustCompile(`(?m)^(panic:|fatal error:|runtime: |SIG[A-Z]+: |goroutine \d+ \[|unexpected fault address)`)

// firstCrash is the line that tells of it, empty if there is none.
func firstCrash(o outcome) string {
	for _, text := range [][]byte{o.stderr, o.stdout} {
		if at := crashed.FindIndex(text); at != nil {
			line, _, _ := bytes.Cut(text[at[0]:], []byte("\n"))
			return string(line)
		}
	}
	return ""
}

// sane expects of any command of tracer that it ended by itself in its time, told of trouble in a line, and did not
// crash.
func (t *try) sane(what string, o outcome, codes ...int) bool {
	before := len(t.wrong)
	if o.late {
		t.fail(what+" ends", fmt.Sprintf("nothing after %.1f s", o.took.Seconds()))
		return false
	}
	if line := firstCrash(o); line != "" {
		t.fail(what+" does not crash", line)
	} else if !slices.Contains(codes, o.code) {
		t.fail(fmt.Sprintf("%s: an exit code of %v", what, codes), fmt.Sprintf("%d: %s", o.code, o.stderr))
	}
	return len(t.wrong) == before
}

// oneLine expects that all that was said is one line of tracer's.
func (t *try) oneLine(what string, stderr []byte) { t.lines(what, 1, stderr) }

// lines expects that all that was said is some lines of tracer's: one, and so many at the most.
func (t *try) lines(what string, most int, stderr []byte) {
	said := string(stderr)
	n := strings.Count(said, "\n")
	if n < 1 || n > most || strings.Count("\n"+said, "\ntracer: ") != n || !strings.HasSuffix(said, "\n") {
		t.fail(fmt.Sprintf("%s: 1 to %d lines on standard error", what, most), fmt.Sprintf("%d: %s", n, said))
	}
}

// patience is how long anything may take that is to happen soon; the machine may be busy with other things.
const patience = 20 * time.Second

// soon is how long a tracer or a server may take to end: a second that it gives others, and grace periods of the
// kernel. Where many wait for a processor, each gets its share only.
func soon() time.Duration {
	const alone = 2500 * time.Millisecond
	var running float64
	text, _ := os.ReadFile("/proc/loadavg")  // there is one
	_, _ = fmt.Sscan(string(text), &running) // it begins with a number
	return max(alone, time.Duration(running/float64(runtime.NumCPU())*float64(alone)).Round(time.Millisecond))
}

// until waits until something holds, and reports whether it did in time.
func until(ctx context.Context, holds func() bool) bool {
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil || time.Now().After(end) {
			return false
		}
	}
	return true
}

// build compiles a program of testdata/attack, with what the truth cases share.
func (s *stage) build(ctx context.Context, name string, flags ...string) (string, error) {
	binary := filepath.Join(s.folder, name)
	args := append([]string{"cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror",
		"-pthread",
		"-o", binary,
		"testdata/attack/" + name + ".c", "testdata/truth/truth.c", "testdata/truth/net.c"}, flags...)
	o, err := s.run(ctx, time.Minute, args...)
	if err == nil && o.code != 0 {
		err = fmt.Errorf("cc: %s", o.stderr)
	}
	return binary, err
}
