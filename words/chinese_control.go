package words

import (
	"tracer/text"
)

var chineseControl = ControlWords{
	Title:    "控制",
	NoChoice: func(key string) string { return "这里没有编号为 " + key + " 的选项" },
	None:     "这里没有可以更改的：只有 run 或 demo 正在运行的内置服务器才可以",
	Ended:    "已经结束，不能再更改。",
	Now:      func(what, choice string) string { return what + "：现在是 " + choice },

	Reap:             "服务器如何回收子进程",
	ReapKey:          Key{"回收", "让服务器改用循环 wait 的处理程序回收，再按恢复原样"},
	Handler:          "SIGCHLD 处理程序循环 wait，直到没有死去的子进程",
	NoWait:           "没有人 wait：SIGCHLD 为默认动作，每个子进程都成为僵尸进程",
	Ignore:           "忽略 SIGCHLD（SIG_IGN）：由内核回收；已有的僵尸进程仍然存在",
	Once:             "SIGCHLD 处理程序只 wait 一次：信号合并后会留下僵尸进程",
	Poll:             "每次 accept 之后以及每秒两次，对每个子进程作不阻塞的 wait",
	DoubleFork:       "子进程再 fork 出为连接服务的进程后终止；后者由 init 回收",
	Done:             func(what, choice string) string { return what + "：" + choice },
	ChooseThis:       Key{"选择", "选择光标所在的一项"},
	Signals:          "信号",
	StopServer:       Key{"停服务器", "向服务器发 SIGSTOP：连接在积压队列中等待，子进程留作僵尸进程"},
	ContinueServer:   Key{"继续", "向服务器发 SIGCONT"},
	StopSelected:     Key{"停所选", "向树中所选的进程发 SIGSTOP"},
	ContinueSelected: Key{"继续", "向它发 SIGCONT"},
	KillSelected:     Key{"杀所选", "向它发 SIGKILL；先询问"},
	KillWorker:       Key{"杀任一", "向服务器以外的某个进程发 SIGKILL；先询问"},
	Question:         func(signal, who string) string { return "向 " + who + " 发送 " + signal + "？" },
	Yes:              "是",
	Sent:             func(signal, who string) string { return "已向 " + who + " 发送 " + signal },
	NotSent: func(signal, who, reason string) string {
		return "没有向 " + who + " 发送 " + signal + "：" + reason
	},
	NoServer:    "服务器已经结束",
	NotAlive:    "树中没有选中存活的进程",
	NoWorker:    "此刻服务器没有自身以外的进程",
	Bursts:      "另外同时到来的客户端",
	Burst:       "同时建立这么多连接",
	AtOnce:      "最多同时有多少客户端",
	OneClient:   "一个接一个",
	HalfAtOnce:  "所要求的一半",
	AllAtOnce:   "与所要求的一样多",
	TwiceAtOnce: "两倍",
	Work:        "每个请求做什么",
	WorkAsAsked: "按参数所说",
	NoWork:      "什么也不做",
	ShortSleep:  "睡眠片刻",
	LongSleep:   "长时间睡眠：处理者越积越多",
	Compute:     "使用 CPU",
	Model:       "由哪种服务器为客户端服务",
	NoChildren:  func(model string) string { return "模型 " + model + " 没有回收子进程的方式" },
	NotServed: func(model, service string) string {
		return "模型 " + model + " 不提供 " + service + " 服务"
	},
	Clients:  "客户端如何到来",
	HoldKey:  Key{"暂停", "暂停客户端，再按让它们继续到来"},
	Paused:   Key{"暂停", "没有新的客户端"},
	Half:     Key{"一半", "所要求的一半"},
	AsAsked:  Key{"按要求", "与参数所说的一样多"},
	Fourfold: Key{"四倍", "所要求的四倍"},
	Failed:   func(reason string) string { return "无法通知服务器：" + reason },
	UnknownCommand: func(command string) string {
		return "控制：未知命令 " + command + "；请用 reap WAY、work WORK 或 model NAME"
	},
	Change: ChangeWords{
		Set:        func(way, since string) string { return since + " 前设为 --reap " + way },
		NoneBefore: "当时没有僵尸进程",
		AllReaped: func(before uint64) string {
			return "服务器已回收当时的全部 " + text.Count(before) + " 个僵尸进程"
		},
		SomeReaped: func(reaped, before uint64) string {
			return "服务器已回收当时 " + text.Count(before) + " 个僵尸进程中的 " + text.Count(reaped) + " 个"
		},
		NoneReaped: func(before uint64) string {
			return "当时的 " + text.Count(before) + " 个僵尸进程一个也没有被服务器回收"
		},
		HandlerLoop: func(children uint64) string {
			return "其 SIGCHLD 处理程序一次运行就循环回收了 " + text.Count(children) + " 个"
		},
		ServerLoop: func(children uint64) string {
			return "它的一个线程未经信号、在一轮 wait 循环中回收了 " + text.Count(children) + " 个"
		},
		NoneEnded: "此后没有子进程终止",
		Ended: func(children uint64, counts string) string {
			return "此后有 " + text.Count(children) + " 个子进程终止：" + counts
		},
		Delivered:      func(signals uint64) string { return "递送 SIGCHLD " + text.Count(signals) + " 次" },
		Coalesced:      func(signals uint64) string { return "合并 " + text.Count(signals) + " 个" },
		Discarded:      func(signals uint64) string { return "丢弃 SIGCHLD " + text.Count(signals) + " 个" },
		Waited:         func(children uint64) string { return "由 wait 回收 " + text.Count(children) + " 个" },
		ByKernel:       func(children uint64) string { return "由内核回收 " + text.Count(children) + " 个" },
		NoneLeft:       "没有剩下僵尸进程",
		NoneLeftByLoop: "没有剩下僵尸进程：循环 wait 也会取走信号被合并的子进程",
		NobodyWaits: func(zombies uint64) string {
			return "僵尸进程仍在（" + text.Count(zombies) + " 个）：此后没有人 wait"
		},
		KernelTakes: func(zombies uint64) string {
			return "僵尸进程仍在（" + text.Count(zombies) + " 个）：忽略 SIGCHLD 时内核只回收此后终止的，而此前已死的没有人 wait"
		},
		OneWaitASign: func(zombies uint64) string {
			return "僵尸进程仍在（" + text.Count(zombies) + " 个）：每个递送的信号对应一次 wait，被合并的则没有"
		},
		ZombiesRemain: func(zombies uint64) string { return "僵尸进程：" + text.Count(zombies) + " 个" },
		Sentence: func(set, why, before, since string) string {
			return set + "；" + why + "；" + before + "；" + since
		},
	},
	OtherNamespace: "tracer 运行在自己的 PID 命名空间中，那里进程的 id 不同",
	Refused:        func(reason string) string { return "控制：" + reason },
}
