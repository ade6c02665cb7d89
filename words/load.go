package words

// LoadWords say what came of a load, and of the server that had it.
type LoadWords struct {
	ConnectionsTitle string
	RequestsTitle    string
	ConnectTitle     string
	LatencyTitle     string
	ErrorTitle       string

	Connections func(succeeded, failed uint64, seconds float64, how string) string
	AtOnce      func(connections int) string
	ByTheClock  func(aSecond string, connections int) string
	Requests    func(answered uint64, aSecond string, sent, received uint64) string
	Times       func(least, mean, half, nine, ninetyNine, allButOne, most string) string // milliseconds
	Error       func(what string, n uint64) string

	// Why nothing could be measured.
	NoneBegun    func(address string) string
	NoneAnswered func(address string, failed uint64, why string) string
	Mostly       func(what string, n uint64) string

	// Of demo.
	Clients     string
	ServerSays  func(report string) string
	NotListened string
	NotStarted  func(why string) string
	// Of run: the last lines of a command that failed are below it.
	LastWritten func(command string) string
}
