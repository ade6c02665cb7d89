package model

import (
	"slices"

	"tracer/event"
)

// Copied are coroutines of its creator that a process goes on with as copies, and that had control in it: without the
// one that called fork.
type Copied struct {
	PID         event.PID
	Name        event.Text // of the process, as that began
	Creator     event.PID
	CreatorName event.Text
	Runtime     event.Runtime // of the first
	Count       uint64
	// Evidence are the first switches to each, in the process.
	Evidence Evidence
}

// CopiedIn returns those of each process in m, in the order in which that began. It is the model's own: read it before
// the next Apply.
func CopiedIn(m *Model) []Copied { return m.runtimes.copied.list }

// runsCopy keeps that a copy has control in p for the first time.
func (r *runtimes) runsCopy(p *Process, id CoroutineID) {
	if id == p.coroutines.forker {
		return
	}
	i, added := r.copied.place(p.Number, maxTold)
	if i < 0 {
		return
	}
	to := &r.copied.list[i]
	if added {
		*to = Copied{PID: p.PID, Name: p.Comm, Creator: p.Creator, CreatorName: r.m.forest.comm(p.Creator),
			Runtime: id.Runtime}
	}
	to.Count++
	to.Evidence.add(r.m.ordinal)
}

func (r *runtimes) cloneCopied() firsts[uint64, Copied] {
	n := r.copied.clone()
	for i := range n.list {
		n.list[i].Evidence = slices.Clone(n.list[i].Evidence)
	}
	return n
}
