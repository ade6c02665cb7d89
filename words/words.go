// Package words has every sentence that tracer says to people, in each language that it speaks.
//
// A Language is a table of functions: one field for each sentence, which makes it from its arguments. So the compiler
// finds an argument of a wrong type, and a test finds a sentence that is missing or forgets an argument. Sentences are
// whole, or whole clauses of a list, since no other language puts its words in the order of English.
//
// Each file of this package is an area: its table of sentences, and the methods of Language that choose among them.
// The sentences themselves are in the files english_AREA.go and chinese_AREA.go.
//
// What programs read stays English and does not come from here: JSON, the text form, names of events and counters.
package words

import (
	"strconv"
	"strings"
)

// Language is all that tracer says, in one language. It is chosen once and passed on as a value; nobody changes it.
//
// Arguments that are uint64 are counts, of which the digits may be grouped. All other numbers name something, as a
// process id does, and are never grouped. Strings that are arguments are escaped already.
type Language struct {
	// Name is the tag of the language: "en".
	Name        string
	Punctuation PunctuationWords
	Status      StatusWords
	Coroutines  CoroutineWords
	Events      EventWords
	Findings    FindingWords
	Summary     SummaryWords
	Tree        TreeWords
	Problems    ProblemWords
	Notices     NoticeWords
	Doctor      DoctorWords
	Screen      ScreenWords
	Facts       FactWords
	Ledger      LedgerWords
	Lanes       LaneWords
	Control     ControlWords
	Copy        CopyWords
	Details     DetailWords
	Keys        KeyWords
	Help        HelpWords
	Commands    CommandWords
	Manual      ManualWords
	Flags       FlagWords
	Usage       UsageWords
	Load        LoadWords
	Recordings  RecordingWords
	Queries     QueryWords
	Grades      GradeWords
	Config      ConfigWords
	Report      ReportWords
}

// String returns the name.
func (l *Language) String() string { return l.Name }

// PunctuationWords joins clauses.
type PunctuationWords struct {
	Comma     string
	Colon     string // before what explains a sentence
	Semicolon string
	// Remark adds to a sentence what is said of it in passing.
	Remark func(sentence, remark string) string
	// Inside adds to a process id the one that the process has in its own PID namespace.
	Inside func(pid, inner string) string
}

// English returns the English sentences.
func English() *Language { return &english }

// Chinese returns those in Simplified Chinese.
func Chinese() *Language { return &chinese }

// Languages returns all languages, the first for whoever has not chosen.
func Languages() []*Language { return []*Language{&english, &chinese} }

// ByName returns the language of that name, as --lang names it.
func ByName(name string) (l *Language, ok bool) {
	for _, l := range Languages() {
		if l.Name == name {
			return l, true
		}
	}
	return nil, false
}

// ForLocale returns the language for messages that an environment asks for: LC_ALL, LC_MESSAGES and LANG, of which the
// first that is not empty counts (POSIX, 8.2).
func ForLocale(getenv func(string) string) *Language {
	locale := ""
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = getenv(name); locale != "" {
			break
		}
	}
	for _, simplified := range []string{"zh_CN", "zh_SG", "zh_Hans"} {
		if strings.HasPrefix(locale, simplified) {
			return Chinese()
		}
	}
	return English()
}

// Number names something, as a connection, and counts nothing.
type Number uint64

// number returns the digits of what names something.
func number[N ~int | ~int32 | ~uint32 | ~uint64](n N) string { return strconv.FormatInt(int64(n), 10) }
