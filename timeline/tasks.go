package timeline

import (
	"tracer/event"
	"tracer/model"
)

// tasks are the processes and threads that are open, and those that are gone and can come to be retracted.
type tasks struct {
	*sink
	processes map[uint64]*process // by number
	pids      map[event.PID]*process
	threads   map[event.TID]*thread
	gone      []uint64  // numbers of the processes that are gone and kept, the earliest first
	past      []*thread // threads that have ended, in that order: what they did can become known later
}

// process is what is open of a process, and what can be retracted.
type process struct {
	of                              *model.Process
	life, program, stopped, pending *Span
	ending, zombie                  *Span
	reparents                       []*held       // the last that were told, all while it lives
	reaped, reap                    *held         // the zombie and the edge, once it is gone
	requests                        []*connection // for which it was made, and that are closed
	began                           event.Time    // as far as it is known
	controls                        map[event.TID]*control
}

// thread is one that is not a leader.
type thread struct {
	of   *model.Thread
	span *Span      // nil when it has ended
	end  event.Time // 0 while it lives
}

func processID(p *model.Process) ID { return ID{Number: p.Number, PID: p.PID, Task: p.ID} }

func threadID(h *model.Thread) ID { return ID{Number: h.Number, PID: h.Process.PID, Task: h.ID} }

// find returns who had a process id when a fact happened, nil when that is not known.
func (t *tasks) find(pid event.PID, f *model.Fact) *process {
	p := t.pids[pid]
	if p == nil || p.began > f.At || p.of.State == model.Gone && p.of.GoneAt < f.At {
		return nil
	}
	return p
}

func (t *tasks) pidID(pid event.PID, f *model.Fact) ID {
	if p := t.find(pid, f); p != nil {
		return processID(p.of)
	}
	return ID{PID: pid, Task: event.Task{TID: event.TID(pid)}}
}

// taskID is the task that did what a fact tells: a thread, or a process by its leader.
func (t *tasks) taskID(pid event.PID, task event.Task, f *model.Fact) ID {
	if h := t.threads[task.TID]; h != nil && h.of.Process.PID == pid && (h.end == 0 || f.At <= h.end) {
		return threadID(h.of)
	}
	p := t.find(pid, f)
	switch {
	case p == nil:
		return ID{PID: pid, Task: task}
	case task.TID == 0 || task.TID == event.TID(pid):
		return processID(p.of)
	}
	id := processID(p.of) // of the thread only the id is known
	id.Task = task
	return id
}

// state returns what is kept of the process of a fact. Of one that is gone for so long that it was forgotten, what the
// model still knows.
func (t *tasks) state(f *model.Fact) *process {
	p := t.processes[f.Process.Number]
	if p == nil {
		p = &process{of: f.Process}
		t.processes[f.Process.Number] = p
		if f.Process.State == model.Gone {
			s := t.newSpan(Zombie, f.Process, Moment{At: f.Process.ZombieSince, Evidence: f.Evidence, Inferred: true})
			s.End, s.Reaping = moment(f), f.Reaping
			p.reaped = &held{at: f.At, span: s, left: true}
			t.keep(f.Process.Number)
		}
	}
	return p
}

func (t *tasks) newSpan(k Kind, p *model.Process, begin Moment) *Span {
	return &Span{Kind: k, Of: processID(p), Begin: begin, Process: p}
}

// mostGone is how many processes that are gone are kept, and how many threads: as many as the model keeps unless it is
// told otherwise.
const mostGone = 10_000

// keep keeps a process that is gone, and forgets those that went long before.
func (t *tasks) keep(number uint64) {
	t.gone = append(t.gone, number)
	if len(t.gone) <= mostGone {
		return
	}
	if p := t.processes[t.gone[0]]; p != nil {
		delete(t.processes, t.gone[0])
		if t.pids[p.of.PID] == p {
			delete(t.pids, p.of.PID)
		}
	}
	t.gone = t.gone[1:]
}

