package words

var englishConfig = ConfigWords{
	Head: func(path string) string {
		return "what holds now; lines that are left out are as tracer has them; the file is " + path
	},
	Itself: func(path string) string {
		return "standard output is " + path + ", the very file to be printed, which the shell has emptied before; " +
			"print into another file, and rename that"
	},
	NotRead:        func(quoted, reason string) string { return "read the settings in " + quoted + ": " + reason },
	NoMapping:      "a name, a colon and a value are wanted; tracer config prints how the file is written",
	UnknownSetting: func(quoted, remedy string) string { return "no setting is called " + quoted + "; " + remedy },
	NotTrueOrFalse: func(setting string) string { return setting + " is true or false" },
	UnknownAction:  func(quoted, remedy string) string { return "no action is called " + quoted + "; " + remedy },
	Listed:         "tracer config lists all names",
	NoKey:          func(action string) string { return action + " has no key; name one, or leave the line out" },
	UnknownKey:     func(quoted, remedy string) string { return "no key is called " + quoted + "; " + remedy },
	KeysAre:        func(names string) string { return "a key is one character, or one of " + names },
	Taken: func(action, key, other string) string {
		return action + " cannot have " + key + ", which means " + other + " there; give " + other + " another key"
	},
	Digit: func(action, key string) string {
		return action + " cannot have " + key + ": digits choose what is numbered; name another key"
	},
}
