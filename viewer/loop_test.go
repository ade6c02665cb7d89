package viewer

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"tracer/event"
	"tracer/model"
)

// watchedScreen is a simulated screen that tells when it was shown, so that tests wait for a picture and not for time.
type watchedScreen struct {
	tcell.SimulationScreen
	mu      sync.Mutex
	changed *sync.Cond
	text    string
	shows   int
	ended   bool
	stopped int
	stuck   chan struct{} // it does not let go of the terminal until this is closed
}

func newWatchedScreen() *watchedScreen {
	w := &watchedScreen{SimulationScreen: tcell.NewSimulationScreen("UTF-8")}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *watchedScreen) Show() {
	w.SimulationScreen.Show()
	cells, width, height := w.GetContents()
	var b strings.Builder
	for y := range height {
		for _, c := range cells[y*width : (y+1)*width] {
			b.WriteString(string(c.Runes))
		}
		b.WriteByte('\n')
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = b.String()
	w.shows++
	w.changed.Broadcast()
}

func (w *watchedScreen) Suspend() error {
	if w.stuck != nil {
		<-w.stuck
	}
	w.note(func() { w.stopped++ })
	return nil
}

func (w *watchedScreen) Resume() error { return nil }

func (w *watchedScreen) Fini() {
	w.note(func() { w.ended = true })
	w.SimulationScreen.Fini()
}

func (w *watchedScreen) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	w.changed.Broadcast()
}

// waitFor waits until the picture satisfies want, and returns the number of pictures shown so far.
func (w *watchedScreen) waitFor(want func(text string) bool) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !want(w.text) {
		w.changed.Wait()
	}
	return w.shows
}

func (w *watchedScreen) waitText(want string) int {
	return w.waitFor(func(text string) bool { return strings.Contains(text, want) })
}

// resize does what a terminal does when its window changes.
func (w *watchedScreen) resize(t *testing.T, width, height int) {
	t.Helper()
	w.SetSize(width, height)
	if err := w.PostEvent(tcell.NewEventResize(width, height)); err != nil {
		t.Fatal(err)
	}
}

func (w *watchedScreen) press(r rune) { w.InjectKey(tcell.KeyRune, r, tcell.ModNone) }

// running is a viewer on a simulated screen.
type running struct {
	screen  *watchedScreen
	batches chan []event.Event
	cancel  context.CancelCauseFunc
	result  chan error
}

func start(t *testing.T, o Options) *running {
	t.Helper()
	r := &running{screen: newWatchedScreen(), batches: make(chan []event.Event), result: make(chan error, 1)}
	ctx, cancel := context.WithCancelCause(context.Background())
	r.cancel = cancel
	o.Screen, o.Batches = r.screen, r.batches
	go func() { r.result <- Run(ctx, o) }()
	t.Cleanup(func() { cancel(nil) })
	r.screen.waitText("LIVE")
	return r
}

func (r *running) end(t *testing.T) error {
	t.Helper()
	err := <-r.result
	if !r.screen.ended {
		t.Error("the terminal was not restored")
	}
	return err
}

func TestQuitByKey(t *testing.T) {
	r := start(t, Options{Title: "a title"})
	r.screen.waitText("a title")
	r.batches <- forkServer().events
	r.screen.waitText("1200")
	r.screen.press('q')
	if err := r.end(t); err != nil {
		t.Error(err)
	}
}

