package words

import "tracer/text"

var englishLedger = LedgerWords{
	Title:   "LEDGER",
	Nothing: "No child of a traced process has ended.",
	Ended: func(who string, children uint64) string {
		return who + ": " + plural(children, "child", "children") + " ended"
	},
	SIGCHLD:  "SIGCHLD",
	Children: "children",
	Handler:  "handler",
	Ran:      func(n uint64) string { return "ran " + times(n) },

	Queued:    func(n uint64) string { return text.Count(n) + " queued" },
	Coalesced: func(n uint64) string { return text.Count(n) + " coalesced" },
	Discarded: func(n uint64) string { return text.Count(n) + " discarded" },
	NotSent:   func(n uint64) string { return text.Count(n) + " not sent" },
	Reaped:    func(n uint64) string { return text.Count(n) + " reaped by a wait" },
	ByKernel:  func(n uint64) string { return text.Count(n) + " reaped by the kernel" },
	Dropped:   func(n uint64) string { return text.Count(n) + " dropped as zombies" },
	Unseen:    func(n uint64) string { return text.Count(n) + " reaped unseen" },
	Left:      func(n uint64) string { return text.Count(n) + " left to another" },
	Zombies:   func(n uint64) string { return plural(n, "zombie", "zombies") },
	Sum:       func(terms string, n uint64) string { return terms + " = " + text.Count(n) },
	Differs: func(sum, ended uint64) string {
		return text.Count(sum) + " for " + plural(ended, "end", "ends") + ": others sent it, too, or stops were told"
	},
}
