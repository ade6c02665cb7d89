package gevent

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// WaitPID stops the calling greenlet until a child has ended, and reaps it: gevent.os.waitpid for one child. Others run
// meanwhile; wait4(2) itself would stop the thread, and so all of them. A child that is not there, or was reaped
// before, is unix.ECHILD (gevent remembers a status and gives it again).
//
// It takes that child alone, so whoever else waits for children of the process keeps his own. Fork and exec (os/exec,
// syscall.ForkExec) are safe while a hub lives: its descriptors are closed by the exec.
func (h *Hub) WaitPID(pid int) (unix.WaitStatus, error) {
	if _, err := h.caller(); err != nil {
		return 0, err
	}
	if pid <= 0 {
		return 0, fmt.Errorf("wait for process %d: it takes one child, by its id: %w", pid, unix.EINVAL)
	}
	status, ended, err := reap(pid)
	if ended || err != nil {
		return status, err
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0, fmt.Errorf("wait for process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if _, err := h.WaitFD(fd, unix.POLLIN, Forever); err != nil {
		return 0, err
	}
	status, _, err = reap(pid)
	return status, err
}

// reap takes the status of a child that has ended.
func reap(pid int) (status unix.WaitStatus, ended bool, err error) {
	for {
		got, err := unix.Wait4(pid, &status, unix.WNOHANG, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, false, fmt.Errorf("wait for process %d: %w", pid, err)
		}
		return status, got == pid, nil
	}
}
