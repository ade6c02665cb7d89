package model

import (
	"cmp"
	"slices"

	"tracer/event"
)

// Signals counts the SIGCHLDs sent to a process, and tells what it does about them.
type Signals struct {
	SignalCounts
	Disposal
}

// SignalCounts counts the SIGCHLDs sent to a process.
type SignalCounts struct {
	Queued, Coalesced, Ignored, Delivered uint64
	CoalescedEvents                       Evidence // those by which Coalesced is known
	// FirstCoalesced is the child whose SIGCHLD was coalesced first, FirstPending the one whose SIGCHLD was pending
	// then; 0 when not known.
	FirstCoalesced, FirstPending event.PID

	pending   uint64    // the ordinal of the one that is pending
	about     event.PID // the child that the pending one is about; 0 when not known
	isPending bool      // as far as it is known: one that a signalfd or a wait for signals took is not told of
}

// Disposal is what a process does about SIGCHLD.
type Disposal struct {
	Disposition event.Disposition
	NoCldWait   bool // SA_NOCLDWAIT is set
	Blocked     bool // as it was when it last mattered
	SignalFD    bool // it has made, or inherited, a signalfd for it; that one was closed cannot be seen
}

// Signals returns what became of the SIGCHLDs sent to it, and what it does about them.
func (p *Process) Signals() Signals { return Signals{valueOf(p.signals), p.disposal} }

// Told is what is kept of the signals of a process that has left the forest.
type Told struct {
	PID     event.PID
	Name    event.Text
	Signals Signals
}

// maxTold bounds of how many processes that is kept: of the first that left.
const maxTold = 1000

// keepSignals keeps those of a process that leaves the forest, if some were coalesced.
func (f *forest) keepSignals(p *Process) {
	if p.signals != nil && p.signals.Coalesced > 0 && len(f.told) < maxTold {
		f.told = append(f.told, Told{p.PID, p.Comm, p.Signals()})
		p.signals = nil
	}
}

// Coalesced returns the signals of all processes of which some were coalesced, in the forest or not, in the order in
// which that began.
func (m *Model) Coalesced() []Told {
	all := slices.Clone(m.forest.told)
	m.Walk(func(p *Process, _ int) bool {
		if p.signals != nil && p.signals.Coalesced > 0 {
			all = append(all, Told{p.PID, p.Comm, p.Signals()})
		}
		return true
	})
	slices.SortFunc(all, func(a, b Told) int {
		return cmp.Compare(a.Signals.CoalescedEvents[0], b.Signals.CoalescedEvents[0])
	})
	return all
}

// sent is a signal that was queued for a process, and that is not known to have been delivered or taken.
type sent struct {
	next     *sent
	signal   int32
	stranger bool // it was sent by a call of a process that is neither its receiver nor that one's parent
	by       event.Sender
	father   uint64     // a parent-death signal: the number of the sender's process, which lived on then; 0: it did not
	send     int        // its place in the list of sends; -1: none
	event    uint64     // the ordinal
	at       event.Time // it was sent
}

// byKernel reports whether the kernel sent it, and did not tell why.
func (s *sent) byKernel() bool { return s.by.PID == 0 && s.by.Reason == event.ReasonUnknown }

// pend keeps who sent a signal, the last one of each number.
func (f *forest) pend(p *Process, e *event.Event, send int) {
	p.taken(e.Signal)
	p.sent = &sent{p.sent, e.Signal, f.stranger(e, p), e.Sender(), f.father(e), send, f.m.ordinal, e.Time}
}

// taken forgets a signal that was pending, and returns its place in the list of sends; -1: none.
func (p *Process) taken(signal int32) int {
	for at := &p.sent; *at != nil; at = &(*at).next {
		if s := *at; s.signal == signal {
			*at = s.next
			return s.send
		}
	}
	return -1
}

// pending returns the signal of this number that p was sent; nil: none, or it was not seen.
func (p *Process) pending(signal int32) *sent {
	s := p.sent
	for s != nil && s.signal != signal {
		s = s.next
	}
	return s
}

// killer returns the signal that ended p; nil when none did, or it was not seen.
func (p *Process) killer() *sent {
	number, _, killed := event.WaitStatus(p.Status).Killed()
	if p.State == Alive || !killed {
		return nil
	}
	return p.pending(int32(number))
}

// Killer returns who sent the signal that ended p; ok is false when no signal did or its sender was not seen.
func (p *Process) Killer() (by event.Sender, ok bool) {
	k := p.killer()
	if k == nil {
		return by, false
	}
	by = k.by
	if p.OutOfMemory && by.PID == 0 {
		by.Flags |= event.OutOfMemory
	}
	return by, true
}

