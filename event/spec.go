package event

import (
	"fmt"
	"strconv"
)

// Kind says what happened.
type Kind uint8

// The kinds. Their numbers are written in recordings: never change one, append new ones before KindCount.
const (
	None       Kind = iota
	Seen            // a task that existed before the trace, or was found again after a loss
	Fork            // a task was created
	Exec            // a program was executed
	Exit            // a task ended
	Signal          // SIGCHLD was generated
	Deliver         // a signal was handed to a handler, or taken by a wait for signals
	Wait            // a wait call returned a child
	Release         // a task's last trace left the kernel: it has been reaped
	Accept          // a connection was accepted
	Lost            // the kernel side had to drop events
	End             // the trace ended: what follows only confirms what came before
	Kill            // a signal other than SIGCHLD was sent
	Stop            // a signal stopped a process
	Dispose         // what a process does about SIGCHLD changed
	Serve           // a task read or wrote a connection that another task had before
	Close           // the last descriptor of a connection was closed
	Datagram        // a datagram was received
	Snapshot        // all that is there has been seen: what was not is gone
	Spawn           // a coroutine was created
	Switch          // control went to a coroutine
	Finish          // a coroutine ended
	IOUring         // an io_uring was set up
	Request         // the first line of an HTTP request was read
	Response        // the first line of an HTTP answer was written
	Rename          // a task was given another name
	Subreaper       // a process set or unset its attribute "child subreaper"
	Fail            // a system call failed
	Stall           // a call held a task for long
	ListenDrop      // the kernel dropped attempts to connect
	Hold            // a process holds a socket that it may have got by inheritance
	LetGo           // a process has closed all that it had of a connection, which goes on
	Waiting         // a wait has begun that passes over other children
	// KindCount is one more than the last kind.
	KindCount
)

// Type is how a field's value is written.
type Type uint8

// The types. All but String are numbers.
const (
	Int      Type = iota
	Hex           // unsigned, written with 0x
	Duration      // nanoseconds
	Enum          // index into Names
	Bits          // each set bit by its name in Names
	String        // bytes of another program: raw
)

// A Field describes one field of a kind and reaches it in an Event.
type Field struct {
	Name  string // as in JSON and in the text form
	Doc   string // one line
	Type  Type
	Names []string // of an Enum's values or of the bits, some of a Hex's

	// Shared: it is behind a pointer. Unshare an event that has been copied before you set it.
	Shared bool

	place
}

// Number returns the field's value in e, for every Type but String. Unsigned 64-bit values keep their bit pattern.
func (f *Field) Number(e *Event) int64 {
	p := f.in(e)
	if p == nil {
		return 0
	}
	switch f.width {
	case width32:
		return int64(*(*int32)(p))
	case widthU32:
		return int64(*(*uint32)(p))
	case width16:
		return int64(*(*int16)(p))
	case widthU16:
		return int64(*(*uint16)(p))
	case widthU8:
		return int64(*(*uint8)(p))
	}
	return *(*int64)(p)
}

// SetNumber sets the field in e, for every Type but String.
func (f *Field) SetNumber(e *Event, v int64) {
	p := f.toSet(e, v == 0)
	if p == nil {
		return
	}
	switch f.width {
	case width32, widthU32:
		*(*int32)(p) = int32(v)
	case width16, widthU16:
		*(*int16)(p) = int16(v)
	case widthU8:
		*(*uint8)(p) = uint8(v)
	default:
		*(*int64)(p) = v
	}
}

// Text returns the value of a String field in e.
func (f *Field) Text(e *Event) string {
	if p := f.in(e); p != nil {
		return *(*string)(p)
	}
	return ""
}

// SetText sets a String field in e.
func (f *Field) SetText(e *Event, v string) {
	if p := f.toSet(e, v == ""); p != nil {
		*(*string)(p) = v
	}
}

// A Spec describes a kind: its name, what it means, and its own fields beside the Common ones.
type Spec struct {
	Name   string
	Doc    string
	Fields []Field
}

func number[T integer](name, doc string, typ Type, at func(*Event) *T, names ...string) Field {
	return Field{Name: name, Doc: doc, Type: typ, Names: names, place: within(at, widthOf[T]())}
}

func text[T ~string](name, doc string, at func(*Event) *T) Field {
	return Field{Name: name, Doc: doc, Type: String, place: within(at, 0)}
}

