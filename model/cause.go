package model

import (
	"slices"

	"tracer/event"
)

// LongWait is for how long a zombie waits before that is worth knowing, though it was reaped at last.
const LongWait = event.Time(100e6)

// Waits counts the calls by which a process waited and that have returned. One that reaps counts as a call alone. The
// numbers are of the time of one zombie, and each zombie keeps some: so they are small, and may wrap before.
type Waits struct {
	Calls   uint32
	Nothing uint32 // of them: under WNOHANG no child had ended
	NoChild uint32 // of them: there was no such child
}

func (w Waits) since(before Waits) Waits {
	return Waits{w.Calls - before.Calls, w.Nothing - before.Nothing, w.NoChild - before.NoChild}
}

func (w *Waits) add(v Waits) {
	w.Calls, w.Nothing, w.NoChild = w.Calls+v.Calls, w.Nothing+v.Nothing, w.NoChild+v.NoChild
}

// count takes in a call that has returned.
func (w *Waits) count(e *event.Event) {
	w.Calls++
	switch {
	case e.Flags.Has(event.NoChild):
		w.NoChild++
	case e.Flags.Has(event.Nothing):
		w.Nothing++
	}
}

// custody is what is kept of a dead process for as long as it is a zombie of its parent, or was to the end.
type custody struct {
	since event.Time // it is a zombie of this parent
	// What the parent had done by then.
	waits     Waits
	certain   uint32
	broken    uint32
	delivered uint32
	asked     Waits // since, for this one
	stopped   event.Time

	heldUntil event.Time // by its debugger, if held
	debugger  event.PID  // 0: not known
	thread    event.TID  // of the debugger, which debugs by itself; 0: not known
	into      event.PID  // whose SIGCHLD its own was lost in, if coalesced; 0: not known

	held, coalesced bool
}

// A Leaving is how a process lost a parent that ended.
type Leaving struct {
	From   event.PID
	Comm   event.Text // the former parent's
	At     event.Time
	Zombie bool   // it was one then
	Cause  *Cause // of a zombie: why that parent had not, where that is known; it does not change
}

// Leaving returns how it lost the parent before its present one; nil: it was born under that.
func (p *Process) Leaving() *Leaving { return p.left }

// parenting is what a process did that tells why a child of it is a zombie.
type parenting struct {
	waits        Waits  // for any of its children, or some
	certain      uint32 // waits for a certain one
	broken       uint32 // waits for a group that a signal interrupted
	stoppedSince event.Time
	stoppedTime  event.Time // of stops that are over
	stopper      sent
	busy         busy
	debugs       bool       // another process, or did
	waiting      []WaitCall // under way; it is replaced, not changed
	unseen       bool       // it has waited by calls that are not seen to return
}

// busy is the last wait of a process that was long, and that others of its children could not end.
type busy struct {
	from, until event.Time
	child       event.PID // as the caller counts, where it is not known
	comm        event.Text
}

// What they have that have none: not to be changed.
var (
	noParenting parenting
	noSignals   SignalCounts
)

// orNone is to be read only: it is too large to be copied for each event.
func (k *parenting) orNone() *parenting {
	if k == nil {
		return &noParenting
	}
	return k
}

// orNone is likewise.
func (s *SignalCounts) orNone() *SignalCounts {
	if s == nil {
		return &noSignals
	}
	return s
}

// stops notes that a signal stops p; 0: it goes on.
func (p *Process) stops(signal int32, at event.Time) {
	k := made(&p.parenting)
	k.stoppedTime, k.stoppedSince = p.stoppedFor(at), at
	p.Stopped = signal
	if signal != 0 {
		k.stopper = sent{}
		if s := p.pending(signal); s != nil {
			k.stopper = *s
			k.stopper.next = nil
		}
	}
}

// stoppedFor is how long p was stopped in all.
func (p *Process) stoppedFor(now event.Time) event.Time {
	k := p.parenting.orNone()
	if p.Stopped != 0 {
		return k.stoppedTime + now - k.stoppedSince
	}
	return k.stoppedTime
}

