package viewer

import (
	"tracer/event"
	"tracer/timeline"
)

// past is the history of a trace, for the panes that draw what was. It is told by a model of its own, which reads the
// log once one of the panes is shown, as far as the cursor goes: while nobody looks, it costs nothing.
type past struct {
	history *timeline.History // nil: nobody has looked yet
	at      *trace            // what it was told by, after as many events as it knows of
}

// reach is how many events before the cursor a history begins at least, where there are so many: of the earlier ones it
// would keep little.
const reach = 500_000

// begin begins at a checkpoint of the cursor's from which all that is kept can be reached, or where the cursor is, if
// it was held until all checkpoints before it were dropped.
func (p *past) begin(c *cursor) {
	from := c.nearest(c.pos - min(c.pos, reach))
	if from.pos > c.pos {
		from = checkpoint{c.pos, c.shown}
	}
	p.at = from.trace.clone()
	p.history = timeline.HistoryFrom(p.at.model, from.pos)
}

// usable reports whether it can go on to where the cursor is: that it begins before, that what comes next can be read,
// and that there is not a nearer place to begin at.
func (p *past) usable(c *cursor) bool {
	if p.history == nil || p.history.Cut().Known > c.pos {
		return false
	}
	pos := p.history.Pos()
	return pos >= c.pos || pos >= c.log.first() && (c.pos-pos <= reach || c.nearest(c.pos-reach).pos <= pos)
}

// behind reports whether it does not know yet all that is to be shown at the cursor.
func (p *past) behind(c *cursor) bool {
	return c.err == nil && (!p.usable(c) || p.history.Pos() < c.pos)
}

// work reads a bounded number of events towards the cursor. What was dropped is read anew when the cursor is before it.
func (p *past) work(c *cursor) {
	if !p.usable(c) {
		p.begin(c)
	}
	for end := min(c.pos, p.history.Pos()+slice); p.history.Pos() < end; {
		page := c.log.from(p.history.Pos())
		page = page[:min(uint64(len(page)), end-p.history.Pos())]
		if len(page) == 0 {
			c.fail()
			return
		}
		for i := range page {
			p.history.Next(page[i].Time)
			p.at.model.Apply(&page[i])
		}
	}
}

// A moment is the position and the time of the cursor, and the history up to there.
type moment struct {
	*timeline.History
	pos        uint64
	start, now event.Time
}

func momentOf(s *state) moment {
	return moment{s.past.history, s.cursor.pos, s.shown().start(), s.shown().now}
}

// drawsPast reports whether a pane that needs the history is shown.
func (s *state) drawsPast() bool { return s.side == s.lanes || s.side == s.requests }

// busy reports whether work has something to do before what is shown is complete.
func (s *state) busy() bool { return s.cursor.busy() || s.drawsPast() && s.past.behind(s.cursor) }
