package words

import "tracer/text"

var chineseLedger = LedgerWords{
	Title:   "子进程去向",
	Nothing: "被跟踪的进程还没有子进程终止。",
	Ended: func(who string, children uint64) string {
		return who + "：" + text.Count(children) + " 个子进程已终止"
	},
	SIGCHLD:  "SIGCHLD",
	Children: "子进程",
	Handler:  "处理程序",
	Ran:      func(n uint64) string { return "运行 " + text.Count(n) + " 次" },

	Queued:    func(n uint64) string { return "入队 " + text.Count(n) },
	Coalesced: func(n uint64) string { return "合并 " + text.Count(n) },
	Discarded: func(n uint64) string { return "丢弃 " + text.Count(n) },
	NotSent:   func(n uint64) string { return "未发送 " + text.Count(n) },
	Reaped:    func(n uint64) string { return "由 wait 回收 " + text.Count(n) },
	ByKernel:  func(n uint64) string { return "由内核回收 " + text.Count(n) },
	Dropped:   func(n uint64) string { return "僵尸时被内核丢弃 " + text.Count(n) },
	Unseen:    func(n uint64) string { return "回收未被看到 " + text.Count(n) },
	Left:      func(n uint64) string { return "留给其他进程 " + text.Count(n) },
	Zombies:   func(n uint64) string { return "僵尸进程 " + text.Count(n) },
	Sum:       func(terms string, n uint64) string { return terms + " = " + text.Count(n) },
	Differs: func(sum, ended uint64) string {
		return text.Count(ended) + " 次终止对应 " + text.Count(sum) + " 个：也有其他进程发送，或通知了子进程停止"
	},
}
