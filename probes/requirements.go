package probes

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// requirement is something without which nothing can be traced: a row of the doctor's table, and what Load refuses by.
// Each stands before those that could fail because of it.
type requirement struct {
	what  string
	check func() (found string, err error) // err is an Unsupported
}

var requirements = []requirement{
	{"/proc", checkProc},
	{"the initial user namespace", checkUserNamespace},
	{"descriptors", checkDescriptors},
	{"tasks", checkTasks},
	{"virtual memory", checkMemory},
	{"kernel", checkKernel},
	{"BTF, the kernel's own types", checkBTF},
	{"lockdown lets programs read kernel memory", checkLockdown},
	{"privilege: root, or CAP_BPF and CAP_PERFMON", checkCapabilities},
	{"bpf(2) is allowed", checkBPF},
	{"perf_event_open(2) is allowed", checkPerf},
	{"tracefs, for the tracepoints of system calls", checkTracefs},
}

// unmet returns the first requirement that is not met.
func unmet() error {
	for _, r := range requirements {
		if _, err := r.check(); err != nil {
			return err
		}
	}
	return nil
}

func checkProc() (string, error) {
	if !mountedAt("/proc", unix.PROC_SUPER_MAGIC) {
		return "", &Unsupported{What: "/proc is not mounted", Remedy: "mount it: mount -t proc proc /proc"}
	}
	return "mounted", nil
}

// initialUserNS is PROC_USER_INIT_INO (include/linux/proc_ns.h): the inode of the initial user namespace.
const initialUserNS = 0xEFFFFFFD

// checkUserNamespace: bpf(2) asks for capabilities in the initial user namespace. Those that root has in another one
// are none there.
func checkUserNamespace() (string, error) {
	var ns unix.Stat_t
	if unix.Stat("/proc/self/ns/user", &ns) == nil && ns.Ino != initialUserNS {
		return "", &Unsupported{What: "this is a user namespace of its own (unshare -U, a rootless container), whose " +
			"root may not load BPF programs",
			Remedy: "run tracer outside of it, by sudo"}
	}
	return "", nil
}

// What a trace needs, but for the uprobes of coroutines.
const (
	neededDescriptors = 144
	neededMemory      = 4 << 30 // stacks and arenas of C's threads are reserved, not used
)

// neededTasks are the threads of tracer and of its gate, which Go starts as they are wanted, and the program.
func neededTasks() uint64 { return uint64(16 + 4*min(runtime.NumCPU(), 16)) }

func checkDescriptors() (string, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return "", &Unsupported{What: "the limit of open files cannot be read", Remedy: "allow getrlimit", Err: err}
	}
	if limit.Max < neededDescriptors { // Go raises the soft limit to the hard one
		return "", &Unsupported{What: fmt.Sprintf("%d files may be open at once, and tracer needs %d", limit.Max,
			neededDescriptors),
			Remedy: "raise the limit: ulimit -Hn, LimitNOFILE="}
	}
	return limitText(limit.Max), nil
}

func limitText(limit uint64) string {
	if limit > math.MaxInt64 {
		return "no limit"
	}
	return fmt.Sprintf("%d", limit)
}

// checkTasks: where Go cannot start a thread it aborts the program with a dump of its stacks.
func checkTasks() (string, error) {
	free, by, remedy := freeTasks()
	if free < neededTasks() {
		return "", &Unsupported{What: fmt.Sprintf("%s leaves room for %d more, and tracer needs %d", by, free,
			neededTasks()), Remedy: remedy}
	}
	return limitText(free), nil
}

// freeTasks tells how many tasks can be started here, and by what limit.
func freeTasks() (free uint64, by, remedy string) {
	free = math.MaxUint64
	for _, folder := range pidsFolders() {
		limit, err := readNumber(filepath.Join(folder, "pids.max"))
		if err != nil { // "max", or the root
			continue
		}
		used, err := readNumber(filepath.Join(folder, "pids.current"))
		if err == nil && limit-min(used, limit) < free {
			free = limit - min(used, limit)
			by, remedy = fmt.Sprintf("the cgroup's limit of %d tasks (%s/pids.max)", limit, folder),
				"raise it: pids.max, TasksMax=, --pids-limit"
		}
	}
	var limit unix.Rlimit
	if os.Getuid() == 0 || unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil || limit.Cur >= free {
		return free, by, remedy
	}
	if used := tasksOf(uint32(os.Getuid())); limit.Cur-min(used, limit.Cur) < free {
		free = limit.Cur - min(used, limit.Cur)
		by, remedy = fmt.Sprintf("the limit of %d tasks of this user (ulimit -u)", limit.Cur),
			"raise it: ulimit -u, or end some of them"
	}
	return free, by, remedy
}

