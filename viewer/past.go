package viewer

import (
	"tracer/event"
	"tracer/model"
	"tracer/timeline"
)

// past is the history of a trace, for the panes that draw what was. That of a trace under way is told by the model that
// takes in all events. That of a recording is read once one of the panes is shown, by a model of its own, as far as the
// cursor goes.
type past struct {
	history *timeline.History
	model   *model.Model // nil: another one tells
	options model.Options
}

// newPast returns one that tally tells, or one that reads a recording when tally is nil.
func newPast(tally *model.Model, o model.Options) *past {
	p := &past{options: o}
	p.reset()
	if tally != nil {
		p.model = nil
		model.Tell(tally, p.history.Add)
	}
	return p
}

func (p *past) reset() {
	p.history = timeline.NewHistory()
	o := p.options
	o.Facts = p.history.Add
	p.model = model.New(o)
}

// behind reports whether it does not know yet all that is to be shown at the cursor.
func (p *past) behind(c *cursor) bool {
	return p.model != nil && p.history.Pos() < c.pos && c.err == nil
}

// work reads a bounded number of events towards the cursor. What was dropped is read anew when the cursor is before it.
func (p *past) work(c *cursor) {
	if p.model == nil {
		return
	}
	if cut := p.history.Cut(); cut.Known > c.pos {
		p.reset()
	}
	for end := min(c.pos, p.history.Pos()+slice); p.history.Pos() < end; {
		page := c.log.from(p.history.Pos())
		page = page[:min(uint64(len(page)), end-p.history.Pos())]
		if len(page) == 0 {
			c.fail()
			return
		}
		for i := range page {
			p.history.Next()
			p.model.Apply(&page[i])
		}
	}
}

// take notes that an event comes, of which another model tells.
func (p *past) take() {
	if p.model == nil {
		p.history.Next()
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
