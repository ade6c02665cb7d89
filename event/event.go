// Package event is the vocabulary of tracer: what the kernel side can report, in the words of the kernel and of POSIX.
//
// One table (Specs) describes every kind and every field of it. The recording, the text form, the JSON export and the
// documentation are driven by it, and tests hold the kernel side, the decoder, the model and the words against it.
// ARCHITECTURE.md says what belongs to a new event.
//
// An Event is a flat value. Which fields of it mean something is decided by its Kind; the others are zero.
package event

import "strconv"

// Time is nanoseconds since boot (CLOCK_BOOTTIME), the clock of task->start_boottime.
type Time uint64

// TID is the kernel's id of a task (a thread), in the initial PID namespace.
type TID int32

// PID is the id of a thread group (a process): the TID of its leader, in the initial PID namespace.
type PID int32

// Task identifies a task for good: a TID is used again, a TID together with its start time is not.
type Task struct {
	TID   TID
	Start Time
}

// Addr is a socket address as text: "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock", "unix:@abstract", "unix:" when
// unnamed. Bytes of a Unix path are kept as they are; whoever prints an Addr escapes it.
type Addr string

// Flags qualify an event. They come from the kernel side or mark what user space had to guess.
type Flags uint32

// The flags, each with the kinds on which it can stand.
const (
	// GroupDead (exit): the last task of its thread group ended, so the process ended.
	GroupDead Flags = 1 << iota
	// Root (any but signal, kill): the acting task is the launched root (for a wait or a kill by tracer itself: the
	// one reaped, the one that the signal is sent to).
	Root
	// Launch (exec): the launched root's first exec, which is tracer's doing.
	Launch
	// AutoReap (exit): the parent ignores SIGCHLD or has SA_NOCLDWAIT set, or it is Asked, so the kernel itself will
	// reap. AutoReap (release): the kernel itself has reaped it.
	AutoReap
	// ReaperIgnores (exit): whoever inherits its children ignores SIGCHLD, so those already dead are reaped by the
	// kernel at once.
	ReaperIgnores
	// PathTruncated, ArgsTruncated (exec, seen; the first also request, response): the text was longer than the record.
	PathTruncated
	ArgsTruncated
	// Peek (wait): WNOWAIT, the child stays a zombie.
	Peek
	// Stopped (wait): the child stopped or continued; it has not been reaped.
	Stopped
	// Unknown (wait): the call gave no pid back (waitid without siginfo), so which child was reaped is told by its
	// release. Unknown (release): it was gone when the last traced task ended; a wait that had not returned by then may
	// follow and tell by whom. Unknown (io_uring): what its process accepts and closes through it is not seen. Unknown
	// (close): the kernel finished the connection later, on its own; who had closed it was not seen. Unknown (waiting):
	// that the call returns will not be seen.
	Unknown
	// Untraced (fork, wait, kill, close, hold, control, signal by hand): the acting task is outside the traced set
	// (init, a subreaper, a debugger, tracer).
	Untraced
	// Guessed (any): made or completed by user space after a loss, not reported by the kernel.
	// Guessed (lost): so many at most, as the kernel skipped programs that may have had nothing to tell.
	Guessed
	// Blocked (signal, kill): all threads of the receiver that could take the signal block it, so it stays pending.
	// Blocked (disposition, exec): the task blocks SIGCHLD.
	Blocked
	// NoCldWait (signal, disposition, exec): SA_NOCLDWAIT is set, so the kernel reaps the children.
	NoCldWait
	// NoChild (wait): the call failed with ECHILD.
	NoChild
	// Nothing (wait): there are children and none has ended; the call had WNOHANG.
	Nothing
	// Debugged (exit of a group): a debugger, which is not its parent, is told first; its wait reaps nothing.
	Debugged
	// SignalFD (disposition): it has made a signalfd for SIGCHLD; whoever reads that takes the signal, and no handler
	// runs. SignalFD (kill): likewise for this signal, since its last exec.
	SignalFD
	// Asked (exit): with AutoReap: the process was created so that the kernel reaps it (CLONE_AUTOREAP).
	Asked
	// PidfdClosed (kill): the process was created so that it is killed when its pidfd is closed (CLONE_PIDFD_AUTOKILL);
	// the acting task has closed it.
	PidfdClosed
	// Pending (seen): a SIGCHLD for it is pending, so another one would be coalesced.
	Pending
	// OutOfMemory (exit of a group): as memory ran out, the kernel had chosen the process to be killed.
	OutOfMemory
	// Loops (stall): the task has also been blocked where an event loop rests: in a wait for any of several
	// descriptors, or of those of an epoll or an io_uring.
	Loops
	// HasChildren (exit of a group): it has children, living or dead, which its reaper inherits.
	HasChildren
	// Interrupted (wait): a signal ended the call, or has it begin again.
	Interrupted
	// PeerOpen, PeerFinished, PeerGone (close): what the other side had done by then: neither closed the connection nor
	// shut down its writing; one of both; it had reset the connection or given it up, or closed a Unix one.
	PeerOpen
	PeerFinished
	PeerGone
	// Unwaitable (exit of a group): its parent cannot wait for it yet. It is the init of a PID namespace (then there is
	// no Reaper), and waits until the kernel has ended all others there and each has been reaped; or the kernel has
	// much memory of it to release. A SIGCHLD for it, to its parent or its debugger, tells that it can. Not with
	// AutoReap: of that nothing tells before the task is freed.
	Unwaitable
)

