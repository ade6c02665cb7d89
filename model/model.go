// Package model turns the stream of events into a forest: which process made which, who is a zombie, who reaped whom,
// what the signals did, who accepted what.
//
// It is pure: the same events give the same forest, live or replayed. There is no clock (time is the time of the last
// event, or what Advance is told), no I/O and no goroutine. A Model belongs to one goroutine; whoever draws reads it
// there.
//
// Three facts of the kernel shape it. A process ends when the last task of its group does, not with its leader. A wait
// call returns some time after the child was reaped, and the release of the dead task reaches us up to a tenth of a
// second later, in either order. Children change their parent when it dies, not when it is reaped.
package model

import (
	"time"

	"tracer/event"
)

// Options of a Model.
type Options struct {
	// Linger is how long what has gone stays in the forest, to be seen: reaped processes, ended threads and coroutines,
	// closed connections. Zero: not at all.
	Linger time.Duration
	// MaxGone bounds how many of them stay, coroutines counted apart; the oldest go first. Zero means 10,000.
	MaxGone int
	// Facts is called with each fact as it becomes known, in Apply; nil: nobody wants to know. The fact is the model's.
	Facts func(*Fact)
}

// Model is the forest and its counters, up to the last event applied.
type Model struct {
	options  Options
	now      event.Time
	start    event.Time
	ended    bool
	attached bool
	counters Counters
	depthMax int

	event   *event.Event // under way
	ordinal uint64       // of it in the trace, from 0
	applied uint64
	told    Fact
	numbers uint64 // given to processes, threads and coroutines

	processes map[event.PID]*Process // the present holder of each id: alive or not yet reaped
	threads   map[event.TID]*Thread  // living threads that are not leaders
	awaited   map[waitKey]*Process   // dead ones that a wait may still name
	uncertain map[event.PID]*ledger  // by parent: waits without a pid, and releases without a wait
	dead      []*Process             // zombies, the oldest first; behind it can be some that are gone
	doubts    map[event.Task]*doubt  // zombies that their former parent may have reaped
	open      map[uint64]*Connection // by number

	top  Process // its children are the processes whose parent is outside the traced set
	root *Process
	gone goneQueue

	moves uint64 // how often a process with children came under another one, from 1

	// The open ones, and those that closed of late
	connections list[Connection, *Connection]
	closesLost  event.Time // when that was last said, 0: never
	past        goneQueue  // ended coroutines: apart, because they are many and must not push processes out
}

// New returns an empty model.
func New(o Options) *Model {
	if o.MaxGone == 0 {
		o.MaxGone = 10_000
	}
	return &Model{
		options:   o,
		processes: map[event.PID]*Process{},
		threads:   map[event.TID]*Thread{},
		awaited:   map[waitKey]*Process{},
		uncertain: map[event.PID]*ledger{},
		doubts:    map[event.Task]*doubt{},
		open:      map[uint64]*Connection{},
		counters:  newCounters(),
		moves:     1,
	}
}

// handlers has one entry for each kind; a test holds it against the table of kinds.
var handlers = map[event.Kind]func(*Model, *event.Event){
	event.Seen:    (*Model).seen,
	event.Fork:    (*Model).fork,
	event.Exec:    (*Model).exec,
	event.Exit:    (*Model).exit,
	event.Signal:  (*Model).signal,
	event.Deliver: (*Model).deliver,
	event.Wait:    (*Model).wait,
	event.Release: (*Model).release,
	event.Accept:  (*Model).accept,
	event.Lost:    (*Model).lost,
	event.End:     (*Model).end,

	event.Kill:     (*Model).killed,
	event.Stop:     (*Model).stop,
	event.Dispose:  (*Model).disposition,
	event.Serve:    (*Model).serve,
	event.Close:    (*Model).closed,
	event.Datagram: (*Model).datagram,
	event.Snapshot: (*Model).snapshot,
	event.Spawn:    (*Model).spawn,
	event.Switch:   (*Model).switchTo,
	event.Finish:   (*Model).finish,
	event.IOUring:  (*Model).ioUring,
	event.Request:  (*Model).request,
	event.Response: (*Model).response,
	event.Rename:   (*Model).rename,

	event.Subreaper: (*Model).subreaper,
}

var dispatch = func() (table [256]func(*Model, *event.Event)) {
	for k, h := range handlers {
		table[k] = h
	}
	return table
}()

// Apply takes the next event. Events come in the order of their causes and with times that do not decrease. Kinds that
// this version does not know are counted and otherwise passed over.
func (m *Model) Apply(e *event.Event) {
	m.Advance(e.Time)
	if m.start == 0 {
		m.start = e.Time
	}
	if !e.Kind.Mark() {
		m.counters.Events++
	}
	m.event, m.ordinal = e, m.applied
	m.applied++
	if h := dispatch[e.Kind]; h != nil {
		h(m, e)
	}
	m.event = nil
	m.gone.shrink(m, m.options.MaxGone)
	m.past.shrink(m, m.options.MaxGone)
}

// Advance tells that time went on without an event, so that what has gone can leave the forest.
func (m *Model) Advance(now event.Time) {
	if now <= m.now {
		return
	}
	m.now = now
	m.gone.expire(m, now, event.Time(m.options.Linger))
	m.past.expire(m, now, event.Time(m.options.Linger))
}

// Now is the time of the model: of the last event, or as last advanced.
func (m *Model) Now() event.Time { return m.now }

// Start is the time of the first event, 0 before it.
func (m *Model) Start() event.Time { return m.start }

// Ended reports whether the trace has ended.
func (m *Model) Ended() bool { return m.ended }

// LostUnknown reports whether more can have been lost than is counted as lost: what a task did that could not be
// followed from its creation on, or what would explain a contradiction.
func (m *Model) LostUnknown() bool { return m.counters.skipped > 0 || m.counters.unexplained() > 0 }

// Attached reports whether the trace is of what ran before it.
func (m *Model) Attached() bool { return m.attached }

// Root is the launched process, nil when targets were attached to.
func (m *Model) Root() *Process { return m.root }

func (m *Model) end(*event.Event) {
	m.ended = true
	m.closeUnheld()
	m.tell(Fact{Kind: TraceEnded})
}

func (m *Model) lost(e *event.Event) {
	m.tell(Fact{Kind: EventsLost})
	if e.Lost == event.None || e.Lost == event.Close { // none: of any kind
		m.closesLost = e.Time
	}
	if e.Lost == event.None || e.Lost == event.Switch { // who has control is known again at the next one
		for _, p := range m.processes {
			p.coroutines.control = nil
		}
	}
}
