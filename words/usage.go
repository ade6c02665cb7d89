package words

import "strings"

// UsageWords say what is wrong with a command line.
type UsageWords struct {
	// What stands around a mistake.
	In      func(command, mistake string) string
	SeeHelp func(mistake, command string) string

	UnknownCommand   func(name string) string
	CommandLike      func(name string, similar []string) string
	UnknownFlag      func(flag string) string
	UnknownShorthand func(letter, flags string) string
	ValueMissing     func(flag string) string
	ValueRefused     func(value, flag, reason string) string
	FlagSyntax       func(flag string) string
	EmptyFlag        func(flag string) string

	// What is to be named.
	OneModel          string
	OneModelOrNone    string
	OneRecording      string
	RecordingAndCheck string
	RecordingAndQuery string
	OneAddress        string
	NoArgument        string
	RecordingUnnamed  string
	InputInUse        string
	FormatUnnamed     func(formats string) string
	NotAFormat        func(format, formats string) string
	NotInPart         func(format string) string
	WhereNeedsScreen  string
	TargetUnnamed     string

	// What to launch or to attach to.
	ClientsNeedServer      func(program string) string
	UnknownModel           func(quoted, models string) string
	NeitherModelNorProgram func(quoted, models, verb, program string) string
	ModelOrCommand         string
	OneModelOrCommand      string
	LaunchOrAttach         string
	NotForCommand          func(flag string) string
	NotForRunning          func(flag string) string
	RootIsLaunched         string
	NotAProcessID          func(id, name string) string
	NameWanted             string
	AllAlone               string
	OutputClosed           string
	OutputIsTerminal       string

	// Values of flags.
	NotASize     func(value string) string
	NotPositive  func(value string) string
	NotARate     func(value string) string
	NotATime     func(value string) string
	NotAPort     func(value string) string
	NotAnEvent   func(value string) string
	FileUnnamed  string
	OutputInUse  string
	NotOneOf     func(value, all string) string
	NotALanguage func(name, all string) string
}

// NotOneOf returns the error that a value is none of those that there are.
func NotOneOf(value string, all []string) error {
	return &Error{Say: func(l *Language) string { return l.Usage.NotOneOf(value, strings.Join(all, ", ")) }}
}
