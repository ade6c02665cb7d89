package words

// Key is a word for what stands in little room, and what it means in one line.
type Key struct{ Label, Help string }

// KeyWords are what the footer and the help say of keys.
type KeyWords struct {
	Everywhere      string
	Close           string
	Help            Key
	Quit            Key
	Suspend         string
	Redraw          string
	Copy            Key
	NoSort          func(requests, order string) string
	NoAction        func(key, help string) string
	Sort            string
	Theme           string
	Projector       string
	ProjectorOff    string
	Panes           string
	Back            Key
	Details         Key
	Summary         Key
	Evidence        Key
	Ledger          Key
	Lanes           Key
	Requests        Key
	ItsRequests     string
	LaneDetails     string
	Zoom            Key
	Pan             Key
	Whole           Key
	Newest          Key
	Order           Key
	Worker          Key
	WhoseRequests   Key
	Explain         Key
	Control         Key
	Choose          string
	NextFinding     string
	Findings        string
	FindingEvidence string
	WayBack         string
	Output          Key
	Terminal        string
	Type            Key
	StopTyping      Key
	HideEvents      string
	Resize          string
	Moving          string
	Pane            Key
	Rows            string
	Pages           string
	Tree            string
	Zombie          Key
	Fold            Key
	FoldOne         string
	FoldAll         string
	Search          Key
	Next            string
	Filter          Key
	Unfilter        Key
	Follow          Key
	Threads         Key
	Gone            Key
	WhileItRuns     string
	Stop            string
	Pause           Key
	GoOn            string
	PlayPast        Key
	StepBack        string
	Play            string
	PlayAgain       Key
	Travel          string
	Step            Key
	Hundred         Key
	Alike           Key
	ZombieEvent     Key
	Time            Key
	Ends            Key
	Speed           Key
	WhichEvents     string
	Marks           string
	Mark            Key
	Unmark          string
	NextMark        Key
	Whose           Key
	CoroutineKinds  string
	EveryKind       string
	Kinds           string
	ThisKind        func(kinds string) string
}