func sharedNumber[S any, T integer](name, doc string, typ Type, part func(*Event) **S, at func(*S) *T,
	names ...string) Field {
	return Field{Name: name, Doc: doc, Type: typ, Shared: true, Names: names, place: behind(part, at, widthOf[T]())}
}

func sharedText[S any, T ~string](name, doc string, part func(*Event) **S, at func(*S) *T) Field {
	return Field{Name: name, Doc: doc, Type: String, Shared: true, place: behind(part, at, 0)}
}

func socket(e *Event) **Socket { return &e.Socket }

func rare(e *Event) **Rare { return &e.Rare }

// used makes a field of what was used.
func used[T integer](name, doc string, typ Type, at func(*Cost) *T) Field {
	return sharedNumber(name, doc, typ, func(e *Event) **Cost { return &e.Cost }, at)
}

// usage makes the fields of what a task, or a process, has used.
func usage(prefix, whose string, of func(*Cost) *Usage) []Field {
	return []Field{
		used(prefix+"cpu", "how long "+whose+" was on a CPU, as the scheduler counts it", Duration,
			func(c *Cost) *Time { return &of(c).CPU }),
		used(prefix+"user", "how much of it the kernel found in user space, in whole ticks of its timer interrupt",
			Duration, func(c *Cost) *Time { return &of(c).User }),
		used(prefix+"system", "likewise, in the kernel", Duration, func(c *Cost) *Time { return &of(c).System }),
		used(prefix+"nvcsw", "voluntary context switches", Int, func(c *Cost) *uint64 { return &of(c).Voluntary }),
		used(prefix+"nivcsw", "involuntary ones", Int, func(c *Cost) *uint64 { return &of(c).Involuntary }),
		used(prefix+"minflt", "page faults that needed no reading", Int,
			func(c *Cost) *uint64 { return &of(c).MinorFaults }),
		used(prefix+"majflt", "page faults that did", Int, func(c *Cost) *uint64 { return &of(c).MajorFaults }),
	}
}

// costs are the fields of a Cost.
func costs() []Field {
	fields := usage("", "the task", func(c *Cost) *Usage { return &c.Task })
	fields = append(fields, used("run_delay", "how long the task could run and had no CPU; 0 when not known", Duration,
		func(c *Cost) *Time { return &c.RunDelay }))
	fields = append(fields, usage("group_", "the process (with group_dead)",
		func(c *Cost) *Usage { return &c.Process })...)
	return append(fields, used("maxrss", "the most memory that the process had in RAM, bytes; 0 when not known", Int,
		func(c *Cost) *uint64 { return &c.MaxRSS }))
}

