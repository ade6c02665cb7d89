package words

import (
	"cmp"

	"tracer/text"
)

var chineseRecordings = RecordingWords{
	MarksTooLarge: func(bytes, most uint64) string {
		return "标记有 " + text.Count(bytes) + " 字节，最多 " + text.Count(most) + " 字节"
	},
	NoMarks: func(path string) string { return path + " 不是录制文件的标记；请把它移走" },
	Newer: func(version string) string {
		return "其中有此 tracer 不认识的事件种类，这些事件被略去；请用录制它的版本（" + cmp.Or(version, "更新的版本") + "）读取"
	},
	MorePlaces: func(damage string, more uint64) string {
		return damage + "，另有 " + text.Count(more) + " 处"
	},
	BlindBehind: func(damage string) string { return damage + "；显示此前的全部内容，其后的无法读取" },
	EventsMissing: func(damage string, events uint64) string {
		return damage + "；缺少 " + text.Count(events) + " 个事件，其余的全部显示"
	},
	CutShort: func(where string) string { return where + "；显示此前的全部内容" },

	CutOff:      "录制文件不完整",
	Damaged:     "录制文件已损坏",
	NotReadable: "不是此版本能读取的录制文件",
	ThroughPipe: "录制文件经管道而来；请先保存到文件",
	Closed:      "录制文件已关闭",
	AtByte: func(what string, offset Number, detail string) string {
		return what + "（字节 " + number(offset) + " 处）：" + detail
	},
	Header: func(what, reason string) string { return what + "：其文件头：" + reason },

	BlockBroken: func(bytes uint64) string { return "一个块的头部只有 " + text.Count(bytes) + " 字节" },
	BlockIncomplete: func(bytes uint64) string {
		return "一个 " + text.Count(bytes) + " 字节的块不完整"
	},
	BlockTooLarge: func(bytes uint64) string {
		return "一个块有 " + text.Count(bytes) + " 字节，超过了块的最大长度"
	},
	BlockChanged:   "一个块的校验和不符",
	HeadChanged:    "一个块的头部校验和不符",
	OnlyZeros:      "从此处起全为零，机器崩溃会留下这样的内容",
	OtherBeginning: "其开头不是录制文件的开头",
	OtherVersion: func(version, own Number) string {
		return "其格式为版本 " + number(version) + "，此 tracer 读取版本 " + number(own)
	},
	HeaderIncomplete: "连文件头都不完整",
	HeaderMissing:    "缺少文件头",
	HeaderElsewhere:  func(quoted string) string { return "应为文件头之处是块 " + quoted },
	EndMissing:       "缺少结束标记：tracer 曾被杀死，或仍在录制",
	GapBefore: func(got, want Number) string {
		return "一个数据块从事件 " + number(got) + " 开始，而接下来应为事件 " + number(want)
	},
	EventsMissed: func(recorded, read uint64) string {
		return "结束标记记有 " + text.Count(recorded) + " 个事件，而读到 " + text.Count(read) + " 个"
	},
	Contradiction: "一个数据块的内容不符合其应有的内容",
	Streams: func(has, want Number) string {
		return "一个数据块有 " + number(has) + " 个流，而不是 " + number(want) + " 个"
	},
	Unpacked: func(reason string) string { return "一个数据块无法解压：" + reason },
	Shorter:  "打开之后它变短了",

	Open:     func(file, reason string) string { return "打开录制文件 " + file + "：" + reason },
	OpenIn:   func(place, reason string) string { return "打开" + place + "中的录制文件：" + reason },
	Read:     func(file, reason string) string { return "读取录制文件 " + file + "：" + reason },
	ReadBack: func(reason string) string { return "回读录制文件：" + reason },
	Create:   func(file, reason string) string { return "创建录制文件 " + file + "：" + reason },
	Write:    func(file, reason string) string { return "写入录制文件 " + file + "：" + reason },
	View:     func(file string) string { return "查看 " + file + "：它经管道而来；请先保存到文件" },
	Export:   func(format, reason string) string { return "导出为 " + format + "：" + reason },

	SymbolicLink: func(file string) string { return file + " 是符号链接；请用 -o 给出文件本身" },
	OtherFile: func(file string) string {
		return file + " 已存在，且不是录制文件；请删除它或换一个名称"
	},
	InUse: func(file string) string {
		return "另一个进程正在向 " + file + " 录制；请用 -o 给出别的文件"
	},
	InUseBy: func(file string, process int32) string {
		return "进程 " + number(process) + " 正在向 " + file + " 录制；请用 -o 给出别的文件"
	},
	NotToBeReplaced: func(file string) string { return file + " 是录制文件；请删除它或换一个名称" },
	DeniedToCaller: func(refusal, caller string) string {
		return refusal + "（以 root 身份调用 tracer 的用户 " + caller + "）；请用 -o 给出别的文件"
	},
	Moved:    "写入期间它被移动；它是完整的，但名称已不同",
	Replaced: "写入期间另一个文件取代了它，其中的事件已丢失",
	Removed:  "写入期间它被删除，其中的事件已丢失",
	ChangedByAnother: func(bytes, written uint64) string {
		return "写入期间另一个程序写入或截断了它：它有 " + text.Count(bytes) + " 字节，应有 " +
			text.Count(written) + " 字节"
	},
}
