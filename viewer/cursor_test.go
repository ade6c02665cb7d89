package viewer

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tracer/event"
	"tracer/internal/simulation"
	"tracer/model"
)

// goTo goes to a position as the loop does it.
func (r *cursor) goTo(pos uint64) {
	r.seek(pos)
	for r.busy() {
		r.work()
	}
}

// fresh is the trace after n events, taken in once from the start.
func fresh(events []event.Event, n int, o model.Options) *trace {
	t := &trace{model: model.New(o)}
	for i := range events[:n] {
		t.apply(&events[i])
	}
	return t
}

// forestText is what can be seen of a trace.
func forestText(t *trace) string {
	s := newState(Options{})
	s.w, s.h = 200, 50
	s.cursor.shown = t
	s.tree.general = foldNone
	h := s.header()
	return h.headline(300).String() + "\n" + h.figures(300).String() + "\n" + strings.Join(treeRowsOf(s, 200), "\n")
}

// countingSource counts how many events were read from it.
type countingSource struct {
	memory
	read int
}

func (c *countingSource) At(from uint64, buf []event.Event) (int, error) {
	n, err := c.memory.At(from, buf)
	c.read += n
	return n, err
}

// longRecording has more than n events, with a bounded number of processes.
func longRecording(n int) []event.Event {
	s := newScript()
	s.events = make([]event.Event, 0, n+8)
	s.root(1, "/bin/server")
	for i := 2; len(s.events) < n; i++ {
		pid := event.PID(2 + i%30000)
		s.fork(1, pid).after(300).exit(pid, 0).sigchld(pid, event.Queued).wait(1, pid, 9)
		delete(s.parent, pid)
	}
	return s.events
}

// A step back is paid by the distance to a checkpoint, not by the length of the recording, and checkpoints stay few.
func TestStepsBackAreCheap(t *testing.T) {
	source := &countingSource{memory: longRecording(90_000)}
	r := replayCursor(source, model.Options{Linger: 1e6, MaxGone: 100})
	r.goTo(r.log.end())
	if len(r.checkpoints) > maxCheckpoints {
		t.Errorf("%d checkpoints", len(r.checkpoints))
	}
	for range 50 {
		source.read = 0
		r.step(-1)
		steps := 0
		for r.busy() {
			r.work()
			steps++
		}
		if steps > 2 || source.read > 2*checkpointStep+2*pageEvents {
			t.Fatalf("a step back to %d read %d events in %d turns", r.pos, source.read, steps)
		}
	}
	for _, pos := range []uint64{50_000, 10, 89_999, 0, 73_456} {
		r.goTo(pos)
		if r.pos != pos || len(r.checkpoints) > maxCheckpoints {
			t.Errorf("at %d with %d checkpoints, want %d", r.pos, len(r.checkpoints), pos)
		}
	}
	for i := 1; i < len(r.checkpoints); i++ {
		if r.checkpoints[i].pos <= r.checkpoints[i-1].pos {
			t.Fatal("the checkpoints are not in order")
		}
	}
}

func TestPlayFollowsTheClock(t *testing.T) {
	sc := newScript().root(1, "/bin/x").after(1_000_000).fork(1, 2).after(1_000_000).fork(1, 3)
	r := replayCursor(Events(sc.events), model.Options{})
	r.goTo(1)
	r.playing, r.speed = true, normalSpeed
	for _, c := range []struct {
		passed event.Time
		pos    uint64
	}{{500e6, 1}, {499e6, 1}, {2e6, 2}, {900e6, 2}, {200e6, 3}} {
		r.pass(c.passed)
		if r.pos != c.pos {
			t.Errorf("after another %v s at %d, want %d", c.passed, r.pos, c.pos)
		}
	}
	if r.playing {
		t.Error("it plays on after the end")
	}
	r.goTo(1)
	r.playing, r.speed = true, normalSpeed+1
	r.pass(501e6)
	if r.pos != 2 {
		t.Errorf("at twice the speed at %d", r.pos)
	}
}