// A Sender is who sent a signal, and why if the kernel did.
type Sender struct {
	PID    PID // 0: the kernel
	Comm   Text
	Reason Reason
	Flags  Flags // of its event
	TID    TID   // the thread
}

// Sender returns who sent the signal that a kill tells of.
func (e *Event) Sender() Sender { return Sender{e.PID, e.Comm, e.Reason, e.Flags, e.Task.TID} }

// ByTracer reports whether tracer itself sent it, to what it has launched.
func (s *Sender) ByTracer() bool { return s.Flags.Has(Root | Untraced) }

// ByTracer reports whether tracer itself sent the signal that a kill tells of, to what it has launched.
func (e *Event) ByTracer() bool { return e.Flags.Has(Root | Untraced) }

// Result is what became of a generated signal (trace/events/signal.h: TRACE_SIGNAL_*).
type Result uint8

// The results in the kernel's own numbering.
const (
	Queued Result = iota
	Ignored
	Coalesced // TRACE_SIGNAL_ALREADY_PENDING: the same signal was pending, this one is lost in it
	OverflowFailed
	LoseInfo
	// The kernel says ignored of these, too.
	Ending    // discarded: the process is ending already
	Protected // discarded: an init is spared the default action of what its own namespace, or anybody, sends
	Orphaned  // deliver: discarded: SIGTSTP, SIGTTIN and SIGTTOU do not stop a process whose group is orphaned
)

// Reason is why the kernel sent a signal, where it tells.
type Reason uint8

// The reasons.
const (
	ReasonUnknown Reason = iota // or none: a call sent it
	ParentDeath                 // PR_SET_PDEATHSIG: the acting task, which was the parent of the receiver, ended
	Timer                       // of the receiver's own
	BrokenPipe                  // the receiver wrote where nobody reads any more
	Terminal                    // a key
	Hangup                      // the terminal is gone
	SessionEnds                 // the leader of its session ended
	GroupOrphaned               // it is stopped, and nobody is left who could let it go on
	NamespaceEnds               // the init of its PID namespace ended
)

// Disposition is what a process does about a signal.
type Disposition uint8

// The dispositions.
const (
	DispositionUnknown Disposition = iota
	Default
	Ignore
	Handler
)

// Attribute is an attribute of a process that prctl(2) sets and unsets.
type Attribute uint8

// The states of an attribute.
const (
	AttributeUnknown Attribute = iota
	Unset
	Set
)

// Call is a system call: through which a task waited or accepted, which failed, or which held it. One that has no
// constant here is found by ParseCall.
type Call uint16

// The calls.
const (
	CallNone Call = iota
	Wait4
	Waitid
	AcceptPlain
	Accept4
	Ring // a request to an io_uring
	Sigtimedwait
	ForkCall
	VforkCall
	CloneCall
	Clone3Call
	Execve
	Execveat
	Bind
	Listen
)

// Forks reports whether the call makes a task.
func (c Call) Forks() bool { return c >= ForkCall && c <= Clone3Call }

// Accepts reports whether the call accepts a connection.
func (c Call) Accepts() bool { return c == AcceptPlain || c == Accept4 }

// Binds reports whether the call gives a socket its address or has it listen there.
func (c Call) Binds() bool { return c == Bind || c == Listen }