func (t *tasks) born(f *model.Fact) {
	if f.Thread != nil {
		t.threadBorn(f)
		return
	}
	begin := birth(f, f.Process.ID.Start)
	p := &process{of: f.Process, began: begin.At, life: t.newSpan(Process, f.Process, begin),
		program: t.newSpan(Program, f.Process, begin)}
	t.processes[f.Process.Number], t.pids[f.Process.PID] = p, p
	p.program.Name, p.program.Path, p.program.Args = f.Process.Comm, f.Process.Path, f.Process.Args
	defer func() { t.begin(p.life); t.begin(p.program) }()
	if f.Kind == model.Launched {
		return
	}
	p.life.By = t.creator(f)
	if creator := t.find(p.life.By.PID, f); f.Event.Kind == event.Fork && creator != nil && creator.program != nil {
		p.program.Path, p.program.Args = creator.program.Path, creator.program.Args
		p.controls = forkControl(creator, f)
	}
	if f.Kind == model.Created {
		t.edge(&Edge{Kind: Fork, From: p.life.By, To: p.life.Of, Begin: begin, End: begin})
	}
}

func (t *tasks) threadBorn(f *model.Fact) {
	s := &Span{Kind: Thread, Of: threadID(f.Thread), Begin: birth(f, f.Thread.ID.Start), Process: f.Process,
		Thread: f.Thread, By: t.pidID(f.Process.PID, f)}
	if f.Event.Kind == event.Fork {
		s.By = t.taskID(f.Event.PID, f.Event.Task, f)
	}
	t.threads[f.Thread.ID.TID] = &thread{of: f.Thread, span: t.begin(s)}
	if f.Kind == model.Created {
		t.edge(&Edge{Kind: Fork, From: s.By, To: s.Of, Begin: s.Begin, End: s.Begin})
	}
}

// birth is when a task was created. Of one that was there before, or whose creation was lost, its start tells, when
// that is known.
func birth(f *model.Fact, start event.Time) Moment {
	at := moment(f)
	if f.Kind == model.Met || at.Inferred {
		at.Inferred = start == 0
		if start != 0 {
			at.At = min(at.At, start)
		}
	}
	return at
}

// creator is who called fork, or the parent where that is not known.
func (t *tasks) creator(f *model.Fact) ID {
	if f.Event.Kind == event.Fork && f.Kind == model.Created && f.Event.Child == f.Process.ID {
		return t.taskID(f.Event.PID, f.Event.Task, f)
	}
	return t.pidID(f.Process.ParentPID, f)
}

func (t *tasks) executed(f *model.Fact) {
	p := t.state(f)
	if p.life == nil { // the dead do nothing
		t.mark(f)
		return
	}
	t.endControls(p, moment(f))
	t.end(p.program, moment(f))
	p.program = t.newSpan(Program, f.Process, moment(f))
	p.program.Name, p.program.Path, p.program.Args = f.Process.Comm, f.Process.Path, f.Process.Args
	t.begin(p.program)
}

func (t *tasks) ended(f *model.Fact) {
	at := moment(f)
	if f.Thread != nil {
		t.threadEnded(f, at)
		return
	}
	p := t.state(f)
	at.Inferred = at.Inferred || f.Flags.Has(model.Before)
	t.endControls(p, at)
	for _, s := range []**Span{&p.stopped, &p.pending, &p.program, &p.life} {
		t.end(*s, at)
		*s = nil
	}
	if f.Process.EndedEarlier() {
		p.ending = t.begin(t.newSpan(Ending, f.Process, at))
		return
	}
	t.waitable(p, at)
}

// waitable begins the time in which the parent of a process can wait for it.
func (t *tasks) waitable(p *process, at Moment) {
	t.end(p.ending, at)
	p.ending = nil
	p.zombie = t.begin(t.newSpan(Zombie, p.of, at))
}

func (t *tasks) threadEnded(f *model.Fact, at Moment) {
	if p := t.processes[f.Process.Number]; p != nil {
		if c := p.controls[f.Thread.ID.TID]; c != nil {
			t.endControl(c, at)
			delete(p.controls, f.Thread.ID.TID)
		}
	}
	if h := t.threads[f.Thread.ID.TID]; h != nil && h.of == f.Thread && h.span != nil {
		t.end(h.span, at)
		h.span, h.end = nil, at.At
		t.keepThread(h)
	}
}