// A replay that has ended is played again from the start, at any position the clock is that of the trace, and it stands
// still at the end.
func TestPlayAgain(t *testing.T) {
	events := forkServer().end().events
	first, last := events[0].Time, events[len(events)-1].Time
	for _, keys := range []string{"} p", "{ p", "} { p p p", "> > > > , p", "} Space"} {
		s := stateWith(nil, 120, 40, Options{Replay: Events(events)})
		for _, k := range strings.Fields(keys) {
			press(s, k)
		}
		if s.cursor.pos == 0 && (s.shown().now != first || !strings.Contains(screenText(s), "  0.000000 s")) {
			t.Errorf("%s: the clock begins at %v, the trace at %v:\n%s", keys, s.shown().now, first, screenText(s))
		}
		for frames := 0; s.cursor.playing; frames++ {
			s.tick(0, frame)
			if now := s.shown().now; now < first || now > last || frames > 1000 {
				t.Fatalf("%s: after %d frames the clock shows %v, the trace is from %v to %v", keys, frames, now, first,
					last)
			}
		}
		if s.cursor.pos != uint64(len(events)) || s.shown().now != last {
			t.Errorf("%s: it ends at event %d and %v, the trace at %d and %v", keys, s.cursor.pos, s.shown().now,
				len(events), last)
		}
	}
}

// What would be over at once is played slowly, what takes its time is not.
func TestSpeedSuitsTheLength(t *testing.T) {
	for _, c := range []struct {
		us    int
		speed float64
	}{{1_000, 0.1}, {1_900_000, 0.1}, {4_000_000, 0.25}, {15_000_000, 1}, {3_600_000_000, 1}} {
		r := replayCursor(Events(newScript().root(1, "/bin/x").after(c.us).exit(1, 0).events), model.Options{})
		if got := speeds[r.speed]; got != c.speed {
			t.Errorf("a trace of %d us is played at %g, want %g", c.us, got, c.speed)
		}
	}
}

type brokenSource struct{ memory }

func (b brokenSource) At(from uint64, buf []event.Event) (int, error) {
	if from >= pageEvents {
		return 0, errors.New("read block 3: checksum differs")
	}
	return b.memory.At(from, buf)
}

func TestABrokenRecordingIsAdmitted(t *testing.T) {
	s := stateWith(nil, 80, 24, Options{Replay: brokenSource{longRecording(3 * pageEvents)}})
	press(s, "}")
	if s.cursor.pos != pageEvents || s.cursor.busy() {
		t.Errorf("at %d", s.cursor.pos)
	}
	if text := screenText(s); !strings.Contains(text, "checksum differs") {
		t.Errorf("the error is not on the screen:\n%s", text)
	}
	press(s, "{")
	press(s, ".")
	if s.cursor.pos != 1 {
		t.Errorf("one cannot move where it is whole: at %d", s.cursor.pos)
	}
}

func TestEmptyRecording(t *testing.T) {
	s := stateWith(nil, 80, 24, Options{Replay: Events()})
	for _, k := range []string{".", ",", "]", "[", "}", "p", "Enter", "Tab", "Down"} {
		press(s, k)
		screenText(s)
	}
}

func BenchmarkReplayToTheEndOf1M(b *testing.B) {
	events := Events(longRecording(1_000_000))
	for b.Loop() {
		r := replayCursor(events, model.Options{Linger: 3e9})
		r.goTo(r.log.end())
	}
}

func BenchmarkStepBackAt1M(b *testing.B) {
	r := replayCursor(Events(longRecording(1_000_000)), model.Options{Linger: 3e9})
	r.goTo(r.log.end())
	for b.Loop() {
		r.step(-1)
		for r.busy() {
			r.work()
		}
	}
}

// laggingSource is a recording that is written with a delay: the last events are not there yet.
type laggingSource struct {
	log *eventLog
	all []event.Event
	lag uint64
}

func (l laggingSource) Len() uint64 { return l.log.end() - min(l.lag, l.log.end()) }

func (l laggingSource) At(from uint64, buf []event.Event) (int, error) {
	return memory(l.all[:l.Len()]).At(from, buf)
}