// StoppedBy returns who sent the signal that stopped p; ok is false when that was not seen. 0 is the kernel.
func (p *Process) StoppedBy() (by event.PID, comm event.Text, ok bool) {
	k := p.parenting.orNone()
	return k.stopper.by.PID, k.stopper.by.Comm, p.Stopped != 0 && k.stopper.signal == p.Stopped
}

// CauseKind is what keeps a zombie, as far as it is known.
type CauseKind uint8

// The kinds of causes. The first that is so is the one.
const (
	NotWaited     CauseKind = iota // nothing but that no wait took it
	Held                           // its debugger is told first
	NoSIGCHLD                      // it was created so that another signal, or none, tells of its end
	ParentStopped                  // its parent is, or was, stopped
	ParentBusy                     // its parent was in a wait for another child
)

// Cause is what is known of why a zombie is, or was, not reaped.
type Cause struct {
	Kind   CauseKind
	Parent event.PID  // who has to wait for it
	Comm   event.Text // the parent's; empty when it is not known
	Traced bool       // the parent is: what it does is seen
	// WaitsKnown: no wait of the parent can have been lost. SignalsKnown: likewise of what concerns SIGCHLD.
	// WaitsUnseen: the parent waits by calls that are not seen to return.
	WaitsKnown, SignalsKnown, WaitsUnseen bool

	For        event.Time // a zombie
	HadFor     event.Time // of that, of the parent that Left tells of, where what that did is told
	Waits      Waits      // of the parent, since it is its zombie, that asked for it or for any
	OtherWaits uint32     // of the parent, likewise, for other children that it named
	GroupWaits uint32     // of the parent, likewise, for a group, that a signal interrupted: it can be of that
	Delivered  uint64     // how often the parent's handler of SIGCHLD ran since
	Disposal              // what the parent does about SIGCHLD

	Held     bool // by its debugger, still
	HeldFor  event.Time
	Debugger event.PID // 0: not known
	// DebuggerComm is how the debugger is called, while it holds the zombie.
	DebuggerComm event.Text
	ExitSignal   int32 // that its end sends; 0: none

	Stopped      int32 // the signal that stopped the parent; 0: it is not stopped
	StoppedBy    event.PID
	StopperComm  event.Text
	StopperKnown bool
	StoppedFor   event.Time

	BusyFor  event.Time // the parent's wait for another child took so much of the time
	BusyPID  event.PID  // as the parent counts, where BusyComm is not known
	BusyComm event.Text

	// Wait is a wait that the parent is in, and that passes over this zombie; Call is CallNone where none is known. Its
	// Thread is 0 when the parent has never had another.
	Wait     WaitCall
	WaitFor  event.Time
	WaitComm event.Text // of the one child that it is for

	Coalesced bool      // its SIGCHLD was, in that of
	Into      event.PID // 0: not known

	Left *Leaving // how it came under its parent; nil: it was born there
}

// Cause returns what is known of why p, a zombie, has not been reaped yet. A debugger that has let go of it, however
// late, is no reason any more.
func (m *Model) Cause(p *Process) Cause {
	c := m.cause(p, m.now)
	if c.Kind == Held && !c.Held {
		free := c
		free.HeldFor = 0
		c.Kind = free.kind()
	}
	return c
}

// AnyWait reports whether any wait of its parent for it reaps p, a zombie: no debugger holds it, and its end sends
// SIGCHLD.
func AnyWait(m *Model, p *Process) bool {
	k := p.custody
	return p.exitSignal == event.SIGCHLD && (k == nil || !k.held || !holdSeen(m, p))
}

