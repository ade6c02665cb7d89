package words

import "tracer/text"

var englishHolding = HoldingWords{
	KeptOne: func(connection Number, atLeast bool, duration string, from Who) string {
		return "it kept connection " + number(connection) + " open, which it has not read or written, for " +
			englishLeast(atLeast) + duration + " after " + from.english() + " had let go of it"
	},
	KeptMany: func(connections uint64, longest Number, atLeast bool, duration string, from Who) string {
		return "it kept " + text.Count(connections) + " connections open, which it has not read or written, the " +
			"longest, " + number(longest) + ", for " + englishLeast(atLeast) + duration + " after " +
			from.english() + " had let go of it"
	},
	StillOpen: func(connections uint64) string {
		return plural(connections, "connection is", "connections are") + " still open"
	},
	KeptByExec: "which it had as its program was executed",
	Leaked: func(fd int32, ended bool, duration string) string {
		if ended {
			return "its program was executed with this listening socket (fd " + number(fd) + ") and held it for " +
				duration + ", to its end, without an accept"
		}
		return "its program was executed with this listening socket (fd " + number(fd) + ") and still held it " +
			duration + " later, without an accept"
	},
	Outlived: func(server Who, duration string) string {
		return server.english() + ", the server, had ended " + duration + " before that"
	},
	ServedBy:  func(server Who) string { return "the server is " + server.english() },
	LeakedToo: func(programs uint64) string { return "so did " + plural(programs, "other program", "other programs") },
	HasConnection: func(connection Number, peer string) string {
		return "connection " + number(connection) + " from " + peer + ", which it has not read or written"
	},
	HasListener: func(address string, fd int32) string {
		return "listening socket " + address + " (fd " + number(fd) + "), on which it has not accepted"
	},
	ByExec: "held since its program was executed",
	LetGo: func(who, after string) string {
		return who + " let go of it after " + after + ", while others had it"
	},
	HeldBy: func(who string, executed bool, found string) string {
		line := "held unused by " + who
		if executed {
			line += " since its program was executed"
		}
		if found != "" {
			line += ", last seen so after " + found
		}
		return line
	},
}

func englishLeast(atLeast bool) string {
	if atLeast {
		return "at least "
	}
	return ""
}
