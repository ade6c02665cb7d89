// Package show shows a trace, under way or recorded: on the screen, as text lines, or its summary alone.
package show

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/config"
	"tracer/cmd/tracer/internal/output"
	"tracer/cmd/tracer/internal/target"
	"tracer/cmd/tracer/internal/tracing"
	"tracer/cmd/tracer/internal/usage"
	"tracer/cmd/tracer/internal/value"
	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/query"
	"tracer/session"
	"tracer/text"
	"tracer/viewer"
	"tracer/words"
)

// View says how a trace is shown.
type View struct {
	Plain bool // text lines, no screen
	Quiet bool // only the summary
	JSON  bool // only the summary, as one object
	ASCII bool
	Theme *viewer.Theme
	// Projector: for who looks on from afar.
	Projector bool
	// Controls are what the screen offers to change.
	Controls []*viewer.Control
	PTY      bool   // a command has a terminal of its own on the screen
	Where    string // the processes to show on the screen, as a condition; empty: all
	told     bool   // why there is no screen
	keys     viewer.Keys
}

// Add adds the flags of it.
func (v *View) Add(f *pflag.FlagSet, say *words.FlagWords) {
	f.BoolVar(&v.Plain, "plain", false, say.Plain)
	f.BoolVarP(&v.Quiet, "quiet", "q", false, say.OnlySummary)
	f.BoolVar(&v.JSON, "json", false, say.SummaryJSON)
	f.BoolVar(&v.ASCII, "ascii", false, say.ASCII)
	f.StringVar(&v.Where, "where", "", say.FilterWhere)
	f.BoolVar(&v.Projector, "projector", false, say.Projector)
	v.Theme = viewer.Auto
	f.Var(value.ChoiceOf(&v.Theme, viewer.ThemeByName, "name"), "theme",
		say.Theme(strings.Join(viewer.ThemeNames(), ", ")))
}

// Screen reports whether there is a terminal to show it on, and the user wants that. When only the terminal cannot, it
// says so once.
func (v *View) Screen(s *output.Streams) bool {
	if !s.Terminal() || v.Plain || v.Quiet || v.JSON {
		return false
	}
	err := viewer.Drawable()
	if err != nil && !v.told {
		v.told = true
		s.Message("%s", s.Words.Commands.NoScreen(s.Words.Error(err)))
	}
	return err == nil
}

// Checked returns what runs a command that shows something, unless there is a mistake in what is to be shown: that must
// be known before anything begins.
func (v *View) Checked(s *output.Streams, run func(*cobra.Command, []string) error) func(*cobra.Command,
	[]string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := v.check(s, cmd.Flags()); err != nil {
			return err
		}
		return run(cmd, args)
	}
}

func (v *View) check(s *output.Streams, flags *pflag.FlagSet) error {
	if v.Screen(s) {
		if err := v.configure(flags); err != nil {
			return err
		}
	}
	if v.Where == "" {
		return nil
	}
	if _, err := query.NewFilter(v.Where); err != nil {
		return usage.Wrap(err)
	}
	if !v.Screen(s) {
		return usage.New(s.Words.Usage.WhereNeedsScreen)
	}
	return nil
}

// configure takes what the user's file says, but for what flags say.
func (v *View) configure(flags *pflag.FlagSet) error {
	c, err := config.Read(config.Path(os.Getenv))
	if err != nil {
		return err
	}
	if c.Theme != nil && !flags.Changed("theme") {
		v.Theme = c.Theme
	}
	if !flags.Changed("ascii") {
		v.ASCII = c.ASCII
	}
	if !flags.Changed("projector") {
		v.Projector = c.Projector
	}
	v.keys = c.Keys
	return nil
}

// where reads a condition that was typed on the screen.
func where(condition string) (viewer.Matcher, error) {
	f, err := query.NewFilter(condition)
	if err != nil {
		return nil, query.Reason(err)
	}
	return f, nil
}

// Capture takes in what is to be launched by who called: a command is given a terminal of its own, unless the flags say
// otherwise.
func (v *View) Capture(t *session.Target, caller *probes.User) (c *session.Capture, err error) {
	if v.PTY && !t.Server {
		c, err = session.NewTerminal(caller)
	} else {
		c, err = session.NewCapture(caller)
	}
	if err == nil {
		c.Of(&t.Command)
	}
	return c, err
}