func readNumber(path string) (uint64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
}

// pidsFolders returns the folders of this process's cgroup and of those above it, of cgroup v2 and of the controller
// pids of v1.
func pidsFolders() (folders []string) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // id:controllers:path
		if len(parts) < 3 {
			continue
		}
		var mounts []string
		switch parts[1] {
		case "":
			mounts = mountsOf("cgroup2", "")
		case "pids":
			mounts = mountsOf("cgroup", "pids")
		}
		for _, mount := range mounts {
			for path := filepath.Clean(parts[2]); ; path = filepath.Dir(path) {
				folders = append(folders, filepath.Join(mount, path))
				if path == "/" || path == "." {
					break
				}
			}
		}
	}
	return folders
}

// tasksOf counts the tasks of a user, as far as they can be seen.
func tasksOf(uid uint32) (n uint64) {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		var s unix.Stat_t
		if unix.Stat(entry, &s) != nil {
			continue
		}
		status, err := os.ReadFile(entry + "/status")
		if err != nil || fieldOf(status, "Uid") != strconv.Itoa(int(uid)) {
			continue
		}
		if threads, err := strconv.ParseUint(fieldOf(status, "Threads"), 10, 64); err == nil {
			n += threads
		}
	}
	return n
}

// statusField returns the first word of a line of the status of a process.
func statusField(process, name string) string {
	status, _ := os.ReadFile("/proc/" + process + "/status")
	return fieldOf(status, name)
}

func fieldOf(status []byte, name string) string {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			if words := bytes.Fields(rest); len(words) > 0 {
				return string(words[0])
			}
		}
	}
	return ""
}

func checkMemory() (string, error) {
	limit := unix.Rlimit{Cur: math.MaxUint64}
	_ = unix.Getrlimit(unix.RLIMIT_AS, &limit)
	return memoryWithin(limit.Cur)
}

func memoryWithin(limit uint64) (string, error) {
	if limit < neededMemory {
		return "", &Unsupported{What: fmt.Sprintf("the limit of virtual memory is %d MB, and tracer reserves up to %d",
			limit>>20, neededMemory>>20),
			Remedy: "ulimit -v unlimited"}
	}
	return limitText(limit), nil
}

func checkKernel() (string, error) {
	release, _ := Uname()
	if olderThan(release, 5, 15) {
		return "", &Unsupported{What: "Linux " + release + " is too old", Remedy: "use Linux 5.15 or later"}
	}
	return release, nil
}

const (
	btfFile      = "/sys/kernel/btf/vmlinux"
	lockdownFile = "/sys/kernel/security/lockdown"
)

func checkBTF() (string, error) {
	if _, err := os.Stat(btfFile); err == nil {
		return btfFile, nil
	}
	if !mountedAt("/sys", unix.SYSFS_MAGIC) {
		return "", &Unsupported{What: "/sys is not mounted, where the kernel's types (BTF) are",
			Remedy: "mount it: mount -t sysfs sysfs /sys"}
	}
	return "", &Unsupported{What: "this kernel has no BTF (" + btfFile + ")",
		Remedy: "use a distribution kernel, or build one with CONFIG_DEBUG_INFO_BTF=y"}
}

func checkLockdown() (string, error) {
	mode := lockdownMode()
	switch mode {
	case "confidentiality":
		return "", &Unsupported{What: "kernel lockdown is in confidentiality mode, which forbids BPF programs to " +
			"read kernel memory",
			Remedy: "boot with lockdown=integrity"}
	case "":
		mode = "no lockdown"
	}
	return mode, nil
}

