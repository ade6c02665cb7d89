package model

import (
	"slices"

	"tracer/event"
)

// OutcomeKind is what became of signals, and why.
type OutcomeKind uint8

// The kinds of outcomes.
const (
	EndedForMemory  OutcomeKind = iota // processes: the kernel had chosen them to be killed as memory ran out
	EndedWithThread                    // processes: the thread that they came from ended, and its process did not
	EndedByStranger                    // processes: a call of one that is neither their parent nor they themselves
	SparedInit                         // signals: their receiver is an init, and has no default action
)

// Outcome is of signals of which the same became, for the same reason.
type Outcome struct {
	Kind   OutcomeKind
	Signal int32
	By     event.Sender // EndedWithThread, EndedByStranger: as it first was
	Thread event.TID    // EndedWithThread: the one that ended
	Init   event.PID    // SparedInit
	Comm   event.Text   // of that

	Count uint64
	// Tasks are the processes that ended, or, of an init, that sent the signals: the first ones, at most MaxEvidence.
	Tasks    []event.PID
	First    event.Text // how the first of those that ended was called
	Evidence Evidence   // the signals; EndedForMemory: the ends

	process      uint64     // EndedWithThread: the number of that one's process
	since, until event.Time // EndedWithThread: it was there; until is 0 while it lives
}

type outcomeKey struct {
	kind   OutcomeKind
	signal int32
	by     event.PID
	comm   event.Text
	thread event.TID
	number uint64 // of the process of the thread, or of the init, as ids are used again
}

// outcomes are those that signals had, by when that first was so. Of more than maxTold the others are not known.
type outcomes struct {
	firsts[outcomeKey, Outcome]
	fathers int // how many are of EndedWithThread
}

// Outcomes returns what became of signals in m, in the order in which it first did. It is the model's own: read it
// before the next Apply.
func Outcomes(m *Model) []Outcome { return m.forest.outcomes.list }

// LivedOn is for how long the process of a thread went on after the thread had ended; 0 where that is not sure.
func (o *Outcome) LivedOn(m *Model) event.Time {
	switch {
	case !m.complete(event.Fork, event.Exit):
		return 0
	case o.until != 0:
		return o.until - o.since
	}
	return m.now - o.since
}

func (s *outcomes) add(key outcomeKey, o Outcome, task event.PID, ordinal uint64) {
	i, added := s.place(key, maxTold)
	if i < 0 {
		return
	}
	to := &s.list[i]
	if added {
		*to = o
		if o.Kind == EndedWithThread {
			s.fathers++
		}
	}
	to.Count++
	to.Evidence.add(ordinal)
	if task != 0 && len(to.Tasks) < MaxEvidence && (o.Kind != SparedInit || !slices.Contains(to.Tasks, task)) {
		to.Tasks = append(to.Tasks, task)
	}
}

// spared takes in a signal that an init was spared, and its sender. p is nil where the init is not traced.
func (s *outcomes) spared(signal int32, init event.PID, p *Process, sender event.PID, ordinal uint64) {
	key := outcomeKey{kind: SparedInit, signal: signal, by: init}
	o := Outcome{Kind: SparedInit, Signal: signal, Init: init}
	if p != nil {
		key.number, o.Comm = p.Number, p.Comm
	}
	s.add(key, o, sender, ordinal)
}

// until is when the process of the thread that sent a parent-death signal ended; 0 while it lives. Of one that is not
// known any more it is when the signal was sent.
func (f *forest) until(k *sent) event.Time {
	p := f.process(k.by.PID)
	switch {
	case p == nil || p.Number != k.father:
		return k.at
	case p.State != Alive:
		return p.Ended
	}
	return 0
}

// concludes takes in the end of p.
func (f *forest) concludes(p *Process) {
	s, ordinal := &f.outcomes, f.m.ordinal
	for i := 0; s.fathers > 0 && i < len(s.list); i++ {
		if o := &s.list[i]; o.Kind == EndedWithThread && o.process == p.Number {
			o.until = p.Ended
		}
	}
	k := p.killer()
	number, _, killed := event.WaitStatus(p.Status).Killed()
	switch {
	case !killed:
	case p.OutOfMemory && number == event.SIGKILL && (k == nil || k.byKernel()):
		s.add(outcomeKey{kind: EndedForMemory}, Outcome{Kind: EndedForMemory, Signal: event.SIGKILL, First: p.Comm},
			p.PID, ordinal)
	case k == nil:
	case k.father != 0:
		s.add(outcomeKey{EndedWithThread, k.signal, k.by.PID, "", k.by.TID, k.father},
			Outcome{Kind: EndedWithThread, Signal: k.signal, By: k.by, Thread: k.by.TID, First: p.Comm,
				process: k.father, since: k.at, until: f.until(k)}, p.PID, k.event)
	case k.stranger:
		s.add(outcomeKey{EndedByStranger, k.signal, k.by.PID, k.by.Comm, 0, 0},
			Outcome{Kind: EndedByStranger, Signal: k.signal, By: k.by, First: p.Comm}, p.PID, k.event)
	}
}

func (s *outcomes) clone() outcomes {
	n := outcomes{s.firsts.clone(), s.fathers}
	for i := range n.list {
		o := &n.list[i]
		o.Tasks, o.Evidence = slices.Clone(o.Tasks), slices.Clone(o.Evidence)
	}
	return n
}

// The codes of signals that a call sends (include/uapi/asm-generic/siginfo.h).
const (
	siUser  = 0
	siQueue = -1
	siTkill = -6
)

// stranger reports whether a process sent p a signal by a call that is neither p nor, for sure, its parent.
func (f *forest) stranger(e *event.Event, p *Process) bool {
	byCall := e.Code == siUser || e.Code == siQueue || e.Code == siTkill
	return byCall && e.Reason == event.ReasonUnknown && e.PID != 0 && e.PID != p.PID && e.PID != p.ParentPID &&
		(p.ParentPID != 0 || p.Root) && !e.ByTracer() && !e.Flags.Has(event.PidfdClosed) &&
		f.m.complete(event.Fork, event.Exit)
}

// father returns the number of the process that lives, as far as is known, while its thread, from which p came, has
// ended, and so sent p its parent-death signal; 0: it is not so.
func (f *forest) father(e *event.Event) uint64 {
	p := f.process(e.PID)
	if e.Reason != event.ParentDeath || p == nil || p.State != Alive || f.threads[e.Task.TID] != nil ||
		e.Task.TID == event.TID(e.PID) && !p.LeaderEnded {
		return 0
	}
	return p.Number
}
