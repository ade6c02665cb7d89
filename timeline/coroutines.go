package timeline

import (
	"maps"
	"slices"

	"tracer/event"
	"tracer/model"
)

// runtimes are the coroutines that are open. Those that have control are with their processes.
type runtimes struct {
	*sink
	tasks      *tasks
	coroutines map[uint64]*Span // by number
	latest     *process         // whose coroutines were switched last
}

// control is which coroutine has control of a thread.
type control struct {
	span Span
	on   bool
}

func (t *runtimes) created(f *model.Fact) {
	if f.Coroutine == nil {
		t.mark(f)
		return
	}
	c := f.Coroutine
	t.coroutines[c.Number] = t.begin(&Span{Kind: Coroutine, Of: coroutineID(c, f.Task), Begin: moment(f),
		Process: f.Process, Coroutine: c, By: ID{PID: f.Process.PID, Task: f.Task,
			Coroutine: model.CoroutineID{Runtime: c.Runtime, ID: c.Creator}}})
}

func coroutineID(c *model.Coroutine, thread event.Task) ID {
	return ID{Number: c.Number, PID: c.Process.PID, Task: thread, Coroutine: model.CoroutineID{Runtime: c.Runtime,
		ID: c.ID}}
}

func (t *runtimes) ended(f *model.Fact) {
	at := moment(f)
	at.Inferred = at.Inferred || f.Event.Kind == event.Spawn // its address is another's
	if f.Process != nil {
		t.yields(f, at)
	}
	if f.Coroutine == nil {
		t.mark(f)
		return
	}
	s := t.coroutines[f.Coroutine.Number]
	if s == nil {
		return
	}
	delete(t.coroutines, f.Coroutine.Number)
	s.End = at
	s.End.At = max(at.At, s.Begin.At)
	t.giveSpan(s)
}

// yields ends the control that a coroutine which ended had.
func (t *runtimes) yields(f *model.Fact, at Moment) {
	p := t.tasks.processes[f.Process.Number]
	if p == nil {
		return
	}
	thread := f.Event.Task.TID
	if f.Coroutine != nil {
		thread = f.Coroutine.Thread
	}
	c := p.controls[thread]
	if c == nil || !c.on {
		return
	}
	ended := model.CoroutineID{Runtime: f.Event.Runtime, ID: f.Event.Coroutine}
	if f.Coroutine != nil {
		ended = model.CoroutineID{Runtime: f.Coroutine.Runtime, ID: f.Coroutine.ID}
	}
	if c.span.Of.Coroutine == ended {
		t.endControl(c, at)
	}
}

func (t *runtimes) tookControl(f *model.Fact) {
	if f.Process == nil {
		t.mark(f)
		return
	}
	if t.latest == nil || t.latest.of != f.Process {
		t.latest = t.tasks.state(f)
	}
	p, at := t.latest, moment(f)
	if p.life == nil { // the dead do nothing
		t.mark(f)
		return
	}
	c := p.controls[f.Task.TID]
	if c == nil {
		if p.controls == nil {
			p.controls = map[event.TID]*control{}
		}
		c = &control{}
		p.controls[f.Task.TID] = c
	}
	t.endControl(c, at)
	if f.Event.Coroutine == 0 {
		return
	}
	c.on = true
	c.span = Span{Kind: Control, Begin: at, Process: f.Process, Coroutine: f.Coroutine}
	if f.Coroutine != nil {
		c.span.Of = coroutineID(f.Coroutine, f.Task)
	} else {
		c.span.Of = ID{PID: f.Process.PID, Task: f.Task,
			Coroutine: model.CoroutineID{Runtime: f.Event.Runtime, ID: f.Event.Coroutine}}
	}
	t.begin(&c.span)
}

func (s *sink) endControl(c *control, at Moment) {
	if !c.on {
		return
	}
	c.on = false
	c.span.End = at
	c.span.End.At = max(at.At, c.span.Begin.At)
	s.giveSpan(&c.span)
}

// endControls ends the control that coroutines of p have.
func (s *sink) endControls(p *process, at Moment) {
	if p.controls == nil {
		return
	}
	for _, thread := range slices.Sorted(maps.Keys(p.controls)) {
		s.endControl(p.controls[thread], at)
	}
	p.controls = nil
}

// forkControl returns the control that the child of a fork has: it goes on in a copy of the same coroutine.
func forkControl(creator *process, f *model.Fact) map[event.TID]*control {
	from := creator.controls[f.Event.Task.TID]
	if from == nil || !from.on {
		return nil
	}
	c := &control{on: true, span: Span{Kind: Control, Begin: moment(f), Process: f.Process}}
	c.span.Of = ID{PID: f.Process.PID, Task: f.Event.Child, Coroutine: from.span.Of.Coroutine}
	return map[event.TID]*control{f.Event.Child.TID: c}
}

// eventsLost ends all control when switches can have been lost: who has it is known again at the next.
func (t *runtimes) eventsLost(f *model.Fact) {
	if f.Event.Lost != event.None && f.Event.Lost != event.Switch {
		return
	}
	at := moment(f)
	at.Inferred = true
	for _, number := range slices.Sorted(maps.Keys(t.tasks.processes)) {
		t.endControls(t.tasks.processes[number], at)
	}
}