func (m *Model) cause(p *Process, at event.Time) Cause {
	c := Cause{Parent: p.ParentPID, ExitSignal: int32(p.exitSignal), Left: p.left, For: at - min(at, p.ZombieSince),
		WaitsKnown: m.complete(event.Wait), SignalsKnown: m.complete(event.Signal, event.Deliver, event.Dispose)}
	k := p.custody
	if k == nil { // what its parent had done by its end is not known any more
		c.Kind = c.kind()
		return c
	}
	c.Held, c.Debugger, c.Coalesced, c.Into = k.held && holdSeen(m, p), k.debugger, k.coalesced, k.into
	if debugger := m.forest.process(k.debugger); c.Held && debugger != nil {
		c.DebuggerComm = debugger.Comm
	}
	switch {
	case c.Held:
		c.HeldFor = c.For
	case k.heldUntil > p.ZombieSince:
		c.HeldFor = min(at, k.heldUntil) - p.ZombieSince
	}
	parent := m.forest.process(p.ParentPID)
	if parent != nil {
		did := parent.parenting.orNone()
		c.Traced, c.Comm, c.Disposal = true, parent.Comm, parent.disposal
		c.WaitsUnseen = did.unseen
		c.Waits = did.waits.since(k.waits)
		c.Waits.add(k.asked)
		c.OtherWaits = did.certain - k.certain - k.asked.Calls
		c.GroupWaits = did.broken - k.broken
		c.Delivered = uint64(uint32(parent.signals.orNone().Delivered) - k.delivered)
		if Tells(m, event.Kill) { // of a SIGCONT, too
			c.Stopped, c.StoppedFor = parent.Stopped, parent.stoppedFor(at)-k.stopped
			c.StoppedBy, c.StopperComm, c.StopperKnown = parent.StoppedBy()
		}
		b := did.busy
		if begin := max(b.from, k.since); b.until > begin {
			c.BusyFor, c.BusyPID, c.BusyComm = b.until-begin, b.child, b.comm
		}
		c.passesOver(&m.forest, parent, p, at)
	}
	c.Kind = c.kind()
	return c
}

// holdSeen reports whether it would be known that the debugger of p has let go of it: the SIGCHLD to its parent tells
// that, or the wait of a debugger that is traced.
func holdSeen(m *Model, p *Process) bool {
	if p.exitSignal == event.SIGCHLD {
		return m.complete(event.Signal)
	}
	return m.forest.process(p.custody.debugger) != nil && m.complete(event.Wait)
}

// kind: what lasted for half of the time is the cause.
func (c *Cause) kind() CauseKind {
	switch {
	case c.Held || c.HeldFor > 0 && c.HeldFor >= c.For/2:
		return Held
	case c.ExitSignal != event.SIGCHLD:
		return NoSIGCHLD
	case c.Stopped != 0 || c.StoppedFor > 0 && c.StoppedFor >= c.For/2:
		return ParentStopped
	case c.BusyFor > 0 && c.BusyFor >= c.For/2:
		return ParentBusy
	}
	return NotWaited
}

// Tells reports whether the source tells of all of these kinds, as far as nothing is lost.
func Tells(m *Model, kinds ...event.Kind) bool {
	return !slices.ContainsFunc(kinds, func(k event.Kind) bool { return slices.Contains(m.options.Untold, k) })
}

// complete reports whether the source tells of these kinds, and no event of them is known to be lost.
func (m *Model) complete(kinds ...event.Kind) bool {
	if !Tells(m, kinds...) {
		return false
	}
	lost := m.counters.lostByKind[event.None]
	for _, k := range kinds {
		lost += m.counters.lostByKind[k]
	}
	return lost == 0
}

// takeCustody notes that p, which is dead, is its parent's to wait for from now on.
func (f *forest) takeCustody(p *Process, at event.Time) {
	k := custody{since: at}
	if before := p.custody; before != nil { // it comes from another parent
		k.held, k.heldUntil, k.debugger, k.thread = before.held, before.heldUntil, before.debugger, before.thread
	} else if p.custody, f.spare = f.spare, nil; p.custody == nil {
		p.custody = new(custody)
	}
	if parent := f.process(p.ParentPID); parent != nil {
		did := parent.parenting.orNone()
		k.waits, k.certain, k.broken, k.stopped = did.waits, did.certain, did.broken, parent.stoppedFor(at)
		k.delivered = uint32(parent.signals.orNone().Delivered)
	}
	*p.custody = k
}

