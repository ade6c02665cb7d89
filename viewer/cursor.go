package viewer

import (
	"fmt"
	"slices"
	"sort"

	"tracer/event"
	"tracer/model"
)

const (
	// checkpointStep is the least distance of two checkpoints, in events, unless fewer are kept: some milliseconds of
	// work for the model. distance widens it.
	checkpointStep = 16_384
	// widestStep bounds it for a large forest: one steps back in some hundredths of a second.
	widestStep = 65_536
	// eventsPerNode is how many events the model applies in the time in which it copies some nodes and the garbage
	// collector clears them away.
	eventsPerNode = 4
	// maxCheckpoints bounds the memory, together with the size of a forest.
	maxCheckpoints = 24
	// slice is how many events are applied between two looks at the keys.
	slice = 32_768
	// searchLimit bounds one look for an event that passes: some tenths of a second.
	searchLimit = 5_000_000
)

// speeds are how fast the past can be played.
var speeds = []float64{0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 100}

const (
	slowSpeed   = 2 // index of 0.1
	normalSpeed = 5 // index of 1
	// watchable is how long what passes too quickly to be watched is to last.
	watchable = event.Time(20e9)
)

// cursor is the moment of a log that is shown: after its first pos events. While a log grows the cursor follows its end
// unless it is held. Elsewhere a moment is reached from the nearest checkpoint before it, which is a clone of the trace
// as it was then, by the events between.
type cursor struct {
	log   eventLog
	head  *trace // after all events of a log that grows or grew; nil for a recording
	shown *trace // at pos: head itself while the cursor follows

	pos         uint64 // events applied: the cursor is on event pos-1
	target      uint64 // where pos has to go
	follows     bool   // it stays at the end of the log
	playing     bool
	begun       bool   // to play just now: the time that passed before does not count
	speed       int    // index into speeds
	stride      uint64 // the least distance of two checkpoints
	checkpoints []checkpoint
	err         error
}

type checkpoint struct {
	pos   uint64
	trace *trace
}

// checkpoint returns one of a trace at pos.
func (t *trace) checkpoint(pos uint64) checkpoint {
	kept := t.clone()
	kept.now = max(t.last, t.begin)
	return checkpoint{pos, kept}
}

// newCursor returns one at the end of a log that grows and of which keep events are kept. tally takes them in. Older
// ones are read from past, if that is not nil.
func newCursor(tally *model.Model, keep int, past Source) *cursor {
	c := &cursor{speed: normalSpeed, head: &trace{model: tally}, follows: true,
		stride: min(checkpointStep, max(uint64(keep)/4, 1))}
	c.log = eventLog{grows: true, recent: ring{keep: uint64(keep)}, source: past}
	c.shown = c.head
	c.checkpoints = []checkpoint{c.head.checkpoint(0)}
	return c
}

// replayCursor returns one at the start of a recording.
func replayCursor(source Source, o model.Options) *cursor {
	c := &cursor{speed: normalSpeed, stride: checkpointStep, log: eventLog{source: source, whole: source.Len()}}
	c.shown = &trace{model: model.New(o)}
	if first := c.log.at(0); first != nil {
		c.shown.begin, c.shown.now = first.Time, first.Time
	}
	c.checkpoints = []checkpoint{c.shown.checkpoint(0)}
	c.slowDown()
	return c
}

// slowDown chooses the speed for a recording that would be over before anybody has looked.
func (c *cursor) slowDown() {
	if c.log.end() == 0 {
		return
	}
	if last := c.log.at(c.log.end() - 1); last != nil {
		whole := float64(since0(last.Time, c.shown.begin))
		for c.speed > slowSpeed && whole/speeds[c.speed-1] <= float64(watchable) {
			c.speed--
		}
	}
}

// take adds an event to a log that grows.
func (c *cursor) take(e *event.Event) {
	if c.log.end() == 0 {
		c.head.begin = e.Time
		c.checkpoints[0].trace.begin, c.checkpoints[0].trace.now = e.Time, e.Time
	}
	c.head.apply(e)
	c.log.recent.add(e)
	end := c.log.end()
	if c.follows {
		c.pos, c.target = end, end
	}
	if end-c.checkpoints[len(c.checkpoints)-1].pos >= c.distance(c.head) {
		c.keep(c.head, end, 0)
	}
	if c.first() < c.log.first() {
		c.forget()
	}
	if c.busy() && c.pos < c.log.first() { // what it goes by is no longer kept
		c.seek(c.target)
	}
}

