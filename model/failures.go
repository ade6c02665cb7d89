package model

import (
	"slices"

	"tracer/event"
)

// Failing is what one process has failed at, by one call and with one error.
type Failing struct {
	PID   event.PID
	Comm  event.Text // as it was called the last time
	Call  event.Call
	Errno event.Errno
	Limit event.Limit // what it ran into the first time, as far as that is known
	Max   uint64      // how much that allows
	Times uint64
	// Address is what a bind or listen was about, the first time; OthersToo: another one as well. Holder has had a
	// socket listen there, as far as that is known.
	Address    event.Addr
	OthersToo  bool
	Holder     event.PID
	HolderComm event.Text
	Since      event.Time // the first time
	Events     Evidence
}

// Unexecuted is a program that could not be executed: what ended by itself, without success, had last tried to.
type Unexecuted struct {
	Path   string // empty when it is not known
	Errno  event.Errno
	Code   int       // with which it ended
	PID    event.PID // the first that did
	Comm   event.Text
	Times  uint64 // so many did
	Events Evidence
}

// Failures are the system calls that failed, the first first; of each at most MaxNames.
type Failures struct {
	Failing    []*Failing
	Unexecuted []*Unexecuted

	m         *Model
	byProcess map[failingKey]*Failing
	byPath    map[unexecutedKey]*Unexecuted
}

type failingKey struct {
	process uint64 // its number
	call    event.Call
	errno   event.Errno
}

type unexecutedKey struct {
	path  string
	errno event.Errno
	code  int
}

// attempt is an exec that failed, and since which none has succeeded.
type attempt struct {
	path  string
	errno event.Errno
	event uint64
}

func (f *Failures) fail(e *event.Event) {
	at, n := e.Rare.Value(), e.Count
	if n > 1 { // the first was told before
		n--
	}
	if n == 0 {
		return
	}
	p := f.m.forest.process(e.PID)
	f.m.tell(Fact{Kind: Failed, Process: p, Task: e.Task, Count: n})
	if p == nil {
		return
	}
	if e.Call.Executes() {
		p.attempted = &attempt{e.Path, at.Errno, f.m.ordinal}
		return
	}
	key := failingKey{p.Number, e.Call, at.Errno}
	s := f.byProcess[key]
	if s == nil {
		if len(f.Failing) >= MaxNames {
			return
		}
		s = &Failing{PID: e.PID, Call: e.Call, Errno: at.Errno, Limit: at.Limit, Max: at.Max, Address: boundTo(e),
			Holder: at.Holder, Since: e.Time}
		if holder := f.m.forest.process(at.Holder); holder != nil {
			s.HolderComm = holder.Comm
		}
		f.byProcess[key] = s
		f.Failing = append(f.Failing, s)
	}
	s.Comm = p.Comm
	s.OthersToo = s.OthersToo || s.Address != boundTo(e)
	s.Times += n
	s.Events.add(f.m.ordinal)
}

// boundTo is the address of a bind or a listen, empty of another call.
func boundTo(e *event.Event) event.Addr {
	switch socket := e.Socket.Value(); e.Call {
	case event.Bind:
		return socket.Local
	case event.Listen:
		return socket.Listener
	}
	return ""
}

// ended takes in that a process has ended.
func (f *Failures) ended(p *Process, e *event.Event) {
	last := p.attempted
	code, exited := e.Exited()
	if last == nil || !exited || code == 0 || e.Kind != event.Exit {
		return
	}
	key := unexecutedKey{last.path, last.errno, code}
	u := f.byPath[key]
	if u == nil {
		if len(f.Unexecuted) >= MaxNames {
			return
		}
		u = &Unexecuted{Path: last.path, Errno: last.errno, Code: code, PID: p.PID, Comm: p.Comm}
		f.byPath[key] = u
		f.Unexecuted = append(f.Unexecuted, u)
	}
	u.Times++
	u.Events.add(last.event)
}

// clone returns a copy that shares nothing, of another model.
func (f *Failures) clone() (n Failures) {
	n.Failing, n.byProcess = cloneKeyed(f.Failing, f.byProcess, func(s *Failing) { s.Events = slices.Clone(s.Events) })
	n.Unexecuted, n.byPath = cloneKeyed(f.Unexecuted, f.byPath, func(u *Unexecuted) {
		u.Events = slices.Clone(u.Events)
	})
	return n
}