// Whatever happens in whatever order, to a trace that grows or to a recording: what is shown at a moment is what a
// model makes of the events up to it, and of no others.
func TestTheStateShownIsThatOfItsEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawTrace(t)
		o := model.Options{Linger: 2e9}
		c, taken, ticked := drawCursor(t, events, o), 0, false
		late := false // the clock had gone on when an event came
		if c.head == nil {
			taken = len(events)
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "how") {
			case 0, 1, 2:
				for range rapid.IntRange(0, 20).Draw(t, "more") {
					if c.log.grows && taken < len(events) {
						late = late || c.head.model.Now() > events[taken].Time
						c.take(&events[taken])
						taken++
					}
				}
			case 3:
				c.hold()
			case 4:
				c.seek(uint64(rapid.IntRange(0, len(events)+2).Draw(t, "pos")))
			case 5:
				c.step(int64(rapid.IntRange(-9, 9).Draw(t, "step")))
			case 6:
				if n, ok := c.zombie(rapid.SampledFrom([]int{-1, 1}).Draw(t, "way")); ok {
					c.seek(n + 1)
				}
			case 7:
				c.seekTime(events[0].Time + event.Time(rapid.IntRange(0, 30e9).Draw(t, "time")))
			case 8: // time goes on without an event, and perhaps the next one comes late
				if c.head != nil {
					ticked = true
					now := c.head.last + event.Time(rapid.IntRange(0, 3e9).Draw(t, "quiet"))
					c.head.model.Advance(now)
					c.head.now = max(c.head.now, now)
				}
			case 9:
				if !c.follows {
					c.playing = true
					c.pass(event.Time(rapid.IntRange(0, 2e9).Draw(t, "passed")))
				}
			}
			for c.busy() && rapid.IntRange(0, 3).Draw(t, "work") > 0 {
				c.work()
			}
			if c.err != nil {
				t.Fatal(c.err)
			}
			if c.busy() {
				continue
			}
			if !late || c.shown.model.Now() == c.shown.last {
				checkShown(t, c, events[:taken], o)
			}
			if reach := uint64(taken) - c.first(); !ticked && reach < min(c.log.recent.keep/2, uint64(taken)) {
				t.Fatalf("only %d events can be gone back to", reach)
			}
		}
	})
}

// What a clock has dropped from the end of a live trace is there when one goes back to before, also where the events
// came later than the clock went.
func TestCheckpointsAreOfTheEventsAlone(t *testing.T) {
	sc := newScript().root(1, "/bin/x").fork(1, 2).exit(2, 0).wait(1, 2, 1)
	o := model.Options{Linger: 2e9}
	c := newCursor(model.New(o), 4, nil)
	for i := range sc.events {
		c.take(&sc.events[i])
	}
	c.head.model.Advance(sc.now + 3e9)
	sc.after(1_000_000).fork(1, 3).fork(1, 4).after(2_500_000).fork(1, 5).fork(1, 6).fork(1, 7)
	for i := 4; i < len(sc.events); i++ {
		c.take(&sc.events[i])
		for pos := c.first(); pos < c.log.end(); pos++ {
			c.goTo(pos)
			if got, want := forestText(c.shown.clone()), forestText(fresh(sc.events, int(pos), o)); got != want {
				t.Errorf("after event %d of %d:\n%s\nwant\n%s", pos, i+1, got, want)
			}
		}
		c.follow()
	}
	if reach := c.log.end() - c.first(); reach < 2 {
		t.Errorf("only %d events can be gone back to", reach)
	}
}

// drawTrace makes a trace: of a life without a loss, or of a kernel whose events are lost now and then, so that what
// was known is put right, and some of it taken back.
func drawTrace(t *rapid.T) (events []event.Event) {
	if rapid.Bool().Draw(t, "whole") {
		return drawLife(t, rapid.IntRange(1, 120).Draw(t, "events")).events
	}
	losing := true
	k := simulation.New(t, func(e event.Event) {
		if losing && !e.Flags.Has(event.Launch) && rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
			e = event.Event{Time: e.Time, Kind: event.Lost, Lost: e.Kind, Count: 1}
		}
		events = append(events, e)
	})
	for range rapid.IntRange(1, 3).Draw(t, "bursts") {
		losing = true
		for range rapid.IntRange(1, 30).Draw(t, "events with losses") {
			k.Step()
		}
		k.ReportLate()
		losing = false
		k.Seen(event.Guessed)
		for range rapid.IntRange(0, 20).Draw(t, "events without") {
			k.Step()
		}
	}
	return events
}

// drawCursor makes one on a recording, or on a log that grows, with little room and with or without a recording of it.
func drawCursor(t *rapid.T, events []event.Event, o model.Options) *cursor {
	if rapid.Bool().Draw(t, "file") {
		c := replayCursor(Events(events), o)
		c.stride = uint64(rapid.IntRange(1, 40).Draw(t, "stride"))
		return c
	}
	keep := rapid.IntRange(1, 60).Draw(t, "window")
	c := newCursor(model.New(o), keep, nil)
	if rapid.Bool().Draw(t, "recorded") {
		c.log.source = laggingSource{&c.log, events, uint64(rapid.IntRange(0, keep-1).Draw(t, "lag"))}
	}
	return c
}

