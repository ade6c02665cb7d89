package words

// RecordingWords say what is wrong with a recording, or with its file.
type RecordingWords struct {
	NoMarks       func(path string) string
	MarksTooLarge func(bytes, most uint64) string
	// Warnings.
	Newer         func(version string) string // empty where it is not known
	MorePlaces    func(damage string, more uint64) string
	BlindBehind   func(damage string) string
	EventsMissing func(damage string, events uint64) string
	CutShort      func(where string) string

	// What is wrong, and where.
	CutOff      string
	Damaged     string
	NotReadable string
	ThroughPipe string
	Closed      string
	AtByte      func(what string, offset Number, detail string) string
	Header      func(what, reason string) string

	// The details of it.
	BlockBroken      func(bytes uint64) string
	BlockIncomplete  func(bytes uint64) string
	BlockTooLarge    func(bytes uint64) string
	BlockChanged     string
	HeadChanged      string
	OnlyZeros        string
	OtherBeginning   string
	OtherVersion     func(version, own Number) string
	HeaderIncomplete string
	HeaderMissing    string
	HeaderElsewhere  func(quoted string) string
	EndMissing       string
	GapBefore        func(got, want Number) string
	EventsMissed     func(recorded, read uint64) string
	Contradiction    string
	Streams          func(has, want Number) string
	Unpacked         func(reason string) string
	Shorter          string

	// What was to be done with the file.
	Open     func(file, reason string) string
	OpenIn   func(place, reason string) string
	Read     func(file, reason string) string
	ReadBack func(reason string) string
	Create   func(file, reason string) string
	Write    func(file, reason string) string
	View     func(file string) string // what comes through a pipe
	Export   func(format, reason string) string

	// Why nothing is recorded into it, or what was is gone.
	SymbolicLink     func(file string) string
	OtherFile        func(file string) string
	InUse            func(file string) string
	InUseBy          func(file string, process int32) string
	NotToBeReplaced  func(file string) string
	DeniedToCaller   func(refusal, caller string) string
	Moved            string
	Replaced         string
	Removed          string
	ChangedByAnother func(bytes, written uint64) string
}
