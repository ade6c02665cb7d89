package words

import (
	"strconv"
	"strings"
)

var englishUsage = UsageWords{
	In:      func(command, mistake string) string { return command + ": " + mistake },
	SeeHelp: func(mistake, command string) string { return mistake + "; see " + command + " --help" },

	UnknownCommand: func(name string) string { return "unknown command " + strconv.Quote(name) },
	CommandLike: func(name string, similar []string) string {
		return "unknown command " + strconv.Quote(name) + "; did you mean " + strings.Join(similar, " or ") + "?"
	},
	UnknownFlag: func(flag string) string { return "unknown flag: " + flag },
	UnknownShorthand: func(letter, flags string) string {
		return "unknown shorthand flag: " + letter + " in " + flags
	},
	ValueMissing: func(flag string) string { return "flag needs a value: " + flag },
	ValueRefused: func(value, flag, reason string) string {
		return "invalid value " + strconv.Quote(value) + " for " + flag + ": " + reason
	},
	FlagSyntax: func(flag string) string { return "bad flag syntax: " + flag },
	EmptyFlag:  func(flag string) string { return flag + ": it is empty; give a value, or leave it out" },

	OneModel:          "name one model",
	OneModelOrNone:    "name one model, or none",
	OneRecording:      "name one recording",
	RecordingAndCheck: "name a recording, and what must hold: 'zombies_left == 0'",
	RecordingAndQuery: "name a recording, and what to find: 'filter(processes, .zombie_ms > 50)'",
	OneAddress:        "name one address, HOST:PORT or a path",
	NoArgument:        "it takes no argument",
	RecordingUnnamed:  "name a recording; the name that is given is empty",
	FormatUnnamed:     func(formats string) string { return "name a format with --to: " + formats },
	WhereNeedsScreen:  "--where filters the screen, and there is none; export --where writes a part of a recording",
	NotInPart: func(format string) string {
		return format + " is always written whole; --where is for tree, jsonl and connections"
	},
	NotAFormat: func(format, formats string) string {
		return "--to " + format + ": not a format; use " + formats
	},
	TargetUnnamed: "name process ids, or --port, --comm, --cgroup or --all",

	ClientsNeedServer: func(program string) string {
		return "its clients are for a bundled server; to run a program write: tracer run -- " + program
	},
	UnknownModel: func(quoted, models string) string { return "unknown model " + quoted + ": use one of " + models },
	NeitherModelNorProgram: func(quoted, models, verb, program string) string {
		return "unknown model " + quoted + ": use one of " + models + "; to run a program write: tracer " + verb +
			" -- " + program
	},
	ModelOrCommand:    "name a model, or a command after --",
	OneModelOrCommand: "one model, or a command after --",
	LaunchOrAttach:    "launch a command, or attach to what runs; not both",
	NotForCommand:     func(flag string) string { return flag + " is for a bundled server, not for a command" },
	NotForRunning:     func(flag string) string { return flag + " is for a bundled server, not for what runs already" },
	RootIsLaunched:    "--root is for what is launched, not for what runs already",
	NotAProcessID: func(id, name string) string {
		return strconv.Quote(id) + " is not a process id; for a command name write: tracer attach --comm " + name
	},
	NameWanted:       "--comm and --cgroup need a name",
	AllAlone:         "--all includes all others; leave them out",
	OutputClosed:     "-o -: standard output is closed; redirect it, or name a file",
	OutputIsTerminal: "-o -: a recording is not for a terminal; redirect standard output, or name a file",

	NotASize: func(value string) string {
		return strconv.Quote(value) + " is not a size from 1 to 1G; write bytes, or 64K, 4M"
	},
	NotPositive: func(value string) string { return strconv.Quote(value) + " is not a positive number" },
	NotARate: func(value string) string {
		return strconv.Quote(value) + " is not a rate; write for example 50 or 0.5"
	},
	NotATime: func(value string) string {
		return strconv.Quote(value) + " is not a time; write for example 500ms, 10s, 2m"
	},
	NotAPort:    func(value string) string { return strconv.Quote(value) + " is not a port from 1 to 65535" },
	NotAnEvent:  func(value string) string { return strconv.Quote(value) + " is not the number of an event" },
	InputInUse:  "standard input is for the assistant; name a file",
	FileUnnamed: "name a file",
	OutputInUse: "standard output shows the trace; tracer record writes a recording there",
	NotOneOf: func(value, all string) string {
		return strconv.Quote(value) + " is not known; choose one of " + all
	},
	NotALanguage: func(name, all string) string {
		return strconv.Quote(name) + " is not a language; choose one of " + all
	},
}
