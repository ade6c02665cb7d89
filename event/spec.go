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
	Control         // the user changes something of what is traced, from the screen
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
	fields = append(fields, used("run_delay", "how long the task was runnable without having a CPU; 0 if not known",
		Duration,
		func(c *Cost) *Time { return &c.RunDelay }))
	fields = append(fields, usage("group_", "the process (with group_dead)",
		func(c *Cost) *Usage { return &c.Process })...)
	return append(fields, used("maxrss", "peak resident set size of the process, in bytes; 0 if not known", Int,
		func(c *Cost) *uint64 { return &c.MaxRSS }))
}

// The fields that several kinds share.
var (
	comm   = text("comm", "command name, at most 15 bytes", func(e *Event) *Text { return &e.Comm })
	parent = number("parent", "process id of the real parent", Int, func(e *Event) *PID { return &e.Parent })
	status = number("status", "wait status, as decoded by WIFEXITED and WIFSIGNALED", Hex,
		func(e *Event) *int32 { return &e.Status })
	signal = number("signal", "signal number", Int, func(e *Event) *int32 { return &e.Signal })
	child  = number("child", "thread id of the child", Int, func(e *Event) *TID { return &e.Child.TID })
	childS = number("child_start", "when the child was created, since boot", Duration,
		func(e *Event) *Time { return &e.Child.Start })
	target = number("target", "thread id of the receiver", Int, func(e *Event) *TID { return &e.Target })
	tgroup = number("target_pid", "process id of the receiver", Int,
		func(e *Event) *PID { return &e.TargetPID })
	result = number("result", "what became of it", Enum, func(e *Event) *Result { return &e.Result }, "queued",
		"ignored", "coalesced", "overflow_failed", "lose_info", "ending", "protected", "orphaned")
	// Of a signal that was handed over there is nothing to say.
	undone = number("result", "why the default action was not taken", Enum, func(e *Event) *Result { return &e.Result },
		append([]string{""}, result.Names[1:]...)...)
	code = number("code", "si_code, which tells why the signal was sent", Int,
		func(e *Event) *int32 { return &e.Code })
	action = number("disposition", "disposition of the signal in the receiving process", Enum,
		func(e *Event) *Disposition { return &e.Disposition }, "unknown", "default", "ignore", "handler")
	conn = number("connection", "number of the connection in this trace, from 1, in the order of the accepts", Int,
		func(e *Event) *uint64 { return &e.Connection })
	local = sharedText("local", "local address; for bind, the requested address", socket,
		func(s *Socket) *Addr { return &s.Local })
	listener = sharedText("listener", "address of the listening socket", socket,
		func(s *Socket) *Addr { return &s.Listener })
	queue = sharedNumber("queue", "connections waiting in the backlog", Int, socket,
		func(s *Socket) *uint32 { return &s.Queue })
	backlog = sharedNumber("backlog", "limit of the backlog, which can hold one connection more", Int, socket,
		func(s *Socket) *uint32 { return &s.Backlog })
	count  = number("count", "how many", Int, func(e *Event) *uint64 { return &e.Count })
	errno  = sharedNumber("errno", "the error", Enum, rare, func(r *Rare) *Errno { return &r.Errno }, errnoNames[:]...)
	bytesR = number("bytes_read", "bytes read", Int, func(e *Event) *uint64 { return &e.BytesRead })
	bytesW = number("bytes_written", "bytes written", Int, func(e *Event) *uint64 { return &e.BytesWritten })
	nsPID  = number("ns_pid", "id of the task in the PID namespace of its parent", Int,
		func(e *Event) *PID { return &e.NSPID })
	innerPID = number("inner_pid", "id of the task in its own PID namespace", Int,
		func(e *Event) *PID { return &e.InnerPID })
	exitSignal = number("exit_signal", "signal sent to the parent when the process ends; 0: none, -1: a thread", Int,
		func(e *Event) *int16 { return &e.ExitSignal })
	path = text("path", "the executed file", func(e *Event) *string { return &e.Path })
	args = text("args", "arguments, each terminated by a NUL byte", func(e *Event) *string { return &e.Args })
	call = number("call", "the system call; io_uring: a request submitted to an io_uring", Enum,
		func(e *Event) *Call { return &e.Call }, callNames[:Listen+1]...)
	idtype = number("idtype", "which children the call waits for, in the terms of waitid(2): any child (pid -1 "+
		"for wait4), one child by its id, those in a process group (a negative pid for "+
		"wait4), one child by pidfd", Enum,
		func(e *Event) *IDType { return &e.IDType }, "unknown", "all", "pid", "pgid", "pidfd")
	id = number("id", "id of that process or process group in the caller's PID namespace; for a pidfd, "+
		"the id of its process, 0 if it has none there; for a group, 0 is the caller's "+
		"own", Int,
		func(e *Event) *PID { return &e.ID })
	options   = number("options", "options of the call", Hex, func(e *Event) *uint32 { return &e.Options })
	subreaper = number("subreaper", "whether its process is a child subreaper (PR_SET_CHILD_SUBREAPER of prctl(2)), "+
		"which adopts orphaned descendants", Enum,
		func(e *Event) *Attribute { return &e.Subreaper }, "unknown", "unset", "set")
	reason = number("reason", "why the kernel sent the signal", Enum,
		func(e *Event) *Reason { return &e.Reason }, "unknown",
		"parent_death", "timer", "broken_pipe", "terminal", "hangup", "session_ends", "group_orphaned",
		"namespace_ends")
	fd = number("fd", "file descriptor; for an accept, -1 if the connection only has a slot in the "+
		"table of registered files of an io_uring", Int,
		func(e *Event) *int32 { return &e.FD })
	holder = sharedNumber("holder", "the process that called listen on the socket or, after EADDRINUSE, the one that "+
		"uses the address; 0: not known, or not traced", Int, rare, func(r *Rare) *PID { return &r.Holder })
	occasion = sharedNumber("occasion",
		"when this was found: at an exec, at a close, at the exit of the process, or by a "+
			"scan of the open files of all processes", Enum, rare,
		func(r *Rare) *Occasion { return &r.Occasion }, "unknown", "exec", "close", "exit", "look")
	line = text("line", "the line as sent, at most 128 bytes; the flag path_truncated is set if it was "+
		"longer",
		func(e *Event) *string { return &e.Line })
	coro = number("coroutine", "identifies the coroutine while it exists: an address, or the runtime's own "+
		"number",
		Hex, func(e *Event) *uint64 { return &e.Coroutine })
	engine = number("runtime", "the runtime that schedules it", Enum,
		func(e *Event) *Runtime { return &e.Runtime }, "none",
		"coro", "greenlet", "goroutine")
)

