package truth

import (
	"slices"

	"tracer/event"
)

// between is when something happened, as far as the kernel's trace tells.
type between struct{ from, to event.Time }

const never = ^event.Time(0)

// kernelTask is a task as the kernel's trace has it.
type kernelTask struct {
	tid     event.TID
	process *kernelProcess
	creator *kernelTask // nil: it is not of the watch
	local   int64       // its id, as its creator counts; 0: not known
	born    between
	ended   between // from is 0: it has not
}

// kernelProcess is a process as the kernel's trace has it.
type kernelProcess struct {
	pid     event.PID
	leader  *kernelTask
	tasks   []*kernelTask
	parent  *kernelProcess // at first; nil: it is not of the watch
	execs   []event.Time
	signals []sigchld    // that were sent to it
	handled []event.Time // by a handler
	// What its waits came to. Of a waitid(2) that did not fail it is not known whether it found a child.
	nothing, noChild, perhaps []event.Time
}

type sigchld struct {
	at     event.Time
	by     event.TID
	result event.Result
}

// call is a wait that returned.
type call struct {
	by  *kernelTask
	at  between    // from the call to what the task did next
	end event.Time // when the kernel told that it returned; a tracer can have been told after that
	pid int64      // whom it returned, as the caller counts; 0: it does not say
}

// kernelTasks is the kernel's trace of one case, told by task.
type kernelTasks struct {
	now       map[event.TID]*kernelTask
	all       []*kernelTask
	processes []*kernelProcess
	calls     []*call
	returned  map[event.TID]*call // after which the task did nothing yet
	entered   map[event.TID]told
}

const (
	cloneThread = 0x10000
	cloneParent = 0x8000
	waitNoWait  = 0x1000000
	byPID       = 1
	noChild     = -10 // ECHILD
	badAddress  = -14 // EFAULT
)

func kernelTasksOf(events []told) *kernelTasks {
	w := &kernelTasks{now: map[event.TID]*kernelTask{}, entered: map[event.TID]told{}, returned: map[event.TID]*call{}}
	for _, e := range events {
		if c := w.returned[e.by]; c != nil {
			c.at.to = e.at
			delete(w.returned, e.by)
		}
		switch l := w.now[e.by]; e.of.name {
		case "task/task_newtask":
			w.created(e, l)
		case "syscalls/sys_exit_fork", "syscalls/sys_exit_vfork", "syscalls/sys_exit_clone", "syscalls/sys_exit_clone3":
			w.cloned(e, l)
		case "sched/sched_process_exec":
			w.executed(e)
		case "sched/sched_process_exit":
			if l != nil {
				l.ended = between{e.at, never}
			}
		case "sched/sched_switch":
			if l := w.now[event.TID(e.args[0])]; l != nil && l.ended.from != 0 {
				l.ended.to = e.at
			}
		case "signal/signal_generate":
			if target := w.now[event.TID(e.args[0])]; target != nil {
				target.process.signals = append(target.process.signals, sigchld{e.at, e.by, results[e.args[1]]})
			}
		case "signal/signal_deliver":
			if l != nil && uint64(e.args[0]) > 1 { // neither the default nor ignored
				l.process.handled = append(l.process.handled, e.at)
			}
		case "syscalls/sys_enter_wait4", "syscalls/sys_enter_waitid":
			w.entered[e.by] = e
		case "syscalls/sys_exit_wait4", "syscalls/sys_exit_waitid":
			if l != nil {
				w.waited(e, l)
			}
		}
	}
	return w
}

// results are those of the kernel's signal_generate, in its order.
var results = [8]event.Result{event.Queued, event.Ignored, event.Coalesced}

func (w *kernelTasks) created(e told, creator *kernelTask) {
	l := &kernelTask{tid: event.TID(e.args[0]), creator: creator, born: between{e.at, never}}
	flags := e.args[1]
	if flags&cloneThread != 0 && creator != nil {
		l.process = creator.process
	} else {
		l.process = &kernelProcess{pid: event.PID(l.tid), leader: l}
		if creator != nil {
			l.process.parent = creator.process
			if flags&cloneParent != 0 {
				l.process.parent = creator.process.parent
			}
		}
		w.processes = append(w.processes, l.process)
	}
	l.process.tasks = append(l.process.tasks, l)
	w.now[l.tid] = l
	w.all = append(w.all, l)
}

// cloned tells what the child of a call is called by its creator. A clone that came to nothing has made no task.
func (w *kernelTasks) cloned(e told, creator *kernelTask) {
	if creator == nil || e.args[0] <= 0 {
		return
	}
	for _, l := range slices.Backward(w.all) {
		if l.creator == creator {
			if l.local == 0 {
				l.local, l.born.to = e.args[0], e.at
			}
			return
		}
	}
}

// executed gives a thread that executes a program the id of its leader, which has ended.
func (w *kernelTasks) executed(e told) {
	pid, old := event.TID(e.args[0]), event.TID(e.args[1])
	l := w.now[old]
	if l == nil {
		return
	}
	l.process.execs = append(l.process.execs, e.at)
	if old != pid {
		delete(w.now, old)
		l.ended = between{e.at, e.at} // as a thread
		again := &kernelTask{tid: pid, process: l.process, creator: l.process.leader.creator,
			local: l.process.leader.local, born: l.process.leader.born}
		l.process.tasks = append(l.process.tasks, again)
		w.now[pid] = again
	}
}

func (w *kernelTasks) waited(e told, l *kernelTask) {
	enter, ok := w.entered[e.by]
	if !ok {
		return
	}
	c := &call{by: l, at: between{enter.at, never}, end: e.at}
	p := l.process
	switch ret := e.args[0]; {
	case ret == noChild:
		p.noChild = append(p.noChild, e.at)
		return
	case ret == badAddress: // it has reaped all the same, and does not say whom
	case ret < 0:
		return
	case e.of.name == "syscalls/sys_exit_wait4":
		if ret == 0 {
			p.nothing = append(p.nothing, e.at)
			return
		}
		c.pid = ret
	case enter.args[2]&waitNoWait != 0:
		p.perhaps = append(p.perhaps, e.at)
		return
	default:
		p.perhaps = append(p.perhaps, e.at)
		if enter.args[0] == byPID {
			c.pid = enter.args[1]
		}
	}
	w.calls = append(w.calls, c)
	w.returned[e.by] = c
}
