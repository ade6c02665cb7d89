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

	"tracer/words"
)

// requirement is something without which nothing can be traced: a row of the doctor's table, and what Load refuses by.
// Each stands before those that could fail because of it.
type requirement struct {
	what  words.Message
	check func() (found words.Message, err error) // err is an Unsupported
}

var requirements = []requirement{
	{words.Verbatim("/proc"), checkProc},
	{func(l *words.Language) string { return l.Doctor.UserNamespace }, checkUserNamespace},
	{func(l *words.Language) string { return l.Doctor.Descriptors }, checkDescriptors},
	{func(l *words.Language) string { return l.Doctor.Tasks }, checkTasks},
	{func(l *words.Language) string { return l.Doctor.Memory }, checkMemory},
	{func(l *words.Language) string { return l.Doctor.Kernel }, checkKernel},
	{func(l *words.Language) string { return l.Doctor.BTF }, checkBTF},
	{func(l *words.Language) string { return l.Doctor.Lockdown }, checkLockdown},
	{func(l *words.Language) string { return l.Doctor.Privilege }, checkCapabilities},
	{func(l *words.Language) string { return l.Doctor.BPF }, checkBPF},
	{func(l *words.Language) string { return l.Doctor.Perf }, checkPerf},
	{func(l *words.Language) string { return l.Doctor.Tracefs }, checkTracefs},
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

func checkProc() (words.Message, error) {
	if !mountedAt("/proc", unix.PROC_SUPER_MAGIC) {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.ProcNotMounted }}
	}
	return func(l *words.Language) string { return l.Doctor.Mounted }, nil
}

// initialUserNS is PROC_USER_INIT_INO (include/linux/proc_ns.h): the inode of the initial user namespace.
const initialUserNS = 0xEFFFFFFD

// checkUserNamespace: bpf(2) asks for capabilities in the initial user namespace. Those that root has in another one
// are none there.
func checkUserNamespace() (words.Message, error) {
	var ns unix.Stat_t
	if unix.Stat("/proc/self/ns/user", &ns) == nil && ns.Ino != initialUserNS {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.UserNamespace }}
	}
	return nil, nil
}

// What a trace needs, but for the uprobes of coroutines.
const (
	neededDescriptors = 192
	neededMemory      = 4 << 30 // stacks and arenas of C's threads are reserved, not used
)

// neededTasks are the threads of tracer and of its gate, which Go starts as they are wanted, and the program.
func neededTasks() uint64 { return uint64(16 + 4*min(runtime.NumCPU(), 16)) }

func checkDescriptors() (words.Message, error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.FileLimitUnknown
		}, Err: err}
	}
	if limit.Max < neededDescriptors { // Go raises the soft limit to the hard one
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.FileLimit(limit.Max, neededDescriptors)
		}}
	}
	return limitText(limit.Max), nil
}

func limitText(limit uint64) words.Message {
	if limit > math.MaxInt64 {
		return func(l *words.Language) string { return l.Doctor.NoLimit }
	}
	return words.Verbatim(strconv.FormatUint(limit, 10))
}

// checkTasks: where Go cannot start a thread it aborts the program with a dump of its stacks.
func checkTasks() (words.Message, error) {
	free, exceeded := freeTasks()
	if free < neededTasks() {
		return nil, &Unsupported{Problem: exceeded}
	}
	return limitText(free), nil
}

// freeTasks returns how many tasks can be started here, and what is wrong when that is not enough.
func freeTasks() (free uint64, exceeded problem) {
	free = math.MaxUint64
	for _, folder := range pidsFolders() {
		limit, err := readNumber(filepath.Join(folder, "pids.max"))
		if err != nil { // "max", or the root
			continue
		}
		used, err := readNumber(filepath.Join(folder, "pids.current"))
		if left := limit - min(used, limit); err == nil && left < free {
			free = left
			exceeded = func(l *words.Language) words.Problem {
				return l.Problems.TaskLimitOfCgroup(limit, folder, left, neededTasks())
			}
		}
	}
	var limit unix.Rlimit
	if os.Getuid() == 0 || unix.Getrlimit(unix.RLIMIT_NPROC, &limit) != nil || limit.Cur >= free {
		return free, exceeded
	}
	if left := limit.Cur - min(tasksOf(uint32(os.Getuid())), limit.Cur); left < free {
		free = left
		exceeded = func(l *words.Language) words.Problem {
			return l.Problems.TaskLimitOfUser(limit.Cur, left, neededTasks())
		}
	}
	return free, exceeded
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

func checkMemory() (words.Message, error) {
	limit := unix.Rlimit{Cur: math.MaxUint64}
	_ = unix.Getrlimit(unix.RLIMIT_AS, &limit)
	return memoryWithin(limit.Cur)
}

func memoryWithin(limit uint64) (words.Message, error) {
	if limit < neededMemory {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.MemoryLimit(limit>>20, neededMemory>>20)
		}}
	}
	return limitText(limit), nil
}

