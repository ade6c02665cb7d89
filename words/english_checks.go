package words

var englishChecks = CheckWords{
	Holds: func(expectation string) string { return "ok     " + expectation },
	Fails: func(expectation string) string { return "FAILED " + expectation },
	Is:    func(counter, value string) string { return counter + " is " + value },

	Mistake:      func(quoted, mistake string) string { return "check " + quoted + ": " + mistake },
	SingleEquals: "= is not an operator; write ==",
	NoOperator:   "no operator; write for example 'zombies_left == 0'",
	SideMissing:  "a side is missing; write for example 'zombies_left == 0'",
	NotComparable: func(quoted string) string {
		return "check: " + quoted + " is not a number to compare with"
	},
	NoEntry: func(quoted, object string) string {
		return "check: " + object + " has no entry " + quoted + "; write for example exit_codes.1"
	},
	Unknown: func(quoted, remedy string) string {
		return "check: " + quoted + " is neither a number nor a counter; " + remedy
	},
	CountersListed: "tracer summary --json lists the counters",
	Meant:          func(similar string) string { return "did you mean " + similar + "?" },
}
