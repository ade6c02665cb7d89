package words

import (
	"tracer/event"
	"tracer/text"
)

var englishFindings = FindingWords{
	Note:       "note",
	Warning:    "warning",
	Incomplete: "incomplete",
	Of:         func(severity, finding string) string { return severity + ": " + finding },
	OfProcess: func(severity string, who Who, finding string) string {
		return severity + ": process " + who.english() + ": " + finding
	},

	EventsLost: func(events uint64, kinds string) string {
		return plural(events, "event was", "events were") + " lost (" + kinds + "): the counters are lower bounds"
	},
	LostKind:        func(events uint64, kind string) string { return text.Count(events) + " " + kind },
	LostInRecording: func(events uint64) string { return text.Count(events) + " where the recording is damaged" },
	ButWhoReaped:    "except for who reaped: the parent of a child found later is the one it has then",
	ButZombies: "except for zombies_peak and reparented: a child whose reaping was lost is a zombie until it is " +
		"found gone",
	KernelSkipped: "the kernel skipped the programs that would have told",
	LargerBuffer:  "a larger --buffer avoids it",

	Contradictions: func(events uint64) string {
		return plural(events, "event contradicts", "events contradict") +
			" what was known before, and nothing is known to be lost: the counters may be wrong"
	},
	ReapedUnseen: func(processes uint64, eventsLost bool) string {
		how := "a call that the probes do not see"
		if eventsLost {
			how = "a wait that was lost, or by a call that the probes do not see"
		}
		return plural(processes, "process was", "processes were") + " reaped by " + how
	},
	RingUnseen: func(rings uint64) string {
		return "io_uring was set up " + times(rings) + ": this kernel does not tell what is accepted and closed " +
			"through it, and it is not counted"
	},
	ClosesGuessed: func(connections uint64) string {
		return "the close of " + plural(connections, "connection", "connections") + " was lost: nobody is left who " +
			"can have held it, so it is taken for closed"
	},
	CallFailed: func(call, errno string, failures uint64) string {
		return call + " failed " + times(failures) + " with " + errno
	},
	LimitReached: func(limit event.Limit, most uint64) string {
		switch limit {
		case event.OpenFiles:
			return "RLIMIT_NOFILE of the process lets it have " + plural(most, "descriptor", "descriptors")
		case event.UserProcesses:
			return "its user has as many processes and threads as RLIMIT_NPROC lets it have, " + text.Count(most)
		case event.CgroupProcesses:
			return "its cgroup, or one above, is full: pids.max is " + text.Count(most)
		}
		return "it ran into limit " + number(int(limit)) + ", " + text.Count(most)
	},
	ExecFailed: func(errno string, code int, processes uint64) string {
		if processes == 1 {
			return "could not be executed (" + errno + "), and the process ended with code " + number(code)
		}
		return "could not be executed (" + errno + "), and " + text.Count(processes) + " processes ended with code " +
			number(code)
	},
	AboutFile:    func(path, finding string) string { return path + " " + finding },
	AboutAddress: func(address, finding string) string { return address + ": " + finding },
	AddressHeld: func(by Who) string {
		return "process " + by.english() + " has had a socket listen there"
	},
	AddressFoundHeld: func(by Who) string { return by.english() + " was found to hold the socket that listens there" },
	OtherAddresses:   "other addresses included",
	BacklogFull: func(attempts uint64) string {
		return "the backlog was full: " + plural(attempts, "attempt", "attempts") + " to connect dropped, which " +
			"clients repeat after a second or more"
	},
	BacklogDropped: func(attempts uint64) string {
		return plural(attempts, "attempt", "attempts") + " to connect dropped, which clients repeat after a second " +
			"or more; the backlog was not seen full"
	},
	Backlog: func(waiting, limit uint64) string {
		return text.Count(waiting) + " were seen waiting, the limit is " + text.Count(limit) + " and one more"
	},
	AcceptedLate: func(accepts uint64, longest string) string {
		return "of " + text.Count(accepts) + " accepted, one had waited " + longest
	},
	SigchldCoalesced: func(coalesced, delivered, made uint64) string {
		return plural(coalesced, "SIGCHLD was", "SIGCHLD were") + " coalesced: sent while one was pending, so the " +
			"handler ran " + times(delivered) + " for " + text.Count(made) + " of them; only a loop of waits reaps " +
			"every child"
	},
	SigchldCoalescedUnhandled: func(coalesced uint64, signalFD, blocked bool) string {
		why := ""
		switch {
		case signalFD:
			why = ", for a signalfd to read"
		case blocked:
			why = ", as the process blocks it"
		}
		return plural(coalesced, "SIGCHLD was", "SIGCHLD were") + " coalesced: sent while one was pending" + why +
			"; the one that is left names a single child, and only a loop of waits reaps every child"
	},
	FirstCoalesced: func(of, in event.PID) string {
		return "first that of child " + number(of) + ", in that of " + number(in)
	},
	StatusTaken: func(children uint64, status string, child, thread Who, call, before string) string {
		return statusesLost(children) + status + " of child " + child.english() + ", which thread " +
			thread.english() + " had taken by " + call + tooLate(before)
	},
	StatusDropped: func(children uint64, status string, child Who, before string) string {
		return statusesLost(children) + status + " of child " + child.english() +
			", which the kernel itself had reaped" + tooLate(before)
	},
	ParentIgnores:   "its parent has SIGCHLD at SIG_IGN",
	ParentNoCldWait: "its parent has SA_NOCLDWAIT set",
	CreatedSo:       "it was created so (CLONE_AUTOREAP)",
	KernelReapedAsAsked: func(processes uint64) string {
		return "the kernel itself reaped " + plural(processes, "process that was created so",
			"processes that were created so") + " (CLONE_AUTOREAP)"
	},
	Stalled: func(thread event.TID, call, duration string) string {
		where := call
		if call == "" {
			where = "no known call, but blocked"
		}
		return threadOrOnly(thread) + " was in " + where + " for " + duration
	},
	Stalls: func(thread event.TID, call, duration string) string {
		return threadOrOnly(thread) + " has been in " + call + " for " + duration
	},
	HasControl: func(coroutine string) string {
		return coroutine + " has control, so no other coroutine of the thread runs"
	},
	WaitInBacklog: func(connections uint64) string {
		if connections == 1 {
			return "while 1 connection waits in the backlog, from which nobody else has accepted"
		}
		return "while " + text.Count(connections) + " connections wait in the backlog, from which nobody else has " +
			"accepted"
	},
	StalledOnCPU: func(thread event.TID, duration string) string {
		return threadOrOnly(thread) + " had the CPU for " + duration
	},
	StalledOpen: func(connections uint64) string {
		return "with " + plural(connections, "connection", "connections") + " open that it serves"
	},
	StalledQueued: func(connections uint64) string {
		return "while " + plural(connections, "connection", "connections") + " waited in the backlog"
	},
	StalledControl: func(coroutine string) string {
		return coroutine + " had control, so no other coroutine of the thread ran"
	},
	StalledOften: func(stalls uint64) string { return "the longest of " + text.Count(stalls) + " such times" },
	Suspended: func(thread event.TID, duration string) string {
		return threadOrOnly(thread) + " was suspended by vfork for " + duration
	},
	UntilEnded:    func(child Who) string { return "until child " + child.english() + " ended" },
	UntilExecuted: func(child Who) string { return "until child " + child.english() + " executed a program" },
	QueuedMeantime: func(connections uint64, atLeast bool, longest string) string {
		line := plural(connections, "connection", "connections")
		if atLeast {
			line = "at least " + line
		}
		line = "while " + line + " waited in the backlog that it accepted afterwards, "
		if connections == 1 && !atLeast {
			return line + "for " + longest + " of it"
		}
		return line + "one for " + longest + " of it"
	},
	CoroutinesCopied: func(n uint64, coroutine string, creator Who) string {
		return "copies of " + text.Count(n) + " " + coroutine + "s of " + creator.english() +
			", from which it was forked, have run in it"
	},
	LeaderExited: func(duration string, atLeast, lives bool) string {
		if atLeast {
			duration = "at least " + duration
		}
		if lives {
			return "its leader exited " + duration + " ago, and other threads have not: it is a zombie (Z) for ps " +
				"and " +
				"/proc, though no wait can reap it"
		}
		return "its last thread ended " + duration + " after its leader: until then it was a zombie (Z) for ps and " +
			"/proc, though no wait could reap it"
	},
	ConnectionsCut: func(connections uint64, status string) string {
		return "it ended (" + status + ") with " + plural(connections, "connection", "connections") + " open that it " +
			"had read, and to which nothing was written"
	},
	CutOpen: func(open, of uint64) string {
		switch {
		case of == 1:
			return "the client was still connected"
		case open == of:
			return "all clients were still connected"
		}
		return text.Count(open) + " of " + text.Count(of) + " clients were still connected"
	},
	CutFinished: func(finished, of uint64) string {
		switch {
		case of == 1:
			return "the client had closed the connection, or finished sending"
		case finished == of:
			return "all clients had closed their connections, or finished sending"
		}
		return text.Count(finished) + " of " + text.Count(of) + " clients had closed the connection, or finished " +
			"sending"
	},
	CutByThreads: func(threads uint64) string {
		return text.Count(threads) + " of them served by other threads than its leader"
	},
	CutAfter: func(longest string) string { return "the longest had been open for " + longest },
	ChildAccepts: func(processes uint64, first Who) string {
		if processes == 1 {
			return "it accepts, and so does a process that was forked from it after it had begun to, " + first.english()
		}
		return "it accepts, and so do " + text.Count(processes) + " processes that were forked from it, or from one " +
			"another, after that had begun to, first " + first.english()
	},
	Holding: englishHolding,
	Zombies: englishZombies,
	EndedBy: EndedByWords{
		OutOfMemory: func(processes uint64, first Who) string {
			return "SIGKILL ended " + manyEnded(processes, first) +
				", which the kernel had chosen to be killed as memory ran out"
		},
		ParentThreadEnded: func(processes uint64, first Who, thread event.TID, signal string) string {
			return "as its thread " + number(thread) + " ended, the parent-death signal " + signal + " ended " +
				manyEnded(processes, first) + ": to the kernel the parent was that thread, and this process lived on"
		},
		Stranger: func(processes uint64, first Who, signal string) string {
			return "the " + signal + " that it sent ended " + manyEnded(processes, first) +
				", and it was not the parent"
		},
		InitSpared: func(signals uint64, signal string) string {
			return text.Count(signals) + " " + signal + " discarded: it is the init of a PID namespace, which the " +
				"kernel spares the default action"
		},
	},
}

// manyEnded are processes that a signal ended.
func manyEnded(processes uint64, first Who) string {
	if processes == 1 {
		return "process " + first.english()
	}
	return text.Count(processes) + " processes, first " + first.english()
}

// statusesLost begins the sentence of statuses of which one is told.
func statusesLost(children uint64) string {
	if children == 1 {
		return "the status of a child was lost: "
	}
	return "the statuses of " + text.Count(children) + " children were lost, such as "
}

// tooLate ends what took a child with when that was.
func tooLate(before string) string {
	if before == "" {
		return " before a wait for just that child could (ECHILD)"
	}
	return " " + before + " before a wait for just that child returned (ECHILD)"
}

// times returns "once", "3 times".
func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return text.Count(n) + " times"
}

// threadOrOnly names a thread, or the only one of its process when it has no id.
func threadOrOnly(thread event.TID) string {
	if thread == 0 {
		return "its only thread"
	}
	return "thread " + number(thread)
}
