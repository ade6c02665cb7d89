package words

// CheckWords say of an expectation of the counters whether it holds, or what is wrong with it.
type CheckWords struct {
	Holds func(expectation string) string // as wide up to it as Fails
	Fails func(expectation string) string
	Is    func(counter, value string) string

	Mistake        func(quoted, mistake string) string
	SingleEquals   string
	NoOperator     string
	SideMissing    string
	NotComparable  func(quoted string) string
	NoEntry        func(quoted, object string) string
	Unknown        func(quoted, remedy string) string
	CountersListed string
	Meant          func(similar string) string
}
