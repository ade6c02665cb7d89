package viewer

import (
	"strconv"

	"tracer/event"
	"tracer/model"
	"tracer/text"
	"tracer/timeline"
)

// What the details draw: a life as a lane, the phases of a connection, how long children lived.

// mostLane is how many cells a lane of the details is wide at most.
const mostLane = 60

// room is how many cells there are beside a label.
func (d *details) room() int { return max(min(d.width-labelWidth-2, mostLane), 1) }

// stages are the moments of a task: since when it lives, has ended, can be waited for, is gone. 0: it does not.
type stages struct{ born, ended, waitable, gone event.Time }

// stagesOf are those of a process.
func stagesOf(p *model.Process) stages {
	s := stages{born: p.Born}
	if p.State == model.Alive {
		return s
	}
	if s.ended = p.Ended; p.State != model.Ending {
		s.waitable = max(p.ZombieSince, p.Ended)
	}
	if p.State == model.Gone {
		s.gone = p.GoneAt
	}
	return s
}

// lane draws the life of a task within the trace.
func (d *details) lane(s stages, body string, r role) {
	start, room := d.start(), d.room()
	if d.now <= start || room < 8 {
		return
	}
	column := func(t event.Time) int {
		return int(float64(since0(min(t, d.now), start)) / float64(d.now-start) * float64(room-1))
	}
	g := d.glyphs.lanes()
	first, last, over, dead := 0, room-1, room, room
	if s.born > start {
		first = column(s.born)
	}
	if s.ended != 0 {
		over = column(s.ended)
	}
	if s.waitable != 0 {
		dead = column(s.waitable)
	}
	if s.gone != 0 {
		last = column(s.gone)
	}
	var l line
	l.gap(first)
	for x := first; x <= last; x++ {
		switch {
		case first == last && s.gone != 0:
			l.add(r, g.brief)
		case x == last && s.gone != 0:
			l.add(roleGone, g.ended)
		case x == first && s.born > start:
			l.add(r, g.begin)
		case x >= dead:
			l.add(roleZombie, g.zombie)
		case x >= over:
			l.add(roleWarn, g.ending)
		default:
			l.add(r, body)
		}
	}
	d.draw(d.words.Details.LaneLabel, l)
}

// draw adds what is drawn beside a label.
func (f *fields) draw(label string, drawn line) {
	var l line
	l.gap(1).add(roleDim, label)
	f.lines = append(f.lines, *l.to(labelWidth).join(drawn))
}

// phasesOf draws those of a connection, as the list of requests does.
func (d *details) phasesOf(c *model.Connection) {
	end := max(d.now, c.Accepted)
	if c.Closed != 0 {
		end = c.Closed
	}
	begins := [...]event.Time{c.Accepted - min(c.Queued, c.Accepted), c.Accepted, end, end}
	if c.FirstRead != 0 {
		begins[2] = c.FirstRead
	}
	if c.FirstReply != 0 {
		begins[3] = c.FirstReply
		begins[2] = min(begins[2], begins[3])
	}
	bar := phaseBar(begins, end, end-begins[0], min(d.room(), 40), d.glyphs)
	for _, k := range phaseLooks { // what each is
		if word := k.word(&d.words.Lanes); bar.width+text.Width(word)+4 <= d.width-labelWidth {
			bar.gap(2).add(k.role, k.glyph(d.glyphs)).add(roleDim, " "+word)
		}
	}
	d.draw("", bar)
}

// lifetimeLimits are those of the rows of the histogram; the last row has what is above.
var lifetimeLimits = [...]event.Time{1e6, 1e7, 1e8, 1e9, 1e10}

// lifetimes is a histogram of how long the children of a process lived, of those that have ended.
func (d *details) lifetimes(p *model.Process) {
	say := &d.words.Details
	switch {
	case p.ChildrenMade == 0:
		return
	case d.past == nil:
		d.add(say.LifetimesLabel, roleDim, d.words.Lanes.Loading)
		return
	}
	l := d.past.Lane(p.Number)
	if l == nil {
		return
	}
	var counts [len(lifetimeLimits) + 1]uint64
	most, first, last := uint64(0), len(counts), 0
	l.Made(d.past.pos, func(c *timeline.Lane) {
		if !c.End.By(d.past.pos) {
			return
		}
		i := 0
		for lived := since0(c.End.At, c.Begin.At); i < len(lifetimeLimits) && lived >= lifetimeLimits[i]; i++ {
		}
		counts[i]++
		most, first, last = max(most, counts[i]), min(first, i), max(last, i)
	})
	label := say.LifetimesLabel
	for i := first; i <= last; i++ {
		span := say.LivedLonger(text.AgeText(lifetimeLimits[len(lifetimeLimits)-1]))
		if i < len(lifetimeLimits) {
			span = say.LivedLess(text.AgeText(lifetimeLimits[i]))
		}
		d.histogramRow(label, span, counts[i], most)
		label = ""
	}
	if cut := d.past.Cut(); cut.Known > 0 && first <= last {
		d.add("", roleDim, d.words.Lanes.NotKept)
	}
}

const rangeWidth = 8 // cells of the words before a bar

func (d *details) histogramRow(label, words string, n, most uint64) {
	number := strconv.FormatUint(n, 10)
	room := max(min(d.room(), 40)-rangeWidth-len(number)-2, 1)
	var l line
	l.add(roleText, text.Pad(words, rangeWidth)).gap(1)
	for range int((n*uint64(room) + most - 1) / most) {
		l.add(roleKey, d.glyphs.lanes().levels[4])
	}
	l.gap(1).add(roleStrong, number)
	d.draw(label, l)
}

// switches puts those between the coroutines of a process beside the kernel's.
func (d *details) switches(label string, p *model.Process) {
	say := &d.words.Details
	n := p.Coroutines().Switches
	switch {
	case n == 0:
	case p.Cost == nil:
		d.add(label, roleText, say.SwitchesUnknown(n))
	default:
		u := &p.Cost.Process
		d.add(label, roleText, say.SwitchesBeside(n, u.Voluntary, u.Involuntary))
	}
}