// The fields that several kinds share.
var (
	comm   = text("comm", "command name, at most 15 bytes", func(e *Event) *Text { return &e.Comm })
	parent = number("parent", "process id of the real parent", Int, func(e *Event) *PID { return &e.Parent })
	status = number("status", "wait status, as WIFEXITED and WIFSIGNALED read it", Hex,
		func(e *Event) *int32 { return &e.Status })
	signal = number("signal", "signal number", Int, func(e *Event) *int32 { return &e.Signal })
	child  = number("child", "thread id of the child", Int, func(e *Event) *TID { return &e.Child.TID })
	childS = number("child_start", "when the child was created, since boot", Duration,
		func(e *Event) *Time { return &e.Child.Start })
	target = number("target", "thread id of the task it was sent to", Int, func(e *Event) *TID { return &e.Target })
	tgroup = number("target_pid", "process id of the task it was sent to", Int,
		func(e *Event) *PID { return &e.TargetPID })
	result = number("result", "what became of it", Enum, func(e *Event) *Result { return &e.Result }, "queued",
		"ignored", "coalesced", "overflow_failed", "lose_info", "ending", "protected", "orphaned")
	// Of a signal that was handed over there is nothing to say.
	undone = number("result", "why its default action was not done", Enum, func(e *Event) *Result { return &e.Result },
		append([]string{""}, result.Names[1:]...)...)
	code   = number("code", "si_code: why it was sent", Int, func(e *Event) *int32 { return &e.Code })
	action = number("disposition", "what the process does about the signal", Enum,
		func(e *Event) *Disposition { return &e.Disposition }, "unknown", "default", "ignore", "handler")
	conn = number("connection", "its number in this trace, from 1 in the order of the accepts", Int,
		func(e *Event) *uint64 { return &e.Connection })
	local = sharedText("local", "local address; of a bind the one that was asked for", socket,
		func(s *Socket) *Addr { return &s.Local })
	listener = sharedText("listener", "address of the listening socket", socket,
		func(s *Socket) *Addr { return &s.Listener })
	queue = sharedNumber("queue", "connections that wait in the backlog", Int, socket,
		func(s *Socket) *uint32 { return &s.Queue })
	backlog = sharedNumber("backlog", "limit of the backlog, which can be one above it", Int, socket,
		func(s *Socket) *uint32 { return &s.Backlog })
	count  = number("count", "how many", Int, func(e *Event) *uint64 { return &e.Count })
	errno  = sharedNumber("errno", "the error", Enum, rare, func(r *Rare) *Errno { return &r.Errno }, errnoNames[:]...)
	bytesR = number("bytes_read", "bytes that were read", Int, func(e *Event) *uint64 { return &e.BytesRead })
	bytesW = number("bytes_written", "bytes that were written", Int, func(e *Event) *uint64 { return &e.BytesWritten })
	nsPID  = number("ns_pid", "id of the task in the PID namespace of its parent", Int,
		func(e *Event) *PID { return &e.NSPID })
	innerPID = number("inner_pid", "id of the task in its own PID namespace", Int,
		func(e *Event) *PID { return &e.InnerPID })
	exitSignal = number("exit_signal", "signal sent when the task ends; 0 none, -1 for a thread", Int,
		func(e *Event) *int16 { return &e.ExitSignal })
	path = text("path", "the file executed", func(e *Event) *string { return &e.Path })
	args = text("args", "arguments, each ended by a NUL byte", func(e *Event) *string { return &e.Args })
	call = number("call", "the system call; io_uring: a request to one", Enum,
		func(e *Event) *Call { return &e.Call }, callNames[:Listen+1]...)
	idtype = number("idtype", "for whom the call asks, as waitid(2) names it: any child (wait4 of -1), one by its id, "+
		"those in a process group (wait4 of a negative number), one by its pidfd", Enum,
		func(e *Event) *IDType { return &e.IDType }, "unknown", "all", "pid", "pgid", "pidfd")
	id = number("id", "the process or group that it asks for, as the PID namespace of the caller counts; of a "+
		"pidfd the process that it stands for, 0 when it has none there; group 0: the caller's own", Int,
		func(e *Event) *PID { return &e.ID })
	options   = number("options", "options of the call", Hex, func(e *Event) *uint32 { return &e.Options })
	subreaper = number("subreaper", "the attribute \"child subreaper\" of its process, which then inherits the "+
		"orphans among its descendants: PR_SET_CHILD_SUBREAPER of prctl(2)", Enum,
		func(e *Event) *Attribute { return &e.Subreaper }, "unknown", "unset", "set")
	reason = number("reason", "why the kernel sent it", Enum, func(e *Event) *Reason { return &e.Reason }, "unknown",
		"parent_death", "timer", "broken_pipe", "terminal", "hangup", "session_ends", "group_orphaned",
		"namespace_ends")
	fd = number("fd", "the descriptor; of an accept -1: there is none, but a place in the table of an io_uring", Int,
		func(e *Event) *int32 { return &e.FD })
	holder = sharedNumber("holder", "the process that has had the socket listen, or the one that has the address "+
		"which is in use; 0: not known, or not traced", Int, rare, func(r *Rare) *PID { return &r.Holder })
	occasion = sharedNumber("occasion", "when that was found: as a program was executed, at a close, as the process "+
		"ended, or by a look at the files of all processes", Enum, rare,
		func(r *Rare) *Occasion { return &r.Occasion }, "unknown", "exec", "close", "exit", "look")
	line = text("line", "the line, raw, at most 128 bytes; path_truncated when it was longer",
		func(e *Event) *string { return &e.Line })
	coro = number("coroutine", "identity of the coroutine while it lives: an address, or the runtime's number",
		Hex, func(e *Event) *uint64 { return &e.Coroutine })
	engine = number("runtime", "what schedules it", Enum, func(e *Event) *Runtime { return &e.Runtime }, "none",
		"coro", "greenlet", "goroutine")
)

