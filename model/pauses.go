package model

import (
	"slices"

	"tracer/event"
)

// A Pause is a time for which a thread could do nothing else, since a child was not ready: it was in a wait that slept,
// or suspended by vfork, until the child executed a program or ended. Both are seen without a look at system calls.
type Pause struct {
	PID    event.PID
	Name   event.Text // of the process, then
	Thread event.TID  // 0: the only one that the process ever had
	Call   event.Call
	IDType event.IDType
	ID     event.PID
	Child  event.PID  // 0: the wait found none; as the caller counts, where Comm is not known
	Comm   event.Text // of the child, when that is known
	Ended  bool       // the child, which did not execute a program
	// Coroutine had control of the thread, in a wait; zero when none is known.
	Coroutine CoroutineID
	Held      event.Time // a duration
	Longer    bool       // it was longer: it began before the trace
	UnderWay  bool       // it is not over
	Until     event.Time

	// Queued is how many connections waited in the backlog meanwhile that the thread accepted afterwards, Longest for
	// how long one of them waited so. Of a pause that is not over: that wait at the Listener, where no other process
	// has accepted.
	Queued   uint64
	AtLeast  bool // as accepts were lost
	Longest  event.Time
	Listener event.Addr
	Times    uint64 // how often there was such a pause
	Evidence uint64 // the ordinal of the event that ended it

	tid event.TID
}

// ByVfork reports whether the thread was suspended by vfork.
func (p *Pause) ByVfork() bool { return p.Call == event.VforkCall }

// worse reports whether p, which is over, has held up more than o.
func (p *Pause) worse(o *Pause) bool {
	if p.Longest != o.Longest {
		return p.Longest > o.Longest
	}
	return p.Held > o.Held
}

// pauseKey is for what pauses are kept apart.
type pauseKey struct {
	process uint64 // its number
	byVfork bool
}

// pauses are those of a process, of one kind.
type pauses struct {
	worst Pause
	last  Pause // what is accepted next can have waited meanwhile
	times uint64
}

// pausing keeps pauses, of the first processes that had one.
type pausing struct {
	m *Model
	firsts[pauseKey, pauses]
	// Children of vforks that have not executed a program yet, by whose callers.
	suspensions []suspension
}

// suspension is that of a task by its child. The task goes on a moment before the exec or the end of the child is told
// (mm_release in kernel/fork.c), so it can have accepted connections by then.
type suspension struct {
	child event.PID
	by    event.TID
	until event.Time   // the first accept, 0: none yet
	came  []event.Time // into the backlog, what it has accepted
}

// PausesIn returns, for each process, the pause that held up most: of those by vfork each, of waits those that left
// connections in the backlog, or that kept other coroutines from the thread.
func PausesIn(m *Model) (all []Pause) {
	for _, k := range m.pausing.list {
		worst := k.worst
		if k.last.worse(&worst) {
			worst = k.last
		}
		worst.Times, worst.AtLeast = k.times, !m.complete(event.Accept)
		if worst.ByVfork() || worst.Longest > 0 || worst.Coroutine.ID != 0 {
			all = append(all, worst)
		}
	}
	m.Walk(func(p *Process, _ int) bool {
		for i := range p.Waiting() {
			if pause := p.pausedBy(m, &p.Waiting()[i]); pause.Queued > 0 || pause.Coroutine.ID != 0 {
				all = append(all, pause)
			}
		}
		return true
	})
	return all
}

// pausedBy is the pause that a wait of p has come to, zero when it is short.
func (p *Process) pausedBy(m *Model, w *WaitCall) Pause {
	if w.For(m.now) < LongWait {
		return Pause{}
	}
	pause := Pause{PID: p.PID, Name: p.Comm, Thread: p.threadOrOnly(m, w.Thread), Call: w.Call, IDType: w.IDType,
		ID: w.ID, Held: w.For(m.now), Longer: w.AtLeast, UnderWay: true, Coroutine: p.keeper(m, w.Thread), Times: 1,
		Evidence: w.Evidence, tid: w.Thread}
	for _, at := range m.listeners.All {
		if pause.Thread == 0 && at.PID == p.PID && at.Accepts > 0 && at.Waiting > 0 {
			pause.Queued, pause.Listener = uint64(at.Waiting), at.Address
			break
		}
	}
	return pause
}

