package words

// Manual is what the help says of a command: in one line, and in paragraphs. What is indented in them stays as it is.
type Manual struct{ Short, Long string }

// ManualWords are the help of the commands, but for their flags.
type ManualWords struct {
	// What stands around it.
	Usage    string
	Examples string
	Commands string
	More     func(command string) string
	Default  func(use, value string) string // of a flag
	Models   string                         // the title of their list
	// Model says in one line how a bundled server works.
	Model func(name string) string

	Root       string
	Demo       Manual
	Run        Manual
	Attach     Manual
	Record     Manual
	View       Manual
	Summary    Manual
	Check      Manual
	Query      Manual
	Report     Manual
	MCP        Manual
	Doctor     Manual
	Config     Manual
	Serve      Manual
	Load       Manual
	Picture    string
	Help       string
	Completion string
	// ExportShort and ExportLong name the formats.
	ExportShort func(formats string) string
	ExportLong  func(formats string) string
	// CompletionShort and CompletionLong name a shell, and the line by which it loads the script.
	CompletionShort func(shell string) string
	CompletionLong  func(shell, load string) string
}
