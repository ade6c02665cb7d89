package words

import (
	"tracer/event"
	"tracer/text"
)

var chineseDetails = DetailWords{
	Nothing:        "未选中任何项",
	Title:          "详情",
	Thread:         func(tid event.TID) string { return "线程 " + number(tid) },
	Coroutine:      "协程",
	Process:        func(pid string) string { return "进程 " + pid },
	Event:          func(n string, kind string) string { return "事件 " + n + "：" + kind },
	ProcessLabel:   "进程",
	StateLabel:     "状态",
	StatusLabel:    "状态值",
	AcceptsLabel:   "accept",
	EndedHowLabel:  "结束方式",
	CreatorLabel:   "创建者",
	ThreadLabel:    "线程",
	SwitchesLabel:  "切换",
	InferredLabel:  "推断",
	MetLabel:       "初见",
	ParentLabel:    "父进程",
	EndedLabel:     "结束",
	SubreaperLabel: "subreaper",
	PathLabel:      "路径",
	ArgumentsLabel: "参数",
	ChildrenLabel:  "子进程",
	LaneLabel:      "一生",
	LifetimesLabel: "子进程寿命",
	LivedLess:      func(duration string) string { return "< " + duration },
	LivedLonger:    func(duration string) string { return ">= " + duration },
	SwitchesBeside: func(coroutines, voluntary, involuntary uint64) string {
		return "协程之间 " + text.Count(coroutines) + " 次，不经内核；内核 " + text.Count(voluntary+involuntary) +
			" 次：自愿 " + text.Count(voluntary) + " 次，非自愿 " + text.Count(involuntary) + " 次"
	},
	SwitchesUnknown: func(coroutines uint64) string {
		return "协程之间 " + text.Count(coroutines) + " 次，不经内核；内核的次数在进程终止后才知道"
	},
	ThreadsLabel:    "线程",
	IdentityLabel:   "标识",
	ZombieLabel:     "僵尸",
	ReapedLabel:     "回收",
	ServesLabel:     "服务",
	CoroutinesLabel: "协程",
	ListenerLabel:   "监听套接字",
	BornLabel:       "出生",
	HoldsLabel:      "持有",
	HeldToo:         func(others string) string { return "同样持有它的还有 " + others },
	InWaitLabel:     "等待中",
	UsedLabel:       "用量",
	Vanished:        "未完成：其进程已结束，或未看到它的结束",
	AlikeOldest:     "它们情况相同。其中最早的一个：",
	SwitchesTo:      func(n uint64) string { return "切换到它 " + text.Count(n) + " 次" },
	Guess:           "有事件丢失：其中部分为推断",
	GuessOfEnd:      "tracer 附加时其正在结束：未收到其结束事件",
	ThereBefore:     "在 tracer 附加之前已存在",
	ByTracer:        "由 tracer 启动",
	Outside:         "在跟踪范围之外",
	Adopter:         func(who string) string { return who + "，由它收养" },
	CopiedFrom:      func(creator string) string { return "由 fork 从 " + creator + " 复制" },
	EndedBefore:     "在 tracer 附加之前",
	Inherits:        "由它收养其后代中的孤儿进程",
	ChildrenMade:    func(n uint64) string { return "共创建 " + text.Count(n) + " 个" },
	WaitToBeReaped:  func(n uint64) string { return text.Count(n) + " 个等待回收" },
	CPU:             func(duration string) string { return "CPU 时间 " + duration },
	RunDelay:        func(duration string) string { return "等待 CPU " + duration },
	Switches: func(voluntary, involuntary uint64) string {
		return "自愿上下文切换 " + text.Count(voluntary) + " 次，非自愿 " + text.Count(involuntary) + " 次"
	},
	Faults: func(minor, major uint64) string {
		return "次缺页 " + text.Count(minor) + " 次，主缺页 " + text.Count(major) + " 次"
	},
	Memory: func(bytes uint64) string {
		return "最多占用内存 " + text.Count(bytes) + " 字节"
	},
	Threads: func(alive, made int) string {
		return "存活 " + number(alive) + " 个，共创建 " + number(made) + " 个，主线程除外"
	},
	Identity: func(tid event.TID, start string) string {
		return "tid " + number(tid) + "，开机后 " + start + " 秒启动"
	},
	Status:       func(status, wait string) string { return status + "  （等待状态 " + wait + "）" },
	ZombieFor:    func(duration, mustReap string) string { return "已持续 " + duration + "；" + mustReap },
	HeldFirst:    "内核先通知其调试器：在调试器 wait 或结束之前，其父进程无法回收它",
	SentNoSignal: "它结束时不发送信号：只有带 __WALL 或 __WCLONE 的 wait 才能找到它",
	SentOther: func(signal string) string {
		return "它结束时发送 " + signal + " 而不是 SIGCHLD：只有带 __WALL 或 __WCLONE 的 wait 才能找到它"
	},
	ParentWaits: func(parent, call string) string { return parent + " 正在 " + call },
	InWait:      func(call, duration string) string { return call + "，已 " + duration },
	ParentStopped: func(parent, signal string) string {
		return parent + " 已被 " + signal + " 停止：收到 SIGCONT 之后才能 wait"
	},
	DefaultAction: "默认动作",
	Ignored:       "SIG_IGN：不发送，由内核回收",
	HasHandler:    "已设置处理程序",
	NoCldWait:     "SA_NOCLDWAIT",
	HasSignalFD:   "已为其创建 signalfd",
	UpToNow:       func(what, counts string) string { return what + "；至今：" + counts },
	Connection: func(n Number, peer string, by event.PID) string {
		return "连接 " + number(n) + "，来自 " + peer + "，由 " + number(by) + " 接受"
	},
	FirstBy:      func(coroutine string) string { return "最先由 " + coroutine + " 处理" },
	Queued:       func(duration string) string { return "排队 " + duration },
	ProcessAfter: func(duration string) string { return duration + " 后创建进程" },
	ReadAfter:    func(duration string) string { return duration + " 后读取" },
	ReplyAfter:   func(duration string) string { return duration + " 后应答" },
	ClosedAfter:  func(duration string) string { return duration + " 后关闭" },
	CloseLost:    "其关闭事件丢失：已没有进程可能持有它",
	Bytes: func(read, written uint64) string {
		return "读取 " + text.Count(read) + " 字节，写入 " + text.Count(written) + " 字节"
	},
	Answered: func(request string, status int, duration string) string {
		return request + " -> " + number(status) + "，历时 " + duration
	},
	Coroutines: func(alive, made, switches uint64) string {
		return "存活 " + text.Count(alive) + " 个，共创建 " + text.Count(made) + " 个，切换 " + text.Count(switches) + " 次"
	},
	Accepts: func(n uint64, peer string) string { return text.Count(n) + " 次，最近来自 " + peer },
	Listener: func(listener string, queued, backlog uint32) string {
		return listener + "，积压队列 " + number(queued) + "/" + number(backlog)
	},
	ListenDrops:    func(attempts uint64) string { return "丢弃了 " + text.Count(attempts) + " 次连接请求" },
	BeforeTrace:    func(duration string) string { return "跟踪开始前 " + duration },
	At:             func(seconds string) string { return "第 " + seconds + " 秒" },
	Lived:          func(at, duration string) string { return at + "，存活 " + duration },
	ReapedByKernel: "由内核",
	Dropped:        "无人回收：被内核丢弃",
	ReapedByTracer: "由 tracer",
	ReapedUnseen:   "由未观察到的调用",
	ReapedBy:       func(who string) string { return "由 " + who },
	Reaped:         "已回收",
	ByWait4:        "通过 wait4",
	ByWaitid:       "通过 waitid",
	ByRing:         "通过 io_uring 的 waitid",
	AfterItsEnd:    func(duration string) string { return "在其结束 " + duration + " 后" },
	ThatIsParent:   "即其父进程",
	ThatAdopted:    "它曾收养该进程",
	Seconds:        func(seconds string) string { return seconds + " 秒" },
	LessonRoot:     "它已结束。tracer 启动了它，也由 tracer 回收。",
	LessonInit:     "它已终止，而父进程没有 wait 就结束了：init 收养了它并将回收它。",
	LessonEnding:   "它已终止，但父进程还无法 wait：内核尚未处理完毕，完成后会通知父进程。",
	LessonZombie:   "它已终止，只剩退出状态；在父进程 wait 之前，其进程号一直被占用。",
	LessonIgnored:  "它已消失。其父进程将 SIGCHLD 设为 SIG_IGN（或其 PID 命名空间已结束），因此内核没有保留状态，它从未成为僵尸进程。",
	LessonDropped:  "它已消失。它曾是僵尸进程，直到内核将其丢弃，而没有人 wait 过它：其状态已丢失。",
	LessonGone:     "它已消失：其状态已被收集，进程号重新可用。",
	LessonLeader:   "其主线程已退出，但进程在其余线程中继续存活。",
	LessonChildren: "它存活，并有尚未 wait 的已终止子进程。",
	LessonAlive:    "它存活。",
}
