package viewer

import (
	"tracer/event"
	"tracer/model"
)

// zombie returns the number of the next event that makes a zombie, or of the one before. The model knows which do: the
// end of a process can come long before its parent can wait for it.
func (c *cursor) zombie(step int) (n uint64, ok bool) {
	var r *retelling
	for pos, limit := c.target, searchLimit; limit > 0; {
		if n, ok = c.among(pos, limit, step, mayMakeZombie); !ok {
			return 0, false
		}
		from := c.nearest(n)
		if step < 0 || r == nil || from.pos > r.pos {
			r = retell(from, makesZombie)
		}
		if !r.through(c, n) {
			return 0, false
		}
		switch {
		case step > 0 && r.told == n+1 || step < 0 && r.told > 0:
			return r.told - 1, true
		case step > 0:
			limit -= int(n + 1 - pos)
			pos = n + 1
		default:
			limit -= int(pos - from.pos)
			pos = from.pos + 1
		}
	}
	return 0, false
}

// makesZombie reports whether somebody has to reap a process from that on of which a fact tells.
func makesZombie(f *model.Fact) bool {
	return (f.Kind == model.Ended || f.Kind == model.Waitable) && f.Thread == nil && !f.Process.Root &&
		!f.Retracted && !f.Flags.Has(model.NoZombie) && mayMakeZombie(f.Event)
}

// mayMakeZombie passes the events by which there can be such a fact of a process that is not gone by then: those of a
// log are looked through quickly.
func mayMakeZombie(e *event.Event) bool {
	switch e.Kind {
	case event.Exit:
		return e.Flags.Has(event.GroupDead) && e.Flags&(event.AutoReap|event.Debugged) != event.AutoReap
	case event.Seen:
		return e.State == event.Zombie
	case event.Signal: // about the end of a child
		return e.Code > 0
	case event.Lost: // a signal can have told so
		return true
	}
	return false
}

// A retelling is a trace that is told again from a checkpoint on.
type retelling struct {
	trace *trace
	pos   uint64 // after so many events
	told  uint64 // the last of them of whose facts one passes, counted from 1; 0: none
}

func retell(from checkpoint, passes func(*model.Fact) bool) *retelling {
	r := &retelling{trace: from.trace.clone(), pos: from.pos}
	model.Tell(r.trace.model, func(f *model.Fact) {
		if passes(f) {
			r.told = f.Evidence + 1
		}
	})
	return r
}

// through goes on until event n has been told.
func (r *retelling) through(c *cursor, n uint64) (ok bool) {
	for r.pos <= n {
		page := c.log.from(r.pos)
		page = page[:min(uint64(len(page)), n+1-r.pos)]
		if len(page) == 0 {
			return false
		}
		for i := range page {
			r.trace.model.Apply(&page[i])
		}
		r.pos += uint64(len(page))
	}
	return true
}
