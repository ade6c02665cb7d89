package words

var chineseControl = ControlWords{
	Title: "控制",
	None:  "这里没有可以更改的：只有 run 或 demo 正在运行的内置服务器才可以",
	Ended: "已经结束，不能再更改。",
	Now:   func(what, choice string) string { return what + "：现在是 " + choice },

	Reap:           "服务器如何回收子进程",
	ReapKey:        Key{"回收", "让服务器改用循环 wait 的处理程序回收，再按恢复原样"},
	Handler:        "SIGCHLD 处理程序循环 wait，直到没有死去的子进程",
	NoWait:         "没有人 wait：SIGCHLD 为默认动作，每个子进程都成为僵尸进程",
	Ignore:         "忽略 SIGCHLD（SIG_IGN）：由内核回收；已有的僵尸进程仍然存在",
	Once:           "SIGCHLD 处理程序只 wait 一次：信号合并后会留下僵尸进程",
	Poll:           "每次 accept 之后以及每秒两次，对每个子进程作不阻塞的 wait",
	DoubleFork:     "子进程再 fork 出为连接服务的进程后终止；后者由 init 回收",
	Clients:        "客户端如何到来",
	HoldKey:        Key{"暂停", "暂停客户端，再按让它们继续到来"},
	Paused:         Key{"暂停", "没有新的客户端"},
	Half:           Key{"一半", "所要求的一半"},
	AsAsked:        Key{"按要求", "与参数所说的一样多"},
	Fourfold:       Key{"四倍", "所要求的四倍"},
	Failed:         func(reason string) string { return "无法通知服务器：" + reason },
	UnknownCommand: func(command string) string { return "控制：未知命令 " + command + "；请用 reap WAY" },
	Refused:        func(reason string) string { return "控制：" + reason },
}
