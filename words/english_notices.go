package words

import "tracer/event"

var englishNotices = NoticeWords{
	ConnectionsUnserved: "who reads and writes a connection is not seen: this kernel has neither the tracepoints " +
		"sock_recv_length and sock_send_length nor fexit",

	CoroutinesMissed: func(path string) string {
		return "coroutines of " + path + " are not seen, because another program executed it; launch that file directly"
	},
	GoroutinesMissed: func(path string) string {
		return "goroutines of " + path + " are not seen, because another program executed it; launch that file directly"
	},
	NotReadable: func(path string) string {
		return "coroutines are not seen: " + path + " may be executed, but not read; chmod +r makes it readable, and " +
			"root reads all"
	},
	NotReadableHere: func(programs uint64) string {
		return "coroutines are not seen where a program may not be read, which is so of " + number(programs) +
			" here; attach as root"
	},
	RuntimesNotLoaded: func(reason string) string { return "coroutines are not seen: load the programs: " + reason },
	RuntimeNotAttached: func(program, path, reason string) string {
		return "coroutines are not all seen: attach " + program + " to " + path + ": " + reason
	},
	BundledUnseen:    func(reason string) string { return "the bundled coroutines are not seen: " + reason },
	NoGoProgram:      func(path string) string { return "goroutines are not seen: " + path + " is not a Go program" },
	GoroutinesUnseen: func(reason string) string { return "goroutines are not seen: " + reason },
	GreenletUnreadable: func(module, reason string) string {
		return "the coroutines of greenlet are not seen: read " + module + ": " + reason
	},
	GreenletPartlyUnseen: func(what, module string) string {
		return "of the coroutines of greenlet these are not seen: " + what + "; where " + module +
			" has the functions is not told by its symbols"
	},
	GreenletStarts:   "creations",
	GreenletSwitches: "switches",
	GreenletEnds:     "ends",
	GreenletDrops:    "those that were never started and are dropped",
	OfProcess: func(comm string, pid event.PID, notice string) string {
		return comm + " (" + number(pid) + "): " + notice
	},

	Process:   func(pid event.PID) string { return "process " + number(pid) },
	Processes: func(n uint64) string { return plural(n, "process", "processes") },
	Threads:   func(n uint64) string { return plural(n, "more thread", "more threads") },
	Zombies:   func(n uint64) string { return plural(n, "zombie", "zombies") },
	HeldBy: func(address string, by []Who) string {
		return address + " is held by " + listOf(by, Who.english, ", ")
	},

	Ignores: func(signal string) string { return "ignores " + signal },
	Stopped: "is stopped",
	Blocks:  func(signal string) string { return "blocks " + signal },
}