// end notes that the log grows no more.
func (c *cursor) end() {
	c.log.grows = false
	c.head.now = c.head.model.Now()
}

// forget drops the checkpoints from which nothing can be reached any more, because the next event is no longer kept.
func (c *cursor) forget() {
	oldest := c.log.first()
	n := 0
	for n < len(c.checkpoints) && c.checkpoints[n].pos < oldest {
		n++
	}
	c.checkpoints = slices.Delete(c.checkpoints, 0, n)
	if len(c.checkpoints) == 0 {
		c.checkpoints = append(c.checkpoints, c.head.checkpoint(c.log.end()))
	}
}

// first is the first position that can be reached.
func (c *cursor) first() uint64 { return c.checkpoints[0].pos }

// event is the number of the event that the cursor is on; ok is false at the start, and while it follows the end.
func (c *cursor) event() (n uint64, ok bool) {
	return c.pos - 1, !c.follows && c.pos > c.first()
}

// hold keeps the cursor where it is while the log grows.
func (c *cursor) hold() {
	c.playing = false
	if c.follows {
		c.shown, c.follows = c.head.clone(), false
	}
}

// follow goes to the end of a log that grows or grew, and stays there.
func (c *cursor) follow() {
	c.pos, c.target = c.log.end(), c.log.end()
	c.shown, c.follows, c.playing = c.head, true, false
}

// seek asks to go to a position, or as near to it as possible; work goes there.
func (c *cursor) seek(pos uint64) {
	c.err, c.log.err = nil, nil
	pos = min(max(pos, c.first()), c.log.end())
	c.target = pos
	if from := c.nearest(pos); c.follows || pos < c.pos || from.pos > c.pos {
		c.pos, c.shown, c.follows = from.pos, from.trace.clone(), false
	}
}

// step asks to go n events on, or back. Behind the last event that there is it follows the end.
func (c *cursor) step(n int64) {
	switch {
	case n < 0 && uint64(-n) > c.target:
		c.seek(0)
	case n > 0 && c.target+uint64(n) > c.log.end():
		c.toEnd()
	default:
		c.seek(c.target + uint64(n))
	}
}

// toEnd asks to go to the end, and to stay there if it is one that moved.
func (c *cursor) toEnd() {
	if c.head != nil {
		c.follow()
		return
	}
	c.seek(c.log.end())
}

// seekTime asks to go behind the last event up to a time.
func (c *cursor) seekTime(t event.Time) {
	first := c.first()
	c.seek(first + uint64(sort.Search(int(c.log.end()-first), func(i int) bool {
		e := c.log.at(first + uint64(i))
		return e != nil && e.Time > t
	})))
}

// nearest is the last checkpoint at or before pos, or the first of all.
func (c *cursor) nearest(pos uint64) checkpoint {
	i, found := slices.BinarySearchFunc(c.checkpoints, pos, checkpoint.compare)
	if !found {
		i--
	}
	return c.checkpoints[max(i, 0)]
}

func (c checkpoint) compare(pos uint64) int {
	switch {
	case c.pos < pos:
		return -1
	case c.pos > pos:
		return 1
	}
	return 0
}

// atEnd reports whether it is behind the last event.
func (c *cursor) atEnd() bool { return c.pos == c.log.end() }

// busy reports whether work has something to do.
func (c *cursor) busy() bool { return c.pos != c.target && c.err == nil }

// work goes a bounded way towards the target.
func (c *cursor) work() {
	for end := min(c.target, c.pos+slice); c.pos < end; {
		page := c.log.from(c.pos)
		if len(page) == 0 {
			c.fail()
			return
		}
		page = page[:min(uint64(len(page)), end-c.pos)]
		for i := range page {
			c.shown.apply(&page[i])
		}
		c.pos += uint64(len(page))
		c.keep(c.shown, c.pos, c.target-c.pos)
	}
	if c.pos == c.target {
		c.shown.now = max(c.shown.model.Now(), c.shown.begin)
	}
}

func (c *cursor) fail() {
	if c.err = c.log.err; c.err == nil {
		c.err = fmt.Errorf("read event %d: it is missing", c.pos)
	}
	c.target, c.playing = c.pos, false
}

