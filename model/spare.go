package model

// spares is the memory of processes, or of threads, that have left the forest and that nothing refers to any more: the
// next ones take it. Most traces have many tasks, and few at a time, so next to nothing need be allocated, or collected
// as garbage.
type spares[T any] struct {
	list  []*T
	since uint64 // the number of places at which the last one came
}

// maxSpares is how many are kept: more than those that are taken from the dead at once.
const maxSpares = 2 * spareDead

// add takes one of which the event under way has let go.
func (s *spares[T]) add(v *T, applied uint64) {
	if len(s.list) < maxSpares {
		s.list, s.since = append(s.list, v), applied
	}
}

// next returns where one is to be written. Of those that the event under way has let go its handler can still look at
// the last, so that one waits for the next event, and with it the others.
func (s *spares[T]) next(applied uint64) *T {
	last := len(s.list) - 1
	if last < 0 || s.since == applied {
		return new(T)
	}
	v := s.list[last]
	s.list = s.list[:last]
	return v
}

// sparing reports whether the memory of what leaves can be used again: else somebody outside of the model may still
// look at it.
func sparing(m *Model) bool { return m.options.Linger == 0 && m.options.Facts == nil }

// spareProcess takes a process that has left, unless a connection, a coroutine or, after a loss, a thread refers to it.
// While it is among the dead, it waits there.
func spareProcess(f *forest, p *Process) {
	if !sparing(f.m) || p.Served > 0 || p.coroutines != nil || p.threads.first != nil {
		return
	}
	if p.spare = p.listed; !p.spare {
		f.spareProcesses.add(p, f.m.applied)
	}
}

// unlist notes that p is not among the dead any more.
func unlist(f *forest, p *Process) {
	p.listed = false
	if p.spare {
		spareProcess(f, p)
	}
}

// spareThread takes a thread that has left its process.
func spareThread(f *forest, t *Thread) {
	if sparing(f.m) {
		f.spareThreads.add(t, f.m.applied)
	}
}
