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
	// closed connections. It is a second at least, as later events can tell more of some; but zero lets processes that
	// a wait has reaped, and threads, leave at once; what they were kept in is then used for the next ones, unless
	// Facts is set.
	Linger time.Duration
	// MaxGone bounds how many of them stay, coroutines counted apart; the oldest go first. Zero means 10,000. A
	// process of which it may yet be told who reaped it stays for its second all the same.
	MaxGone int
	// Facts is called with each fact as it becomes known, in Apply; nil: nobody wants to know. The fact is the model's.
	Facts func(*Fact)
	// Untold are kinds of which the source does not tell, so that from there being none nothing follows.
	Untold []event.Kind
}

// Model is the forest and its counters, up to the last event applied. Its parts each keep a state of their own, and
// reach the others through it.
type Model struct {
	options  Options
	now      event.Time // at is what handlers go by: now may be past an event that comes late
	at       event.Time // of the last event
	start    event.Time
	ended    bool
	attached bool
	counters Counters // a fold over the facts, and the numbers of events
	evidence Evidences
	fates    fates
	change   Change
	settings Settings

	event   *event.Event // under way
	ordinal uint64       // of it in the trace, from 0
	applied uint64       // how many ordinals are taken
	told    Fact

	forest    forest
	reaping   reaping
	resync    resync
	sockets   sockets
	runtimes  runtimes
	failures  Failures
	stalling  stalling
	pausing   pausing
	listeners Listeners
	keeping   keeping
}

// New returns an empty model.
func New(o Options) *Model {
	if o.MaxGone == 0 {
		o.MaxGone = 10_000
	}
	m := &Model{
		options:  o,
		counters: newCounters(),
		forest: forest{
			present: present{processes: map[event.PID]*Process{}},
			threads: map[event.TID]*Thread{},
			moves:   1,
		},
		reaping: reaping{
			awaited:   map[waitKey]*Process{},
			uncertain: map[event.PID]*ledger{},
			doubts:    map[event.Task]*doubt{},
			takings:   map[event.PID]*takings{},
			missing:   map[uint64]miss{},
		},
		sockets:   sockets{open: map[uint64]*Connection{}},
		listeners: Listeners{byAddress: map[event.Addr]*Listener{}},
		keeping:   keeping{byProcess: map[uint64]*Keeper{}},
		failures:  Failures{byProcess: map[failingKey]*Failing{}, byPath: map[unexecutedKey]*Unexecuted{}},
	}
	m.join()
	return m
}

// Tell has a model tell facts from now on, as Options.Facts.
func Tell(m *Model, facts func(*Fact)) { m.options.Facts = facts }

// join lets each part reach the others.
func (m *Model) join() {
	m.forest.m, m.reaping.m, m.resync.m, m.sockets.m, m.runtimes.m, m.failures.m = m, m, m, m, m, m
	m.stalling.m, m.pausing.m, m.listeners.m, m.keeping.m = m, m, m, m
	m.evidence.Calls, m.evidence.Listeners = &m.failures, &m.listeners
}

