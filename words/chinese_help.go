package words

import (
	"tracer/event"
)

var chineseHelp = HelpWords{
	Title: "帮助",
	Lines: func(first, last, all string) string {
		return "第 " + first + "-" + last + " 行，共 " + all + " 行"
	},
	More:         "更多",
	Words:        "术语",
	Signs:        "符号和颜色",
	New:          Key{"新建", "刚刚出生"},
	Alive:        Key{"存活", "存活的进程；时长从出生算起"},
	LeaderExited: Key{"主线程已退出", "进程存活，但其主线程已退出"},
	Stopped:      Key{"已停止", "存活，但被信号停止，直到 SIGCONT 到来"},
	Alike:        Key{"同类", "同一父进程、同名的十个或更多僵尸进程，合为一行；展开后逐个显示"},
	Zombie:       Key{"僵尸", "已终止而尚未回收；时长从终止算起，带 > 者从发现其终止时算起"},
	Gone:         Key{"已消失", "刚刚被回收，随后变暗；时长为其存活时间"},
	Thread:       Key{"线程", "上方进程的一个线程"},
	Coroutine:    Key{"已创建", "上方进程的一个协程及其状态；编号为运行它的线程号"},
	Folded:       "其下还有内容：已展开、已折叠",
	Deeper:       "左侧的树更深，无法全部显示",
	Cursor:       "光标处的事件及其涉及的进程：回看时进程树为该时刻的状态，之后的事件变暗",
	Lessons: []Key{
		{"进程", "正在运行的程序：一个或多个共享内存和文件的线程"},
		{"线程", "进程中的一条执行流；第一个线程是主线程"},
		{"fork", "创建子进程，即父进程的副本；vfork 和 clone 作用相同而复制更少"},
		{"exec", "替换进程所运行的程序；进程还是同一个"},
		{"僵尸进程", "已经结束、而父进程尚未 wait 的进程"},
		{"回收", "用 wait4 或 waitid 收集僵尸进程的状态；此后其进程号才可重用"},
		{"SIGCHLD", "通知父进程有子进程结束的信号"},
		{"合并", "发送时同一信号正待处理：两个信号合成一个"},
		{"丢弃", "发送时父进程采用默认动作：信号被丢弃；父进程仍然可以 wait"},
		{"SIG_IGN", "父进程不要信号：不发送信号，由内核回收其子进程"},
		{"收养", "父进程先结束；init 或 subreaper 成为新的父进程，须由它回收"},
		{"accept", "从积压队列（监听套接字的连接队列）中取出一个连接"},
		{"丢失", "内核没有空间报告的事件：此时各计数器只是下界"},
	},
	Kind: func(k event.Kind) string { return chineseKinds[k] },
}

// chineseKinds are the kinds as the table of kinds describes them.
var chineseKinds = map[event.Kind]string{
	event.Seen:     "跟踪开始前已存在、或事件丢失后重新发现的任务",
	event.Fork:     "创建了一个任务：进程；设置了 CLONE_THREAD 时为线程",
	event.Exec:     "执行了一个程序",
	event.Exit:     "一个任务结束；带 group_dead 时其进程结束",
	event.Signal:   "产生了 SIGCHLD",
	event.Deliver:  "信号交给了信号处理程序，或被等待信号的调用取走",
	event.Wait:     "wait 调用返回了一个子进程；带 no_child 或 nothing 时没有找到，带 interrupted 时被信号中断",
	event.Release:  "内核释放了已终止的任务：它已被回收",
	event.Accept:   "接受了一个连接",
	event.Lost:     "内核侧不得不丢弃事件：环形缓冲区已满，或内核跳过了其程序",
	event.End:      "跟踪结束；其后的事件只是确认之前发生的事",
	event.Kill:     "发送了 SIGCHLD 以外的信号；pid 为 0：由内核发送",
	event.Stop:     "信号停止了进程",
	event.Dispose:  "进程对 SIGCHLD 的处置改变了",
	event.Serve:    "任务读写了此前由另一任务读写、或尚无任务读写的连接",
	event.Close:    "连接的最后一个描述符被关闭",
	event.Datagram: "收到一个数据报",
	event.Snapshot: "自其开始以来所有存在的任务均已登记：此前已知而未见到的已消失",
	event.Spawn:    "创建了一个协程；尚未运行",
	event.Switch:   "控制权在此线程上转到一个协程；到 0：转到运行时，或驱动它的代码",
	event.Finish:   "一个协程结束",
	event.IOUring:  "创建了 io_uring；带 unknown：其进程经它接受和关闭的连接无法看到",
	event.Request:  "读取了 HTTP/1 请求的第一行；仅在 --http 时",
	event.Response: "写出了 HTTP/1 应答的第一行；仅在 --http 时",
	event.Rename:   "任务更改了名称，由它自己或其进程内部更改；随 exec 而来的更名不在此列",
	event.Fail:     "系统调用失败；同一任务接连以同样方式失败的，只报告第一次和总次数",
	event.Stall: "任务被长时间占住：一次调用使它阻塞（等待多个描述符之一者除外），或者事件循环、协程在一轮之内占用 CPU；" +
		"仅在 --stalls 时",
	event.ListenDrop: "内核丢弃了对监听中 TCP 套接字的连接请求，多因积压队列已满；每次重试都计入",
	event.Hold: "进程持有某个连接的描述符，或（connection 为 0 时）某个监听套接字的描述符：在其程序被 exec 而未关闭它时，" +
		"以及其结束时仍持有监听套接字，或经对所有文件的检查得知",
	event.LetGo: "最后读写某个连接的进程已关闭其所有描述符，而该连接仍由他者持有",
	event.Waiting: "任务处于 wait4(2) 或 waitid(2) 中：开始时，仅当它不因其他子进程的结束而返回，且可能有其他子进程时报告；" +
		"其他的 wait 在持续 100 ms 之后、以及 tracer 离开之前报告",
	event.Control:   "用户在屏幕的控制面板上作了更改；在更改之前报告，因此其后果都在其后；pid 是 tracer 自己的",
	event.Subreaper: "进程设置或取消了“子进程收割者”（subreaper）属性",
}
