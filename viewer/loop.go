package viewer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/gdamore/tcell/v2"

	"tracer/event"
)

// screen is what the loop needs of a terminal.
type screen interface {
	Size() (width, height int)
	PollEvent() tcell.Event // nil once the screen has ended
	Put(x, y int, text string, style tcell.Style) (rest string, width int)
	Show()
	Sync()
	Suspend() error
	Resume() error
	Fini()
}

// leaveTime is how long giving the terminal back may take. After that the guard puts it back.
var leaveTime = 3 * time.Second

// loop connects the state with the world: it waits for whatever comes first, hands it to the state, and draws.
type loop struct {
	state      *state
	screen     screen
	terminal   *tty // below the screen; nil when it is not ours
	theme      *Theme
	colours    int
	now        func() event.Time
	batches    <-chan []event.Event
	jobs       chan os.Signal // those of job control
	input      chan tcell.Event
	done       chan struct{} // closed: nobody reads input any more
	background <-chan string // brings the colour of the terminal's background; nil when it is not waited for
	dark       time.Time     // until then nothing is drawn, since it may come

	drawn, next canvas
	dirty       bool
	lastDraw    time.Time
	lastTick    time.Time
}

func newLoop(o Options, terminal *tty, jobs chan os.Signal) *loop {
	l := &loop{state: newState(o), screen: o.Screen, terminal: terminal, theme: o.Theme, now: o.Now, batches: o.Batches,
		jobs:  jobs,
		input: make(chan tcell.Event), done: make(chan struct{}), dirty: true, lastTick: time.Now()}
	l.state.look = func() *Theme { return l.theme }
	if o.Replay != nil {
		l.batches = nil
	}
	l.state.w, l.state.h = l.screen.Size()
	go l.pump()
	return l
}

// pump brings what the terminal sends to the loop. It goes on reading when the loop has ended, so that the screen can
// end too.
func (l *loop) pump() {
	defer close(l.input)
	for {
		e := l.screen.PollEvent()
		if e == nil {
			return
		}
		select {
		case l.input <- e:
		case <-l.done:
		}
	}
}

// close restores the terminal and waits for the pump, unless the screen is stuck: then the guard restores it. It runs
// in a panic too.
func (l *loop) close() {
	defer l.state.console.close()
	restored := l.release() == nil
	close(l.done)
	if !restored {
		return
	}
	l.screen.Fini()
	for range l.input {
	}
}

func (l *loop) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		l.drawWhenDue()
		timer.Reset(l.untilNext())
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e, ok := <-l.input:
			if !ok {
				return errors.New("the terminal went away")
			}
			if err := l.handle(e); err != nil {
				return err
			}
		case batch, ok := <-l.batches:
			l.take(batch, ok)
		case paper := <-l.background:
			l.lit(paper)
		case job := <-l.jobs:
			if err := l.job(job); err != nil {
				return err
			}
		case <-timer.C:
		}
		l.tick()
		if l.state.quit {
			return nil
		}
		if l.state.suspend {
			if err := l.suspend(); err != nil {
				return err
			}
		}
	}
}

func (l *loop) take(batch []event.Event, more bool) {
	if !more {
		l.batches = nil
		l.state.end()
	}
	l.state.take(batch)
	l.dirty = true
}

// tick lets the state know that time has passed, and go on with what takes long.
func (l *loop) tick() {
	if l.state.busy() {
		l.state.work()
		l.dirty = true
	}
	patience := time.Duration(l.state.patience())
	passed := time.Since(l.lastTick)
	if patience == 0 {
		l.lastTick = time.Now()
		return
	}
	if passed < patience {
		return
	}
	l.lastTick = time.Now()
	now := event.Time(0)
	if l.now != nil {
		now = l.now()
	}
	l.state.tick(now, event.Time(passed))
	l.dirty = true
}

// untilNext is how long the loop may sleep when nothing comes in.
func (l *loop) untilNext() time.Duration {
	if l.state.busy() {
		return 0
	}
	sleep := time.Duration(1 << 62)
	if l.dirty {
		sleep = max(time.Until(l.lastDraw.Add(time.Duration(frame))), time.Until(l.dark))
	}
	if patience := time.Duration(l.state.patience()); patience > 0 {
		sleep = min(sleep, time.Until(l.lastTick.Add(patience)))
	}
	return max(sleep, 0)
}

func (l *loop) drawWhenDue() {
	if l.dirty && time.Since(l.lastDraw) >= time.Duration(frame) && !time.Now().Before(l.dark) {
		l.draw()
	}
}

