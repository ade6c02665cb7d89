package words

// LaneWords are of the panes that draw what happened over time: the lanes, and the requests.
type LaneWords struct {
	Title     string
	Whole     string // all of the trace is in the picture
	Following string
	Column    func(duration string) string // how much time one column is
	NotKept   string                       // what was before is no longer kept
	Loading   string
	Nothing   string
	Events    string // labels of the axis
	Zombies   string
	Marks     string
	Axis      string // what it is, for the help

	Requests     string
	OfProcess    func(who string) string
	Newest       string // the orders
	Slowest      string
	NoRequests   string
	NumberTitle  string
	ClientTitle  string
	PhasesTitle  string
	WorkerTitle  string
	InTitle      string
	OutTitle     string
	StatusTitle  string
	TimeTitle    string
	Datagram     string // in the place of a number
	NoWorker     string
	WorkerGone   func(who string) string // with the cursor at the time at which it served
	LaneGone     func(who string) string // with the cursor at the time at which it went
	Queued       string                  // the phases
	Accepted     string
	Read         string
	Replied      string
	NoneSelected string

	// The signs of lanes, and what each means.
	Alive, Thread, Waiting, Running, Stopped, Ending   Key
	Fork, Reap, Brief, Serves, Several, Now            Key
	Exec, Signal, Coalesced, Discarded, Handler, Other Key
	Adopted, Accept, Handed, Holds, Zombie             Key
}
