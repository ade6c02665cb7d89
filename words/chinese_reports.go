package words

import "tracer/text"

var chineseReports = ReportWords{
	TitleOf: func(traced string) string { return traced + " 中发生了什么" },
	By:      func(author string) string { return "作者：" + author },
	Process: func(pid int, comm string) string { return number(pid) + "（" + comm + "）" },

	MoreLanes: func(lanes uint64) string {
		return "另有 " + text.Count(lanes) + " 条泳道，只在网页报告（HTML）中显示。"
	},
	Peak: func(what string, most uint64, when string) string {
		return what + "：最多 " + number(most) + "，首次在 " + when
	},
	OpenBetween: func(connections uint64, from, to string) string {
		return text.Count(connections) + " 个连接打开了 " + from + " 至 " + to
	},
	Histogram:   "连接打开时长的分布",
	OpenForTime: "打开的时长",
	Time:        "时间",
	ForestAt: func(why string, event uint64, when string) string {
		return why + "：事件 " + number(event) + " 之后，" + when + " 时"
	},
	MostTasks:   "同时存活的任务最多",
	MostZombies: "同时存在的僵尸进程最多",
	AsAsked:     "按要求显示",
	NoEvent: func(event, events uint64) string {
		return "没有事件 " + number(event) + "；记录中有 " + text.Count(events) + " 个事件，从 0 开始编号"
	},

	What:        "运行了什么",
	Shows:       "结论",
	Marks:       "标记和备注",
	Questions:   "问题",
	Lanes:       "泳道图",
	Forest:      "谁创建了谁，谁回收了谁",
	Connections: "连接用了多长时间",
	Ledger:      "子进程的终止及其去向",
	Counters:    "计数器",
	OverTime:    "随时间的变化",
	Missing:     "丢失了什么",

	Command: "命令",
	Traced:  "跟踪对象",
	When:    "时间",
	Kernel:  "内核",
	CPUs:    "CPU 数",
	Tracer:  "tracer 版本",
	Took:    "时长",
	Again:   "重现命令",

	Phase:   "阶段",
	Count:   "连接数",
	Median:  "中位数",
	P90:     "90 %",
	P99:     "99 %",
	Longest: "最长",
	Queued:  "accept 之前在积压队列中",
	ToSpawn: "从 accept 到为它创建进程",
	ToRead:  "从 accept 到第一次读",
	ToReply: "从 accept 到应答的第一个字节",
	ToClose: "从 accept 到关闭",

	LedgerExplained: "每个子进程的终止对应一个 SIGCHLD：已排队、合并到待处理的信号中、被丢弃，或没有发送；" +
		"每个终止的子进程或被回收，或由内核释放，或因父进程终止而留给其他进程，或仍是僵尸进程。",
	OfSIGCHLD:      "终止时的 SIGCHLD",
	OfTheDead:      "终止的子进程的去向",
	Parent:         "父进程",
	Ended:          "终止的子进程",
	SentQueued:     "SIGCHLD 已排队",
	SentCoalesced:  "合并",
	SentDiscarded:  "丢弃",
	NotSent:        "未发送",
	Delivered:      "处理程序运行",
	Reaped:         "由 wait 回收",
	ByKernel:       "由内核回收",
	Dropped:        "作为僵尸进程被释放",
	Unseen:         "未见其回收",
	Left:           "留给其他进程",
	StillZombies:   "仍是僵尸进程",
	NothingShown:   "至此没有异常。",
	NothingMissing: "没有丢失，也没有需要推断的内容。",
	Evidence:       "依据",
	Severity:       "级别",

	Page: ReportPage{
		Process:    "进程",
		Thread:     "线程",
		Coroutine:  "协程",
		Zombie:     "僵尸进程",
		Stopped:    "已停止",
		Ending:     "已终止，父进程还无法 wait",
		Queued:     "在积压队列中",
		Accepted:   "已接受，尚未读",
		Served:     "已读，尚未应答",
		Replied:    "已应答，尚未关闭",
		Holding:    "持有而未使用",
		Fork:       "fork",
		Reap:       "回收",
		Reparent:   "收养",
		Coalesce:   "SIGCHLD 合并",
		Dispatch:   "交给",
		Exec:       "exec",
		Connection: "连接",
		Event:      "事件",
		Still:      "直到跟踪结束",
		Search:     "按编号或名称搜索",
		Found:      "找到",
		NotFound:   "没有找到",
		All:        "全部",
		In:         "放大",
		Out:        "缩小",
		Keys: "按键：方向键移动，+ 和 - 缩放，0 显示全部，/ 搜索，Enter 转到下一个匹配，f 折叠线程和协程，n 和 p 沿泳道移动。" +
			"滚轮滚动，按住 Ctrl 缩放；拖动可移动。",
		Folded:      "已折叠",
		Fold:        "折叠线程和协程",
		Alive:       "存活的进程",
		Zombies:     "僵尸进程",
		Open:        "打开的连接",
		Threads:     "存活的线程（不含主线程）",
		OpenFor:     "打开的时长（毫秒）",
		Connections: "连接数",
		Time:        "时间（毫秒）",
		LanesFor:    "每个任务一条泳道，横轴为时间。下面的表格内容相同。",
		Printed:     "打印的泳道：",
	},
}
