package model

import "tracer/event"

// A Fact is one thing that an event made known: what became so, of whom, when, and by which event. The counters are a
// fold over the facts, and so is all that wants to know what happened and not only what is (package timeline).
//
// The same trace gives the same facts. Nothing that was told is changed: what a later event shows to be otherwise is
// told again with Retracted, and then as it was.
type Fact struct {
	Kind      FactKind
	Retracted bool       // this was told, and is not so
	At        event.Time // when it happened, as far as it is known: at the event, or before
	Evidence  uint64     // the ordinal in the trace of the event by which it is known, from 0
	Count     uint64     // how many of this kind it stands for; 0 is one

	// Event is the one at Evidence. It is valid until the next event.
	Event *event.Event

	// Whom it is about, as far as that is known. What they point to goes on changing.
	Process    *Process
	Thread     *Thread // nil: the process, or its leader
	Coroutine  *Coroutine
	Connection *Connection

	From, To event.PID  // reparented: the parents
	Reaping  Reaping    // reaped: by whom; NotReaped: by a call that was not seen
	Task     event.Task // reaped, accepted, served, received, took control and the like: the task that did it
	Flags    FactFlags
	// Into is the ordinal of the signal that was pending when this one was coalesced; Evidence itself: not known.
	Into uint64
	// Wait is the ordinal of the call that reaped; Evidence can be another's, which told whom the call had reaped.
	Wait uint64
}

// FactFlags qualify a fact.
type FactFlags uint16

// The flags of facts.
const (
	Inferred   FactFlags = 1 << iota // no event says it: it follows from what came later, after a loss
	Before                           // met, ended: before the trace began
	NoZombie                         // ended: the kernel reaps it at once, or its parent cannot wait for it yet
	Renamed                          // thread ended: it took the id of its leader by an exec
	Vanished                         // coroutine ended: with its process, or unseen
	Unlisted                         // coroutine: there are too many for each to be kept
	First                            // served: by the first process that is known to have done so
	HandedOver                       // served: by another task than before
	Doubted                          // reaped: dropped, unless a former parent had reaped it before
)

// Has reports whether any of the flags is set.
func (f FactFlags) Has(flags FactFlags) bool { return f&flags != 0 }

// FactKind says what became so.
type FactKind uint8

// The kinds of facts. A process or a thread begins by one of the first three, and ends by Ended.
const (
	NoFact       FactKind = iota
	Launched              // the process that tracer launched
	Created               // by a fork
	Met                   // it was there before the trace
	Executed              // the process runs another program
	Ended                 // a thread, or a process with its last task; that is a zombie then, but for NoZombie
	Waitable              // a process that had ended before is a zombie from now on, but for NoZombie
	Reaped                // a process left
	Reparented            // a process came under another parent
	Signaled              // SIGCHLD was sent to the process: the event's result says what became of it
	Delivered             // a handler of SIGCHLD runs
	Handled               // likewise of another signal; or a call took one, or it was discarded, as it was unblocked
	WaitedInVain          // a wait found no child, or none that had ended
	Killed                // another signal was sent: to the process, or to one outside the traced set
	Stopped               // the process stopped
	Continued             // it goes on
	Accepted              // a connection
	Served                // a connection was read or written: for the first time, answered first, or by another task
	Closed                // a connection
	LetGo                 // a process that has read or written a connection holds it no longer, and others do
	Holds                 // a process was found to hold a connection, or what listens, that it has not used
	Received              // a datagram
	Requested             // HTTP
	Responded             // HTTP: the final answer
	RingCreated           // an io_uring
	CoroutineCreated
	CoroutineInherited // one that a fork has copied runs, or ends, in the copy; at the fork
	CoroutineEnded
	Failed       // a system call, so often
	Overflowed   // a listener: so many attempts to connect were dropped
	TookControl  // a coroutine, or the scheduler, has control of the task
	EventsLost   // so many, of the event's kind
	Controlled   // the user changes something from the screen
	Contradicted // the event cannot follow what was known, so it changes nothing
	TraceEnded
	factKinds
)

var factNames = [factKinds]string{"none", "launched", "created", "met", "executed", "ended", "waitable", "reaped",
	"reparented", "signaled", "delivered", "handled", "waited in vain", "killed", "stopped", "continued", "accepted",
	"served", "closed", "let go", "holds", "received", "requested", "responded", "ring created", "coroutine created",
	"coroutine inherited", "coroutine ended", "failed", "overflowed", "took control", "events lost",
	"controlled", "contradicted",
	"trace ended"}

// String returns the kind's word.
func (k FactKind) String() string { return factNames[min(k, factKinds-1)] }

// tell completes a fact by the event under way, counts it, and passes it on to whoever wants to know.
func (m *Model) tell(f Fact) {
	f.Evidence, f.Event = m.ordinal, m.event
	if f.At == 0 {
		f.At = m.at
	}
	m.counters.fold(&f)
	m.evidence.fold(&f)
	m.fates.fold(m, &f)
	m.change.fold(m, &f)
	m.settings.fold(&f)
	if m.options.Facts != nil {
		m.told = f
		m.options.Facts(&m.told)
	}
}
