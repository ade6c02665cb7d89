package model

import (
	"slices"

	"tracer/event"
)

// A taking is a reaping, kept after the child has gone: its parent can still wait for it, in vain.
type taking struct {
	number uint64 // of the child
	ended  uint64 // ordinal of its end
	call   pendingCall
	caller event.Text // how its task was called
	child  event.PID
	comm   event.Text
	nsPID  event.PID
	status int32
	how    Reaping
	why    Reason // of the kernel
	missed bool   // a wait for just this child has come too late
	signal int8   // that it sends at its end
}

// maxTakings bounds how many are kept of a process: the newest.
const maxTakings = 256

// takings are those of the children of a process, the oldest at next once there are as many as can be.
type takings struct {
	list []taking
	next int
}

func (k *takings) add(t taking) {
	if len(k.list) < maxTakings {
		k.list = append(k.list, t)
		return
	}
	k.list[k.next] = t
	k.next = (k.next + 1) % maxTakings
}

// newest returns the newest for which is holds, nil when there is none.
func (k *takings) newest(is func(*taking) bool) *taking {
	for i := range k.list {
		t := &k.list[(k.next+len(k.list)-1-i)%len(k.list)]
		if is(t) {
			return t
		}
	}
	return nil
}

// LostStatuses are the statuses of children for each of which a process waited by its id, and others had taken it.
type LostStatuses struct {
	PID   event.PID
	Name  event.Text // of the process, as that began
	Count uint64
	First []LostStatus // at most MaxLostStatuses, and one that is not 0 if there is one

	process uint64 // its number
}

// MaxLostStatuses bounds how many are kept of a process, each with its evidence.
const MaxLostStatuses = MaxEvidence / 3

// LostStatus is the status of one child that a wait did not get.
type LostStatus struct {
	Child  event.PID
	Comm   event.Text // of the child
	Status int32
	How    Reaping
	Why    Reason // when the kernel has taken it
	// What has taken it, when a wait did
	By     event.Task
	ByComm event.Text
	Call   event.Call
	IDType event.IDType
	ID     event.PID
	Before event.Time // how long before the wait in vain returned; 0 when not known
	// Evidence are its end, what took it, and the wait in vain.
	Evidence Evidence

	number uint64 // of the child
}

// A miss is a wait for one child that found no child.
type miss struct {
	at      event.Time
	task    event.Task
	ordinal uint64
}

// LostStatuses returns those of each process that there are, in the order in which that began. They are the model's
// own: read them before the next Apply.
func (m *Model) LostStatuses() []LostStatuses { return m.reaping.lost }

// took keeps by whom p was reaped. again: another one was told before.
func (r *reaping) took(p *Process, c pendingCall, again bool) {
	parent := r.m.forest.process(p.ParentPID)
	if parent == nil || parent.State != Alive || p.Root {
		return
	}
	t := taking{number: p.Number, ended: p.EndedEvent, call: c, caller: r.m.forest.taskComm(c.task.TID, c.by),
		child: p.PID, comm: p.Comm, nsPID: p.nsPID, status: p.Status, how: p.Reaping, signal: p.exitSignal}
	switch {
	case t.how != ByKernel && t.how != Dropped:
	case p.Asked:
		t.why = AsCreated
	default:
		t.why = r.m.forest.ignoring(p.ParentPID)
	}
	k := r.takings[p.ParentPID]
	if k == nil {
		k = &takings{}
		r.takings[p.ParentPID] = k
	}
	if again {
		if before := k.newest(func(t *taking) bool { return t.number == p.Number }); before != nil {
			t.missed = before.missed
			*before = t
			r.correct(&t)
			return
		}
	}
	k.add(t)
	if w, ok := r.missing[p.Number]; ok {
		delete(r.missing, p.Number)
		r.miss(parent, k.newest(func(*taking) bool { return true }), w)
	}
}

