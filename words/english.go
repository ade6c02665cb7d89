package words

import "tracer/text"

var english = Language{
	Name:        "en",
	Punctuation: englishPunctuation,
	Status:      englishStatus,
	Coroutines:  englishCoroutines,
	Events:      englishEvents,
	Findings:    englishFindings,
	Summary:     englishSummary,
	Tree:        englishTree,
	Problems:    englishProblems,
	Notices:     englishNotices,
	Doctor:      englishDoctor,
	Screen:      englishScreen,
	Facts:       englishFacts,
	Ledger:      englishLedger,
	Lanes:       englishLanes,
	Control:     englishControl,
	Copy:        englishCopy,
	Details:     englishDetails,
	Keys:        englishKeys,
	Help:        englishHelp,
	Commands:    englishCommands,
	Manual:      englishManual,
	Flags:       englishFlags,
	Usage:       englishUsage,
	Load:        englishLoad,
	Recordings:  englishRecordings,
	Queries:     englishQueries,
	Grades:      englishGrades,
	Config:      englishConfig,
	Report:      englishReports,
}

var englishPunctuation = PunctuationWords{
	Comma:     ", ",
	Colon:     ": ",
	Semicolon: "; ",
	Remark:    func(sentence, remark string) string { return sentence + " (" + remark + ")" },
	Inside:    func(pid, inner string) string { return pid + " (" + inner + " inside)" },
}

var englishStatus = StatusWords{
	Exit:       func(code int) string { return "exit " + number(code) },
	CoreDumped: func(signal string) string { return signal + ", core dumped" },
	Continued:  "continued",
	Stopped:    func(signal string) string { return "stopped by " + signal },
}

// plural returns "1 zombie", "2 zombies", "3 processes".
func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return text.Count(n) + " " + many
}
