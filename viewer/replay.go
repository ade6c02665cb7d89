package viewer

import (
	"fmt"
	"slices"

	"tracer/event"
	"tracer/model"
	"tracer/text"
)

// Source is a recording that can be read from any event on.
type Source interface {
	// Len is how many events there are.
	Len() uint64
	// At fills buf with the events from number from on and tells how many; fewer than buf holds only at the end. What
	// buf held before may be overwritten, strings that it refers to stay valid.
	At(from uint64, buf []event.Event) (n int, err error)
}

const (
	pageEvents = 2048
	pageCount  = 4
	// checkpointStep is the least distance of two checkpoints, in events: some milliseconds of work for the model.
	checkpointStep = 16_384
	// maxCheckpoints bounds the memory, together with the size of a forest.
	maxCheckpoints = 24
	// slice is how many events are applied between two looks at the keys.
	slice = 32_768
	// searchLimit bounds one look for an event that passes: some tenths of a second.
	searchLimit = 5_000_000
)

// speeds are how fast a replay can play.
var speeds = []float64{0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 5, 10, 25, 100}

const (
	slowSpeed   = 2 // index of 0.1
	normalSpeed = 5 // index of 1
	// watchable is how long what passes too quickly to be watched is to last.
	watchable = event.Time(20e9)
)

// replay is where we are in a recording. Going back starts from the nearest checkpoint: a clone of an earlier trace.
type replay struct {
	source      Source
	pages       pages
	trace       *trace
	pos         uint64 // events applied: the cursor is on event pos-1
	target      uint64 // where pos has to go
	playing     bool
	speed       int // index into speeds
	checkpoints []checkpoint
	err         error
}

type checkpoint struct {
	pos   uint64
	trace *trace
}

func newReplay(source Source, o model.Options) *replay {
	r := &replay{source: source, pages: pages{source: source, end: source.Len()}, speed: normalSpeed}
	r.trace = &trace{model: model.New(o), log: &r.pages}
	if first := r.pages.at(0); first != nil {
		r.trace.begin, r.trace.now = first.Time, first.Time
	}
	r.checkpoints = []checkpoint{{0, r.trace.clone()}}
	r.slowDown()
	return r
}

// slowDown chooses the speed for a recording that would be over before anybody has looked.
func (r *replay) slowDown() {
	if r.pages.end == 0 {
		return
	}
	if last := r.pages.at(r.pages.end - 1); last != nil {
		whole := float64(since0(last.Time, r.trace.begin))
		for r.speed > slowSpeed && whole/speeds[r.speed-1] <= float64(watchable) {
			r.speed--
		}
	}
}

// seek asks to go to a position; work goes there.
func (r *replay) seek(pos uint64) {
	r.target, r.err, r.pages.err = min(pos, r.pages.end), nil, nil
	if r.target < r.pos {
		r.back()
	} else if from := r.nearest(r.target); from.pos > r.pos {
		r.load(from)
	}
}

// step asks to go n events on, or back.
func (r *replay) step(n int64) {
	switch {
	case n < 0 && uint64(-n) > r.target:
		r.seek(0)
	default:
		r.seek(r.target + uint64(n))
	}
}

func (r *replay) back() { r.load(r.nearest(r.target)) }

func (r *replay) load(c checkpoint) { r.pos, r.trace = c.pos, c.trace.clone() }