// Executes reports whether the call executes a program.
func (c Call) Executes() bool { return c == Execve || c == Execveat }

// Limit is what a call can run into.
type Limit uint8

// The limits.
const (
	LimitUnknown    Limit = iota
	OpenFiles             // RLIMIT_NOFILE of the process
	UserProcesses         // RLIMIT_NPROC of the process, which counts those of its user
	CgroupProcesses       // pids.max of its cgroup, or of one above
)

// IDType is for whom a wait asks. Those that are known are one more than in waitid(2).
type IDType uint8

// The types. What wait4 asks for by one number is given as one of them, too.
const (
	IDUnknown IDType = iota
	IDAll            // any child
	IDProcess        // one child
	IDGroup          // the children in a process group
	IDPidfd          // one child, by its pidfd
)

// AsksForOne reports whether a wait asked for one certain child.
func (e *Event) AsksForOne() bool { return (e.IDType == IDProcess || e.IDType == IDPidfd) && e.ID != 0 }

// Reaps reports whether a wait tells of a child that it reaped.
func (e *Event) Reaps() bool { return e.Flags&(Peek|Stopped|NoChild|Nothing|Interrupted) == 0 }

// State is what a process was when it was seen.
type State uint8

// The states.
const (
	Alive       State = iota
	Zombie            // dead: its parent must reap it
	LeaderEnded       // its leader ended, other threads live
)

// Runtime is what schedules a coroutine inside its process.
type Runtime uint8

// The runtimes.
const (
	RuntimeNone Runtime = iota
	Coro                // the one of tracer's own servers
	Greenlet            // Python's greenlet, and so gevent
	Goroutine           // Go
)

// How says how a coroutine ended.
type How uint8

// The ends.
const (
	HowUnknown How = iota
	Returned       // its function returned
	Failed         // its function returned an error
	Exited         // it was told to exit, and did
	Panicked
	Dropped // let go without having been started to the end, such as a greenlet that nobody refers to
)

// Event is one fact. Time and Kind are always set; Task and PID name the task that acted (for a release: the one
// released). Each field has one meaning, whatever the kind. They stand by size as far as that spares room: traces are
// made of many, and what only rare kinds tell is behind a pointer. Copies of an event share it, so it is not changed
// once it is there.
type Event struct {
	Time  Time
	Task  Task
	PID   PID
	Flags Flags
	Kind  Kind

	State     State     // seen: of the process; for a thread always Alive
	Subreaper Attribute // seen, exec, subreaper: whether its process inherits the orphans among its descendants
	// StopSignal (seen) is the signal that has stopped its process; 0: it is not stopped.
	StopSignal uint8
	Result     Result // signal, kill: what became of it; deliver: why the default action was not done
	// Disposition is the receiver's (signal, kill, deliver), or of SIGCHLD from now on (disposition, exec, seen).
	Disposition Disposition
	Runtime     Runtime // spawn, switch, finish
	How         How     // finish
	Lost        Kind    // lost: of which kind
	Reason      Reason  // kill: why the kernel sent it
	IDType      IDType  // wait, waiting, seen: for whom it asked
	// ID (wait, waiting, seen): which process or group it asked for, as the caller's PID namespace counts; that of a
	// pidfd is the one that it stands for, 0 when it is not in that namespace. Of IDGroup 0 is the caller's own.
	ID PID

	Child    Task // fork: the new task; wait: the reaped one when known (Start 0 when only its TID is)
	ChildPID PID  // fork: thread group of the new task
	Parent   PID  // fork, exit, seen: thread group of the real parent; 0 when it is outside the receiver's namespace
	NSPID    PID  // fork, seen: id of the new task in the PID namespace of its parent
	InnerPID PID  // fork, seen: its id in its own PID namespace, as the processes there see it; 0 when not known
	// exit of a group: who inherits its children; 0 when the kernel kills and reaps them (end of a PID namespace)
	Reaper     PID
	ExitSignal int16 // fork, seen: the signal that the end of this child sends; 0 none, -1 for a thread
	// wait, waiting, accept: through which; fail: which failed; stall: in which it was blocked; seen: in which it waits
	Call       Call
	CloneFlags uint64
	OldTID     TID // exec: the id before it of the task that called

	Status int32 // exit, wait, seen: wait status, as WIFEXITED and friends read it
	Signal int32 // signal, deliver, kill, stop, disposition, control: its number
	Code   int32 // signal, kill: si_code
	Target TID   // signal, kill, control: the task that it was sent to
	// TargetPID is the thread group of Target.
	TargetPID PID
	SiPID     PID   // signal: si_pid, the child as the receiver's namespace counts
	SiStatus  int32 // signal: si_status, the exit code or the signal that ended, stopped or continued the child

	Options uint32 // wait, waiting, seen: the options argument
	FD      int32  // accept, hold: the descriptor; -1 (accept): a place in the table of an io_uring instead
	// Waited (wait) is how long the call took, 0 when not known; seen: likewise, up to then; stall: how long it was
	// blocked, or its turn took.
	Waited Time

	Comm Text   // fork, exec, exit, rename, seen, hold, kill (the sender's): command name, at most 15 bytes, raw
	Path string // exec, seen, fail: the file, raw; fail: empty when it is not known, or was another one each time
	Args string // exec, seen: argv, each ended by NUL, raw

	// Connection is its number in this trace, from 1 in the order of the accepts (accept, serve, close, request,
	// response, let_go; hold: 0: it is a socket that listens).
	Connection uint64
	Cost       *Cost   // exit: nil when all of it is zero, or it is not known; stall: the CPU time of the turn
	Socket     *Socket // accept, datagram, fail, listen_drop, hold: nil when all of it is zero
	Line       string  // request, response: the first line, raw
	// BytesRead and BytesWritten: in all (close), by this call (serve: one of the two; datagram: read).
	BytesRead, BytesWritten uint64

	// spawn, switch, finish: its identity, unique while it lives; a switch to 0 is to the scheduler or to the code that
	// drives a generator
	Coroutine uint64
	Creator   uint64 // spawn: the coroutine that created it; 0 when it is none or not known
	Previous  uint64 // switch: the coroutine that had control; 0 when it is none or not known

	Rare *Rare // snapshot, fail, exit, hold, let_go, spawn, control: nil when all of it is zero
	// Count is how many: lost; fail: failed in the same way, one after the other; listen_drop: since it was last told.
	Count uint64
}

