package model

import "tracer/event"

// Send is what one process sent another of one signal: how often, and what became of it. SIGCHLD is not among them, but
// in Signals.
type Send struct {
	Signal     int32
	By         event.Sender // as it first was
	Target     event.PID
	TargetComm event.Text // as the target was called last; "" of one that is not traced
	// Sent is how often; of these the others are known: lost in one that was pending, discarded, by a handler, by a
	// call that waits for signals, by a stop. The rest ended the target, or is pending, or was read from a signalfd.
	Sent, Coalesced, Discarded, Handled, Taken, Stopped uint64
	// Of those discarded: under SIG_IGN; as the target was ending; as its process group was orphaned.
	Ignored, TooLate, Orphaned uint64
	Continued                  uint64 // so many let a target go on that was stopped

	Spared bool       // the target is an init, which is spared the default action
	Ended  bool       // one of them ended the target
	At     event.Time // when the last one was sent
	Event  uint64     // the ordinal of the first one
}

// maxSends bounds how many are listed: the first.
const maxSends = 1000

type sendKey struct {
	signal int32
	by     event.PID
	reason event.Reason
	target event.PID
	number uint64 // of the target, as ids are used again
}

// sends lists who sent whom which signal.
type sends struct {
	firsts[sendKey, Send]
	more uint64 // signals that are of none that is listed
}

// Sends returns who sent whom which signal, in the order in which that began, and how many more signals there were. It
// is the model's own: read it before the next Apply.
func (m *Model) Sends() (list []Send, more uint64) { return m.forest.sends.list, m.forest.sends.more }

// add counts a kill to p, which is nil for one outside the traced set, and returns its place in the list; -1: none.
func (s *sends) add(e *event.Event, p *Process, ordinal uint64) int {
	key := sendKey{e.Signal, e.PID, e.Reason, e.TargetPID, 0}
	if p != nil {
		key.number = p.Number
	}
	i, added := s.place(key, maxSends)
	if i < 0 {
		s.more++
		return -1
	}
	to := &s.list[i]
	if added {
		*to = Send{Signal: e.Signal, By: e.Sender(), Target: e.TargetPID, Event: ordinal}
	}
	to.Sent++
	to.At = e.Time
	if p != nil {
		to.TargetComm = p.Comm
		if e.Signal == event.SIGCONT && p.State == Alive && p.Stopped != 0 {
			to.Continued++
		}
	}
	switch e.Result {
	case event.Coalesced:
		to.Coalesced++
	case event.Ignored:
		to.Discarded++
		if e.Disposition == event.Ignore {
			to.Ignored++
		}
	case event.Ending:
		to.Discarded++
		to.TooLate++
	case event.Protected:
		to.Discarded++
		to.Spared = true
	}
	return i
}

// got counts what became of one that was pending.
func (s *sends) got(i int, e *event.Event) {
	if i < 0 {
		return
	}
	switch to := &s.list[i]; {
	case e.Kind == event.Stop:
		to.Stopped++
	case e.Call != event.CallNone:
		to.Taken++
	case e.Disposition == event.Default:
		to.Discarded++
		to.Spared = to.Spared || e.Result == event.Protected
		if e.Result == event.Orphaned {
			to.Orphaned++
		}
	case e.Disposition == event.Ignore:
		to.Discarded++
		to.Ignored++
	default:
		to.Handled++
	}
}

// ended marks the one that ended p.
func (s *sends) ended(p *Process) {
	if k := p.killer(); k != nil && k.send >= 0 {
		s.list[k.send].Ended, s.list[k.send].TargetComm = true, p.Comm
		if p.OutOfMemory && k.by.PID == 0 {
			s.list[k.send].By.Flags |= event.OutOfMemory
		}
	}
}