// Common are the fields that every event has, in the order in which they are written.
var Common = []Field{
	number("time", "when it happened, since boot", Duration, func(e *Event) *Time { return &e.Time }),
	number("pid", "process id (thread group) of the acting task", Int, func(e *Event) *PID { return &e.PID }),
	number("tid", "thread id of the acting task", Int, func(e *Event) *TID { return &e.Task.TID }),
	number("start", "when the acting task was created, since boot", Duration,
		func(e *Event) *Time { return &e.Task.Start }),
	number("flags", "what qualifies the event", Bits, func(e *Event) *Flags { return &e.Flags },
		"group_dead", "root", "launch", "auto_reap", "reaper_ignores", "path_truncated", "args_truncated", "peek",
		"stopped", "unknown", "untraced", "guessed", "blocked", "nocldwait", "no_child", "nothing", "debugged",
		"signalfd", "asked", "pidfd_closed", "pending", "out_of_memory", "loops", "has_children", "interrupted",
		"peer_open", "peer_finished", "peer_gone"),
}

// specs is the table: a row for each kind.
var specs = complete([KindCount]Spec{
	Seen: {"seen", "a task that existed before the trace, or was found again after a loss",
		[]Field{parent, comm, status,
			number("state", "what its process was", Enum, func(e *Event) *State { return &e.State }, "alive", "zombie",
				"leader_ended"), nsPID, innerPID, exitSignal, path, args, action, subreaper,
			number("stop_signal", "the signal that has stopped its process; 0: it is not stopped", Int,
				func(e *Event) *uint8 { return &e.StopSignal }),
			number("call", "the wait that it is in; none: it is in none, or in one of a 32-bit program", Enum,
				func(e *Event) *Call { return &e.Call }, callNames[:Listen+1]...), idtype, id, options,
			number("waited", "for how long; 0 when not known", Duration,
				func(e *Event) *Time { return &e.Waited })}},
	Fork: {"fork", "a task was created: a process, or a thread when CLONE_THREAD is set", []Field{
		child,
		number("child_pid", "process id of the child", Int, func(e *Event) *PID { return &e.ChildPID }),
		childS, parent,
		nsPID, innerPID,
		number("clone_flags", "flags of clone(2), clone3(2)", Hex, func(e *Event) *uint64 { return &e.CloneFlags },
			cloneNames...),
		exitSignal, comm}},
	Exec: {"exec", "a program was executed", []Field{
		number("old_tid", "thread id before the exec: another one when a thread that was not the leader called it", Int,
			func(e *Event) *TID { return &e.OldTID }),
		comm, path, args, action, subreaper}},
	Exit: {"exit", "a task ended; with group_dead its process ended", append(append([]Field{status, parent,
		number("reaper", "process id of who inherits its children; 0: the kernel reaps them", Int,
			func(e *Event) *PID { return &e.Reaper }), comm}, costs()...),
		sharedNumber("debugger", "process id of the debugger that is told first; 0: none, or it is not known", Int,
			rare, func(r *Rare) *PID { return &r.Debugger }),
		sharedText("reaper_comm", "command name of the reaper, where it inherits any", rare,
			func(r *Rare) *Text { return &r.ReaperComm }))},
	Signal: {"signal", "SIGCHLD was generated; with a code above 0 by a child, else a call sent it", []Field{
		signal, target, tgroup, result, code,
		number("si_pid", "process id of the child, as the receiver's PID namespace counts", Int,
			func(e *Event) *PID { return &e.SiPID }),
		number("si_status", "exit code of the child, or the signal that ended, stopped or continued it", Int,
			func(e *Event) *int32 { return &e.SiStatus }), action}},
	Deliver: {"deliver", "a signal was handed to a handler, taken by a wait for signals, or, at SIG_IGN, discarded " +
		"as it was blocked no longer; or its default action was not done, and result says why",
		[]Field{signal, call, action, undone}},
	Wait: {"wait", "a wait call returned a child; with no_child or nothing it found none, with interrupted a signal " +
		"ended it, or had it begin again (told of those that waiting tells of)",
		[]Field{call,
			idtype, id, child, childS, status, options,
			number("waited", "how long the call took; 0 when not known", Duration,
				func(e *Event) *Time { return &e.Waited })}},
	Release: {"release", "the kernel let go of a dead task: it has been reaped", nil},
	Accept: {"accept", "a connection was accepted", []Field{call,
		fd, conn,
		queue, backlog, listener, local,
		sharedText("peer", "address of the client", socket, func(s *Socket) *Addr { return &s.Peer }),
		sharedNumber("queued", "how long it was in the backlog; 0 when not known", Duration, socket,
			func(s *Socket) *Time { return &s.Queued })}},
	Lost: {"lost", "the kernel side had to drop events, because the ring buffer was full, or the kernel skipped its " +
		"programs (flag `guessed`: so many at most)", []Field{
		number("lost", "kind of the dropped events", Enum, func(e *Event) *Kind { return &e.Lost }),
		count}},
	End: {"end", "the trace ended; what follows only confirms what came before", nil},
	Kill: {"kill", "a signal was sent that ends, stops or continues its receiver, or that asks for something: " +
		"HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TERM; pid 0: by the kernel",
		[]Field{signal, target, tgroup, result, code, reason, action, comm}},
	Stop:    {"stop", "a signal stopped the process", []Field{signal}},
	Dispose: {"disposition", "what the process does about SIGCHLD changed", []Field{signal, action}},
	Serve: {"serve", "the task read or wrote a connection that another task, or none, had read or written before",
		[]Field{conn, bytesR, bytesW}},
	Close: {"close", "the last descriptor of a connection was closed. The flags tell of the client, where that is " +
		"known: `peer_open`, it had neither closed the connection nor shut down its writing; `peer_finished`, it had " +
		"done one of both; `peer_gone`, it had reset the connection or was given up, or had closed a Unix one",
		[]Field{conn, bytesR, bytesW}},
	Datagram: {"datagram", "a datagram was received", []Field{local, bytesR}},
	Snapshot: {"snapshot", "all that was there has been seen since it began: what was known before and was not seen " +
		"again is gone", []Field{
		sharedNumber("began", "when it began, since boot", Duration, rare, func(r *Rare) *Time { return &r.Began })}},
	Spawn: {"spawn", "a coroutine was created; it has not run yet", []Field{engine, coro,
		number("creator", "the coroutine that created it; 0 when it is none or not known", Hex,
			func(e *Event) *uint64 { return &e.Creator })}},
	Switch: {"switch", "control went to a coroutine, on this thread; to 0: to the runtime, or to the code that " +
		"drives a generator", []Field{engine, coro,
		number("previous", "the coroutine that had control; 0 when it is none or not known", Hex,
			func(e *Event) *uint64 { return &e.Previous })}},
	Finish: {"finish", "a coroutine ended", []Field{engine, coro,
		number("how", "how it ended", Enum, func(e *Event) *How { return &e.How }, "unknown", "returned", "failed",
			"exited", "panicked", "dropped")}},
	IOUring: {"io_uring", "an io_uring was set up; with unknown: what its process accepts and closes through it is " +
		"not seen", nil},
	Request:  {"request", "the first line of an HTTP/1 request was read; only with --http", []Field{conn, line}},
	Response: {"response", "the first line of an HTTP/1 answer was written; only with --http", []Field{conn, line}},
	Rename: {"rename", "the task was given another name, by itself or within its process; what comes with an exec " +
		"is in that event", []Field{comm}},
	Subreaper: {"subreaper", "the process set or unset its attribute \"child subreaper\", which a fork does not " +
		"inherit and an exec keeps; a call that changes nothing is told, too", []Field{subreaper}},
	Fail: {"fail", "a system call failed. Of calls of one task that fail in the same way, one after the other, the " +
		"first is told (count 1), and when there were more, how many, as soon as that is over: with a call that " +
		"succeeds or fails otherwise, or the end of the task or of the trace. EINTR, a call that begins again and " +
		"EAGAIN of accept are no failures", []Field{call, errno, count,
		sharedNumber("limit", "what the call ran into; unknown: that was not found out", Enum, rare,
			func(r *Rare) *Limit { return &r.Limit }, "unknown", "rlimit_nofile", "rlimit_nproc", "pids_cgroup"),
		sharedNumber("max", "how much the limit allows", Int, rare, func(r *Rare) *uint64 { return &r.Max }),
		path, listener, local,
		holder}},
	Stall: {"stall", "something has held the task for long; only with --stalls. With cpu it is a turn that computed: " +
		"from where the task came out of the wait of its event loop, or gave control to a coroutine, to where it did " +
		"so next. Without, a call that is no such wait had blocked it at once, and it runs again", []Field{
		number("call", "the system call, by its name in the kernel's tables; none: it was outside of one, as for "+
			"a page that had to be read, or in one without a name", Enum, func(e *Event) *Call { return &e.Call },
			callNames...),
		number("waited", "for how long, until it had a CPU again; of a turn, how long that took", Duration,
			func(e *Event) *Time { return &e.Waited }),
		used("cpu", "for how long of the turn it had a CPU", Duration,
			func(c *Cost) *Time { return &c.Task.CPU })}},
	ListenDrop: {"listen_drop", "attempts to connect to a TCP socket that listens were dropped by the kernel, mostly " +
		"as its backlog was full; each repetition counts. Told at an accept, when the socket is closed, and by pid 0 " +
		"before tracer leaves: then also with a count of 0, if connections wait there",
		[]Field{listener, count, queue, backlog}},
	Hold: {"hold", "the process has a descriptor of a connection, or, of connection 0, of a socket that listens: as " +
		"a program is executed, which did not close it, and, of such a listener, as the process ends; and when a " +
		"look found it. Of descriptors that lie side by side the first is told, and none above 1,048,575",
		[]Field{occasion, fd, conn, listener, holder, comm}},
	LetGo: {"let_go", "the process, the last to have read or written a connection, has closed all descriptors that " +
		"it had of it, by close(2), dup2(2), dup3(2) or close_range(2), by an exec or with its end, and others have " +
		"it still: another process, or a call under way",
		[]Field{occasion, conn}},
	Waiting: {"waiting", "a thread is in wait4(2) or waitid(2) and may sleep there. Reported when the call begins if " +
		"the end of another child would not end it (it is for one child, for a process group, or not for ends) and " +
		"the process has another child or thread, or inherits orphans. Any other call, such as one for any child, " +
		"is reported once it has lasted 100 ms, within a few seconds, and before tracer leaves. The call is over at " +
		"the next wait of the same thread, or when the thread exits. With the flag unknown, a 32-bit call has " +
		"begun, whose return no tracepoint reports",
		[]Field{call, idtype, id, options,
			number("waited", "for how long it has been under way; 0: it begins", Duration,
				func(e *Event) *Time { return &e.Waited })}},
})

