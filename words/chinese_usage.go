package words

import (
	"strconv"
	"strings"
)

var chineseUsage = UsageWords{
	In:      func(command, mistake string) string { return command + "：" + mistake },
	SeeHelp: func(mistake, command string) string { return mistake + "；参见 " + command + " --help" },

	UnknownCommand: func(name string) string { return "未知的命令 " + strconv.Quote(name) },
	CommandLike: func(name string, similar []string) string {
		return "未知的命令 " + strconv.Quote(name) + "；可能是 " + strings.Join(similar, " 或 ")
	},
	UnknownFlag:      func(flag string) string { return "未知的选项：" + flag },
	UnknownShorthand: func(letter, flags string) string { return "未知的短选项：" + flags + " 中的 " + letter },
	ValueMissing:     func(flag string) string { return "选项需要一个值：" + flag },
	ValueRefused: func(value, flag, reason string) string {
		return flag + " 的值 " + strconv.Quote(value) + " 无效：" + reason
	},
	FlagSyntax: func(flag string) string { return "选项的写法有误：" + flag },
	EmptyFlag:  func(flag string) string { return flag + "：值为空；请给出一个值，或去掉它" },

	OneModel:          "请给出一个模型",
	OneModelOrNone:    "请给出一个模型，或不给出",
	OneRecording:      "请给出一个录制文件",
	RecordingAndCheck: "请给出一个录制文件，以及必须成立的预期：'zombies_left == 0'",
	RecordingAndQuery: "请给出一个录制文件，以及要查询的内容：'filter(processes, .zombie_ms > 50)'",
	OneAddress:        "请给出一个地址：HOST:PORT 或路径",
	NoArgument:        "它不接受参数",
	RecordingUnnamed:  "请给出一个录制文件；所给的名称为空",
	FormatUnnamed:     func(formats string) string { return "请用 --to 给出一种格式：" + formats },
	WhereNeedsScreen:  "--where 用于过滤屏幕，而这里没有屏幕；tracer export --where 输出录制文件的一部分",
	NotInPart: func(format string) string {
		return format + " 总是完整输出；--where 用于 tree、jsonl 和 connections"
	},
	NotAFormat: func(format, formats string) string {
		return "--to " + format + "：没有此格式；可用 " + formats
	},
	TargetUnnamed: "请给出进程号，或 --port、--comm、--cgroup 或 --all",

	ClientsNeedServer: func(program string) string {
		return "其客户端只用于自带服务器；运行程序请写：tracer run -- " + program
	},
	UnknownModel: func(quoted, models string) string {
		return "未知的模型 " + quoted + "：请用 " + models + " 之一"
	},
	NeitherModelNorProgram: func(quoted, models, verb, program string) string {
		return "未知的模型 " + quoted + "：请用 " + models + " 之一；运行程序请写：tracer " + verb + " -- " + program
	},
	ModelOrCommand:    "请给出一个模型，或在 -- 之后给出命令",
	OneModelOrCommand: "只能给出一个模型，或在 -- 之后给出命令",
	LaunchOrAttach:    "启动命令，或附加到已在运行的进程；不能两者都要",
	NotForCommand:     func(flag string) string { return flag + " 用于自带服务器，而非命令" },
	NotForRunning:     func(flag string) string { return flag + " 用于自带服务器，而非已在运行的进程" },
	RootIsLaunched:    "--root 用于所启动的程序，而非已在运行的进程",
	NotAProcessID: func(id, name string) string {
		return strconv.Quote(id) + " 不是进程号；按命令名附加请写：tracer attach --comm " + name
	},
	NameWanted:       "--comm 和 --cgroup 需要一个名称",
	AllAlone:         "--all 已包含其他所有目标；请去掉它们",
	OutputClosed:     "-o -：标准输出已关闭；请重定向它，或给出文件名",
	OutputIsTerminal: "-o -：录制文件不能写到终端；请重定向标准输出，或给出文件名",

	NotASize: func(value string) string {
		return strconv.Quote(value) + " 不是 1 到 1G 的大小；请写字节数，或 64K、4M"
	},
	NotPositive: func(value string) string { return strconv.Quote(value) + " 不是正数" },
	NotARate:    func(value string) string { return strconv.Quote(value) + " 不是速率；例如写 50 或 0.5" },
	NotATime:    func(value string) string { return strconv.Quote(value) + " 不是时间；例如写 500ms、10s、2m" },
	NotAPort:    func(value string) string { return strconv.Quote(value) + " 不是 1 到 65535 的端口" },
	NotAnEvent:  func(value string) string { return strconv.Quote(value) + " 不是事件的编号" },
	InputInUse:  "标准输入供助手使用；请给出文件名",
	FileUnnamed: "请给出文件名",
	OutputInUse: "标准输出用于显示跟踪；tracer record 可将录制文件写到标准输出",
	NotOneOf:    func(value, all string) string { return strconv.Quote(value) + " 未知；请从 " + all + " 中选择" },
	NotALanguage: func(name, all string) string {
		return "没有语言 " + strconv.Quote(name) + "；请从 " + all + " 中选择"
	},
}