// Rare is what few events tell.
type Rare struct {
	Began Time   // snapshot: when it began
	Errno Errno  // fail: the error
	Limit Limit  // fail: what the call ran into, as far as that is known
	Max   uint64 // fail: how much that allows
	// Holder (fail) has had a socket listen at an address that is in use; (hold) has had this one listen; 0: not known.
	Holder   PID
	Occasion Occasion // hold, let_go: when that was found

	Debugger   PID  // exit of a group that is debugged: who is told first; 0 when not known
	ReaperComm Text // exit of a group with children: the command name of Reaper, raw

	Class Text // spawn of a greenlet: the name of its object's type, at most 63 bytes, raw; empty: not known

	Action  Action // control: what is changed
	Setting Text   // control: to what
}

// Value returns what r holds, of nil the zero value.
func (r *Rare) Value() Rare {
	if r == nil {
		return Rare{}
	}
	return *r
}

// Action is what the user changes of what is traced.
type Action uint8

// The actions.
const (
	ActionUnknown  Action = iota
	SetReap               // how the server reaps
	SetRate               // how often clients come
	SendBurst             // so many clients at once
	SetConcurrency        // how many clients are there at once
	SetWork               // what is done for a request
	SendSignal
	SetModel // another server goes on in place of this one
)

// Occasion is when it was found who holds a socket.
type Occasion uint8

// The occasions.
const (
	OccasionUnknown Occasion = iota
	AtExec                   // which did not close it
	AtClose                  // of a descriptor
	AtExit                   // of the process
	AtLook                   // at the files of all processes
)

// Socket is what an event tells of a socket.
type Socket struct {
	Queue    uint32 // accept, listen_drop: connections waiting in the backlog, of an accept after this one was taken
	Backlog  uint32 // accept, listen_drop: the backlog's limit
	Queued   Time   // accept: how long the connection was in the backlog; 0 when not known
	Listener Addr   // accept, listen_drop, fail, hold: the listening socket's own address
	Local    Addr   // accept, datagram, fail: of a bind the one that was asked for
	Peer     Addr   // accept
}

// Value returns what s holds, of nil the zero value.
func (s *Socket) Value() Socket {
	if s == nil {
		return Socket{}
	}
	return *s
}