func (m *Model) signal(e *event.Event) {
	if e.Signal != event.SIGCHLD {
		return
	}
	toldOfEnd(&m.forest, e)
	p := m.forest.process(e.TargetPID)
	if p == nil { // a child of the traced set told somebody outside, or the sender is ours and the target is not
		return
	}
	f := Fact{Kind: Signaled, Process: p, Into: m.ordinal}
	counts := made(&p.signals)
	switch e.Result {
	case event.Queued:
		counts.Queued++
		counts.pending, counts.about = m.ordinal, m.about(e)
		counts.isPending = true
	case event.Coalesced:
		if counts.Coalesced == 0 {
			counts.FirstCoalesced = m.about(e)
			if counts.isPending {
				counts.FirstPending = counts.about
			}
		}
		counts.Coalesced++
		counts.CoalescedEvents.add(m.ordinal)
		if counts.isPending {
			f.Into = counts.pending
		}
	case event.Ignored:
		counts.Ignored++
	}
	p.disposes(e)
	m.toldOf(e, p)
	m.tell(f)
}

// about returns the child that a SIGCHLD by the kernel is about, 0 when it is by hand or not known. Who sends it is
// mostly the child, but can be its debugger, or its parent that has ended before it; si_pid is as the receiver counts.
func (m *Model) about(e *event.Event) event.PID {
	if e.Code <= 0 {
		return 0
	}
	for _, pid := range [...]event.PID{e.PID, e.SiPID} {
		if c := m.forest.process(pid); c != nil && c.ParentPID == e.TargetPID && c.nsPID == e.SiPID {
			return pid
		}
	}
	return 0
}

func (m *Model) deliver(e *event.Event) {
	p, fact := m.forest.process(e.PID), Fact{Kind: Handled}
	fact.Process = p
	switch {
	case e.Signal == event.SIGCHLD && e.Call == event.CallNone:
		fact.Kind = Delivered
		if p != nil {
			made(&p.signals).Delivered++
		}
	case e.Signal != event.SIGCHLD && p != nil:
		if e.Result == event.Protected {
			sender := event.PID(0)
			if s := p.pending(e.Signal); s != nil {
				sender = s.by.PID
			}
			m.forest.outcomes.spared(e.Signal, e.PID, p, sender, m.ordinal)
		}
		m.forest.sends.got(p.taken(e.Signal), e)
	}
	if p != nil && e.Signal == event.SIGCHLD {
		made(&p.signals).isPending = false
	}
	m.tell(fact)
}

func (m *Model) disposition(e *event.Event) {
	if p := m.forest.process(e.PID); p != nil {
		p.disposes(e)
	}
}

// disposes takes over what an event tells of p's view of SIGCHLD.
func (p *Process) disposes(e *event.Event) {
	if e.Disposition != event.DispositionUnknown {
		p.disposal = Disposal{e.Disposition, e.Flags.Has(event.NoCldWait), e.Flags.Has(event.Blocked),
			p.disposal.SignalFD || e.Flags.Has(event.SignalFD)}
	}
}

// inherits: fork(2) copies dispositions and the mask, and all descriptors.
func (p *Process) inherits(creator *Process) { p.disposal = creator.disposal }

func (f *forest) killed(e *event.Event) {
	m, p := f.m, f.process(e.TargetPID)
	send := f.sends.add(e, p, m.ordinal)
	if e.Result == event.Protected && e.Signal != event.SIGCONT {
		f.outcomes.spared(e.Signal, e.TargetPID, p, e.PID, m.ordinal)
	}
	switch {
	case p == nil || p.State != Alive: // somebody outside, or it has ended since
	case e.Signal == event.SIGCONT:
		p.stops(0, m.at)
		m.tell(Fact{Kind: Continued, Process: p})
		return
	case e.Result == event.Queued || e.Result == event.LoseInfo:
		f.pend(p, e, send)
	}
	m.tell(Fact{Kind: Killed, Process: p})
}

// sendersLost: it is not known any more who sent what is pending.
func (f *forest) sendersLost() {
	for _, p := range f.processes {
		p.sent = nil
	}
}

func (m *Model) stop(e *event.Event) {
	if p := m.forest.process(e.PID); p != nil && p.State == Alive {
		p.stops(e.Signal, m.at)
		m.forest.sends.got(p.taken(e.Signal), e)
		m.tell(Fact{Kind: Stopped, Process: p})
	}
}