// Common are the fields that every event has, in the order in which they are written.
var Common = []Field{
	number("time", "when the event happened, since boot", Duration, func(e *Event) *Time { return &e.Time }),
	number("pid", "process id (thread group id) of the acting task", Int, func(e *Event) *PID { return &e.PID }),
	number("tid", "thread id of the acting task", Int, func(e *Event) *TID { return &e.Task.TID }),
	number("start", "when the acting task was created, since boot", Duration,
		func(e *Event) *Time { return &e.Task.Start }),
	number("flags", "what qualifies the event", Bits, func(e *Event) *Flags { return &e.Flags },
		"group_dead", "root", "launch", "auto_reap", "reaper_ignores", "path_truncated", "args_truncated", "peek",
		"stopped", "unknown", "untraced", "guessed", "blocked", "nocldwait", "no_child", "nothing", "debugged",
		"signalfd", "asked", "pidfd_closed", "pending", "out_of_memory", "loops", "has_children", "interrupted",
		"peer_open", "peer_finished", "peer_gone", "unwaitable"),
}

// specs is the table: a row for each kind.
var specs = complete([KindCount]Spec{
	Seen: {"seen", "a task existed before the trace, or was found again after a loss of events",
		[]Field{parent, comm, status,
			number("state", "state of its process", Enum, func(e *Event) *State { return &e.State }, "alive", "zombie",
				"leader_ended"), nsPID, innerPID, exitSignal, path, args, action, subreaper,
			number("stop_signal", "signal that stopped its process; 0: it is not stopped", Int,
				func(e *Event) *uint8 { return &e.StopSignal }),
			number("call", "the wait call in which it sleeps; none: it is in no such call, or in a 32-bit "+
				"one", Enum,
				func(e *Event) *Call { return &e.Call }, callNames[:Listen+1]...), idtype, id, options,
			number("waited", "how long it has been in that call; 0 if not known", Duration,
				func(e *Event) *Time { return &e.Waited })}},
	Fork: {"fork", "a task was created: a thread if CLONE_THREAD is set, a process otherwise", []Field{
		child,
		number("child_pid", "process id of the child", Int, func(e *Event) *PID { return &e.ChildPID }),
		childS, parent,
		nsPID, innerPID,
		number("clone_flags", "flags of clone(2) or clone3(2)", Hex, func(e *Event) *uint64 { return &e.CloneFlags },
			cloneNames...),
		exitSignal, comm}},
	Exec: {"exec", "a program was executed", []Field{
		number("old_tid", "thread id before the exec; it differs from tid if a thread other than the leader "+
			"called it", Int,
			func(e *Event) *TID { return &e.OldTID }),
		comm, path, args, action, subreaper}},
	Exit: {"exit", "a task exited; with the flag group_dead it was the last one of its process. With unwaitable, its " +
		"parent cannot wait for it yet: the init of a PID namespace first waits until all other processes there " +
		"have been reaped, and much memory takes time to release; a signal to its parent, or to its debugger, tells " +
		"when it can",
		append(append([]Field{status, parent,
			number("reaper", "process id of the process that adopts its children; 0: the kernel reaps them", Int,
				func(e *Event) *PID { return &e.Reaper }), comm}, costs()...),
			sharedNumber("debugger", "process id of its debugger (ptrace), which is notified before the parent; 0: "+
				"none, or not known", Int,
				rare, func(r *Rare) *PID { return &r.Debugger }),
			sharedText("reaper_comm", "command name of the reaper, if there are children to adopt", rare,
				func(r *Rare) *Text { return &r.ReaperComm }))},
	Signal: {"signal", "a SIGCHLD was generated: for a child if code is above 0, otherwise by a system " +
		"call", []Field{
		signal, target, tgroup, result, code,
		number("si_pid", "process id of the child in the receiver's PID namespace", Int,
			func(e *Event) *PID { return &e.SiPID }),
		number("si_status", "exit code of the child, or the signal that killed, stopped or continued it", Int,
			func(e *Event) *int32 { return &e.SiStatus }), action}},
	Deliver: {"deliver", "a signal was delivered to a handler, taken by sigwait(3), sigtimedwait(2) or the " +
		"like, or discarded when it was unblocked while set to SIG_IGN; or its default " +
		"action was not taken, and result says why",
		[]Field{signal, call, action, undone}},
	Wait: {"wait", "a wait call returned a child. With the flag no_child there was none to wait for " +
		"(ECHILD), with nothing none had changed state (WNOHANG); with interrupted, a " +
		"signal ended or restarted a call that a waiting event had reported",
		[]Field{call,
			idtype, id, child, childS, status, options,
			number("waited", "how long the call took; 0 if not known", Duration,
				func(e *Event) *Time { return &e.Waited })}},
	Release: {"release", "the kernel released a dead task: it has been reaped", nil},
	Accept: {"accept", "a connection was accepted", []Field{call,
		fd, conn,
		queue, backlog, listener, local,
		sharedText("peer", "address of the client", socket, func(s *Socket) *Addr { return &s.Peer }),
		sharedNumber("queued", "how long it waited in the backlog; 0 if not known", Duration, socket,
			func(s *Socket) *Time { return &s.Queued })}},
	Lost: {"lost", "events were lost, because the ring buffer was full, or because the kernel " +
		"skipped the BPF programs (flag `guessed`: at most this many)", []Field{
		number("lost", "kind of the lost events", Enum, func(e *Event) *Kind { return &e.Lost }),
		count}},
	End: {"end", "the trace ended; later events only complete what came before", nil},
	Kill: {"kill", "a signal was sent that kills, stops or continues its receiver, or one of HUP, " +
		"INT, QUIT, USR1, USR2, PIPE, ALRM and TERM, which a process may handle; pid 0: " +
		"sent by the kernel",
		[]Field{signal, target, tgroup, result, code, reason, action, comm}},
	Stop:    {"stop", "a signal stopped the process", []Field{signal}},
	Dispose: {"disposition", "the process changed its disposition of SIGCHLD", []Field{signal, action}},
	Serve: {"serve", "the task read or wrote a connection that no task, or another one, had last read " +
		"or written",
		[]Field{conn, bytesR, bytesW}},
	Close: {"close", "the last file descriptor of a connection was closed. Flags give the state of the " +
		"client, if it is known: `peer_open`: it had neither closed the connection nor " +
		"shut down its sending side; `peer_finished`: it had done one of these; " +
		"`peer_gone`: it had reset the connection or timed out, or had closed a Unix " +
		"socket",
		[]Field{conn, bytesR, bytesW}},
	Datagram: {"datagram", "a datagram was received", []Field{local, bytesR}},
	Snapshot: {"snapshot", "a scan of all tasks is complete: whatever was known before it began and was not " +
		"found again is gone", []Field{
		sharedNumber("began", "when it began, since boot", Duration, rare, func(r *Rare) *Time { return &r.Began })}},
	Spawn: {"spawn", "a coroutine was created and has not run yet", []Field{engine, coro,
		number("creator", "the coroutine that created it; 0: none, or not known", Hex,
			func(e *Event) *uint64 { return &e.Creator }),
		sharedText("class", "of a greenlet: the name of its Python type, at most 63 bytes; empty: not known",
			rare, func(r *Rare) *Text { return &r.Class })}},
	Switch: {"switch", "this thread switched to a coroutine; 0: to the runtime, or to the code that " +
		"drives a generator", []Field{engine, coro,
		number("previous", "the coroutine that was running; 0: none, or not known", Hex,
			func(e *Event) *uint64 { return &e.Previous })}},
	Finish: {"finish", "a coroutine ended", []Field{engine, coro,
		number("how", "how it ended", Enum, func(e *Event) *How { return &e.How }, "unknown", "returned", "failed",
			"exited", "panicked", "dropped")}},
	IOUring: {"io_uring", "an io_uring was set up. With the flag unknown, connections that its process " +
		"accepts and closes through it are not seen", nil},
	Request:  {"request", "the first line of an HTTP/1 request was read; only with --http", []Field{conn, line}},
	Response: {"response", "the first line of an HTTP/1 answer was written; only with --http", []Field{conn, line}},
	Rename: {"rename", "the command name of the task was changed, by itself or by another task of its " +
		"process, but not by an exec", []Field{comm}},
	Subreaper: {"subreaper", "the process set or cleared its child subreaper attribute, which fork does not " +
		"inherit and exec preserves; reported even if nothing changed", []Field{subreaper}},
	Fail: {"fail", "a system call failed. If calls of a task fail in the same way repeatedly, the " +
		"first is reported with a count of 1, and the number of the others once the " +
		"series is over: when such a call succeeds or fails differently, or when the task " +
		"or the trace ends. EINTR, restarted calls, and EAGAIN of accept do not count as " +
		"failures", []Field{call, errno, count,
		sharedNumber("limit", "the limit that was reached; unknown: it was not determined", Enum, rare,
			func(r *Rare) *Limit { return &r.Limit }, "unknown", "rlimit_nofile", "rlimit_nproc", "pids_cgroup"),
		sharedNumber("max", "value of that limit", Int, rare, func(r *Rare) *uint64 { return &r.Max }),
		path, listener, local,
		holder}},
	Stall: {"stall", "the task was held up for long; only with --stalls. With cpu, one turn used that " +
		"much CPU time: a turn lasts from when the task returns from the wait of its " +
		"event loop, or switches to a coroutine, until it next does so. Without cpu, the " +
		"task was blocked for that long in one go in a call other than that wait, and now " +
		"runs again", []Field{
		number("call", "the system call, by its name in the kernel's table; none: it was blocked outside "+
			"any call, for example by a page fault, or in a call without a name", Enum,
			func(e *Event) *Call { return &e.Call },
			callNames...),
		number("waited", "how long it was blocked, until it had a CPU again; for a turn, how long that "+
			"lasted", Duration,
			func(e *Event) *Time { return &e.Waited }),
		used("cpu", "CPU time used in the turn", Duration,
			func(c *Cost) *Time { return &c.Task.CPU })}},
	ListenDrop: {"listen_drop", "the kernel dropped attempts to connect to a listening TCP socket, usually " +
		"because its backlog was full; retries count too. Reported at the next accept, " +
		"when the socket is closed, and with pid 0 before tracer leaves; then also with a " +
		"count of 0 if connections are waiting there",
		[]Field{listener, count, queue, backlog}},
	Hold: {"hold", "the process has a file descriptor of a connection or, if connection is 0, of a " +
		"listening socket. Reported when an exec left it open, when a process that " +
		"executed with such a listening socket ends, and when a scan of open files found " +
		"it. Of adjacent descriptors only the first is reported, and none above 1,048,575",
		[]Field{occasion, fd, conn, listener, holder, comm}},
	LetGo: {"let_go", "the process that last read or wrote a connection closed its last descriptor of " +
		"it, by close(2), dup2(2), dup3(2), close_range(2), an exec or its exit, while " +
		"the connection stays open: another process has a descriptor of it, or a system " +
		"call is still using it",
		[]Field{occasion, conn}},
	Waiting: {"waiting", "a thread is in wait4(2) or waitid(2) and may sleep there. Reported when the call begins if " +
		"the end of another child would not end it (it is for one child, for a process group, or not for ends) and " +
		"the process has another child or thread, or inherits orphans. Any other call, such as one for any child, " +
		"is reported once it has lasted 100 ms, within a few seconds, and before tracer leaves. The call is over at " +
		"the next wait of the same thread, or when the thread exits. With the flag unknown, a 32-bit call has " +
		"begun, whose return no tracepoint reports",
		[]Field{call, idtype, id, options,
			number("waited", "how long the call has been under way; 0: it has just begun", Duration,
				func(e *Event) *Time { return &e.Waited })}},
	Control: {"control", "the user has tracer change something, from the control panel of the screen. Reported " +
		"right before it is done, so whatever comes of it is reported later; pid is that of tracer",
		[]Field{
			sharedNumber("action", "what is changed: how the server reaps, how often clients come, how many come at "+
				"once (burst), how many are there at once, what is done for a request; or which signal is sent; or "+
				"which model goes on in place of the server", Enum, rare,
				func(r *Rare) *Action { return &r.Action }, "unknown", "reap", "rate", "burst", "concurrency", "work",
				"signal", "model"),
			sharedText("setting", "to what, as the flags have it; of the rate, how many times as often as they say",
				rare, func(r *Rare) *Text { return &r.Setting }),
			signal, target, tgroup}},
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
