package words

var englishManual = ManualWords{
	Usage:    "Usage:",
	Examples: "Examples:",
	Commands: "Commands:",
	More:     func(command string) string { return `"` + command + ` --help" says more about a command.` },
	Default:  func(use, value string) string { return use + " (default " + value + ")" },
	Models:   "Models:",
	Model:    func(name string) string { return englishModels[name] },

	Root: "show which process, thread or coroutine serves a request, who is a zombie and why, who reaps it",
	Demo: Manual{"a bundled server under the probes, with clients: run this first",
		"Run a bundled server under the probes, with clients that send it requests, and watch what it does. On the " +
			"screen the clients come six at a time, every two seconds, for ten minutes; then it ends by itself, or " +
			"earlier by q. Without a terminal, events are printed as text lines, and the summary at the end. The " +
			"server is fork unless another is named, and reaps as a first attempt often does: it waits once for each " +
			"signal, and signals that were coalesced leave zombies. --reap says what else it could do."},
	Run: Manual{"launch a bundled server or a command and watch it",
		"Launch a bundled server or a command under the probes and watch it. What comes after -- is the command's " +
			"own. Quitting the screen stops it (SIGTERM), unless --leave is given. On the screen, a command has a " +
			"terminal of its own, unless --pty=false is given: o shows it, I types there, and Ctrl-] ends that. A " +
			"process named tracer-output reads what is written as long as anybody can write it. Without a screen a " +
			"command has what tracer was given, events are printed as text lines, and the summary at the end; with " +
			"--json the summary is all of standard output, and what the command writes there goes to standard error."},
	Attach: Manual{"watch what runs already",
		"Watch processes that run already, with all their descendants. What was there before is seen, zombies " +
			"included, and nothing that happens from then on is missed. They are only observed: quitting the screen " +
			"leaves them as they are. The trace ends when the last of them has ended, on an interrupt or after " +
			"--duration. Without a terminal, events are printed as text lines, and the summary at the end. Several " +
			"targets can be given at once."},
	Record: Manual{"trace a command, a bundled server or what runs already into a file, without a screen",
		"Trace a command, a bundled server or what runs already into a file, without a screen. The trace ends when " +
			"the last traced task has ended, on an interrupt or after --duration, and tracer exits with the " +
			"command's exit code. A recording of the same name is replaced, any other file is not."},
	View: Manual{"replay a recording, with time travel",
		"Replay a recording on the screen, event by event, forwards and backwards. Without a terminal its events are " +
			"printed as lines. The exit code is 3 when it is cut off or damaged."},
	Summary: Manual{"counters and findings of a recording",
		"Print the counters and findings of a recording. The exit code is 3 when it is cut off, damaged or of a " +
			"newer tracer: then they cover what could be read."},
	Check: Manual{"check what must hold of a recording: 'zombies_left == 0'",
		"Check what must hold of a recording: conditions of its counters ('zombies_left == 0', 'accepts == " +
			"processes_created', 'exit_codes.1 == 0') and of its rows ('all(processes, .zombie_ms < 50)', " +
			"'p99(connections, .queued_ms) < 20'); tracer query --help has the names. What breaks one that fails is " +
			"shown. With --rules many recordings are held against a file of rules with points, as docs/query.md " +
			"describes it. The exit code is 1 when one fails, else 3 when one cannot be decided: events were lost, " +
			"or the recording is cut off, damaged or of a newer tracer."},
	Query: Manual{"ask a recording: 'filter(processes, .zombie_ms > 50)'",
		"Ask a recording: an expression of its counters, as summary --json names them, and of its rows: processes, " +
			"threads, coroutines, connections, listeners, signals, findings, marks. " +
			"Written are a table, or JSON with --json, which " +
			"has all fields of a row:\n\n" +
			"  tracer query a.trc 'processes' --json\n" +
			"  tracer query a.trc 'filter(processes, .reaped_by != .creator)'\n" +
			"  tracer query a.trc 'count(connections, .served_by.comm == \"worker\")'\n" +
			"  tracer query a.trc 'map(connections, {{peer: .peer, ms: .queued_ms}})'\n\n" +
			"all, none, any, one, filter, map, count, sum, min, max, sortBy, groupBy and others work on lists; p50, " +
			"p90, p95 and p99 are percentiles; docs/query.md has all names. Times are in milliseconds, and nil where " +
			"a thing did not come to pass or is not known."},
	Report: Manual{"write up a recording: a page of HTML with the lanes of all tasks",
		"Write up a recording as one page of HTML, which needs nothing else: what was run, what it shows, the lanes " +
			"of all tasks over time, who made and reaped whom, the ends of children and their signals, how long " +
			"connections took, the counters, and what was lost. The exit code is 3 when the recording is incomplete: " +
			"then it covers what could be read."},
	MCP: Manual{"serve a recording to an assistant over standard input and output",
		"Serve a recording to an assistant over standard input and output, by the Model Context Protocol: its " +
			"summary, its findings, queries, the tree after an event, and the events of a task (docs/mcp.md). It " +
			"ends when the assistant closes its end."},
	Config: Manual{"print the theme and the keys of the screen, as the file that changes them",
		"The file is tracer/config.yaml in $XDG_CONFIG_HOME, else in ~/.config. What is printed is what holds " +
			"now, with the name of each action and what it does: keep the lines to be changed. Flags go before " +
			"the file. Under sudo the home is root's, unless sudo keeps HOME."},
	Doctor: Manual{"show what this kernel offers, and what to do about what it lacks",
		"Show what this kernel offers, and what to do about what it lacks. The exit code is 1 when tracer cannot " +
			"work here."},
	Serve: Manual{"run a bundled server, without probes, until it is interrupted",
		"Run a bundled server, without probes, until it is interrupted; then it reports what it did."},
	Load: Manual{"make a bounded load on a bundled server, and measure it",
		"Make a bounded load on a bundled server, or on any that answers as those do: connections and requests, with " +
			"every answer checked. Then print how many succeeded, how long connecting and each answer took, and what " +
			"went wrong how often.\n\n" +
			"Without --rate, each of the connections at once waits for its answers before the next begins, so that a " +
			"slow server slows the load down. With --rate, connections begin by the clock, as those of many clients " +
			"do, and the first answer's time counts from the moment when its connection was due. A load ends when " +
			"all connections are done, or after --duration.\n\n" +
			"The exit code is 1 when a connection failed."},
	Picture:    "draw the screen at one moment of a recording, as SVG",
	Help:       "show the help of a command",
	Completion: "write the completion script of a shell",
	ExportShort: func(formats string) string {
		return "write a recording in another format: " + formats
	},
	ExportLong: func(formats string) string {
		return "Write a recording in another format: " + formats + "\n\n" +
			"A file of the same name is replaced once all is written, but a recording is not. The exit code is 3 " +
			"when the recording that is read is cut off, damaged or of a newer tracer: what could be read is written."
	},
	CompletionShort: func(shell string) string { return "write the completion script of " + shell },
	CompletionLong: func(shell, load string) string {
		return "Write the completion script of " + shell + " to standard output. This line loads it, in a session or " +
			"in a file that the shell reads as it starts:\n\n  " + load
	},
}

// englishModels say of each bundled server how it works.
var englishModels = map[string]string{
	"loop":       "one client after the other; the rest wait in the backlog",
	"select":     "one thread asks select(2) which of its connections are ready",
	"poll":       "one thread asks poll(2) which of its connections are ready",
	"epoll":      "one thread learns from epoll(7) which of its connections are ready",
	"fork":       "a process a connection, forked without exec; over UDP a process a datagram",
	"prefork":    "processes forked beforehand, each of which accepts for itself; the dead are replaced",
	"forkexec":   "a process a connection that executes a program anew, as inetd and sshd do",
	"thread":     "a kernel thread a connection that ends with it; over UDP a thread a datagram",
	"threadpool": "threads started beforehand, which take connections from a queue",
	"coroutine":  "one thread, an event loop, and a coroutine a connection, as gevent does",
	"goroutine":  "a goroutine a connection over the runtime's own epoll, as Go programs do",
	"http":       "the class HTTPServer: pages, JSON, keep-alive; a thread (or a goroutine) a connection",
}
