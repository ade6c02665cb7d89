package words

import (
	"strconv"

	"tracer/event"
)

var englishProblems = ProblemWords{
	ProcNotMounted: Problem{"/proc is not mounted",
		"mount it: mount -t proc proc /proc"},
	UserNamespace: Problem{"this is a user namespace of its own (unshare -U, a rootless container), whose root may " +
		"not load BPF programs",
		"run tracer outside of it, by sudo"},
	FileLimitUnknown: Problem{"the limit of open files cannot be read",
		"allow getrlimit"},
	FileLimit: func(limit, needed uint64) Problem {
		return Problem{number(limit) + " files may be open at once, and tracer needs " + number(needed),
			"raise the limit: ulimit -Hn, LimitNOFILE="}
	},
	TaskLimitOfCgroup: func(limit uint64, folder string, free, needed uint64) Problem {
		return Problem{"the cgroup's limit of " + number(limit) + " tasks (" + folder + "/pids.max) leaves room for " +
			number(free) + " more, and tracer needs " + number(needed),
			"raise it: pids.max, TasksMax=, --pids-limit"}
	},
	TaskLimitOfUser: func(limit, free, needed uint64) Problem {
		return Problem{"the limit of " + number(limit) + " tasks of this user (ulimit -u) leaves room for " +
			number(free) + " more, and tracer needs " + number(needed),
			"raise it: ulimit -u, or end some of them"}
	},
	MemoryLimit: func(megabytes, needed uint64) Problem {
		return Problem{"the limit of virtual memory is " + number(megabytes) + " MB, and tracer reserves up to " +
			number(needed),
			"ulimit -v unlimited"}
	},
	OldKernel: func(release string) Problem {
		return Problem{"Linux " + release + " is too old",
			"use Linux 5.15 or later"}
	},
	SysNotMounted: Problem{"/sys is not mounted, where the kernel's types (BTF) are",
		"mount it: mount -t sysfs sysfs /sys"},
	NoBTF: func(file string) Problem {
		return Problem{"this kernel has no BTF (" + file + ")",
			"use a distribution kernel, or build one with CONFIG_DEBUG_INFO_BTF=y"}
	},
	Lockdown: Problem{"kernel lockdown is in confidentiality mode, which forbids BPF programs to read kernel memory",
		"boot with lockdown=integrity"},
	RootWithout: func(capabilities string) Problem {
		return Problem{"root without " + capabilities,
			"in a container: --cap-add BPF --cap-add PERFMON, or --privileged"}
	},
	NotRoot: func(capabilities, self string) Problem {
		return Problem{"not root, and without " + capabilities,
			runAsGroup(self)}
	},
	Paranoid: func(setting string) Problem {
		return Problem{setting + " leaves perf_event_open to root in this kernel",
			"run it with sudo, or: sudo sysctl kernel.perf_event_paranoid=2"}
	},
	NoCall: func(call string) Problem {
		return Problem{"this kernel has no " + call,
			"use a distribution kernel"}
	},
	CallRefused: func(call, reason string, bySeccomp bool) Problem {
		return Problem{"the call " + call + " is refused: " + reason,
			"let " + whoForbids(bySeccomp) + " allow it"}
	},
	TracefsNotMounted: func(reason, folder string) Problem {
		return Problem{"tracefs is not mounted, and tracer cannot mount it for itself (" + reason + ")",
			"sudo mount -t tracefs tracefs " + folder}
	},
	TracefsUnreadable: func(folder, self string) Problem {
		return Problem{"tracefs (" + folder + ") is not readable without CAP_DAC_READ_SEARCH",
			runAsGroup(self)}
	},
	NoTracepoint: func(tracepoint string) Problem {
		return Problem{"this kernel has no tracepoint " + tracepoint,
			"use a distribution kernel, or build one with CONFIG_FTRACE_SYSCALLS=y"}
	},
	NoPidfd: Problem{"this kernel has no pidfds",
		"use Linux 5.15 or later"},
	SetUserID: func(self string) Problem {
		return Problem{"tracer is set-user-ID, which would give every user the rights of its owner",
			"sudo chmod u-s " + self}
	},
	TooManyFiles: func(reason string) Problem {
		return Problem{"too many files are open: " + reason,
			"raise the limit: ulimit -n 4096"}
	},
	KernelRefuses: func(reason string, bySeccomp bool) Problem {
		return Problem{"the kernel refuses: " + reason,
			"let " + whoForbids(bySeccomp) + " allow bpf and perf_event_open; tracer doctor shows what works"}
	},
	KernelLacksHook: func(reason string) Problem {
		return Problem{"this kernel lacks a hook: " + reason,
			"tracer doctor shows what it offers"}
	},
	NoFunctionPrograms: func(reason string) Problem {
		return Problem{"programs on functions of the kernel (fentry, fexit): " + reason,
			"leave out --hooks, or take --hooks tracepoints"}
	},
	Launch:        func(quoted, reason string) string { return "launch " + quoted + ": " + reason },
	NotFound:      "not found",
	NotExecutable: "it may not be executed; make it executable with chmod +x, or name its interpreter before it",
	NoTerminal: func(reason string) string {
		return "make a terminal for the command: " + reason + "; --pty=false does without"
	},
	NotAProgram: func(refusal string) string {
		return refusal + "; it is not a program for this machine, and no first line (#!) names an interpreter"
	},
	Interpreter: func(quoted, refusal string) string { return "its interpreter " + quoted + ": " + refusal },
	Hidden: func(processes string) Problem {
		return Problem{processes + ": alive, but this kernel hides it from BPF programs, so nothing of it can be seen",
			"attach to another one, or to its children"}
	},
	TargetsEnded: Problem{"the processes to attach to have ended",
		"ps -e shows those that there are"},
	TargetIsZombie: func(pid, parent event.PID) Problem {
		return Problem{"process " + number(pid) + " has ended: it is a zombie, which process " + number(parent) +
			" must reap",
			"attach to " + number(parent)}
	},
	TargetIsTracer: func(pid event.PID) Problem {
		return Problem{"process " + number(pid) + " is tracer itself",
			"attach to another one"}
	},
	NoProcess: func(pid event.PID) Problem {
		return Problem{"there is no process " + number(pid),
			"ps -e shows those that there are"}
	},
	KernelThread: func(pid event.PID) Problem {
		return Problem{number(pid) + " is a kernel thread",
			"attach to a process"}
	},
	NoComm: func(comm string) Problem {
		return Problem{"no process has the command name " + strconv.Quote(comm),
			"ps -e shows their names"}
	},
	NobodyListens: func(port int) Problem {
		return Problem{"no process listens on port " + number(port),
			"ss -lntu shows who listens where"}
	},
	NobodyInCgroup: func(path string) Problem {
		return Problem{"no process is in the cgroup " + path,
			"systemd-cgls, or cat /proc/PID/cgroup, shows who is where"}
	},
	NoCgroup: func(path, file string) Problem {
		return Problem{"there is no cgroup " + path,
			"give a folder with a file " + file + ", or its path below the mount of cgroup2"}
	},
}

// runAsGroup says how to get privilege. A file with capabilities lends them to all who may execute it, so that is to be
// a group.
func runAsGroup(self string) string {
	return "run it with sudo, or let a group run it: sudo chgrp GROUP " + self + " && sudo chmod 750 " + self +
		" && sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search=ep " + self
}

// whoForbids names who can forbid a system call that the capabilities would allow.
func whoForbids(bySeccomp bool) string {
	if bySeccomp {
		return "the seccomp filter of this container or unit"
	}
	return "the security module of this machine (SELinux, AppArmor)"
}
