package words

// FlagWords describe the flags of the commands: what each is for, without its default.
type FlagWords struct {
	// The titles of groups.
	Title        string
	ViewTitle    string
	ServerTitle  string
	AttachTitle  string
	ClientsTitle string

	Help           string
	Version        string
	NoDescriptions string
	Language       func(names string) string
	JSON           string
	Rules          string
	JUnit          string
	ReportOutput   string
	ReportTitle    string
	ReportAt       string
	ReportNames    string
	Author         string
	Questions      string
	ReportJSON     string

	// Of a trace.
	Buffer       string
	Duration     string
	Coroutines   string
	HTTP         string
	Stalls       string
	Hooks        string
	Root         string
	Leave        string
	PTY          string
	Output       string // of record
	OutputToo    string // also a recording
	Quiet        string // of record
	Where        string
	ExportFormat func(formats string) string
	ExportOutput string

	// Of how it is shown.
	Plain       string
	OnlySummary string
	SummaryJSON string
	ASCII       string
	FilterWhere string
	Theme       func(names string) string
	Projector   string

	// Of what to attach to.
	Port   string
	Comm   string
	Cgroup string
	All    string

	// Of a bundled server.
	Address      string
	AnyPort      string // default
	Network      string
	Service      func(names string) string
	Work         string
	Reap         func(names string) string
	Backlog      string
	Workers      string
	Limit        string
	Folder       string
	KeepListener string
	ReusePort    string
	Block        string
	Goroutines   string
	Control      string
	Instead      string
	Poll         string
	Grace        string

	// Of a load.
	Concurrency  string
	Count        string
	CountDefault string
	Rate         string
	AsFast       string // default
	Burst        string
	Requests     string
	Payload      string
	Expect       func(names string) string // the service
	LoadDuration string
	Timeout      string

	// Defaults of demo.
	OnScreenElse func(screen, otherwise string) string
	OfModelElse  func(value, model, otherwise string) string

	// Of picture.
	Width string
	At    string
	Every string // default
	Keys  string
}