// keepThread keeps a thread that has ended, and forgets one that did long before.
func (t *tasks) keepThread(h *thread) {
	t.past = append(t.past, h)
	if len(t.past) <= mostGone {
		return
	}
	if id := t.past[0].of.ID.TID; t.threads[id] == t.past[0] {
		delete(t.threads, id)
	}
	t.past = t.past[1:]
}

func (t *tasks) reaped(f *model.Fact) {
	p := t.state(f)
	if f.Retracted {
		t.notReaped(p)
		return
	}
	if p.zombie == nil { // nothing told of its end
		t.waitable(p, moment(f))
	}
	t.endControls(p, moment(f))
	p.zombie.Reaping = f.Reaping
	if f.Reaping == model.ByParent || f.Reaping == model.ByOther {
		p.zombie.By = t.taskID(f.Process.ReapedBy, f.Task, f)
		end := moment(f)
		end.Evidence = f.Wait
		p.reap = t.edge(&Edge{Kind: Reap, From: p.zombie.Of, To: p.zombie.By, Begin: p.zombie.Begin, End: end})
	}
	p.reaped = t.end(p.zombie, moment(f))
	p.zombie = nil
	for _, c := range p.requests {
		t.requestOver(c, moment(f))
	}
	t.keep(f.Process.Number)
}

// notReaped takes back how p was reaped: it is a zombie again, until that is told anew.
func (t *tasks) notReaped(p *process) {
	if p.reaped == nil {
		return
	}
	zombie := *p.reaped.span
	t.takeBack(p.reaped)
	t.takeBack(p.reap)
	p.reaped, p.reap = nil, nil
	zombie.By, zombie.Reaping, zombie.Given = ID{}, model.NotReaped, Given{}
	p.zombie = t.begin(&zombie)
	for _, c := range p.requests {
		t.requestAgain(c)
	}
}

func (t *tasks) reparented(f *model.Fact) {
	p := t.state(f)
	if f.Retracted {
		n := len(p.reparents) - min(len(p.reparents), int(max(f.Count, 1)))
		for _, h := range p.reparents[n:] {
			t.takeBack(h)
		}
		p.reparents = p.reparents[:n]
		return
	}
	at := moment(f)
	p.reparents = append(p.reparents, t.edge(&Edge{Kind: Reparent, From: t.pidID(f.From, f), To: t.pidID(f.To, f),
		About: processID(f.Process), Begin: at, End: at}))
}

func (t *tasks) signaled(f *model.Fact) {
	p, at, e := t.state(f), moment(f), f.Event
	switch {
	case e.Result == event.Queued && p.life == nil: // after a loss: it had ended, as far as is known
		t.mark(f)
	case e.Result == event.Queued:
		if p.pending != nil { // nobody saw what took it
			taken := at
			taken.Inferred = true
			t.end(p.pending, taken)
		}
		p.pending = t.newSpan(Pending, f.Process, at)
		p.pending.By = t.taskID(e.PID, e.Task, f)
		t.begin(p.pending)
	case e.Result == event.Coalesced:
		into := at
		into.Inferred = true
		if p.pending != nil && f.Into != f.Evidence {
			into = p.pending.Begin
		}
		t.edge(&Edge{Kind: Coalesce, From: t.taskID(e.PID, e.Task, f), To: processID(f.Process), Begin: at, End: into})
	default:
		t.mark(f)
	}
}

// took ends what is pending: a handler runs, or a wait for signals took it.
func (t *tasks) took(f *model.Fact) {
	if f.Process == nil {
		t.mark(f)
		return
	}
	p := t.state(f)
	if p.pending == nil { // it was sent to a thread, while one was pending for the process; or before the trace
		t.mark(f)
		return
	}
	t.end(p.pending, moment(f))
	p.pending = nil
}

func (t *tasks) stopped(f *model.Fact) {
	p := t.state(f)
	t.end(p.stopped, moment(f))
	p.stopped = t.newSpan(Stopped, f.Process, moment(f))
	p.stopped.Signal = f.Process.Stopped
	t.begin(p.stopped)
}

func (t *tasks) continued(f *model.Fact) {
	p := t.state(f)
	t.end(p.stopped, moment(f))
	p.stopped = nil
}
