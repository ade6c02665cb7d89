package words

// QueryWords say of a condition what a recording says of it, or what is wrong with an expression.
type QueryWords struct {
	Holds     func(condition string) string // all as wide up to it
	Fails     func(condition string) string
	Undecided func(condition string) string
	Is        func(counter, value string) string
	Broken    func(rows, of uint64, list string) string // that break a condition on the rows of a list

	// Why a recording cannot decide a condition
	Incomplete string // its warnings say why
	Lost       func(events uint64) string
	NotKnown   string
	NotTraced  func(flag string) string // which would have it traced

	Mistake      func(quoted, mistake string) string
	UnknownName  func(quoted, remedy string) string
	UnknownField func(quoted, list, remedy string) string
	Meant        func(similar string) string
	NamesListed  string
	OfTheWhole   func(quoted, remedy string) string // in a condition on one process at a time
	AskedByQuery string
	NoEntry      func(quoted, object string) string
	SingleEquals string
	Unfinished   string
	Unexpected   func(quoted string, column Number) string
	AtColumn     func(mistake string, column Number) string
	NoCondition  string
	TooLong      func(bytes uint64) string
	TooSlow      func(seconds uint64) string
	// AnswerTooLong is of what an assistant asked.
	AnswerTooLong func(bytes, most uint64) string

	Nothing string // was found
}