// correct puts right what is kept of a lost status, when another one has taken it than was thought.
func (r *reaping) correct(t *taking) {
	for g := range r.lost {
		for i := range r.lost[g].First {
			if s := &r.lost[g].First[i]; s.number == t.number {
				vain := s.Evidence[len(s.Evidence)-1]
				*s = lostStatus(t, vain, 0)
			}
		}
	}
}

// Options of waits: what they look for, and whether they sleep (include/uapi/linux/wait.h).
const (
	wNoHang   = 1
	wExited   = 4
	wNoThread = 1 << 29 // those that the calling thread itself has made
	wAll      = 1 << 30
	wClone    = 1 << 31 // those that send another signal than SIGCHLD at their end, or none
)

// missed handles a wait for one child that found no child.
func (r *reaping) missed(e *event.Event) {
	parent := r.m.forest.process(e.PID)
	if parent == nil || e.Options&wNoThread != 0 || e.Call != event.Wait4 && e.Options&wExited == 0 {
		return
	}
	w := miss{e.Time, e.Task, r.m.ordinal}
	var there *Process // the last one that had this id
	for c := parent.children.first; c != nil; c = c.next {
		if c.nsPID == e.ID {
			there = c
		}
	}
	if there != nil && (there.State != Gone || there.Reaping == NotReaped) {
		// A wait that can take it would have, or waited for its end: it has been taken, and that is not told yet
		_, known := r.missing[there.Number]
		if there.State != Alive && finds(e.Options, there.exitSignal) && !known {
			r.missing[there.Number] = w
		}
		return
	}
	if k := r.takings[e.PID]; k != nil {
		if t := k.newest(func(t *taking) bool { return t.nsPID == e.ID }); t != nil && finds(e.Options, t.signal) {
			r.miss(parent, t, w)
		}
	}
}

// finds reports whether a wait with such options finds a child that sends this signal at its end (eligible_child in
// kernel/exit.c).
func finds(options uint32, signal int8) bool {
	return options&wAll != 0 || (options&wClone != 0) == (signal != event.SIGCHLD)
}

// miss counts a status that a wait did not get, unless the same thread has got it before by asking for just that child.
func (r *reaping) miss(parent *Process, t *taking, w miss) {
	byWait := t.how == ByParent || t.how == ByOther
	forAny := t.call.idtype == event.IDAll || t.call.idtype == event.IDGroup
	if t.missed || byWait && t.call.task == w.task && !forAny {
		return
	}
	t.missed = true
	i := slices.IndexFunc(r.lost, func(l LostStatuses) bool { return l.process == parent.Number })
	if i < 0 {
		if len(r.lost) == maxTold {
			return
		}
		i = len(r.lost)
		r.lost = append(r.lost, LostStatuses{PID: parent.PID, Name: parent.Comm, process: parent.Number})
	}
	l := &r.lost[i]
	l.Count++
	switch s := lostStatus(t, w.ordinal, w.at); {
	case len(l.First) < MaxLostStatuses:
		l.First = append(l.First, s)
	case s.Status != 0 && l.Worst().Status == 0:
		l.First[MaxLostStatuses-1] = s
	}
}

// Worst returns the first status that tells of more than an end with code 0, else the first.
func (l *LostStatuses) Worst() *LostStatus {
	for i := range l.First {
		if l.First[i].Status != 0 {
			return &l.First[i]
		}
	}
	return &l.First[0]
}

func lostStatus(t *taking, vain uint64, at event.Time) LostStatus {
	s := LostStatus{Child: t.child, Comm: t.comm, Status: t.status, How: t.how, Why: t.why,
		Evidence: Evidence{t.ended, t.call.ordinal, vain}, number: t.number}
	if t.how == ByParent || t.how == ByOther {
		s.By, s.Call, s.IDType, s.ID = t.call.task, t.call.call, t.call.idtype, t.call.id
		s.ByComm = t.caller
	}
	if at > t.call.at {
		s.Before = at - t.call.at
	}
	return s
}

// forgetTakings drops what is known of who took what: something was lost, so it may have been another.
func (r *reaping) forgetTakings() {
	clear(r.takings)
	clear(r.missing)
}