// keep makes a checkpoint of t at pos where one is due: far from where the cursor goes few, near it more, since from
// there one steps back. A trace whose time went on after its last event is none: of what has gone it may have dropped
// more than the events alone would.
func (c *cursor) keep(t *trace, pos, ahead uint64) {
	if pos-min(pos, c.nearest(pos).pos) < max(c.distance(t), ahead/4) || t.model.Now() > t.last {
		return
	}
	i, _ := slices.BinarySearchFunc(c.checkpoints, pos, checkpoint.compare)
	c.checkpoints = slices.Insert(c.checkpoints, i, t.checkpoint(pos))
	if len(c.checkpoints) > maxCheckpoints {
		c.thin()
	}
}

// distance is how far a checkpoint of t is to be from others. It takes the more time and memory the more there is in
// the model. In what a log keeps there are always some.
func (c *cursor) distance(t *trace) uint64 {
	most := min(uint64(eventsPerNode*t.model.Size()), widestStep)
	if c.log.grows {
		most = min(most, c.log.recent.keep/4)
	}
	return max(c.stride, most)
}

// thin drops the checkpoint that is missed least: the one with its neighbours close together, measured by its distance
// from here, or from the end where that is near, too.
func (c *cursor) thin() {
	best, least := 0, 0.0
	for i := 1; i < len(c.checkpoints)-1; i++ {
		pos := c.checkpoints[i].pos
		gap := float64(c.checkpoints[i+1].pos - c.checkpoints[i-1].pos)
		away := max(pos, c.pos) - min(pos, c.pos)
		if c.log.grows {
			away = min(away, c.log.end()-pos)
		}
		if score := gap / float64(away+c.stride); best == 0 || score < least {
			best, least = i, score
		}
	}
	c.checkpoints = slices.Delete(c.checkpoints, best, best+1)
}

// play begins to play on from here, or stops. At the end of what grows no more it begins at the start.
func (c *cursor) play() {
	switch {
	case c.playing:
		c.playing = false
		return
	case c.target == c.log.end() && !c.log.grows:
		c.seek(c.first())
	}
	c.playing, c.begun = true, true
}

// pass lets d of real time pass while the past is played, until it comes to now: a pause in the events is not the end.
func (c *cursor) pass(d event.Time) {
	if !c.playing || c.busy() {
		return
	}
	if c.begun {
		c.begun = false
		return
	}
	if c.pos < c.log.first() { // held so long that what comes next is no longer kept
		c.seek(c.first())
		return
	}
	c.shown.now += event.Time(float64(d) * speeds[c.speed])
	for !c.atEnd() {
		page := c.log.from(c.pos)
		n, _ := slices.BinarySearchFunc(page, c.shown.now+1, func(e event.Event, t event.Time) int {
			if e.Time < t {
				return -1
			}
			return 1
		})
		c.pos += uint64(n)
		c.target = c.pos
		for i := range page[:n] {
			c.shown.apply(&page[i])
		}
		c.keep(c.shown, c.pos, 0)
		if c.log.err != nil {
			c.fail()
		}
		if n < len(page) || len(page) == 0 {
			break
		}
	}
	if !c.atEnd() || c.head != nil && c.shown.now < c.head.now { // what comes next has not happened yet
		c.shown.model.Advance(c.shown.now)
		return
	}
	c.playing = false
	c.shown.now = c.shown.model.Now() // the time of the trace has ended
	if c.head != nil {
		c.follow()
	}
}

// alike finds the next (step 1) or previous (-1) event that passes, from where the cursor goes; ok is false if there
// is none.
func (c *cursor) alike(step int, passes func(*event.Event) bool) (n uint64, ok bool) {
	return c.among(c.target, searchLimit, step, passes)
}

// among is alike from a position, among at most so many events.
func (c *cursor) among(pos uint64, limit, step int, passes func(*event.Event) bool) (n uint64, ok bool) {
	first := c.first()
	if pos <= first && step < 0 {
		return 0, false
	}
	n = max(pos, first) - 1 // before the first event that is the number before 0
	for scanned := 0; scanned < limit; scanned++ {
		if n += uint64(step); n < first || n >= c.log.end() {
			break
		}
		e := c.log.at(n)
		if e == nil {
			return 0, false
		}
		if passes(e) {
			return n, true
		}
	}
	return 0, false
}

// faster changes the speed by so many steps.
func (c *cursor) faster(steps int) { c.speed = max(0, min(c.speed+steps, len(speeds)-1)) }
