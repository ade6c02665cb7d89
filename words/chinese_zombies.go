package words

import (
	"tracer/event"
	"tracer/text"
)

// chineseWho is a process that a sentence names, "it" when it is the one that the finding is about, and what follows.
func chineseWho(w Who, it bool, next string) string {
	if it {
		return "它" + next
	}
	return w.chineseThen(next)
}

var chineseZombies = ZombieWords{
	Some: func(zombies uint64, first []Who, longest string, atLeast bool) string {
		least := ""
		if atLeast {
			least = "至少 "
		}
		who := listOf(first, Who.chinese, "、")
		switch {
		case who != "" && int(zombies) > len(first):
			who = "（前几个是 " + who + "）"
		case who != "":
			who = " " + who
		}
		if zombies == 1 {
			return "1 个僵尸进程" + who + "，已持续 " + least + longest
		}
		return text.Count(zombies) + " 个僵尸进程" + who + "，最久的已持续 " + least + longest
	},
	Held: func(zombies string, debugger Who) string {
		who := "调试器"
		if debugger.PID != 0 {
			who = "调试器 " + debugger.chinese()
		}
		return zombies + "，被" + who + "持有，内核先通知它：在调试器 wait 或结束之前，它无法回收"
	},
	NoSIGCHLD: func(zombies, signal string) string {
		sends := "不发送信号"
		if signal != "" {
			sends = "发送 " + signal + " 而不是 SIGCHLD"
		}
		return zombies + "，创建时指定结束时" + sends + "：只有带 __WALL 或 __WCLONE 的 wait 才能找到"
	},
	Stopped: func(zombies, signal string) string {
		if signal == "" {
			return zombies + "，其间它曾被停止"
		}
		return zombies + "；它已被 " + signal + " 停止"
	},
	Kept: func(zombies string) string { return zombies },
	Left: func(zombies string, adopter Who) string {
		return "它结束时留下了未回收的 " + zombies + "，" + adopter.chineseThen("收养后尚未回收")
	},
	EndedAfter: func(several bool, duration string) string {
		if !several {
			return "它在该子进程之后 " + duration + " 结束"
		}
		return "它在其中第一个之后 " + duration + " 结束"
	},
	Orphan: func(zombies string, former Who) string {
		return zombies + "，因其父进程 " + former.chineseThen("已结束，存活时由它收养")
	},
	Dropped: func(zombies, why string) string {
		return zombies + "，无人回收：" + why + "，随即消失"
	},
	Late: func(zombies uint64, longest Who, waited string) string {
		if zombies == 1 {
			return "僵尸进程 " + longest.chineseThen("等待了 ") + waited + " 才被回收"
		}
		return text.Count(zombies) + " 个僵尸进程等待 100 ms 或更久才被回收，" +
			"最久的 " + longest.chineseThen("等待了 ") + waited
	},
	KernelReaped: func(processes uint64, why string) string {
		return "内核自行回收了 " + text.Count(processes) + " 个进程：" + why
	},

	Adopted: func(processes uint64, status string, first Who) string {
		if processes == 1 {
			return "等待任意子进程的 wait 取得了并非由它创建的进程 " + first.chineseThen("的状态（") + status + "）"
		}
		return "等待任意子进程的 wait 取得了 " + text.Count(processes) + " 个并非由它创建的进程的状态，最先是 " +
			first.chineseThen("的状态（") + status + "）"
	},

	Ignores: func(whose Who, it bool) string { return chineseWho(whose, it, "忽略 SIGCHLD") },
	SetSIGIGN: func(whose Who, it bool) string {
		return chineseWho(whose, it, "将 SIGCHLD 设为 SIG_IGN")
	},
	SetNoCldWait: func(whose Who, it bool) string { return chineseWho(whose, it, "设置了 SA_NOCLDWAIT") },
	NamespaceEnded: func(init Who, it bool) string {
		if it {
			return "它是 PID 命名空间的 init，命名空间随它结束"
		}
		return "PID 命名空间随其 init 进程 " + init.chineseThen("结束")
	},

	StoppedBy: func(sender Who) string {
		if sender.PID == 0 {
			return "信号由内核发送"
		}
		return "信号由 " + sender.chineseThen("发送")
	},
	HeldFor: func(duration string, debugger Who) string {
		if debugger.PID == 0 {
			return "内核先通知的调试器持有它 " + duration
		}
		return "内核先通知的调试器 " + debugger.chineseThen("持有它 ") + duration
	},
	AdoptedFrom: func(former Who) string { return "其父进程 " + former.chineseThen("结束时由它收养") },
	CameAlive: func(former Who) string {
		return "它存活时因父进程 " + former.chineseThen("结束而由此进程收养")
	},
	StoppedFor: func(duration string) string { return "它被停止了 " + duration },
	BusyFor: func(duration string, child Who) string {
		return "其间它有 " + duration + " 在 wait 另一个子进程 " + child.chinese()
	},
	InWait: func(thread event.TID, call string, child Who, duration string, atLeast bool) string {
		who, another := "它", ""
		if thread != 0 {
			who = "它的线程 " + number(thread) + " "
		}
		if child.PID != 0 {
			another = " 等待另一个子进程 " + child.chinese()
		}
		if atLeast {
			duration = "至少 " + duration
		}
		return who + "正在 " + call + another + "，已 " + duration
	},
	NoWaitMeanwhile: "其间它没有任何 wait 返回",
	WaitsMeanwhile:  func(calls uint64) string { return "其间它有 " + text.Count(calls) + " 次 wait 返回" },
	NoWait:          "此后它没有任何 wait 返回",
	Waits: func(calls uint64) string {
		return "此后它有 " + text.Count(calls) + " 次 wait 返回，都没有回收它们"
	},
	WaitsInVain: func(nothing, noChild uint64) string {
		switch {
		case noChild == 0:
			return text.Count(nothing) + " 次因为没有子进程结束"
		case nothing == 0:
			return text.Count(noChild) + " 次因为没有这样的子进程，ECHILD"
		}
		return text.Count(nothing) + " 次因为没有子进程结束，" +
			text.Count(noChild) + " 次因为没有这样的子进程，ECHILD"
	},
	OtherWaits:       func(calls uint64) string { return "它只 wait 过其他子进程，共 " + text.Count(calls) + " 次" },
	WaitsUnseen:      "它未被跟踪，因此其 wait 中只有回收子进程的才能被观察到",
	WaitsOf32Bits:    "它通过 32 位系统调用执行 wait，其返回观察不到",
	WaitsUnknown:     "有事件丢失，因此不知道是否有过 wait",
	Blocked:          "它阻塞了 SIGCHLD",
	SignalFD:         "它从 signalfd 读取 SIGCHLD",
	DefaultAction:    "它的 SIGCHLD 处于默认动作，什么也不会通知",
	HadBlocked:       "它曾阻塞 SIGCHLD",
	HadDefaultAction: "它的 SIGCHLD 曾处于默认动作，什么也不会通知",
	IgnoredTooLate:   "它现在将 SIGCHLD 设为 SIG_IGN，只对之后结束的子进程有效",
	HandlerRan: func(n uint64) string {
		if n == 0 {
			return "此后它的 SIGCHLD 处理程序没有运行"
		}
		return "此后它的 SIGCHLD 处理程序运行了 " + text.Count(n) + " 次"
	},
	Coalesced: func(n uint64, in Who) string {
		line := text.Count(n) + " 个 SIGCHLD 被合并"
		if in.PID != 0 {
			line += "，其中一个并入 " + in.chineseThen("的信号")
		}
		return line
	},
	SendsNothing: "创建时指定结束时不发送信号，因此只有带 __WALL 或 __WCLONE 的 wait 才能找到",
	Sends: func(signal string) string {
		return "创建时指定结束时发送 " + signal + "，因此只有带 __WALL 或 __WCLONE 的 wait 才能找到"
	},
}