// letGo notes that the debugger of p, if there is one, holds it no longer.
func (p *Process) letGo(at event.Time) {
	if p.custody != nil && p.custody.held {
		p.custody.held, p.custody.heldUntil = false, at
	}
}

// countWait takes a call that has returned, or was interrupted, into what is known of the process that waited. One that
// sleeps until a certain child ends, or one of a group, leaves others that are dead. A wait for any, or one that does
// not sleep, lasts for long only when it has no CPU. The child is the one that it has found, as it was before; nil when
// that is not known.
func (m *Model) countWait(e *event.Event, child *Process) {
	p := m.forest.process(e.PID)
	if e.Reaps() && (p == nil || p.InnerPID == p.PID) {
		m.debuggerWaited(e)
	}
	if p == nil {
		return
	}
	was := busy{from: e.Time, until: e.Time, child: event.PID(e.Child.TID)}
	if was.child == 0 && e.AsksForOne() {
		was.child, child = e.ID, childOf(&m.forest, p, e.ID)
	}
	if e.Waited < e.Time {
		was.from -= e.Waited
	}
	told, ok := p.waitOver(e.Task.TID)
	if ok {
		was.from = min(was.from, told.Since)
	}
	if child != nil {
		was.child, was.comm = child.PID, child.Comm
	}
	if e.IDType != event.IDAll && e.Options&wNoHang == 0 && was.child != 0 {
		p.wasBusy(&was)
	}
	if e.Flags.Has(event.Interrupted) {
		if e.IDType == event.IDGroup {
			made(&p.parenting).broken++
		}
		return
	}
	m.pausing.waited(p, child, e, told)
	did := made(&p.parenting)
	if e.AsksForOne() {
		did.certain++
		if z := m.reaping.awaited[waitKey{e.PID, e.ID}]; z != nil && z.custody != nil {
			z.custody.asked.count(e)
		}
	} else {
		did.waits.count(e)
	}
}

// debuggerWaited lets go of the child of another that a wait has named: so does the wait of its debugger.
func (m *Model) debuggerWaited(e *event.Event) {
	z := m.forest.process(event.PID(e.Child.TID))
	if z == nil || z.custody == nil || z.ParentPID == e.PID {
		return
	}
	if z.custody.debugger == 0 || z.custody.debugger == e.PID {
		z.letGo(e.Time)
	}
}

// debuggerEnds lets go of all that process p, which ends, may have held, or a thread of it alone.
func (f *forest) debuggerEnds(p *Process, e *event.Event) {
	if !p.parenting.orNone().debugs {
		return
	}
	whole := e.Flags.Has(event.GroupDead)
	for _, z := range f.dead {
		k := z.custody
		if z.State == Zombie && k != nil && k.debugger == p.PID && (whole || k.thread == e.Task.TID) {
			z.letGo(e.Time)
		}
	}
}

// toldOf takes what a SIGCHLD for the end of c says: to its parent, or to its debugger, which is told first.
func (m *Model) toldOf(e *event.Event, parent *Process) {
	if e.Code <= 0 {
		return
	}
	z := m.forest.process(e.PID)
	if z != nil && z.ParentPID != e.TargetPID && (e.SiPID == z.PID || e.SiPID == z.nsPID) {
		if k := z.custody; k != nil && k.held && (k.debugger == 0 || k.debugger == e.TargetPID) {
			k.thread = e.Target
			k.debugger, made(&parent.parenting).debugs = e.TargetPID, true
		}
		return
	}
	z = m.forest.process(m.about(e))
	if z == nil || z.State != Zombie || z.custody == nil {
		return
	}
	z.letGo(e.Time)
	z.custody.coalesced = e.Result == event.Coalesced
	if counts := parent.signals.orNone(); z.custody.coalesced && counts.isPending {
		z.custody.into = counts.about
	}
}
