// Package proc looks at the children of this process in /proc and ends them in good order.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Stat is what a server needs of /proc/PID/stat (proc_pid_stat(5)).
type Stat struct {
	State   byte // R, S, D, Z (zombie), X (dead), ...
	Parent  int  // the parent's pid
	Session int  // the session's id: the pid of the process that founded it
}

// Alive reports whether the process has not ended.
func (s Stat) Alive() bool { return s.State != 'Z' && s.State != 'X' }

// ReadStat reads a process's stat; an error that wraps os.ErrNotExist or unix.ESRCH means that it is gone.
func ReadStat(pid int) (Stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Stat{}, fmt.Errorf("read the state of process %d: %w", pid, err)
	}
	return parseStat(text)
}

// parseStat skips the command name, which may itself hold blanks and parentheses, by its last parenthesis.
func parseStat(text []byte) (Stat, error) {
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	if end < 0 || len(fields) < 4 || len(fields[0]) != 1 {
		return Stat{}, fmt.Errorf("unknown form of a process's stat: %q", text)
	}
	parent, err1 := strconv.Atoi(fields[1])
	session, err2 := strconv.Atoi(fields[3])
	if err := errors.Join(err1, err2); err != nil {
		return Stat{}, fmt.Errorf("unknown form of a process's stat: %w", err)
	}
	return Stat{State: fields[0][0], Parent: parent, Session: session}, nil
}

// Children lists the children, zombies included, that thread tid of this process has forked and not yet reaped. Where
// the kernel does not list them (CONFIG_PROC_CHILDREN) those of all threads are listed.
func Children(tid int) ([]int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", tid))
	if err != nil {
		self := os.Getpid()
		return Find(func(_ int, s Stat) bool { return s.Parent == self })
	}
	var pids []int
	for field := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("unknown form of the list of children: %w", err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// Find lists the processes of the machine for which want is true.
func Find(want func(pid int, s Stat) bool) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, err := ReadStat(pid); err == nil && want(pid, s) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// killAfter is how long a process has to obey SIGTERM.
const killAfter = time.Second

// End waits until no process that list names is alive: up to grace by itself, then it sends SIGTERM, a second later
// SIGKILL, and gives up another second after that with an error. It reaps nothing. It returns how many got a signal.
func End(list func() ([]int, error), grace time.Duration) (signaled int, err error) {
	start := time.Now()
	steps := []struct {
		until  time.Time
		signal unix.Signal
	}{
		{start.Add(grace), unix.SIGTERM},
		{start.Add(grace + killAfter), unix.SIGKILL},
		{start.Add(grace + 2*killAfter), 0},
	}
	for _, step := range steps {
		living, err := waitDead(list, step.until)
		if err != nil || len(living) == 0 {
			return signaled, err
		}
		if step.signal == 0 {
			return signaled, fmt.Errorf("%d children outlived SIGKILL", len(living))
		}
		if step.signal == unix.SIGTERM {
			signaled = len(living)
		}
		for _, pid := range living {
			unix.Kill(pid, step.signal)
		}
	}
	return signaled, nil
}

// waitDead waits until list names no living process or until the moment, and returns those that live.
func waitDead(list func() ([]int, error), until time.Time) (living []int, err error) {
	for {
		pids, err := list()
		if err != nil {
			return nil, err
		}
		living = living[:0]
		for _, pid := range pids {
			if s, err := ReadStat(pid); err == nil && s.Alive() {
				living = append(living, pid)
			}
		}
		rest := time.Until(until)
		if len(living) == 0 || rest <= 0 {
			return living, nil
		}
		WaitEnd(living[0], rest)
	}
}

// WaitEnd waits until a process has ended, reaped or not, or the time is over.
func WaitEnd(pid int, limit time.Duration) (ended bool) {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return true
	}
	if err != nil { // no descriptor free, or a kernel before 5.3
		time.Sleep(min(limit, 10*time.Millisecond))
		return false
	}
	defer unix.Close(fd)
	until := time.Now().Add(limit)
	for {
		wait := max(0, time.Until(until))
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}},
			int((wait+time.Millisecond-1)/time.Millisecond))
		if n > 0 {
			return true
		}
		if err != nil && err != unix.EINTR || wait == 0 {
			return false
		}
	}
}
