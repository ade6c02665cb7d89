package viewer

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracer/event"
	"tracer/model"
)

// goTo goes to a position as the loop does it.
func (r *replay) goTo(pos uint64) {
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
	s.w, s.h, s.trace = 200, 50, t
	s.trace.log = newRing(1)
	s.tree.general = foldNone
	h := s.header()
	return h.headline(300).String() + "\n" + h.figures(300).String() + "\n" + strings.Join(treeRowsOf(s, 200), "\n")
}

// However one comes to a position, what one sees there is what the events up to it make.
func TestTimeTravelComesToTheSamePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawLife(t, rapid.IntRange(0, 60).Draw(t, "events")).events
		o := model.Options{Linger: 2e9}
		r := newReplay(Events(events), o)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "how") {
			case 0:
				r.goTo(uint64(rapid.IntRange(0, len(events)+2).Draw(t, "pos")))
			case 1:
				r.step(int64(rapid.IntRange(-9, 9).Draw(t, "step")))
				for r.busy() {
					r.work()
				}
			case 2: // play, then go one event on, so that the time is an event's again
				r.playing = true
				r.play(event.Time(rapid.IntRange(0, 1e9).Draw(t, "passed")))
				r.goTo(min(r.pos+1, uint64(len(events))))
			case 3: // a checkpoint where none would be yet
				if r.pos > 0 && r.nearest(r.pos).pos != r.pos {
					r.checkpoints = append([]checkpoint{r.checkpoints[0]}, checkpoint{r.pos, r.trace.clone()})
				}
			}
			r.goTo(r.pos)
			at := int(r.pos)
			if at == 0 {
				continue
			}
			if at == len(events) { // playing may have gone on in time after the last event
				r.goTo(0)
				r.goTo(uint64(at))
			}
			if got, want := forestText(r.trace.clone()), forestText(fresh(events, at, o)); got != want {
				t.Fatalf("at event %d:\n%s\nwant\n%s", at, got, want)
			}
		}
	})
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
	r := newReplay(source, model.Options{Linger: 1e6, MaxGone: 100})
	r.goTo(r.pages.end)
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
	r := newReplay(Events(sc.events), model.Options{})
	r.goTo(1)
	r.playing, r.speed = true, normalSpeed
	for _, c := range []struct {
		passed event.Time
		pos    uint64
	}{{500e6, 1}, {499e6, 1}, {2e6, 2}, {900e6, 2}, {200e6, 3}} {
		r.play(c.passed)
		if r.pos != c.pos {
			t.Errorf("after another %v s at %d, want %d", c.passed, r.pos, c.pos)
		}
	}
	if r.playing {
		t.Error("it plays on after the end")
	}
	r.goTo(1)
	r.playing, r.speed = true, normalSpeed+1
	r.play(501e6)
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
		if s.replay.pos == 0 && (s.shown().now != first || !strings.Contains(screenText(s), "  0.000000 s")) {
			t.Errorf("%s: the clock begins at %v, the trace at %v:\n%s", keys, s.shown().now, first, screenText(s))
		}
		for frames := 0; s.replay.playing; frames++ {
			s.tick(0, frame)
			if now := s.shown().now; now < first || now > last || frames > 1000 {
				t.Fatalf("%s: after %d frames the clock shows %v, the trace is from %v to %v", keys, frames, now, first,
					last)
			}
		}
		if s.replay.pos != uint64(len(events)) || s.shown().now != last {
			t.Errorf("%s: it ends at event %d and %v, the trace at %d and %v", keys, s.replay.pos, s.shown().now,
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
		r := newReplay(Events(newScript().root(1, "/bin/x").after(c.us).exit(1, 0).events), model.Options{})
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
	if s.replay.pos != pageEvents || s.replay.busy() {
		t.Errorf("at %d", s.replay.pos)
	}
	if text := screenText(s); !strings.Contains(text, "checksum differs") {
		t.Errorf("the error is not on the screen:\n%s", text)
	}
	press(s, "{")
	press(s, ".")
	if s.replay.pos != 1 {
		t.Errorf("one cannot move where it is whole: at %d", s.replay.pos)
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
		r := newReplay(events, model.Options{Linger: 3e9})
		r.goTo(r.pages.end)
	}
}

func BenchmarkStepBackAt1M(b *testing.B) {
	r := newReplay(Events(longRecording(1_000_000)), model.Options{Linger: 3e9})
	r.goTo(r.pages.end)
	for b.Loop() {
		r.step(-1)
		for r.busy() {
			r.work()
		}
	}
}
