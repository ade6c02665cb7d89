package words

var englishFlags = FlagWords{
	Title:        "Flags:",
	ViewTitle:    "Flags of the screen and the summary:",
	ServerTitle:  "Flags of a bundled server:",
	AttachTitle:  "Flags to attach to what runs already:",
	ClientsTitle: "Flags of the clients:",

	Help:           "this help",
	Version:        "the version of tracer",
	NoDescriptions: "leave the descriptions out",
	Language:       func(names string) string { return "the language of what people read: " + names },
	JSON:           "as JSON",
	Rules:          "hold each recording against the rules in `file` instead",
	JUnit:          "write JUnit's XML",
	ReportJSON:     "report as JSON",

	Buffer:   "size of the ring buffer between kernel and tracer",
	Duration: "end the trace after this time",
	Coroutines: "whose coroutines to trace: auto (of bundled servers, and of Python's greenlet), none, goroutines " +
		"(also those of a Go program), carriers (also the threads that run them)",
	Stalls: "show which calls block a task for so long at once, such as 10ms, or which turns of an event loop or a " +
		"coroutine compute so long; looks at every switch of the machine",
	HTTP:  "show the first line of HTTP requests and answers, which can hold secrets",
	Hooks: "how reapings are seen: auto, functions (fentry), tracepoints",
	Root:  "end the trace when the launched program ends, though its children still run",
	Leave: "leave the command running when the screen is quit",
	Output: "the recording to write, replacing one of that name; - is standard output, and that of the command then " +
		"goes to standard error",
	OutputToo:    "also write a recording, replacing one of that name",
	Quiet:        "no message at the end",
	ExportFormat: func(formats string) string { return "the format: " + formats },
	ExportOutput: "the file to write; - or none is standard output",

	Plain:       "text lines, no screen",
	OnlySummary: "only the summary: no screen, no line for each event",
	SummaryJSON: "only the summary, as one JSON object",
	ASCII:       "ASCII characters only",
	Theme:       func(names string) string { return "colours: " + names },

	Port: "attach to whoever listens on this port (TCP, or UDP that is not connected)",
	Comm: "attach to the processes of this command name",
	Cgroup: "attach to the processes of this cgroup and of those below it: a path below the mount of " +
		"cgroup2, or a folder",
	All: "attach to everything but kernel threads and tracer itself",

	Address:      "where to listen: HOST:PORT, or a path for a Unix socket",
	AnyPort:      "a free port of 127.0.0.1",
	Network:      "tcp, udp or unix",
	Service:      func(names string) string { return "what to serve: " + names },
	Work:         "make each request last (sleep=20ms, cpu=5ms), and how its server ends (exit=3, crash)",
	Reap:         func(names string) string { return "what happens to dead children: " + names },
	Backlog:      "completed connections that may wait for an accept",
	Workers:      "processes or threads of a pool",
	Limit:        "clients served at once",
	Folder:       "serve the files of this folder by HTTP",
	KeepListener: "children keep the listening socket open",
	ReusePort:    "a listening socket for each worker",
	Block:        "the work of a request blocks the thread of all coroutines",
	Goroutines:   "serve HTTP with a goroutine for each connection, not a thread",
	Poll:         "longest time between two looks for dead children with --reap poll",
	Grace:        "how long clients may go on when the server stops",

	Concurrency:  "connections at once",
	Count:        "connections in all",
	CountDefault: "1000, or as many as --duration allows",
	Rate:         "connections begun a second, whether the server keeps up or not",
	AsFast:       "as fast as answers come",
	Burst:        "how many of them begin at the same moment, with --rate",
	Requests:     "requests on each connection",
	Payload:      "bytes of a request",
	Expect:       func(names string) string { return "what answer to expect: " + names },
	LoadDuration: "begin no connection after this time",
	Timeout:      "for connecting, and for each answer",

	OnScreenElse: func(screen, otherwise string) string { return screen + " on the screen, else " + otherwise },
	OfModelElse:  func(value, model, otherwise string) string { return value + " of " + model + ", else " + otherwise },

	Width: "cells",
	At:    "the number of events before the moment",
	Every: "all",
	Keys:  "keys pressed before",
}
