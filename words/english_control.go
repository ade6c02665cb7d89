package words

var englishControl = ControlWords{
	Title: "Control",
	None:  "nothing can be changed here: that is for the bundled servers, as long as run or demo has them",
	Ended: "It has ended; nothing can be changed any more.",
	Now:   func(what, choice string) string { return what + ": now " + choice },

	Reap:           "how the server reaps its children",
	ReapKey:        Key{"reap", "have the server reap by a handler that waits in a loop, and as before again"},
	Handler:        "a SIGCHLD handler that waits in a loop until no dead child is left",
	NoWait:         "nobody waits: SIGCHLD has its default action, and every child stays a zombie",
	Ignore:         "SIGCHLD is ignored (SIG_IGN): the kernel reaps; zombies that are there stay",
	Once:           "a SIGCHLD handler with a single wait: coalesced signals leave zombies",
	Poll:           "a wait without blocking for each child, after each accept and twice a second",
	DoubleFork:     "the child forks the server of the connection, and ends; init reaps that one",
	Clients:        "how clients come",
	HoldKey:        Key{"hold", "hold the clients, and let them come again"},
	Paused:         Key{"paused", "no new client comes"},
	Half:           Key{"half", "half as many as asked for"},
	AsAsked:        Key{"as asked", "as many as the flags say"},
	Fourfold:       Key{"fourfold", "four times as many as asked for"},
	Failed:         func(reason string) string { return "the server cannot be told: " + reason },
	UnknownCommand: func(command string) string { return "control: unknown command " + command + "; use reap WAY" },
	Refused:        func(reason string) string { return "control: " + reason },
}
