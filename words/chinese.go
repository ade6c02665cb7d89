package words

var chinese = Language{
	Name:        "zh",
	Punctuation: chinesePunctuation,
	Status:      chineseStatus,
	Coroutines:  chineseCoroutines,
	Events:      chineseEvents,
	Findings:    chineseFindings,
	Summary:     chineseSummary,
	Tree:        chineseTree,
	Problems:    chineseProblems,
	Notices:     chineseNotices,
	Doctor:      chineseDoctor,
	Screen:      chineseScreen,
	Facts:       chineseFacts,
	Ledger:      chineseLedger,
	Lanes:       chineseLanes,
	Control:     chineseControl,
	Copy:        chineseCopy,
	Details:     chineseDetails,
	Keys:        chineseKeys,
	Help:        chineseHelp,
	Commands:    chineseCommands,
	Manual:      chineseManual,
	Flags:       chineseFlags,
	Usage:       chineseUsage,
	Load:        chineseLoad,
	Recordings:  chineseRecordings,
	Queries:     chineseQueries,
	Grades:      chineseGrades,
	Config:      chineseConfig,
	Report:      chineseReports,
}

var chinesePunctuation = PunctuationWords{
	Comma:     "，",
	Colon:     "：",
	Semicolon: "；",
	Remark:    func(sentence, remark string) string { return sentence + "（" + remark + "）" },
	Inside:    func(pid, inner string) string { return pid + "（命名空间内为 " + inner + "）" },
}

var chineseStatus = StatusWords{
	Exit:       func(code int) string { return "退出码 " + number(code) },
	CoreDumped: func(signal string) string { return signal + "，已核心转储" },
	Continued:  "恢复运行",
	Stopped:    func(signal string) string { return "被 " + signal + " 停止" },
}
