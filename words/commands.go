package words

// CommandWords are the messages of a command that traces.
type CommandWords struct {
	// Attached says what was found to attach to.
	Attached      func(targets, found string) string
	NoScreen      func(reason string) string
	InOutput      string // where a recording is
	SeeAgain      func(file, command string, replaced bool) string
	SeeThem       func(file, command string, replaced bool) string // the events of a recording
	Recorded      func(where string) string
	EventsIn      func(events uint64, seconds float64, where string) string
	NotEnding     func(id, name, why string) string
	Running       func(id, name string) string
	StillRuns     func(process, command string) string
	StillRun      func(processes, command string) string
	MoreStillRuns func(processes string, more int, command string) string
}
