package words

// ReportWords are those of the write-up of a trace.
type ReportWords struct {
	TitleOf func(traced string) string
	By      func(author string) string
	Process func(pid int, comm string) string
	// MoreLanes are those that the picture does not have, and the page would.
	MoreLanes func(lanes uint64) string
	// Peak is of a curve: of what there were the most, how many, and when first.
	Peak func(what string, most uint64, when string) string
	// OpenBetween is a part of the histogram: how many connections were open for so long.
	OpenBetween func(connections uint64, from, to string) string
	// Histogram is the title of that picture, and OpenForTime that of its axis, whose numbers have units.
	Histogram, OpenForTime, Time string
	// ForestAt is the title of a forest: why it is shown, and behind which event, when.
	ForestAt                        func(why string, event uint64, when string) string
	MostTasks, MostZombies, AsAsked string
	NoEvent                         func(event, events uint64) string

	// Titles of parts
	What, Shows, Marks, Questions, Lanes, Forest, Connections, Ledger, Counters, OverTime, Missing string
	// What was run, and on what
	Command, Traced, When, Kernel, CPUs, Tracer, Took, Again string
	// Phases of connections, and how long they took
	Phase, Count, Median, P90, P99, Longest          string
	Queued, ToSpawn, ToRead, ToReply, ToClose        string
	LedgerExplained                                  string
	OfSIGCHLD, OfTheDead                             string // above the columns of each
	Parent, Ended, SentQueued, SentCoalesced         string
	SentDiscarded, NotSent, Delivered, Reaped        string
	ByKernel, Dropped, Unseen, Left, StillZombies    string
	NothingShown, NothingMissing, Evidence, Severity string

	Page ReportPage
}

// ReportPage are the words of what is drawn in the page, by the names that its script has for them.
type ReportPage struct {
	Process    string `json:"process"`
	Thread     string `json:"thread"`
	Coroutine  string `json:"coroutine"`
	Zombie     string `json:"zombie"`
	Stopped    string `json:"stopped"`
	Ending     string `json:"ending"`
	Queued     string `json:"queued"`
	Accepted   string `json:"accepted"`
	Served     string `json:"served"`
	Replied    string `json:"replied"`
	Holding    string `json:"holding"`
	Fork       string `json:"fork"`
	Reap       string `json:"reap"`
	Reparent   string `json:"reparent"`
	Coalesce   string `json:"coalesce"`
	Dispatch   string `json:"dispatch"`
	Exec       string `json:"exec"`
	Connection string `json:"connection"`
	Event      string `json:"event"`
	Still      string `json:"still"` // at the end of the trace
	Search     string `json:"search"`
	Found      string `json:"found"` // before "2 / 5"
	NotFound   string `json:"notFound"`
	All        string `json:"all"`
	In         string `json:"in"`
	Out        string `json:"out"`
	Keys       string `json:"keys"`
	Folded     string `json:"folded"`
	Fold       string `json:"fold"`
	Alive      string `json:"alive"`
	Zombies    string `json:"zombies"`
	Open       string `json:"open"`
	Threads    string `json:"threads"`
	// OpenFor and Connections are the axes of the histogram.
	OpenFor     string `json:"openFor"`
	Connections string `json:"connections"`
	Time        string `json:"time"`
	LanesFor    string `json:"lanesFor"` // a screen reader
	Printed     string `json:"printed"`  // before "200 / 512"
}
