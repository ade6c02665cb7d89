package words

import "tracer/text"

var chineseHolding = HoldingWords{
	KeptOne: func(connection Number, atLeast bool, duration string, from Who) string {
		return "在 " + from.chineseThen("放开连接 ") + number(connection) + " 之后，它未曾读写该连接，却使其" +
			chineseLeast(atLeast) + "继续打开了 " + duration
	},
	KeptMany: func(connections uint64, longest Number, atLeast bool, duration string, from Who) string {
		return "它使 " + text.Count(connections) + " 个自己未曾读写的连接继续打开，最久的是连接 " + number(longest) +
			"，在 " + from.chineseThen("放开之后") + chineseLeast(atLeast) + "持续了 " + duration
	},
	StillOpen:  func(connections uint64) string { return "其中 " + text.Count(connections) + " 个仍然打开" },
	KeptByExec: "其程序被 exec 时即已持有",
	Leaked: func(fd int32, ended bool, duration string) string {
		if ended {
			return "其程序被 exec 时带有此监听套接字（fd " + number(fd) + "），持有 " + duration +
				" 直到结束，从未在其上 accept"
		}
		return "其程序被 exec 时带有此监听套接字（fd " + number(fd) + "），" + duration +
			" 之后仍持有，从未在其上 accept"
	},
	Outlived: func(server Who, duration string) string {
		return "服务器 " + server.chineseThen("在那之前 ") + duration + " 已结束"
	},
	ServedBy: func(server Who) string { return "服务器是 " + server.chinese() },
	HasConnection: func(connection Number, peer string) string {
		return "来自 " + peer + " 的连接 " + number(connection) + "，它未曾读写"
	},
	HasListener: func(address string, fd int32) string {
		return "监听套接字 " + address + "（fd " + number(fd) + "），它未曾在其上 accept"
	},
	ByExec: "其程序被 exec 时即已持有",
	LetGo: func(who, after string) string {
		return who + " 在 " + after + " 后放开了它，而其他进程仍持有"
	},
	HeldBy: func(who string, executed bool, found string) string {
		line := "由 " + who + " 持有而未使用"
		if executed {
			line += "，其程序被 exec 时即已持有"
		}
		if found != "" {
			line += "，最近一次在 " + found + " 后看到"
		}
		return line
	},
	LeakedToo: func(programs uint64) string { return "另有 " + text.Count(programs) + " 个程序也是如此" },
}

func chineseLeast(atLeast bool) string {
	if atLeast {
		return "至少"
	}
	return ""
}
