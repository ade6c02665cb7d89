// Package viewer is the screen: it shows the forest of a trace as it grows, or of a recording at any moment of it.
//
// Three layers, each a pure function of the one before it:
//
//	log of events, cursor -> model -> state -> picture
//
// One loop owns all state: the log and the cursor in it, the model at the cursor, what the user selected and folded.
// Everything else (the source of events, the keyboard, the clock) only sends to it, so there is nothing to lock. A
// trace under way and a recording differ in whether their log still grows. What is on the screen is panes, each a small
// type in a file of its own; rows of the tree are data that one function makes cells of; a table of keys drives what
// keys do, the footer and the help. Text says what something means (a role), and a theme, much later, what that looks
// like: colour is never the only carrier of a meaning.
//
// To add a key, add a row to its section: in keys.go, in travel.go for one that leads through time, in the file of the
// pane that it works on. To add a pane, write a type that embeds textPane, makes its lines in settle and names the key
// that opens it, and list it among the readers of newState. To add a kind of event to the list, give it a role in
// kindRoles; its words come from package words. Nothing else in tracer imports a terminal library.
package viewer

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gdamore/tcell/v2"

	"tracer/event"
	"tracer/model"
	"tracer/words"
)

// Options say what to show and how.
type Options struct {
	// Title says what is watched and how: "fork server 127.0.0.1:8000, reap=handler".
	Title string
	// Titled says it as the user has changed what is watched; nil: the title stays.
	Titled func(model.Settings) string

	// Batches brings the events of a trace in order; closed when it has ended. A batch belongs to the viewer once it is
	// sent. When Run returns before the channel was closed, nobody reads it any more: the sender must watch its own
	// context.
	Batches <-chan []event.Event
	// Live: the trace goes on now, so ages grow while no events come.
	Live bool
	// Now returns the time since boot, on the clock of the events. Needed when Live.
	Now func() event.Time
	// Window is how many of the last events are kept, to be listed and gone back to; 0 means 65,536.
	Window int
	// Past reads back what Window does not hold, from the recording that is made of the same events. Nil: it can not be
	// gone back to.
	Past Source
	// Tally takes in all events of Batches that are read, so that its counters are there when Run has returned. Nil
	// means a model of the viewer's own.
	Tally *model.Model

	// Replay shows a recording instead of Batches, with travel in time.
	Replay Source

	// Model says how long what has gone is kept. A zero Linger means the viewer's own.
	Model model.Options
	// Output returns the lines that the traced program wrote up to now, nil when they are not captured. It is called by
	// the loop.
	Output func() []string
	// Terminal is that of the traced program, in the place of Output; nil: it has none of its own.
	Terminal Terminal

	// Controls are what the user can change of what is traced, while it runs.
	Controls []*Control
	// Changing has the trace tell what is about to be changed; nil: it tells nothing.
	Changing func(*event.Event) error
	// Signal sends a signal to a process, and has the trace tell that the user does so; nil: it can not be.
	Signal func(leader event.Task, number syscall.Signal) error

	// Where reads a condition on processes, by which the tree can be filtered; nil: it can not be. An error is said to
	// who typed the condition.
	Where func(condition string) (Matcher, error)
	// Filter is the condition to begin with; empty: all processes are shown.
	Filter string

	// Marks are those that were set before, in the order of their events.
	Marks []event.Mark
	// Keep keeps all marks for later; nil: they last as long as the viewer. It is called by the loop.
	Keep func([]event.Mark) error

	// Command is what shows this trace, to be copied; none: it can not be.
	Command []string

	// Screen to draw on; nil opens the terminal. Run ends the screen in either case.
	Screen tcell.Screen
	// Words are the language of the screen; nil means English.
	Words *words.Language
	// Keys that the user chose.
	Keys Keys
	// Theme of colours; Auto means that which fits the terminal, nil means Dark.
	Theme *Theme
	// Projector begins with large gaps, few rows and no jargon, for who looks on from afar.
	Projector bool
	// Panes are as the user left them, and Remember, unless it is nil, is told of others at the end.
	Panes    Panes
	Remember func(Panes)
	// NoColor leaves out colours. The variable NO_COLOR asks for the same when the terminal is opened here.
	NoColor bool
	// ASCII avoids all other characters. A locale that is not UTF-8 asks for the same when the terminal is opened here.
	ASCII bool
	// NoMouse leaves the mouse to the terminal, to select text with.
	NoMouse bool
}

// Panes are how the user divided the screen. The zero value is as without one.
type Panes struct {
	Split int  `json:"split"` // how much more room the tree has, in thousandths of what it shares
	Alone bool `json:"alone"` // the tree is, without the events
}

// Linger is how long the viewer shows what has gone: without it it would show too little. MaxGone is of how many at
// once: of more, nobody can tell one from another.
const (
	Linger  = 3 * time.Second
	MaxGone = 2000
)

const defaultWindow = 65_536

func (o *Options) complete() {
	if o.Theme == nil || o.Theme == Auto {
		o.Theme = Dark
	}
	if o.NoColor {
		o.Theme = Mono
	}
	if o.Model.Linger == 0 {
		o.Model.Linger = Linger
	}
	if o.Model.MaxGone == 0 {
		o.Model.MaxGone = MaxGone
	}
}

// Run shows the viewer until the user quits (nil) or ctx ends (its cause). The terminal is restored whatever happens, a
// panic included: then it is restored first, and the panic goes on to be printed where it can be read.
func Run(ctx context.Context, o Options) error {
	var terminal *tty
	if o.Screen == nil {
		o.NoColor = o.NoColor || os.Getenv("NO_COLOR") != ""
		o.ASCII = o.ASCII || !utf8Locale(os.Getenv)
		var err error
		if terminal, err = openTTY(); err != nil {
			return fmt.Errorf("open the terminal: %w", err)
		}
		defer terminal.guard.end()
		defer context.AfterFunc(ctx, terminal.hurry)()
		if o.Screen, err = newScreen(terminal); err != nil {
			return fmt.Errorf("open the terminal: %w", err)
		}
	}
	auto := o.Theme == Auto && !o.NoColor
	o.complete()
	if err := o.Screen.Init(); err != nil {
		return fmt.Errorf("set up the terminal: %w", err)
	}
	if !o.NoMouse {
		o.Screen.EnableMouse(tcell.MouseButtonEvents | tcell.MouseDragEvents)
	}
	jobs := make(chan os.Signal, 2)
	signal.Notify(jobs, syscall.SIGTSTP, syscall.SIGCONT)
	defer signal.Stop(jobs)

	l := newLoop(o, terminal, jobs)
	defer l.close()
	if auto {
		l.light(o.Screen.Colors())
	}
	err := l.run(ctx)
	if now := l.state.panes; o.Remember != nil && now != o.Panes {
		o.Remember(now)
	}
	return err
}

// utf8Locale reports whether the locale's characters are UTF-8, by the variables in the order of their precedence.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}