func (s *pausing) add(p *Process, pause Pause) {
	i, _ := s.place(pauseKey{p.Number, pause.ByVfork()}, maxStalls)
	if i < 0 {
		return
	}
	pause.PID, pause.Name, pause.Thread = p.PID, p.Comm, p.threadOrOnly(s.m, pause.tid)
	k := &s.list[i]
	if k.last.worse(&k.worst) {
		k.worst = k.last
	}
	k.last = pause
	k.times++
}

// waited takes in a wait that has returned; before is what was told of it while it was under way. One with WNOHANG
// takes long only when it has no CPU.
func (s *pausing) waited(p, child *Process, e *event.Event, before WaitCall) {
	held, longer := e.Waited, false
	if held == 0 && before.AtLeast {
		held, longer = before.For(e.Time), true
	}
	if held < LongWait || held >= e.Time || e.Options&wNoHang != 0 {
		return
	}
	pause := Pause{Call: e.Call, IDType: e.IDType, ID: e.ID, Child: event.PID(e.Child.TID), Ended: true, Held: held,
		Longer: longer, Until: e.Time, Evidence: s.m.ordinal, tid: e.Task.TID, Coroutine: p.keeper(s.m, e.Task.TID)}
	if e.Flags.Has(event.Stopped) {
		pause.Child = 0
	}
	if child != nil {
		pause.Child, pause.Comm = child.PID, child.Comm
	}
	s.add(p, pause)
}

// suspended takes in a child of a vfork by a task.
func (s *pausing) suspended(child *Process, by event.TID) {
	if len(s.suspensions) < maxStalls {
		s.suspensions = append(s.suspensions, suspension{child: child.PID, by: by})
	}
}

// released takes in that a process has executed a program, or has ended: the first time, that lets the caller of its
// vfork go on. After a loss that could have been before.
func (s *pausing) released(child *Process, at event.Time, ended bool) {
	i := slices.IndexFunc(s.suspensions, func(v suspension) bool { return v.child == child.PID })
	if i < 0 {
		return
	}
	v := s.suspensions[i]
	s.suspensions = slices.Delete(s.suspensions, i, i+1)
	if v.until != 0 {
		at = v.until
	}
	held := at - child.Born
	p := s.m.forest.process(child.Creator)
	if held < LongWait || p == nil || p.State != Alive || p.Born > child.Born ||
		!s.m.complete(event.Exec, event.Exit, event.Fork) {
		return
	}
	pause := Pause{Call: event.VforkCall, Child: child.PID, Comm: child.Comm, Ended: ended, Held: held, Until: at,
		Evidence: s.m.ordinal, tid: v.by}
	for _, came := range v.came {
		pause.left(v.by, came)
	}
	s.add(p, pause)
}

// accepted notes that a task has taken a connection out of the backlog, which that can have entered before a pause of
// the task was over.
func (s *pausing) accepted(p *Process, by event.TID, at, queued event.Time) {
	if queued == 0 {
		return
	}
	for i := range s.suspensions {
		if v := &s.suspensions[i]; v.by == by {
			v.came = append(v.came, at-queued)
			if v.until == 0 {
				v.until = at
			}
		}
	}
	if len(s.list) == 0 {
		return
	}
	for _, byVfork := range []bool{false, true} {
		if i, ok := s.known[pauseKey{p.Number, byVfork}]; ok {
			s.list[i].worst.left(by, at-queued)
			s.list[i].last.left(by, at-queued)
		}
	}
}

// left notes a connection that came into the backlog at a time, and that a task has accepted since.
func (p *Pause) left(by event.TID, came event.Time) {
	if from := max(came, p.Until-p.Held); p.tid == by && from < p.Until {
		p.Queued++
		p.Longest = max(p.Longest, p.Until-from)
	}
}

func (s *pausing) clone() pausing {
	n := pausing{firsts: s.firsts.clone(), suspensions: slices.Clone(s.suspensions)}
	for i := range n.suspensions {
		n.suspensions[i].came = slices.Clone(n.suspensions[i].came)
	}
	return n
}
