package timeline

import (
	"cmp"
	"fmt"
	"slices"

	"tracer/event"
	"tracer/model"
)

// HistoryFrom returns a history that begins with what a model holds after pos events, and has it tell what follows. Of
// what was before it has the lives of the tasks that are there still, or left of late, and the connections that are
// open; Cut says so.
func HistoryFrom(m *model.Model, pos uint64) *History {
	h := NewHistory()
	if h.pos = pos; pos > 0 {
		h.cut = Stamp{m.Now(), pos}
		s := seed{History: h, m: m, at: m.Now(), tasks: map[event.TID]event.PID{}}
		s.plant()
	}
	model.Tell(m, h.Add)
	return h
}

// A seed tells a history what a model holds, as the facts by which it had become so: what becomes of it later then
// meets the same as if it had been told all along.
type seed struct {
	*History
	m     *model.Model
	at    event.Time
	tasks map[event.TID]event.PID // the process of each task
}

// planted is a task and its number, by which what made others comes before these.
type planted struct {
	number uint64
	tell   func()
}

func (s *seed) plant() {
	var all []planted
	s.m.Walk(func(p *model.Process, _ int) bool {
		all = append(all, planted{p.Number, func() { s.process(p) }})
		for th := p.FirstThread(); th != nil; th = th.Next() {
			all = append(all, planted{th.Number, func() { s.thread(th) }})
		}
		for c := p.FirstCoroutine(); c != nil; c = c.Next() {
			all = append(all, planted{c.Number, func() { s.coroutine(c) }})
		}
		return true
	})
	slices.SortFunc(all, func(a, b planted) int { return cmp.Compare(a.number, b.number) })
	for _, one := range all {
		one.tell()
	}
	for c := s.m.FirstConnection(); c != nil; c = c.Next() {
		s.connection(c)
	}
	for _, held := range model.HeldIn(s.m) {
		s.holds(&held)
	}
}

// add tells a fact, as if an event of that time and process had shown it.
func (s *seed) add(f model.Fact, e event.Event) {
	if e.Time = s.at; e.PID == 0 && f.Process != nil {
		e.PID = f.Process.PID
	}
	if f.Event = &e; f.At == 0 {
		f.At, f.Flags = s.at, f.Flags|model.Inferred
	}
	s.line.Add(&f)
}

func (s *seed) process(p *model.Process) {
	s.tasks[p.ID.TID] = p.PID
	creator := cmp.Or(p.Creator, p.ParentPID)
	born := model.Fact{Kind: model.Created, Process: p, At: p.Born}
	switch {
	case p.Root:
		born.Kind, born.At = model.Launched, s.m.Start()
	case p.Born == 0:
		born.Kind = model.Met
	}
	s.add(born, event.Event{Kind: event.Fork, Task: event.Task{TID: event.TID(creator)}, PID: creator, Child: p.ID})
	if p.Stopped != 0 {
		s.add(model.Fact{Kind: model.Stopped, Process: p}, event.Event{})
	}
	if p.State == model.Alive {
		return
	}
	s.add(model.Fact{Kind: model.Ended, Process: p, At: p.Ended}, event.Event{Kind: event.Exit})
	if p.EndedEarlier() && p.State != model.Ending {
		s.add(model.Fact{Kind: model.Waitable, Process: p, At: p.ZombieSince}, event.Event{Kind: event.Signal})
	}
	if p.State == model.Gone {
		s.add(model.Fact{Kind: model.Reaped, Process: p, At: p.GoneAt, Reaping: p.Reaping,
			Task: event.Task{TID: event.TID(p.ReapedBy)}}, event.Event{})
	}
}

func (s *seed) thread(th *model.Thread) {
	s.tasks[th.ID.TID] = th.Process.PID
	born := model.Fact{Kind: model.Created, Process: th.Process, Thread: th, At: th.Born}
	if th.Born == 0 {
		born.Kind = model.Met
	}
	s.add(born, event.Event{})
	if th.State == model.Gone {
		s.add(model.Fact{Kind: model.Ended, Process: th.Process, Thread: th, At: th.Ended}, event.Event{})
	}
}

func (s *seed) coroutine(c *model.Coroutine) {
	e := event.Event{Runtime: c.Runtime, Coroutine: c.ID, Task: event.Task{TID: c.Thread}}
	f := model.Fact{Kind: model.CoroutineCreated, Process: c.Process, Coroutine: c, At: c.Born, Task: e.Task}
	s.add(f, e)
	switch c.State {
	case model.Running:
		f.Kind, f.At = model.TookControl, 0
		s.add(f, e)
	case model.Finished:
		f.Kind, f.At = model.CoroutineEnded, c.Ended
		s.add(f, e)
	}
}

func (s *seed) connection(c *model.Connection) {
	if c.Closed != 0 {
		return
	}
	f := model.Fact{Kind: model.Accepted, Process: s.m.Find(c.AcceptedBy), Connection: c, At: c.Accepted,
		Task: c.Acceptor()}
	s.add(f, event.Event{PID: c.AcceptedBy})
	serve := func(tid event.TID, at event.Time, written uint64) {
		f := model.Fact{Kind: model.Served, Process: s.m.Find(s.tasks[tid]), Connection: c, At: at,
			Task: event.Task{TID: tid}}
		e := event.Event{PID: s.tasks[tid], Task: f.Task, BytesWritten: written}
		if c.Server != nil && tid == c.ServedBy {
			f.Process, f.Coroutine, e.PID = c.Server, coroutineOf(c.Server, c.Coroutine), c.Server.PID
		}
		if f.Coroutine == nil && f.Process != nil && f.Process.FirstCoroutine() != nil { // which it was is not known
			f.Process, e.PID = nil, 0
		}
		s.add(f, e)
	}
	if c.FirstRead != 0 && (c.FirstReply == 0 || c.FirstRead < c.FirstReply) { // else that phase was passed over
		serve(c.ServedBy, c.FirstRead, 0)
	}
	if c.FirstReply != 0 {
		serve(c.ServedBy, c.FirstReply, 1)
	}
	if last := c.LastTask(); last != c.ServedBy {
		serve(last, 0, 0)
	}
	for i := range c.Exchanges {
		s.exchange(f, &c.Exchanges[i])
	}
}

func (s *seed) exchange(f model.Fact, x *model.Exchange) {
	f.Kind, f.At = model.Requested, x.Asked
	s.add(f, event.Event{PID: f.Connection.AcceptedBy, Line: x.Request})
	if x.Answered != 0 {
		f.Kind, f.At = model.Responded, x.Answered
		s.add(f, event.Event{PID: f.Connection.AcceptedBy, Line: fmt.Sprintf("HTTP/1.1 %03d", x.Status)})
	}
}

func coroutineOf(p *model.Process, id model.CoroutineID) *model.Coroutine {
	for c := p.FirstCoroutine(); c != nil && id.ID != 0; c = c.Next() {
		if c.ID == id.ID && c.Runtime == id.Runtime && c.State != model.Finished {
			return c
		}
	}
	return nil
}

func (s *seed) holds(h *model.HeldSocket) {
	s.add(model.Fact{Kind: model.Holds, Process: s.m.Find(h.PID), Connection: h.Connection, At: h.Seen},
		event.Event{PID: h.PID, Socket: &event.Socket{Listener: h.Listener}})
}
