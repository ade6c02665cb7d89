package words

var englishCoroutines = CoroutineWords{
	Greenlet:  "greenlet",
	Goroutine: "goroutine",
	Coroutine: "coroutine",

	ByAnError: "by an error",
	ToldToEnd: "told to end",
	Panicked:  "panicked",
	NeverRan:  "never ran",

	Spawned:             func(coroutine string) string { return "new " + coroutine },
	SpawnedBy:           func(coroutine, creator string) string { return "new " + coroutine + ", by " + creator },
	SwitchTo:            func(coroutine string) string { return "switch -> " + coroutine },
	GivesBack:           func(coroutine string) string { return coroutine + " gives control back to its caller" },
	LeavesThread:        func(coroutine string) string { return coroutine + " leaves its thread" },
	SomeoneLeavesThread: "a goroutine leaves its thread",

	Ended:          func(coroutine string) string { return coroutine + " ended" },
	EndedByAnError: func(coroutine string) string { return coroutine + " ended by an error" },
	WasToldToEnd:   func(coroutine string) string { return coroutine + " was told to end" },
	HasPanicked:    func(coroutine string) string { return coroutine + " panicked" },
	LeftMemory:     func(coroutine string) string { return coroutine + " left the memory" },
}
