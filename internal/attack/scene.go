package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// scene is all of the machine that tracer touches.
type scene struct {
	objects objects
	mounts  string
	probes  []string // uprobe_events and kprobe_events
	files   []string // temporary ones
}

func (s *stage) look() (now scene, err error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return now, err
	}
	now.mounts = string(mounts)
	if now.objects, err = kernelObjects(); err != nil {
		return now, err
	}
	for _, name := range []string{"uprobe_events", "kprobe_events"} {
		text, err := os.ReadFile(filepath.Join(s.tracefs(), name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a kernel without kprobes
			return now, err
		}
		now.probes = append(now.probes, strings.Split(strings.TrimSpace(string(text)), "\n")...)
	}
	now.files, err = filepath.Glob(filepath.Join(s.temporary(), "*"))
	return now, err
}

func (s *stage) tracefs() string { return filepath.Join(s.root, "tracefs") }

// mountTracefs makes the kernel's list of probes readable, in the mounts of this process alone.
func (s *stage) mountTracefs() error {
	if err := os.Mkdir(s.tracefs(), 0o700); err != nil {
		return err
	}
	s.atEnd(func() error { return unix.Unmount(s.tracefs(), 0) })
	return unix.Mount("tracefs", s.tracefs(), "tracefs", 0, "")
}

// same expects that the machine becomes what it was before.
func (t *try) same(ctx context.Context, before scene) error {
	left, err := before.objects.gone(ctx, kernelObjects)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		t.fail("nothing left in the kernel that no process has", left)
	}
	now, err := t.look()
	if err != nil {
		return err
	}
	if probes := more(now.probes, before.probes); len(probes) > 0 {
		t.fail("no probe left", probes)
	}
	if files := more(now.files, before.files); len(files) > 0 {
		t.fail("no temporary file left", files)
	}
	if now.mounts != before.mounts {
		t.fail("the mounts as before", strings.Join(more(strings.Split(now.mounts, "\n"),
			strings.Split(before.mounts, "\n")), "\n"))
	}
	return nil
}

// more are those in now that were not in before.
func more(now, before []string) []string {
	return slices.DeleteFunc(slices.Clone(now), func(s string) bool { return slices.Contains(before, s) })
}

// ended is an adopted process that was reaped.
type ended struct {
	comm string
	code int
}

// own are the children that were not there when the try began.
func (t *try) own(but []int) []int {
	return slices.DeleteFunc(children(), func(pid int) bool {
		return slices.Contains(t.before, pid) ||
			slices.Contains(but, pid)
	})
}

// alone expects that the processes of the try have ended, but for some, and reaps those that were adopted.
func (t *try) alone(ctx context.Context, but ...int) (reaped []ended) {
	var left []string
	if until(ctx, func() bool {
		left = nil
		for _, pid := range t.own(but) {
			var status unix.WaitStatus
			comm, what := commOf(pid), describe(pid)
			switch n, err := unix.Wait4(pid, &status, unix.WNOHANG, nil); {
			case n == pid:
				reaped = append(reaped, ended{comm, statusCode(syscall.WaitStatus(status))})
			case err == nil:
				left = append(left, what)
			}
		}
		return len(left) == 0
	}) {
		return reaped
	}
	t.fail("no process left", strings.Join(left, "\n"))
	for _, pid := range t.own(but) {
		_ = unix.Kill(pid, unix.SIGKILL) // it is ours
		_, _ = unix.Wait4(pid, nil, 0, nil)
	}
	return reaped
}