func checkKernel() (words.Message, error) {
	release, _ := Uname()
	if olderThan(release, 5, 15) {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.OldKernel(release)
		}}
	}
	return words.Verbatim(release), nil
}

const (
	btfFile      = "/sys/kernel/btf/vmlinux"
	lockdownFile = "/sys/kernel/security/lockdown"
)

func checkBTF() (words.Message, error) {
	if _, err := os.Stat(btfFile); err == nil {
		return words.Verbatim(btfFile), nil
	}
	if !mountedAt("/sys", unix.SYSFS_MAGIC) {
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.SysNotMounted }}
	}
	return nil, &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.NoBTF(btfFile) }}
}

func checkLockdown() (words.Message, error) {
	mode := lockdownMode()
	switch mode {
	case "confidentiality":
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem { return l.Problems.Lockdown }}
	case "":
		return func(l *words.Language) string { return l.Doctor.NoLockdown }, nil
	}
	return words.Verbatim(mode), nil
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
func checkCapabilities() (words.Message, error) {
	p, err := ownPrivilege()
	if err != nil || p.permitted.has(unix.CAP_SYS_ADMIN) {
		return nil, nil // or the kernel itself shall refuse
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
	lacks := strings.Join(missing, ", ")
	switch {
	case len(missing) == 0:
		return nil, nil
	case os.Geteuid() == 0:
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.RootWithout(lacks)
		}}
	}
	return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
		return l.Problems.NotRoot(lacks, Self())
	}}
}

// checkBPF asks for a command that there is not. A kernel that lets this process use the call says so.
func checkBPF() (words.Message, error) {
	var attr [128]byte
	_, _, errno := unix.Syscall(unix.SYS_BPF, math.MaxInt32, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != unix.EINVAL {
		return nil, refusedCall("bpf", errno)
	}
	return nil, nil
}

const paranoidFile = "/proc/sys/kernel/perf_event_paranoid"

// checkPerf opens an event that counts nothing, of a whole CPU as those of tracepoints are. Debian and Ubuntu have had
// kernels that refuse that above 2 to all but CAP_SYS_ADMIN; the kernel's own rules end at 2, and CAP_PERFMON is enough
// for them.
func checkPerf() (words.Message, error) {
	level, err := os.ReadFile(paranoidFile)
	setting := "kernel.perf_event_paranoid " + strings.TrimSpace(string(level))
	found := words.Verbatim(setting)
	if err != nil {
		found = func(l *words.Language) string { return l.Doctor.NoParanoid }
	}
	attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_DUMMY}
	event, refused := unix.PerfEventOpen(&attr, -1, 0, -1, unix.PERF_FLAG_FD_CLOEXEC)
	errno, _ := refused.(unix.Errno)
	switch {
	case refused == nil:
		return found, unix.Close(event)
	case errno == unix.EACCES && err == nil: // no filter that is known gives this error
		return nil, &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.Paranoid(setting)
		}, Err: errno}
	}
	return nil, refusedCall("perf_event_open", errno)
}

func refusedCall(call string, errno unix.Errno) error {
	filtered := seccompFilters()
	if errno == unix.ENOSYS && !filtered {
		return &Unsupported{Problem: func(l *words.Language) words.Problem {
			return l.Problems.NoCall(call)
		}, Err: errno}
	}
	return &Unsupported{Problem: func(l *words.Language) words.Problem {
		return l.Problems.CallRefused(call, errno.Error(), filtered)
	}, Err: errno}
}

// anyCall is a tracepoint of a system call that every kernel has, if it has any. Of one that a kernel is built without,
// its attaching tells.
const anyCall = "syscalls/sys_exit_wait4"

func checkTracefs() (words.Message, error) {
	t, err := openTracefs()
	if err != nil {
		return nil, err
	}
	defer t.close()
	if _, err := t.id(anyCall); err != nil {
		return nil, explain(err)
	}
	if t.mounted == "" {
		return func(l *words.Language) string { return l.Doctor.MountedByTracer }, nil
	}
	return words.Verbatim(t.mounted), nil
}

// olderThan compares a release, such as 6.1.0-28-amd64, with a version.
func olderThan(release string, major, minor int) bool {
	var a, b int
	_, _ = fmt.Sscanf(release, "%d.%d", &a, &b)
	return a < major || a == major && b < minor
}
