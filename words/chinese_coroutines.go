package words

var chineseCoroutines = CoroutineWords{
	Greenlet:  "greenlet",
	Goroutine: "goroutine",
	Coroutine: "协程",

	ByAnError: "因错误结束",
	ToldToEnd: "被要求结束",
	Panicked:  "发生 panic",
	NeverRan:  "从未运行",

	Spawned:             func(coroutine string) string { return "新建 " + coroutine },
	SpawnedBy:           func(coroutine, creator string) string { return "新建 " + coroutine + "，由 " + creator + " 创建" },
	SwitchTo:            func(coroutine string) string { return "切换 -> " + coroutine },
	GivesBack:           func(coroutine string) string { return coroutine + " 把控制权交还给调用者" },
	LeavesThread:        func(coroutine string) string { return coroutine + " 离开所在线程" },
	SomeoneLeavesThread: "一个 goroutine 离开所在线程",

	Ended:          func(coroutine string) string { return coroutine + " 结束" },
	EndedByAnError: func(coroutine string) string { return coroutine + " 因错误结束" },
	WasToldToEnd:   func(coroutine string) string { return coroutine + " 被要求结束" },
	HasPanicked:    func(coroutine string) string { return coroutine + " 发生 panic" },
	LeftMemory:     func(coroutine string) string { return coroutine + " 已从内存中释放" },
}
