package words

var chineseFlags = FlagWords{
	Title:        "选项：",
	ViewTitle:    "屏幕和摘要的选项：",
	ServerTitle:  "自带服务器的选项：",
	AttachTitle:  "附加到已在运行的进程的选项：",
	ClientsTitle: "客户端的选项：",

	Help:           "显示此帮助",
	Version:        "tracer 的版本",
	NoDescriptions: "不含说明",
	Language:       func(names string) string { return "供人阅读的文字的语言：" + names },
	JSON:           "输出 JSON",
	Rules:          "改为按 `file` 中的规则检查每个录制文件",
	JUnit:          "输出 JUnit 的 XML",
	ReportJSON:     "以 JSON 报告",

	Buffer:   "内核与 tracer 之间的环形缓冲区的大小",
	Duration: "经过此时间后结束跟踪",
	Coroutines: "跟踪谁的协程：auto（自带服务器的，以及 Python 的 greenlet 的）、none（不跟踪）、goroutines（还有 Go 程序的）、" +
		"carriers（还有运行它们的线程）",
	Stalls: "显示使任务一次阻塞达到此时长（例如 10ms）的调用，以及事件循环或协程一轮之内占用 CPU 达到此时长的情形；" +
		"为此须查看本机的每次任务切换",
	HTTP:         "显示 HTTP 请求和应答的首行，其中可能含有秘密",
	Hooks:        "如何观察回收：auto、functions（fentry）、tracepoints",
	Root:         "所启动的程序结束时结束跟踪，即使其子进程仍在运行",
	Leave:        "退出屏幕时让命令继续运行",
	Output:       "要写的录制文件，替换同名的录制文件；- 表示标准输出，此时命令的标准输出转到标准错误",
	OutputToo:    "同时写录制文件，替换同名的录制文件",
	Quiet:        "结束时不显示消息",
	ExportFormat: func(formats string) string { return "格式：" + formats },
	ExportOutput: "要写的文件；- 或不给出表示标准输出",

	Plain:       "文本行，不显示屏幕",
	OnlySummary: "只有摘要：不显示屏幕，也不逐个输出事件",
	SummaryJSON: "只有摘要，为一个 JSON 对象",
	ASCII:       "只用 ASCII 字符",
	Theme:       func(names string) string { return "颜色：" + names },

	Port:   "附加到监听此端口的进程（TCP，或未连接的 UDP）",
	Comm:   "附加到此命令名的进程",
	Cgroup: "附加到此 cgroup 及其下各 cgroup 的进程：cgroup2 挂载点下的路径，或一个文件夹",
	All:    "附加到除内核线程和 tracer 本身之外的一切",

	Address:      "监听何处：HOST:PORT，或 Unix 套接字的路径",
	AnyPort:      "127.0.0.1 的一个空闲端口",
	Network:      "tcp、udp 或 unix",
	Service:      func(names string) string { return "提供什么服务：" + names },
	Work:         "让每个请求持续多久（sleep=20ms、cpu=5ms），以及其服务进程如何结束（exit=3、crash）",
	Reap:         func(names string) string { return "如何处理死去的子进程：" + names },
	Backlog:      "可以等待 accept 的已完成连接数",
	Workers:      "池中的进程数或线程数",
	Limit:        "同时服务的客户端数",
	Folder:       "以 HTTP 提供此文件夹中的文件",
	KeepListener: "子进程保持监听套接字打开",
	ReusePort:    "每个工作进程各有一个监听套接字",
	Block:        "请求的工作阻塞所有协程所在的线程",
	Goroutines:   "以每个连接一个 goroutine（而非线程）提供 HTTP",
	Poll:         "--reap poll 时两次查看死去的子进程之间的最长时间",
	Grace:        "服务器停止时客户端还可以继续多久",

	Concurrency:  "同时的连接数",
	Count:        "连接总数",
	CountDefault: "1000，或 --duration 所容许的数量",
	Rate:         "每秒开始的连接数，无论服务器是否跟得上",
	AsFast:       "应答来多快就多快",
	Burst:        "其中有多少在同一时刻开始，配合 --rate",
	Requests:     "每个连接上的请求数",
	Payload:      "请求的字节数",
	Expect:       func(names string) string { return "预期什么应答：" + names },
	LoadDuration: "经过此时间后不再开始连接",
	Timeout:      "连接以及每个应答的时限",

	OnScreenElse: func(screen, otherwise string) string { return "屏幕上为 " + screen + "，否则为 " + otherwise },
	OfModelElse: func(value, model, otherwise string) string {
		return model + " 为 " + value + "，否则为 " + otherwise
	},

	Width: "单元格数",
	At:    "该时刻之前的事件数",
	Every: "全部",
	Keys:  "此前按下的键",
}
