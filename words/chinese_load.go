package words

import (
	"fmt"

	"tracer/text"
)

var chineseLoad = LoadWords{
	ConnectionsTitle: "连接",
	RequestsTitle:    "请求",
	ConnectTitle:     "连接耗时",
	LatencyTitle:     "应答耗时",
	ErrorTitle:       "错误",

	Connections: func(succeeded, failed uint64, seconds float64, how string) string {
		return fmt.Sprintf("成功 %s 个，失败 %s 个，用时 %.2f 秒（%s）", text.Count(succeeded), text.Count(failed), seconds,
			how)
	},
	AtOnce: func(connections int) string { return "同时 " + number(connections) + " 个" },
	ByTheClock: func(aSecond string, connections int) string {
		return "期望每秒 " + aSecond + " 个，同时最多 " + number(connections) + " 个"
	},
	Requests: func(answered uint64, aSecond string, sent, received uint64) string {
		return fmt.Sprintf("%s 个，每秒 %s 个，发送 %s 字节，收到 %s 字节", text.Count(answered), aSecond, text.Count(sent),
			text.Count(received))
	},
	Times: func(least, mean, half, nine, ninetyNine, allButOne, most string) string {
		return fmt.Sprintf("最小 %s  平均 %s  p50 %s  p90 %s  p99 %s  p99.9 %s  最大 %s ms", least, mean, half, nine,
			ninetyNine, allButOne, most)
	},
	Error: func(what string, n uint64) string { return what + "：" + text.Count(n) + " 次" },

	NoneBegun: func(address string) string {
		return "load " + address + "：没有开始任何连接；请给更多时间"
	},
	NoneAnswered: func(address string, failed uint64, why string) string {
		return "load " + address + "：" + text.Count(failed) + " 个连接都没有得到应答：" + why +
			"；请给出服务器的地址，并用 --network 和 --service 给出其协议"
	},
	Mostly: func(what string, n uint64) string {
		return what + "（" + text.Count(n) + " 次，另有其他错误）"
	},

	Clients:     "客户端：",
	ServerSays:  func(report string) string { return "服务器自己的报告：" + report },
	NotListened: "服务器在监听之前就已结束",
	NotStarted:  func(why string) string { return "服务器未能启动：" + why },
	LastWritten: func(command string) string { return command + " 最后的输出：" },
}