// complete adds what is made of the rows: the names of the kinds, in the one field that tells of a kind.
func complete(rows [KindCount]Spec) [KindCount]Spec {
	names := []string{"none"}
	for _, row := range rows[1:] {
		names = append(names, row.Name)
	}
	rows[Lost].Fields[0].Names = names
	return rows
}

// Kinds lists every kind.
func Kinds() []Kind {
	kinds := make([]Kind, 0, KindCount-1)
	for k := None + 1; k < KindCount; k++ {
		kinds = append(kinds, k)
	}
	return kinds
}

// Spec returns the row of k; an unknown kind has an empty one.
func (k Kind) Spec() *Spec {
	if k >= KindCount {
		k = None
	}
	return &specs[k]
}

// Mark reports whether an event of this kind only says something of the trace, and nothing of what was traced.
func (k Kind) Mark() bool { return k == Lost || k == Snapshot }

// String returns the kind's name.
func (k Kind) String() string {
	if k == None || k >= KindCount {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return specs[k].Name
}

// String returns the runtime's name, as in events.
func (r Runtime) String() string { return named(engine.Names, r) }

// named returns the name of a number, and one that it has none itself.
func named[T ~uint8 | ~uint16](names []string, n T) string {
	if int(n) >= len(names) {
		return strconv.Itoa(int(n))
	}
	return names[n]
}

// String returns the reason's name, as in events.
func (r Reason) String() string {
	if int(r) >= len(reason.Names) {
		return fmt.Sprintf("reason(%d)", uint8(r))
	}
	return reason.Names[r]
}

// ParseKind finds a kind by its name.
func ParseKind(name string) (Kind, error) {
	for k := None + 1; k < KindCount; k++ {
		if specs[k].Name == name {
			return k, nil
		}
	}
	return None, fmt.Errorf("unknown event kind %q", name)
}
