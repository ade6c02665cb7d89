package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"tracer/cmd/tracer/internal/value"
	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/session"
	"tracer/text"
	"tracer/viewer"
)

// viewFlags say how a trace is shown.
type viewFlags struct {
	plain, quiet, asJSON bool
	ascii                bool
	theme                *viewer.Theme
	told                 bool // why there is no screen
}

func (v *viewFlags) add(f *pflag.FlagSet) {
	f.BoolVar(&v.plain, "plain", false, "text lines, no screen")
	f.BoolVarP(&v.quiet, "quiet", "q", false, "only the summary: no screen, no line for each event")
	f.BoolVar(&v.asJSON, "json", false, "only the summary, as one JSON object")
	f.BoolVar(&v.ascii, "ascii", false, "ASCII characters only")
	v.theme = viewer.Dark
	f.Var(value.ChoiceOf(&v.theme, viewer.ThemeByName, "name"), "theme",
		"colours: "+strings.Join(viewer.ThemeNames(), ", "))
}

// screen reports whether there is a terminal to show it on, and the user wants that. When only the terminal cannot, it
// says so once.
func (v *viewFlags) screen(s *streams) bool {
	if !s.Terminal() || v.plain || v.quiet || v.asJSON {
		return false
	}
	err := viewer.Drawable()
	if err != nil && !v.told {
		v.told = true
		s.Message("%v: text lines instead of the screen", err)
	}
	return err == nil
}

// options are what the flags say to the viewer.
func (v *viewFlags) options(title string) viewer.Options {
	return viewer.Options{Title: title, Theme: v.theme, ASCII: v.ascii}
}

// follow shows a session to its end and gives the exit code of what was launched. Whatever way it is shown, the summary
// ends it.
func (v *viewFlags) follow(t *trace, captured *session.Capture) (code int, err error) {
	tally := model.New(model.Options{})
	seen := false // its end, on the screen
	if v.screen(t.streams) {
		seen, err = v.onScreen(t, tally, captured)
	} else {
		err = v.asLines(t, tally)
	}
	code, finished := t.finish()
	if finished == nil && t.options.output != "" && !v.asJSON {
		t.streams.Message("recorded %s", t.whereabouts("see it again"))
	}
	if err := errors.Join(err, finished); err != nil {
		return code, err
	}
	summary := export.Summarize(tally)
	if v.asJSON {
		return code, summary.JSON(t.streams.Out)
	}
	err = summary.Text(t.streams.Out, t.streams.words)
	if seen && code != 0 && captured != nil {
		err = errors.Join(err, t.printEnd(captured))
	}
	return code, err
}

// shownEnd is how many lines are printed of a program that failed.
const shownEnd = 20

// printEnd prints the last lines of a program that failed on a screen that is gone.
func (t *trace) printEnd(captured *session.Capture) error {
	captured.Settle()
	lines := captured.Lines()
	lines = lines[max(0, len(lines)-shownEnd):]
	if len(lines) == 0 {
		return nil
	}
	words := "\nthe last that " + text.Escape(t.target.Command.Args[0]) + " wrote:\n"
	for _, line := range lines {
		words += "  " + text.Escape(line) + "\n"
	}
	_, err := io.WriteString(t.streams.Err, words)
	return err
}

// asLines prints the events as they come. When that fails a recording goes on.
func (v *viewFlags) asLines(t *trace, tally *model.Model) (err error) {
	for batch := range t.Events() {
		for i := range batch {
			tally.Apply(&batch[i])
		}
		if v.quiet || v.asJSON || err != nil {
			continue
		}
		if err = export.Lines(t.streams.Out, t.streams.words, tally.Start(), batch); err != nil {
			err = fmt.Errorf("print the events: %w", err)
			if t.file == nil { // nobody would know of what comes
				t.Stop()
			}
		}
	}
	if err == nil && !v.quiet && !v.asJSON {
		fmt.Fprintln(t.streams.Out)
	}
	return err
}

// onScreen runs the viewer, and tells whether the trace ended in it. When the user leaves before, what was launched is
// told to stop.
func (v *viewFlags) onScreen(t *trace, tally *model.Model, captured *session.Capture) (ended bool, err error) {
	o := v.options(t.target.Title)
	batches, over := make(chan []event.Event, 16), make(chan struct{})
	go func() {
		defer close(batches)
		defer close(over)
		for batch := range t.Events() {
			for i := range batch {
				tally.Apply(&batch[i])
			}
			batches <- batch
		}
	}()
	o.Batches, o.Live, o.Now = batches, true, probes.Now
	if captured != nil {
		o.Output = captured.Lines
	}
	err = viewer.Run(t.ending, o)
	if t.ending.Err() != nil {
		err = nil
	}
	select {
	case <-over:
		ended = true
	default:
		t.Leave()
	}
	for range batches { // what was on its way
	}
	return ended, err
}
