package words

import (
	"tracer/event"
	"tracer/text"
)

var chineseEvents = EventWords{
	OfThread:  func(tid event.TID, line string) string { return "线程 " + number(tid) + "：" + line },
	Guessed:   "事件丢失后推断",
	EndUnseen: "tracer 附加时正在结束",

	Launched:    "由 tracer 启动",
	RunsAlready: func(comm string) string { return "已在运行：" + comm },
	ZombieAlready: func(comm, status string, parent event.PID) string {
		return "已是僵尸进程：" + comm + "，" + status + "；须由 " + number(parent) + " 回收"
	},
	SIGCHLDPending:   "一个 SIGCHLD 待处理",
	LeaderEndedFirst: "其主线程已退出",
	IsSubreaper:      "是 subreaper",
	BecomesSubreaper: "成为 subreaper：由它收养其后代中的孤儿进程",
	NoSubreaper:      "不是 subreaper：它不收养孤儿进程",
	AllSeen:          "所有正在运行的任务均已登记",

	DefaultAction:   func(signal string) string { return signal + " 采用默认动作" },
	Ignored:         func(signal string) string { return signal + " 设为 SIG_IGN：不发送，由内核回收" },
	HasHandler:      func(signal string) string { return signal + " 已设置处理程序" },
	ChildrenReaped:  "SA_NOCLDWAIT：其子进程将由内核回收",
	Blocked:         "被阻塞",
	TakenBySignalFD: "由读取 signalfd 者接收",

	Fork:             func(child string) string { return "fork -> " + child },
	Vfork:            func(child string) string { return "vfork -> " + child },
	NewThread:        func(tid event.TID) string { return "新线程 -> " + number(tid) },
	AsSibling:        "作为其兄弟进程（CLONE_PARENT）",
	NamespaceInit:    "新 PID 命名空间的 init 进程",
	NoNewPrivileges:  "不得获得新特权",
	KilledWithPidfd:  "其 pidfd 关闭时被杀死",
	ReapedByKernelAt: "结束时由内核回收",
	NoSignalAtEnd:    "结束时不发送信号",
	SignalAtEnd:      func(signal string) string { return "结束时发送 " + signal },
	ByUntraced:       "由未被跟踪的进程执行",
	NotTraced:        "未被跟踪",

	Exec:                func(command string) string { return "exec " + command },
	ExecAs:              func(file, command string) string { return "exec " + file + "，命令名为 " + command },
	StillIgnored:        "SIGCHLD 此前已被忽略，继承至今",
	StillBlocked:        "SIGCHLD 此前已被阻塞，继承至今",
	ThreadBecomesLeader: func(tid event.TID) string { return "线程 " + number(tid) + " 成为主线程" },
	Renamed:             func(comm string) string { return "更名为 " + comm },

	LeaderEnded: func(status string) string { return "主线程已退出（" + status + "），其余线程继续运行" },
	ThreadEnded: "退出",
	Killed:      func(status string) string { return "被信号杀死：" + status },
	DebuggerThenKernel: func(debugger event.PID) string {
		return "先通知其调试器" + chineseDebugger(debugger) + "，再由内核回收"
	},
	DebuggerFirst:      func(debugger event.PID) string { return "先通知其调试器" + chineseDebugger(debugger) },
	NamespaceFirst:     "等待其 PID 命名空间变空",
	MemoryFirst:        "先释放其内存",
	ChildrenGoTo:       func(reaper Who) string { return "其子进程由 " + reaper.chineseThen("收养") },
	KernelReapsAsAsked: "按创建时的要求由内核回收",
	KernelReaps:        "由内核回收",
	OutOfMemory:        "内存耗尽时被内核选中",

	SignalQueued:    func(signal string, target event.PID) string { return signal + " -> " + number(target) + " 已入队" },
	SignalDiscarded: func(signal string, target event.PID) string { return signal + " -> " + number(target) + " 被丢弃" },
	SignalDiscardedByDefault: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " 被丢弃（默认动作）"
	},
	SignalCoalesced: func(signal string, target event.PID) string { return signal + " -> " + number(target) + " 被合并" },
	SignalFailed:    func(signal string, target event.PID) string { return signal + " -> " + number(target) + " 失败" },
	SignalIgnored: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " 被丢弃（SIG_IGN）"
	},
	SignalTooLate: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " 被丢弃（该进程正在结束）"
	},
	SignalToInit: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + " 被丢弃（init 进程不执行默认动作）"
	},
	SignalContinues: func(signal string, target event.PID) string {
		return signal + " -> " + number(target) + "，其若已停止则继续运行"
	},
	ChildTrapped:   "子进程因跟踪而停止",
	ChildStopped:   "子进程停止",
	ChildContinued: "子进程恢复运行",
	AboutChild:     func(pid event.PID) string { return "关于子进程 " + number(pid) },
	PidfdClosed:    "其 pidfd 已关闭",
	SentByKernel:   "由内核发送",
	SentByTracer:   "由 tracer 发送",
	SentByUntraced: func(comm string) string { return "由 " + comm + " 发送，未被跟踪" },
	SentByCall:     "由系统调用发送，并非因子进程结束",
	Reasons: ReasonWords{
		ParentDeath: func(thread event.TID) string {
			return "父进程死亡信号：作为其父进程的线程 " + number(thread) + " 已结束"
		},
		Timer:         "其定时器到期",
		BrokenPipe:    "管道破裂：已没有读取者",
		Terminal:      "终端按键",
		Hangup:        "其终端已消失",
		SessionEnds:   "其会话的首进程已结束",
		GroupOrphaned: "它处于停止状态，而其进程组已成孤儿",
		NamespaceEnds: "其 PID 命名空间正在结束",
	},
	HandlerRuns:  func(signal string) string { return signal + " 的信号处理程序运行" },
	TakenByCall:  func(signal, call string) string { return "通过 " + call + " 取走 " + signal },
	NowDiscarded: func(signal string) string { return signal + " 不再被阻塞，被丢弃（SIG_IGN）" },
	NotDone:      func(signal string) string { return signal + " 被丢弃：其进程组是孤儿进程组" },
	NotDoneByInit: func(signal string) string {
		return signal + " 不再被阻塞，被丢弃（init 进程不执行默认动作）"
	},
	StoppedBy: func(signal string) string { return "被 " + signal + " 停止" },

	WaitInKernel: "内核中的等待",
	WaitByRing:   func(call string) string { return "经 io_uring 的 " + call },
	WaitBegins:   func(call string) string { return "在 " + call + " 中等待" },
	WaitLasts:    func(call, duration string) string { return "正在 " + call + " 中等待，已 " + duration },
	Interrupted:  func(call string) string { return call + "：被信号中断" },
	WaitOfStop: func(call string) string {
		return call + "：有子进程停止或继续运行（未告知是哪一个）"
	},
	PidfdOf: func(child event.PID) string { return number(child) + " 的 P_PIDFD" },
	NoChild: func(call string) string { return call + "：没有可等待的子进程（ECHILD）" },
	NoSuchChild: func(call string, child event.PID) string {
		return call + "：没有可等待的子进程 " + number(child) + "（ECHILD）"
	},
	NoChildInGroup: func(call string, group event.PID) string {
		if group == 0 {
			return call + "：本进程组中没有可等待的子进程（ECHILD）"
		}
		return call + "：进程组 " + number(group) + " 中没有可等待的子进程（ECHILD）"
	},
	NoStatus: func(call string) string { return call + "：尚无子进程的状态（WNOHANG）" },
	NoStatusOf: func(call string, child event.PID) string {
		return call + "：尚无子进程 " + number(child) + " 的状态（WNOHANG）"
	},
	NoStatusInGroup: func(call string, group event.PID) string {
		if group == 0 {
			return call + "：本进程组中尚无子进程的状态（WNOHANG）"
		}
		return call + "：进程组 " + number(group) + " 中尚无子进程的状态（WNOHANG）"
	},
	ReapsUnknown: func(call string) string { return call + " 回收了一个子进程（未告知是哪一个）" },
	Waited:       func(call string, child event.TID) string { return call + " = " + number(child) },
	LookOnly:     "只查看，不回收（WNOWAIT）",
	After:        func(sentence, duration string) string { return sentence + "，历时 " + duration },

	Left:           "已从内核中移除",
	ReapedByKernel: "由内核回收",

	Accept: func(peer string, connection Number, fd int32, queue, backlog uint32) string {
		return "accept " + peer + "，连接 " + number(connection) + "（fd " + number(fd) + "，积压队列 " + number(queue) +
			"/" + number(backlog) + "）"
	},
	ListenDrop: func(attempts uint64, listener string, queue, backlog uint32) string {
		return "丢弃了 " + text.Count(attempts) + " 次到 " + listener + " 的连接请求（积压队列 " + number(queue) + "/" +
			number(backlog) + "）"
	},
	HoldsListener: func(listener string, fd int32) string {
		return "持有监听套接字 " + listener + "（fd " + number(fd) + "）"
	},
	HoldsConnection: func(connection Number, fd int32) string {
		return "持有连接 " + number(connection) + "（fd " + number(fd) + "）"
	},
	HeldAfterExec: "exec 未将其关闭",
	HeldToItsEnd:  "直到其结束",
	FoundByLook:   "由对所有文件的检查得知",
	LetsGo: func(connection Number) string {
		return "关闭了它对连接 " + number(connection) + " 的最后一个描述符，该连接仍由他者持有"
	},
	LetsGoByEnding: func(connection Number) string {
		return "结束时放开连接 " + number(connection) + "，该连接仍由他者持有"
	},
	UnnamedPeer:  "unix（未命名）",
	AfterBacklog: func(sentence, duration string) string { return sentence + "，在积压队列中等待了 " + duration },
	Reads: func(bytes uint64, connection Number) string {
		return "从连接 " + number(connection) + " 读取 " + text.Count(bytes) + " 字节"
	},
	Writes: func(bytes uint64, connection Number) string {
		return "向连接 " + number(connection) + " 写入 " + text.Count(bytes) + " 字节"
	},
	Closes: func(connection Number, read, written uint64) string {
		return "关闭连接 " + number(connection) + "（读 " + text.Count(read) + " 字节，写 " + text.Count(written) + " 字节）"
	},
	KernelCloses: func(connection Number, read, written uint64) string {
		return "内核结束连接 " + number(connection) + "（读 " + text.Count(read) + " 字节，写 " + text.Count(written) +
			" 字节）"
	},
	Datagram: func(bytes uint64, local string) string {
		return "在 " + local + " 收到 " + text.Count(bytes) + " 字节的数据报"
	},
	Request: func(line string, connection Number) string {
		return "从连接 " + number(connection) + " 读取请求 " + line
	},
	Response: func(line string, connection Number) string {
		return "在连接 " + number(connection) + " 上应答 " + line
	},
	RingSetUp:      "创建 io_uring",
	BlockedIn:      func(call, duration string) string { return "在 " + call + " 中阻塞了 " + duration },
	BlockedOutside: func(duration string) string { return "在已知的系统调用之外阻塞了 " + duration },
	HadCPU:         func(duration string) string { return "一轮之内占用 CPU 达 " + duration },
	RingUnseen:     "创建 io_uring：经它接受的连接无法看到",

	Failed: func(call, errno string) string { return call + " 失败：" + errno },
	FailedInARow: func(call, errno string, failures uint64) string {
		return call + " 连续失败 " + text.Count(failures) + " 次：" + errno
	},
	FailedOn: func(call, listener string) string { return "在 " + listener + " 上的 " + call },

	LostToDamage: func(events uint64) string {
		return "丢失 " + text.Count(events) + " 个事件：录制文件在此处损坏"
	},
	LostAtMost: func(events uint64, kind string) string {
		return "最多丢失 " + text.Count(events) + " 个 " + kind + " 事件：内核跳过了本应报告它们的程序"
	},
	LostToFullBuffer: func(events uint64, kind string) string {
		return "丢失 " + text.Count(events) + " 个 " + kind + " 事件：环形缓冲区已满"
	},
	TraceEnded: "跟踪结束",
	Control: ControlEventWords{
		Reap:        func(way string) string { return "用户让服务器改用 --reap " + way + " 回收" },
		Paused:      "用户暂停客户端",
		Rate:        func(times string) string { return "用户让客户端以所要求速率的 " + times + " 倍到来" },
		Burst:       func(clients string) string { return "用户让 " + clients + " 个客户端同时到来" },
		Concurrency: func(clients string) string { return "用户把同时的客户端限制为 " + clients + " 个" },
		Work:        func(work string) string { return "用户让每个请求做 --work " + work },
		Signal:      func(signal string, to event.PID) string { return "用户向 " + number(to) + " 发送 " + signal },
		Model:       func(model string) string { return "用户让模型 " + model + " 接替服务器" },
		Unknown:     "用户更改了某事",
	},
}

func chineseDebugger(pid event.PID) string {
	if pid == 0 {
		return ""
	}
	return " " + number(pid)
}
