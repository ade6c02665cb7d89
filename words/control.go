package words

// ControlWords are of what can be changed while it is traced.
type ControlWords struct {
	Title string
	None  string // nothing can be changed
	Ended string // any more
	Now   func(what, choice string) string
	// NoChoice: nothing that can be chosen has this key
	NoChoice func(key string) string

	Reap    string // how the server reaps
	ReapKey Key    // between its way and a handler that loops
	// What servers.ParseReap reads, in words
	Handler, NoWait, Ignore, Once, Poll, DoubleFork string

	ChooseThis Key // what the cursor is on
	Done       func(what, choice string) string

	Signals                                                    string // to whom they can be sent
	StopServer, ContinueServer, StopSelected, ContinueSelected Key
	KillSelected, KillWorker                                   Key
	Question                                                   func(signal, who string) string
	Yes                                                        string
	Sent                                                       func(signal, who string) string
	NotSent                                                    func(signal, who, reason string) string
	NoServer, NotAlive, NoWorker                               string // there is nobody to send it to

	Bursts, Burst                                 string // clients that come at once
	AtOnce                                        string // how many are there at once
	OneClient, HalfAtOnce, AllAtOnce, TwiceAtOnce string
	Work                                          string // of a request
	WorkAsAsked, NoWork, ShortSleep, LongSleep    string
	Compute                                       string
	Model                                         string                    // that serves
	NoChildren                                    func(model string) string // that it would reap
	NotServed                                     func(model, service string) string

	Clients                         string // how they come
	HoldKey                         Key    // between none and as many as asked for
	Paused, Half, AsAsked, Fourfold Key
	Failed                          func(reason string) string // the server does not take it
	UnknownCommand                  func(command string) string
	Refused                         func(reason string) string
	Change                          ChangeWords // what came of another way to reap
	OtherNamespace                  string      // tracer counts the ids of processes otherwise
}
