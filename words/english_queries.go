package words

import "tracer/text"

var englishQueries = QueryWords{
	Holds:     func(condition string) string { return "ok     " + condition },
	Fails:     func(condition string) string { return "FAILED " + condition },
	Undecided: func(condition string) string { return "?      " + condition },
	Is:        func(counter, value string) string { return counter + " is " + value },
	Broken: func(rows, of uint64, list string) string {
		return text.Count(rows) + " of " + text.Count(of) + " in " + list + " break it"
	},

	Incomplete: "cannot be decided: the recording is incomplete",
	Lost: func(events uint64) string {
		return "cannot be decided: " + plural(events, "event was", "events were") + " lost"
	},
	NotTraced: func(flag string) string {
		return "cannot be decided: it was not traced, as " + flag + " asks for it"
	},
	NotKnown: "cannot be decided: a value in it is not known, or did not come to pass; leave those out with != nil",

	Mistake:      func(quoted, mistake string) string { return quoted + ": " + mistake },
	UnknownName:  func(quoted, remedy string) string { return quoted + " is not a name here; " + remedy },
	UnknownField: func(quoted, list, remedy string) string { return list + " have no " + quoted + "; " + remedy },
	Meant:        func(similar string) string { return "did you mean " + similar + "?" },
	NamesListed:  "tracer query --help lists the names",
	OfTheWhole: func(quoted, remedy string) string {
		return quoted + " is about the whole trace, and this is about one process at a time; " + remedy
	},
	AskedByQuery: "tracer query answers that",
	NoEntry: func(quoted, object string) string {
		return object + " has no entry " + quoted + "; write for example exit_codes.1"
	},
	SingleEquals: "= is not an operator; write ==",
	Unfinished:   "something is missing at the end; write for example 'zombies_left == 0'",
	Unexpected: func(quoted string, column Number) string {
		return quoted + " at column " + number(column) + " is not expected there"
	},
	AtColumn:    func(mistake string, column Number) string { return mistake + ", at column " + number(column) },
	NoCondition: "it is neither true nor false; compare it, for example 'zombies_left == 0'",
	TooLong:     func(bytes uint64) string { return "longer than " + text.Count(bytes) + " bytes" },
	AnswerTooLong: func(bytes, most uint64) string {
		return "the answer has " + text.Count(bytes) + " bytes, " + text.Count(most) + " are the most; ask for less"
	},
	TooSlow: func(seconds uint64) string {
		return "it takes longer than " + plural(seconds, "second", "seconds") + "; avoid loops within loops"
	},

	Nothing: "nothing found",
}
