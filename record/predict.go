package record

// How an event is coded. Writer and reader keep the same state, which begins as zero in every chunk. For each event the
// writer notes its shape, the kind and two bits for each field:
//
//	same       the value is that of the previous event of this kind: nothing to do
//	predicted  the value is what the field's predictor says
//	coded      the value is that plus a residual, which is written
//
// Few shapes occur, so a chunk numbers them as they first appear and an event is mostly one byte and the residuals of
// two or three fields.
const (
	same = iota
	predicted
	coded
)

// taskSlots is how many tasks the table holds. It is direct-mapped: a task that meets another in its slot replaces it.
// That costs bytes, never truth, because the table only predicts.
const taskSlots = 1 << 12

// endingSize is how much of a string's end chooses the slot in which it is remembered: names differ there.
const endingSize = 32

// taskSlot is what was last seen of a tid.
type taskSlot struct{ tid, group, start int64 }

// prediction is the state that kinds share.
type prediction struct {
	clock int64
	tasks [taskSlots]taskSlot
}

// values is the state of one kind: the last value of each column, and for like its distance to the other.
type values struct {
	last   [maxColumns]int64
	offset [maxColumns]int64
}

// place is where the prediction of a column stands: it is *origin + *cell. Adding the residual to the cell is how it
// learns. All sums wrap around, so any value can be coded. For start and group the cell depends on the task: *tid tells
// it.
type place struct {
	cell, origin, tid *int64
	group             bool
}

var zero int64

// place finds the place of a column once and for all.
func (p *prediction) place(v *values, c *column) place {
	switch c.predict {
	case clock:
		return place{cell: &p.clock, origin: &zero}
	case like:
		return place{cell: &v.offset[c.index], origin: &v.last[c.ref]}
	case start, group:
		return place{tid: &v.last[c.ref], origin: &zero, group: c.predict == group}
	default:
		return place{cell: &v.last[c.index], origin: &zero}
	}
}

// at returns the cell.
func (p *prediction) at(w *place) *int64 {
	if w.cell != nil {
		return w.cell
	}
	s := p.task(*w.tid)
	if w.group {
		return &s.group
	}
	return &s.start
}

// task returns the slot of tid; one that was not there is taken for the leader of its group, born now.
func (p *prediction) task(tid int64) *taskSlot {
	s := &p.tasks[uint64(tid)%taskSlots]
	if s.tid != tid {
		*s = taskSlot{tid: tid, group: tid, start: p.clock}
	}
	return s
}

// zigzag makes small numbers of either sign small.
func zigzag(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