// lockdownMode returns the mode of the kernel's lockdown: none, integrity or confidentiality; empty when the kernel has
// none.
func lockdownMode() string {
	text, err := os.ReadFile(lockdownFile)
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text), "[")
	mode, _, _ := strings.Cut(rest, "]")
	return mode
}

// checkCapabilities looks at those that are permitted: they take effect when the probes need them.
func checkCapabilities() (string, error) {
	p, err := ownPrivilege()
	if err != nil || p.permitted.has(unix.CAP_SYS_ADMIN) {
		return "", nil // or the kernel itself shall refuse
	}
	var missing []string
	for _, c := range []struct {
		number int
		name   string
	}{{unix.CAP_BPF, "CAP_BPF"}, {unix.CAP_PERFMON, "CAP_PERFMON"}} {
		if !p.permitted.has(c.number) {
			missing = append(missing, c.name)
		}
	}
	switch {
	case len(missing) == 0:
		return "", nil
	case os.Geteuid() == 0:
		return "", &Unsupported{What: "root without " + strings.Join(missing, ", "),
			Remedy: "in a container: --cap-add BPF --cap-add PERFMON, or --privileged"}
	}
	return "", &Unsupported{What: "not root, and without " + strings.Join(missing, ", "), Remedy: privilegeRemedy()}
}

// privilegeRemedy says how to get it. A file with capabilities lends them to all who may execute it, so that is to be a
// group.
func privilegeRemedy() string {
	self := Self()
	return "run it with sudo, or let a group run it: sudo chgrp GROUP " + self + " && sudo chmod 750 " + self +
		" && sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search=ep " + self
}

// checkBPF asks for a command that there is not. A kernel that lets this process use the call says so.
func checkBPF() (string, error) {
	var attr [128]byte
	_, _, errno := unix.Syscall(unix.SYS_BPF, math.MaxInt32, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != unix.EINVAL {
		return "", refusedCall("bpf", errno)
	}
	return "", nil
}

const paranoidFile = "/proc/sys/kernel/perf_event_paranoid"

// checkPerf opens an event that counts nothing, of a whole CPU as those of tracepoints are. Debian and Ubuntu have had
// kernels that refuse that above 2 to all but CAP_SYS_ADMIN; the kernel's own rules end at 2, and CAP_PERFMON is enough
// for them.
func checkPerf() (string, error) {
	level, err := os.ReadFile(paranoidFile)
	found := strings.TrimSpace("kernel.perf_event_paranoid " + string(level))
	if err != nil {
		found = "no kernel.perf_event_paranoid"
	}
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY}
	event, refused := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	errno, _ := refused.(unix.Errno)
	switch {
	case refused == nil:
		return found, unix.Close(event)
	case errno == unix.EACCES && err == nil: // no filter gives this error
		return "", &Unsupported{What: found + " leaves perf_event_open to root in this kernel",
			Remedy: "run it with sudo, or: sudo sysctl kernel.perf_event_paranoid=2", Err: errno}
	}
	return "", refusedCall("perf_event_open", errno)
}

func refusedCall(call string, errno unix.Errno) error {
	if errno == unix.ENOSYS && statusField("self", "Seccomp") != seccompFilter {
		return &Unsupported{What: "this kernel has no " + call, Remedy: "use a distribution kernel", Err: errno}
	}
	return &Unsupported{What: fmt.Sprintf("the call %s is refused: %v", call, errno), Remedy: "let " + whoForbids() +
		" allow it", Err: errno}
}

// anyCall is a tracepoint of a system call that every kernel has, if it has any. Of one that a kernel is built without,
// its attaching tells.
const anyCall = "syscalls/sys_exit_wait4"

func checkTracefs() (string, error) {
	t, err := openTracefs()
	if err != nil {
		return "", err
	}
	defer t.close()
	if _, err := t.id(anyCall); err != nil {
		return "", explain(err)
	}
	if t.mounted == "" {
		return "not mounted; tracer mounts it for itself alone", nil
	}
	return t.mounted, nil
}

// olderThan compares a release, such as 6.1.0-28-amd64, with a version.
func olderThan(release string, major, minor int) bool {
	var a, b int
	_, _ = fmt.Sscanf(release, "%d.%d", &a, &b)
	return a < major || a == major && b < minor
}
