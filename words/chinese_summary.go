package words

import (
	"fmt"

	"tracer/event"
	"tracer/text"
)

var chineseSummary = SummaryWords{
	CommandTitle:     "命令",
	TracedTitle:      "跟踪",
	AttachedTitle:    "附加",
	EndedTitle:       "其结束",
	ProcessesTitle:   "进程",
	ExitsTitle:       "退出",
	SignalsTitle:     "信号",
	ThreadsTitle:     "线程",
	CostTitle:        "用量",
	ZombiesTitle:     "僵尸进程",
	ReapedTitle:      "回收",
	WaitsTitle:       "无果的 wait",
	SigchldTitle:     "SIGCHLD",
	AcceptsTitle:     "accept",
	ConnectionsTitle: "连接",
	HTTPTitle:        "HTTP",
	DatagramsTitle:   "数据报",
	CoroutinesTitle:  "协程",
	DropsTitle:       "丢弃",
	FailuresTitle:    "失败的调用",
	HeldTitle:        "闲置持有",

	Traced: func(seconds float64, events, lost uint64) string {
		return fmt.Sprintf("%.3f 秒，%s 个事件，丢失 %s 个", seconds, text.Count(events), text.Count(lost))
	},
	Attached: func(processes, threads, zombies uint64) string {
		return fmt.Sprintf("%s 个进程，另有 %s 个线程，%s 个僵尸进程", text.Count(processes), text.Count(threads),
			text.Count(zombies))
	},
	Processes: func(created, exited, execs uint64, depth int) string {
		return fmt.Sprintf("创建 %s 个，退出 %s 个，exec %s 次，进程树深度 %d", text.Count(created), text.Count(exited),
			text.Count(execs), depth)
	},
	ExitCode:   func(code int, n uint64) string { return fmt.Sprintf("退出码 %d：%s 个", code, text.Count(n)) },
	ExitSignal: func(signal string, n uint64) string { return signal + "：" + text.Count(n) + " 个" },
	Signal: func(signal string, n uint64, by, to, fates string) string {
		if fates != "" {
			fates = "：" + fates
		}
		return by + " 向 " + to + " 发送 " + signal + " " + text.Count(n) + " 次" + fates
	},
	SignalTo:       func(pid event.PID, comm string) string { return number(pid) + "（" + comm + "）" },
	SignalKernel:   "内核",
	SignalTracer:   "tracer",
	SignalOutside:  func(sender string) string { return "未被跟踪的 " + sender },
	SignalToItself: "自身",
	EndedIt:        "使其结束",
	StoppedIt:      func(n uint64) string { return "使其停止 " + text.Count(n) + " 次" },
	ContinuedIt:    func(n uint64) string { return "使其继续 " + text.Count(n) + " 次" },
	InHandler:      func(n uint64) string { return "处理程序处理 " + text.Count(n) + " 个" },
	TakenByWait:    func(n uint64) string { return "被 sigwait 之类的调用取走 " + text.Count(n) + " 个" },
	Coalesced:      func(n uint64) string { return "合并 " + text.Count(n) + " 个" },
	Discarded:      func(n uint64) string { return "丢弃 " + text.Count(n) + " 个" },
	SparedInit:     "init 进程不执行默认动作",
	UnderSIGIGN:    "SIG_IGN",
	TooLate:        "其已在结束",
	OrphanedGroup:  "其进程组是孤儿进程组",
	ByDefault:      "默认动作",
	Held:           func(who Who, what string) string { return who.chinese() + "：" + what },
	MoreHeld:       func(n uint64) string { return "另有 " + text.Count(n) + " 项" },
	MoreSignals:    func(n uint64) string { return "另有 " + text.Count(n) + " 个信号" },
	Threads: func(created, exited uint64) string {
		return "创建 " + text.Count(created) + " 个，退出 " + text.Count(exited) + " 个"
	},
	Cost: func(cpuMs, delayMs float64, voluntary, involuntary, minor, major, memory uint64) string {
		line := fmt.Sprintf("CPU 时间 %.1f ms", cpuMs)
		if delayMs > 0 {
			line += fmt.Sprintf("，等待 CPU %.1f ms", delayMs)
		}
		line += fmt.Sprintf("；自愿上下文切换 %s 次，非自愿 %s 次；次缺页 %s 次，主缺页 %s 次", text.Count(voluntary),
			text.Count(involuntary), text.Count(minor), text.Count(major))
		if memory > 0 {
			line += "；单个进程最多占用内存 " + text.Count(memory) + " 字节"
		}
		return line
	},
	Zombies: func(left, dropped, peak uint64, totalMs, longestMs float64, atLeast bool) string {
		waited := "等待回收共 %.1f ms，最长 %.1f ms"
		if atLeast {
			waited = "等待回收共至少 %.1f ms，最长者至少 %.1f ms"
		}
		gone := ""
		if dropped > 0 {
			gone = "被内核丢弃 " + text.Count(dropped) + " 个，"
		}
		return "剩余 " + text.Count(left) + " 个，" + gone + "同时最多 " + text.Count(peak) + " 个；" +
			fmt.Sprintf(waited, totalMs, longestMs)
	},
	Reaped: func(byParent, byOther, byKernel, unseen, reparented uint64) string {
		return fmt.Sprintf("由父进程 %s 个，由其他进程 %s 个，由内核 %s 个，未观察到 %s 个；被重新收养 %s 个",
			text.Count(byParent), text.Count(byOther), text.Count(byKernel), text.Count(unseen), text.Count(reparented))
	},
	WaitsInVain: func(noStatus, noChild uint64) string {
		return fmt.Sprintf("%s 次尚无状态（WNOHANG），%s 次没有可等待的子进程（ECHILD）", text.Count(noStatus),
			text.Count(noChild))
	},
	Sigchld: func(queued, coalesced, discarded, delivered uint64) string {
		return fmt.Sprintf("入队 %s 个，合并 %s 个，丢弃 %s 个（默认动作），递送 %s 个", text.Count(queued),
			text.Count(coalesced), text.Count(discarded), text.Count(delivered))
	},
	AcceptOn:       func(n uint64, listener string) string { return listener + " 上 " + text.Count(n) + " 次" },
	AcceptOnOthers: func(n uint64) string { return "其他监听套接字上 " + text.Count(n) + " 次" },
	AcceptedBy: func(accepts string, processes uint64, orMore bool) string {
		if orMore {
			return accepts + "，由 " + text.Count(processes) + " 个以上的进程接受"
		}
		return accepts + "，由 " + text.Count(processes) + " 个进程接受"
	},
	Drops:           func(attempts uint64) string { return text.Count(attempts) + " 次连接请求" },
	FailedSoOften:   func(call string, n uint64) string { return call + "：" + text.Count(n) },
	FailedOtherwise: func(n int) string { return "另有 " + number(n) + " 种" },
	Connections: func(open, peak uint64) string {
		return "打开 " + text.Count(open) + " 个，同时最多 " + text.Count(peak) + " 个"
	},
	HTTP: func(requests uint64, answers string) string {
		return text.Count(requests) + " 个请求；应答：" + answers
	},
	NoAnswers: "无",
	Answers:   func(n uint64, status int) string { return number(status) + " 共 " + text.Count(n) + " 个" },
	Datagrams: func(received uint64) string { return "收到 " + text.Count(received) + " 个" },
	Coroutines: func(created, finished, switches uint64) string {
		return fmt.Sprintf("创建 %s 个，结束 %s 个，切换 %s 次", text.Count(created), text.Count(finished),
			text.Count(switches))
	},
}
