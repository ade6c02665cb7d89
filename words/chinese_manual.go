package words

var chineseManual = ManualWords{
	Usage:    "用法：",
	Examples: "示例：",
	Commands: "命令：",
	More:     func(command string) string { return "“" + command + " --help”给出某个命令的更多说明。" },
	Default:  func(use, value string) string { return use + "（默认 " + value + "）" },
	Models:   "模型：",
	Model:    func(name string) string { return chineseModels[name] },

	Root: "显示由哪个进程、线程或协程服务一个请求，谁是僵尸进程、为什么，以及谁回收它",
	Demo: Manual{"在探针下运行自带服务器，并配有客户端：请先运行它",
		"在探针下运行一个自带服务器，由客户端向它发送请求，并观察它的行为。在屏幕上，客户端每两秒来六个，持续十分钟，" +
			"然后自行结束；按 q 可提前结束。没有终端时，事件以文本行输出，最后输出摘要。未指定模型时服务器为 fork，" +
			"其回收方式如同常见的初次尝试：每个信号只 wait 一次，被合并的信号因此留下僵尸进程。--reap 列出其他方式。"},
	Run: Manual{"启动自带服务器或命令并观察它",
		"在探针下启动一个自带服务器或命令并观察它。-- 之后的内容属于该命令。退出屏幕时会停止它（SIGTERM），除非给出 " +
			"--leave。在屏幕上，命令有自己的终端，除非给出 --pty=false：按 o 显示它，按 I 在其中键入，按 Ctrl-] 结束键入；" +
			"只要还有进程能写入，名为 tracer-output 的进程就一直读取其输出。没有屏幕时，命令使用 tracer 得到的输入和输出，" +
			"事件以文本行输出，最后输出摘要；给出 --json 时标准输出只有摘要，该命令写往标准输出的内容转到标准错误。"},
	Attach: Manual{"观察已在运行的进程",
		"观察已在运行的进程及其所有后代。此前已存在的（包括僵尸进程）都能看到，此后发生的也不会遗漏。只是观察它们：" +
			"退出屏幕不会影响它们。最后一个进程结束、收到中断信号或到达 --duration 时，跟踪结束。没有终端时，" +
			"事件以文本行输出，最后输出摘要。可以同时给出多个目标。"},
	Record: Manual{"将命令、自带服务器或已在运行的进程跟踪到文件，不显示屏幕",
		"将命令、自带服务器或已在运行的进程跟踪到文件，不显示屏幕。最后一个被跟踪的任务结束、收到中断信号或到达 " +
			"--duration 时，跟踪结束，tracer 以该命令的退出码退出。同名的录制文件会被替换，其他文件不会。"},
	View: Manual{"回放录制文件，可前后移动",
		"在屏幕上逐个事件地向前或向后回放录制文件。没有终端时，事件以文本行输出。录制文件被截断或损坏时退出码为 3。"},
	Summary: Manual{"录制文件的计数器和结论",
		"输出录制文件的计数器和结论。录制文件被截断、损坏或来自更新的 tracer 时退出码为 3：此时只涵盖可以读取的部分。"},
	Check: Manual{"检查录制文件是否符合条件：'zombies_left == 0'",
		"检查录制文件是否符合条件：计数器的条件（'zombies_left == 0'、'accepts == processes_created'、'exit_codes.1 == 0'），" +
			"以及各行的条件（'all(processes, .zombie_ms < 50)'、'p99(connections, .queued_ms) < 20'）；名称见 " +
			"tracer query --help。会显示不符合条件的行。加 --rules 则按带分值的规则文件检查多个录制文件" +
			"（见 docs/query.md）。有一个不成立时退出码为 1；否则有一个无法判定时为 3：丢失了事件，" +
			"或录制文件被截断、损坏或来自更新的 tracer。"},
	Query: Manual{"查询录制文件：'filter(processes, .zombie_ms > 50)'",
		"查询录制文件：用表达式查询计数器（名称与 summary --json 相同）和各行：processes、threads、coroutines、connections、" +
			"listeners、signals、findings、marks。输出为表格，加 --json 则为 JSON，其中可见一行的各字段：\n\n" +
			"  tracer query a.trc 'processes' --json\n" +
			"  tracer query a.trc 'filter(processes, .reaped_by != .creator)'\n" +
			"  tracer query a.trc 'count(connections, .served_by.comm == \"worker\")'\n" +
			"  tracer query a.trc 'map(connections, {{peer: .peer, ms: .queued_ms}})'\n\n" +
			"all、none、any、one、filter、map、count、sum、min、max、sortBy、groupBy 等用于列表，p50、p90、p95、p99 是百分位数；" +
			"全部名称见 docs/query.md。时间以毫秒计；未曾发生或未知的为 nil。"},
	Report: Manual{"为录制文件撰写报告：一个 HTML 页面，含所有任务的泳道图",
		"把录制文件写成一个独立的 HTML 页面：运行了什么、得出什么结论、所有任务随时间的泳道图、谁创建和回收了谁、子进程的终止及其信号、" +
			"连接用了多长时间、计数器，以及丢失了什么。录制文件不完整时退出码为 3：此时只涵盖可以读取的部分。"},
	MCP: Manual{"通过标准输入和输出向助手提供录制文件",
		"按 Model Context Protocol 通过标准输入和输出向助手提供一个录制文件：汇总、结论、查询、某个事件之后的进程树，" +
			"以及一个任务的事件（docs/mcp.md）。助手关闭其一端时结束。"},
	Config: Manual{"以配置文件的形式打印屏幕的配色和按键",
		"文件是 $XDG_CONFIG_HOME（否则 ~/.config）中的 tracer/config.yaml。打印的是当前生效的设置，带有每个操作的名称和说明：" +
			"只保留要改的行即可。命令行选项优先于文件。经 sudo 运行时主目录是 root 的，除非 sudo 保留 HOME。"},
	Doctor: Manual{"显示此内核提供什么，以及缺少时该怎么办",
		"显示此内核提供什么，以及缺少时该怎么办。tracer 在此无法工作时退出码为 1。"},
	Serve: Manual{"不带探针运行自带服务器，直到被中断",
		"不带探针运行一个自带服务器，直到被中断；然后报告它所做的事。"},
	Load: Manual{"对自带服务器施加有限的负载，并测量",
		"对自带服务器，或任何以相同方式应答的服务器，施加有限的负载：建立连接并发送请求，检查每个应答。然后输出成功的数量、" +
			"连接和每个应答的耗时，以及各种错误的次数。\n\n" +
			"没有 --rate 时，每个并发连接都先等待其应答，下一个连接才开始，因此慢的服务器会使负载变慢。给出 --rate 时，" +
			"连接按时钟开始，如同众多客户端一样，第一个应答的时间从其连接应当开始的时刻算起。所有连接完成或到达 " +
			"--duration 时，负载结束。\n\n" +
			"有连接失败时退出码为 1。"},
	Picture:    "将录制文件某一时刻的屏幕绘制为 SVG",
	Help:       "显示命令的帮助",
	Completion: "输出 shell 的补全脚本",
	ExportShort: func(formats string) string {
		return "将录制文件写成其他格式：" + formats
	},
	ExportLong: func(formats string) string {
		return "将录制文件写成其他格式：" + formats + "\n\n" +
			"全部写完之后才替换同名文件，但不会替换录制文件。所读取的录制文件被截断、损坏或来自更新的 tracer 时退出码为 3：" +
			"写出可以读取的部分。"
	},
	CompletionShort: func(shell string) string { return "输出 " + shell + " 的补全脚本" },
	CompletionLong: func(shell, load string) string {
		return "将 " + shell + " 的补全脚本写到标准输出。在会话中或在 shell 启动时读取的文件中，用这一行加载它：\n\n  " + load
	},
}

var chineseModels = map[string]string{
	"loop":       "逐个服务客户端；其余的在积压队列中等待",
	"select":     "单个线程用 select(2) 询问哪些连接已就绪",
	"poll":       "单个线程用 poll(2) 询问哪些连接已就绪",
	"epoll":      "单个线程从 epoll(7) 得知哪些连接已就绪",
	"fork":       "每个连接一个进程，只 fork 不 exec；UDP 上每个数据报一个进程",
	"prefork":    "预先 fork 若干进程，各自 accept；死去的会被替换",
	"forkexec":   "每个连接一个进程，并重新执行程序，如 inetd 和 sshd",
	"thread":     "每个连接一个内核线程，随连接结束；UDP 上每个数据报一个线程",
	"threadpool": "预先启动若干线程，从队列中取连接",
	"coroutine":  "单个线程、一个事件循环，每个连接一个协程，如 gevent",
	"goroutine":  "每个连接一个 goroutine，基于运行时自己的 epoll，如 Go 程序",
	"http":       "HTTPServer 类：页面、JSON、keep-alive；每个连接一个线程（或 goroutine）",
}
