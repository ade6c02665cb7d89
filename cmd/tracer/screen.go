package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"tracer/event"
	"tracer/export"
	"tracer/model"
	"tracer/probes"
	"tracer/record"
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
	f.Var(choice[*viewer.Theme]{&v.theme, viewer.ThemeByName, "name"}, "theme", "colours: "+strings.Join(viewer.ThemeNames(), ", "))
}

// screen reports whether there is a terminal to show it on, and the user wants that. When only the terminal cannot, it says so once.
func (v *viewFlags) screen(s *streams) bool {
	if !s.terminal() || v.plain || v.quiet || v.asJSON {
		return false
	}
	err := viewer.Drawable()
	if err != nil && !v.told {
		v.told = true
		s.message("%v: text lines instead of the screen", err)
	}
	return err == nil
}

// options are what the flags say to the viewer.
func (v *viewFlags) options(title string) viewer.Options {
	return viewer.Options{Title: title, Theme: v.theme, ASCII: v.ascii}
}

// follow shows a session to its end and gives the exit code of what was launched. Whatever way it is shown, the summary ends it.
func (v *viewFlags) follow(s *streams, session *session, output *capture) (code int, err error) {
	tally := model.New(model.Options{})
	seen := false // its end, on the screen
	if v.screen(s) {
		seen, err = v.onScreen(session, tally, output)
	} else {
		err = v.asLines(s, session, tally)
	}
	code, finished := session.finish()
	if finished == nil && session.options.output != "" && !v.asJSON {
		s.message("recorded %s", session.whereabouts("see it again"))
	}
	if err := errors.Join(err, finished); err != nil {
		return code, err
	}
	summary := export.Summarize(tally)
	if v.asJSON {
		return code, summary.JSON(s.out)
	}
	err = summary.Text(s.out)
	if seen && code != 0 && output != nil {
		err = errors.Join(err, output.print(s.err, session.target.command.Args[0]))
	}
	return code, err
}

// asLines prints the events as they come. When that fails a recording goes on.
func (v *viewFlags) asLines(s *streams, session *session, tally *model.Model) (err error) {
	for batch := range session.events {
		for i := range batch {
			tally.Apply(&batch[i])
		}
		if v.quiet || v.asJSON || err != nil {
			continue
		}
		if err = export.Lines(s.out, tally.Start(), batch); err != nil {
			err = fmt.Errorf("print the events: %w", err)
			if session.file == nil { // nobody would know of what comes
				session.cutShort()
			}
		}
	}
	if err == nil && !v.quiet && !v.asJSON {
		fmt.Fprintln(s.out)
	}
	return err
}

// onScreen runs the viewer, and tells whether the trace ended in it. When the user leaves before, what was launched is told to stop.
func (v *viewFlags) onScreen(session *session, tally *model.Model, output *capture) (ended bool, err error) {
	o := v.options(session.target.title)
	batches, over := make(chan []event.Event, 16), make(chan struct{})
	go func() {
		defer close(batches)
		defer close(over)
		for batch := range session.events {
			for i := range batch {
				tally.Apply(&batch[i])
			}
			batches <- batch
		}
	}()
	o.Batches, o.Live, o.Now = batches, true, probes.Now
	if output != nil {
		o.Output = output.lines
	}
	err = viewer.Run(session.ending, o)
	if session.ending.Err() != nil {
		err = nil
	}
	select {
	case <-over:
		ended = true
	default:
	}
	session.leave()
	for range batches { // what was on its way
	}
	return ended, err
}

// replaySource lets the viewer travel in a recording. It goes as far as the first damage.
type replaySource struct{ recording *recording }

func (s *replaySource) Len() uint64 {
	n, _ := s.recording.Len()
	return n
}

func (s *replaySource) At(from uint64, buf []event.Event) (n int, err error) {
	r := s.recording.Reader // and not the recording, which puts lost events in
	if r.Ordinal() != from {
		if err := r.Seek(from); err != nil {
			return 0, err
		}
	}
	for n < len(buf) && from+uint64(n) < s.Len() {
		k, err := r.Next(buf[n:])
		n += k
		switch {
		case errors.Is(err, record.ErrCorrupt):
			s.recording.damage, s.recording.stopped = err, true
			return n, err
		case err == io.EOF || errors.Is(err, record.ErrTruncated):
			s.recording.cut = fmt.Errorf("%w: it has become shorter since it was opened", record.ErrTruncated)
			return n, s.recording.cut
		case err != nil:
			return n, err
		}
	}
	return n, nil
}
