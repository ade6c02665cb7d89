package words

import (
	"tracer/event"
	"tracer/text"
)

var chineseFindings = FindingWords{
	Note:       "提示",
	Warning:    "警告",
	Incomplete: "不完整",
	Of:         func(severity, finding string) string { return severity + "：" + finding },
	OfProcess: func(severity string, who Who, finding string) string {
		return severity + "：进程 " + who.chinese() + "：" + finding
	},

	EventsLost: func(events uint64, kinds string) string {
		return "丢失了 " + text.Count(events) + " 个事件（" + kinds + "）：各计数器只是下界"
	},
	LostKind:        func(events uint64, kind string) string { return text.Count(events) + " 个 " + kind },
	LostInRecording: func(events uint64) string { return text.Count(events) + " 个位于录制文件的损坏处" },
	ButWhoReaped:    "但“由谁回收”除外：事后才发现的子进程，以它当时的父进程为准",
	ButZombies:      "但 zombies_peak 和 reparented 除外：回收事件丢失的子进程在发现其消失之前一直算作僵尸进程",
	KernelSkipped:   "内核跳过了本应报告它们的程序",
	LargerBuffer:    "增大 --buffer 可以避免",

	Contradictions: func(events uint64) string {
		return text.Count(events) + " 个事件与此前已知的情况矛盾，而已知并无事件丢失：计数器可能有误"
	},
	ReapedUnseen: func(processes uint64, eventsLost bool) string {
		how := "探针看不到的调用"
		if eventsLost {
			how = "已丢失的 wait 或探针看不到的调用"
		}
		return text.Count(processes) + " 个进程由" + how + "回收"
	},
	RingUnseen: func(rings uint64) string {
		return "创建了 " + text.Count(rings) + " 次 io_uring：此内核不报告经它接受和关闭的连接，因此未计入"
	},
	ClosesGuessed: func(connections uint64) string {
		return text.Count(connections) + " 个连接的关闭事件丢失：已没有进程可能持有它，故视为已关闭"
	},
	CallFailed: func(call, errno string, failures uint64) string {
		return call + " 失败 " + text.Count(failures) + " 次（" + errno + "）"
	},
	LimitReached: func(limit event.Limit, most uint64) string {
		switch limit {
		case event.OpenFiles:
			return "进程的 RLIMIT_NOFILE 只允许 " + text.Count(most) + " 个描述符"
		case event.UserProcesses:
			return "其用户的进程和线程数已达 RLIMIT_NPROC 的上限 " + text.Count(most)
		case event.CgroupProcesses:
			return "其 cgroup 或某个上级 cgroup 已满：pids.max 为 " + text.Count(most)
		}
		return "达到限制 " + number(int(limit)) + "，上限 " + text.Count(most)
	},
	ExecFailed: func(errno string, code int, processes uint64) string {
		return "无法执行（" + errno + "），" + text.Count(processes) + " 个进程以退出码 " + number(code) + " 结束"
	},
	AboutFile:        func(path, finding string) string { return path + " " + finding },
	AboutAddress:     func(address, finding string) string { return address + "：" + finding },
	AddressHeld:      func(by Who) string { return "进程 " + by.chineseThen("已在该处监听") },
	AddressFoundHeld: func(by Who) string { return "随后发现该处的监听套接字由 " + by.chineseThen("持有") },
	OtherAddresses:   "包括其他地址",
	BacklogFull: func(attempts uint64) string {
		return "积压队列已满：丢弃了 " + text.Count(attempts) + " 次连接请求，客户端要过一秒或更久才重试"
	},
	BacklogDropped: func(attempts uint64) string {
		return "丢弃了 " + text.Count(attempts) + " 次连接请求，客户端要过一秒或更久才重试；未见积压队列已满"
	},
	Backlog: func(waiting, limit uint64) string {
		return "查看时最多有 " + text.Count(waiting) + " 个连接在等待，上限为 " + text.Count(limit) + " 再加一个"
	},
	AcceptedLate: func(accepts uint64, longest string) string {
		return "已接受的 " + text.Count(accepts) + " 个连接中，等待最久的为 " + longest
	},
	SigchldCoalesced: func(coalesced, delivered, made uint64) string {
		return text.Count(coalesced) + " 个 SIGCHLD 被合并：发送时已有一个待处理，因此 " + text.Count(made) +
			" 个信号只让处理程序运行了 " + text.Count(delivered) + " 次；只有循环调用 wait 才能回收每个子进程"
	},
	SigchldCoalescedUnhandled: func(coalesced uint64, signalFD, blocked bool) string {
		why := ""
		switch {
		case signalFD:
			why = "（等待从 signalfd 读取）"
		case blocked:
			why = "（被进程阻塞）"
		}
		return text.Count(coalesced) + " 个 SIGCHLD 被合并：发送时已有一个待处理" + why +
			"；留下的那个只指明一个子进程，只有循环调用 wait 才能回收每个子进程"
	},
	FirstCoalesced: func(of, in event.PID) string {
		return "最先是子进程 " + number(of) + " 的信号并入了 " + number(in) + " 的信号"
	},
	StatusTaken: func(children uint64, status string, child, thread Who, call, before string) string {
		return chineseStatusesLost(children) + "子进程 " + child.chineseThen("的状态（") + status + "）" +
			chineseTooLate(before) + "已被线程 " + thread.chineseThen("用 ") + call + " 取走"
	},
	StatusDropped: func(children uint64, status string, child Who, before string) string {
		return chineseStatusesLost(children) + "子进程 " + child.chineseThen("的状态（") + status + "）" +
			chineseTooLate(before) + "已随内核自行回收而丢失"
	},
	ParentIgnores:   "其父进程将 SIGCHLD 设为 SIG_IGN",
	ParentNoCldWait: "其父进程设置了 SA_NOCLDWAIT",
	CreatedSo:       "创建时即如此要求（CLONE_AUTOREAP）",
	KernelReapedAsAsked: func(processes uint64) string {
		return "内核自行回收了 " + text.Count(processes) + " 个进程：创建时即如此要求（CLONE_AUTOREAP）"
	},
	Stalled: func(thread event.TID, call, duration string) string {
		where := "在 " + call + " 中"
		if call == "" {
			where = "在已知的系统调用之外"
		}
		return chineseThreadOrOnly(thread) + where + "阻塞了 " + duration
	},
	Stalls: func(thread event.TID, call, duration string) string {
		return chineseThreadOrOnly(thread) + "正在 " + call + " 中，已阻塞 " + duration
	},
	HasControl: func(coroutine string) string {
		return coroutine + " 拥有控制权，此线程的其他协程都无法运行"
	},
	WaitInBacklog: func(connections uint64) string {
		return text.Count(connections) + " 个连接正在积压队列中等待，没有其他进程从中接受过连接"
	},
	StalledOnCPU: func(thread event.TID, duration string) string {
		return chineseThreadOrOnly(thread) + "占用 CPU 达 " + duration
	},
	StalledOpen: func(connections uint64) string {
		return "其间由它服务的连接有 " + text.Count(connections) + " 个开着"
	},
	StalledQueued: func(connections uint64) string {
		return text.Count(connections) + " 个连接在积压队列中等待"
	},
	StalledControl: func(coroutine string) string {
		return coroutine + " 拥有控制权，此线程的其他协程都无法运行"
	},
	Suspended: func(thread event.TID, duration string) string {
		return chineseThreadOrOnly(thread) + "被 vfork 挂起了 " + duration
	},
	UntilEnded:    func(child Who) string { return "直到子进程 " + child.chineseThen("结束") },
	UntilExecuted: func(child Who) string { return "直到子进程 " + child.chineseThen("执行了程序") },
	QueuedMeantime: func(connections uint64, atLeast bool, longest string) string {
		line := "其间有 "
		if atLeast {
			line = "其间至少有 "
		}
		return line + text.Count(connections) + " 个后来由它接受的连接在积压队列中等待，最长 " + longest
	},
	StalledOften: func(stalls uint64) string { return text.Count(stalls) + " 次中最长的一次" },
	CoroutinesCopied: func(n uint64, coroutine string, creator Who) string {
		return "它由 " + creator.chineseThen("fork 而来，其中 ") + text.Count(n) + " 个 " + coroutine + " 的副本在它里面继续运行"
	},
	LeaderExited: func(duration string, atLeast, lives bool) string {
		if atLeast {
			duration = "至少 " + duration
		}
		if lives {
			return "其主线程已退出 " + duration + "，而其余线程尚未退出：ps 和 /proc 显示它为僵尸进程（Z），但任何 wait 都无法回收它"
		}
		return "其最后一个线程在主线程退出 " + duration + " 后才结束：此前 ps 和 /proc 显示它为僵尸进程（Z），但任何 wait 都无法回收它"
	},
	ConnectionsCut: func(connections uint64, status string) string {
		return "它结束（" + status + "）时有 " + text.Count(connections) + " 个连接尚未关闭：它读取过，却没有任何数据写回"
	},
	CutOpen: func(open, of uint64) string {
		if open == of {
			return "客户端当时仍保持连接"
		}
		return text.Count(of) + " 个客户端中有 " + text.Count(open) + " 个当时仍保持连接"
	},
	CutFinished: func(finished, of uint64) string {
		if finished == of {
			return "客户端当时已关闭连接，或已不再发送"
		}
		return text.Count(of) + " 个客户端中有 " + text.Count(finished) + " 个当时已关闭连接，或已不再发送"
	},
	CutByThreads: func(threads uint64) string {
		return "其中 " + text.Count(threads) + " 个由主线程以外的线程服务"
	},
	CutAfter: func(longest string) string { return "打开最久的为 " + longest },
	ChildAccepts: func(processes uint64, first Who) string {
		return "除它以外，还有 " + text.Count(processes) + " 个进程也在接受连接：由它或由彼此在开始接受之后 fork 而来，最先是 " +
			first.chinese()
	},
	Holding: chineseHolding,
	Zombies: chineseZombies,
	EndedBy: EndedByWords{
		OutOfMemory: func(processes uint64, first Who) string {
			return "内存耗尽，内核选中了" + chineseManyEnded(processes, first, "，SIGKILL 使其结束")
		},
		ParentThreadEnded: func(processes uint64, first Who, thread event.TID, signal string) string {
			return "它的线程 " + number(thread) + " 结束时，父进程死亡信号 " + signal + " 使" +
				chineseManyEnded(processes, first, "结束：对内核而言该线程就是父进程，而本进程仍在运行")
		},
		Stranger: func(processes uint64, first Who, signal string) string {
			return "它发送的 " + signal + " 使" + chineseManyEnded(processes, first, "结束，而它不是其父进程")
		},
		InitSpared: func(signals uint64, signal string) string {
			return text.Count(signals) + " 个 " + signal + " 被丢弃：它是 PID 命名空间的 init 进程，内核不对其执行默认动作"
		},
	},
}

// chineseManyEnded are processes that a signal ended, and what follows.
func chineseManyEnded(processes uint64, first Who, next string) string {
	if processes == 1 {
		return "进程 " + first.chineseThen(next)
	}
	return " " + text.Count(processes) + " 个进程（最先是 " + first.chinese() + "）" + next
}

// chineseStatusesLost begins the sentence of statuses of which one is told.
func chineseStatusesLost(children uint64) string {
	if children == 1 {
		return "一个子进程的状态丢失："
	}
	return text.Count(children) + " 个子进程的状态丢失，例如："
}

// chineseTooLate says when a child was taken.
func chineseTooLate(before string) string {
	if before == "" {
		return "在专门等待它的 wait 取得（ECHILD）之前"
	}
	return "在专门等待它的 wait 返回（ECHILD）之前 " + before + " "
}

// chineseThreadOrOnly names a thread, or the only one of its process when it has no id.
func chineseThreadOrOnly(thread event.TID) string {
	if thread == 0 {
		return "其唯一的线程"
	}
	return "线程 " + number(thread) + " "
}
