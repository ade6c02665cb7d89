package timeline

import (
	"cmp"
	"maps"
	"slices"

	"tracer/event"
	"tracer/model"
)

// holdings are who holds sockets without use.
type holdings struct {
	*sink
	tasks        *tasks
	byHolder     map[int64]map[socket]*Span
	byConnection map[uint64]map[int64]bool // its holders
}

// A socket that is held: a connection by its number, or one that listens by its address.
type socket struct {
	connection uint64
	listener   event.Addr
}

// holder is the key of the process of a fact: its number; of one that is not known its id, made negative.
func holder(f *model.Fact) int64 {
	if f.Process != nil {
		return int64(f.Process.Number)
	}
	return -int64(f.Event.PID)
}

// held begins a span, unless there is one: what is found once more was held all along. What listens and is held to the
// end of a process is told there.
func (t *holdings) held(f *model.Fact) {
	of, what, at := holder(f), socketOf(f), moment(f)
	occasion := f.Event.Rare.Value().Occasion
	switch s := t.byHolder[of][what]; {
	case s != nil && occasion == event.AtExit:
		t.finish(of, what, at)
		return
	case s != nil:
		return
	}
	at.Inferred = at.Inferred || occasion != event.AtExec
	s := &Span{Kind: Holding, Of: t.tasks.pidID(f.Event.PID, f), Begin: at, Process: f.Process,
		Connection: f.Connection, Listener: what.listener}
	if occasion == event.AtExit { // that it was executed with it is not known any more
		t.end(s, moment(f))
		return
	}
	if t.byHolder[of] == nil {
		t.byHolder[of] = map[socket]*Span{}
	}
	t.byHolder[of][what] = t.begin(s)
	if what.connection != 0 {
		if t.byConnection[what.connection] == nil {
			t.byConnection[what.connection] = map[int64]bool{}
		}
		t.byConnection[what.connection][of] = true
	}
}

// socketOf is what a fact is about: a connection, or what listens at the address of its event.
func socketOf(f *model.Fact) socket {
	if f.Connection != nil && f.Kind != model.Accepted {
		return socket{connection: f.Connection.Number}
	}
	return socket{listener: f.Event.Socket.Value().Listener}
}

func (t *holdings) finish(of int64, what socket, at Moment) {
	s := t.byHolder[of][what]
	if s == nil {
		return
	}
	delete(t.byHolder[of], what)
	if len(t.byHolder[of]) == 0 {
		delete(t.byHolder, of)
	}
	if holders := t.byConnection[what.connection]; holders != nil {
		delete(holders, of)
		if len(holders) == 0 {
			delete(t.byConnection, what.connection)
		}
	}
	t.end(s, at)
}

// used: who holds a connection reads or writes it, who holds what listens accepts there.
func (t *holdings) used(f *model.Fact) {
	if len(t.byHolder) > 0 {
		t.finish(holder(f), socketOf(f), moment(f))
	}
}

// over: a process executes another program, which what it has kept is told of anew, or has ended.
func (t *holdings) over(f *model.Fact) {
	if f.Thread != nil || len(t.byHolder) == 0 {
		return
	}
	of, at := holder(f), moment(f)
	at.Inferred = true
	for _, what := range slices.SortedFunc(maps.Keys(t.byHolder[of]), func(a, b socket) int {
		return cmp.Or(cmp.Compare(a.connection, b.connection), cmp.Compare(a.listener, b.listener))
	}) {
		t.finish(of, what, at)
	}
}

// closed: a connection is, by who held it last; when others had closed theirs is not known.
func (t *holdings) closed(f *model.Fact) {
	last := holder(f)
	for _, of := range slices.Sorted(maps.Keys(t.byConnection[f.Connection.Number])) {
		at := moment(f)
		at.Inferred = at.Inferred || of != last
		t.finish(of, socketOf(f), at)
	}
}
