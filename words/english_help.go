package words

import (
	"tracer/event"
)

var englishHelp = HelpWords{
	Title:        "HELP",
	Lines:        func(first, last, all string) string { return "lines " + first + "-" + last + " of " + all },
	More:         "more",
	Words:        "Words",
	Signs:        "Signs and colours",
	New:          Key{"new", "just born"},
	Alive:        Key{"alive", "a process that lives; its age counts from its birth"},
	LeaderExited: Key{"leader exited", "alive, its first thread has exited"},
	Stopped:      Key{"stopped", "alive, but stopped by a signal until SIGCONT comes"},
	Alike:        Key{"alike", "ten or more zombies of one parent and one name, as one row; unfold it to see each"},
	Zombie: Key{"zombie", "dead and not yet reaped; its age counts from its death, after a > from when it " +
		"was found dead"},
	Gone:   Key{"gone", "reaped just now, then dim; its age is how long it lived"},
	Thread: Key{"thread", "a thread of the process above it"},
	Coroutine: Key{"made", "a coroutine of the process above it, and what it does; its number is that of the " +
		"thread that runs it"},
	Folded: "something is below: shown, folded away",
	Deeper: "the tree is deeper to the left than can be shown",
	Cursor: "the event at the cursor, and the process that it is about: in the past the tree is of that " +
		"very instant, and what comes later is dim",
	Lessons: []Key{
		{"process", "a program that runs: one or more threads that share memory and files"},
		{"thread", "a line of execution in a process; its first one is the leader"},
		{"fork", "makes a child, a copy of its parent; vfork and clone do the same with less copying"},
		{"exec", "replaces the program that a process runs; the process stays the same"},
		{"zombie", "a process that has ended and whose parent has not yet waited for it"},
		{"reap", "to collect the status of a zombie by wait4 or waitid; only then is its id free"},
		{"SIGCHLD", "the signal that tells a parent that a child has ended"},
		{"coalesced", "sent while the same signal was pending: the two became one"},
		{"discarded", "sent while the parent's action was the default one: thrown away; it can wait all the same"},
		{"SIG_IGN", "the parent wants no signal: none is sent, and the kernel reaps its children"},
		{"adopted", "its parent ended first; init or a subreaper is now its parent and must reap it"},
		{"accept", "takes one connection that waits in the backlog, the queue of a listening socket"},
		{"lost", "events that the kernel had no room to report: all counters are then lower bounds"},
	},
	Kind: func(k event.Kind) string { return k.Spec().Doc },
}