// options are what the flags say to the viewer.
func (v *View) options(s *output.Streams, title string) viewer.Options {
	return viewer.Options{Title: title, Titled: target.Titled(title), Theme: v.Theme, ASCII: v.ASCII, Words: s.Words,
		Where: where, Command: os.Args, Filter: v.Where, Keys: v.keys, Projector: v.Projector,
		Panes:    config.Panes(config.PanesPath(os.Getenv)),
		Remember: func(p viewer.Panes) { config.RememberPanes(config.PanesPath(os.Getenv), p) }}
}

// Follow shows a session to its end and returns the exit code of what was launched. Whatever way it is shown, the
// summary ends it.
func (v *View) Follow(t *tracing.Trace, captured *session.Capture) (code int, err error) {
	tally := model.New(model.Options{})
	seen := false // its end, on the screen
	if v.Screen(t.Streams) {
		tally = model.New(model.Options{Linger: viewer.Linger, MaxGone: viewer.MaxGone})
		seen, err = v.onScreen(t, tally, captured)
	} else {
		err = v.asLines(t, tally)
	}
	code, finished := t.Finish()
	if finished == nil && t.Records() && !v.JSON {
		say := &t.Streams.Words.Commands
		t.Streams.Message("%s", say.Recorded(t.Whereabouts(say.SeeAgain)))
	}
	if err := errors.Join(err, finished); err != nil {
		return code, err
	}
	summary := export.Summarize(tally)
	if v.JSON {
		return code, summary.JSON(t.Streams.Out)
	}
	err = summary.Text(t.Streams.Out, t.Streams.Words)
	if seen && code != 0 && captured != nil {
		err = errors.Join(err, printEnd(t, captured))
	}
	return code, err
}

// shownEnd is how many lines are printed of a program that failed.
const shownEnd = 20

// printEnd prints the last lines of a program that failed on a screen that is gone.
func printEnd(t *tracing.Trace, captured *session.Capture) error {
	captured.Settle()
	lines := captured.Lines()
	lines = lines[max(0, len(lines)-shownEnd):]
	if len(lines) == 0 {
		return nil
	}
	end := "\n" + t.Streams.Words.Load.LastWritten(text.Escape(t.Target.Command.Args[0])) + "\n"
	for _, line := range lines {
		if _, is := captured.Terminal(); is {
			line = viewer.Printed(line)
		}
		end += "  " + text.Escape(line) + "\n"
	}
	_, err := io.WriteString(t.Streams.Err, end)
	return err
}

// asLines prints the events as they come. When that fails a recording goes on.
func (v *View) asLines(t *tracing.Trace, tally *model.Model) (err error) {
	for batch := range t.Events() {
		count(tally, batch)
		if v.Quiet || v.JSON || err != nil {
			continue
		}
		if err = export.Lines(t.Streams.Out, t.Streams.Words, tally.Start(), batch); err != nil {
			err = fmt.Errorf("print the events: %w", err)
			if !t.Records() { // nobody would know of what comes
				t.Stop()
			}
		}
	}
	if err == nil && !v.Quiet && !v.JSON {
		fmt.Fprintln(t.Streams.Out)
	}
	return err
}

// onScreen runs the viewer, and reports whether the trace ended in it. When the user leaves before, what was launched
// is told to stop.
func (v *View) onScreen(t *tracing.Trace, tally *model.Model, captured *session.Capture) (ended bool, err error) {
	o := v.options(t.Streams, t.Target.Title)
	o.Batches, o.Live, o.Now, o.Tally = t.Events(), true, probes.Now, tally
	o.Controls, o.Changing = v.Controls, t.Control
	if _, attached := t.Found(); !attached {
		o.Signal = t.SignalTo
	}
	if back, ok := t.ReadBack(); ok {
		o.Past = back
	}
	if captured != nil {
		o.Output = captured.Lines
	}
	if terminal, ok := captured.Terminal(); ok {
		o.Terminal = terminal
	}
	if t.Records() {
		o.Keep = func(marks []event.Mark) error {
			t.Mark(marks)
			return nil
		}
	}
	err = viewer.Run(t.Ending, o)
	if t.Ending.Err() != nil {
		err = nil
	}
	select {
	case batch, more := <-t.Events():
		ended = !more
		count(tally, batch)
	default:
	}
	if !ended {
		t.Leave()
	}
	for batch := range t.Events() { // what comes until it has ended
		count(tally, batch)
	}
	return ended, err
}

func count(tally *model.Model, batch []event.Event) {
	for i := range batch {
		tally.Apply(&batch[i])
	}
}
