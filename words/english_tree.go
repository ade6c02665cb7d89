package words

var englishTree = TreeWords{
	Thread:  "thread",
	Line:    func(name, clauses string) string { return name + ": " + clauses },
	Unnamed: func(clauses string) string { return ": " + clauses },

	Accepts: func(n uint64) string { return plural(n, "accept", "accepts") },
	Served: func(connections uint64) string {
		return plural(connections, "connection served", "connections served")
	},
	ZombiesWait: func(n uint64) string { return "must reap " + plural(n, "zombie", "zombies") },
	Orphan:      "orphan",
	Subreaper:   "subreaper",
	InWait:      func(call string) string { return "in " + call },
	Inherited:   "inherited",
	Alive:       "alive",
	Stopped:     func(signal string) string { return "alive, stopped by " + signal },
	LeaderEnded: "alive, its leader exited",
	Ended:       "ended",
	Zombie:      func(status string) string { return "zombie, " + status },
	Ending:      func(status, why string) string { return status + ", " + why },

	ReapedByInit:   func(status string) string { return status + ", reaped by init" },
	ReapedByParent: func(status string) string { return status + ", reaped by its parent" },
	ReapedByOther:  func(status string) string { return status + ", reaped by another" },
	ReapedByKernel: func(status string) string { return status + ", reaped by the kernel" },
	Dropped:        func(status string) string { return status + ", a zombie that the kernel dropped" },
	ReapedUnseen:   func(status string) string { return status + ", reaped by an unseen call" },

	Made:        "made",
	Running:     "running",
	Suspended:   "suspended",
	Finished:    "finished",
	NotFinished: "not finished",

	ProcessesBefore: func(n uint64) string {
		return "(and " + plural(n, "process", "processes") + " that ended before)"
	},
	CoroutinesBefore: func(n uint64) string {
		return "(and " + plural(n, "coroutine", "coroutines") + " that ended before)"
	},
}