// draw sends what changed since the last picture; nothing when nothing did.
func (l *loop) draw() {
	l.dirty, l.lastDraw = false, time.Now()
	if t := l.state.theme; t != nil && t != l.theme {
		l.setTheme(t)
		l.dirty = false
	}
	if l.state.redraw {
		l.state.redraw = false
		l.drawn.w = 0
		l.screen.Sync()
	}
	l.state.settle()
	l.state.paint(&l.next)
	l.dirty = l.state.filter.left() && !l.state.cursor.busy() ||
		l.state.side == l.state.details && l.state.details.behind
	if l.drawn.w == l.next.w && l.drawn.h == l.next.h && slices.Equal(l.drawn.cells, l.next.cells) {
		return
	}
	theme := l.theme
	if l.state.projector {
		theme = theme.strong()
	}
	whole := l.drawn.w != l.next.w || l.drawn.h != l.next.h
	for i, c := range l.next.cells {
		if c.text != "" && (whole || c != l.drawn.cells[i]) {
			l.screen.Put(i%l.next.w, i/l.next.w, c.text, theme.style(c))
		}
	}
	l.drawn, l.next = l.next, l.drawn
	l.screen.Show()
}

func (l *loop) handle(e tcell.Event) error {
	l.dirty = true
	switch e := e.(type) {
	case *tcell.EventError:
		return fmt.Errorf("read the terminal: %w", e)
	case *tcell.EventResize:
		l.state.w, l.state.h = e.Size()
		l.state.redraw = true
	case *tcell.EventKey:
		l.state.typing.press(l.state, e)
	case *tcell.EventMouse:
		l.mouse(e)
	}
	if l.state.copying.ready != "" {
		return l.hand(l.state.copying.sequence())
	}
	return nil
}

// hand has the terminal do what the library has no word for.
func (l *loop) hand(sequence string) error {
	if l.terminal == nil {
		return nil
	}
	if _, err := l.terminal.Write([]byte(sequence)); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

func (l *loop) mouse(e *tcell.EventMouse) {
	x, y := e.Position()
	buttons := e.Buttons()
	zooms := e.Modifiers()&tcell.ModCtrl != 0
	switch {
	case zooms && buttons&(tcell.WheelUp|tcell.WheelDown) != 0:
		l.state.pointer.swing(l.state, x, y, forward(buttons&tcell.WheelDown != 0), true)
	case buttons&tcell.WheelUp != 0:
		l.state.wheel(x, y, -1)
	case buttons&tcell.WheelDown != 0:
		l.state.wheel(x, y, 1)
	case buttons&tcell.WheelLeft != 0:
		l.state.pointer.swing(l.state, x, y, -1, false)
	case buttons&tcell.WheelRight != 0:
		l.state.pointer.swing(l.state, x, y, 1, false)
	case buttons&tcell.Button1 != 0 && !l.state.buttons:
		l.state.pointer.press(l.state, x, y)
	case buttons&tcell.Button1 != 0:
		l.state.pointer.drag(l.state, x, y)
	}
	l.state.buttons = buttons&tcell.Button1 != 0
}

// job does what a signal of job control asks for. A SIGSTOP was not heard before its SIGCONT, and meanwhile a shell
// took the terminal: it is taken anew. When it is not ours to take yet, as after a shell's bg, reading from it stops us
// again.
func (l *loop) job(s os.Signal) error {
	switch {
	case s == syscall.SIGTSTP:
		l.state.suspend = true
		return nil
	case l.terminal == nil || !l.terminal.foreground():
		return nil
	case l.terminal.ours():
		l.state.redraw, l.dirty = true, true
		return nil
	}
	if err := l.release(); err != nil {
		return err
	}
	return l.resume()
}

// suspend hands the terminal back to the shell, stops this process as Ctrl-Z does, and takes the terminal again
// afterwards.
func (l *loop) suspend() error {
	l.state.suspend = false
	if err := l.release(); err != nil {
		return err
	}
	if l.jobs != nil {
		if err := stopSelf(); err != nil {
			return fmt.Errorf("stop: %w", err)
		}
	}
	return l.resume()
}

// resume takes the terminal and draws everything anew.
func (l *loop) resume() error {
	if err := l.screen.Resume(); err != nil {
		return fmt.Errorf("take the terminal again: %w", err)
	}
	l.state.w, l.state.h = l.screen.Size()
	l.drawn.w, l.dirty = 0, true
	l.state.redraw = true
	return nil
}

// release hands the terminal back. What is typed meanwhile is thrown away, since the screen waits until it has been
// read.
func (l *loop) release() error {
	suspended := make(chan error, 1)
	go func() { suspended <- l.screen.Suspend() }()
	limit := time.NewTimer(leaveTime)
	defer limit.Stop()
	input := l.input
	for {
		select {
		case err := <-suspended:
			if err != nil {
				err = fmt.Errorf("give the terminal back: %w", err)
			}
			return err
		case _, more := <-input:
			if !more {
				input = nil
			}
		case <-limit.C:
			return errors.New("the terminal does not let go")
		}
	}
}
