package words

var chineseChecks = CheckWords{
	Holds: func(expectation string) string { return "成立   " + expectation },
	Fails: func(expectation string) string { return "不成立 " + expectation },
	Is:    func(counter, value string) string { return counter + " 为 " + value },

	Mistake:       func(quoted, mistake string) string { return "check " + quoted + "：" + mistake },
	SingleEquals:  "= 不是运算符；请写 ==",
	NoOperator:    "没有运算符；例如写 'zombies_left == 0'",
	SideMissing:   "缺少一侧；例如写 'zombies_left == 0'",
	NotComparable: func(quoted string) string { return "check：" + quoted + " 不是可比较的数" },
	NoEntry: func(quoted, object string) string {
		return "check：" + object + " 没有条目 " + quoted + "；例如写 exit_codes.1"
	},
	Unknown: func(quoted, remedy string) string {
		return "check：" + quoted + " 既不是数也不是计数器；" + remedy
	},
	CountersListed: "tracer summary --json 列出计数器",
	Meant:          func(similar string) string { return "可能是 " + similar },
}
