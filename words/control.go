package words

// ControlWords are of what can be changed while it is traced.
type ControlWords struct {
	Title string
	None  string // nothing can be changed
	Ended string // any more
	Now   func(what, choice string) string

	Reap    string // how the server reaps
	ReapKey Key    // between its way and a handler that loops
	// What servers.ParseReap reads, in words
	Handler, NoWait, Ignore, Once, Poll, DoubleFork string

	Clients                         string // how they come
	HoldKey                         Key    // between none and as many as asked for
	Paused, Half, AsAsked, Fourfold Key
	Failed                          func(reason string) string // the server does not take it
	UnknownCommand                  func(command string) string
	Refused                         func(reason string) string
}
