package words

import "fmt"

var englishCommands = CommandWords{
	Attached: func(targets, found string) string {
		return targets + ": " + found + "; an interrupt ends the trace, and leaves them alone"
	},
	NoScreen: func(reason string) string { return reason + ": text lines instead of the screen" },
	InOutput: "in standard output",
	SeeAgain: func(file, command string, replaced bool) string {
		return recordedIn(file, replaced) + "; see it again with: " + command
	},
	SeeThem: func(file, command string, replaced bool) string {
		return recordedIn(file, replaced) + "; see them with: " + command
	},
	Recorded: func(where string) string { return "recorded " + where },
	EventsIn: func(events uint64, seconds float64, where string) string {
		return plural(events, "event", "events") + fmt.Sprintf(" in %.1f s, ", seconds) + where
	},
	NotEnding: func(id, name, why string) string { return id + " (" + name + ": " + why + ")" },
	Running:   func(id, name string) string { return id + " (" + name + ")" },
	StillRuns: func(process, command string) string {
		return "process " + process + " still runs; end it with: " + command
	},
	StillRun: func(processes, command string) string {
		return "processes " + processes + " still run; end them with: " + command
	},
	MoreStillRuns: func(processes string, more int, command string) string {
		return "processes " + processes + " and " + number(more) + " more still run; end those named with: " + command
	},
}

func recordedIn(file string, replaced bool) string {
	if replaced {
		return "in " + file + ", in place of an older recording"
	}
	return "in " + file
}
