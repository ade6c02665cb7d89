package words

import (
	"tracer/event"
	"tracer/text"
)

var chineseNotices = NoticeWords{
	ConnectionsUnserved: "无法看到由谁读写连接：此内核既没有跟踪点 sock_recv_length 和 sock_send_length，也没有 fexit",

	CoroutinesMissed: func(path string) string {
		return "看不到 " + path + " 的协程，因为它由另一个程序执行；请直接启动该文件"
	},
	GoroutinesMissed: func(path string) string {
		return "看不到 " + path + " 的 goroutine，因为它由另一个程序执行；请直接启动该文件"
	},
	NotReadable: func(path string) string {
		return "看不到协程：" + path + " 可以执行，但不能读取；chmod +r 使其可读，root 可读取一切"
	},
	NotReadableHere: func(programs uint64) string {
		return "程序不可读取时看不到协程，此处有 " + text.Count(programs) + " 个；请以 root 附加"
	},
	RuntimesNotLoaded: func(reason string) string { return "看不到协程：加载程序：" + reason },
	RuntimeNotAttached: func(program, path, reason string) string {
		return "只能看到部分协程：将 " + program + " 附加到 " + path + "：" + reason
	},
	BundledUnseen:    func(reason string) string { return "看不到自带服务器的协程：" + reason },
	NoGoProgram:      func(path string) string { return "看不到 goroutine：" + path + " 不是 Go 程序" },
	GoroutinesUnseen: func(reason string) string { return "看不到 goroutine：" + reason },
	GreenletUnreadable: func(module, reason string) string {
		return "看不到 greenlet 的协程：读取 " + module + "：" + reason
	},
	GreenletPartlyUnseen: func(what, module string) string {
		return "greenlet 的协程中看不到：" + what + "；" + module + " 的符号没有给出这些函数的位置"
	},
	GreenletStarts:   "创建",
	GreenletSwitches: "切换",
	GreenletEnds:     "结束",
	GreenletDrops:    "从未启动就被丢弃者",
	OfProcess: func(comm string, pid event.PID, notice string) string {
		return comm + "（" + number(pid) + "）：" + notice
	},

	Process:   func(pid event.PID) string { return "进程 " + number(pid) },
	Processes: func(n uint64) string { return text.Count(n) + " 个进程" },
	Threads:   func(n uint64) string { return "另有 " + text.Count(n) + " 个线程" },
	Zombies:   func(n uint64) string { return text.Count(n) + " 个僵尸进程" },
	HeldBy: func(address string, by []Who) string {
		return "持有 " + address + " 的进程：" + listOf(by, Who.chinese, "，")
	},

	Ignores: func(signal string) string { return "忽略 " + signal },
	Stopped: "已停止",
	Blocks:  func(signal string) string { return "阻塞 " + signal },
}
