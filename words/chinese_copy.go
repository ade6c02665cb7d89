package words

import "tracer/text"

var chineseCopy = CopyWords{
	What:       "复制：",
	Line:       "一行",
	Tree:       "子树",
	Finding:    "结论",
	Command:    "命令",
	Nothing:    "没有可复制的内容",
	NotLive:    "该进程现在没有运行",
	TooLong:    "太长，终端的剪贴板放不下",
	CopiedLine: func(line string) string { return "已复制到剪贴板：" + line },
	CopiedLines: func(what string, lines uint64) string {
		return "已复制到剪贴板：" + what + "，" + text.Count(lines) + " 行"
	},
}