// Unshare gives e its own copy of what it shares with others, so that fields of it can be set.
func (e *Event) Unshare() {
	if e.Socket != nil {
		s := *e.Socket
		e.Socket = &s
	}
	if e.Cost != nil {
		c := *e.Cost
		e.Cost = &c
	}
	if e.Rare != nil {
		r := *e.Rare
		e.Rare = &r
	}
}

// Usage is what a task or a process has used, by the kernel's own accounts.
type Usage struct {
	CPU Time // on a CPU, as the scheduler counts it
	// User and System are where the kernel found it at its timer interrupts, each of which counts for a whole tick. A
	// short life can have none.
	User, System Time
	Voluntary    uint64 // how often it gave its CPU away: it had to wait
	Involuntary  uint64 // how often that was taken from it
	MinorFaults  uint64 // of a page that was in memory
	MajorFaults  uint64 // of one that had to be read
}

// Cost is what a task had used when it ended, and with the last one what the process had. Of a stall it has only CPU.
type Cost struct {
	Task     Usage
	RunDelay Time   // for how long the task could run and had no CPU; 0 when not known
	Process  Usage  // of all its tasks, also those that had ended before
	MaxRSS   uint64 // the most memory that the process ever had in RAM, bytes; 0 when not known
}

// Value returns what c holds, of nil the zero value.
func (c *Cost) Value() Cost {
	if c == nil {
		return Cost{}
	}
	return *c
}

// Text is a short byte string from another program, raw: escape it before it reaches a terminal or a page.
type Text string

// Exited returns the exit code; ok is false when it did not exit by itself.
func (e *Event) Exited() (code int, ok bool) { return WaitStatus(e.Status).Exited() }

// Killed returns the signal that ended it, if one did, and whether a core was dumped.
func (e *Event) Killed() (signal int, core, ok bool) { return WaitStatus(e.Status).Killed() }

// WaitStatus is how a process ended, as wait(2) tells it.
type WaitStatus int32

// Exited is that of an event.
func (s WaitStatus) Exited() (code int, ok bool) { return int(s>>8) & 0xff, s&0x7f == 0 }

// Killed is likewise.
func (s WaitStatus) Killed() (signal int, core, ok bool) {
	signal = int(s & 0x7f)
	return signal, s&0x80 != 0, signal != 0 && signal != 0x7f
}

// Has reports whether all of f is set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// The clone flags that tracer reads (include/uapi/linux/sched.h).
const (
	CloneVM     = 0x100
	CloneVfork  = 0x4000
	CloneParent = 0x8000
	CloneThread = 0x10000
	CloneNewPID = 0x20000000

	CloneAutoreap      = 1 << 34
	CloneNNP           = 1 << 35
	ClonePidfdAutokill = 1 << 36
)

// cloneNames are the names of the flags of clone3(2), by bit; the lowest eight are not flags.
var cloneNames = []string{8: "CLONE_VM", "CLONE_FS", "CLONE_FILES", "CLONE_SIGHAND", "CLONE_PIDFD", "CLONE_PTRACE",
	"CLONE_VFORK", "CLONE_PARENT",
	"CLONE_THREAD", "CLONE_NEWNS", "CLONE_SYSVSEM", "CLONE_SETTLS", "CLONE_PARENT_SETTID", "CLONE_CHILD_CLEARTID",
	"CLONE_DETACHED",
	"CLONE_UNTRACED", "CLONE_CHILD_SETTID", "CLONE_NEWCGROUP", "CLONE_NEWUTS", "CLONE_NEWIPC", "CLONE_NEWUSER",
	"CLONE_NEWPID", "CLONE_NEWNET",
	"CLONE_IO", "CLONE_CLEAR_SIGHAND", "CLONE_INTO_CGROUP", "CLONE_AUTOREAP", "CLONE_NNP", "CLONE_PIDFD_AUTOKILL",
	"CLONE_EMPTY_MNTNS"}

// IsThread reports whether a fork made a thread of the same process.
func (e *Event) IsThread() bool { return e.CloneFlags&CloneThread != 0 }

// The signals that the model knows, by their numbers on every architecture that tracer runs on.
const (
	SIGKILL = 9
	SIGTERM = 15
	SIGCHLD = 17 // most children send it when they end
	SIGCONT = 18
)

// String returns seconds with nine decimals, as the text form writes a time.
func (t Time) String() string {
	frac := strconv.FormatUint(uint64(t%1e9)+1e9, 10)
	return strconv.FormatUint(uint64(t/1e9), 10) + "." + frac[1:]
}
