package timeline

import (
	"tracer/event"
	"tracer/model"
)

// An ID names a process, a thread or a coroutine for good.
type ID struct {
	Number    uint64 // in the trace: other ids are used again; 0: it is not traced, or has no node in the model
	PID       event.PID
	Task      event.Task // of a process: its leader; of a coroutine: the thread on which it runs
	Coroutine model.CoroutineID
}

// A Moment is when something became so, and how that is known.
type Moment struct {
	At       event.Time
	Evidence uint64 // the ordinal in the trace of the event by which it is known, from 0
	// Inferred: no event says it. It was so at the latest (where something begins) or since then at the latest (where
	// it ends), or follows from what came later.
	Inferred bool
}

// Kind says what was so.
type Kind uint8

// The kinds of spans.
const (
	NoSpan Kind = iota
	// Process is the life of a process, from its creation to the end of its last task.
	Process
	// Program is what a process ran, from its creation or an exec to the next, or to its end. The programs tile the
	// process.
	Program
	// Stopped is a process that a signal stopped.
	Stopped
	// Pending is a SIGCHLD, from when it was queued until a handler ran or a wait for signals took it. That a signalfd
	// did is seen only when the next is queued.
	Pending
	// Ending is a process that has ended while its parent cannot wait for it yet, from the end of Process until the
	// begin of Zombie. Most have none: their parent can wait as they end.
	Ending
	// Zombie is a process that is dead and not reaped, from when its parent can wait for it: from the end of Process
	// or of Ending on; of no length where the kernel reaped it at once.
	Zombie
	// Thread is the life of a thread that is not a leader.
	Thread

	// Request is a connection with all that was done for it: from its arrival in the backlog, or its accept where that
	// is not known, until it was closed and the process that was made to serve it reaped.
	Request
	// Connection is one from its accept to its close.
	Connection
	// Queued, Accepted, Served and Replied are its phases: in the backlog; accepted, until a task reads or writes it;
	// until the first byte is written; until it is closed. They tile Connection, but for Queued, which ends where that
	// begins. A phase that is passed over has no span.
	Queued
	Accepted
	Served
	Replied
	// Serving is a task, or the coroutine that has control of it, that reads and writes a connection: from when it
	// first did until another one does, or the close.
	Serving
	// Exchange is an HTTP request and its answer.
	Exchange
	// Holding is a process that holds a connection which it has not read or written, or a listening socket at which it
	// does not accept: from when it was found to, until it uses it, executes another program or ends, or the connection
	// is closed. That it closes its copy before is not seen.
	Holding

	// Coroutine is the life of a coroutine.
	Coroutine
	// Control is a coroutine that has control of a thread.
	Control
	kinds
)

var kindNames = [kinds]string{"none", "process", "program", "stopped", "pending", "ending", "zombie", "thread",
	"request", "connection", "queued", "accepted", "served", "replied", "serving", "exchange", "holding",
	"coroutine", "control"}

// String returns the kind's word.
func (k Kind) String() string { return kindNames[min(k, kinds-1)] }

// A Span is what was so of somebody for a while.
type Span struct {
	Kind       Kind
	Of         ID // a connection's and its phases': who accepted it
	Begin, End Moment
	Given

	// By is, for a process and a thread, who created it, or the parent that it was found under; for a pending SIGCHLD,
	// whose end was told; for a zombie, who reaped it; for a coroutine, its creator.
	By      ID
	Reaping model.Reaping // a zombie's
	Signal  int32         // that stopped the process
	Status  int           // of an HTTP answer; 0: none came

	Name event.Text // of a program: as it was at its begin
	Path string     // of a program: its file, raw
	Line string     // of an exchange: the first line of the request, raw
	Args string     // of a program, each ended by NUL
	// Listener is the address of the socket that is held, where that is no connection.
	Listener event.Addr

	// Whom it is about, for what else there is to know. What they point to can have changed since, and is the model's.
	Process    *model.Process
	Thread     *model.Thread
	Connection *model.Connection
	Coroutine  *model.Coroutine
}

// Duration is how long it was so.
func (s *Span) Duration() event.Time { return s.End.At - s.Begin.At }

// Given says in what state a span, an edge or a mark is given.
type Given struct {
	Open      bool // a span that had not ended by the end of the trace
	Retracted bool // it was given before, and is not so; what is so instead is given after it
	Late      bool // it became known so late that what came after it has been given already
}

// EdgeKind says how one led to another.
type EdgeKind uint8

// The kinds of edges.
const (
	NoEdge   EdgeKind = iota
	Fork              // a task created a process or a thread
	Reap              // a process that ended was reaped by a task
	Reparent          // a process that ended left a child (About) to another
	Coalesce          // the SIGCHLD of a process that ended was dropped, as one was pending at its parent (To)
	Dispatch          // of who accepted a connection to who read or wrote it first
	Handover          // of who read or wrote a connection to another task that went on with it
	edgeKinds
)

var edgeNames = [edgeKinds]string{"none", "fork", "reap", "reparent", "coalesce", "dispatch", "handover"}

// String returns the kind's word.
func (k EdgeKind) String() string { return edgeNames[min(k, edgeKinds-1)] }

// An Edge leads from one to another.
type Edge struct {
	Kind     EdgeKind
	From, To ID
	About    ID // of a reparenting
	// Begin is at From and End at To. A handover begins when From began to serve, which is the last that is known of
	// it; a coalescence ends at the signal that was pending, which is before it.
	Begin, End Moment
	Given
	Connection *model.Connection
}

// at is when an edge was complete.
func (e *Edge) at() event.Time { return max(e.Begin.At, e.End.At) }

// A Mark is a fact that is neither of a span nor of an edge: an event that contradicts what was known, a loss, a wait
// in vain, a signal, a datagram, a connection that was let go of.
type Mark struct {
	Kind  model.FactKind
	At    Moment
	Of    ID
	Count uint64
	Lost  event.Kind // events that were lost
	Given
	Connection *model.Connection // that was let go of
}
