package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// childrenOf are those of a process, whichever of its threads made them; the dead are among them.
func childrenOf(pid int) (pids []int) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is right
	for _, file := range files {
		text, _ := os.ReadFile(file) // a thread can have ended
		for _, word := range strings.Fields(string(text)) {
			child, _ := strconv.Atoi(word) // they are numbers
			pids = append(pids, child)
		}
	}
	return pids
}

// children are those of this process, the adopted among them.
func children() []int { return childrenOf(os.Getpid()) }

// commOf is the name of a process, which a zombie has, too.
func commOf(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)) // it can have gone
	return strings.TrimSpace(string(text))
}

// describe says what a process is.
func describe(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // it can have gone
	return fmt.Sprintf("%d %s %s", pid, commOf(pid), strings.ReplaceAll(string(text), "\x00", " "))
}

// isZombie reads the state (proc(5), /proc/PID/stat).
func isZombie(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "Z")
}

// forestOf is what is there below a process: the child of that name with all that descends from it.
func forestOf(pid int, root string) forest {
	f := forest{}
	for _, child := range childrenOf(pid) {
		if commOf(child) == root {
			f.add(child, 0)
		}
	}
	return f
}

func (f forest) add(pid, parent int) {
	f[pid] = task{name: commOf(pid), parent: parent, zombie: isZombie(pid)}
	if f[pid].zombie {
		return
	}
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid)) // the pattern is right
	for _, folder := range threads {
		if tid, _ := strconv.Atoi(filepath.Base(folder)); tid != pid {
			text, _ := os.ReadFile(filepath.Join(folder, "comm"))
			f[tid] = task{name: strings.TrimSpace(string(text)), parent: pid, thread: true}
		}
	}
	for _, child := range childrenOf(pid) {
		f.add(child, pid)
	}
}

// peakOf is the most memory that a process had resident (proc(5), VmHWM), in bytes; 0 if it has gone.
func peakOf(pid int) (bytes int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscan(rest, &bytes)
	return bytes << 10
}