func TestEndByContext(t *testing.T) {
	r := start(t, Options{})
	cause := errors.New("terminated")
	r.cancel(cause)
	if err := r.end(t); !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestEndOfTheTrace(t *testing.T) {
	r := start(t, Options{Live: true, Now: func() event.Time { return bootTime }})
	r.batches <- forkServer().end().events
	close(r.batches)
	r.screen.waitText("ENDED")
	r.screen.press('s')
	r.screen.waitText("SUMMARY")
	r.screen.press('q')
	if err := r.end(t); err != nil {
		t.Error(err)
	}
}

// Nothing is drawn when nothing changed: a key without a meaning makes no new picture.
func TestNothingIsDrawnWhenNothingChanged(t *testing.T) {
	r := start(t, Options{})
	r.batches <- forkServer().events
	close(r.batches)
	before := r.screen.waitText("ENDED")
	for range 5 {
		r.screen.press('Y')
	}
	r.screen.press('?')
	if after := r.screen.waitText("HELP"); after != before+1 {
		t.Errorf("%d pictures for one change", after-before)
	}
	r.screen.press('q')
	r.screen.press('q')
	r.end(t)
}

// In a burst every event is taken in, pictures stay within 30 a second, and keys are heard.
func TestBurst(t *testing.T) {
	r := start(t, Options{})
	begin := time.Now()
	sc := newScript().root(1, "/bin/x")
	r.batches <- sc.events
	for i := range 2000 {
		sc.events = nil
		r.batches <- sc.fork(1, event.PID(i+2)).after(20).events
		if i == 1000 {
			r.screen.press('?')
		}
	}
	r.screen.waitText("HELP")
	r.screen.press('q')
	shows := r.screen.waitText("2,001 processes")
	if most := int(time.Since(begin)/(time.Second/30)) + 2; shows > most {
		t.Errorf("%d pictures in %v", shows, time.Since(begin))
	}
	r.screen.press('q')
	r.end(t)
}

// Ages grow, and what has gone leaves, while no event comes.
func TestTimePassesInQuiet(t *testing.T) {
	var mu sync.Mutex
	sc := newScript().root(1, "/bin/x").fork(1, 2).exit(2, 0).wait(1, 2, 5)
	now := sc.now
	r := start(t, Options{Live: true, Model: model.Options{Linger: time.Second}, Now: func() event.Time {
		mu.Lock()
		defer mu.Unlock()
		now += 300e6
		return now
	}})
	r.batches <- sc.events
	r.screen.waitText("gone")
	r.screen.waitFor(func(text string) bool { return !strings.Contains(text, "gone") })
	r.screen.press('q')
	r.end(t)
}

func TestResize(t *testing.T) {
	r := start(t, Options{Title: "t"})
	r.screen.resize(t, 20, 4)
	r.screen.waitText("too small")
	r.screen.resize(t, 100, 30)
	r.screen.waitText("EVENTS")
	r.screen.press('q')
	r.end(t)
}

func TestMouseReachesTheState(t *testing.T) {
	r := start(t, Options{})
	r.batches <- forkServer().events
	r.screen.waitText("1225")
	r.screen.InjectMouse(2, 24, tcell.Button1, tcell.ModNone) // "? help" in the footer
	r.screen.waitText("HELP")
	r.screen.InjectMouse(2, 10, tcell.WheelDown, tcell.ModNone)
	r.screen.waitText("lines 4-")
	r.screen.press('q')
	r.screen.press('q')
	r.end(t)
}

func TestReplayPlaysByItself(t *testing.T) {
	screen := newWatchedScreen()
	result := make(chan error, 1)
	go func() {
		result <- Run(context.Background(), Options{Screen: screen, Replay: Events(newScript().root(1,
			"/bin/x").after(50_000).fork(1, 2).events)})
	}()
	screen.waitText("event 2 of 2")
	screen.press('q')
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// The screen is given back before the process stops, and taken again when it goes on.
func TestSuspend(t *testing.T) {
	r := start(t, Options{})
	r.batches <- forkServer().events
	before := r.screen.waitText("1225")
	l := &loop{state: stateWith(forkServer(), 80, 25, Options{}), screen: r.screen, theme: Dark,
		input: make(chan tcell.Event)}
	if err := l.suspend(); err != nil {
		t.Fatal(err)
	}
	if r.screen.stopped != 1 || !l.dirty || !l.state.redraw || l.state.suspend {
		t.Errorf("after a suspension: %d, %v, %v, %v", r.screen.stopped, l.dirty, l.state.redraw, l.state.suspend)
	}
	l.draw()
	if after := r.screen.waitText("1225"); after <= before {
		t.Error("the whole picture is not drawn anew")
	}
	r.screen.press('q')
	r.end(t)
}

// A panic restores the terminal before it goes on.
func TestPanicRestoresTheTerminal(t *testing.T) {
	screen := newWatchedScreen()
	batches := make(chan []event.Event)
	panicked := make(chan any, 1)
	go func() {
		defer func() { panicked <- recover() }()
		Run(context.Background(), Options{Screen: screen, Batches: batches,
			Output: func() []string { panic("out of order") }})
	}()
	screen.waitText("LIVE")
	screen.press('o')
	if got := <-panicked; got != "out of order" {
		t.Errorf("panicked with %v", got)
	}
	if !screen.ended {
		t.Error("the terminal was not restored")
	}
}

// A screen that is stuck does not hold up the end.
func TestStuckScreenIsLeft(t *testing.T) {
	defer func(before time.Duration) { leaveTime = before }(leaveTime)
	leaveTime = time.Millisecond
	r := &running{screen: newWatchedScreen(), result: make(chan error, 1)}
	r.screen.stuck = make(chan struct{})
	go func() { r.result <- Run(context.Background(), Options{Screen: r.screen}) }()
	r.screen.waitText("LIVE")
	r.screen.press('q')
	if err := <-r.result; err != nil {
		t.Error(err)
	}
	close(r.screen.stuck)
	r.screen.Fini()
}

func TestColoursAsAsked(t *testing.T) {
	o := Options{NoColor: true, Theme: Light}
	o.complete()
	if o.Theme != Mono {
		t.Errorf("theme %s without colours", o.Theme.name)
	}
	o = Options{}
	o.complete()
	if o.Theme != Dark || o.Model.Linger != Linger {
		t.Errorf("theme %s, linger %v", o.Theme.name, o.Model.Linger)
	}
}
