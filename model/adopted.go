package model

import (
	"slices"

	"tracer/event"
)

// Adopted are processes that a process had adopted, and of which its waits for any child took statuses that tell of a
// failure: who waits so for children of its own may take them for these.
type Adopted struct {
	PID   event.PID
	Name  event.Text // of the process, as that began
	Count uint64
	Tasks []event.PID // the first, at most MaxEvidence
	First AdoptedOne  // of them
	// Evidence are the waits.
	Evidence Evidence
}

// AdoptedOne is a process that was adopted.
type AdoptedOne struct {
	Comm       event.Text
	Status     int32
	Former     event.PID // its parent before; 0: not known
	FormerComm event.Text
}

// AdoptedIn returns what processes in m took so, in the order in which that began. It is the model's own: read it
// before the next Apply.
func AdoptedIn(m *Model) []Adopted { return m.reaping.adopted.list }

// tookAdopted keeps that a wait of its parent took p, which that one had adopted. An end with code 0 is no news: who is
// there to reap orphans does so all the time.
func (r *reaping) tookAdopted(p *Process, c pendingCall) {
	parent := r.m.forest.process(p.ParentPID)
	if parent == nil || p.Status == 0 || c.idtype != event.IDAll {
		return
	}
	i, added := r.adopted.place(parent.Number, maxTold)
	if i < 0 {
		return
	}
	to := &r.adopted.list[i]
	if added {
		*to = Adopted{PID: parent.PID, Name: parent.Comm, First: AdoptedOne{Comm: p.Comm, Status: p.Status}}
		if l := p.left; l != nil {
			to.First.Former, to.First.FormerComm = l.From, l.Comm
		}
	}
	to.Count++
	to.Evidence.add(c.ordinal)
	if len(to.Tasks) < MaxEvidence {
		to.Tasks = append(to.Tasks, p.PID)
	}
}

func (r *reaping) cloneAdopted() firsts[uint64, Adopted] {
	n := r.adopted.clone()
	for i := range n.list {
		a := &n.list[i]
		a.Tasks, a.Evidence = slices.Clone(a.Tasks), slices.Clone(a.Evidence)
	}
	return n
}
