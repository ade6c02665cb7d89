package words

import (
	"fmt"

	"tracer/text"
)

var chineseCommands = CommandWords{
	Attached: func(targets, found string) string {
		return targets + "：" + found + "；中断信号结束跟踪，而不影响它们"
	},
	NoScreen: func(reason string) string { return reason + "：以文本行代替屏幕" },
	InOutput: "到标准输出",
	SeeAgain: func(file, command string, replaced bool) string {
		return chineseRecordedIn(file, replaced) + "；再次查看：" + command
	},
	SeeThem: func(file, command string, replaced bool) string {
		return chineseRecordedIn(file, replaced) + "；查看这些事件：" + command
	},
	Recorded: func(where string) string { return "已录制" + where },
	EventsIn: func(events uint64, seconds float64, where string) string {
		return fmt.Sprintf("%.1f 秒内 %s 个事件，", seconds, text.Count(events)) + where
	},
	NotEnding: func(id, name, why string) string { return id + "（" + name + "：" + why + "）" },
	Running:   func(id, name string) string { return id + "（" + name + "）" },
	StillRuns: func(process, command string) string {
		return "进程 " + process + " 仍在运行；结束它：" + command
	},
	StillRun: func(processes, command string) string {
		return "进程 " + processes + " 仍在运行；结束它们：" + command
	},
	MoreStillRuns: func(processes string, more int, command string) string {
		return "进程 " + processes + " 以及另外 " + number(more) + " 个仍在运行；结束已列出的进程：" + command
	},
}

func chineseRecordedIn(file string, replaced bool) string {
	if replaced {
		return "到 " + file + "，替换了旧的录制文件"
	}
	return "到 " + file
}