// handlers has one entry for each kind; a test holds it against the table of kinds.
var handlers = map[event.Kind]func(*Model, *event.Event){
	event.Seen:    func(m *Model, e *event.Event) { m.resync.seen(e) },
	event.Fork:    func(m *Model, e *event.Event) { m.forest.fork(e) },
	event.Exec:    func(m *Model, e *event.Event) { m.forest.exec(e) },
	event.Exit:    func(m *Model, e *event.Event) { m.forest.exit(e) },
	event.Signal:  (*Model).signal,
	event.Deliver: (*Model).deliver,
	event.Wait:    func(m *Model, e *event.Event) { m.reaping.wait(e) },
	event.Release: func(m *Model, e *event.Event) { m.reaping.release(e) },
	event.Accept:  func(m *Model, e *event.Event) { m.sockets.accept(e) },
	event.Lost:    (*Model).lost,
	event.End:     (*Model).end,

	event.Kill:     func(m *Model, e *event.Event) { m.forest.killed(e) },
	event.Stop:     (*Model).stop,
	event.Dispose:  (*Model).disposition,
	event.Serve:    func(m *Model, e *event.Event) { m.sockets.serve(e) },
	event.Close:    func(m *Model, e *event.Event) { m.sockets.closed(e) },
	event.Datagram: func(m *Model, e *event.Event) { m.sockets.datagram(e) },
	event.Snapshot: func(m *Model, e *event.Event) { m.resync.snapshot(e) },
	event.Spawn:    func(m *Model, e *event.Event) { m.runtimes.spawn(e) },
	event.Switch:   func(m *Model, e *event.Event) { m.runtimes.switchTo(e) },
	event.Finish:   func(m *Model, e *event.Event) { m.runtimes.finish(e) },
	event.IOUring:  func(m *Model, e *event.Event) { m.sockets.ioUring(e) },
	event.Request:  func(m *Model, e *event.Event) { m.sockets.request(e) },
	event.Response: func(m *Model, e *event.Event) { m.sockets.response(e) },
	event.Rename:   func(m *Model, e *event.Event) { m.forest.rename(e) },

	event.Stall:     func(m *Model, e *event.Event) { m.stalling.stall(e) },
	event.Subreaper: func(m *Model, e *event.Event) { m.forest.subreaper(e) },
	event.Fail:      func(m *Model, e *event.Event) { m.failures.fail(e) },

	event.ListenDrop: func(m *Model, e *event.Event) { m.listeners.drop(e) },
	event.LetGo:      func(m *Model, e *event.Event) { m.keeping.letGo(e) },
	event.Hold: func(m *Model, e *event.Event) {
		if e.Connection != 0 {
			m.keeping.held(e)
		} else {
			m.listeners.hold(e)
		}
	},
	event.Waiting: waitBegins,
	event.Control: func(m *Model, _ *event.Event) { m.tell(Fact{Kind: Controlled}) },
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
	m.at = max(m.at, e.Time)
	m.Advance(e.Time)
	if m.start == 0 {
		m.start = e.Time
	}
	if !e.Kind.Mark() {
		m.counters.Events++
	}
	m.event, m.ordinal = e, m.applied
	m.applied += Places(e)
	if h := dispatch[e.Kind]; h != nil {
		h(m, e)
	}
	m.event = nil
	m.forest.gone.shrink(m, m.options.MaxGone)
	m.runtimes.past.shrink(m, m.options.MaxGone)
}

// Places is how many of the ordinals of a trace an event takes: what a recording has lost by damage keeps its own.
func Places(e *event.Event) uint64 {
	if e.Kind == event.Lost && e.Lost == event.None {
		return max(e.Count, 1)
	}
	return 1
}

// Advance notes that time went on without an event, so that what has gone can leave the forest.
func (m *Model) Advance(now event.Time) {
	if now <= m.now {
		return
	}
	m.now = now
	m.forest.gone.expire(m, now, event.Time(m.options.Linger))
	m.runtimes.past.expire(m, now, event.Time(m.options.Linger))
}

// Now is the time of the model: of the last event, or as last advanced.
func (m *Model) Now() event.Time { return m.now }

// Start is the time of the first event, 0 before it.
func (m *Model) Start() event.Time { return m.start }

// Ended reports whether the trace has ended.
func (m *Model) Ended() bool { return m.ended }

// LostUnknown reports whether more can have been lost than is counted as lost: what a task did that could not be
// followed from its creation on, or what would explain a contradiction.
func (m *Model) LostUnknown() bool { return m.counters.skipped > 0 || m.counters.Unexplained() > 0 }

// Attached reports whether the trace is of what ran before it.
func (m *Model) Attached() bool { return m.attached }

// Root is the launched process, nil when targets were attached to.
func (m *Model) Root() *Process { return m.forest.root }

func (m *Model) end(*event.Event) {
	m.ended = true
	m.sockets.closeUnheld()
	m.tell(Fact{Kind: TraceEnded})
}

func (m *Model) lost(e *event.Event) {
	m.tell(Fact{Kind: EventsLost})
	m.reaping.forgetTakings()
	if e.Lost == event.None || e.Lost == event.Close { // none: of any kind
		m.sockets.closesLost = e.Time
	}
	if e.Lost == event.None || e.Lost == event.Kill || e.Lost == event.Signal || e.Lost == event.Deliver {
		m.forest.sendersLost()
	}
	if e.Lost == event.None || e.Lost == event.Signal {
		signalsLost(&m.forest)
	}
	if e.Lost == event.None || e.Lost == event.Wait || e.Lost == event.Waiting || e.Lost == event.Exit {
		forgetWaiting(&m.forest)
	}
	if e.Lost == event.None || e.Lost == event.Switch { // who has control is known again at the next one
		for _, p := range m.forest.processes {
			if p.coroutines != nil {
				p.coroutines.control = nil
			}
		}
	}
}
