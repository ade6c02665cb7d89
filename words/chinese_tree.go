package words

import "tracer/text"

var chineseTree = TreeWords{
	Thread:  "线程",
	Line:    func(name, clauses string) string { return name + "：" + clauses },
	Unnamed: func(clauses string) string { return "：" + clauses },

	Accepts:     func(n uint64) string { return "accept " + text.Count(n) + " 次" },
	Served:      func(connections uint64) string { return "服务 " + text.Count(connections) + " 个连接" },
	ZombiesWait: func(n uint64) string { return "须回收 " + text.Count(n) + " 个僵尸进程" },
	Orphan:      "孤儿进程",
	Subreaper:   "subreaper",
	InWait:      func(call string) string { return "正在 " + call },
	Inherited:   "继承而来",
	Alive:       "存活",
	Stopped:     func(signal string) string { return "存活，被 " + signal + " 停止" },
	LeaderEnded: "存活，主线程已退出",
	Ended:       "已结束",
	Zombie:      func(status string) string { return "僵尸进程，" + status },
	Ending:      func(status, why string) string { return status + "，" + why },

	ReapedByInit:   func(status string) string { return status + "，由 init 回收" },
	ReapedByParent: func(status string) string { return status + "，由父进程回收" },
	ReapedByOther:  func(status string) string { return status + "，由其他进程回收" },
	ReapedByKernel: func(status string) string { return status + "，由内核回收" },
	Dropped:        func(status string) string { return status + "，成为僵尸进程后被内核丢弃" },
	ReapedUnseen:   func(status string) string { return status + "，由未观察到的调用回收" },

	Made:        "已创建",
	Running:     "运行中",
	Suspended:   "已挂起",
	Finished:    "已完成",
	NotFinished: "未完成",

	ProcessesBefore:  func(n uint64) string { return "（另有 " + text.Count(n) + " 个更早结束的进程）" },
	CoroutinesBefore: func(n uint64) string { return "（另有 " + text.Count(n) + " 个更早结束的协程）" },
}