func checkShown(t *rapid.T, c *cursor, taken []event.Event, o model.Options) {
	if c.log.end() != uint64(len(taken)) {
		t.Fatalf("%d events are counted, want %d", c.log.end(), len(taken))
	}
	if c.follows && !c.atEnd() {
		t.Fatalf("it follows the end, %d, and is at %d", c.log.end(), c.pos)
	}
	if c.log.source != nil && c.first() != 0 {
		t.Fatalf("the first %d events cannot be reached, though they are recorded", c.first())
	}
	want := fresh(taken, int(c.pos), o)
	want.begin, want.now = c.shown.begin, c.shown.now
	want.model.Advance(c.shown.model.Now())
	if got, want := forestText(c.shown.clone()), forestText(want); got != want {
		t.Fatalf("after event %d of %d:\n%s\nwant\n%s", c.pos, len(taken), got, want)
	}
	if got, want := c.shown.model.Counters(), want.model.Counters(); !reflect.DeepEqual(got, want) {
		t.Fatalf("after event %d of %d the counters differ:\n%s", c.pos, len(taken), cmp.Diff(got, want))
	}
}

// The keys lead through the past of a trace that goes on as through a recording, and back to now.
func TestTravelWhileItRuns(t *testing.T) {
	sc := forkServer()
	half := len(sc.events) / 2
	live := func() *state {
		return stateWith(&script{now: sc.now, events: sc.events[:half]}, 120, 40, Options{Live: true})
	}
	at := func(s *state) *event.Event { return s.cursor.log.at(s.cursor.pos - 1) }
	end := uint64(half)
	for _, c := range []struct {
		keys string
		want func(*state) bool
		what string
	}{
		{",", func(s *state) bool { return s.cursor.pos == end-1 && !s.cursor.follows }, "steps back"},
		{", , .", func(s *state) bool { return s.cursor.pos == end-1 }, "steps on"},
		{", .", func(s *state) bool { return s.cursor.pos == end && !s.cursor.follows }, "steps to the last one"},
		{", . .", func(s *state) bool { return s.cursor.follows }, "steps on to now"},
		{"<", func(s *state) bool { return s.cursor.pos == 0 }, "steps 100 back"},
		{", p", func(s *state) bool { return s.cursor.follows }, "goes on"},
		{"{ }", func(s *state) bool { return s.cursor.follows }, "returns to now"},
		{", Tab End", func(s *state) bool { return s.cursor.follows }, "returns to now"},
		{"(", func(s *state) bool { return at(s).Kind == event.Exit }, "goes to the last zombie's end"},
		{"{ )", func(s *state) bool { return at(s).Kind == event.Exit && at(s).PID == 1204 }, "goes to the first"},
		{"@ 0 . 0 7 Enter", func(s *state) bool {
			return at(s).Time <= bootTime+70e6 && s.cursor.log.at(s.cursor.pos).Time > bootTime+70e6
		}, "goes to a time"},
		{"@ 1 Esc", func(s *state) bool { return s.cursor.follows && s.mode == browse{} }, "goes nowhere"},
		{"@ x Enter", func(s *state) bool { return s.cursor.follows && strings.HasPrefix(s.notice, "x is not a time") },
			"says what a time is"},
		{"{ Space", func(s *state) bool { return s.cursor.playing }, "plays the past"},
		{"{ Space p", func(s *state) bool { return !s.cursor.playing && !s.cursor.follows }, "stops"},
		{"Space", func(s *state) bool { return !s.cursor.playing && s.cursor.follows }, "folds"},
	} {
		s := live()
		for _, k := range strings.Fields(c.keys) {
			press(s, k)
		}
		if !c.want(s) {
			t.Errorf("%s: not so: %s\n%s", c.keys, c.what, screenText(s))
		}
		s.take(sc.events[half:])
		press(s, "}")
		s.tick(sc.now, 0)
		if got, want := screenText(s), screenText(stateWith(sc, 120, 40, Options{Live: true})); c.keys == "{ }" &&
			got != want {
			t.Errorf("back from the past it shows\n%s\nwant\n%s", got, want)
		}
		if !s.cursor.follows || s.shown().model.Counters().Events != uint64(len(sc.events)) {
			t.Errorf("%s }: now is not shown", c.keys)
		}
	}
}

// However long it stood still before: what is played begins where it stood.
func TestPlayBeginsHere(t *testing.T) {
	s := stateWith(nil, 120, 40, Options{Replay: Events(forkServer().events)})
	for _, k := range strings.Fields("{ p") {
		press(s, k)
	}
	s.tick(0, 60e9)
	if s.cursor.pos != 0 {
		t.Errorf("a minute that it stood still took it to event %d", s.cursor.pos)
	}
	if s.tick(0, 60e9); s.cursor.pos == 0 {
		t.Error("it does not play on")
	}
}

