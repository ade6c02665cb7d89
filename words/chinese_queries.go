package words

import "tracer/text"

var chineseQueries = QueryWords{
	Holds:     func(condition string) string { return "成立   " + condition },
	Fails:     func(condition string) string { return "不成立 " + condition },
	Undecided: func(condition string) string { return "未定   " + condition },
	Is:        func(counter, value string) string { return counter + " 为 " + value },
	Broken: func(rows, of uint64, list string) string {
		return list + " 的 " + text.Count(of) + " 项中有 " + text.Count(rows) + " 项不符合"
	},

	Incomplete: "无法判定：录制文件不完整",
	Lost:       func(events uint64) string { return "无法判定：丢失了 " + text.Count(events) + " 个事件" },
	NotTraced:  func(flag string) string { return "无法判定：没有跟踪它，需要 " + flag },
	NotKnown:   "无法判定：其中有值未知或未曾发生；用 != nil 排除它们",

	Mistake:      func(quoted, mistake string) string { return quoted + "：" + mistake },
	UnknownName:  func(quoted, remedy string) string { return "这里没有名称 " + quoted + "；" + remedy },
	UnknownField: func(quoted, list, remedy string) string { return list + " 没有 " + quoted + "；" + remedy },
	Meant:        func(similar string) string { return "可能是 " + similar },
	NamesListed:  "tracer query --help 列出名称",
	OfTheWhole: func(quoted, remedy string) string {
		return quoted + " 针对整个跟踪，而这里逐个判断进程；" + remedy
	},
	AskedByQuery: "请用 tracer query 查询",
	NoEntry: func(quoted, object string) string {
		return object + " 没有条目 " + quoted + "；例如写 exit_codes.1"
	},
	SingleEquals: "= 不是运算符；请写 ==",
	Unfinished:   "末尾缺少内容；例如写 'zombies_left == 0'",
	Unexpected: func(quoted string, column Number) string {
		return "第 " + number(column) + " 列不应出现 " + quoted
	},
	AtColumn:    func(mistake string, column Number) string { return mistake + "（第 " + number(column) + " 列）" },
	NoCondition: "结果既非真也非假；请作比较，例如 'zombies_left == 0'",
	TooLong:     func(bytes uint64) string { return "长度超过 " + text.Count(bytes) + " 字节" },
	AnswerTooLong: func(bytes, most uint64) string {
		return "答案有 " + text.Count(bytes) + " 字节，最多 " + text.Count(most) + " 字节；请缩小范围"
	},
	TooSlow: func(seconds uint64) string {
		return "运行超过 " + text.Count(seconds) + " 秒；请避免嵌套循环"
	},

	Nothing: "没有找到",
}