// nearest is the last checkpoint at or before pos; there is always the one at 0.
func (r *replay) nearest(pos uint64) checkpoint {
	i, found := slices.BinarySearchFunc(r.checkpoints, pos, func(c checkpoint, pos uint64) int {
		switch {
		case c.pos < pos:
			return -1
		case c.pos > pos:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	return r.checkpoints[i]
}

// atEnd reports whether it is at the last event.
func (r *replay) atEnd() bool { return r.pos == r.pages.end }

// busy reports whether work has something to do.
func (r *replay) busy() bool { return r.pos != r.target && r.err == nil }

// work goes a bounded way towards the target.
func (r *replay) work() {
	for end := min(r.target, r.pos+slice); r.pos < end; {
		page := r.pages.from(r.pos)
		if len(page) == 0 {
			r.fail()
			return
		}
		page = page[:min(uint64(len(page)), end-r.pos)]
		for i := range page {
			r.trace.apply(&page[i])
		}
		r.pos += uint64(len(page))
		r.keep()
	}
	if r.pos == r.target {
		r.trace.now = max(r.trace.model.Now(), r.trace.begin)
	}
}

func (r *replay) fail() {
	if r.err = r.pages.err; r.err == nil {
		r.err = fmt.Errorf("read event %d: it is missing", r.pos)
	}
	r.target, r.playing = r.pos, false
}

// keep makes a checkpoint where one is due: far from the target few, near it more, since from there one steps back.
func (r *replay) keep() {
	before := r.nearest(r.pos)
	if r.pos-before.pos < max(checkpointStep, (r.target-r.pos)/4) {
		return
	}
	i, _ := slices.BinarySearchFunc(r.checkpoints, r.pos, func(c checkpoint, pos uint64) int {
		return int(int64(c.pos - pos))
	})
	r.checkpoints = slices.Insert(r.checkpoints, i, checkpoint{r.pos, r.trace.clone()})
	if len(r.checkpoints) > maxCheckpoints {
		r.thin()
	}
}

// thin drops the checkpoint that is missed least: the one with its neighbours close together, measured by its distance
// from here.
func (r *replay) thin() {
	best, least := 0, 0.0
	for i := 1; i < len(r.checkpoints)-1; i++ {
		gap := float64(r.checkpoints[i+1].pos - r.checkpoints[i-1].pos)
		distance := float64(max(r.checkpoints[i].pos, r.pos)-min(r.checkpoints[i].pos, r.pos)) + checkpointStep
		if score := gap / distance; best == 0 || score < least {
			best, least = i, score
		}
	}
	r.checkpoints = slices.Delete(r.checkpoints, best, best+1)
}

// play lets d of real time pass.
func (r *replay) play(d event.Time) {
	if !r.playing || r.busy() {
		return
	}
	r.trace.now += event.Time(float64(d) * speeds[r.speed])
	for r.pos < r.pages.end {
		page := r.pages.from(r.pos)
		n, _ := slices.BinarySearchFunc(page, r.trace.now+1, func(e event.Event, t event.Time) int {
			if e.Time < t {
				return -1
			}
			return 1
		})
		r.pos += uint64(n)
		for i := range page[:n] {
			r.trace.apply(&page[i])
		}
		r.keepPlaying()
		if n < len(page) || len(page) == 0 {
			break
		}
	}
	if r.atEnd() { // the time of the trace has ended
		r.trace.now = r.trace.model.Now()
	}
	r.trace.model.Advance(r.trace.now)
	r.playing = r.playing && !r.atEnd()
}

func (r *replay) keepPlaying() {
	r.target = r.pos
	r.keep()
	if r.pages.err != nil {
		r.fail()
	}
}

// alike finds the next (step 1) or previous (-1) event that passes, from the cursor on; ok is false when there is none.
func (r *replay) alike(step int, passes func(*event.Event) bool) (n uint64, ok bool) {
	if r.pos == 0 && step < 0 {
		return 0, false
	}
	n = r.pos - 1
	if r.pos == 0 {
		n = ^uint64(0) // one before the first
	}
	for scanned := 0; scanned < searchLimit; scanned++ {
		if n += uint64(step); n >= r.pages.end {
			break
		}
		e := r.pages.at(n)
		if e == nil {
			return 0, false
		}
		if passes(e) {
			return n, true
		}
	}
	return 0, false
}

// pages reads a source in pieces and keeps the last few.
type pages struct {
	source Source
	end    uint64
	kept   [pageCount]page
	clock  uint64
	err    error
}

type page struct {
	first  uint64
	used   uint64
	events []event.Event
	buf    []event.Event
}

func (p *pages) span() (uint64, uint64) { return 0, p.end }

func (p *pages) at(n uint64) *event.Event {
	rest := p.from(n)
	if len(rest) == 0 {
		return nil
	}
	return &rest[0]
}

// from returns some events from number n on; none when it cannot be read. They are valid until the next call.
func (p *pages) from(n uint64) []event.Event {
	if n >= p.end {
		return nil
	}
	first := n - n%pageEvents
	p.clock++
	oldest := &p.kept[0]
	for i := range p.kept {
		k := &p.kept[i]
		if k.first == first && len(k.events) > 0 {
			k.used = p.clock
			return k.events[min(n-first, uint64(len(k.events))):]
		}
		if k.used < oldest.used {
			oldest = k
		}
	}
	if oldest.buf == nil {
		oldest.buf = make([]event.Event, pageEvents)
	}
	got, err := p.source.At(first, oldest.buf)
	if err != nil {
		p.err = err
	}
	*oldest = page{first: first, used: p.clock, buf: oldest.buf, events: oldest.buf[:got]}
	return oldest.events[min(n-first, uint64(got)):]
}

// replayBar shows where we are, and how to go elsewhere.
func (s *state) replayBar(width int) line {
	l := s.replayText(width)
	if x, room := s.trackPlace(width); room > 0 {
		l.to(x).join(s.track(room))
	}
	return l
}

func (s *state) replayText(width int) line {
	r := s.replay
	l := line{mark: markBar}
	sign, word := s.glyphs.pause, "stopped"
	if r.playing {
		sign, word = s.glyphs.play, "playing"
	}
	l.gap(1).add(roleStrong, sign)
	if width >= 70 {
		l.gap(1).add(roleDim, text.Pad(word, 7))
	}
	l.add(roleKey, fmt.Sprintf(" x%g", speeds[r.speed]))
	at := text.Count(r.pos)
	if width >= 50 {
		at = "event " + at
	}
	l.add(roleStrong, "  "+at).add(roleDim, " of "+text.Count(r.pages.end))
	if width >= 60 {
		l.add(roleStrong, "  "+text.TimeText(s.shown().start(), s.shown().now, 6)).add(roleDim, " s")
	}
	if r.busy() {
		l.add(roleWarn, "  seeking")
	}
	return l
}

// trackPlace is where the track begins on the bar and how wide it is; 0 when there is no room.
func (s *state) trackPlace(width int) (x, room int) {
	x = s.replayText(width).width + 2
	if room = width - x - 1; room < 8 {
		return 0, 0
	}
	return x, room
}

// track is the line with the knob, width cells wide.
func (s *state) track(width int) line {
	var l line
	done := 0
	if s.replay.pages.end > 0 {
		done = int(float64(s.replay.pos) / float64(s.replay.pages.end) * float64(width-1))
	}
	for range done {
		l.add(roleKey, s.glyphs.done)
	}
	l.add(roleStrong, s.glyphs.knob)
	for range width - 1 - done {
		l.add(roleTree, s.glyphs.track)
	}
	return l
}

// jump goes n events on, or back.
func (s *state) jump(key string, n int64) {
	if key == "," || key == "<" {
		n = -n
	}
	s.replay.playing = false
	s.replay.step(n)
}

func (s *state) jumpEnd(key string) {
	s.replay.playing = false
	if key == "{" {
		s.replay.seek(0)
	} else {
		s.replay.seek(s.replay.pages.end)
	}
}

// jumpAlike goes to the next event that the filter shows. When it shows all, the kind of the event at the cursor is the
// filter.
func (s *state) jumpAlike(key string) {
	passes := s.events.passes(s)
	if s.events.kinds == 0 && !s.events.only {
		if n, ok := s.cursorEvent(); ok {
			if e := s.replay.pages.at(n); e != nil {
				kind := e.Kind
				passes = func(e *event.Event) bool { return e.Kind == kind }
			}
		}
	}
	s.replay.playing = false
	if n, ok := s.replay.alike(forward(key == "]"), passes); ok {
		s.replay.seek(n + 1)
		return
	}
	s.notice = "no such event that way"
}

func (s *state) changeSpeed(key string) {
	step := forward(key != "-")
	s.replay.speed = max(0, min(s.replay.speed+step, len(speeds)-1))
}

func (s *state) clickBar(x int) {
	start, room := s.trackPlace(s.w)
	if room == 0 || x < start {
		s.pause()
		return
	}
	part := float64(x-start) / float64(max(room-1, 1))
	s.replay.playing = false
	s.replay.seek(uint64(part * float64(s.replay.pages.end)))
}
