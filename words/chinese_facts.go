package words

import (
	"tracer/event"
	"tracer/text"
)

var chineseFacts = FactWords{
	ZombieFor:     func(duration string) string { return "僵尸状态持续 " + duration },
	AtLeast:       func(duration string) string { return "至少 " + duration },
	PIDInside:     func(pid event.PID) string { return "命名空间内 pid " + number(pid) },
	ZombiesWait:   func(n uint64) string { return text.Count(n) + " 个僵尸进程待回收" },
	ZombiesDeeper: func(n uint64) string { return "更深处 " + text.Count(n) + " 个僵尸进程" },
	LeaderExited: func(threads uint64) string {
		return "主线程已退出，" + text.Count(threads) + " 个线程继续运行"
	},
	AdoptedBy:      func(who string) string { return "由 " + who + " 收养" },
	Accepts:        func(n uint64) string { return "accept " + text.Count(n) + " 次" },
	LastPeer:       func(peer string) string { return "最近 " + peer },
	MoreThreads:    func(n uint64) string { return "+" + text.Count(n) + " 个线程" },
	MoreCoroutines: func(n uint64) string { return "+" + text.Count(n) + " 个协程" },
	Serves:         func(peer string) string { return "正在服务 " + peer },
	Served:         func(peer string) string { return "已服务 " + peer },
	Switches:       func(n uint64) string { return "切换 " + text.Count(n) + " 次" },
	KilledByTracer: func(status string) string { return status + "，由 tracer 发送" },
	KilledByKernel: func(status string) string { return status + "，由内核发送" },
	KilledByItself: func(status string) string { return status + "，由自身发送" },
	KilledBy:       func(status string, pid event.PID) string { return status + "，由 " + number(pid) + " 发送" },
	KilledFromOutside: func(status string, pid event.PID, comm string) string {
		return status + "，由 " + number(pid) + "（" + comm + "，未被跟踪）发送"
	},
	ClosedItsPidfd:     "因关闭其 pidfd",
	MustReap:           func(who string) string { return "须由 " + who + " 回收" },
	ParentMustReap:     "须由其父进程回收",
	MustReapThem:       func(who string) string { return "须由 " + who + " 回收" },
	ParentMustReapThem: "须由其父进程回收",
	ZombiesFor:         func(least, most string) string { return "已 " + least + " 至 " + most },
	Held: func(debugger string) string {
		if debugger == "" {
			return "被调试器持有"
		}
		return "被调试器 " + debugger + " 持有"
	},
	SentNoSIGCHLD:  "须带 __WALL",
	ParentWaits:    func(parent event.PID, call string) string { return number(parent) + " 正在 " + call },
	ParentStopped:  func(parent event.PID) string { return number(parent) + " 已停止" },
	ReapedByKernel: "由内核回收",
	Dropped:        "被内核丢弃，无人回收",
	ReapedByTracer: "由 tracer 回收",
	ReapedUnseen:   "由未观察到的调用回收",
	ReapedBy:       func(who string) string { return "由 " + who + " 回收" },
	Reaped:         "已回收",
}