// The past that is played comes to now, where it goes on live.
func TestThePastPlaysOnToNow(t *testing.T) {
	sc := forkServer()
	s := stateWith(sc, 120, 40, Options{Live: true})
	for _, k := range strings.Fields("< Space") {
		press(s, k)
	}
	if text := screenText(s); !strings.Contains(text, " REPLAY ") {
		t.Errorf("it does not say that it is the past:\n%s", text)
	}
	for frames := 0; s.cursor.playing; frames++ {
		if s.tick(sc.now, frame); frames > 1000 {
			t.Fatalf("it is at event %d after %d frames", s.cursor.pos, frames)
		}
	}
	if text := screenText(s); !s.cursor.follows || !strings.Contains(text, " LIVE ") {
		t.Errorf("it does not go on live:\n%s", text)
	}
}

// Played as fast as time goes, the past stays as far behind now as it was, also where nothing happens for longer, and
// where the loop was held up and neither drew nor read.
func TestThePastStaysBehind(t *testing.T) {
	sc := forkServer()
	s := stateWith(sc, 120, 40, Options{Live: true})
	for _, k := range strings.Fields("< Space") {
		press(s, k)
	}
	now := sc.now
	pass := func(d event.Time) {
		now += d
		s.tick(now, d)
	}
	pass(frame)
	behind := now - s.shown().now
	for _, d := range []event.Time{10 * behind, frame, 60e9, frame} {
		pass(d)
		if got := now - s.shown().now; got != behind || !s.cursor.playing || s.cursor.follows {
			t.Fatalf("after %v it is %v behind now, and was %v; playing: %v", d, got, behind, s.cursor.playing)
		}
	}
	sc.events = nil
	sc.now = now
	s.take(sc.fork(1, 9000).events)
	if pass(behind - 1); s.cursor.atEnd() {
		t.Error("what happens just now is shown before its time")
	}
	if pass(1); !s.cursor.atEnd() || s.cursor.follows {
		t.Error("what happened meanwhile is not shown at its time")
	}
	press(s, "+")
	for range 10_000 {
		pass(frame)
	}
	if !s.cursor.follows {
		t.Error("played faster it does not come to now")
	}
}

// A trace is kept in bounded memory. What can not be gone back to is said, and what is recorded can.
func TestTheOldestEventsAreNotKept(t *testing.T) {
	events := longRecording(100_000)
	for _, recorded := range []bool{false, true} {
		o := Options{Live: true, Model: model.Options{MaxGone: 100}}
		if recorded {
			o.Past = Events(events)
		}
		s := stateWith(&script{events: events}, 120, 40, o)
		if kept := len(s.cursor.log.recent.blocks) * ringBlock; kept > defaultWindow {
			t.Errorf("there is room for %d events", kept)
		}
		if n := len(s.cursor.checkpoints); n > maxCheckpoints {
			t.Errorf("%d checkpoints", n)
		}
		press(s, "{")
		text := screenText(s)
		if said := strings.Contains(text, "are no longer kept"); said == recorded {
			t.Errorf("recorded: %v; at event %d it says so: %v\n%s", recorded, s.cursor.pos, said, text)
		}
		if first := s.cursor.pos; recorded != (first == 0) || first > 60_000 {
			t.Errorf("recorded: %v; the oldest moment is after event %d", recorded, first)
		}
		want := fresh(events, int(s.cursor.pos), model.Options{Linger: Linger, MaxGone: 100})
		want.begin, want.now = s.shown().begin, s.shown().now
		if got, want := forestText(s.shown().clone()), forestText(want); got != want {
			t.Errorf("the oldest moment is\n%s\nwant\n%s", got, want)
		}
	}
}

// TestCheckpointsOfALargeForest: the more there is to copy the farther are checkpoints from each other, up to a bound
// and never so far that a log that forgets has none.
func TestCheckpointsOfALargeForest(t *testing.T) {
	m := model.New(model.Options{})
	for i := event.TID(1); i <= 10_000; i++ {
		m.Apply(&event.Event{Time: event.Time(i), Kind: event.Seen, Task: event.Task{TID: i, Start: 1},
			PID: event.PID(i)})
	}
	large, small := &trace{model: m}, &trace{model: model.New(model.Options{})}
	for _, c := range []struct {
		keep int
		of   *trace
		want uint64
	}{
		{1 << 20, small, checkpointStep},
		{1 << 20, large, 10_000 * eventsPerNode},
		{100_000, large, 25_000},
		{1000, large, 250},
		{1000, small, 250},
	} {
		if got := newCursor(model.New(model.Options{}), c.keep, nil).distance(c.of); got != c.want {
			t.Errorf("%d events of which %d are kept, %d nodes: want %d", got, c.keep, c.of.model.Size(), c.want)
		}
	}
}
