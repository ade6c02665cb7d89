package words

import (
	"strconv"

	"tracer/event"
)

var chineseProblems = ProblemWords{
	ProcNotMounted: Problem{"/proc 未挂载",
		"挂载它：mount -t proc proc /proc"},
	UserNamespace: Problem{"当前处于单独的用户命名空间（unshare -U、rootless 容器），其中的 root 不能加载 BPF 程序",
		"用 sudo 在该命名空间之外运行 tracer"},
	FileLimitUnknown: Problem{"无法读取打开文件数的上限",
		"允许 getrlimit"},
	FileLimit: func(limit, needed uint64) Problem {
		return Problem{"最多只能同时打开 " + number(limit) + " 个文件，而 tracer 需要 " + number(needed) + " 个",
			"提高上限：ulimit -Hn、LimitNOFILE="}
	},
	TaskLimitOfCgroup: func(limit uint64, folder string, free, needed uint64) Problem {
		return Problem{"cgroup 的任务数上限为 " + number(limit) + "（" + folder + "/pids.max），还可创建 " + number(free) +
			" 个，而 tracer 需要 " + number(needed) + " 个",
			"提高上限：pids.max、TasksMax=、--pids-limit"}
	},
	TaskLimitOfUser: func(limit, free, needed uint64) Problem {
		return Problem{"该用户的任务数上限为 " + number(limit) + "（ulimit -u），还可创建 " + number(free) + " 个，而 tracer 需要 " +
			number(needed) + " 个",
			"提高上限：ulimit -u，或结束其中一些任务"}
	},
	MemoryLimit: func(megabytes, needed uint64) Problem {
		return Problem{"虚拟内存上限为 " + number(megabytes) + " MB，而 tracer 最多预留 " + number(needed) + " MB",
			"ulimit -v unlimited"}
	},
	OldKernel: func(release string) Problem {
		return Problem{"Linux " + release + " 太旧",
			"请使用 Linux 5.15 或更新的版本"}
	},
	SysNotMounted: Problem{"/sys 未挂载，内核的类型信息（BTF）在其中",
		"挂载它：mount -t sysfs sysfs /sys"},
	NoBTF: func(file string) Problem {
		return Problem{"此内核没有 BTF（" + file + "）",
			"使用发行版内核，或以 CONFIG_DEBUG_INFO_BTF=y 构建内核"}
	},
	Lockdown: Problem{"内核 lockdown 处于 confidentiality 模式，禁止 BPF 程序读取内核内存",
		"以 lockdown=integrity 启动"},
	RootWithout: func(capabilities string) Problem {
		return Problem{"虽为 root，但缺少 " + capabilities,
			"在容器中：--cap-add BPF --cap-add PERFMON，或 --privileged"}
	},
	NotRoot: func(capabilities, self string) Problem {
		return Problem{"不是 root，且缺少 " + capabilities,
			chineseRunAsGroup(self)}
	},
	Paranoid: func(setting string) Problem {
		return Problem{"此内核在 " + setting + " 时只允许 root 调用 perf_event_open",
			"用 sudo 运行，或：sudo sysctl kernel.perf_event_paranoid=2"}
	},
	NoCall: func(call string) Problem {
		return Problem{"此内核没有 " + call,
			"使用发行版内核"}
	},
	CallRefused: func(call, reason string, bySeccomp bool) Problem {
		return Problem{"系统调用 " + call + " 被拒绝：" + reason,
			"让" + chineseWhoForbids(bySeccomp) + "允许它"}
	},
	TracefsNotMounted: func(reason, folder string) Problem {
		return Problem{"tracefs 未挂载，tracer 也无法自行挂载（" + reason + "）",
			"sudo mount -t tracefs tracefs " + folder}
	},
	TracefsUnreadable: func(folder, self string) Problem {
		return Problem{"没有 CAP_DAC_READ_SEARCH 就不能读取 tracefs（" + folder + "）",
			chineseRunAsGroup(self)}
	},
	NoTracepoint: func(tracepoint string) Problem {
		return Problem{"此内核没有跟踪点 " + tracepoint,
			"使用发行版内核，或以 CONFIG_FTRACE_SYSCALLS=y 构建内核"}
	},
	NoPidfd: Problem{"此内核不提供 pidfd",
		"请使用 Linux 5.15 或更新的版本"},
	SetUserID: func(self string) Problem {
		return Problem{"tracer 设置了 set-user-ID 位，这会让所有用户获得其属主的权限",
			"sudo chmod u-s " + self}
	},
	TooManyFiles: func(reason string) Problem {
		return Problem{"打开的文件太多：" + reason,
			"提高上限：ulimit -n 4096"}
	},
	KernelRefuses: func(reason string, bySeccomp bool) Problem {
		return Problem{"内核拒绝：" + reason,
			"让" + chineseWhoForbids(bySeccomp) + "允许 bpf 和 perf_event_open；tracer doctor 显示哪些功能可用"}
	},
	KernelLacksHook: func(reason string) Problem {
		return Problem{"此内核缺少挂钩：" + reason,
			"tracer doctor 显示它提供什么"}
	},
	NoFunctionPrograms: func(reason string) Problem {
		return Problem{"内核函数上的程序（fentry、fexit）：" + reason,
			"去掉 --hooks，或使用 --hooks tracepoints"}
	},
	Launch:        func(quoted, reason string) string { return "启动 " + quoted + "：" + reason },
	NotFound:      "未找到",
	NotExecutable: "不能执行它；请用 chmod +x 使它可执行，或在它前面写出其解释器",
	NoTerminal: func(reason string) string {
		return "为命令创建终端：" + reason + "；给出 --pty=false 则不需要"
	},
	NotAProgram: func(refusal string) string {
		return refusal + "；它不是此机器的程序，首行（#!）也没有指出解释器"
	},
	Interpreter: func(quoted, refusal string) string { return "其解释器 " + quoted + "：" + refusal },
	Hidden: func(processes string) Problem {
		return Problem{processes + "：存活，但此内核对 BPF 程序隐藏了它，因此完全无法观察",
			"附加到别的进程，或其子进程"}
	},
	TargetsEnded: Problem{"要附加的进程都已结束",
		"ps -e 列出现有的进程"},
	TargetIsZombie: func(pid, parent event.PID) Problem {
		return Problem{"进程 " + number(pid) + " 已结束：它是僵尸进程，须由进程 " + number(parent) + " 回收",
			"附加到 " + number(parent)}
	},
	TargetIsTracer: func(pid event.PID) Problem {
		return Problem{"进程 " + number(pid) + " 就是 tracer 本身",
			"附加到别的进程"}
	},
	NoProcess: func(pid event.PID) Problem {
		return Problem{"没有进程 " + number(pid),
			"ps -e 列出现有的进程"}
	},
	KernelThread: func(pid event.PID) Problem {
		return Problem{number(pid) + " 是内核线程",
			"附加到进程"}
	},
	NoComm: func(comm string) Problem {
		return Problem{"没有命令名为 " + strconv.Quote(comm) + " 的进程",
			"ps -e 列出它们的名称"}
	},
	NobodyListens: func(port int) Problem {
		return Problem{"没有进程监听端口 " + number(port),
			"ss -lntu 列出谁在监听何处"}
	},
	NobodyInCgroup: func(path string) Problem {
		return Problem{"cgroup " + path + " 中没有进程",
			"systemd-cgls 或 cat /proc/PID/cgroup 显示各进程所在之处"}
	},
	NoCgroup: func(path, file string) Problem {
		return Problem{"没有 cgroup " + path,
			"给出含有文件 " + file + " 的文件夹，或其在 cgroup2 挂载点下的路径"}
	},
}

func chineseRunAsGroup(self string) string {
	return "用 sudo 运行，或让一个组运行它：sudo chgrp GROUP " + self + " && sudo chmod 750 " + self +
		" && sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search=ep " + self
}

func chineseWhoForbids(bySeccomp bool) string {
	if bySeccomp {
		return "此容器或单元的 seccomp 过滤器"
	}
	return "此机器的安全模块（SELinux、AppArmor）"
}
